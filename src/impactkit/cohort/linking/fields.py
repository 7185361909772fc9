"""What two files say of people, written alike: the arrays that comparisons are made on."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.files.plain_name import PARTICLES, plain_name

Codes = npt.NDArray[np.intp]
Texts = npt.NDArray[np.object_]

_NOT_A_DIGIT = re.compile(r"\D+")
_DATE = re.compile(r"^\s*(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[ T].*)?$")
# A French number without its first 0 or its +33.
_PHONE_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Name:
    """A column of names, coded: the people of both files share one list of names.

    Attributes
    ----------
    codes : (n,) array of int
        Position in ``names``; -1 where the name is missing.
    names : (m,) array of str
        Small letters without accents nor signs, words apart: ``"le goff"``.
    joined : (m,) array of str
        The same in one word: ``"legoff"``.
    words : tuple of frozenset
        The words of each name that are not particles (all, when there are only particles).
    """

    codes: Codes
    names: Texts
    joined: Texts
    words: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fields:
    """What is known of the people of both files, the first file's rows before the second's.

    Attributes
    ----------
    n_left : int
        Rows of the first file.
    last, first : Name
        With one list of names for both, so that swapped names can be seen.
    year, month, day : (n,) arrays of int
        0 where the date is missing.
    sex, postcode, phone, email : (n,) arrays of int or None
        Codes, -1 where missing; ``None`` when the files have no such column.
    postcodes, phones : (m,) arrays of str
        What the codes stand for.
    """

    n_left: int
    last: Name
    first: Name
    year: Codes
    month: Codes
    day: Codes
    sex: Codes | None
    postcode: Codes | None
    phone: Codes | None
    email: Codes | None
    postcodes: Texts
    phones: Texts

    @property
    def n(self) -> int:
        """Rows of both files."""
        return len(self.year)


def names_of(columns: tuple[pd.Series, ...]) -> tuple[Name, ...]:
    """Code columns of names by one list.

    Parameters
    ----------
    columns : tuple of Series of length n
    """
    n = len(columns[0])
    raw, raw_names = _coded(pd.concat(columns))
    plain = np.array([plain_name(name) for name in raw_names], dtype=object)
    names, again = np.unique(plain.astype(str), return_inverse=True)
    of_raw = np.append(np.where(names[again] == "", -1, again), -1) if names.size else np.array([-1])
    codes = of_raw[raw]
    listed = names.astype(object)
    joined = np.array([name.replace(" ", "") for name in listed], dtype=object)
    words = tuple(_words(name) for name in listed)
    return tuple(
        Name(codes=codes[i * n : (i + 1) * n], names=listed, joined=joined, words=words)
        for i in range(len(columns))
    )


def _words(name: str) -> frozenset[str]:
    parts = name.split()
    return frozenset(part for part in parts if part not in PARTICLES and len(part) > 1) or frozenset(parts)


def _coded(column: pd.Series) -> tuple[Codes, Texts]:
    """Return codes, -1 for what is missing or blank, and what they stand for."""
    codes, found = pd.factorize(column)
    texts = np.array([str(value).strip() for value in found], dtype=object)
    blank = np.array([text == "" for text in texts] + [True])
    return np.where(blank[codes], -1, codes).astype(np.intp), texts


def coded_text(column: pd.Series, *, phone: bool = False) -> tuple[Codes, Texts]:
    """Code a column of codes, numbers or addresses, written alike.

    Parameters
    ----------
    column : Series
    phone : bool
        Keep the last nine digits only; fewer is no number.
    """
    raw, texts = _coded(column)
    alike = [_phone(text) if phone else text.casefold().replace(" ", "") for text in texts]
    found, again = np.unique(np.array(alike, dtype=str), return_inverse=True)
    of_raw = np.append(np.where(found[again] == "", -1, again), -1) if found.size else np.array([-1])
    return of_raw[raw].astype(np.intp), found.astype(object)


def _phone(text: str) -> str:
    digits = _NOT_A_DIGIT.sub("", text)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def dates_of(column: pd.Series) -> tuple[Codes, Codes, Codes]:
    """Return year, month and day of a column of dates or of texts, day before month; 0 where unreadable.

    A text may write the year first (``1985-04-03``). A two-digit year says no century: it is not read.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        known = column.notna().to_numpy()
        year, month, day = (
            np.where(known, part.fillna(0), 0).astype(np.intp)
            for part in (column.dt.year, column.dt.month, column.dt.day)
        )
        return year, month, day
    raw, texts = _coded(column)
    read = np.array([_date(text) for text in texts] + [(0, 0, 0)], dtype=np.intp).reshape(-1, 3)[raw]
    return read[:, 0], read[:, 1], read[:, 2]


def _date(text: str) -> tuple[int, int, int]:
    found = _DATE.match(text)
    if found is None:
        return (0, 0, 0)
    first, month, last = (int(part) for part in found.groups())
    year, day = (first, last) if len(found[1]) == 4 else (last, first)
    if year < 1000 or not 1 <= month <= 12 or not 1 <= day <= 31:
        return (0, 0, 0)
    return (year, month, day)
