# %% [markdown] fr
"""
# 5. Conclure et restituer

**Durée** : 1 h à 1 h 30. **Il faut** : la séance 3 ; la séance 4 est utile.

À la fin de la séance, vous saurez :

- lire un verdict, et dire ce qui l'a fixé ;
- écrire honnêtement un résultat *non concluant* ;
- remplir le formulaire à partir des calculs, sans rien recopier ;
- publier un tableau qui ne révèle personne ;
- réunir les actions du pacte en une lecture d'ensemble.
"""

# %% [markdown] en
"""
# 5. Concluding and reporting

**Duration**: 1 h to 1 h 30. **You need**: session 3; session 4 helps.

By the end of the session you will be able to:

- read a verdict, and say what set it;
- write an *inconclusive* result honestly;
- fill in the form from the calculations, copying nothing by hand;
- publish a table that reveals nobody;
- read the actions of the pact together.
"""
# %%
import impactkit as ik
from impactkit.teaching import (
    check_answer,
    compare_scenes,
    lesson_data,
    open_session,
    play,
    simulator,
    table,
)

session = open_session(5)
session
# %% [markdown] fr
"""
## L'histoire : la veille du comité

Les six mesures sont faites. Claire veut tenir la réunion en une heure : une page par action, un tableau pour l'ensemble, et aucune phrase qu'il faudrait
retirer plus tard.
"""
# %% [markdown] en
"""
## The story: the day before the committee

The six measures are done. Claire wants to hold the meeting in an hour: a page for each action, a table for all of them, and no sentence that would have to
be taken back later.
"""
# %%
study = ik.read_study(lesson_data("insertion_emploi"))
evidence = {}
for action in study.actions:
    design = ik.make_comparable(
        ik.declare_design(ik.build_cohort(study, action=action.id))
    )
    evidence[action.id] = ik.assess(ik.estimate(design))
