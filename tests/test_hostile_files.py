"""Files made to do harm, or by mistake: refused before any parser opens them, and nobody's words told."""

import logging
import traceback
import zipfile
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.errors import DataError, Problem
from impactkit.files.reading import workbook
from impactkit.files.reading.raw import read_raw
from small_studies import write_workbook

CANARY = "Kanarienvogel"
SHEET = [["dossier", "nom"], ["001", CANARY], ["002", CANARY]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def refused(path: Path, **how: str) -> Problem:
    with pytest.raises(DataError) as caught:
        ik.read_table(path, **how)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert problem.file == path.name
    return problem


def spoilt_workbook(
    path: Path, *, replace: dict[str, bytes] | None = None, add: dict[str, bytes] | None = None
) -> Path:
    """Write a small workbook with members replaced or added."""
    whole = write_workbook(path.with_name("whole.xlsx"), {"Suivi": SHEET})
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, (replace or {}).get(member.filename, old.read(member.filename)))
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return path


def sheet_xml(cells: str, *, head: str = "") -> bytes:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    return f'<?xml version="1.0"?>{head}{sheet}'.encode()


def cell(place: str, text: str = CANARY) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def ghost(path: Path, place: str = "XFD1048576") -> Path:
    row = "".join(sign for sign in place if sign.isdigit())
    xml = sheet_xml(f'<row r="1">{cell("A1")}</row><row r="{row}">{cell(place)}</row>')
    return spoilt_workbook(path, replace={"xl/worksheets/sheet1.xml": xml})


# ------------------------------------------------------------------ refused by their looks


@pytest.mark.parametrize("place", ["XFD1048576", "XFD2000", "Z1048576"])
def test_ghost_cell(tmp_path: Path, place: str) -> None:
    assert refused(ghost(tmp_path / "ghost.xlsx", place)).code == "E-FIC-02"


def test_ghost_cell_whose_row_says_otherwise(tmp_path: Path) -> None:
    xml = sheet_xml(f'<dimension ref="A1:B2"/><row r="1">{cell("A1")}{cell("XFD1048576")}</row>')
    path = spoilt_workbook(tmp_path / "ghost.xlsx", replace={"xl/worksheets/sheet1.xml": xml})
    assert refused(path).code == "E-FIC-02"


def test_far_cell_that_has_only_a_style_does_no_harm(tmp_path: Path) -> None:
    xml = sheet_xml(
        f'<row r="1">{cell("A1", "nom")}</row><row r="2">{cell("A2")}</row>'
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    )
    path = spoilt_workbook(tmp_path / "style.xlsx", replace={"xl/worksheets/sheet1.xml": xml})
    assert len(ik.read_table(path)) == 1


def test_bomb(tmp_path: Path) -> None:
    path = spoilt_workbook(tmp_path / "bomb.xlsx", add={"xl/media/zeros.bin": b"\0" * 700_000_000})
    assert refused(path).code == "E-FIC-01"


@pytest.mark.parametrize("head", ["<!DOCTYPE x>", '<!DOCTYPE x [<!ENTITY a "b">]>', "<!doctype x>"])
def test_definition_of_document_or_entity(tmp_path: Path, head: str) -> None:
    xml = sheet_xml(f'<row r="1">{cell("A1")}</row>', head=head)
    path = spoilt_workbook(tmp_path / "dtd.xlsx", replace={"xl/worksheets/sheet1.xml": xml})
    assert refused(path).code == "E-FIC-03"
    shared = spoilt_workbook(tmp_path / "shared.xlsx", add={"xl/sharedStrings.xml": xml})
    assert refused(shared).code == "E-FIC-03"


