"""Numbers and dates, to the code point."""

import datetime as dt

import pytest

from impactkit.text import Label, Message, Quantity, current_language, set_language
from impactkit.text.numbers import date, decimals_for, number, percent

NARROW = "\u202f"
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("value", "decimals", "fr", "en"),
    [
        (0, 0, "0", "0"),
        (1234.5, 1, f"1{NARROW}234,5", "1,234.5"),
        (1234567, 0, f"1{NARROW}234{NARROW}567", "1,234,567"),
        (-0.04, 1, "0,0", "0.0"),
        (-0.05001, 1, f"{MINUS}0,1", f"{MINUS}0.1"),
        (-1794.34, 0, f"{MINUS}1{NARROW}794", f"{MINUS}1,794"),
    ],
)
def test_numbers(value, decimals, fr, en):
    assert number(value, "fr", decimals=decimals) == fr
    assert number(value, "en", decimals=decimals) == en


def test_sign_is_written_only_when_there_is_something_to_sign():
    assert number(3, "fr", sign=True) == "+3"
    assert number(0, "fr", sign=True) == "0"


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        number(float("nan"), "fr")


def test_percent_has_its_narrow_space_in_french_only():
    assert percent(0.345, "fr", decimals=1) == f"34,5{NARROW}%"
    assert percent(0.345, "en", decimals=1) == "34.5%"


def test_dates():
    assert date(dt.date(2026, 3, 1), "fr") == "1er mars 2026"
    assert date(dt.date(2026, 12, 31), "fr") == "31 décembre 2026"
    assert date(dt.date(2026, 3, 1), "en") == "1 March 2026"


@pytest.mark.parametrize(
    ("error", "decimals"), [(671.0, 0), (0.93, 2), (0.034, 3), (12.0, 0), (1.2, 1), (0.0, 2)]
)
def test_an_estimate_is_written_no_finer_than_its_error(error, decimals):
    assert decimals_for(error) == decimals


def test_points_are_shares_times_a_hundred():
    assert Quantity(0.034, "points", 1).text("fr") == "3,4"
    assert Quantity(0.5, "percent").text("en") == "50%"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8", "IMPACTKIT_LANG": "fr"}, "fr"),
        ({}, "fr"),
    ],
)
def test_the_language_follows_the_environment_and_is_french_otherwise(monkeypatch, environment, expected):
    for name in ("IMPACTKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    set_language(None)
    assert current_language() == expected


def test_a_chosen_language_wins_and_an_unknown_one_is_refused(monkeypatch):
    monkeypatch.setenv("IMPACTKIT_LANG", "fr")
    set_language("en")
    try:
        assert current_language() == "en"
        assert Label(fr="oui", en="yes").text() == "yes"
        with pytest.raises(ValueError, match="expected one of fr, en"):
            set_language("de")
        assert current_language() == "en"
    finally:
        set_language(None)


def test_plural_follows_each_language():
    assert Message("error.where.rows", {"n": 1, "rows": "3"}).text("fr") == "ligne 3"
    assert Message("error.where.rows", {"n": 2, "rows": "3, 4"}).text("fr") == "lignes 3, 4"
    assert Message("error.where.rows", {"n": 2, "rows": "3, 4"}).text("en") == "rows 3, 4"
