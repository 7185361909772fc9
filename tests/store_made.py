"""Small records made for tests."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import postgres_server
from impactkit.files import Study, read_study
from impactkit.files.model import Variable
from impactkit.store import Store, create_store
from impactkit.store.batches import Source, WaveRows
from impactkit.store.person_id import new_person_id
from impactkit.text import Label

VARIABLES = {
    "emploi": Variable(label=Label("En emploi", "In work"), type="boolean"),
    "revenu": Variable(label=Label("Revenu", "Income"), type="number"),
    "logement": Variable(label=Label("Logement", "Housing"), type="category"),
    "avis": Variable(label=Label("Avis", "Opinion"), type="text"),
    "reprise": Variable(label=Label("Reprise", "Start of work"), type="date"),
}


# Of the tests that look inside the files themselves; others are run on files and on a server.
FILES_ONLY = pytest.mark.parametrize("store", ["files"], indirect=True)


def service(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the service to connect to; the test is skipped, and says why, where there is none."""
    folder = os.environ.get(postgres_server.FOLDER)
    if not folder:
        start = f"python tests/postgres_server.py start FOLDER, then {postgres_server.FOLDER}=FOLDER"
        pytest.skip(f"no PostgreSQL server: {start}")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install impactkit[postgres]")
    monkeypatch.setenv("PGSERVICEFILE", str(Path(folder) / "services"))
    return postgres_server.SERVICE


def made_store(folder: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Make an empty record in files, or on a server under a name of its own."""
    if where == "files":
        return create_store(folder, study="mobilite", author="essai")
    study = f"essai_{secrets.token_hex(6)}"
    return create_store(folder, study=study, author="essai", postgres=service(monkeypatch))


def people(n: int) -> list[str]:
    return [new_person_id() for _ in range(n)]


def wave(persons: list[str], name: str = "T0", *, avis: str = "bien", revenu: float = 900.5) -> WaveRows:
    n = len(persons)
    frame = pd.DataFrame(
        {
            "_person": persons,
            "_wave": name,
            "_row": range(2, n + 2),
            "_arm": "beneficiary",
            "emploi": [float(i % 2) for i in range(n)],
            "revenu": [revenu + i for i in range(n)],
            "logement": ["locataire" if i % 3 else None for i in range(n)],
            "avis": [f"{avis} {i}" for i in range(n)],
            "reprise": pd.to_datetime(["2025-03-17"] * n),
        }
    )
    return WaveRows(instrument="suivi", variables=VARIABLES, frame=frame)


def source(name: str, *, content: str | None = None, n: int = 0) -> Source:
    sha256 = hashlib.sha256((content or name).encode()).hexdigest()
    return Source(file=name, sha256=sha256, n_rows=n)


def fill(store: Store, n: int = 5) -> list[str]:
    """Take in two waves of the same people, and return them."""
    persons = people(n)
    store.append(source("t0.csv"), wave(persons))
    store.append(source("t6.csv"), wave(persons, "T6", revenu=1200))
    return persons


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


STUDY = """
format = 1
kind = "pacte"
id = "mobilite"
title = "Mobilité"
waves = [
    {{ id = "T0", label = "à l'entrée", months = 0 }},
    {{ id = "T6", label = "à six mois", months = 6 }},
]
[territory]
name = "Valmont"
[protection]
{protection}
[variables]
emploi = {{ label = "En emploi", type = "boolean" }}
revenu = {{ label = "Revenu", type = "number", unit = "euros" }}
avis = {{ label = "Avis", type = "text" }}
{variables}
[[files]]
id = "entree"
path = "entree.csv"
wave = "T0"
arm = "beneficiary"
{identity}
[files.columns]
unit = "Dossier"
emploi = "Emploi"
revenu = "Revenu"
avis = "Avis"
{columns}
[[files]]
id = "sortie"
path = "sortie.csv"
wave = "T6"
arm = "beneficiary"
{identity}
[files.columns]
unit = "Dossier"
emploi = "Emploi"
revenu = "Revenu"
avis = "Avis"
[[actions]]
id = "mobilite"
title = "Mobilité"
need = "Se déplacer"
intended_effect = "Retrouver un emploi"
start = 2025-01-01
files = ["entree", "sortie"]
outcomes = [{{ variable = "emploi", primary = true, direction = "increase" }}]
method = "before_after"
comparison = "none"
"""
IDENTITY = (
    'identity = { last_name = "Nom", first_name = "Prénom", birth_date = "Né le", sex = "Sexe",'
    ' postcode = "CP", phone = "Tél", email = "Mél" }'
)
HEADERS = "Dossier;Nom;Prénom;Né le;Sexe;CP;Tél;Mél;Emploi;Revenu;Avis"


def study_folder(
    folder: Path,
    entree: list[str],
    sortie: list[str] = (),
    *,
    protection: str = "",
    identity: str = IDENTITY,
    variables: str = "",
    columns: str = "",
    headers: str = HEADERS,
) -> Study:
    """Write a study and its two files, and read it."""
    folder.mkdir(exist_ok=True)
    text = STUDY.format(protection=protection, identity=identity, variables=variables, columns=columns)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    for name, lines in (("entree", entree), ("sortie", sortie)):
        (folder / f"{name}.csv").write_text("\n".join([headers, *lines]) + "\n", encoding="utf-8")
    return read_study(folder)


def sheet_lines(path: Path) -> list[dict[str, str]]:
    """Return the lines of a sheet to decide, by header."""
    headers, *rows = openpyxl.load_workbook(path)["À décider"].iter_rows(values_only=True)
    return [dict(zip(headers, (cell or "" for cell in row), strict=True)) for row in rows]


def fill_line(path: Path, number: int, **cells: str) -> None:
    """Fill a line of a sheet to decide and save it, as a spreadsheet would."""
    book = openpyxl.load_workbook(path)
    sheet = book["À décider"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for header, text in cells.items():
        sheet.cell(row=number + 1, column=columns[header], value=text)
    book.save(path)
