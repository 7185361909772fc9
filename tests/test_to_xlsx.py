"""Workbooks that leave the house: nothing runs, nothing tells who or when, everything is read back."""

import datetime as dt
import io
import tempfile
import time
import zipfile

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from impactkit.document.to_xlsx import LONGEST_TEXT, Sheet, to_xlsx

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.org";"x")',
    "+33 1 02",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    "#REF!",
    "_x0041_",
    "012345",
    "1e5",
    "TRUE",
    "31/12/2026",
    " deux\nlignes ",
    "<b>&amp;</b>",
    "été “«»”\u202f%",
    "=" + "a" * 400,
]


def sheet(rows, **more):
    return Sheet(name="Feuille", header=("Texte", "Nombre"), rows=rows, **more)


def test_a_text_stays_a_text_whatever_it_begins_with():
    data = to_xlsx([sheet([(text, 1) for text in HOSTILE])])
    cells = [row[0] for row in load_workbook(io.BytesIO(data)).active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    read = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in read[1:]] == HOSTILE
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert b"<f>" not in b"".join(parts.read(name) for name in parts.namelist())


def test_numbers_stay_numbers_and_dates_are_dates():
    rows = [("a", 42), ("b", 0.25), ("c", None), ("d", dt.date(2026, 12, 31)), ("e", 2**53)]
    data = to_xlsx([sheet(rows, numeric=frozenset({1}))])
    values = [row[1].value for row in load_workbook(io.BytesIO(data)).active.iter_rows(min_row=2)]
    assert values[:3] == [42, 0.25, None]
    assert values[3].date() == dt.date(2026, 12, 31)
    read = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in read[1:]] == [42.0, 0.25, "", dt.date(2026, 12, 31), float(2**53)]


def test_the_header_stays_in_sight_under_the_caption():
    book = load_workbook(io.BytesIO(to_xlsx([sheet([("a", 1)]), sheet([("a", 1)], caption="Légende")])))
    plain, captioned = book.worksheets
    assert (plain.freeze_panes, captioned.freeze_panes) == ("A2", "A3")
    assert [cell.value for cell in captioned["A"]] == ["Légende", "Texte", "a"]
    assert [plain.title, captioned.title] == ["Feuille", "Feuille (2)"]


def test_a_column_is_wide_enough_for_its_text_and_no_wider_than_a_page():
    made = to_xlsx([Sheet(name="x", header=("A", "B"), rows=[("court", "mot " * 200)])])
    sheet = load_workbook(io.BytesIO(made)).active
    assert [sheet.column_dimensions[name].width for name in "AB"] == [10, 80]
    assert [sheet.row_dimensions[row].height for row in (1, 2)] == [15, 150]


@pytest.mark.parametrize("name", ["a/b:c*?[d]", "x" * 80, "'", "", "Effet\x00"])
def test_any_name_makes_a_sheet(name):
    made = Sheet(name=name, header=("A",), rows=[])
    titles = load_workbook(io.BytesIO(to_xlsx([made, made]))).sheetnames
    assert len(set(titles)) == 2
    assert all(1 <= len(title) <= 31 for title in titles)


def test_choices_are_offered_for_the_rows_to_fill():
    made = sheet([("", None)] * 3, choices={0: ("oui", "non"), 1: ("a,b",)})
    offered = load_workbook(io.BytesIO(to_xlsx([made]))).active.data_validations.dataValidation
    assert [(str(item.sqref), item.formula1) for item in offered] == [("A2:A4", '"oui,non"')]


def test_the_same_sheets_make_the_same_bytes_without_a_date_an_author_or_a_temporary_file(monkeypatch):
    made = sheet([("a", 1), ("b", dt.date(2026, 1, 2))], caption="c")
    first = to_xlsx([made])

    def refuse(*args, **more):
        raise AssertionError("a temporary file")

    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    assert to_xlsx([made]) == first
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {item.date_time for item in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert "openpyxl" not in core
    assert "dcterms" not in core.split(">", 1)[1]


def test_characters_that_no_workbook_may_hold_are_left_out():
    made = to_xlsx([sheet([("a\x00b\ud800c\x0b", 1)])])
    assert load_workbook(io.BytesIO(made)).active["A2"].value == "abc"


def test_a_text_of_the_longest_is_whole_and_a_longer_one_is_refused():
    made = to_xlsx([sheet([("é" * LONGEST_TEXT, 1)])])
    assert len(load_workbook(io.BytesIO(made)).active["A2"].value) == LONGEST_TEXT
    with pytest.raises(ValueError, match="at most 32767"):
        to_xlsx([sheet([("é" * (LONGEST_TEXT + 1), 1)])])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True])
def test_what_is_not_a_value_is_refused(value):
    with pytest.raises(ValueError, match="Feuille"):
        to_xlsx([sheet([("a", value)])])


def test_a_workbook_needs_a_sheet_and_rows_as_long_as_their_header():
    with pytest.raises(ValueError, match="at least one sheet"):
        to_xlsx([])
    with pytest.raises(ValueError, match="2 cells"):
        sheet([("a",)])