@pytest.mark.parametrize("name", ["../evil.xml", "xl/../../evil.xml", "/etc/evil", "..\\evil.xml", "C:/evil"])
def test_member_that_leaves_the_folder(tmp_path: Path, name: str) -> None:
    assert refused(spoilt_workbook(tmp_path / "slip.xlsx", add={name: b"x"})).code == "E-FIC-06"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protege.xlsx", "E-FIC-04"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "ancien.xls", "E-FIC-04"),
        (b"<html><table><tr><td>Kanarienvogel", "export.xls", "E-FIC-05"),
        (b"<html><table><tr><td>Kanarienvogel", "export.xlsx", "E-FIC-05"),
        (b"nom;ville\nKanarienvogel;Auch\n", "export.xlsx", "E-FIC-05"),
        (b"PK\x03\x04 cut short", "coupe.xlsx", "E-FIC-10"),
        (b"", "vide.csv", "E-FIC-07"),
        (b"nom;ville\n", "titres.csv", "E-FIC-07"),
        (b"nom;ville\nKanarienvogel;Auch\nKanarienvogel\n", "lignes.csv", "E-CSV-01"),
        (b'nom;ville\nKanarienvogel;"Auch\n', "guillemet.csv", "E-CSV-02"),
        (
            "nom;ville\nZoé;Kanarienvogel\n".encode() + "Zoé;Kanarienvogel\n".encode("cp1252"),
            "deux.csv",
            "E-ENC-01",
        ),
        (b"nom;ville\nKanarienvogel\x81\x8d\xb2\xb3;x\n", "inconnu.csv", "E-ENC-02"),
        (b"nom;nom\nKanarienvogel;x\n", "double.csv", "E-COL-02"),
        (b"nom;\nKanarienvogel;x\n", "sans.csv", "E-COL-04"),
        (b"nom;;note\nKanarienvogel;x;y\n", "vide.csv", "E-COL-03"),
        (b"1;Kanarienvogel\n2;Kanarienvogel\n", "aucun.csv", "E-COL-04"),
        (b"Kanarienvogel;a,b\nc;d,e\n", "separateur.csv", "E-CSV-03"),
    ],
)
def test_code_of_each_bad_file_and_no_word_of_it(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    content: bytes,
    name: str,
    code: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with caplog.at_level(logging.DEBUG), pytest.raises(DataError) as caught:
        ik.read_table(path)
    (problem,) = caught.value.problems
    assert problem.code == code
    told = "".join(traceback.format_exception(caught.value))
    told += repr(caught.value) + repr(problem) + problem.text("fr") + problem.text("en") + caplog.text
    told += str(problem.to_dict()) + "".join(capfd.readouterr())
    assert CANARY not in told
    assert caught.value.__context__ is None  # a parser's own error holds the bytes of the file


@pytest.mark.parametrize("kind", ["number", "boolean", "date", "month"])
def test_canaries_in_every_cell_are_never_told(tmp_path: Path, kind: str) -> None:
    for suffix in ("csv", "xlsx"):
        path = tmp_path / f"suivi.{suffix}"
        if suffix == "csv":
            path.write_text("\n".join(";".join(row) for row in SHEET) + "\n", encoding="utf-8")
        else:
            write_workbook(path, {"Suivi": SHEET})
        with pytest.raises(DataError) as caught:
            ik.read_table(path, dictionary={"nom": kind})
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert CANARY not in told


def test_sheets_of_a_workbook(tmp_path: Path) -> None:
    several = write_workbook(tmp_path / "s.xlsx", {"T0": SHEET, "T6": SHEET})
    assert refused(several).code == "E-FIC-08"
    assert refused(several, sheet="T9").code == "E-FIC-09"
    hidden = write_workbook(tmp_path / "h.xlsx", {"T0": SHEET, "Brouillon": SHEET}, hidden="Brouillon")
    assert [note.code for note in ik.read_table(hidden).attrs["notes"]] == ["A-FIC-08"]


def test_open_document_with_a_cell_repeated_over_a_million_rows(tmp_path: Path) -> None:
    cells = '<table:table-cell office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cells}</table:table-row>'
    path = tmp_path / "suivi.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("content.xml", f"<office:document-content>{row}</office:document-content>")
    assert refused(path).code == "E-FIC-02"


# ------------------------------------------------------------------ read apart


def test_large_workbooks_are_read_apart_with_the_same_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_workbook(
        tmp_path / "suivi d'été.xlsx", {"Été": [["nom", "âge"], ["Éloïse", 34.5]], "b": SHEET}
    )
    here = read_raw(path, sheet="Été")
    monkeypatch.setattr(workbook, "LARGE", 0)
    monkeypatch.setattr(workbook, "_read_here", None)
    apart = read_raw(path, sheet="Été")
    assert apart.frame.equals(here.frame)
    assert refused(path).code == "E-FIC-08"
    assert refused(path, sheet="x").code == "E-FIC-09"


@pytest.mark.skipif(not workbook._BOUNDS_MEMORY, reason="this system has no limits of memory")
def test_parser_that_runs_out_of_memory_ends_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGE", 0)
    monkeypatch.setattr(workbook, "look_into", lambda *_args, **_how: 1)  # as if nothing had been seen
    assert refused(ghost(tmp_path / "ghost.xlsx")).code == "E-FIC-12"


def test_parser_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_workbook(tmp_path / "suivi.xlsx", {"Suivi": SHEET})
    monkeypatch.setattr(workbook, "LARGE", 0)
    monkeypatch.setattr(workbook, "_MOST_SECONDS", 0.001)
    assert refused(path).code == "E-FIC-12"


def test_damaged_workbook_read_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spoilt_workbook(tmp_path / "d.xlsx", replace={"xl/workbook.xml": b"<not closed"})
    monkeypatch.setattr(workbook, "LARGE", 0)
    assert refused(path).code == "E-FIC-10"


def test_small_workbooks_start_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook.subprocess, "run", None)
    assert len(ik.read_table(write_workbook(tmp_path / "suivi.xlsx", {"Suivi": SHEET}))) == 2
