"""Dates and months as French files write them: day before month, four-digit years."""

from __future__ import annotations

import datetime as dt
import re

_TIME = r"(?:[ t]+\d{1,2} ?[:h].*)?"
_ISO = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){_TIME}")
_FRENCH = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}")
_IN_WORDS = re.compile(r"(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})")
_SHORT_YEAR = re.compile(rf"\d{{1,2}}[-/.](?:\d{{1,2}}|[a-z]+\.?)[-/.]\d{{2}}{_TIME}")
_ISO_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})|((?:19|20)\d{2})(\d{2})")
_FRENCH_MONTH = re.compile(r"(\d{1,2})[-/.](\d{4})")
_MONTH_IN_WORDS = re.compile(r"([a-z]+)\.?[ /-](\d{4})")
_SHORT_YEAR_MONTH = re.compile(r"(?:\d{1,2}|[a-z]+\.?)[ /.-]'?\d{2}")

# Folded: without accents. The first letters that tell a month from any other, in either language.
_MONTHS = {
    1: ("janvier", "janv", "january", "jan"),
    2: ("fevrier", "fevr", "fev", "february", "feb"),
    3: ("mars", "march", "mar"),
    4: ("avril", "avr", "april", "apr"),
    5: ("mai", "may"),
    6: ("juin", "june", "jun"),
    7: ("juillet", "juil", "july", "jul"),
    8: ("aout", "august", "aug"),
    9: ("septembre", "september", "sept", "sep"),
    10: ("octobre", "october", "oct"),
    11: ("novembre", "november", "nov"),
    12: ("decembre", "december", "dec"),
}
_MONTH_NAMES = {name: month for month, names in _MONTHS.items() for name in names}
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100


def date_of(word: str) -> dt.date | str:
    """Read a folded text as a date, or return the code of the problem.

    Examples
    --------
    >>> date_of("01/03/2024")
    datetime.date(2024, 3, 1)
    >>> date_of("31/02/2024")
    'E-DAT-01'
    """
    if match := _ISO.fullmatch(word):
        return _date(*(int(part) for part in match.groups()))
    if match := _FRENCH.fullmatch(word):
        day, month, year = (int(part) for part in match.groups())
        if month > 12 >= day and month <= 31:
            return "E-DAT-02"
        return _date(year, month, day)
    if (match := _IN_WORDS.fullmatch(word)) and match.group(2) in _MONTH_NAMES:
        return _date(int(match.group(3)), _MONTH_NAMES[match.group(2)], int(match.group(1)))
    return "E-DAT-03" if _SHORT_YEAR.fullmatch(word) else "E-DAT-04"


def month_of(word: str) -> int | str:
    """Read a folded text as a month, 12 × year + month − 1, or return the code of the problem.

    Examples
    --------
    >>> month_of("mars 2024") == month_of("2024-03") == 12 * 2024 + 2
    True
    """
    if match := _ISO_MONTH.fullmatch(word):
        year, month = (int(part) for part in match.groups() if part is not None)
        return _month(year, month)
    if match := _FRENCH_MONTH.fullmatch(word):
        return _month(int(match.group(2)), int(match.group(1)))
    if (match := _MONTH_IN_WORDS.fullmatch(word)) and match.group(1) in _MONTH_NAMES:
        return _month(int(match.group(2)), _MONTH_NAMES[match.group(1)])
    if _SHORT_YEAR_MONTH.fullmatch(word):
        return "E-DAT-03"
    day = date_of(word)
    if isinstance(day, str):
        return "E-DAT-05" if day == "E-DAT-04" else day
    return month_number(day)


def month_number(day: dt.date) -> int:
    """Return the month of a date as a number: 12 × year + month − 1."""
    return 12 * day.year + day.month - 1


def _date(year: int, month: int, day: int) -> dt.date | str:
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return "E-DAT-01"
    try:
        return dt.date(year, month, day)
    except ValueError:
        return "E-DAT-01"


def _month(year: int, month: int) -> int | str:
    day = _date(year, month, 1)
    return day if isinstance(day, str) else month_number(day)
