"""Every nasty input has its code and its test: the list, and the codes that no other file proves."""

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

import impactkit as ik
from impactkit.cohort import build_cohort
from impactkit.errors import DataError
from impactkit.files import read_study
from impactkit.text.catalogue import entries
from small_studies import STUDY, changed, write_study
from test_build import MONTHLY
from test_study import problems_of

HERE = Path(__file__).parent

# What the design's list of nasty inputs names (COHORT §9), the code, the file of tests and the test.
NASTY = [
    ("bomb", "E-FIC-01", "hostile_files", "test_bomb"),
    ("ghost cell", "E-FIC-02", "hostile_files", "test_ghost_cell"),
    ("DTD or entity", "E-FIC-03", "hostile_files", "test_definition_of_document_or_entity"),
    ("xls or password", "E-FIC-04", "reading", "test_files_that_are_not_workbooks"),
    ("HTML or csv named .xls(x)", "E-FIC-05", "reading", "test_files_that_are_not_workbooks"),
    ("zip member ../", "E-FIC-06", "hostile_files", "test_member_that_leaves_the_folder"),
    ("empty file, header only", "E-FIC-07", "reading", "test_files_that_are_not_text_tables"),
    ("no useful sheet", "E-FIC-07", "reading", "test_workbook_without_rows"),
    ("hidden sheet with data", "A-FIC-08", "hostile_files", "test_sheets_of_a_workbook"),
    ("several sheets", "E-FIC-08", "reading", "test_several_sheets_are_never_chosen_from_in_silence"),
    ("two encodings", "E-ENC-01", "reading", "test_two_encodings_in_one_file_are_told_by_line"),
    ("mojibake", "A-ENC-02", "read_table", "test_spoilt_accents_are_offered_a_repair"),
    ("other column counts", "E-CSV-01", "reading", "test_lines_with_other_columns_are_told"),
    ("unclosed quote", "E-CSV-02", "reading", "test_unclosed_or_misplaced_quote_is_told"),
    ("header not found", "E-COL-01", "reading", "test_missing_header_is_told_with_the_closest"),
    ("duplicate header", "E-COL-02", "read_table", "test_doubtful_headers_are_refused"),
    ("blank header", "E-COL-03", "read_table", "test_doubtful_headers_are_refused"),
    ("two header rows", "E-COL-04", "read_table", "test_doubtful_headers_are_refused"),
    ("TOTAL row, blank rows", "A-LIG-01", "build", "test_duplicates_blank_rows_and_totals_are_counted"),
    ("surname NULL, NA, emoji…", "", "read_table", "test_nasty_texts_are_kept_to_the_letter"),
    ("lost zero", "A-COD-01", "read_table", "test_post_codes_that_lost_their_zero_are_told_and_kept"),
    ("unknown code", "E-COD-02", "nasty_inputs", "test_codes_of_places_that_do_not_exist_are_refused"),
    ("6,5E+08", "E-NUM-02", "read_table", "test_values_refused"),
    ("1.234", "E-NUM-01", "read_table", "test_values_refused"),
    ("31/02, 00/00/0000", "E-DAT-01", "read_table", "test_values_refused"),
    ("month before day", "E-DAT-02", "read_table", "test_values_refused"),
    # The list offers a pivot for years of two digits and reads serial days: both would be guesses.
    ("year of two digits", "E-DAT-03", "read_table", "test_values_refused"),
    ("serial day as a number", "E-DAT-04", "read_table", "test_values_refused"),
    ("birth in the future, age over 120", "E-COH-01", "dates_of_people", "test_dates_that_cannot_be"),
    ("exit before entry", "E-COH-02", "dates_of_people", "test_dates_that_cannot_be"),
    ("answer before entry", "E-COH-03", "dates_of_people", "test_dates_that_cannot_be"),
    ("answer outside its window", "E-COH-04", "dates_of_people", "test_dates_that_cannot_be"),
    (
        "heap on 1 January",
        "A-COH-05",
        "dates_of_people",
        "test_a_heap_of_births_on_1_january_is_told_and_prevents_nothing",
    ),
    ("two open enrolments", "E-COH-06", "dates_of_people", "test_two_stays_open_at_once"),
    ("person in two arms", "E-COH-07", "build", "test_unknown_group_and_person_in_two_groups"),
    ("wave given twice", "E-COH-08", "dates_of_people", "test_a_wave_given_twice"),
    ("child over 18", "E-COH-09", "dates_of_people", "test_dates_that_cannot_be"),
    (
        "same file twice",
        "E-LOT-01",
        "store",
        "test_the_same_file_twice_is_refused_until_its_batch_is_cancelled",
    ),
    (
        "corrected file, same name",
        "A-LOT-02",
        "store",
        "test_a_corrected_file_tells_its_differences_and_replaces_when_asked",
    ),
    ("an arm lacks a wave", "A-VAG-01", "nasty_inputs", "test_a_group_that_a_wave_lacks_is_told"),
    ("new category", "A-VAR-01", "store", "test_new_variables_and_categories_come_in_and_other_types_do_not"),
    ("type changed", "E-VAR-02", "store", "test_new_variables_and_categories_come_in_and_other_types_do_not"),
    (
        "two lines, one person",
        "A-LIE-01",
        "store_identity",
        "test_a_second_record_of_somebody_in_one_file_is_told",
    ),
    (
        "twins, homonyms, ties",
        "E-LIE-02",
        "store_identity",
        "test_links_to_decide_are_written_apart_decided_by_hand_and_replayed",
    ),
    ("action id ../x, CON, empty, long, NUL", "E-ID-01", "study", "test_one_slip_is_one_problem_on_its_line"),
    ("disk full", "E-STO-01", "store_crash", ""),
    ("read-only folder", "E-STO-02", "store_crash", ""),
    ("locked record", "E-STO-03", "store_crash", "test_a_second_writer_waits_then_is_told"),
    (
        "newer record",
        "E-STO-04",
        "store",
        "test_a_folder_without_record_another_file_and_a_newer_record_are_refused",
    ),
    ("edited journal", "E-JRN-01", "store", "test_a_journal_changed_by_hand_says_where"),
    ("key absent", "E-CLE-01", "store_identity", "test_a_key_absent_wrong_or_readable_by_others_is_refused"),
    ("key wrong", "E-CLE-02", "store_identity", "test_a_key_absent_wrong_or_readable_by_others_is_refused"),
    (
        "key readable by others",
        "E-CLE-03",
        "store_identity",
        "test_a_key_absent_wrong_or_readable_by_others_is_refused",
    ),
    (
        "opposed person comes back",
        "E-EFF-01",
        "store_identity",
        "test_who_asked_not_to_be_there_is_refused_if_a_file_brings_them_back",
    ),
]


