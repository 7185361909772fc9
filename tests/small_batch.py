"""A small study on disk and a template that needs no statistics, for the tests of batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ACTION = """
[[actions]]
id = "{id}"
title = "Action {id}"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-01
files = ["suivi"]
method = "before_after"
comparison = "none"
[[actions.outcomes]]
variable = "score"
primary = true
direction = "increase"
"""

_STUDY = """
format = 1
kind = "pacte"
id = "{id}"
title = "Pacte d'essai"
[territory]
name = "Essai"
[[waves]]
id = "T0"
label = "avant"
months = 0
[[waves]]
id = "T6"
label = "après"
months = 6
[variables.score]
label = "Score"
type = "number"
[[files]]
id = "suivi"
path = "suivi.csv"
arm = "beneficiary"
[files.columns]
unit = "personne"
score = [{{ column = "avant", wave = "T0" }}, {{ column = "apres", wave = "T6" }}]
"""

# What a template declares, and what each of them needs to make a record.
DECLARED = 'study = ""\naction = ""\nlang = "fr"\nout = ""\n'
_PREPARED = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import hashlib
from pathlib import Path
from records import did_record, provenance

def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()

def save(**changes):
    folder = Path(study).parent
    made_from = provenance(
        study_sha256=sha256(Path(study)), inputs={{"suivi.csv": sha256(folder / "suivi.csv")}}
    )
    told = {{"study": folder.name, "action": action, "provenance": made_from}}
    did_record(**(told | changes)).write(Path(out) / "evidence.json")
"""


def make_study(folder: Path, *actions: str) -> Path:
    """Write a valid study named like its folder, with these actions; return the study file."""
    folder.mkdir(parents=True)
    rows = [f"p{i};{i};{i + 1}" for i in range(20)]
    (folder / "suivi.csv").write_text("\n".join(["personne;avant;apres", *rows]) + "\n", encoding="utf-8")
    text = _STUDY.format(id=folder.name) + "".join(_ACTION.format(id=action) for action in actions)
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def make_template(path: Path, *sources: str, declared: str = DECLARED) -> Path:
    """Write a template with a ``parameters`` cell, a cell that defines ``save``, and these code cells."""
    cells = [_cell("markdown", "# Rapport"), _cell("code", declared, "parameters")]
    cells += [_cell("code", source) for source in (_PREPARED, *sources)]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def _cell(kind: str, source: str, *tags: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"id": f"c{abs(hash(source)) % 10**8}", "cell_type": kind, "source": source}
    cell["metadata"] = {"tags": list(tags)}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell
