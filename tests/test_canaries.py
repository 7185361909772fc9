"""Identifiers of every kind, planted in files, are in no log, message, output nor cache of any command.

Each person has a value of her own for each kind. Commands run in a program of their own, with the log as
talkative as it can be and every folder for caches under the test's: then every byte written is searched, in
archives too, in the encodings of French files. The source files are left out; so is what is typed or asked by
a person who has the right to (`cohort find`, `export`).
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

N = 60
PROGRAM = """
import logging, sys, warnings
logging.basicConfig(level=logging.DEBUG)
warnings.simplefilter("default")
from impactkit.cli.app import run_command
sys.exit(run_command(sys.argv[1:]))
"""
HEADERS = {
    "unit": "N° dossier",
    "last_name": "Nom",
    "first_name": "Prénom",
    "birth_date": "Né le",
    "nir": "NIR",
    "caf_number": "N° CAF",
    "phone": "Téléphone",
    "email": "Mél",
    "address": "Adresse",
    "iban": "IBAN",
    "comment": "Observations",
}
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


def spelled(i: int) -> str:
    """Return letters that stand for a number: names have no figure."""
    return "".join("bcdfghjklm"[int(figure)] for figure in f"{i:03d}")


def person(i: int) -> dict[str, str]:
    """Return the values of a person, of which no other and no ordinary text has one."""
    start = f"2{85 + i % 10}{1 + i % 12:02d}91{700 + i}{513 + i}"
    return {
        "unit": f"DQX{i:03d}7413",
        "last_name": f"Kanarivogel{spelled(i)}",
        "first_name": f"Zoraïdine{spelled(i)}",
        "birth_date": f"{1 + i % 28:02d}/{1 + i % 12:02d}/{1941 + i % 50}",
        "nir": f"{start}{97 - int(start) % 97:02d}",
        "caf_number": f"73{i:03d}19",
        "phone": f"06917350{i:02d}",
        "email": f"zz.serin{spelled(i)}@canari.example",
        "address": f"{i} impasse du Serinvert{spelled(i)}",
        "iban": f"FR7630006000011234567{i:03d}189",
        "comment": f"chante comme un pinsonnet{spelled(i)}",
    }


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


def planted() -> set[bytes]:
    """Return each value in each spelling and encoding that a program may give it."""
    texts: set[str] = set()
    for i in range(N):
        for kind, value in person(i).items():
            texts |= {value, value.lower(), value.upper()}
            if kind == "birth_date":
                day, month, year = value.split("/")
                texts |= {f"{year}-{month}-{day}"}
            if kind == "first_name":
                texts |= {value.replace("ï", "i"), value.replace("ï", "i").lower()}
            if kind == "phone":
                texts |= {" ".join(value[j : j + 2] for j in range(0, 10, 2)), f"+33{value[1:]}", value[1:]}
            if kind == "nir":
                texts |= {value[:13]}
    encoded = {text.encode(codec) for text in texts for codec in ("utf-8", "cp1252", "utf-16-le")}
    return encoded | {json.dumps(text).strip('"').encode() for text in texts}


def written(folder: Path, *, but: str) -> dict[str, bytes]:
    """Return the bytes of every file under a folder, of archives member by member, of tables cell by cell."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or but in path.parts:
            continue
        data, name = path.read_bytes(), str(path.relative_to(folder))
        found[name] = data
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                found |= {f"{name}/{member}": archive.read(member) for member in archive.namelist()}
        if path.suffix == ".parquet":
            found[f"{name}/cells"] = pd.read_parquet(path).to_csv().encode()
    return found


class Desk:
    """A place of work whose caches are all under one folder, and what its commands said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: dict[str, bytes] = {}
        home = folder / "maison"
        home.mkdir()
        (folder / "temporaire").mkdir()
        homes = {"HOME": home, "IPYTHONDIR": home / "ipython", "JUPYTER_CONFIG_DIR": home / "jupyter"}
        homes |= {
            "XDG_CACHE_HOME": home / "cache",
            "XDG_DATA_HOME": home / "data",
            "MPLCONFIGDIR": home / "mpl",
        }
        homes |= {"JUPYTER_DATA_DIR": home / "jupyter-data", "JUPYTER_RUNTIME_DIR": home / "jupyter-run"}
        homes |= {"TMPDIR": folder / "temporaire", "IMPACTKIT_KEYS": folder / "cles"}
        self.environment = {**os.environ, **{name: str(path) for name, path in homes.items()}}

    def run(self, *words: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        self.said[" ".join(words)] = done.stdout + done.stderr
        return done.returncode

    def leaks(self) -> list[tuple[str, bytes]]:
        known = planted()
        everything = self.said | written(self.folder, but="données")
        return [(name, value) for name, data in everything.items() for value in known if value in data]


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
