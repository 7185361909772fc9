"""``impactkit cohort``: what each command does, says and returns."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from impactkit.cli.app import run_command
from impactkit.store import open_store
from impactkit.text import set_language
from store_made import bytes_of, study_folder
from test_store_identity import ENTREE, SORTIE

TIMELINE = """
[[timelines]]
id = "evenements"
path = "evenements.csv"
holds = "events"
action = "mobilite"
[timelines.columns]
unit = "Dossier"
kind = "Quoi"
date = "Jour"
"""


class Told(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


Run = Callable[..., Told]


@pytest.fixture
def cohort(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("IMPACTKIT_LANG", "fr")
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    monkeypatch.chdir(tmp_path)

    def run(*words: object, typed: str = "") -> Told:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = run_command(["cohort", *(str(word) for word in words)])
        told = Told(
            code, *(text.replace("\u00a0", " ").replace("\u202f", " ") for text in capsys.readouterr())
        )
        assert "cli." not in told.out + told.err
        return told

    yield run
    set_language(None)


@pytest.fixture
def filled(cohort: Run, tmp_path: Path) -> Run:
    study_folder(tmp_path / "étude", ENTREE, SORTIE, protection="retention_until = 2020-01-01")
    assert cohort("init", "suivi", "étude").code == 0
    assert cohort("import", "suivi", "étude", "--file", "entree").code == 0
    return cohort


def person_of(cohort: Run) -> str:
    told = cohort("find", "suivi", typed="Le Goff\nYann\n21/12/1990\n")
    assert told.code == 0
    return told.out.split()[-1]


def test_a_whole_life_of_a_record(filled: Run, tmp_path: Path) -> None:
    told = filled("import", "suivi", "étude", "--file", "sortie")
    assert told.out == "Lot 2 : 3 lignes prises. Personnes : 3, dont nouvelles : 0.\n"
    told = filled("status", "suivi")
    assert "Personnes : 3 ; au coffre : 3" in told.out
    assert "lot 2, en cours : sortie.csv, lignes : 3" in told.out
    told = filled("undo", "suivi", "2", "--reason", "mauvais fichier")
    assert (told.code, told.out) == (0, "Lot 2 annulé.\n")
    status = json.loads(filled("status", "suivi", "--json").out)
    assert [lot["cancelled"] is None for lot in status["lots"]] == [True, False]
    person = person_of(filled)
    words = ("correct", "suivi", person, "--variable", "revenu", "--wave", "T0", "--reason", "erreur")
    assert filled(*words, typed="120\n").code == 0
    assert open_store("suivi").answers().set_index("person").loc[person, "revenu"] == 120
    assert filled("export", "suivi", person, "--out", "acces.json").code == 0
    assert stat.S_IMODE((tmp_path / "acces.json").stat().st_mode) == 0o600
    assert (
        json.loads((tmp_path / "acces.json").read_text(encoding="utf-8"))["identity"]["last_name"]
        == "LE GOFF"
    )
    assert filled("export", "suivi", person, "--out", "acces.json").code == 2
    assert filled("oppose", "suivi", person).code == 0
    told = filled("snapshot", "suivi")
    assert "Personnes écartées pour opposition : 1." in told.out
    assert filled("backup", "suivi", "--out", "sauvegarde").code == 0
    told = filled("erase", "suivi", person, "--basis", "RGPD, article 17")
    assert told.code == 0
    # The snapshot is of after the opposition, and still made while the person was there: it is named too.
    assert told.out.count("à détruire") == 2
    assert person.encode() not in bytes_of(tmp_path / "suivi")
    assert filled("restore", "sauvegarde", "rendu").code == 0
    assert len(open_store("rendu").answers()) == 3
    assert filled("erase", "suivi", person, "--basis", "x").code == 4


def test_links_are_told_before_anything_is_taken_in(filled: Run) -> None:
    told = filled("link", "suivi", "étude", "--file", "sortie")
    assert told.code == 0
    assert "reconnues par" in told.out
    assert len(open_store("suivi").answers()) == 3
    assert filled("review", "suivi").out == "Rien à décider.\n"


def test_a_purge_is_told_before_it_is_done(filled: Run) -> None:
    told = filled("purge", "suivi", "--dry-run")
    few = "moins de 11"
    assert told.out == (
        "mobilite : date de conservation passée (2020-01-01) ;"
        f" identités que rien d'autre ne retient : {few}.\n"
        f"Partiraient : identités : {few} ; réponses libres : {few} ; dates ramenées au mois : 0.\n"
    )
    assert open_store("suivi").status()["in_vault"] == 3
    assert filled("purge", "suivi").out.splitlines()[1].startswith(f"Retirés : identités : {few}")
    assert open_store("suivi").status()["in_vault"] == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("status", "ailleurs"), 9, "E-STO-06"),
        (("init", "suivi", "étude"), 9, "E-STO-07"),
        (("init", "autre", "rien"), 3, "E-ETU-01"),
        (("import", "suivi", "étude", "--file", "entree"), 4, "E-LOT-01"),
        (("import", "suivi", "étude", "--file", "milieu"), 2, "Fichiers : entree, sortie."),
        (("undo", "suivi", "9", "--reason", "x"), 4, "E-LOT-03"),
        (("export", "suivi", "Le Goff", "--out", "x.json"), 4, "E-PER-01"),
    ],
)
def test_what_cannot_be_done_is_told(filled: Run, words: tuple[str, ...], code: int, said: str) -> None:
    told = filled(*words)
    assert told.code == code
    assert said in told.err
    assert "Goff" not in told.err
    assert told.out == ""


def test_nobody_is_found_without_a_name_in_what_is_said(filled: Run) -> None:
    told = filled("find", "suivi", typed="Zqxnom\nZqx\n01/01/1901\n")
    assert told.code == 4
    assert "E-PER-02" in told.err
    assert "Zqx" not in told.err


def test_a_newcomer_takes_events_in_and_dates_the_purge_afterwards(filled: Run, tmp_path: Path) -> None:
    study = tmp_path / "étude" / "study.toml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("retention_until = 2020-01-01", "") + TIMELINE,
        encoding="utf-8",
    )
    (tmp_path / "étude" / "evenements.csv").write_text("Dossier;Quoi;Jour\n1;entry;06/01/2025\n", "utf-8")
    told = filled("import", "suivi", "étude", "--file", "milieu")
    assert "Fichiers : entree, sortie, evenements." in told.err
    assert filled("import", "suivi", "étude", "--file", "evenements").code == 0
    assert "Aucune date de conservation" in filled("purge", "suivi", "--dry-run").out
    study.write_text(
        study.read_text(encoding="utf-8").replace("[protection]", "[protection]\nretention_months = 1"),
        encoding="utf-8",
    )
    told = filled("purge", "suivi", "--study", "étude", "--dry-run")
    assert "mobilite : date de conservation à venir" in told.out
    assert "Identités gardées jusqu'au" not in filled("status", "suivi").out  # a dry run changes nothing
    assert filled("purge", "suivi", "--study", "étude").code == 0
    assert ": mobilite." in filled("status", "suivi").out
