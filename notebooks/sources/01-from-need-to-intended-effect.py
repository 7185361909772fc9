# %% [markdown] fr
"""
# 1. Du besoin social à l'effet recherché

**Durée** : 1 h à 1 h 15. **Il faut** : la fiche d'une action que vous connaissez. Aucune notion de statistique.

À la fin de la séance, vous saurez :

- raconter une action comme une suite : besoin, moyens, ce que l'on fait, ce qui change pour les personnes ;
- choisir l'action à mesurer, et un indicateur qui parle des personnes plutôt que de l'activité ;
- dire ce que veut dire *imputable* : par rapport à quoi ?
- fixer, avant tout résultat, le plus petit effet qui vaudrait la peine, et savoir s'il pourra se voir.
"""

# %% [markdown] en
"""
# 1. From social need to intended effect

**Duration**: 1 h to 1 h 15. **You need**: the description of an action that you know. No statistics.

By the end of the session you will be able to:

- tell an action as a chain: need, means, what is done, what changes for people;
- choose the action to measure, and an indicator that speaks of people rather than of activity;
- say what *attributable* means: compared with what?
- set, before any result, the smallest effect that would be worth having, and know whether it could be seen.
"""
# %%
import datetime as dt

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

open_session(1)
# %% [markdown] fr
"""
## L'histoire : le pacte du Pays d'Orlise

Le Pays d'Orlise n'existe pas, mais il ressemble à beaucoup d'autres : rural, peu de transports, des services publics loin.
Claire Vasseur, pilote référente de son pacte local des solidarités, doit renseigner d'ici le 31 décembre les effets des six
actions. Elle réunit le comité technique : Karim Benali, du département, et Solène Le Bras, qui dirige la plateforme de
mobilité. « Nous savons ce que nous avons *fait*, dit Solène. Mais qu'est-ce que cela a *changé* ? »

Voici les six actions, telles que l'étude les décrit.
"""
# %% [markdown] en
"""
## The story: the pact of the Pays d'Orlise

The Pays d'Orlise does not exist, but it looks like many others: rural, few buses, public services far away. Claire Vasseur,
who leads its local solidarity pact, must report the effects of its six actions by 31 December. She gathers the technical
committee: Karim Benali, from the department, and Solène Le Bras, who runs the mobility service. “We know what we have
*done*,” says Solène. “But what has it *changed*?”

Here are the six actions, as the study describes them.
"""
# %%
study = ik.read_study(lesson_data("insertion_emploi"))
table(
    {
        "action": action.title,
        "need": action.need,
        "intended_effect": action.intended_effect,
    }
    for action in study.actions
)
# %% [markdown] fr
"""
## Une action est une suite de « si… alors… »

| | Parcours mobilité | ce que l'on peut compter |
|---|---|---|
| **besoin** | sans permis ni bus, on refuse des postes | diagnostic du territoire |
| **moyens** | une conseillère, des véhicules, 84 000 € | budget, temps |
| **activité** | diagnostics, locations, aide au permis | nombre d'entretiens, de locations |
| **effet recherché** | les personnes accèdent à un emploi | *part de personnes en emploi six mois après l'entrée* |

Chaque passage d'une ligne à la suivante est une hypothèse. Les trois premières lignes se comptent dans les tableaux de
suivi. La dernière demande de regarder **les personnes**, et plus tard.

### Exercice 1.1

Parmi ces indicateurs, lesquels mesurent un **changement pour les personnes** ?

- a : nombre d'ateliers organisés
- b : part de personnes en emploi six mois après l'entrée
- c : nombre de personnes accueillies
- d : nombre de droits que la famille n'a pas demandés, six mois après le premier rendez-vous
- e : satisfaction des participants à la sortie
- f : score d'autonomie numérique, mesuré à l'entrée puis six mois après
"""
# %% [markdown] en
"""
## An action is a chain of “if… then…”

| | Mobility towards work | what can be counted |
|---|---|---|
| **need** | without licence or bus, people turn jobs down | diagnosis of the territory |
| **means** | an adviser, vehicles, 84,000 € | budget, time |
| **activity** | assessments, rentals, help with the licence | number of interviews, of rentals |
| **intended effect** | people find work | *share of people in work six months after entry* |

Each step from one line to the next is an assumption. The first three lines are counted in activity reports. The last one
asks to look at **people**, and later.

### Exercise 1.1

Which of these indicators measure a **change for people**?

- a: number of workshops held
- b: share of people in work six months after entry
- c: number of people received
- d: number of rights that the family has not claimed, six months after the first appointment
- e: satisfaction of participants when they leave
- f: digital autonomy score, measured at entry and six months after
"""
# %% exercise
answer = None  # ["a", "b"]
check_answer("1.1", answer)
# %% solution
answer = ["b", "d", "f"]
check_answer("1.1", answer)
# %% [markdown] fr
"""
## Quelle action mesurer ?

Pour un pacte, toutes les actions sont concernées, en commençant par celles qui visent enfants, femmes, familles
monoparentales et travailleurs pauvres. Pour un contrat, une au moins. Les mêmes questions aident à choisir par où
commencer :

1. l'action touche-t-elle directement les personnes, et depuis un an au moins ?
2. peut-on savoir ce qu'elles deviennent ?
3. y a-t-il quelqu'un à qui les comparer ?
4. sont-elles assez nombreuses pour qu'un effet utile se voie ?

`ik.choose` (ou `impactkit choose mon-etude`) y répond pour toutes les actions, **sans lire le moindre résultat** des bénéficiaires
après leur entrée : le choix ne peut donc pas être influencé par ce que l'on espère.
"""
# %% [markdown] en
"""
## Which action to measure?

For a pact, all actions are concerned, starting with those for children, women, single parents and poor workers. For a
contract, one at least. The same questions help to choose where to start:

1. does the action reach people directly, and for a year at least?
2. can one know what becomes of them?
3. is there anybody to compare them with?
4. are they many enough for a useful effect to be seen?

`ik.choose` (or `impactkit choose my-study`) answers them for all actions, **without reading any outcome** of beneficiaries after
their entry: the choice cannot be swayed by what one hopes.
"""
# %%
ik.choose(study, on=dt.date(2026, 6, 1))
# %% [markdown] fr
"""
Et pour chaque action, la méthode la plus crédible que ses données permettent (`ik.advise`). La note va de 0 à 5 : c'est la crédibilité la
plus haute que la méthode peut atteindre ici.
"""
# %% [markdown] en
"""
And for each action, the most credible method that its data allow (`ik.advise`). The note goes from 0 to 5: it is the highest credibility
that the method can reach here.
"""
# %%
advices = {
    action.id: ik.advise(ik.build_cohort(study, action=action.id))
    for action in study.actions
}
table(
    {
        "action": action.title,
        "method": advices[action.id].best.name,
        "credibility": advices[action.id].best.credibility,
        "useful": action.outcomes[0].minimum_effect,
        "detectable": advices[action.id].best.minimum_detectable_effect,
    }
    for action in study.actions
)
# %% [markdown] fr
"""
*Lecture : les deux dernières colonnes sont dans l'unité de chaque indicateur (0,05 veut dire 5 points de pourcentage). Pour le
parcours mobilité, un effet de 5 points serait utile, mais seul un effet de 17 points environ aurait de bonnes chances de se voir.*

Claire remarque que le plus petit effet **décelable** dépasse presque partout le plus petit effet **utile**. Ce n'est pas une
raison de ne rien mesurer ; c'en est une de ne pas lire « pas d'effet » là où il faudra lire « on ne sait pas ».

## Imputable : par rapport à quoi ?

Une action a un effet si les personnes vont mieux **que ce qu'elles iraient sans elle**. Cette situation-là s'appelle la
*situation contrefactuelle*. On ne la voit jamais : on ne peut pas, au même moment, avoir suivi le parcours et ne pas l'avoir
suivi. Une simulation, elle, peut la montrer. Ci-dessous, des personnes inventées dont on connaît tout : la ligne pointillée
est ce que seraient devenus les mêmes bénéficiaires **sans** l'action.
"""
# %% [markdown] en
"""
*How to read it: the last two columns are in the unit of each indicator (0.05 means 5 percentage points). For mobility, an effect
of 5 points would be useful, but only one of about 17 points would have a good chance of being seen.*

Claire notices that the smallest **detectable** effect is larger than the smallest **useful** one almost everywhere. It is no
reason to measure nothing; it is one not to read “no effect” where “we do not know” must be read.

## Attributable: compared with what?

An action has an effect if people fare better **than they would without it**. How they would fare is called the
*counterfactual*. It is never seen: nobody can, at the same time, have followed the course and not have followed it. A simulation
can show it. Below are made people of whom everything is known: the dotted line is what the same beneficiaries would have become
**without** the action.
"""
# %%
play(
    "verdict",
    {"comparison": "neighbours", "effect": 1.5, "people": 400},
)
# %% [markdown] fr
"""
### Exercice 1.2

Pour le parcours mobilité, la situation contrefactuelle est :

- a : la situation des mêmes personnes avant leur entrée ;
- b : la situation qu'auraient eue les mêmes personnes, six mois après, sans le parcours ;
- c : le taux d'emploi moyen en France à la même date ;
- d : l'objectif fixé dans la fiche action.
"""
# %% [markdown] en
"""
### Exercise 1.2

For the mobility action, the counterfactual is:

- a: how the same people were before they entered;
- b: how the same people would have been, six months after, without the action;
- c: the average employment rate in France on the same date;
- d: the target set for the action.
"""
# %% exercise
answer = None  # "a"
check_answer("1.2", answer)
# %% solution
answer = "b"
check_answer("1.2", answer)
# %% [markdown] fr
"""
## Le plus petit effet utile, et le plus petit effet décelable

**Utile** : à partir de combien l'action vaut-elle la peine ? C'est un choix, qui se fait en comité, avant tout résultat, et
s'écrit dans l'étude (`minimum_effect`).

**Décelable** : à partir de combien la mesure a-t-elle de bonnes chances (huit sur dix) de voir l'effet ? C'est un calcul, qui
dépend surtout du nombre de personnes suivies.

### Exercice 1.3

Solène peut suivre 60 bénéficiaires et 60 personnes en attente. Sans l'action, 30 % trouveraient un emploi. Quel est le plus
petit effet décelable, **en points de pourcentage** ? Utilisez `ik.minimum_detectable_effect`.
"""
# %% [markdown] en
"""
## The smallest useful effect, and the smallest detectable one

**Useful**: from how much on is the action worth having? It is a choice, made in committee, before any result, and written in the
study (`minimum_effect`).

**Detectable**: from how much on has the measure a good chance (eight in ten) of seeing the effect? It is a calculation, and
depends above all on the number of people followed.

### Exercise 1.3

Solène can follow 60 beneficiaries and 60 people waiting. Without the action, 30% would find work. What is the smallest
detectable effect, **in percentage points**? Use `ik.minimum_detectable_effect`.
"""
# %% exercise
answer = None
check_answer("1.3", answer)
# %% solution
answer = 100 * ik.minimum_detectable_effect(
    n_treated=60, n_comparison=60, share=0.30
)
check_answer("1.3", answer)
# %% [markdown] fr
"""
### Exercice 1.4

Le comité juge qu'un effet de 10 points serait déjà utile. Combien de **bénéficiaires** faudrait-il suivre (avec autant de
personnes comparées) pour avoir de bonnes chances de le voir ? Utilisez `ik.sample_size`.
"""
# %% [markdown] en
"""
### Exercise 1.4

The committee thinks that an effect of 10 points would already be useful. How many **beneficiaries** should be followed (with as
many people compared) to have a good chance of seeing it? Use `ik.sample_size`.
"""
# %% exercise
answer = None
check_answer("1.4", answer)
# %% solution
answer = ik.sample_size(0.10, share=0.30).n_treated
check_answer("1.4", answer)
# %% [markdown] fr
"""
## À vous de jouer

Ici, les places sont tirées au sort : la comparaison est la meilleure possible. Un score d'autonomie va de 0 à 20. Changez le
véritable effet, le nombre de bénéficiaires et le plus petit effet utile ; observez l'intervalle et le verdict. Puis changez le
tirage : mêmes réglages, d'autres personnes. De combien le résultat bouge-t-il à lui seul ?
"""
# %% [markdown] en
"""
## Play with it

Here places are drawn by lot: the comparison is the best there is. A score of ease with procedures goes from 0 to 20. Change the
true effect, the number of beneficiaries and the smallest useful effect; watch the interval and the verdict. Then change the
draw: same settings, other people. How much does the result move by itself?
"""
# %%
simulator("sample")
# %% [markdown] fr
"""
Le même véritable effet (1 point), avec de plus en plus de personnes :
"""
# %% [markdown] en
"""
The same true effect (1 point), with more and more people:
"""
# %%
scenes = [play("sample", {"people": n}) for n in (20, 60, 150, 400)]
compare_scenes(scenes, by=["people"])
# %% [markdown] fr
"""
## Ce qu'il faut retenir

- Un effet se mesure chez les personnes, pas dans l'activité.
- *Imputable* veut dire : mieux que sans l'action. Personne ne voit « sans l'action » ; il faut s'en approcher.
- Le plus petit effet utile se décide avant ; le plus petit effet décelable se calcule avant.
- Trop peu de personnes ne donne jamais « pas d'effet », mais « on ne sait pas ».

**Pour la prochaine fois** : écrivez pour votre action les quatre lignes du tableau « si… alors… », et listez les fichiers où les
personnes apparaissent, sans les apporter.
"""
# %% [markdown] en
"""
## To remember

- An effect is measured in people, not in activity.
- *Attributable* means: better than without the action. Nobody sees “without the action”; one must come close to it.
- The smallest useful effect is decided beforehand; the smallest detectable one is calculated beforehand.
- Too few people never gives “no effect”, but “we do not know”.

**For next time**: write the four lines of the “if… then…” table for your action, and list the files in which people appear, without
bringing them.
"""
