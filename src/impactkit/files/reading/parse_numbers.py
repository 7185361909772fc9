"""Numbers as French and English files write them; what could be read in two ways is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Decimal = Literal[",", "."]

_INTEGER = r"(?:\d+|\d{1,3}(?: \d{3})+)"
# One form per way of writing; the first that matches the whole text is its form.
_FORMS = (
    ("whole", re.compile(_INTEGER)),
    ("comma", re.compile(rf"{_INTEGER}?,\d+")),
    ("point", re.compile(rf"{_INTEGER}?\.\d+")),
    ("point_groups", re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")),
    ("comma_groups", re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}")),
    ("scientific", re.compile(r"\d+(?:[.,]\d+)?[eE][+-]?\d+")),
)
_THREE_AFTER_POINT = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_THREE_AFTER_COMMA = re.compile(r"[1-9]\d{0,2},\d{3}")
_UNIT = re.compile(r" ?(?:€|eur|euros?)$", re.IGNORECASE)
_PERCENT = re.compile(r" ?%$")
_IN_BRACKETS = re.compile(r"\((.+)\)")


@dataclass(frozen=True, slots=True)
class _Form:
    """A text without sign nor unit, and how it writes numbers (``""`` when it is not one)."""

    name: str
    digits: str
    negative: bool
    percent: bool


def numbers_of(
    words: Sequence[str], *, decimal: Decimal | None = None
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Read the distinct texts of a column as numbers.

    Parameters
    ----------
    words : sequence of str
        Texts with plain spaces, none empty.
    decimal : str, optional
        The decimal sign, when it is known: the other one then separates thousands, or is a fault.

    Returns
    -------
    values : ndarray of float
        NaN where the text cannot be read.
    faults : list of str
        ``""``, or the code of the problem: E-NUM-01 (can be read in two ways), E-NUM-03 (not a number),
        E-NUM-04 (with and without a percent sign).

    Examples
    --------
    >>> numbers_of(["1 234,50 €", "−3", "(12)"])[0].tolist()
    [1234.5, -3.0, -12.0]
    """
    forms = [_form(word if decimal is None else _with_comma(word, decimal)) for word in words]
    point_is_decimal = _point_is_decimal(forms)
    comma_is_decimal = not any(form.name == "comma_groups" for form in forms)
    values = np.full(len(forms), np.nan)
    faults = []
    for i, form in enumerate(forms):
        ambiguous = (_is_point_ambiguous(form) and point_is_decimal is None) or (
            _is_comma_ambiguous(form) and not comma_is_decimal
        )
        if form.name and not ambiguous:
            values[i] = _value(form, point_is_decimal=point_is_decimal is not False)
        unread = "E-NUM-01" if ambiguous else "E-NUM-03"
        faults.append("" if np.isfinite(values[i]) else unread)
    return values, _mark_mixed_percents(forms, faults)


def _with_comma(word: str, decimal: Decimal) -> str:
    """Write a number of known decimal sign with a decimal comma and without thousands; else a fault."""
    group = "." if decimal == "," else ","
    whole, sign, rest = word.partition(decimal)
    if group in rest or not re.fullmatch(
        rf"[^{group}]*|[^\d{group}]*\d{{1,3}}(?:\{group}\d{{3}})+\D*", whole
    ):
        return ""
    plain = whole.replace(group, "")
    return f"{plain},{rest}" if sign else plain


def is_scientific(word: str) -> bool:
    """Tell whether a spreadsheet wrote a long number as ``6,5E+08``."""
    return "E+" in word and re.fullmatch(r"\d[.,]\d+E\+\d{2}", word) is not None


def _form(word: str) -> _Form:
    if word.isascii() and word.isdigit():  # most numbers of most files
        return _Form("whole", word, False, False)
    text = word.replace("\u2212", "-")
    percent = _PERCENT.search(text) is not None
    text = _PERCENT.sub("", _UNIT.sub("", text))
    brackets = _IN_BRACKETS.fullmatch(text)
    text = brackets.group(1) if brackets else text
    negative = text.startswith("-")
    if text[:1] in ("-", "+"):
        if brackets:
            return _Form("", "", negative, percent)
        text = text[1:].lstrip()
    name = next((name for name, pattern in _FORMS if pattern.fullmatch(text)), "")
    return _Form(name, text, negative or brackets is not None, percent)


def _is_point_ambiguous(form: _Form) -> bool:
    return form.name == "point" and _THREE_AFTER_POINT.fullmatch(form.digits) is not None


def _is_comma_ambiguous(form: _Form) -> bool:
    return form.name == "comma" and _THREE_AFTER_COMMA.fullmatch(form.digits) is not None


def _point_is_decimal(forms: Sequence[_Form]) -> bool | None:
    """Tell what the point means in a column that writes numbers in one way only; ``None`` when unsure."""
    names = {form.name for form in forms}
    decimal = any(form.name == "point" and not _is_point_ambiguous(form) for form in forms)
    if decimal and not names & {"comma", "point_groups"}:
        return True
    if "point_groups" in names and not decimal:
        return False
    return None


def _value(form: _Form, *, point_is_decimal: bool) -> float:
    digits = form.digits.replace(" ", "")
    if form.name == "point_groups" or (_is_point_ambiguous(form) and not point_is_decimal):
        digits = digits.replace(".", "")
    elif form.name == "comma_groups":
        digits = digits.replace(",", "")
    number = float(digits.replace(",", "."))
    return -number if form.negative else number


def _mark_mixed_percents(forms: Sequence[_Form], faults: list[str]) -> list[str]:
    """Refuse the rarer of the two writings when some numbers have a percent sign and others do not."""
    read = [form.percent for form, fault in zip(forms, faults, strict=True) if not fault]
    if len(set(read)) < 2:
        return faults
    rarer = sum(read) * 2 <= len(read)
    return [
        "E-NUM-04" if not fault and form.percent == rarer else fault
        for form, fault in zip(forms, faults, strict=True)
    ]
