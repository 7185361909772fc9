# %% [markdown] fr
"""
# 4. Comparer ce qui est comparable

**Durée** : 1 h 15 à 1 h 30. **Il faut** : la séance 3.

À la fin de la séance, vous saurez :

- vérifier si deux groupes se ressemblaient **avant** l'action ;
- les rendre semblables en choisissant (*apparier*) ou en faisant compter plus certaines personnes (*pondérer*) ;
- dire ce que ces méthodes ne corrigeront jamais ;
- reconnaître un seuil d'éligibilité dont on peut tirer parti.
"""

# %% [markdown] en
"""
# 4. Comparing like with like

**Duration**: 1 h 15 to 1 h 30. **You need**: session 3.

By the end of the session you will be able to:

- check whether two groups were alike **before** the action;
- make them alike by choosing people (*matching*) or letting some count for more (*weighting*);
- say what these methods will never mend;
- recognise a threshold of eligibility that can be put to use.
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

open_session(4)
# %% [markdown] fr
"""
## L'histoire : un fichier pour comparer

Pour une action d'insertion de l'an dernier, Karim n'a pas de liste d'attente. Mais le département reçoit chaque mois le fichier des
allocataires : des milliers de personnes. « Comparons-nous à eux ! » Claire demande : « Qu'est-ce qui nous dit que ce sont les mêmes gens ? »

