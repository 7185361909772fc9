# %% [markdown] fr
"""
# 3. Avant/après, et pourquoi cela ne suffit pas

**Durée** : 1 h 15 à 1 h 30. **Il faut** : les séances 1 et 2.

À la fin de la séance, vous saurez :

- dire pourquoi des personnes peuvent aller mieux sans que l'action y soit pour rien : le *retour à la moyenne* et le temps qui passe ;
- trouver, dans une situation réelle, un groupe de comparaison, et dire en quoi il peut tromper ;
- calculer à la main une *double différence*.
"""

# %% [markdown] en
"""
# 3. Before and after, and why it is not enough

**Duration**: 1 h 15 to 1 h 30. **You need**: sessions 1 and 2.

By the end of the session you will be able to:

- say why people may do better without the action having anything to do with it: *regression to the mean* and time going by;
- find a comparison group in a real situation, and say how it may mislead;
- work out a *difference in differences* by hand.
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

open_session(3)
# %% [markdown] fr
"""
## L'histoire : trois points de mieux

Les ateliers d'autonomie numérique ont interrogé leurs participants à l'entrée et six mois après. Le score moyen a nettement monté.
Karim prépare déjà la phrase du rapport : « Grâce aux ateliers… » Claire l'arrête : « Et s'ils avaient progressé quand même ? »
"""
# %% [markdown] en
"""
## The story: three points better

The digital autonomy workshops asked their participants at entry and six months after. The mean score has clearly risen. Karim is
already writing the sentence of the report: “Thanks to the workshops…” Claire stops him: “What if they had got better anyway?”
"""
# %%
study = ik.read_study(lesson_data("insertion_emploi"))
workshops = ik.assess(
    ik.before_after(
        ik.declare_design(
            ik.build_cohort(study, action="atelier_numerique")
        )
    )
)
ik.plot.effect(workshops)
# %%
workshops
# %% [markdown] fr
"""
L'évolution est réelle, et le hasard l'expliquerait mal. Pourtant impactkit refuse d'écrire *imputable*. Pour comprendre, fabriquons des
personnes dont on sait tout.

## Le retour à la moyenne

On s'inscrit à un atelier, on demande une aide, quand cela va **particulièrement mal**. Un mauvais moment est, le plus souvent, suivi d'un
moment ordinaire. Mesurer à l'entrée, c'est mesurer dans le creux : la remontée viendrait de toute façon.

Ci-dessous, **l'action n'a aucun effet**. Les personnes entrent 2 points au-dessous de leur niveau habituel, et l'usage quotidien leur
apprend un demi-point.
"""
# %% [markdown] en
"""
The change is real, and chance would hardly explain it. Yet impactkit refuses to write *attributable*. To understand why, let us make up
people of whom everything is known.

## Regression to the mean

People sign up for a workshop, or ask for help, when things go **particularly badly**. A bad moment is most often followed by an
ordinary one. Measuring at entry is measuring in the trough: coming out of it would happen anyway.

Below, **the action has no effect at all**. People enter 2 points below their usual level, and daily use teaches them half a point.
"""
# %%
simulator(
    "one_group",
    {"effect": 0, "trough": 2, "maturing": 0.5, "people": 150},
)
# %% [markdown] fr
"""
Essayez : remplissez le creux (0), puis retirez le progrès qui vient avec le temps. Mettez beaucoup de monde : l'intervalle se resserre… autour
d'une mauvaise réponse. **Plus de personnes rend plus précis, pas plus juste.**

Voici ce que trouve un avant/après, quand le véritable effet est toujours nul :
"""
# %% [markdown] en
"""
Try it: fill the trough (0), then take away the progress that comes with time. Put many people in: the interval tightens… around a
wrong answer. **More people make it more precise, not more right.**

This is what a before and after finds, when the true effect is always zero:
"""
# %%
scenes = [
    play("one_group", {"effect": 0, "trough": trough, "people": 400})
    for trough in (0, 1, 2, 3)
]
compare_scenes(scenes, by=["trough"])
# %% [markdown] fr
"""
*Même sans creux, il reste le demi-point que le temps apporte.*

### Exercice 3.1

Dans le monde ci-dessous, combien de points de l'évolution trouvée ne sont **pas** dus à l'action ?
"""
# %% [markdown] en
"""
*Even without a trough, the half point that time brings remains.*

### Exercise 3.1

In the world below, how many points of the change found are **not** due to the action?
"""
# %%
scene = play(
    "one_group",
    {
        "effect": 0.5,
        "trough": 2,
        "maturing": 0.5,
        "people": 400,
        "draw": 3,
    },
)
scene
# %% exercise
answer = None
check_answer("3.1", answer)
# %% solution
answer = scene.estimate - scene.truth
check_answer("3.1", answer)
# %% [markdown] fr
"""
## Les groupes de comparaison que l'on peut vraiment avoir

