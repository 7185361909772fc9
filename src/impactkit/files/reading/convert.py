"""From the text of a column to values, by what the study says of it.

What cannot be read is told by row, never by value. Nothing is guessed from the most frequent form: a number
or date that can be read in two ways is refused. Each distinct text is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from impactkit.errors import Problem
from impactkit.files.finding import listed
from impactkit.files.fold import clean, fold, fold_clean
from impactkit.files.reading.parse_codes import code_of
from impactkit.files.reading.parse_dates import date_of, month_of
from impactkit.files.reading.parse_numbers import Decimal, is_scientific, numbers_of

Kind = Literal["number", "boolean", "category", "text", "date", "month", "identifier", "postcode", "commune"]

_MOST_ROWS_NAMED = 100
_YES = ("oui", "o", "vrai", "yes", "y", "true", "1")
_NO = ("non", "n", "faux", "no", "false", "0")
_BOOLEANS = {**dict.fromkeys(_YES, 1.0), **dict.fromkeys(_NO, 0.0)}
# A workbook's own true and false are read as VRAI and FAUX; labels may name them in either language.
_CELL_BOOLEANS = {"true": "vrai", "false": "faux"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the texts of a column are read.

    Attributes
    ----------
    kind : str
        A variable's type, or ``month``, ``identifier``, ``postcode``, or ``commune`` (its INSEE code).
    labels : mapping of str to value
        Texts of the file and what they mean; other texts are read in the ordinary way.
    categories : tuple of str or None
        Values permitted of a category; ``None`` permits those of ``labels``, or any without labels.
    missing : tuple of str
        Texts that mean "no answer", besides the empty one.
    decimal : str or None
        The decimal sign, when it is known; else a number that can be read in two ways is refused.
    """

    kind: Kind
    labels: Mapping[str, str | bool | float] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    decimal: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Converted:
    """The values of a column and what could not be read.

    Attributes
    ----------
    array : ndarray
        One value per row: float for numbers, booleans (0 or 1) and months (12 × year + month − 1), missing
        as NaN; ``datetime64[D]`` for dates, missing as NaT; object for texts, missing as ``None``.
    problems : tuple of Problem
    """

    array: npt.NDArray[Any] = field(repr=False)
    problems: tuple[Problem, ...]


def convert_column(
    texts: pd.Series,
    reading: Reading,
    *,
    rows: npt.NDArray[np.int64],
    column: str,
    file: str,
    sheet: str | None = None,
) -> Converted:
    """Read a text column.

    Parameters
    ----------
    texts : Series of str
    reading : Reading
    rows : ndarray of int
        Row number of each text, as a spreadsheet shows it.
    column, file, sheet : str
        Where the column is, for problems.

    Returns
    -------
    Converted
        Missing values stand in place of what could not be read.
    """
    return convert_words(distinct(texts), reading, rows=rows, column=column, file=file, sheet=sheet)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distinct:
    """The texts of a column, each one once.

    Attributes
    ----------
    words : list of str
        Distinct texts, with single plain spaces and none at either end.
    folded : list of str
        The same, folded.
    codes : ndarray of int
        For each row, the position of its text.
    """

    words: list[str] = field(repr=False)
    folded: list[str] = field(repr=False)
    codes: npt.NDArray[np.intp] = field(repr=False)


def distinct(texts: pd.Series) -> Distinct:
    """Return the texts of a column, each one once."""
    codes, uniques = pd.factorize(texts)
    found = np.asarray(uniques, dtype=object)
    column = pa.array(found, type=pa.large_string())
    # Signs of plain ASCII without a space are clean, and folded all at once: a million identifiers are.
    words = found.tolist()
    folded = pc.ascii_lower(pc.replace_substring(column, "`", "'")).to_pylist()
    for i in np.flatnonzero(pc.match_substring_regex(column, r"[^!-~]")):
        words[i] = clean(words[i])
        folded[i] = fold_clean(words[i])
    return Distinct(words=words, folded=folded, codes=codes)


def convert_words(
    texts: Distinct,
    reading: Reading,
    *,
    rows: npt.NDArray[np.int64],
    column: str,
    file: str,
    sheet: str | None = None,
) -> Converted:
    """Read a text column of which each text is known once; see `convert_column`."""
    read = _read(texts, reading)
    codes = texts.codes
    problems = []
    for code in sorted(set(read.faults) - {""}):
        at = rows[np.array([fault == code for fault in read.faults])[codes]]
        problems.append(
            Problem(
                code=code,
                params={"allowed": listed(_allowed(reading))} if code == "E-MOD-01" else {},
                file=file,
                sheet=sheet,
                column=column,
                rows=tuple(int(row) for row in at[:_MOST_ROWS_NAMED]),
            )
        )
    return Converted(array=read.array[codes], problems=tuple(problems))


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """One value and one fault (a code, or ``""``) per distinct word."""

    array: npt.NDArray[Any]
    faults: list[str]


