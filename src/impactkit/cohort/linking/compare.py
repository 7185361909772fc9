"""How far two rows agree, field by field: levels of agreement that weights are learnt for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.process import cpdist

from impactkit.cohort.linking.fields import Codes, Fields, Name

Levels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

MISSING = 0
EXACT = 1

# Likeness of two names by Jaro and Winkler, from 0 to 1.
_NEAR, _ALIKE = 0.92, 0.84


class Field(NamedTuple):
    """A field compared, and the share of one person's pairs expected at each level before any data is seen.

    ``prior`` starts with the level `EXACT`; pairs with a missing value are left out.
    """

    name: str
    prior: tuple[float, ...]


# Levels of names: equal; one is part of the other; one letter apart or near; alike; different.
LAST = Field("last_name", (0.90, 0.03, 0.03, 0.005, 0.035))
FIRST = Field("first_name", (0.93, 0.02, 0.03, 0.005, 0.015))
# Of dates: equal; day and month turned; day or month wrong; year wrong; only the year; different.
BIRTH = Field("birth_date", (0.95, 0.01, 0.015, 0.01, 0.005, 0.01))
SEX = Field("sex", (0.98, 0.02))
# Of postcodes: equal; same département; different.
POSTCODE = Field("postcode", (0.85, 0.10, 0.05))
# Of phones: equal; one digit apart; different.
PHONE = Field("phone", (0.75, 0.02, 0.23))
EMAIL = Field("email", (0.85, 0.15))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Levels of agreement of p pairs on k fields.

    Attributes
    ----------
    fields : tuple of Field
    levels : (k, p) array of int
        `MISSING` (0), `EXACT` (1), then weaker and weaker.
    swapped : (p,) array of bool
        Whether the names agree better with one's last name held against the other's first name.
    """

    fields: tuple[Field, ...]
    levels: Levels
    swapped: npt.NDArray[np.bool_]


def compare(fields: Fields, left: Codes, right: Codes) -> Compared:
    """Compare the rows ``left`` of the first file and ``right`` of the second, pair by pair.

    Parameters
    ----------
    fields : Fields
    left, right : (p,) arrays of int
        Positions in each file.
    """
    a, b = left, right + fields.n_left
    last = _name_levels(fields.last, fields.last, a, b)
    first = _name_levels(fields.first, fields.first, a, b)
    swapped, crossed = _crossed(fields, a, b, last, first)
    found = [
        (LAST, np.where(swapped, crossed[0], last)),
        (FIRST, np.where(swapped, crossed[1], first)),
        (BIRTH, _date_levels(fields, a, b)),
    ]
    if fields.sex is not None:
        found.append((SEX, _equal(fields.sex, a, b)))
    if fields.postcode is not None:
        found.append((POSTCODE, _postcode_levels(fields, fields.postcode, a, b)))
    if fields.phone is not None:
        found.append((PHONE, _phone_levels(fields, fields.phone, a, b)))
    if fields.email is not None:
        found.append((EMAIL, _equal(fields.email, a, b)))
    return Compared(
        fields=tuple(field for field, _ in found),
        levels=np.array([levels for _, levels in found], dtype=np.int8),
        swapped=swapped,
    )


def _equal(codes: Codes, a: Codes, b: Codes) -> Levels:
    out = np.where(codes[a] == codes[b], EXACT, 2)
    out[(codes[a] < 0) | (codes[b] < 0)] = MISSING
    return out.astype(np.int8)


