"""Identifiers of every kind, planted in files, are in no log, message, output nor cache of any command.

Each person has a value of her own for each kind. Commands run in a program of their own, with the log as
talkative as it can be and every folder for caches under the test's: then every byte written is searched, in
archives too, in the encodings of French files. The source files are left out; so is what is typed or asked by
a person who has the right to (`cohort find`, `export`).
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from canaries import HEADERS, Desk, N, person

pytestmark = pytest.mark.slow

STUDY = """
format = 1
kind = "pacte"
id = "canaris"
title = "Canaris"
waves = [{ id = "T0", label = "à l'entrée", months = 0 }, { id = "T6", label = "à six mois", months = 6 }]
[territory]
name = "Valmont"
[variables]
emploi = { label = "En emploi", type = "boolean" }
score = { label = "Score", type = "number" }
[[files]]
id = "suivi"
path = "données/suivi.csv"
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
wave = "Vague"
arm = { column = "Groupe", labels = { B = "beneficiary", A = "waiting_list" } }
emploi = "Emploi"
score = "Score"
[[actions]]
id = "a"
title = "Action"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["suivi"]
method = "did"
comparison = "waiting_list"
outcomes = [{ variable = "score", primary = true, direction = "increase" }]
"""


def table(*, of: Mapping[str, str] | None = None) -> str:
    """Return the file; ``of`` puts a person's own value of a kind in another column."""
    lines = [";".join([*HEADERS.values(), "Vague", "Groupe", "Emploi", "Score"])]
    for i in range(N):
        who = person(i)
        for wave in ("T0", "T6"):
            cells = {
                "wave": wave,
                "arm": "AB"[i % 2],
                "emploi": "Oui" if i % 3 else "Non",
                "score": f"{(7 * i + 3 * (wave == 'T6') * (i % 5)) % 13},5",
            }
            cells |= {column: who[kind] for column, kind in (of or {}).items()}
            lines.append(";".join([*who.values(), *cells.values()]))
    return "\n".join(lines) + "\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    place = tmp_path / "bureau"
    (place / "données").mkdir(parents=True)
    (place / "study.toml").write_text(STUDY, encoding="utf-8")
    (place / "données" / "suivi.csv").write_text(table(), encoding="cp1252")
    return Desk(place)


def test_the_search_finds_what_is_there(desk: Desk) -> None:
    (desk.folder / "fuite.txt").write_text("… 06 91 73 50 07 …", encoding="utf-8")
    with zipfile.ZipFile(desk.folder / "fuite.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", person(3)["last_name"] * 50)
    pd.DataFrame({"a": [person(4)["email"]]}).to_parquet(desk.folder / "fuite.parquet")
    assert {Path(name).parts[0] for name, _ in desk.leaks()} == {"fuite.txt", "fuite.zip", "fuite.parquet"}


def test_nobody_is_in_what_reports_and_proposals_leave(desk: Desk) -> None:
    assert desk.run("check", "study.toml", "--json") == 0
    assert desk.run("map", "données/suivi.csv") == 0
    assert desk.run("map", "données/suivi.csv", "--table-schema", "--out", "schema.json") == 0
    assert desk.run("schema", "--table", "suivi") == 0
    assert desk.run("run", "study.toml", "--out", "rapports", "--json") == 0
    assert list(desk.folder.rglob("report.html"))
    assert desk.leaks() == []


def test_nobody_is_in_the_record_of_people_followed(desk: Desk) -> None:
    assert desk.run("cohort", "init", "suivi", "study.toml") == 0
    assert desk.run("cohort", "import", "suivi", "study.toml", "--file", "suivi") == 0
    assert desk.run("cohort", "import", "suivi", "study.toml", "--file", "suivi") != 0  # the same file
    for words in (("link",), ("import", "--replace")):
        assert desk.run("cohort", words[0], "suivi", "study.toml", "--file", "suivi", *words[1:]) in (0, 4)
    assert desk.run("cohort", "status", "suivi", "--json") == 0
    assert desk.run("cohort", "snapshot", "suivi") == 0
    assert desk.run("cohort", "backup", "suivi", "--out", "sauvegarde") == 0
    assert desk.leaks() == []


@pytest.mark.parametrize("kind", list(HEADERS))
def test_nobody_is_told_when_a_column_holds_what_it_should_not(desk: Desk, kind: str) -> None:
    columns = ("wave", "arm", "emploi", "score")
    (desk.folder / "données" / "suivi.csv").write_text(
        table(of=dict.fromkeys(columns, kind)), encoding="cp1252"
    )
    assert desk.run("check", "study.toml", "--json") != 0
    assert desk.said
    assert desk.leaks() == []
