"""How the people of later files were found: what the record knows of it reaches the page without Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.cohort.found_again import found_again
from impactkit.errors import DesignError
from impactkit.files import Study, read_study
from impactkit.store import create_store
from store_made import study_folder

N, LATER, UNLIKE = 160, 150, 20


def line(i: int, wave: int, *, other: bool = False) -> str:
    name = f"Nom{chr(97 + i % 26)}{chr(97 + i // 26)}{'ylon' if other else 'eur'}"
    born = f"{1 + i % 28:02}/04/{1960 + (i + 7 if other else i) % 40}"
    first = ("Zoé", "Yann", "Inès", "Marc")[i % 4]
    work = "oui" if (i * 7 + wave * 3) % 5 < 2 + wave else "non"
    return f"{i};{name if not other else 'X' + name};{first};{born};{'FH'[i % 2]};09340;;;{work};900;"


def folder(path: Path, *, record: str = "") -> Study:
    """Write the study; the first people of the second file have changed name and date of birth."""
    entree = [line(i, 0) for i in range(N)]
    sortie = [line(i, 1, other=i < UNLIKE) for i in range(LATER)]
    study_folder(
        path,
        entree,
        sortie,
        protection='justified = { "Né le" = "qualité du rapprochement" }',
        variables='sexe = { label = "Sexe", type = "category", categories = ["F", "H"] }',
        columns='sexe = "Sexe"\nbirth = "Né le"',
    )
    toml = path / "study.toml"
    text = toml.read_text("utf-8").replace(
        "[[files]]", '[publics]\nwomen = { variable = "sexe", yes = ["F"] }\n[[files]]', 1
    )
    if record:
        text = text.replace('kind = "pacte"', f'kind = "pacte"\nrecord = "{record}"')
    toml.write_text(text, "utf-8")
    return read_study(path)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    study = folder(tmp_path / "étude")
    store = create_store(tmp_path / "suivi", study="mobilite", author="essai")
    for file in ("entree", "sortie"):
        store.import_file(study, file)
    return folder(tmp_path / "étude", record="../suivi")


def rows(*lines: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=["_unit", "_period"])


def test_people_of_later_files_are_found_decided_or_not_found() -> None:
    frame = rows(("a", 0), ("b", 0), ("c", 0), ("a", 6), ("b", 6), ("d", 6))
    methods = [
        pd.Series({"a": "new", "b": "new", "c": "new"}),
        pd.Series({"a": "names_date", "b": "review", "d": "new"}),
    ]
    found = found_again(frame, files=np.array([0, 0, 0, 1, 1, 1]), methods=methods, by="identity")
    assert found is not None
    assert dict(zip(found.people, found.status, strict=True)) == {"a": "auto", "b": "review", "d": "none"}
    assert found.links["left"].tolist() == [0, 1]


def test_a_file_that_holds_the_first_wave_too_needs_nothing() -> None:
    assert (
        found_again(
            rows(("a", 0), ("a", 6), ("b", 6)), files=np.array([0, 0, 0]), methods=[], by="identifier"
        )
        is None
    )


def test_the_record_tells_who_was_not_recognised_by_sex_and_date_of_birth(recorded: Study) -> None:
    cohort = ik.build_cohort(recorded, action="mobilite")
    assert cohort.n_units == N + UNLIKE
    table = cohort.link_quality(masked=False).set_index(["by", "level"])
    assert tuple(table.loc[("all", "all"), ["n", "auto", "review", "none"]]) == (
        LATER,
        LATER - UNLIKE,
        0,
        UNLIKE,
    )
    # A person taken for somebody new has no first file to tell her sex.
    assert table.loc[("women", "unknown"), "none"] == UNLIKE
    assert table.loc[("women", "yes"), "auto"] + table.loc[("women", "no"), "auto"] == LATER - UNLIKE
    evidence = ik.assess(ik.before_after(ik.declare_design(cohort)))
    (check,) = [check for check in evidence.checks if check.key == "link_quality"]
    assert check.status == "caution"
    assert evidence.record.accounts.found_by == "identity"
    assert {link.by.fr for link in evidence.record.accounts.links} >= {"le groupe", "Femmes"}


def test_files_say_that_nobody_had_to_be_recognised(tmp_path: Path) -> None:
    cohort = ik.build_cohort(folder(tmp_path / "étude"), action="mobilite")
    with pytest.raises(DesignError, match="même identifiant"):
        cohort.link_quality()
    with pytest.raises(ValueError, match="go together"):
        cohort.link_quality(people=["a"])
    evidence = ik.assess(ik.before_after(ik.declare_design(cohort)))
    assert evidence.record.accounts.found_by == "identifier"
    assert "link_quality" not in {check.key for check in evidence.checks}


@pytest.mark.slow
@pytest.mark.parametrize("source", ["record", "files"])
def test_the_page_prints_it_without_python(recorded: Study, tmp_path: Path, source: str) -> None:
    study = recorded.path if source == "record" else folder(tmp_path / "autre").path
    assert run_command(["run", str(study), "--out", str(tmp_path / "out")]) == 0
    (page,) = (tmp_path / "out").rglob("report.html")
    text = page.read_text("utf-8")
    table = "pas été retrouvées sans doute"
    assert (table in text) == (source == "record")
    assert ("Les fichiers portent le même identifiant" in text) == (source == "files")
    (evidence,) = (tmp_path / "out").rglob("evidence.json")
    assert json.loads(evidence.read_text("utf-8"))["accounts"]["found_by"] in ("identity", "identifier")
