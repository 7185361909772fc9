"""From text to values: what French files write, and what is refused rather than guessed."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.files.fold import clean, fold
from impactkit.files.reading.convert import Converted, Kind, Reading, convert_column, distinct
from impactkit.files.reading.parse_dates import date_of, month_number, month_of
from impactkit.files.reading.parse_numbers import numbers_of


def converted(texts: list[str], reading: Reading) -> Converted:
    rows = np.arange(2, len(texts) + 2)
    return convert_column(pd.Series(texts, dtype=object), reading, rows=rows, column="c", file="f.csv")


def faults(texts: list[str], kind: Kind) -> list[tuple[str, tuple[int, ...]]]:
    return [(problem.code, problem.rows) for problem in converted(texts, Reading(kind=kind)).problems]


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("+12", 12),
        ("-12", -12),
        ("\u221212", -12),
        ("(12)", -12),
        ("12,5", 12.5),
        ("12.5", 12.5),
        (",5", 0.5),
        ("1 234,56", 1234.56),
        ("1\u00a0234,56", 1234.56),
        ("1\u202f234\u202f567", 1234567),
        ("1.234,56", 1234.56),
        ("1.234.567", 1234567),
        ("1,234.56", 1234.56),
        ("1,234,567", 1234567),
        ("1234.567", 1234.567),
        ("0.123", 0.123),
        ("1,234", 1.234),
        ("12,50 €", 12.5),
        ("12 euros", 12),
        ("34 %", 34),
        ("-3,5%", -3.5),
        ("1e+05", 100000),
        ("007", 7),
    ],
)
def test_ways_to_write_a_number(text: str, value: float) -> None:
    result = converted([text], Reading(kind="number"))
    assert result.problems == ()
    assert result.array.tolist() == [value]


@pytest.mark.parametrize(
    "text",
    [
        "douze",
        "12 50",
        "1 23",
        "12,5,5",
        "1.23.456",
        "-(3)",
        "€",
        "12 ans",
        "1/2",
        "--3",
        "1e999",
        "nan",
        "inf",
        "٣,٥.",
        "#N/A",
    ],
)
def test_what_is_not_a_number(text: str) -> None:
    assert faults(["1", text, "2"], "number") == [("E-NUM-03", (3,))]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.234", "5"], [math.nan, 5]),  # 1234 or 1,234
        (["1.234", "12,5"], [math.nan, 12.5]),
        (["1.234", "12.5", "12,5"], [math.nan, 12.5, 12.5]),  # both decimal marks: who knows
        (["1.234", "12.5"], [1.234, 12.5]),  # a column that only knows the point
        (["377.569", "9930.046", "0.0"], [377.569, 9930.046, 0]),
        (["1.234", "1.234.567"], [1234, 1234567]),
        (["1.234", "5.678,9"], [1234, 5678.9]),
        (["1,234", "1,234.5"], [math.nan, 1234.5]),
    ],
)
def test_point_is_read_only_when_the_column_tells(texts: list[str], expected: list[float]) -> None:
    values, codes = numbers_of(texts)
    np.testing.assert_array_equal(values, expected)
    assert codes == ["E-NUM-01" if math.isnan(value) else "" for value in expected]


def test_percent_signs_on_some_rows_only_are_refused() -> None:
    assert faults(["12 %", "0,5", "34 %"], "number") == [("E-NUM-04", (3,))]


@given(st.floats(-1e9, 1e9), st.integers(0, 6), st.sampled_from([" ", "\u00a0", "\u202f", ""]))
def test_written_numbers_are_read_back(value: float, decimals: int, group: str) -> None:
    text = f"{value:,.{decimals}f}".replace(",", group or "").replace(".", ",")
    assert converted([text], Reading(kind="number")).array[0] == round(value, decimals)


@given(st.lists(st.text(max_size=12), max_size=20))
def test_no_text_makes_numbers_fail(texts: list[str]) -> None:
    for kind in ("number", "boolean", "date", "month", "identifier", "category", "text"):
        assert len(converted(texts, Reading(kind=kind)).array) == len(texts)


# ------------------------------------------------------------------ yes and no, categories, texts


def test_words_for_yes_and_no() -> None:
    yes, no = (
        ["Oui", "O", "vrai", "YES", "y", "True", "1", " oui\u00a0"],
        ["Non", "n", "FAUX", "no", "false", "0"],
    )
    assert converted(yes + no, Reading(kind="boolean")).array.tolist() == [1.0] * len(yes) + [0.0] * len(no)
    assert faults(["Oui", "peut-être", "2"], "boolean") == [("E-BOO-01", (3, 4))]


def test_labels_of_a_boolean() -> None:
    reading = Reading(kind="boolean", labels={"En emploi": True, "Sans emploi": False})
    assert converted(["en emploi ", "Sans Emploi", "Oui"], reading).array.tolist() == [1.0, 0.0, 1.0]
    coded = Reading(kind="boolean", labels={"1": True, "2": False})
    result = converted(["1", "2", "0"], coded)
    assert [problem.rows for problem in result.problems] == [(4,)]


def test_true_and_false_cells_match_labels_in_both_languages() -> None:
    reading = Reading(kind="category", labels={"TRUE": "a", "FALSE": "b"})
    assert converted(["VRAI", "FAUX"], reading).array.tolist() == ["a", "b"]


def test_categories_are_matched_and_spelled_as_in_the_study() -> None:
    reading = Reading(kind="category", labels={"F": "femme"}, categories=("femme", "homme"))
    result = converted(["F", "HOMME", "f", "autre"], reading)
    assert result.array.tolist() == ["femme", "homme", "femme", None]
    assert [(problem.code, problem.rows) for problem in result.problems] == [("E-MOD-01", (5,))]
    assert "F, femme, homme" in result.problems[0].text("fr")


def test_labels_are_the_categories_when_there_are_no_others() -> None:
    reading = Reading(kind="category", labels={"F": "femme", "M": "homme"})
    result = converted(["F", "Homme", "X"], reading)
    assert result.array.tolist() == ["femme", "homme", None]
    assert len(result.problems) == 1
    assert converted(["X"], Reading(kind="category")).array.tolist() == ["X"]


def test_exact_label_comes_before_one_that_looks_like_it() -> None:
    reading = Reading(kind="number", labels={"Aucun": 0.0, "AUCUN": 9.0})
    assert converted(["Aucun", "AUCUN", "3"], reading).array.tolist() == [0.0, 9.0, 3.0]


def test_missing_is_what_the_study_says_and_nothing_else() -> None:
    reading = Reading(kind="text", missing=("NSP", "-"))
    texts = ["", "  ", "nsp", "-", "NULL", "NA", "nan", "None"]
    assert converted(texts, reading).array.tolist() == [None] * 4 + ["NULL", "NA", "nan", "None"]
    assert np.isnan(converted(["", "NSP"], Reading(kind="number", missing=("NSP",))).array).all()
    assert faults(["NSP"], "number") == [("E-NUM-03", (2,))]


def test_identifier_in_scientific_notation_is_refused() -> None:
    assert faults(["0123", "6,5E+08", "ABE+1"], "identifier") == [("E-NUM-02", (3,))]
    assert converted([" 0123\u00a0", "", "a  b"], Reading(kind="identifier")).array.tolist() == [
        "0123",
        None,
        "a b",
    ]


# ------------------------------------------------------------------ dates and months


@pytest.mark.parametrize(
    "text",
    [
        "01/03/2024",
        "1/3/2024",
        "01-03-2024",
        "01.03.2024",
        "2024-03-01",
        "2024/03/01",
        "1er mars 2024",
        "1 Mars 2024",
        "1 march 2024",
        "2024-03-01 00:00:00.0",
        "2024-03-01T14:30:00",
        "01/03/2024 14h30",
    ],
)
def test_ways_to_write_a_date(text: str) -> None:
    result = converted([text, ""], Reading(kind="date"))
    assert result.problems == ()
    assert result.array[0] == np.datetime64("2024-03-01")
    assert np.isnat(result.array[1])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31/02/1990", "E-DAT-01"),
        ("00/00/0000", "E-DAT-01"),
        ("99/99/9999", "E-DAT-01"),
        ("29/02/2023", "E-DAT-01"),
        ("01/01/0090", "E-DAT-01"),
        ("03/25/2024", "E-DAT-02"),
        ("01/03/24", "E-DAT-03"),
        ("1-mars-24", "E-DAT-03"),
        ("31121", "E-DAT-04"),
        ("mars 2024", "E-DAT-04"),
        ("hier", "E-DAT-04"),
    ],
)
def test_dates_that_are_refused(text: str, code: str) -> None:
    assert faults(["01/03/2024", text], "date") == [(code, (3,))]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_dates_are_read_back(day: dt.date) -> None:
    assert date_of(f"{day:%d/%m/}{day.year}") == day
    assert date_of(day.isoformat()) == day
    assert month_of(day.isoformat()) == month_number(day)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03",
        "2024/3",
        "202403",
        "03/2024",
        "3-2024",
        "mars 2024",
        "Mars 2024",
        "MARCH 2024",
        "mar. 2024",
        "01/03/2024",
        "2024-03-15",
    ],
)
def test_ways_to_write_a_month(text: str) -> None:
    result = converted([text], Reading(kind="month"))
    assert result.problems == ()
    assert result.array.tolist() == [12 * 2024 + 2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("13/2024", "E-DAT-01"),
        ("mars-24", "E-DAT-03"),
        ("03/24", "E-DAT-03"),
        ("T1 2024", "E-DAT-05"),
        ("2024", "E-DAT-05"),
    ],
)
def test_months_that_are_refused(text: str, code: str) -> None:
    assert faults([text], "month") == [(code, (2,))]


def test_all_months_have_names_in_both_languages() -> None:
    french = [
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "aout",
        "septembre",
        "octobre",
        "novembre",
        "decembre",
    ]
    english = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
    for names in (french, english):
        assert [month_of(f"{name} 2024") for name in names] == list(range(12 * 2024, 12 * 2025))


# ------------------------------------------------------------------ problems


def test_problems_tell_rows_and_never_values() -> None:
    for kind in ("number", "boolean", "date", "month"):
        for problem in converted(["SECRET", "1", "SECRET"], Reading(kind=kind)).problems:
            assert problem.rows in ((2, 4), (2, 3, 4))
            assert "SECRET" not in problem.text("fr") + problem.text("en") + repr(problem)


def test_no_more_than_a_hundred_rows_are_named() -> None:
    (problem,) = converted(["x"] * 500, Reading(kind="number")).problems
    assert problem.rows == tuple(range(2, 102))


def test_empty_column() -> None:
    assert converted([], Reading(kind="number")).array.shape == (0,)


# ------------------------------------------------------------------ each text once


@given(st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.text("aB `\t'é\u00a0 \x1f"))))
def test_texts_all_at_once_are_as_one_by_one(texts: list[str]) -> None:
    found = distinct(pd.Series(texts, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))
    assert [found.words[code] for code in found.codes] == [clean(text) for text in texts]
    assert [found.folded[code] for code in found.codes] == [fold(text) for text in texts]