table(
    {
        "action": study.action(name).title,
        "verdict": found.record.attribution_label,
        "strength": found.strength,
    }
    for name, found in evidence.items()
)
# %% [markdown] fr
"""
## Lire un verdict

Deux notes de 0 à 5. La **crédibilité** part de la méthode et chaque contrôle ne peut que la baisser. La **précision** dit quel petit effet les effectifs
pouvaient montrer. La **solidité** est la plus basse des deux : elle dit combien on peut s'appuyer sur le résultat, pas si le résultat est bon.

Voici ce que la page dit du parcours mobilité.
"""
# %% [markdown] en
"""
## Reading a verdict

Two notes from 0 to 5. **Credibility** starts from the method and each check can only lower it. **Precision** says how small an effect the numbers could
show. **Strength** is the lower of the two: it says how far one may lean on the result, not whether the result is good.

This is what the page says of mobility.
"""
# %%
ik.page(evidence["parcours_mobilite"]).saying()
# %% [markdown] fr
"""
## Non concluant n'est pas « sans effet »

Énergie solidaire a suivi environ deux cents foyers.
"""
# %% [markdown] en
"""
## Inconclusive is not “no effect”

Energy solidarity followed about two hundred households.
"""
# %%
evidence["energie_solidaire"]
# %%
ik.plot.effect(evidence["energie_solidaire"])
# %% [markdown] fr
"""
### Exercice 5.1

Quel est le plus petit effet que cette mesure avait de bonnes chances de montrer, **en points** ?
"""
# %% [markdown] en
"""
### Exercise 5.1

What is the smallest effect that this measure had a good chance of showing, **in points**?
"""
# %% exercise
answer = None
check_answer("5.1", answer)
# %% solution
answer = 22
check_answer("5.1", answer)
# %% [markdown] fr
"""
### Exercice 5.2

Quelles phrases a-t-on le droit d'écrire sur Énergie solidaire ?

- a : « L'action n'a pas d'effet sur les impayés. »
- b : « La mesure ne permet pas de conclure ; un écart d'au moins 22 points aurait été nécessaire. »
- c : « L'action a réduit les impayés de 1 point. »
- d : « L'effet se situe vraisemblablement entre 17 points de moins et 14 points de plus. »
- e : « Réunir ce résultat à ceux d'actions semblables permettrait d'y voir plus clair. »
"""
# %% [markdown] en
"""
### Exercise 5.2

Which sentences may be written on Energy solidarity?

- a: “The action has no effect on unpaid bills.”
- b: “The measure does not allow a conclusion; a gap of at least 22 points would have been needed.”
- c: “The action reduced unpaid bills by 1 point.”
- d: “The effect probably lies between 17 points less and 14 points more.”
- e: “Joining this result to those of similar actions would help to see more clearly.”
"""
# %% exercise
answer = None  # ["a", "b"]
check_answer("5.2", answer)
# %% solution
answer = ["b", "d", "e"]
check_answer("5.2", answer)
# %% [markdown] fr
"""
## Du même effet à des verdicts différents

Le véritable effet ne change pas : 1 point. Changez la comparaison et le nombre de personnes. Puis mettez l'effet à zéro : à partir de combien de personnes
impactkit accepte-t-il d'écrire qu'il n'y a pas d'effet utile ?
"""
# %% [markdown] en
"""
## From the same effect to different verdicts

The true effect does not change: 1 point. Change the comparison and the number of people. Then set the effect to zero: from how many people on does
impactkit agree to write that there is no useful effect?
"""
# %%
simulator("verdict")
# %%
cases = [
    (comparison, n)
    for comparison in ("none", "neighbours", "lots")
    for n in (40, 400)
]
scenes = [
    play("verdict", {"comparison": comparison, "people": n})
    for comparison, n in cases
]
compare_scenes(scenes, by=["comparison", "people"])
# %% [markdown] fr
"""
*Lecture : avec un avant/après, dix fois plus de personnes ne changent pas le verdict, et l'effet trouvé reste le double du vrai. Les autres lignes dépendent
aussi du tirage : changez le tirage dans le simulateur.*

## Le formulaire

`ik.fill_form` reprend vos mots pour le besoin et l'effet recherché, et les phrases du calcul pour le reste. Les libellés exacts de Pilot'actions ne sont pas
publics : les rubriques suivent ce que l'instruction en dit, et leur forme peut être adaptée. `impactkit form mon-etude --out formulaires` les écrit
toutes, pour le pacte et par action, en page à copier, DOCX et XLSX, et signale les phrases de votre main qui vont au-delà du verdict. Voici la partie d'une action :
"""
# %% [markdown] en
"""
*How to read it: with a before and after, ten times as many people do not change the verdict, and the effect found remains twice the true one. The other
lines depend on the draw as well: change the draw in the simulator.*

## The form

`ik.fill_form` takes your words for the need and the intended effect, and those of the calculation for the rest. The exact labels of Pilot'actions are not
public: the sections follow what the instruction says of them, and their form can be adapted. `impactkit form my-study --out forms` writes them all,
for the pact and by action, as a page to copy from, DOCX and XLSX, and tells which of your own sentences go beyond the verdict. Here is the part of one action:
"""
# %%
form = ik.fill_form(
    study, evidence["atelier_numerique"], lang=session.language
)
table(
    {"section": part.label, "text": part.text}
    for part in form.sections
    if part.action and part.text
)
# %% [markdown] fr
"""
### Exercice 5.3

Un partenaire voudrait réécrire le résultat des ateliers. Quelle phrase acceptez-vous ?

- a : « Grâce aux ateliers, l'autonomie a progressé. »
- b : « Six mois après, le score des participants est plus élevé de 2,2 à 4,0 points ; sans comparaison, on ne sait pas quelle part revient aux ateliers. »
- c : « Les ateliers se sont révélés inutiles. »
"""
# %% [markdown] en
"""
### Exercise 5.3

A partner would like to rewrite the result of the workshops. Which sentence do you accept?

- a: “Thanks to the workshops, autonomy has improved.”
- b: “Six months after, the score of participants is higher by 2.2 to 4.0 points; without a comparison, which part is due to the workshops is not known.”
- c: “The workshops have proved useless.”
"""
# %% exercise
answer = None  # "a"
check_answer("5.3", answer)
# %% solution
answer = "b"
check_answer("5.3", answer)
# %% [markdown] fr
"""
## Ne révéler personne

Dans une commune rurale, « 7 personnes sans emploi » désigne presque des visages. impactkit n'affiche aucun effectif au-dessous de 11, et cache ce qui permettrait
de le retrouver. À la main, c'est plus difficile qu'il n'y paraît. Voici un tableau (inventé) que Solène voudrait publier, totaux compris :
"""
# %% [markdown] en
"""
## Revealing nobody

In a rural municipality, “7 people out of work” almost points at faces. impactkit shows no number below 11, and hides what would allow to find it again. By
hand, it is harder than it looks. Here is a (made) table that Solène would like to publish, totals included:
"""
# %%
table(
    [
        {
            "municipality": "Orlise",
            "in_work": "a = 34",
            "out_of_work": "b = 7",
            "total": 41,
        },
        {
            "municipality": "Valmont",
            "in_work": "c = 12",
            "out_of_work": "d = 18",
            "total": 30,
        },
        {
            "municipality": "Σ",
            "in_work": 46,
            "out_of_work": 25,
            "total": 71,
        },
    ]
)
# %% [markdown] fr
"""
### Exercice 5.4

Les totaux restent publiés, et aucun effectif inférieur à 11 ne doit pouvoir être retrouvé. Quelles cases (a, b, c, d) faut-il cacher ?
"""
# %% [markdown] en
"""
### Exercise 5.4

Totals remain published, and no number below 11 may be found again. Which cells (a, b, c, d) must be hidden?
"""
# %% exercise
answer = None  # ["b"]
check_answer("5.4", answer)
# %% solution
answer = ["a", "b", "c", "d"]
check_answer("5.4", answer)
# %% [markdown] fr
"""
## L'ensemble du pacte

Six actions, six résultats de solidité différente. On ne les additionne pas : les indicateurs ne sont pas les mêmes. On les lit ensemble, du plus établi au moins
établi, sans cacher ceux qui ne concluent pas, et l'on dit pour chacun la suite : poursuivre, modifier, mieux mesurer.
"""
# %% [markdown] en
"""
## The pact as a whole

Six actions, six results of different strength. They are not added up: the indicators are not the same. They are read together, from the best established to the
least, without hiding those that do not conclude, and one says for each what comes next: go on, change, measure better.
"""
# %%
ranked = sorted(evidence.items(), key=lambda item: -item[1].strength)
table(
    {
        "action": study.action(name).title,
        "strength": found.strength,
        "text": found.record.sentences.interval,
        "verdict": found.record.attribution_label,
    }
    for name, found in ranked
)
# %% [markdown] fr
"""
Dans la vraie vie, une commande fait tout cela pour toutes les actions d'une étude : `impactkit run mon-etude --out sorties`.

## Ce qu'il faut retenir

- La solidité dit combien s'appuyer sur un résultat, pas s'il est bon.
- *Non concluant* se publie, avec le plus petit effet que l'on pouvait voir.
- Les mots du verdict sont ceux de la page : on ne les renforce pas en les recopiant.
- Une case cachée seule ne protège personne quand les totaux sont publiés.

**Et maintenant ?** `impactkit new mon-etude`, puis vos propres fichiers.
"""
# %% [markdown] en
"""
In real life, one command does all this for all actions of a study: `impactkit run my-study --out out`.

## To remember

- Strength says how far to lean on a result, not whether it is good.
- *Inconclusive* is published, with the smallest effect that could have been seen.
- The words of the verdict are those of the page: they are not made stronger when copied.
- A cell hidden alone protects nobody when totals are published.

**And now?** `impactkit new my-study`, then your own files.
"""
