"""A study of sixty people whose small groups are known, and whom its files name in every way.

Thirty-four people are helped, twenty-six wait. Small groups are planted in several tables: people lost before
the end, a structure, a household, the levels of a characteristic, those in work among a group. Each
person has names, numbers, an address and a remark that no other text holds.
"""

from __future__ import annotations

from pathlib import Path

from canaries import person

HELPED, WAITING = 34, 26
STUDY = """format = 1
kind = "cls"
id = "serins"
title = "Contrat des Serins"
pilot = "Service de l'action sociale"
language = "fr"
{secrecy}
waves = [{{ id = "T0", label = "à l'entrée", months = 0 }}, {{ id = "T6", label = "à six mois", months = 6 }}]
[territory]
name = "Valmont"
[duration]
start = 2024-01-01
end = 2027-12-31
[variables]
emploi = {{ label = "En emploi", type = "boolean" }}
score = {{ label = "Score de confiance", type = "number", unit = "points" }}
age = {{ label = "Âge", type = "number", unit = "ans" }}
sexe = {{ label = "Sexe", type = "category", categories = ["femme", "homme"] }}
commune = {{ label = "Commune", type = "text" }}
metier = {{ label = "Métier", type = "category", categories = ["aide", "vente", "fauconnerie"] }}
[variables.logement]
label = "Logement"
type = "category"
categories = ["locataire", "propriétaire", "hébergé", "sans logement"]
[publics]
women = {{ variable = "sexe", yes = ["femme"] }}
children = {{ variable = "age", below = 18 }}
[[files]]
id = "suivi"
path = "données/suivi.csv"
missing = ["NSP"]
[files.identity]
last_name = "Nom"
first_name = "Prénom"
birth_date = "Né le"
phone = "Téléphone"
email = "Mél"
nir = "NIR"
caf_number = "N° CAF"
[files.columns]
unit = "N° dossier"
arm = {{ column = "Groupe", labels = {{ B = "beneficiary", A = "waiting_list" }} }}
age = "Âge"
sexe = {{ column = "Sexe", labels = {{ F = "femme", H = "homme" }} }}
logement = "Logement"
commune = "Commune"
metier = "Métier"
household = "Foyer"
cluster = "Structure"
emploi = [{{ column = "Emploi T0", wave = "T0" }}, {{ column = "Emploi T6", wave = "T6" }}]
score = [{{ column = "Score T0", wave = "T0" }}, {{ column = "Score T6", wave = "T6" }}]
{actions}
[midterm]
actions = {{ path = "mi_parcours/actions.csv" }}
indicators = {{ path = "mi_parcours/indicateurs.csv" }}
funding = {{ path = "mi_parcours/montants.csv" }}
"""
ACTION = """[[actions]]
id = "{id}"
title = "{title}"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
publics = ["women"]
files = ["suivi"]
method = "{method}"
comparison = "{comparison}"
covariates = {covariates}
outcomes = [
  {{ variable = "{primary}", primary = true, direction = "increase" }},
  {{ variable = "{other}", direction = "increase" }},
]
[actions.funding]
state = 1000
collectivity = 1000
others = 0
"""
ACTIONS = (
    {"id": "ecart", "title": "Écart avec l'attente", "method": "did", "comparison": "waiting_list",
     "covariates": '["age", "sexe"]', "primary": "score", "other": "emploi"},
    {"id": "apres", "title": "Comparés après", "method": "compare_groups", "comparison": "waiting_list",
     "covariates": '["age", "sexe", "metier"]', "primary": "emploi", "other": "score"},
    {"id": "avant", "title": "Avant et après", "method": "before_after", "comparison": "none",
     "covariates": "[]", "primary": "emploi", "other": "score"},
)  # fmt: skip
MIDTERM = {
    "actions.csv": "Action;État de déploiement;Décision;Personnes accompagnées 2024-2025;Action phare\n"
    "ecart;Déployée.;Poursuivre;34;oui\napres;;À modifier;;non\n",
    "indicateurs.csv": "Action;Indicateur;Niveau;Unité;Année;Cible;Réalisé\n"
    "ecart;Personnes;national;personnes;2024;100;34\n",
    "montants.csv": "Action;Année;Prévu État;Prévu collectivité;Dépensé État;Dépensé collectivité;Dérogation;"
    "Date de consultation de l'État\necart;2024;1000;1000;1000;1000;non;\n",
}


def table() -> str:
    """Return the file: a line each, with all that says who the person is."""
    headers = {
        "unit": "N° dossier", "last_name": "Nom", "first_name": "Prénom", "birth_date": "Né le", "nir": "NIR",
        "caf_number": "N° CAF", "phone": "Téléphone", "email": "Mél", "address": "Adresse", "iban": "IBAN",
        "comment": "Observations",
    }  # fmt: skip
    names = ["Groupe", "Âge", "Sexe", "Logement", "Commune", "Métier", "Foyer", "Structure"]
    lines = [";".join([*headers.values(), *names, "Emploi T0", "Emploi T6", "Score T0", "Score T6"])]
    for i in range(HELPED + WAITING):
        who, helped, rank = person(i), i < HELPED, i if i < HELPED else i - HELPED
        lost = rank < 4 if helped else rank < 6  # answered nothing at six months
        start = 20 + (7 * i) % 13
        cells = [
            "B" if helped else "A",
            str(23 + (11 * i) % 37),
            "H" if rank % 8 == 4 else "F",  # three or four men in each group
            "sans logement" if rank in (8, 9) else ("locataire", "propriétaire", "hébergé")[rank % 3],
            f"Oisellerie{who['last_name'][-3:]}" if rank == 12 else "Valmont" if i % 2 else "Hautbourg",
            "fauconnerie" if rank == 12 else ("aide", "vente")[rank % 2],
            f"F{i // 2:03d}",
            "Maison Haute" if rank % 11 == 3 else f"Centre {'ABC'[i % 3]}",
            "Oui" if rank < 5 else "Non",
            "NSP" if lost else "Oui" if rank % (4 if helped else 8) == 1 else "Non",
            f"{start},5",
            "" if lost else f"{start + (3 * i) % 7 + 4 * helped},5",
        ]  # fmt: skip
        lines.append(";".join([*who.values(), *cells]))
    return "\n".join(lines) + "\n"


def write_walked(folder: Path, *, secrecy: str = "", lines: str | None = None) -> Path:
    """Write the study and its files; return the study file."""
    actions = "".join(ACTION.format(**action) for action in ACTIONS)
    for place in ("données", "mi_parcours"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    said = f'secrecy = "{secrecy}"' if secrecy else ""
    (folder / "study.toml").write_text(STUDY.format(secrecy=said, actions=actions), encoding="utf-8")
    (folder / "données" / "suivi.csv").write_text(lines or table(), encoding="cp1252")
    for name, text in MIDTERM.items():
        (folder / "mi_parcours" / name).write_text(text, encoding="utf-8")
    return folder / "study.toml"