def _read(texts: Distinct, reading: Reading) -> _Read:
    """Set aside missing words, match labels, and read the rest by its kind."""
    missing = {"", *(fold(token) for token in reading.missing)}
    exact = {clean(label): value for label, value in reading.labels.items()}
    folded = {_key(label): value for label, value in reading.labels.items()}
    words = texts.words
    values = np.full(len(words), _MISSING[reading.kind], dtype=_DTYPES[reading.kind])
    faults = [""] * len(words)
    rest = []
    for i, (word, plain) in enumerate(zip(words, texts.folded, strict=True)):
        if plain in missing:
            continue
        key = _CELL_BOOLEANS.get(plain, plain)
        if word in exact or key in folded:
            values[i] = exact.get(word, folded.get(key))
        else:
            rest.append(i)
    read = _READERS[reading.kind]([words[i] for i in rest], reading)
    values[rest] = read.array
    for i, fault in zip(rest, read.faults, strict=True):
        if fault:
            faults[i], values[i] = fault, _MISSING[reading.kind]
    return _Read(values, faults)


def _key(word: str) -> str:
    folded = fold(word)
    return _CELL_BOOLEANS.get(folded, folded)


def _numbers(words: list[str], reading: Reading) -> _Read:
    return _Read(*numbers_of(words, decimal=reading.decimal))


def _booleans(words: list[str], reading: Reading) -> _Read:
    # Where digits have labels (1 = yes, 2 = no), a digit without one has no meaning.
    known = {
        word: value
        for word, value in _BOOLEANS.items()
        if not (word.isdigit() and any(label.strip().isdigit() for label in reading.labels))
    }
    read = [known.get(fold(word)) for word in words]
    return _each(read, fault="E-BOO-01", dtype=np.float64)


def _categories(words: list[str], reading: Reading) -> _Read:
    permitted = _permitted(reading)
    if permitted is None:
        return _texts(words, reading)
    by_key = {fold(category): category for category in permitted}
    return _each([by_key.get(fold(word)) for word in words], fault="E-MOD-01", dtype=object)


def _texts(words: list[str], reading: Reading) -> _Read:
    return _each(words, fault="", dtype=object)


def _identifiers(words: list[str], reading: Reading) -> _Read:
    values = np.array(words, dtype=object)
    return _Read(values, ["E-NUM-02" if is_scientific(word) else "" for word in words])


def _dates(words: list[str], reading: Reading) -> _Read:
    read = [date_of(fold(word)) for word in words]
    values = np.array([day if not isinstance(day, str) else None for day in read], dtype="datetime64[D]")
    return _Read(values, [day if isinstance(day, str) else "" for day in read])


def _months(words: list[str], reading: Reading) -> _Read:
    read = [month_of(fold(word)) for word in words]
    values = np.array([month if not isinstance(month, str) else np.nan for month in read], dtype=np.float64)
    return _Read(values, [month if isinstance(month, str) else "" for month in read])


def _postcodes(words: list[str], reading: Reading) -> _Read:
    return _each([code_of(fold(word), kind="postcode") for word in words], fault="E-COD-02", dtype=object)


def _communes(words: list[str], reading: Reading) -> _Read:
    return _each([code_of(fold(word), kind="commune") for word in words], fault="E-COD-02", dtype=object)


def _each(read: Iterable[object], *, fault: str, dtype: type) -> _Read:
    """Return values with a fault wherever one is ``None``."""
    values = list(read)
    return _Read(np.array(values, dtype=dtype), [fault if value is None else "" for value in values])


def _permitted(reading: Reading) -> tuple[str, ...] | None:
    if reading.categories is not None:
        return reading.categories
    return tuple(str(value) for value in reading.labels.values()) or None


def _allowed(reading: Reading) -> list[str]:
    """Return what a category may be in the file: the study's own words, so they can be shown."""
    return list(dict.fromkeys([*reading.labels, *(_permitted(reading) or ())]))


_READERS: Mapping[Kind, Callable[[list[str], Reading], _Read]] = {
    "number": _numbers,
    "boolean": _booleans,
    "category": _categories,
    "text": _texts,
    "date": _dates,
    "month": _months,
    "identifier": _identifiers,
    "postcode": _postcodes,
    "commune": _communes,
}
_DTYPES: Mapping[Kind, Any] = {
    "number": np.float64,
    "boolean": np.float64,
    "category": object,
    "text": object,
    "date": "datetime64[D]",
    "month": np.float64,
    "identifier": object,
    "postcode": object,
    "commune": object,
}
_MISSING: Mapping[Kind, Any] = {
    "number": np.nan,
    "boolean": np.nan,
    "category": None,
    "text": None,
    "date": np.datetime64("NaT"),
    "month": np.nan,
    "identifier": None,
    "postcode": None,
    "commune": None,
}
