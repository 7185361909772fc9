"""The two actions of the invented contract: places drawn by lot, and an action too small to conclude."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from making.files import BLANK, NSP, Cell, repeat_rows, write_csv, write_xlsx, yes_no
from making.people import IDENTITY, french_date, make_people
from making.truth import Truth, mean_change


def boussole_jeunes(folder: Path, *, seed: int) -> Truth:
    """More young people than places: lots were drawn among those who asked."""
    rng = np.random.default_rng([seed, 7])
    n_in, n_out, effect = 170, 160, 0.17
    n = n_in + n_out
    people = make_people(rng, n, on=dt.date(2025, 1, 20), ages=(16, 25), women=0.47)
    diploma = rng.choice(3, size=n, p=[0.46, 0.36, 0.18])
    rural = rng.random(n) < 0.37
    treated = rng.permutation(n) < n_in  # the lots
    chance = np.array([0.30, 0.41, 0.52])[diploma] - 0.04 * rural + effect * treated
    works = rng.random(n) < chance
    training = rng.random(n) < 0.35
    lost = rng.random(n) < np.where(treated, 0.06, 0.08)

    header = [
        *IDENTITY, "Date de la demande", "Tirage au sort", "Sexe", "Âge", "Diplôme le plus élevé",
        "Commune rurale", "Situation à 9 mois",
    ]  # fmt: skip
    diplomas = ("Aucun diplôme", "CAP ou BEP", "Baccalauréat ou plus")
    rows = []
    for rank, i in enumerate(rng.permutation(n)):
        person = people[i]
        asked = dt.date(2024, 12, 2) + dt.timedelta(days=int(rank * 0.14))
        situation = ("Formation" if training[i] else "Emploi") if works[i] else "Ni emploi ni formation"
        rows.append([
            *person.identity(), french_date(asked), "Place obtenue" if treated[i] else "Pas de place",
            person.sex, str(person.age), diplomas[diploma[i]], yes_no(rural[i]),
            (NSP if rng.random() < 0.5 else BLANK) if lost[i] else situation,
        ])  # fmt: skip
    write_csv(folder / "boussole_jeunes.csv", header, repeat_rows(rng, rows, times=2), encoding="utf-8-sig")
    return Truth(
        action="boussole_jeunes",
        effects={"en_emploi_ou_formation": effect},
        carried=True,
        before_after=None,
        sizes={
            "beneficiary": n_in,
            "randomised": n_out,
            "not_followed_beneficiary": int((lost & treated).sum()),
            "not_followed_randomised": int((lost & ~treated).sum()),
        },
        why={
            "fr": "Tous les jeunes étaient sans emploi ni formation à l'entrée : une comparaison avant/après "
            "compterait comme un effet tous ceux qui en auraient trouvé sans l'action.",
            "en": "All were out of work and training at entry: a before/after count would take all those who "
            "would have found some without the action for an effect.",
        },
    )


def conseil_budget(folder: Path, *, seed: int) -> Truth:
    """Before/after of 24 people: too few to conclude anything."""
    rng = np.random.default_rng([seed, 8])
    n, effect, trend = 24, 15.0, 5.0
    people = make_people(rng, n, on=dt.date(2025, 2, 10), ages=(26, 63), women=0.66)
    before = np.round(rng.normal(310, 110, n), 2)
    # What is left to live on swings by far more than 100 € from one month to the next, whatever is done.
    after = np.round(before + trend + effect + rng.normal(0.0, 160, n), 2)
    lost = int(rng.integers(n))
    after[lost] = np.nan

    header: list[Cell] = [*IDENTITY, "Reste à vivre à l'entrée", "Reste à vivre à 6 mois"]
    rows: list[list[Cell]] = []
    for i, person in enumerate(people):
        number, surname, first_name, _, phone = person.identity()
        amounts: list[Cell] = [float(before[i]), NSP if i == lost else float(after[i])]
        rows.append([number, surname, first_name, person.born, phone, *amounts])
    write_xlsx(folder / "conseil_budget.xlsx", {"Feuil1": [header, *rows]})
    return Truth(
        action="conseil_budget",
        effects={"reste_a_vivre": effect},
        carried=False,
        before_after=mean_change(before, after, np.ones(n, dtype=bool)),
        sizes={"beneficiary": n, "not_followed": 1},
        why={
            "fr": "Avec 24 personnes et personne à qui les comparer, le hasard dépasse de loin l'effet.",
            "en": "With 24 people and nobody to compare them with, chance is far larger than the effect.",
        },
    )


ACTIONS = (boussole_jeunes, conseil_budget)
