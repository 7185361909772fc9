"""Numbers and dates as a reader of each language writes them, without the ``locale`` module."""

from __future__ import annotations

import datetime as dt
import math

from impactkit.text.language import Language
from impactkit.text.typography import NARROW

_MINUS = "\u2212"
_MONTHS: dict[Language, tuple[str, ...]] = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def number(value: float, language: Language, *, decimals: int = 0, sign: bool = False) -> str:
    """Write ``value`` with a fixed number of decimals: ``1 234,5`` in French, ``1,234.5`` in English.

    Parameters
    ----------
    value : float
        A finite number.
    language : {"fr", "en"}
    decimals : int
        Decimals kept, rounded half to even as ``format`` does.
    sign : bool
        Write a plus before positive numbers.
    """
    if not math.isfinite(value):
        raise ValueError("only finite numbers are written for readers")
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and any(c in "123456789" for c in text)
    if language == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    prefix = _MINUS if negative else "+" if sign and any(c in "123456789" for c in text) else ""
    return prefix + text


def percent(share: float, language: Language, *, decimals: int = 0) -> str:
    """Write a share between 0 and 1 as a percentage: ``34 %`` in French, ``34%`` in English."""
    text = number(100 * share, language, decimals=decimals)
    return f"{text}{NARROW}%" if language == "fr" else f"{text}%"


def date(value: dt.date, language: Language) -> str:
    """Write a date in full: ``1er mars 2026`` in French, ``1 March 2026`` in English."""
    day = "1er" if language == "fr" and value.day == 1 else str(value.day)
    return f"{day} {_MONTHS[language][value.month - 1]} {value.year}"


def month(number_of_months: float, language: Language) -> str:
    """Write a month counted from year 0 (``year * 12 + month - 1``): ``septembre 2024``."""
    year, index = divmod(int(number_of_months), 12)
    return f"{_MONTHS[language][index]} {year}"


def decimals_for(precision: float) -> int:
    """Return how many decimals show ``precision`` with two significant digits, at most six.

    An estimate is written no finer than its standard error allows.
    """
    if not math.isfinite(precision) or precision <= 0:
        return 2
    return min(6, max(0, 1 - math.floor(math.log10(precision))))
