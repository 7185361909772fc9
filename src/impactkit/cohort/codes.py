"""Rows told apart by number: whose they are, when, and whether they agree. No frame is grouped or sorted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from impactkit.cohort.rows import PERIOD, UNIT

Codes = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


def named(names: Sequence[str], codes: Codes) -> pd.Categorical:
    """Return identifiers as positions among their names, in ascending order: positions compare faster.

    Parameters
    ----------
    names : sequence of str
        Some may stand twice.
    codes : (N,) array of int
        Position of each row's name; -1 where she has none.
    """
    once = pa.array(names, type=pa.large_string()).dictionary_encode()
    order = pc.sort_indices(once.dictionary).to_numpy()
    rank = np.empty(order.size, dtype=np.intp)
    rank[order] = np.arange(order.size)
    # A last -1 for those without a name, whom -1 points at.
    position = np.append(rank[once.indices.to_numpy()], -1)
    ascending = once.dictionary.take(pa.array(order)).to_numpy(zero_copy_only=False)
    return pd.Categorical.from_codes(position[codes], categories=pd.Index(ascending, dtype=object))


def under_the_same_names(units: Sequence[pd.Categorical]) -> list[pd.Categorical]:
    """Return the identifiers of several files as positions among the names of all of them."""
    if len(units) < 2:
        return list(units)
    names = [name for one in units for name in one.categories]
    starts = np.cumsum([0, *(len(one.categories) for one in units)])
    codes = [
        np.where(one.codes < 0, -1, one.codes + start) for one, start in zip(units, starts, strict=False)
    ]
    everyone = named(names, np.concatenate(codes))
    ends = np.cumsum([len(one) for one in units])[:-1]
    return [pd.Categorical.from_codes(part, dtype=everyone.dtype) for part in np.split(everyone.codes, ends)]


def people_of(rows: pd.DataFrame) -> Codes:
    """Return the number of each row's person, from 0 in order of appearance; -1 where she is not named."""
    return np.asarray(pd.factorize(rows[UNIT])[0], dtype=np.intp)


def places_of(rows: pd.DataFrame, people: Codes) -> npt.NDArray[np.int64]:
    """Return a number for each row's person and time."""
    period = pd.factorize(rows[PERIOD])[0] + 1
    return np.asarray(people.astype(np.int64) * (period.max(initial=0) + 1) + period)


def first_row(known: Bools, groups: Codes) -> Codes:
    """Return the first row of each group whose value is known; -1 where none is.

    Parameters
    ----------
    known : (N,) array of bool
        Whether the value of each row is.
    groups : (N,) array of int
        Numbers from 0.
    """
    first = np.full(groups.max(initial=-1) + 1, -1)
    rows = np.flatnonzero(known)[::-1]
    first[groups[rows]] = rows  # the last written is the first row
    return first


def first_known(values: pd.Series, groups: Codes) -> pd.Series:
    """Return on every row the first value known of its group, missing where none is."""
    first = first_row(values.notna().to_numpy(), groups)[groups]
    found = pd.Series(values.array.take(np.maximum(first, 0)), index=values.index)
    return found if (first >= 0).all() else found.where(first >= 0)


def disagreeing(values: pd.Series, groups: Codes) -> Bools:
    """Tell the groups of which two rows say different things; what is missing disagrees with nothing."""
    codes = pd.factorize(values)[0]
    first = first_row(codes >= 0, groups)
    differs = (codes >= 0) & (codes != codes[first[groups]])
    found = np.zeros(first.size, dtype=bool)
    found[groups[differs]] = True
    return found


def repeated(keys: npt.NDArray[np.int64]) -> Bools:
    """Tell the rows whose key another row has too."""
    return np.asarray(pd.Series(keys).duplicated(keep=False))
