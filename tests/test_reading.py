"""Reading tables as text: where the headers are, what a cell is, and files that are not what they seem."""

import csv
import datetime as dt
import io
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.errors import DataError, Problem
from impactkit.files.fold import fold
from impactkit.files.reading.raw import RawTable, read_raw
from small_studies import write_workbook

HEADERS = ("N° dossier", "Âge")
TABLE = "N° dossier;Nom;Âge\n001;Éloïse;34\n002;NULL;51\n"


def written(folder: Path, content: str | bytes, name: str = "suivi.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(table: RawTable) -> list[list[str]]:
    return [list(row) for row in table.frame.itertuples(index=False, name=None)]


def problem_of(path: Path, *, headers: tuple[str, ...] = HEADERS, sheet: str | None = None) -> Problem:
    with pytest.raises(DataError) as caught:
        read_raw(path, headers=headers, sheet=sheet)
    (problem,) = caught.value.problems
    assert problem.file == path.name
    return problem


# ------------------------------------------------------------------ texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    content = TABLE.replace(";", separator).replace("\n", end).encode(encoding)
    path = written(tmp_path, content)
    table = read_raw(path, headers=HEADERS)
    assert rows_of(table) == [["001", "34"], ["002", "51"]]
    assert list(table.frame.columns) == list(HEADERS)
    assert table.row_numbers.tolist() == [2, 3]
    assert (table.header_row, table.encoding, table.sheet) == (1, encoding, None)
    assert path.read_bytes() == content


def test_rows_above_the_headers_and_blank_rows(tmp_path: Path) -> None:
    text = (
        "Structure : CCAS d'Auch;;\nExport du 03/02/2025;;\n;;\n"
        + TABLE.replace("\n002", "\n;;\n\n002")
        + ";;\n"
    )
    table = read_raw(written(tmp_path, text), headers=HEADERS)
    assert table.header_row == 4
    assert table.row_numbers.tolist() == [5, 8]
    assert table.n_blank == 2  # the one after the last line is not counted


def test_line_that_names_the_separator_is_not_a_row(tmp_path: Path) -> None:
    table = read_raw(written(tmp_path, "sep=,\n" + TABLE.replace(";", ",")), headers=HEADERS)
    assert table.header_row == 1
    assert rows_of(table)[1] == ["002", "51"]


def test_cells_stay_as_they_are(tmp_path: Path) -> None:
    surnames = [
        "NULL",
        "NA",
        "None",
        "nan",
        "True",
        "O'Brien",
        "N'Diaye",
        "-",
        "0123",
        "1e5",
        " x ",
        "=1+1",
        "😀",
    ]
    text = "id;nom\n" + "".join(f"{i};{name}\n" for i, name in enumerate(surnames))
    table = read_raw(written(tmp_path, text), headers=("id", "nom"))
    assert table.frame["nom"].tolist() == surnames


def test_headers_are_matched_without_spaces_case_or_accents(tmp_path: Path) -> None:
    text = " nº\u00a0DOSSIER ;Nom;AGE\n001;x;34\n"
    assert rows_of(read_raw(written(tmp_path, text), headers=HEADERS)) == [["001", "34"]]


def test_exact_header_is_preferred(tmp_path: Path) -> None:
    text = "n° dossier;N° dossier;âge;AGE;Âge\na;b;1;2;3\n"
    assert rows_of(read_raw(written(tmp_path, text), headers=HEADERS)) == [["b", "3"]]


def test_duplicated_header_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    text = TABLE.replace("Nom", "Âge")
    problem = problem_of(written(tmp_path, text))
    assert (problem.code, problem.column, problem.row) == ("E-COL-02", "Âge", 1)
    assert (
        len(
            read_raw(
                written(
                    tmp_path, TABLE.replace("Nom", "Nom;Nom").replace(";É", ";x;É").replace(";NULL", ";x;y")
                ),
                headers=HEADERS,
            ).frame
        )
        == 2
    )


def test_missing_header_is_told_with_the_closest(tmp_path: Path) -> None:
    problem = problem_of(written(tmp_path, TABLE), headers=("N° dossier", "Ages", "Prénom"))
    assert (problem.code, problem.row) == ("E-COL-01", 1)
    assert "Ages, Prénom" in problem.text("fr")
    assert "Âge" in problem.text("fr")
    assert "Éloïse" not in problem.text("fr")


def test_file_without_headers_shows_nobody(tmp_path: Path) -> None:
    problem = problem_of(
        written(tmp_path, "001;Ange;34\n002;Angèle;51\n"), headers=("dossier", "Angele", "Age")
    )
    assert problem.code == "E-COL-01"
    assert "Ange," not in problem.text("fr")
    assert "Angèle" not in problem.text("fr")


@pytest.mark.parametrize("line", ["003;x", "003;x;34;35", "003"])
def test_lines_with_other_columns_are_told(tmp_path: Path, line: str) -> None:
    problem = problem_of(written(tmp_path, TABLE + f"{line}\n004;y;2\n"))
    assert (problem.code, problem.rows) == ("E-CSV-01", (4,))


def test_empty_cells_beyond_the_headers_do_no_harm(tmp_path: Path) -> None:
    assert len(read_raw(written(tmp_path, TABLE + "003;x;34;;\n"), headers=HEADERS).frame) == 3


@pytest.mark.parametrize("line", ['003;"x;34\n004;y;5\n', '003;"x"y;34\n'])
def test_unclosed_or_misplaced_quote_is_told(tmp_path: Path, line: str) -> None:
    problem = problem_of(written(tmp_path, TABLE + line))
    assert (problem.code, problem.rows) == ("E-CSV-02", (4,))


def test_quoted_cells_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'N° dossier;Nom;Âge\n001;"a;b\nc ""d""";34\n002;x;5\n'
    table = read_raw(written(tmp_path, text), headers=(*HEADERS, "Nom"))
    assert table.frame["Nom"].tolist() == ['a;b\nc "d"', "x"]
    assert table.row_numbers.tolist() == [2, 3]  # rows of a spreadsheet, not lines of the file


def test_two_encodings_in_one_file_are_told_by_line(tmp_path: Path) -> None:
    content = TABLE.encode() + "003;Zoé;22\n".encode("cp1252")
    problem = problem_of(written(tmp_path, content))
    assert (problem.code, problem.rows) == ("E-ENC-01", (4,))


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    assert problem_of(written(tmp_path, TABLE.encode("cp1252") + b"003;\x81\x8d;1\n")).code == "E-ENC-02"


def test_capital_letter_before_a_no_break_space_is_not_utf8(tmp_path: Path) -> None:
    # In Windows-1252, "É" and a no-break space are also the two bytes of a valid UTF-8 sign.
    text = "N° dossier;Nom;Âge\n001;MARCHÉ\u00a0;34\n"
    table = read_raw(written(tmp_path, text.encode("cp1252")), headers=(*HEADERS, "Nom"))
    assert table.frame["Nom"].tolist() == ["MARCHÉ\u00a0"]


def test_spoilt_accents_are_noticed(tmp_path: Path) -> None:
    spoilt = TABLE.replace("Éloïse", "Zoé".encode().decode("cp1252"))
    table = read_raw(written(tmp_path, spoilt), headers=HEADERS)
    assert [note.code for note in table.notes] == ["A-ENC-02"]
    assert read_raw(written(tmp_path, TABLE), headers=HEADERS).notes == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E-FIC-07"),
        (b" \n \n", "E-FIC-07"),
        ("N° dossier;Âge\n".encode(), "E-FIC-07"),
        ("N° dossier;Âge\n;\n;\n".encode(), "E-FIC-07"),
        (b"<html><body><table>", "E-FIC-05"),
        (b"<!DOCTYPE HTML>", "E-FIC-05"),
        (b"<?xml version='1.0'?><a/>", "E-FIC-05"),
        (b"%PDF-1.7", "E-FIC-05"),
        (b"PK\x03\x04abc", "E-FIC-05"),
        (b"\x00\x01\x02", "E-FIC-05"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "E-FIC-04"),
    ],
)
def test_files_that_are_not_text_tables(tmp_path: Path, content: bytes, code: str) -> None:
    assert problem_of(written(tmp_path, content)).code == code


