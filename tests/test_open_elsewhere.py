"""A file open in Excel: one plain message that names it, whatever is done with it; as Windows refuses it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.errors import DataError, ProblemsError, StudyError
from impactkit.store import create_store, review
from impactkit.store.fingerprints import FIELDS
from impactkit.store.review_sheet import write_sheet
from small_studies import write_study, write_workbook


def a_sheet(path: Path) -> None:
    """Write a sheet with one link to decide."""
    identity = dict.fromkeys(FIELDS, "x")
    pair = review.Pair(line="ligne", row=2, person="personne", score=0.95)
    write_sheet(path, (pair,), (), new={"ligne": identity}, known={"personne": identity})


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, *, verb: str = "read_bytes") -> None:
    """Make one file refuse, as one that another program holds does on Windows."""
    real = getattr(Path, verb)

    def held(self: Path, *args: object, **named: object) -> object:
        if self.name == name:
            raise PermissionError(13, "The process cannot access the file", str(self))
        return real(self, *args, **named)

    monkeypatch.setattr(Path, verb, held)


@pytest.mark.parametrize("name", ["suivi.csv", "suivi.xlsx"])
def test_a_table_open_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name.endswith("xlsx"):
        write_workbook(tmp_path / name, {"A": [["nom"], ["b"]]})
    else:
        (tmp_path / name).write_text("nom\nb\n", "utf-8")
    refuse(monkeypatch, name)
    with pytest.raises(DataError) as raised:
        ik.read_table(tmp_path / name)
    (problem,) = raised.value.problems
    assert (problem.code, problem.file) == ("E-FIC-14", name)
    assert "Fermez-le" in problem.text("fr")
    assert "Excel" in problem.text("fr")


def test_a_study_file_open_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_study(tmp_path)
    refuse(monkeypatch, "study.toml")
    with pytest.raises(StudyError) as raised:
        ik.read_study(path)
    assert [problem.code for problem in raised.value.problems] == ["E-FIC-14"]


def test_the_command_says_it_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_study(tmp_path)
    refuse(monkeypatch, "suivi.csv")
    assert run_command(["check", str(path)]) != 0
    told = "".join(capsys.readouterr())
    assert "E-FIC-14" in told
    assert "suivi.csv" in told
    assert "Traceback" not in told


def test_a_sheet_of_decisions_open_elsewhere_is_neither_written_nor_destroyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = tmp_path / "a-decider-sortie.xlsx"

    def held(source: object, target: object) -> None:
        raise PermissionError(13, "held", str(target))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", held)
        with pytest.raises(DataError, match="E-FIC-14"):
            a_sheet(sheet)
    assert list(tmp_path.iterdir()) == []
    sheet.write_bytes(b"noms")
    refuse(monkeypatch, sheet.name, verb="unlink")
    with pytest.raises(DataError, match="E-FIC-14"):
        review.destroy(sheet)


def test_a_wave_comes_in_although_its_sheet_is_open_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    (tmp_path / "etude").mkdir()
    study = ik.read_study(write_study(tmp_path / "etude"))
    store = create_store(tmp_path / "record", study="essai", author="essai")
    sheet = store.sheet_of("suivi")
    a_sheet(sheet)
    refuse(monkeypatch, sheet.name, verb="unlink")
    try:
        appended = store.import_file(study, "suivi")
    except ProblemsError as error:
        pytest.fail(str(error))
    assert [note.code for note in appended.notes] == ["A-LIE-02"]
    assert len(store.batches()) == 1
