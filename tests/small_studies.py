"""Small studies written in a temporary folder, for the tests of reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl

# Six people followed twice, in two groups; small enough to be checked by hand.
PEOPLE = """dossier;groupe;age;sexe;emploi T0;emploi T6;score T0;score T6
001;Bénéficiaire;34;F;Non;Oui;4,5;6
002;Bénéficiaire;51;H;Non;Non;3;3,25
003;Bénéficiaire;28;F;Non;Oui;7;NSP
004;Attente;45;H;Non;Non;5;5,5
005;Attente;39;F;Oui;Oui;6;6
006;Attente;22;F;Non;NSP;2;2
"""

STUDY = """format = 1
kind = "pacte"
id = "essai"
title = "Pacte d'essai"

[territory]
name = "Valmont"

[[waves]]
id = "T0"
label = "à l'entrée"
months = 0

[[waves]]
id = "T6"
label = "à six mois"
months = 6

[variables.emploi]
label = "En emploi"
type = "boolean"

[variables.score]
label = "Score"
type = "number"

[variables.age]
label = "Âge"
type = "number"

[variables.sexe]
label = "Sexe"
type = "category"
categories = ["femme", "homme"]

[[files]]
id = "suivi"
path = "suivi.csv"
missing = ["NSP"]

[files.columns]
unit = "dossier"
arm = { column = "groupe", labels = { "Bénéficiaire" = "beneficiary", "Attente" = "waiting_list" } }
age = "age"
sexe = { column = "sexe", labels = { F = "femme", H = "homme" } }
emploi = [{ column = "emploi T0", wave = "T0" }, { column = "emploi T6", wave = "T6" }]
score = [{ column = "score T0", wave = "T0" }, { column = "score T6", wave = "T6" }]

[[actions]]
id = "mobilite"
title = "Mobilité"
need = "Un besoin."
intended_effect = "Un effet."
start = 2025-01-06
files = ["suivi"]
method = "did"
comparison = "waiting_list"
covariates = ["age", "sexe"]

[[actions.outcomes]]
variable = "emploi"
primary = true
direction = "increase"
minimum_effect = 0.05

[[actions.outcomes]]
variable = "score"
direction = "increase"
"""


def write_study(
    folder: Path, *, toml: str = STUDY, files: Mapping[str, str | bytes] = {"suivi.csv": PEOPLE}
) -> Path:
    """Write a study file and its data files; texts are encoded in UTF-8."""
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    path = folder / "study.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def changed(*pairs: tuple[str, str], text: str = STUDY) -> str:
    """Return the study with pieces replaced; a piece that is not there is a mistake in the test."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def write_workbook(
    path: Path, sheets: Mapping[str, list[list[object]]], *, hidden: str | None = None
) -> Path:
    """Write a workbook with these rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path