Pour le savoir, rien ne vaut un cas réel **dont on connaît la réponse**. Aux États-Unis, entre 1975 et 1978, le programme *National Supported
Work* a tiré au sort qui entrerait en emploi accompagné. Le tirage donne la vérité. On peut alors faire comme s'il n'avait pas eu lieu, prendre
15 992 personnes d'une enquête nationale (CPS), et voir de combien l'on se trompe. Ces données, anonymes et publiques, sont livrées avec impactkit.
*(LaLonde, 1986 ; Dehejia et Wahba, 1999. L'origine déclarée y figure ; en France, un tel recueil demanderait une raison prévue par la loi.)*
"""
# %% [markdown] en
"""
## The story: a file to compare with

For an integration action of last year, Karim has no waiting list. But every month the department receives the file of benefit recipients:
thousands of people. “Let us compare with them!” Claire asks: “What tells us that they are the same people?”

To know, nothing is worth a real case **whose answer is known**. In the United States, between 1975 and 1978, the *National Supported Work*
programme drew by lot who would enter supported jobs. The draw gives the truth. One can then pretend that it never took place, take 15,992
people of a national survey (CPS), and see how wrong one is. These data, anonymous and public, come with impactkit. *(LaLonde, 1986; Dehejia and
Wahba, 1999. They hold declared origin; in France, such a collection would need a reason provided for by law.)*
"""
# %%
study = ik.read_study(lesson_data("nsw"))
experiment = ik.assess(
    ik.compare_groups(
        ik.declare_design(ik.build_cohort(study, action="experience"))
    )
)
experiment
# %% [markdown] fr
"""
Voilà la vérité, à son incertitude près : environ **+1 794 dollars** par an. Retirons maintenant le groupe tiré au sort, et comparons les bénéficiaires à
l'enquête, tels quels.
"""
# %% [markdown] en
"""
That is the truth, within its uncertainty: about **+1,794 dollars** a year. Let us now take away the group drawn by lot, and compare
beneficiaries with the survey as it is.
"""
# %%
design = ik.declare_design(
    ik.build_cohort(study, action="comparaison_cps")
)
naive = ik.assess(ik.compare_groups(design))
naive
# %% [markdown] fr
"""
Remarquez le verdict : le calcul est très précis, et impactkit refuse quand même d'imputer.

### Exercice 4.1

De combien de dollars la comparaison naïve se trompe-t-elle, par rapport à l'expérience ? *(Les effets sont dans `.estimate.effect.value`.)*
"""
# %% [markdown] en
"""
Notice the verdict: the calculation is very precise, and impactkit refuses to attribute all the same.

### Exercise 4.1

By how many dollars is the naive comparison wrong, next to the experiment? *(Effects are in `.estimate.effect.value`.)*
"""
# %% exercise
answer = None
check_answer("4.1", answer)
# %% solution
answer = naive.estimate.effect.value - experiment.estimate.effect.value
check_answer("4.1", answer)
# %% [markdown] fr
"""
## Avant tout résultat : se ressemblaient-ils ?

La première chose à regarder n'est pas le résultat, c'est le **départ**. `design.balance()` compare les groupes avant l'action. Les écarts y sont en
*écarts-types* : 0,1 est petit, 0,25 est trop.
"""
# %% [markdown] en
"""
## Before any result: were they alike?

The first thing to look at is not the outcome but the **start**. `design.balance()` compares the groups before the action. Gaps are in *standard
deviations*: 0.1 is small, 0.25 is too much.
"""
# %%
design.balance()[
    ["covariate", "mean_treated", "mean_comparison", "smd_before"]
].round(2)
# %% [markdown] fr
"""
*Lecture : `earnings` est le revenu d'activité de l'année avant l'entrée ; `educ` les années d'études ; `marr` la part de personnes mariées ;
`nodegree` la part sans diplôme.*

### Exercice 4.2

Parmi `age`, `educ`, `marr`, `nodegree`, `earnings_1974` et `earnings`, sur quelle caractéristique les groupes diffèrent-ils le plus ?
"""
# %% [markdown] en
"""
*How to read it: `earnings` are those of the year before entry; `educ` years of schooling; `marr` the share of married people; `nodegree` the share
without a degree.*

### Exercise 4.2

Among `age`, `educ`, `marr`, `nodegree`, `earnings_1974` and `earnings`, on which characteristic do the groups differ most?
"""
# %% exercise
answer = None  # "age"
check_answer("4.2", answer)
# %% solution
answer = "earnings"
check_answer("4.2", answer)
# %% [markdown] fr
"""
## Rendre les groupes semblables

- **Apparier** (`ik.match`) : pour chaque bénéficiaire, chercher dans l'enquête quelqu'un qui lui ressemble, et ne garder que ces personnes-là.
- **Pondérer** (`ik.weight`) : garder tout le monde, mais faire compter davantage ceux qui ressemblent aux bénéficiaires.

Les deux se font **sans regarder le résultat**. On vérifie la ressemblance, on recommence si besoin, et c'est seulement ensuite que l'on estime.

### Exercice 4.3

Fabriquez un plan où les groupes diffèrent d'au plus 0,1 écart-type sur **toutes** les caractéristiques, revenu d'avant (`earnings`) compris.
"""
# %% [markdown] en
"""
## Making the groups alike

- **Matching** (`ik.match`): for each beneficiary, look in the survey for somebody who is like them, and keep those people only.
- **Weighting** (`ik.weight`): keep everyone, but let those who are like beneficiaries count for more.

Both are done **without looking at the outcome**. Likeness is checked, one starts again if need be, and only then is the effect estimated.

### Exercise 4.3

Make a design in which the groups differ by 0.1 standard deviations at most on **all** characteristics, earnings before (`earnings`) included.
"""
# %% exercise
answer = design  # ik.weight(design, method="entropy", on=("age", …))
check_answer("4.3", answer)
# %% solution
answer = ik.weight(
    design, method="entropy", on=(*design.covariates, "earnings")
)
check_answer("4.3", answer)
# %%
alike = (*design.covariates, "earnings")
weighted = ik.weight(design, method="entropy", on=alike)
matched = ik.match(design, on=alike, caliper=0.2)
ik.plot.love(weighted)
# %% [markdown] fr
"""
## De combien chaque méthode approche l'expérience
"""
# %% [markdown] en
"""
## How close each method comes to the experiment
"""
# %%
changes = ik.declare_design(
    ik.build_cohort(study, action="comparaison_cps_did")
)
found = {
    "lots": experiment,
    "raw": naive,
    "did": ik.assess(ik.did(changes)),
    "matched": ik.assess(ik.compare_groups(matched)),
    "weighted": ik.assess(ik.compare_groups(weighted)),
}
truth = experiment.estimate.effect.value
table(
    {
        "method": method,
        "estimate": evidence.estimate.effect.value,
        "distance": evidence.estimate.effect.value - truth,
        "verdict": evidence.record.attribution_label,
        "strength": evidence.strength,
    }
    for method, evidence in found.items()
)
# %% [markdown] fr
"""
*Lecture : la première ligne est l'expérience ; les autres font comme si elle n'avait pas eu lieu.*

- **Telle quelle**, la comparaison a le mauvais signe et une erreur de près de six fois l'effet.
- **Les évolutions** trouvent le double : ces hommes étaient entrés dans le programme au creux de leurs revenus, qui seraient remontés (séance 3).
- **L'appariement et la pondération** s'approchent, à moins d'une erreur type de l'expérience. **Cela ne prouve pas qu'ils y arriveraient ailleurs** : ici on
  connaît les revenus passés ; on ne les connaît pas toujours. L'ensemble des méthodes, sur deux enquêtes, est dans `docs/validation/nsw.md` : sur l'autre
  enquête (PSID), certaines tombent à côté.

impactkit, qui ne connaît pas la vérité, ne dit « imputable » que du tirage au sort.

## Ce que la ressemblance ne corrige pas

Un score d'autonomie, un effet de 1 point. Rendez les bénéficiaires plus en difficulté, **ce qui se voit**, et changez de méthode. Puis ajoutez une difficulté
**qui ne se voit pas**. Enfin, faites diverger les évolutions. Quelle méthode résiste à quoi ?
"""
# %% [markdown] en
"""
*How to read it: the first line is the experiment; the others pretend that it never took place.*

- **As it is**, the comparison has the wrong sign and an error of almost six times the effect.
- **Changes** find twice as much: these men had entered the programme at the trough of their earnings, which would have come up (session 3).
- **Matching and weighting** come close, within a standard error of the experiment. **This does not prove that they would elsewhere**: past earnings are
  known here; they are not always. All methods, on two surveys, stand in `docs/validation/nsw.md`: on the other survey (PSID), some fall far off.

impactkit, which does not know the truth, says “attributable” of the draw alone.

## What likeness does not mend

A score of ease with procedures, an effect of 1 point. Make beneficiaries worse off **as can be seen**, and change the method. Then add a difficulty
**that cannot be seen**. Last, make changes diverge. Which method withstands what?
"""
# %%
simulator("two_groups")
# %% [markdown] fr
"""
Le véritable effet est de 1 point ; l'écart visible est de 0,7 écart-type ; l'écart caché grandit :
"""
# %% [markdown] en
"""
The true effect is 1 point; the visible gap is 0.7 standard deviations; the hidden gap grows:
"""
# %%
gaps = [
    (hidden, method)
    for hidden in (0, 0.5, 1)
    for method in ("raw", "weighted", "did")
]
scenes = [
    play("two_groups", {"hidden": gap, "method": method, "people": 400})
    for gap, method in gaps
]
compare_scenes(scenes, by=["hidden", "method"])
# %% [markdown] fr
"""
*Ici, la comparaison des évolutions résiste à l'écart caché parce qu'il ne change pas avec le temps. Faites diverger les évolutions : elle se trompe à son
tour. Chaque méthode repose sur une hypothèse ; `ik.advise` la dit, et les contrôles du verdict la mettent à l'épreuve quand ils le peuvent.*

### Exercice 4.4

Que ni l'appariement ni la pondération ne peuvent-ils corriger ?

- a : trop peu de personnes suivies ;
- b : une différence d'âge entre les groupes ;
- c : une différence de motivation que personne n'a mesurée.
"""
# %% [markdown] en
"""
*Here the comparison of changes withstands the hidden gap because it does not change with time. Make changes diverge, and it goes wrong in its turn. Each
method rests on an assumption; `ik.advise` tells it, and the checks of the verdict put it to the test when they can.*

### Exercise 4.4

What can neither matching nor weighting mend?

- a: too few people followed;
- b: a difference in age between the groups;
- c: a difference in motivation that nobody has measured.
"""
# %% exercise
answer = None  # "a"
check_answer("4.4", answer)
# %% solution
answer = "c"
check_answer("4.4", answer)
# %% [markdown] fr
"""
## Quand un seuil décide

Une aide est réservée aux foyers sous un plafond. Juste au-dessous et juste au-dessus, les foyers se ressemblent presque : c'est *presque* un tirage au sort,
mais il faut beaucoup de monde **près du seuil**. Voici des personnes simulées : le seuil est à 0, le véritable effet est de 0,5.
"""
# %% [markdown] en
"""
## When a threshold decides

Help is kept for households below a ceiling. Just below and just above it, households are almost alike: it is *almost* a draw by lot, but it takes many
people **close to the threshold**. Here are made people: the threshold is at 0, the true effect is 0.5.
"""
# %%
made = ik.simulate.cohort(
    design="threshold", n=2000, effect=0.5, seed=3
)
at_threshold = ik.discontinuity(
    ik.declare_design(made), running="score", cutoff=0
)
ik.assess(at_threshold)
# %%
ik.plot.discontinuity(at_threshold)
# %% [markdown] fr
"""
## Ce qu'il faut retenir

- On regarde le départ avant le résultat : des groupes différents donnent des résultats différents, sans aucune action.
- Apparier ou pondérer égalise ce qui a été mesuré, et rien d'autre. Le résultat d'**avant** l'entrée est la caractéristique la plus précieuse.
- Comparer les évolutions résiste à ce qui ne change pas, pas à ce qui diverge.
- Un petit intervalle autour d'une mauvaise comparaison reste une mauvaise réponse.
"""
# %% [markdown] en
"""
## To remember

- The start is looked at before the outcome: different groups give different outcomes, without any action.
- Matching or weighting evens out what was measured, and nothing else. The outcome **before** entry is the most precious characteristic.
- Comparing changes withstands what does not change, not what diverges.
- A small interval around a wrong comparison remains a wrong answer.
"""