def _name_levels(of_a: Name, of_b: Name, a: Codes, b: Codes) -> Levels:
    """Return the levels of names; each couple of different names is compared once."""
    code_a, code_b = of_a.codes[a], of_b.codes[b]
    out = np.full(a.size, EXACT, dtype=np.int8)
    out[(code_a < 0) | (code_b < 0)] = MISSING
    apart = np.flatnonzero((code_a != code_b) & (out != MISSING))
    if apart.size:
        m = of_a.names.size
        low, high = np.minimum(code_a[apart], code_b[apart]), np.maximum(code_a[apart], code_b[apart])
        couples, again = np.unique(low * m + high, return_inverse=True)
        out[apart] = _couple_levels(of_a, couples // m, couples % m)[again]
    return out


def _couple_levels(name: Name, x: Codes, y: Codes) -> Levels:
    text_x, text_y = name.joined[x].tolist(), name.joined[y].tolist()
    likeness = cpdist(text_x, text_y, scorer=JaroWinkler.similarity, dtype=np.float32)
    out = np.full(x.size, 5, dtype=np.int8)
    out[likeness >= _ALIKE] = 4
    letters = np.full(x.size, 9, dtype=np.int8)
    close = np.flatnonzero(likeness >= 0.75)
    letters[close] = cpdist(
        [text_x[i] for i in close],
        [text_y[i] for i in close],
        scorer=DamerauLevenshtein.distance,
        score_cutoff=2,
        dtype=np.int8,
    )
    long = np.minimum(_lengths(name)[x], _lengths(name)[y]) >= 4
    out[(likeness >= _NEAR) | ((letters <= 1) & long)] = 3
    for i, (p, q) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        words_x, words_y = name.words[p], name.words[q]
        if words_x <= words_y or words_y <= words_x or text_x[i] == text_y[i]:
            out[i] = 2
    out[[i for i in range(x.size) if text_x[i] == text_y[i]]] = EXACT
    return out


def _lengths(name: Name) -> Codes:
    """Return the number of letters of each name."""
    return np.array([len(text) for text in name.joined], dtype=np.intp)


def _crossed(
    fields: Fields, a: Codes, b: Codes, last: Levels, first: Levels
) -> tuple[npt.NDArray[np.bool_], tuple[Levels, Levels]]:
    """Say where names agree only when swapped, and the levels then."""
    different = np.flatnonzero((last >= 4) & (first >= 4))
    crossed = last.copy(), first.copy()
    crossed[0][different] = _name_levels(fields.last, fields.first, a[different], b[different])
    crossed[1][different] = _name_levels(fields.first, fields.last, a[different], b[different])
    swapped = np.zeros(a.size, dtype=bool)
    both = (crossed[0][different] <= 3) & (crossed[1][different] <= 3)
    swapped[different] = both & (crossed[0][different] > MISSING) & (crossed[1][different] > MISSING)
    return swapped, crossed


def _date_levels(fields: Fields, a: Codes, b: Codes) -> Levels:
    same_year = fields.year[a] == fields.year[b]
    same_month = fields.month[a] == fields.month[b]
    same_day = fields.day[a] == fields.day[b]
    turned = same_year & (fields.day[a] == fields.month[b]) & (fields.month[a] == fields.day[b])
    out = np.full(a.size, 6, dtype=np.int8)
    out[same_year] = 5
    out[same_month & same_day] = 4
    out[same_year & (same_month | same_day)] = 3
    out[turned] = 2
    out[same_year & same_month & same_day] = EXACT
    out[(fields.year[a] == 0) | (fields.year[b] == 0)] = MISSING
    return out


def _postcode_levels(fields: Fields, codes: Codes, a: Codes, b: Codes) -> Levels:
    _, department = np.unique([str(text)[:2] for text in fields.postcodes] or [""], return_inverse=True)
    out = _equal(codes, a, b)
    apart = out == 2
    elsewhere = department[codes[a[apart]]] != department[codes[b[apart]]]
    out[np.flatnonzero(apart)[elsewhere]] = 3
    return out


def _phone_levels(fields: Fields, codes: Codes, a: Codes, b: Codes) -> Levels:
    listed = [list(str(text).ljust(9).encode()) for text in fields.phones] or [[0] * 9]
    digits = np.array(listed, dtype=np.uint8)
    out = _equal(codes, a, b)
    apart = np.flatnonzero(out == 2)
    differing = (digits[codes[a[apart]]] != digits[codes[b[apart]]]).sum(axis=1)
    out[apart[differing > 1]] = 3
    return out
