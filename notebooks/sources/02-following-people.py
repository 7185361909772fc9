# %% [markdown] fr
"""
# 2. Suivre des personnes

**Durée** : 1 h 15 à 1 h 30. **Il faut** : la séance 1.

À la fin de la séance, vous saurez :

- lire un fichier tel qu'on le reçoit, sans rien perdre ni rien corriger à la main ;
- retrouver les mêmes personnes d'un fichier à l'autre, et laisser le doute à qui peut vérifier ;
- compter qui est perdu de vue, et dire ce que cela peut fausser ;
- distinguer pseudonymisé et anonyme, et savoir ce qui n'a pas à entrer dans une étude.
"""

# %% [markdown] en
"""
# 2. Following people

**Duration**: 1 h 15 to 1 h 30. **You need**: session 1.

By the end of the session you will be able to:

- read a file as it is received, losing nothing and mending nothing by hand;
- find the same people again from one file to the next, and leave doubt to somebody who can check;
- count who is lost, and say what that may distort;
- tell pseudonymised from anonymous, and know what has no place in a study.
"""
# %%
import pandas as pd

import impactkit as ik
from impactkit.teaching import (
    check_answer,
    compare_scenes,
    lesson_data,
    open_session,
    play,
    simulator,
    two_files,
)

open_session(2)
# %% [markdown] fr
"""
## L'histoire : deux exports

Solène envoie à Karim deux exports du logiciel de la plateforme de mobilité : les inscriptions, puis les entretiens à six mois.
« Ils viennent du même logiciel, ils doivent bien se ressembler ? » Voici le début de chacun, brut. *(Toutes ces personnes sont
inventées, et leurs numéros de téléphone sont de ceux que l'Arcep réserve aux œuvres de fiction.)*
"""
# %% [markdown] en
"""
## The story: two exports

Solène sends Karim two exports of the mobility service's software: registrations, then interviews at six months. “They come from
the same software, surely they look alike?” Here is the beginning of each, raw. *(All these people are made up, and their telephone
numbers are among those kept for fiction.)*
"""
# %%
study_file = lesson_data("insertion_emploi")
files = study_file.parent / "data"
print((files / "mobilite_entree.csv").read_bytes()[:330])
print()
print((files / "mobilite_6mois.csv").read_bytes()[:230])
# %% [markdown] fr
r"""
Tout diffère : l'encodage des accents (`\xb0` d'un côté, `\xef\xbb\xbf` au début de l'autre), les noms de colonnes, les
modalités (« Sans emploi » ici, « NON » là). Les retoucher à la main dans un tableur ferait perdre les zéros des numéros de
dossier, et personne ne saurait refaire le travail.

`ik.read_table` lit tout **comme du texte** : rien n'est deviné, rien n'est perdu. Les types viennent ensuite, colonne par
colonne, du fichier d'étude.
"""
# %% [markdown] en
r"""
Everything differs: how accents are encoded (`\xb0` on one side, `\xef\xbb\xbf` at the start of the other), the names of columns,
the words in them (“Sans emploi” here, “NON” there). Mending them by hand in a spreadsheet would lose the zeros of the file
numbers, and nobody could do the work again.

`ik.read_table` reads everything **as text**: nothing is guessed, nothing is lost. Types come later, column by column, from the study
file.
"""
# %%
entry = ik.read_table(files / "mobilite_entree.csv")
list(entry.columns)
# %% [markdown] fr
"""
### Exercice 2.1

Quelles colonnes n'ont **rien à faire** dans l'analyse ?

- a : Nom
- b : N° dossier
- c : Téléphone
- d : Date de naissance
- e : Situation (en emploi, sans emploi)
- f : Observations (texte libre)
- g : Permis B
"""
# %% [markdown] en
"""
### Exercise 2.1

Which columns have **no place** in the analysis?

- a: last name (Nom)
- b: file number (N° dossier)
- c: telephone (Téléphone)
- d: date of birth (Date de naissance)
- e: situation, in work or not (Situation)
- f: remarks, free text (Observations)
- g: driving licence (Permis B)
"""
# %% exercise
answer = None  # ["a", "b"]
check_answer("2.1", answer)
# %% solution
answer = ["a", "c", "d", "f"]
check_answer("2.1", answer)
# %% [markdown] fr
"""
## Ce que dit la règle

- **On ne recueille que ce qui sert** (minimisation, article 5 du RGPD). Une colonne que l'étude ne cite pas n'est ni lue ni gardée.
- **Pseudonymisé** (article 4) : on ne peut plus dire qui c'est *sans* une information gardée ailleurs. Ce sont encore des données
  personnelles. **Anonyme** : plus personne ne le peut, avec quoi que ce soit.
- Certaines données demandent une raison écrite : santé, origine, opinions (article 9), condamnations (article 10).
- Les personnes sont informées, peuvent consulter, faire corriger, s'opposer, être effacées. La finalité, la durée et le registre
  se règlent **avant**, avec le délégué à la protection des données.

Dans impactkit, `impactkit cohort` tient ce suivi dans la durée : un identifiant tiré au hasard remplace le numéro, les identités
sont dans un coffre chiffré à part, et une identité qui arrive avec des réponses est refusée.

### Exercice 2.2

On retire les noms d'un fichier ; il reste un numéro de dossier, dont la structure garde la table de correspondance. Ce fichier est :

- a : anonyme, le RGPD ne s'applique plus ;
- b : pseudonymisé, le RGPD s'applique encore ;
- c : public.
"""
# %% [markdown] en
"""
## What the rule says

- **Only what serves is collected** (data minimisation, article 5 of the GDPR). A column that the study does not name is neither read
  nor kept.
- **Pseudonymised** (article 4): one can no longer tell who it is *without* information kept elsewhere. These are still personal
  data. **Anonymous**: nobody can any more, with anything.
- Some data need a written reason: health, origin, opinions (article 9), convictions (article 10).
- People are informed; they may see, correct, object, be erased. Purpose, duration and register are settled **beforehand**, with the
  data protection officer.

In impactkit, `impactkit cohort` keeps this record over time: an identifier drawn by lot takes the place of the number, identities
stand in an encrypted vault apart, and an identity that comes in with answers is refused.

### Exercise 2.2

Names are taken out of a file; a file number remains, of which the organisation keeps the table. This file is:

- a: anonymous, the GDPR no longer applies;
- b: pseudonymised, the GDPR still applies;
- c: public.
"""
# %% exercise
answer = None  # "a"
check_answer("2.2", answer)
# %% solution
answer = "b"
check_answer("2.2", answer)
# %% [markdown] fr
"""
## Retrouver les mêmes personnes

Les deux exports de Solène ont un numéro commun. Ce n'est pas toujours le cas. Voici deux petites listes inventées, sans
numéro : qui est dans les deux ?
"""
# %% [markdown] en
"""
## Finding the same people again

Solène's two exports have a number in common. It is not always so. Here are two small made lists, without a number: who is in both?
"""
# %%
left, right = two_files()
left.add_suffix(" (0)").join(
    right.add_suffix(" (6)"), how="outer"
).fillna("")
# %% [markdown] fr
"""
*À gauche (0), les personnes à l'entrée ; à droite (6), les fiches à six mois, dans un autre ordre.*

Un accent, un tiret, un jour et un mois échangés, une lettre en moins, une fiche en double : `ik.link` pardonne ce qui est
vraisemblable et pèse ce qui est rare. `auto` : le lien est sûr. `review` : quelqu'un doit regarder.
"""
# %% [markdown] en
"""
*On the left (0), people at entry; on the right (6), the records at six months, in another order.*

An accent, a hyphen, a day and a month swapped, a letter missing, a record twice: `ik.link` forgives what is likely and weighs what
is rare. `auto`: the link is sure. `review`: somebody must look.
"""
# %%
links = ik.link(
    left,
    right,
    last_name="nom",
    first_name="prenom",
    birth_date="ne_le",
)
# These people are made up: their rows may be looked at.
pd.DataFrame(links)
# %% [markdown] fr
"""
### Exercice 2.3

Combien de liens sont **sûrs** ? Et pourquoi les autres ne le sont-ils pas ?
"""
# %% [markdown] en
"""
### Exercise 2.3

How many links are **sure**? And why are the others not?
"""
# %% exercise
answer = None
check_answer("2.3", answer)
# %% solution
answer = int((links["status"] == "auto").sum())
check_answer("2.3", answer)
# %% [markdown] fr solution
"""
*Les deux liens à revoir mènent à deux fiches de la même personne à six mois : laquelle porte la bonne réponse ? Une machine n'a pas
à le décider.*
"""
# %% [markdown] en solution
"""
*The two links to review lead to two records of the same person at six months: which one has the right answer? That is not for a
machine to decide.*
"""
# %% [markdown] fr
"""
## Qui est perdu en route ?

`ik.build_cohort` suit le fichier d'étude : il lit, convertit, rapproche, et compte. Rien ne disparaît sans être compté.
"""
# %% [markdown] en
"""
## Who is lost on the way?

`ik.build_cohort` follows the study file: it reads, converts, joins and counts. Nothing goes without being counted.
"""
# %%
study = ik.read_study(study_file)
cohort = ik.build_cohort(study, action="parcours_mobilite")
evidence = ik.assess(ik.did(ik.declare_design(cohort)))
ik.plot.flow(evidence)
# %%
cohort.attrition()[
    ["period", "arm", "n", "followed", "lost", "share"]
].round(3)
# %% [markdown] fr
"""
*Lecture : une ligne par période (0 : à l'entrée ; 6 : six mois après) et par groupe (`waiting_list` : la liste d'attente) ; `share` est
la part de personnes perdues de vue, entre 0 et 1.*

### Exercice 2.4

Quelle part des **bénéficiaires** est perdue de vue à six mois, **en pour cent** ?
"""
# %% [markdown] en
"""
*How to read it: one row per period (0: at entry; 6: six months after) and group; `share` is the share of people lost, from 0 to 1.*

### Exercise 2.4

Which share of **beneficiaries** is lost at six months, **in per cent**?
"""
# %% exercise
answer = None
check_answer("2.4", answer)
# %% solution
losses = cohort.attrition().query(
    "period == 6 and arm == 'beneficiary'"
)
answer = 100 * losses["share"].iloc[0]
check_answer("2.4", answer)
# %% [markdown] fr
"""
## Ce que les pertes peuvent fausser

Si les personnes se perdaient au hasard, on y perdrait seulement de la précision. Mais celles qui vont mal répondent moins. Si elles
manquent surtout chez les bénéficiaires, ceux qui restent paraissent aller mieux **sans que l'action y soit pour rien**.

Ici, les places sont tirées au sort et **l'action n'a aucun effet**. Augmentez les pertes, puis l'écart entre les groupes, puis la perte de ceux
qui vont mal. Que dit le verdict ?
"""
# %% [markdown] en
"""
## What losses may distort

If people were lost by chance, only precision would be lost. But those who do badly answer less. If they are missing above all among
beneficiaries, those who remain seem to do better **and the action has nothing to do with it**.

Here places are drawn by lot and **the action has no effect at all**. Raise the losses, then the gap between groups, then the loss of
those who do badly. What does the verdict say?
"""
# %%
simulator(
    "losses",
    {
        "effect": 0,
        "people": 300,
        "lost": 0.3,
        "lost_gap": 0.3,
        "lost_slope": 3,
    },
)
# %% [markdown] fr
"""
Les mêmes personnes, sans aucun effet de l'action, selon qui est perdu :
"""
# %% [markdown] en
"""
The same people, the action having no effect, by who is lost:
"""
# %%
cases = [
    {"lost": 0, "lost_gap": 0, "lost_slope": 0},
    {"lost": 0.3, "lost_gap": 0, "lost_slope": 0},
]
cases += [
    {"lost": 0.3, "lost_gap": 0.0, "lost_slope": 3},
    {"lost": 0.3, "lost_gap": 0.3, "lost_slope": 3},
]
scenes = [
    play("losses", {"effect": 0, "people": 300} | case)
    for case in cases
]
compare_scenes(scenes, by=["lost", "lost_gap", "lost_slope"])
# %% [markdown] fr
"""
*Le verdict baisse avec les pertes inégales, mais aucun calcul ne remplace une réponse. Le plus utile se fait sur le terrain : prévoir dès
l'entrée comment recontacter, demander deux numéros, relancer aussi les personnes comparées.*

## Ce qu'il faut retenir

- Les fichiers se lisent tels quels ; ce qui ne se comprend pas se signale, et ne se corrige pas en silence.
- Un lien sûr se fait seul, un doute se regarde.
- On compte les pertes dans **les deux** groupes. Des pertes inégales peuvent fabriquer un effet.
- Pseudonymisé n'est pas anonyme.
"""
# %% [markdown] en
"""
*The verdict goes down with unequal losses, but no calculation replaces an answer. What serves most is done in the field: planning at
entry how to reach people again, asking for two numbers, calling back the people compared as well.*

## To remember

- Files are read as they are; what cannot be understood is told, and not mended in silence.
- A sure link is made, a doubt is looked at.
- Losses are counted in **both** groups. Unequal losses can make up an effect.
- Pseudonymised is not anonymous.
"""
