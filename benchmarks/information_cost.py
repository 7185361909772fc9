"""What each secrecy profile costs in information: the share of a report's numbers that it masks.

    python benchmarks/information_cost.py

The actions of the shipped sample, then made studies of 40, 120 and 400 people (five draws of each): half are
helped, half wait; a yes/no outcome and a score, five characteristics of which two have a rare level, a tenth
lost, households of two, eight structures. Counted as `impactkit.evidence.information_cost` says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import impactkit as ik
from impactkit.disclosure import PROFILES
from impactkit.errors import ImpactkitError
from impactkit.evidence import Record
from impactkit.evidence.information_cost import InformationCost, information_cost
from impactkit.files import Study

SIZES, DRAWS = (40, 120, 400), 5
STUDY = """format = 1
kind = "cls"
id = "cout"
title = "Étude fictive"
territory = { name = "Orlise" }
waves = [{ id = "T0", label = "à l'entrée", months = 0 }, { id = "T6", label = "à six mois", months = 6 }]
[variables]
emploi = { label = "En emploi", type = "boolean" }
score = { label = "Score", type = "number" }
age = { label = "Âge", type = "number" }
sexe = { label = "Sexe", type = "category", categories = ["femme", "homme"] }
diplome = { label = "CAP", type = "category", kind = "ordinal", categories = ["aucun", "cap", "bac", "sup"] }
logement = { label = "Logement", type = "category", categories = ["locataire", "proprio", "heberge", "rue"] }
rural = { label = "Commune rurale", type = "boolean" }
[publics]
women = { variable = "sexe", yes = ["femme"] }
rural = { variable = "rural" }
[[files]]
id = "suivi"
path = "suivi.csv"
[files.columns]
unit = "numero"
arm = { column = "groupe", labels = { B = "beneficiary", A = "waiting_list" } }
household = "foyer"
cluster = "structure"
age = "age"
sexe = "sexe"
diplome = "diplome"
logement = "logement"
rural = "rural"
emploi = [{ column = "emploi0", wave = "T0" }, { column = "emploi6", wave = "T6" }]
score = [{ column = "score0", wave = "T0" }, { column = "score6", wave = "T6" }]
[[actions]]
id = "a"
title = "Action"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["suivi"]
method = "compare_groups"
comparison = "waiting_list"
covariates = ["age", "sexe", "diplome", "logement", "rural"]
outcomes = [
  { variable = "emploi", primary = true, direction = "increase" },
  { variable = "score", direction = "increase" },
]
"""


def made(folder: Path, people: int, seed: int) -> Study:
    """Write a study of so many people and read it."""
    rng = np.random.default_rng(seed)
    lines = ["numero;groupe;foyer;structure;age;sexe;diplome;logement;rural;emploi0;emploi6;score0;score6"]
    for i in range(people):
        helped, lost = i % 2 == 0, rng.random() < 0.1
        score = int(rng.integers(5, 15))
        cells = [
            f"P{i:05}", "BA"[i % 2], f"F{i // 4}-{i % 2}", f"S{rng.integers(8)}", rng.integers(20, 60),
            rng.choice(["femme", "homme"], p=[0.6, 0.4]),
            rng.choice(["aucun", "cap", "bac", "sup"], p=[0.45, 0.3, 0.2, 0.05]),
            rng.choice(["locataire", "proprio", "heberge", "rue"], p=[0.6, 0.2, 0.15, 0.05]),
            rng.choice(["oui", "non"], p=[0.3, 0.7]),
            rng.choice(["oui", "non"], p=[0.25, 0.75]),
            "" if lost else rng.choice(["oui", "non"], p=[0.35 + 0.15 * helped, 0.65 - 0.15 * helped]),
            score, "" if lost else score + int(rng.integers(-2, 4)) + helped,
        ]  # fmt: skip
        lines.append(";".join(map(str, cells)))
    folder.mkdir()
    (folder / "suivi.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return ik.read_study(folder)


def records(study: Study, profile: str) -> Iterator[Record]:
    """Give the record of each action under a profile; what cannot be estimated is left out."""
    study = study.model_copy(update={"secrecy": profile})
    for action in study.actions:
        design = ik.make_comparable(ik.declare_design(ik.build_cohort(study, action=action.id)))
        try:
            yield ik.assess(ik.estimate(design)).record
        except ImpactkitError as error:
            print(f"    {study.id}/{action.id}: {type(error).__name__}")


def cost(studies: list[Study], profile: str) -> InformationCost:
    """Return the numbers hidden over all actions of the studies."""
    found = [information_cost(record) for study in studies for record in records(study, profile)]
    return InformationCost(sum(one.hidden for one in found), sum(one.whole for one in found))


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sets = {"sample": [ik.read_study(ik.sample("insertion_emploi"))]}
        for n in SIZES:
            sets[str(n)] = [made(folder / f"{n}-{seed}", n, seed) for seed in range(DRAWS)]
        print(f"{'profile':22}" + "".join(f"{name:>18}" for name in sets))
        for profile in PROFILES:
            costs = [cost(studies, profile) for studies in sets.values()]
            print(f"{profile:22}" + "".join(f"{c.hidden:6}/{c.whole:<5}{c.share:6.0%}" for c in costs))


if __name__ == "__main__":
    main()