@pytest.mark.parametrize(("code", "file", "test"), [row[1:] for row in NASTY], ids=[row[0] for row in NASTY])
def test_each_nasty_input_has_a_test_that_names_its_code(code: str, file: str, test: str) -> None:
    text = (HERE / f"test_{file}.py").read_text(encoding="utf-8")
    names = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert test in {"", *names}
    assert code in text


def test_every_code_that_can_be_told_is_told_in_some_test() -> None:
    others = [path for path in HERE.glob("test_*.py") if path.name != "test_catalogue.py"]
    told = set(
        re.findall(r"[EA]-[A-Z]{2,3}-\d\d", "".join(path.read_text(encoding="utf-8") for path in others))
    )
    known = {key.split(".")[1] for key in entries("fr") if re.match(r"problem\.[EA]-", key)}
    assert sorted(known - told) == []


# ------------------------------------------------------------------ codes of places


def read(folder: Path, kind: str, values: list[str]) -> pd.DataFrame:
    path = folder / "suivi.csv"
    path.write_text(
        "id;lieu\n" + "".join(f"{i};{value}\n" for i, value in enumerate(values)), encoding="cp1252"
    )
    return ik.read_table(path, dictionary={"lieu": kind})


def test_codes_of_places_are_texts(tmp_path: Path) -> None:
    known = read(
        tmp_path, "postcode", ["09000", "20090", "97105", "98000", "31 009", "69001 LYON CEDEX 01", ""]
    )
    assert known["lieu"].tolist()[:-1] == ["09000", "20090", "97105", "98000", "31009", "69001"]
    assert pd.isna(known["lieu"].iloc[-1])
    assert read(tmp_path, "commune", ["2A004", "2b033", "97105", "01001"])["lieu"].tolist() == [
        "2A004",
        "2B033",
        "97105",
        "01001",
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("postcode", "96200"),
        ("postcode", "00100"),
        ("postcode", "2A004"),
        ("postcode", "Auch"),
        ("postcode", "750011"),
        ("commune", "20004"),
        ("commune", "99100"),
        ("commune", "2C004"),
        ("commune", "315"),
    ],
)
def test_codes_of_places_that_do_not_exist_are_refused(tmp_path: Path, kind: str, value: str) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path, kind, ["31000", value])
    (problem,) = refused.value.problems
    assert (problem.code, problem.column, problem.rows) == ("E-COD-02", "lieu", (3,))
    assert value not in problem.text("fr").replace("(2A004, 97105)", "")


