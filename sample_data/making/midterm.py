"""The tables of the invented contract's mid-term evaluation: five actions, of which two are measured.

Nothing is drawn. Some things are missing on purpose, as in real reports: `impactkit midterm` says which.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from making.files import Cell, write_csv, write_xlsx

_ACTION_HEADERS = (
    "Action", "Pilote", "État de déploiement", "Adéquation aux besoins", "Efficacité", "Efficience",
    "Enseignements", "Décision", "Motifs de la décision", "Mesures pour 2027", "Action phare",
    "Validation État", "Validation collectivité", "Personnes accompagnées 2024-2025", "Date de démarrage",
    "Touche directement les personnes", "Suivi possible des personnes",
)  # fmt: skip
_ACTIONS: tuple[tuple[Cell, ...], ...] = (
    (
        "Boussole jeunes", "Mission locale de l'Orlise",
        "Déployée depuis janvier 2025 sur trois bassins d'emploi, avec douze référents sur treize.",
        "Les demandes dépassent les places : un jeune sur deux environ n'a pas pu être accueilli.",
        "Trois jeunes sur quatre ont suivi les quatre mois. Le parcours se décide pendant les stages.",
        "Un référent suit quinze jeunes au plus ; le temps d'aller vers eux est la première dépense.",
        "Aller chercher les jeunes chez eux change tout ; le logement doit être réglé avant le stage.",
        "Poursuivre", "La mesure d'impact est favorable et les demandes dépassent les places.",
        "Ouvrir quarante places de plus et recruter le treizième référent avant mars 2027.",
        "oui", "oui", "oui", 170, dt.date(2025, 1, 20), "oui", "oui",
    ),
    (
        "conseil_budget", "Union départementale d'action sociale de l'Orlise",
        "Deux points conseil sur les quatre prévus ; deux postes sont restés vacants huit mois.",
        "Les travailleurs pauvres viennent peu aux horaires de bureau.",
        "Les personnes reçues comprennent mieux leurs charges ; quelques médiations ont abouti.",
        "Coût par personne élevé tant que les points conseil ne sont pas tous ouverts.",
        "Recevoir en soirée et sur les lieux de travail.",
        "Modifier", "Trop peu de personnes pour conclure : le suivi continue avec des horaires élargis.",
        "Ouvrir deux soirées par semaine et suivre au moins cent ménages.",
        "non", "oui", "oui", 24, dt.date(2025, 2, 3), "oui", "oui",
    ),
    (
        "Bus des droits", "Département de l'Orlise, direction de l'insertion",
        "Un bus, dix-huit communes rurales, deux tournées par mois.",
        "Les communes desservies n'ont plus de guichet : la demande est régulière.",
        "1 240 personnes reçues en deux ans, pour 640 demandes de droits déposées.",
        "Le coût tient aux déplacements ; il baisse quand deux administrations viennent ensemble.",
        "Un passage à jour fixe vaut mieux qu'un passage annoncé.",
        "Poursuivre", "Besoin confirmé par les communes et par la caisse d'allocations familiales.",
        "Ajouter six communes et suivre les demandes jusqu'à l'ouverture du droit.",
        "oui", "oui", "oui", 1240, dt.date(2024, 3, 4), "oui", "oui",
    ),
    (
        "Accueil de jour des familles", "Association Les Quatre Vents d'Orlise",
        "Ouvert cinq jours sur sept depuis septembre 2024.",
        "La moitié des familles vient d'un hébergement d'urgence.",
        None,
        "Les repas viennent de dons ; la dépense est celle des deux postes.",
        "Les familles reviennent pour la laverie, puis parlent de leurs démarches.",
        "Poursuivre", "Aucun autre lieu de ce genre dans le département.",
        "Ouvrir le samedi et noter ce que deviennent les familles six mois après.",
        "non", "oui", "non", 310, dt.date(2024, 9, 2), "oui", "non",
    ),
    (
        "Plateforme de dons alimentaires", "Département de l'Orlise, mission transition",
        "Logiciel livré ; la moitié des communes l'utilisent.",
        "Les associations demandaient d'abord un camion.",
        "Les tonnages n'ont pas augmenté.",
        "L'entretien du logiciel coûte plus qu'il ne fait gagner.",
        "Un outil ne remplace pas un transport.",
        "Arrêter", "Les dons circulaient déjà sans elle ; le camion partagé répond mieux au besoin.",
        None,
        "non", "non", "oui", None, dt.date(2024, 5, 13), "non", "non",
    ),
)  # fmt: skip

_INDICATOR_HEADERS = ("Action", "Indicateur", "Niveau", "Unité", "Année", "Cible", "Réalisé")
# The list of national indicators of Pilot'actions is not public: these are examples.
_INDICATORS: tuple[tuple[str, str, str, str, float, float | None, float, float | None], ...] = (
    ("Boussole jeunes", "Jeunes accompagnés vers l'emploi ou la formation (exemple)", "national", "jeunes",
     0, 0, 180, 170),
    ("Boussole jeunes", "Stages organisés", "local", "stages", 0, 0, 240, 261),
    ("conseil_budget", "Ménages ayant bénéficié d'un conseil budgétaire (exemple)", "national", "ménages",
     0, 0, 120, 24),
    ("conseil_budget", "Médiations bancaires engagées", "local", "médiations", 0, 0, 30, 12),
    ("Bus des droits", "Personnes reçues (exemple)", "national", "personnes", 500, 545, 600, 695),
    ("Bus des droits", "Part des communes desservies deux fois par mois", "local", "%", 80, 72.5, 90, 94.4),
    ("Accueil de jour des familles", "Familles accueillies (exemple)", "national", "familles",
     80, 96, 200, None),
    ("Plateforme de dons alimentaires", "Dons redistribués (exemple)", "national", "tonnes",
     40, 38.2, 60, 37.9),
    ("Plateforme de dons alimentaires", "Communes connectées", "local", "communes", 20, 12, 40, 21),
)  # fmt: skip

# As an export would name them: study.toml says which is which.
_FUNDING_HEADERS = (
    "Intitulé de l'action", "Exercice",
    "CP prévus État", "CP prévus collectivité", "CP prévus autres",
    "CP engagés État", "CP engagés collectivité", "CP engagés autres",
    "CP consommés État", "CP consommés collectivité", "CP consommés autres",
    "Dérogation 50/50", "Saisine DIPLP et DGCS",
)  # fmt: skip
_FUNDING = (
    ("Boussole jeunes", "2024", "15 000", "15 000", "", "12 400", "12 400", "", "11 862,40", "11 862,40", "",
     "non", ""),
    ("Boussole jeunes", "2025", "135 000", "135 000", "", "135 000", "135 000", "", "128 317,25",
     "131 902,10", "", "non", ""),
    ("conseil_budget", "2024", "0", "0", "", "0", "0", "", "0", "0", "", "non", ""),
    ("conseil_budget", "2025", "18 000", "18 000", "", "18 000", "18 000", "", "9 240,50", "9 240,50", "",
     "non", ""),
    ("Bus des droits", "2024", "60 000", "40 000", "5 000", "60 000", "40 000", "5 000", "58 113,90",
     "39 004,75", "5 000", "oui", "14/12/2023"),
    ("Bus des droits", "2025", "60 000", "40 000", "5 000", "60 000", "40 000", "5 000", "60 000", "40 000",
     "5 000", "oui", "14/12/2023"),
    ("Accueil de jour des familles", "2024", "40 000", "60 000", "", "40 000", "58 500", "", "36 790",
     "55 185,30", "", "oui", "14/12/2023"),
    ("Accueil de jour des familles", "2025", "40 000", "60 000", "", "40 000", "60 000", "", "40 000",
     "59 260,05", "", "oui", "14/12/2023"),
    ("Plateforme de dons alimentaires", "2024", "25 000", "25 000", "", "25 000", "25 000", "", "24 118",
     "24 118", "", "non", ""),
    ("Plateforme de dons alimentaires", "2025", "10 000", "10 000", "", "10 000", "10 000", "", "8 706,20",
     "", "", "non", ""),
)  # fmt: skip


def midterm_tables(folder: Path) -> None:
    """Write the workbook of actions and indicators, and the export of amounts."""
    write_xlsx(
        folder / "mi_parcours.xlsx",
        {"Actions": [_ACTION_HEADERS, *_ACTIONS], "Indicateurs": [_INDICATOR_HEADERS, *_by_year()]},
    )
    write_csv(folder / "mi_parcours_financement.csv", list(_FUNDING_HEADERS), _FUNDING, encoding="cp1252")


def _by_year() -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for action, indicator, level, unit, *figures in _INDICATORS:
        for year, (target, reached) in zip((2024, 2025), (figures[:2], figures[2:]), strict=True):
            rows.append([action, indicator, level, unit, year, target, reached])
    return rows
