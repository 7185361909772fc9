"""Answers to the questionnaire on changes of the invented pact: twenty-six respondents and a committee."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from making.files import write_csv

HEADER = (
    "Répondant (un numéro, jamais un nom)",
    "Type de répondant",
    "Code",
    "Appréciation",
    "Part due au pacte",
    "Preuve",
    "Date de la preuve",
    "Source de la preuve",
)
_LEVELS = ("dégradé", "inchangé", "en amélioration", "nettement amélioré", "sans objet")
_SHARES = ("aucune", "en partie", "surtout", "ne sait pas")
# One respondent of each type in turn.
_TYPES = ("pilote du pacte", "collectivité", "service de l'État", "association", "acteur économique")
_PEOPLE = "personne concernée"
_N, _N_PEOPLE = 26, 12
# How far each change went, from 0 (worse) to 3 (much better).
_WENT = {
    "needs_covered": 1.8,
    "access_to_rights": 2.1,
    "rural_coverage": 2.3,
    "local_level": 2.4,
    "fit_to_diagnosis": 1.9,
    "new_partners": 2.5,
    "businesses": 1.2,
    "people_concerned": 1.1,
    "shared_choices": 1.9,
    "steering": 2.4,
    "common_referral": 2.2,
    "cofunding": 1.4,
    "pooled_people": 2.0,
    "pooled_means": 1.7,
    "commitment": 1.9,
    "lasting_funding": 0.8,
    "lasting_team": 1.3,
    "mainstream": 1.8,
    "agreements": 1.2,
    "unexpected_effects": 1.6,
    "obstacles": 1.4,
    "range_of_views": 2.1,
    "early_involvement": 1.5,
    "real_influence": 1.3,
    "engagement": 2.0,
    "balance": 1.4,
    "common_view": 2.0,
    "continuation": 2.6,
}
_PROOFS = {
    "rural_coverage": ("Deux permanences ont ouvert dans des bourgs ruraux.", "17/02/2025", "convention"),
    "local_level": ("Sept communes siègent au comité technique.", "11/09/2025", "compte rendu du comité"),
    "new_partners": ("Quatre associations ont rejoint la démarche.", "20/01/2026", "liste des signataires"),
    "common_referral": ("Une fiche d'orientation commune est en service.", "03/03/2025", "modèle de fiche"),
}
_AGREED = ("steering", "nettement amélioré", "surtout", "Le comité se réunit chaque mois.", "06/01/2026")


def evolutions(folder: Path, *, seed: int) -> None:
    """Write ``evolutions.csv``."""
    rng = np.random.default_rng([seed, 9])
    rows = []
    for number in range(1, _N + 1):
        kind = _PEOPLE if number <= _N_PEOPLE else _TYPES[number % len(_TYPES)]
        for i, (code, went) in enumerate(_WENT.items()):
            level, skipped = int(np.clip(round(rng.normal(went, 0.7)), 0, 3)), rng.random() < 0.06
            share = _SHARES[int(rng.choice(4, p=(0.15, 0.5, 0.2, 0.15)))]
            if skipped:
                continue
            proof = _PROOFS.get(code, ("", "", "")) if number == _N_PEOPLE + 1 + i % 5 else ("", "", "")
            level = 4 if rng.random() < 0.02 else level
            rows.append((str(number), kind, code, _LEVELS[level], share, *proof))
    code, said, share, proof, day = _AGREED
    rows.append((str(_N + 1), "réponse collégiale", code, said, share, proof, day, "calendrier du pacte"))
    write_csv(folder / "evolutions.csv", HEADER, rows, encoding="utf-8-sig")