def test_file_that_cannot_be_opened(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "absent.csv").code == "E-FIC-11"


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=";", quoting=csv.QUOTE_ALL).writerows([("code", "texte"), *rows])
    kept = [list(row) for row in rows if any(cell.strip() for cell in row)]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), buffer.getvalue().encode("utf-8-sig"))
        if kept:
            assert rows_of(read_raw(path, headers=("code", "texte"))) == kept
        else:
            assert problem_of(path, headers=("code", "texte")).code == "E-FIC-07"


@pytest.mark.parametrize(
    ("one", "other"), [("Âge ", "age"), ("N°\u202fdossier", "nº Dossier"), ("l’été", "L'ETE"), ("œ", "œ")]
)
def test_spellings_that_are_the_same_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)


# ------------------------------------------------------------------ workbooks


def test_cells_of_a_workbook_become_text(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "suivi.xlsx",
        {
            "Suivi": [
                ["Suivi des personnes"],
                [],
                ["code", "nombre", "date", "oui"],
                ["00123", 12.0, dt.date(2024, 3, 1), True],
                [123, 1.234, dt.datetime(2024, 3, 1, 14, 30), False],
                [1234567890123456, 1e-7, None, "x"],
                [None, None, None, None],
                ["dernier", -0.5, "01/03/2024", ""],
            ]
        },
    )
    table = read_raw(path, headers=("code", "nombre", "date", "oui"))
    assert rows_of(table) == [
        ["00123", "12", "2024-03-01", "VRAI"],
        ["123", "1,234", "2024-03-01 14:30:00", "FAUX"],
        ["1234567890123456", "0,0000001", "", "x"],
        ["dernier", "-0,5", "01/03/2024", ""],
    ]
    assert table.row_numbers.tolist() == [4, 5, 6, 8]
    assert (table.header_row, table.sheet, table.encoding, table.n_blank) == (3, "Suivi", None, 1)