Il faut des personnes qui **n'ont pas (encore) l'action**, et qui auraient évolué comme les bénéficiaires. Aucun groupe n'est parfait ; chacun
trompe à sa manière.

| nom dans l'étude | qui | en quoi il peut tromper |
|---|---|---|
| `waiting_list` | inscrits qui attendent leur tour | peu, si l'ordre d'arrivée décide ; beaucoup, si l'on fait passer d'abord les plus motivés |
| `not_yet_treated` | ceux qui entreront plus tard | s'ils changent déjà en vue de leur entrée |
| `neighbouring_territory` | un territoire semblable sans l'action | ce qui arrive à l'un et pas à l'autre : une usine qui ferme |
| `ineligible` | juste au-dessus d'un plafond | ils diffèrent par le critère lui-même, sauf tout près du seuil |
| `non_takers` | invités qui ne sont pas venus | ils ont leurs raisons de ne pas venir, que personne n'a mesurées |
| `external` | fichier d'allocataires, enquête | ce ne sont pas les mêmes gens : il faut choisir ceux qui leur ressemblent (séance 4) |

### Exercice 3.2

Quel groupe conviendrait le mieux à chaque situation, parmi `waiting_list`, `not_yet_treated`, `neighbouring_territory`, `ineligible`, `non_takers` ?

- `mobilite` : les places sont données dans l'ordre des demandes ; les autres attendent la session suivante ;
- `garde` : dix-huit sites ouvrent l'un après l'autre ; toutes les mères inscrites auront une place ;
- `familles` : toutes les structures du pacte mènent l'action, aucune du pays voisin ;
- `energie` : l'aide est réservée aux foyers sous un plafond de ressources ;
- `invitation` : tous les habitants ont été invités à un atelier ; la moitié est venue, et il n'y a personne d'autre.
"""
# %% [markdown] en
"""
## The comparison groups that one can really get

One needs people who **do not have the action (yet)**, and would have changed as beneficiaries did. No group is perfect; each misleads in
its own way.

| name in the study | who | how it may mislead |
|---|---|---|
| `waiting_list` | people signed up who wait for their turn | little, if the order of arrival decides; much, if the keenest go first |
| `not_yet_treated` | those who will enter later | if they already change because they are about to enter |
| `neighbouring_territory` | a similar territory without the action | what happens to one and not to the other: a factory that closes |
| `ineligible` | just above a ceiling | they differ by the very criterion, except close to the threshold |
| `non_takers` | people invited who did not come | they have their reasons not to come, which nobody has measured |
| `external` | benefit file, survey | they are not the same people: those who are like them must be chosen (session 4) |

### Exercise 3.2

Which group would fit each situation best, among `waiting_list`, `not_yet_treated`, `neighbouring_territory`, `ineligible`, `non_takers`?

- `mobilite` (mobility): places are given in the order of requests; the others wait for the next session;
- `garde` (childcare): eighteen sites open one after the other; all mothers signed up will have a place;
- `familles` (families): all organisations of the pact run the action, none in the neighbouring area does;
- `energie` (energy): help is kept for households below a ceiling on income;
- `invitation`: all residents were invited to a workshop; half of them came, and there is nobody else.
"""
# %% exercise
answer = None  # {"mobilite": "…", "garde": "…", "familles": "…", "energie": "…", "invitation": "…"}
check_answer("3.2", answer)
# %% solution
answer = {
    "mobilite": "waiting_list",
    "garde": "not_yet_treated",
    "familles": "neighbouring_territory",
    "energie": "ineligible",
    "invitation": "non_takers",
}
check_answer("3.2", answer)
# %% [markdown] fr
"""
*Attention aux non-venus (`non_takers`). Dans le monde simulé qui suit, l'action n'a aucun effet ; les participants étaient seulement **moins en
difficulté au départ**, pour des raisons qu'aucun fichier ne contient, et progressent plus vite. Comparer les scores d'arrivée invente un
effet ; comparer les évolutions le réduit, sans l'effacer.*
"""
# %% [markdown] en
"""
*Beware of those who did not come (`non_takers`). In the made world that follows the action has no effect; participants merely **had it
easier at the start**, for reasons that no file holds, and get on faster. Comparing scores at the end makes up an effect; comparing
changes makes it smaller, without wiping it out.*
"""
# %%
SELF_CHOSEN = {
    "effect": 0,
    "observed": 0,
    "hidden": -0.7,
    "diverging": 0.4,
    "people": 300,
}
scenes = [
    play("two_groups", SELF_CHOSEN | {"method": method})
    for method in ("raw", "did")
]
compare_scenes(scenes, by=["method"])
# %% [markdown] fr
"""
## La double différence

Pour le parcours mobilité, Solène a gardé la liste d'attente. Voici la part de personnes en emploi, en pour cent, dans les deux groupes :
"""
# %% [markdown] en
"""
## The difference in differences

