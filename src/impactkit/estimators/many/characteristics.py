"""Characteristics of the people of many actions, and the columns of a regression, action by action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impactkit.cohort.frame import as_covariate
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.many.people import People
from impactkit.estimators.many.segments import Bools, Segments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Characteristic:
    """A characteristic of P people: numbers (NaN when not known), or codes of levels (-1 when not known).

    Attributes
    ----------
    name : str
    numbers : (P,) array or None
    codes : (P,) array of int or None
    levels : tuple of str
        In alphabetical order; empty for numbers.
    """

    name: str
    numbers: Floats | None = None
    codes: Codes | None = None
    levels: tuple[str, ...] = ()

    @property
    def known(self) -> Bools:
        """Whether each person's value is known."""
        if self.numbers is not None:
            return ~np.isnan(self.numbers)
        assert self.codes is not None
        return self.codes >= 0

    def of(self, people: Codes | slice) -> Characteristic:
        """Return that of these people alone."""
        return replace(
            self,
            numbers=None if self.numbers is None else self.numbers[people],
            codes=None if self.codes is None else self.codes[people],
        )


def characteristics_of(people: People) -> tuple[Characteristic, ...]:
    """Read the characteristics, as `cohort_from_frame` does."""
    return tuple(_read(column, people.described_known) for column in people.described)


def _read(column: pd.Series, known: Bools | None) -> Characteristic:
    name, values = str(column.name), as_covariate(column)
    if pd.api.types.is_numeric_dtype(column):
        numbers = np.asarray(values, dtype=float)
        return Characteristic(
            name=name, numbers=numbers if known is None else np.where(known, numbers, np.nan)
        )
    codes, found = pd.factorize(values)
    # Two values that are written alike are one level.
    texts, merged = np.unique(np.array([str(value) for value in found], dtype=object), return_inverse=True)
    codes = np.append(merged, -1)[codes] if len(found) else codes
    if known is not None:
        codes = np.where(known, codes, -1)
    return Characteristic(name=name, codes=np.asarray(codes, dtype=np.intp), levels=tuple(texts))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Columns of a regression: X is (P, p), and ``active`` (A, p) tells those that an action has.

    A column that an action does not have is zero for its people.
    """

    X: Floats
    active: Bools

    def with_number(self, values: Floats, active: Bools, segments: Segments) -> Columns:
        """Return these columns and one more, of the actions that have it."""
        column = np.where(segments.spread(active), values, 0.0)
        return Columns(X=np.column_stack([self.X, column]), active=np.column_stack([self.active, active]))


def regression_columns(
    characteristics: Sequence[Characteristic], *, segments: Segments, treated: Bools
) -> Columns:
    """Write characteristics as columns; all values are known.

    A category has, in each action, one column per level found there, less the most frequent among
    beneficiaries (the first in alphabetical order when equal): as `columns_of` does one by one.
    """
    columns, active = [], []
    for item in characteristics:
        if item.numbers is not None:
            columns.append(item.numbers[:, None])
            active.append(np.ones((segments.sizes.size, 1), dtype=bool))
        else:
            X, found = _dummies(item, segments, treated)
            columns.append(X)
            active.append(found)
    nothing = np.empty((treated.size, 0)), np.empty((segments.sizes.size, 0), dtype=bool)
    return Columns(X=np.hstack([nothing[0], *columns]), active=np.hstack([nothing[1], *active]))


def present_levels(item: Characteristic, segments: Segments, people: Bools) -> tuple[Codes, Codes, Codes]:
    """Return the pairs of an action and a level found among ``people``, and the pair of each person.

    Returns
    -------
    action, level : (M,) arrays of int
    pair : (P,) array of int
        -1 for those not among ``people`` or whose level is not known.
    """
    assert item.codes is not None
    n = max(len(item.levels), 1)
    keys = np.where(people & item.known, segments.codes * n + item.codes, -1)
    pair, found = pd.factorize(keys, sort=True)
    missing = int(len(found) > 0 and found[0] < 0)
    return found[missing:] // n, found[missing:] % n, np.asarray(pair - missing, dtype=np.intp)


def _dummies(item: Characteristic, segments: Segments, treated: Bools) -> tuple[Floats, Bools]:
    action, _, pair = present_levels(item, segments, np.ones(treated.size, dtype=bool))
    levels = np.bincount(action, minlength=segments.sizes.size)
    first = np.cumsum(levels) - levels
    among = np.bincount(pair, weights=treated, minlength=action.size)
    frequent = np.lexsort((np.arange(action.size), -among, action))
    reference = frequent[np.minimum(first, max(action.size - 1, 0))]
    position = np.arange(action.size) - first[action]
    slot = position - (np.arange(action.size) > reference[action])
    slot[reference[levels > 0]] = -1
    width = max(int(levels.max(initial=0)) - 1, 0)
    X = np.zeros((treated.size, width))
    of_person = slot[pair]
    rows = np.flatnonzero(of_person >= 0)
    X[rows, of_person[rows]] = 1.0
    return X, np.arange(width) < (levels - 1)[:, None]