SHEET = [["N° dossier", "Âge"], ["001", 34]]


def test_only_filled_sheet_is_read(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "suivi.xlsx", {"Feuil1": [], "Suivi": SHEET, "Feuil3": []})
    assert read_raw(path, headers=HEADERS).sheet == "Suivi"


def test_several_sheets_are_never_chosen_from_in_silence(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "suivi.xlsx", {"T0": SHEET, "T6": SHEET})
    problem = problem_of(path)
    assert problem.code == "E-FIC-08"
    assert "T0, T6" in problem.text("fr")
    assert read_raw(path, headers=HEADERS, sheet="T6").sheet == "T6"
    wrong = problem_of(path, sheet="T9")
    assert (wrong.code, wrong.sheet) == ("E-FIC-09", "T9")


def test_hidden_sheet_with_data_is_noticed(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "suivi.xlsx", {"T0": SHEET, "Brouillon": SHEET}, hidden="Brouillon")
    table = read_raw(path, headers=HEADERS)
    assert table.sheet == "T0"
    assert [note.code for note in table.notes] == ["A-FIC-08"]


def test_problem_in_a_workbook_names_its_sheet(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "suivi.xlsx", {"Suivi": [["N° dossier", "age", "AGE"], ["001", 34, 35]]})
    problem = problem_of(path)
    assert (problem.code, problem.sheet, problem.row) == ("E-COL-02", "Suivi", 1)


def test_open_document_is_read(tmp_path: Path) -> None:
    body = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="Suivi">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="34.5"/>'
    lines = (text.format(HEADERS[0]) + text.format(HEADERS[1]), text.format("001") + number)
    rows = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    path = tmp_path / "suivi.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", body.format(rows=rows))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    assert rows_of(read_raw(path, headers=HEADERS)) == [["001", "34,5"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (TABLE.encode(), "E-FIC-05"),
        (b"<table><tr>", "E-FIC-05"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "E-FIC-04"),
        (b"PK\x03\x04 cut short", "E-FIC-10"),
    ],
)
def test_files_that_are_not_workbooks(tmp_path: Path, content: bytes, code: str) -> None:
    assert problem_of(written(tmp_path, content, "suivi.xlsx")).code == code


def test_archive_that_is_no_workbook_and_damaged_workbook(tmp_path: Path) -> None:
    path = tmp_path / "suivi.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert problem_of(path).code == "E-FIC-05"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<not closed")
    assert problem_of(path).code == "E-FIC-10"


def test_workbook_that_opens_to_a_thousand_times_its_size_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "suivi.xlsx", {"Suivi": SHEET})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * 30_000_000)
    assert problem_of(path).code == "E-FIC-01"


def test_workbook_without_rows(tmp_path: Path) -> None:
    assert problem_of(write_workbook(tmp_path / "a.xlsx", {"Vide": []})).code == "E-FIC-07"
    assert problem_of(write_workbook(tmp_path / "b.xlsx", {"Vide": [], "Vide 2": []})).code == "E-FIC-07"
    assert problem_of(write_workbook(tmp_path / "c.xlsx", {"Titres": [list(HEADERS)]})).code == "E-FIC-07"
    assert openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames == ["Titres"]
