"""Which links are made without anybody looking, and which somebody must decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.cohort.linking.compare import (
    BIRTH,
    EMAIL,
    EXACT,
    FIRST,
    LAST,
    MISSING,
    PHONE,
    POSTCODE,
    SEX,
    Compared,
    Field,
    Floats,
)
from impactkit.cohort.linking.fields import Codes

Bools = npt.NDArray[np.bool_]

# A link made without anybody looking: at least this probable, and its odds this many times those of any other
# link of the same row.
AUTOMATIC = 0.99
_AHEAD = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Pairs that may be one person.

    Attributes
    ----------
    left, right : (p,) arrays of int
    odds : (p,) array
        Logarithms.
    sure : (p,) array of bool
        Whether the pair may be linked without anybody looking, however probable the link is.
    same : (p,) array of bool
        Whether it is also found again: by the same phone or e-mail, or at the same postcode without another
        phone.
    """

    left: Codes
    right: Codes
    odds: Floats
    sure: Bools
    same: Bools

    def keep(self, kept: Bools) -> Pairs:
        """Return these pairs only."""
        return Pairs(
            left=self.left[kept],
            right=self.right[kept],
            odds=self.odds[kept],
            sure=self.sure[kept],
            same=self.same[kept],
        )


def judged(compared: Compared, left: Codes, right: Codes, odds: Floats) -> Pairs:
    """Tell what forbids a link without anybody looking.

    First names that differ, or only look alike with another sex: twins. Dates with no more than a year in
    common. Without both dates, neither phone nor e-mail the same. Another last name or none, and neither
    phone, e-mail nor postcode the same.
    """

    def level(field: Field) -> np.ndarray:
        if field not in compared.fields:
            return np.zeros(left.size, dtype=np.int8)
        return np.asarray(compared.levels[compared.fields.index(field)])

    last, first, birth = level(LAST), level(FIRST), level(BIRTH)
    reached = (level(PHONE) == EXACT) | (level(EMAIL) == EXACT)
    found = reached | ((level(POSTCODE) == EXACT) & (level(PHONE) < 3))
    sure = (first < 5) & (first != MISSING) & (birth < 5)
    sure &= (birth != MISSING) | reached
    known = (last < 5) & (last != MISSING)
    sure &= known | found | (level(POSTCODE) == EXACT)
    sure &= (first < 3) | (level(SEX) < 2)
    return Pairs(left=left, right=right, odds=odds, sure=sure, same=sure & found)


def automatic(pairs: Pairs) -> Bools:
    """Tell the links that nobody needs to look at: of each row, one at most.

    Such a link is the best of both its rows, well ahead of the next. Another pair that is also found again is
    no rival but a second record of the same person: the better of the two is linked.
    """
    same = pairs.same
    certain = pairs.sure & (pairs.odds >= np.log(AUTOMATIC / (1 - AUTOMATIC)))
    ahead = certain.copy()
    for rows in (pairs.left, pairs.right):
        rivals = np.where(same, _best_other(rows, pairs.odds, ~same), _best_other(rows, pairs.odds, None))
        ahead &= pairs.odds >= rivals + np.log(_AHEAD)
        ahead &= ~same | _is_first(rows, np.where(same, pairs.odds, -np.inf))
    return np.asarray(ahead)


def best_of_row(rows: Codes, odds: Floats) -> Bools:
    """Tell whether each pair is the best of its row, or as good but for rounding."""
    best = np.full(int(rows.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(best, rows, odds)
    return np.asarray(odds >= best[rows] - 1e-6)


def _best_other(rows: Codes, odds: Floats, among: Bools | None) -> Floats:
    """Return the best odds of each pair's row: among some, or among all but the pair itself."""
    best = np.full(int(rows.max(initial=-1)) + 1, -np.inf)
    if among is not None:
        np.maximum.at(best, rows[among], odds[among])
        return np.asarray(best[rows])
    np.maximum.at(best, rows, odds)
    first = _is_first(rows, odds)
    second = np.full(best.size, -np.inf)
    np.maximum.at(second, rows[~first], odds[~first])
    return np.where(first, second[rows], best[rows])


def _is_first(rows: Codes, odds: Floats) -> Bools:
    """Tell whether each pair is the best of its row; the first of those that are equal."""
    order = np.lexsort((-odds, rows))
    first = np.zeros(rows.size, dtype=bool)
    first[order[np.diff(rows[order], prepend=-1) != 0]] = True
    return first