def test_a_lost_zero_is_told_under_any_header(tmp_path: Path) -> None:
    frame = read(tmp_path, "commune", ["1001", "31555"])
    assert frame["lieu"].tolist() == ["1001", "31555"]
    assert [(note.code, note.rows) for note in frame.attrs["notes"]] == [("A-COD-01", (2,))]


# ------------------------------------------------------------------ waves and months


def test_a_group_that_a_wave_lacks_is_told(tmp_path: Path) -> None:
    columns = STUDY[STUDY.index('unit = "dossier"') : STUDY.index("[[actions]]")]
    long = (
        'unit = "dossier"\nwave = "vague"\n'
        'arm = { column = "groupe", labels = { B = "beneficiary", A = "waiting_list" } }\n'
        'age = "age"\nsexe = { column = "sexe", labels = { F = "femme", H = "homme" } }\n'
        'emploi = "emploi"\nscore = "score"\n'
    )
    rows = ["1;T0;B;30;F;Non;1", "1;T6;B;30;F;Oui;2", "2;T0;A;40;H;Non;1"]
    text = "\n".join(["dossier;vague;groupe;age;sexe;emploi;score", *rows])
    path = write_study(tmp_path, toml=changed((columns, long)), files={"suivi.csv": text})
    (note,) = build_cohort(read_study(path), action="mobilite").notes
    assert (note.code, dict(note.params)) == ("A-VAG-01", {"wave": "T6", "arm": "waiting_list"})
    write_study(tmp_path / "whole")
    whole = build_cohort(read_study(tmp_path / "whole" / "study.toml"), action="mobilite")
    assert whole.notes == ()


def codes_of(folder: Path, text: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    return [problem.code for problem in problems_of(write_study(folder, toml=text))]


def test_a_monthly_series_has_neither_window_nor_waves(tmp_path: Path) -> None:
    cut = changed(('method = "inter', 'window = ["T0", "T6"]\nmethod = "inter'), text=MONTHLY)
    assert codes_of(tmp_path / "window", cut) == ["E-ETU-31"]
    other = '[[files]]\nid = "autre"\npath = "suivi.csv"\nwave = "T0"\ncolumns = { unit = "dossier" }\n'
    other += "[[actions]]"
    both = changed(('files = ["suivi"]', 'files = ["suivi", "autre"]'), ("[[actions]]", other), text=MONTHLY)
    assert codes_of(tmp_path / "both", both) == ["E-ETU-50"]


def test_a_window_of_waves_that_no_file_holds_is_told(tmp_path: Path) -> None:
    third = '\n[[waves]]\nid = "T12"\nlabel = "à un an"\nmonths = 12\n\n[variables.emploi]'
    text = changed(
        ("\n[variables.emploi]", third), ('method = "did"', 'window = ["T0", "T12"]\nmethod = "did"')
    )
    assert codes_of(tmp_path, text) == ["E-ETU-51"]