For the mobility action, Solène kept the waiting list. Here is the share of people in work, in per cent, in both groups:
"""
# %%
design = ik.declare_design(
    ik.build_cohort(study, action="parcours_mobilite")
)
estimate = ik.did(design)
shares = {
    (mean.group, mean.time): 100 * mean.mean for mean in estimate.means
}
table(
    {
        "group": arm,
        "before": shares[group, "before"],
        "after": shares[group, "after"],
    }
    for group, arm in (
        ("treated", "beneficiary"),
        ("comparison", "waiting_list"),
    )
)
# %% [markdown] fr
"""
### Exercice 3.3

De combien de **points** la part en emploi a-t-elle augmenté chez les bénéficiaires, **en plus** de ce qu'elle a augmenté dans la liste d'attente ?
"""
# %% [markdown] en
"""
### Exercise 3.3

By how many **points** did the share in work rise among beneficiaries, **over and above** what it rose by on the waiting list?
"""
# %% exercise
answer = None
check_answer("3.3", answer)
# %% solution
gain = shares["treated", "after"] - shares["treated", "before"]
answer = gain - (
    shares["comparison", "after"] - shares["comparison", "before"]
)
check_answer("3.3", answer)
# %% [markdown] fr
"""
C'est une *double différence* : l'évolution des uns moins l'évolution des autres. Elle suppose que, sans l'action, les deux groupes auraient
évolué de la même façon. `ik.did` la calcule en tenant compte en plus de l'âge, du sexe et des autres caractéristiques de départ : le résultat est
un peu différent, et il vient avec son incertitude.
"""
# %% [markdown] en
"""
It is a *difference in differences*: the change of some less the change of others. It assumes that, without the action, both groups would
have changed alike. `ik.did` works it out, taking age, sex and the other characteristics at the start into account as well: the result is a
little different, and comes with its uncertainty.
"""
# %%
evidence = ik.assess(estimate)
evidence
# %%
ik.plot.effect(evidence)
# %% [markdown] fr
"""
### Exercice 3.4

Quelle phrase Karim peut-il écrire sur les **ateliers numériques** (avant/après seul) ?

- a : « Grâce aux ateliers, les participants ont gagné trois points d'autonomie. »
- b : « Le score des participants a augmenté de 2,2 à 4,0 points ; on ne peut pas dire quelle part revient aux ateliers. »
- c : « Les ateliers sont sans effet. »
"""
# %% [markdown] en
"""
### Exercise 3.4

Which sentence may Karim write on the **digital workshops** (before and after alone)?

- a: “Thanks to the workshops, participants gained three points of autonomy.”
- b: “The score of participants rose by 2.2 to 4.0 points; which part is due to the workshops cannot be said.”
- c: “The workshops have no effect.”
"""
# %% exercise
answer = None  # "a"
check_answer("3.4", answer)
# %% solution
answer = "b"
check_answer("3.4", answer)
# %% [markdown] fr
"""
## La vérité

Ces données sont inventées : le véritable effet est écrit dans `VERITE.toml`, à côté de l'étude. Ouvrez-le maintenant.
"""
# %% [markdown] en
"""
## The truth

These data are made up: the true effect is written in `VERITE.toml`, beside the study. Open it now.
"""
# %%
import tomllib

truth = tomllib.loads(
    (lesson_data("insertion_emploi").parent / "VERITE.toml").read_text(
        encoding="utf-8"
    )
)
table(
    {
        "action": study.action(name).title,
        "truth": truth["actions"][name]["true_effect"][
            truth["actions"][name]["outcome"]
        ],
        "change": truth["actions"][name]["before_after"],
    }
    for name in ("atelier_numerique", "parcours_mobilite")
)
# %% [markdown] fr
"""
*Lecture : les ateliers ont fait gagner 0,4 point, sur les 3,1 que montre l'avant/après. Le parcours mobilité a un effet de 18 points (0,18), quand
l'avant/après en montrerait 24.*

## Ce qu'il faut retenir

- On entre dans une action au creux, et le temps passe : un avant/après mêle tout cela à l'effet.
- Plus de personnes ne corrige pas une mauvaise comparaison.
- Presque partout, quelqu'un n'a pas (encore) l'action. Le prévoir **dès le début** coûte peu ; le retrouver après, beaucoup.
"""
# %% [markdown] en
"""
*How to read it: the workshops brought 0.4 points, out of the 3.1 that the before and after shows. Mobility has an effect of 18 points (0.18),
when the before and after would show 24.*

## To remember

- People enter an action in a trough, and time goes by: a before and after mixes all that with the effect.
- More people do not mend a wrong comparison.
- Almost everywhere, somebody does not have the action (yet). Planning for it **from the start** costs little; finding it afterwards, a lot.
"""
