# %% [markdown] fr
"""
# Mesurer un effet en trente minutes

**Démonstration pour un webinaire.** On regarde, on fait varier, on répond à une question. Aucune installation n'est demandée aux participants.

Trois idées :

1. aller mieux n'est pas un effet ;
2. il faut quelqu'un à qui comparer ;
3. ne pas pouvoir conclure n'est pas conclure qu'il n'y a rien.
"""

# %% [markdown] en
"""
# Measuring an effect in thirty minutes

**Demonstration for a webinar.** We look, we change things, we answer one question. Participants need install nothing.

Three ideas:

1. doing better is not an effect;
2. there must be somebody to compare with;
3. not being able to conclude is not concluding that there is nothing.
"""
# %%
import impactkit as ik
from impactkit.teaching import (
    check_answer,
    lesson_data,
    open_session,
    play,
    simulator,
)

open_session("webinar")
# %% [markdown] fr
"""
## 1. Aller mieux n'est pas un effet (10 minutes)

Des personnes arrivent dans une action au plus mauvais moment. Ici **l'action ne fait rien** ; la ligne pointillée est ce qui leur serait arrivé sans elle. Pourtant, elles
vont nettement mieux six mois après.
"""
# %% [markdown] en
"""
## 1. Doing better is not an effect (10 minutes)

People come to an action at the worst moment. Here **the action does nothing**; the dotted line is what would have happened to them without it. Yet they do clearly better
six months after.
"""
# %%
simulator("one_group", {"effect": 0, "trough": 2, "people": 150})
# %% [markdown] fr
"""
**Question** : 300 participants, trois points de mieux, un résultat « très significatif ». Que manque-t-il pour parler d'effet ?

- a : davantage de participants
- b : un test qui écarte le hasard
- c : quelqu'un à qui les comparer
"""
# %% [markdown] en
"""
**Question**: 300 participants, three points better, a “highly significant” result. What is missing to speak of an effect?

- a: more participants
- b: a test that rules chance out
- c: somebody to compare them with
"""
# %% exercise
answer = None  # "a"
check_answer("w.1", answer)
# %% solution
answer = "c"
check_answer("w.1", answer)
# %% [markdown] fr
"""
## 2. Quelqu'un à qui comparer (10 minutes)

Le parcours mobilité d'un pacte inventé : 150 bénéficiaires, 130 personnes en liste d'attente. D'abord ce que montre l'avant/après, puis ce que montre la
comparaison des évolutions.
"""
# %% [markdown] en
"""
## 2. Somebody to compare with (10 minutes)

The mobility action of a made-up pact: 150 beneficiaries, 130 people on the waiting list. First what the before and after shows, then what the comparison of changes
shows.
"""
# %%
study = ik.read_study(lesson_data("insertion_emploi"))
cohort = ik.build_cohort(study, action="parcours_mobilite")
ik.assess(ik.before_after(ik.declare_design(cohort, comparison="none")))
# %%
evidence = ik.assess(ik.did(ik.declare_design(cohort)))
evidence
# %%
ik.plot.effect(evidence)
# %% [markdown] fr
"""
*Sur des données inventées, on peut regarder la vérité : l'effet mis dans les données est de 18 points.*

## 3. Ne pas pouvoir conclure (10 minutes)

Le même véritable effet, 1 point, avec 30 puis 400 personnes par groupe.
"""
# %% [markdown] en
"""
*With made data one can look at the truth: the effect put into the data is 18 points.*

## 3. Not being able to conclude (10 minutes)

The same true effect, 1 point, with 30 then 400 people in each group.
"""
# %%
play("sample", {"people": 30, "draw": 2})
# %%
play("sample", {"people": 400, "draw": 2})
# %% [markdown] fr
"""
## Pour commencer

- Décider **avant** le plus petit effet qui vaudrait la peine.
- Repérer **dès l'entrée** qui n'a pas (encore) l'action.
- Mesurer au moins une fois avant, une fois après, **dans les deux groupes**.
- Publier aussi ce qui ne conclut pas.

Les cinq séances : `impactkit teach mon-dossier`.
"""
# %% [markdown] en
"""
## To begin

- Decide **beforehand** which effect is the smallest worth having.
- Find out **from entry on** who does not have the action (yet).
- Measure at least once before and once after, **in both groups**.
- Publish also what does not conclude.

The five sessions: `impactkit teach my-folder --lang en`.
"""
