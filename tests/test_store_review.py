"""The workbook of links to decide: what it shows, to whom, and what is read of it."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from impactkit.errors import DataError
from impactkit.store.fingerprints import FIELDS
from impactkit.store.review import Decision, Pair, destroy_sheets, read_sheet, sheet_of, sheets_in
from impactkit.store.review_sheet import WORDS, write_sheet
from store_made import fill_line, made_store, sheet_lines, study_folder

CANARIES = ("Zzcanarinom", "Zzcanariprénom", "zz@canari.example")
FORMULAS = ("=cmd|' /C calc'!A0", "+33612345678", "-1+1", "@SUM(A1)", "\t=1")
CSV = "décision;initiales;note;ligne;score;clé;personne"


def pair(i: int) -> Pair:
    return Pair(line=f"{i:020}", row=i + 2, person=f"personne-{i}", score=0.9)


def identity(**said: str) -> dict[str, str]:
    return {**dict.fromkeys(FIELDS, ""), **said}


def written(
    path: Path, n: int = 3, decisions: tuple[Decision, ...] = (), said: dict[str, str] | None = None
) -> Path:
    pairs = [pair(i) for i in range(n)]
    last, first, email = CANARIES
    shown = identity(**(said or {"last_name": last, "first_name": first, "email": email}))
    new, known = {item.line: shown for item in pairs}, {item.person: shown for item in pairs}
    write_sheet(path, pairs, decisions, new=new, known=known)
    return path


def test_the_workbook_says_what_to_do_then_shows_the_pairs_to_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("names would be out of the folder")

    monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", refused)
    path = sheet_of(tmp_path, "sortie")
    path.write_text("", encoding="utf-8")
    path.chmod(0o644)
    written(path)
    monkeypatch.undo()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    guide, sheet = openpyxl.load_workbook(path).worksheets
    told = " ".join(str(cell) for (cell,) in guide.values)
    assert (guide.title, sheet.title) == ("À lire", "À décider")
    assert "ne le transmettez pas" in told
    assert all(word in told for word in WORDS.values())
    assert not [canary for canary in CANARIES if canary in told]
    headers = ";".join(str(cell.value) for cell in sheet[1])
    assert headers.startswith(f"{CSV};nom (fichier);nom (suivi);prénom (fichier);prénom (suivi);né(e) le")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:U4")
    (choices,) = sheet.data_validations.dataValidation
    assert (choices.type, str(choices.sqref), choices.formula1) == ("list", "A2:A4", '"oui,non,nouveau"')
    assert all(cell.number_format == "@" for row in sheet.iter_rows() for cell in row)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_every_choice_of_the_list_is_read_and_written_again(tmp_path: Path) -> None:
    path = written(sheet_of(tmp_path, "sortie"))
    assert read_sheet(path) == ()
    for number, (word, note) in enumerate(zip(WORDS.values(), ("=1+1", "007", 'vu ; "oui"'), strict=True)):
        fill_line(path, number + 1, décision=word, initiales="AB", note=note)
    read = read_sheet(path)
    assert [item.choice for item in read] == list(WORDS)
    assert [(item.line, item.person) for item in read] == [(pair(i).line, pair(i).person) for i in range(3)]
    again = written(path, decisions=read)
    assert read_sheet(again) == read
    openpyxl.load_workbook(again).save(again)  # another program opens and saves it
    assert read_sheet(again) == read


@pytest.mark.parametrize("text", FORMULAS)
def test_a_name_that_looks_like_a_formula_stays_a_text(tmp_path: Path, text: str) -> None:
    path = written(sheet_of(tmp_path, "sortie"), 1, said={"last_name": text, "first_name": "a\x07b\ufffe"})
    for _ in range(2):
        (_, line) = openpyxl.load_workbook(path)["À décider"].iter_rows()
        assert (line[7].value, line[7].data_type, line[7].number_format) == (text, "s", "@")
        assert line[9].value == "ab"
        openpyxl.load_workbook(path).save(path)


def test_a_text_of_an_earlier_version_is_read_and_gives_way_to_the_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    monkeypatch.setitem(sys.modules, "keyring", None)
    store = made_store(tmp_path / "suivi", "files", monkeypatch)
    entree = ["1;Marchand;Anne;01/02/1980;F;09340;;;oui;1;", "2;Petit;Bao;03/04/1981;M;09340;;;oui;1;"]
    sortie = ["8;Marchande;Annie;02/02/1980;F;;;;oui;1;", "9;Petitt;Baon;04/04/1981;M;;;;oui;1;"]
    study = study_folder(tmp_path / "étude", entree, sortie)
    store.import_file(study, "entree")

    def in_turn(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
        columns = ["left", "right", "score", "status"]
        return pd.DataFrame([(0, 0, 0.5, "review"), (1, 1, 0.4, "review")], columns=columns)

    assert store.link_file(study, "sortie", linker=in_turn).n_to_review == 2
    workbook = store.sheet_of("sortie")
    one, two = sheet_lines(workbook)
    workbook.unlink()
    text = workbook.with_suffix(".csv")
    rows = [f";;;{line['ligne']};0.5;{line['clé']};{line['personne']}" for line in (one, two)]
    text.write_text("\n".join(["À lire", CSV, "oui;AB;vu" + rows[0][2:], rows[1]]), encoding="utf-8-sig")
    assert store.status()["to_review"] == [str(text)]
    assert store.link_file(study, "sortie", linker=in_turn).n_to_review == 1
    assert sheets_in(store.folder) == [workbook]
    assert sheet_lines(workbook)[0]["décision"] == "oui"
    fill_line(workbook, 2, décision="nouveau")
    assert store.import_file(study, "sortie", linker=in_turn).n_new == 1
    assert sheets_in(store.folder) == []


def test_sheets_that_show_somebody_gone_are_destroyed_with_what_cannot_be_read(tmp_path: Path) -> None:
    shown, other = written(tmp_path / "a-decider-a.xlsx", 2), written(tmp_path / "a-decider-b.xlsx", 1)
    copy = tmp_path / "a-decider-a (copie).xlsx"
    copy.write_bytes(shown.read_bytes())
    text = tmp_path / "a-decider-c.csv"
    text.write_text(f"Privé\n{CSV}\n;;;2;0.5;x;personne-1\n", encoding="utf-8-sig")
    cut = tmp_path / "a-decider-a.xlsx.partial"
    cut.write_bytes(shown.read_bytes()[:500])
    before = set(tmp_path.iterdir())
    assert sheets_in(tmp_path) == sorted(before - {cut})
    destroy_sheets(tmp_path, ())
    assert set(tmp_path.iterdir()) == before
    destroy_sheets(tmp_path, ["personne-1"])
    assert list(tmp_path.iterdir()) == [other]


def test_a_sheet_that_cannot_be_written_leaves_the_one_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(sheet_of(tmp_path, "sortie"))
    fill_line(path, 1, décision="oui")

    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"^$"):
        written(path)
    assert list(tmp_path.iterdir()) == [path]
    assert len(read_sheet(path)) == 1


def test_a_decision_that_is_none_is_told_by_its_row_without_anybody(tmp_path: Path) -> None:
    path = written(sheet_of(tmp_path, "sortie"))
    fill_line(path, 2, décision="peut-être")
    with pytest.raises(DataError) as error:
        read_sheet(path)
    (problem,) = error.value.problems
    assert (problem.code, problem.sheet, problem.rows) == ("E-LIE-03", "À décider", (3,))
    told = "".join(traceback.format_exception(error.value)) + problem.text("fr") + problem.text("en")
    assert not [word for word in (*CANARIES, "peut-être", pair(1).person) if word in told]
