"""Characteristics as columns of numbers: one per number or yes/no, one per level of a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.rows import Codes, Levels, Rows

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A characteristic as numbers.

    Attributes
    ----------
    name : str
        The variable, or ``"variable: level"`` for a level of a category.
    variable : str
    level : str or None
    numbers : (n,) array
        Missing values are NaN.
    binary : bool
        Whether every known value is 0 or 1.
    """

    name: str
    variable: str
    level: str | None
    numbers: Floats
    binary: bool


def columns_of(
    units: pd.DataFrame, names: Sequence[str], *, drop_reference: bool = False
) -> tuple[Column, ...]:
    """Return the characteristics ``names`` of the people of a design as columns.

    Parameters
    ----------
    units : DataFrame
        As `Design.units` returns it; the column ``treated`` tells the most frequent level.
    names : sequence of str
    drop_reference : bool
        Leave out one level of each category, as a regression with a constant needs: the most frequent among
        beneficiaries (the first in alphabetical order when equal).

    Notes
    -----
    Levels are those present in ``units``, in alphabetical order.
    """
    found: list[Column] = []
    for name in names:
        values = units[name]
        if pd.api.types.is_numeric_dtype(values):
            found.append(column_of_numbers(name, values.to_numpy(dtype=float, na_value=np.nan)))
        else:
            treated = units["treated"].to_numpy() if drop_reference else None
            found.extend(_of_levels(name, Levels.of(values), reference_of=treated))
    return tuple(found)


def columns_at(
    rows: Rows, at: Codes, names: Sequence[str], *, reference_of: Bools | None = None
) -> tuple[Column, ...]:
    """Return `columns_of` for people whose characteristics are read at these rows of a cohort, -1 for none.

    Parameters
    ----------
    rows : Rows
    at : (n,) array of int
    names : sequence of str
    reference_of : (n,) array of bool, optional
        Leave out of each category the level most frequent among these people.
    """
    found: list[Column] = []
    for name in names:
        levels = rows.levels(name)
        if levels is None:
            found.append(column_of_numbers(name, rows.numbers(name, at)))
        else:
            own = Levels(np.where(at < 0, -1, levels.codes[at]), levels.names)
            found.extend(_of_levels(name, own, reference_of=reference_of))
    return tuple(found)


def known_at(rows: Rows, at: Codes, names: Sequence[str]) -> Bools:
    """Tell, of people read at these rows of a cohort, of whom all characteristics are known."""
    known = np.ones(len(at), dtype=bool)
    for name in names:
        levels = rows.levels(name)
        known &= ~np.isnan(rows.numbers(name, at)) if levels is None else (levels.codes[at] >= 0) & (at >= 0)
    return known


def varies_at(rows: Rows, at: Codes, name: str) -> bool:
    """Tell whether a characteristic is not the same for all people read at these rows, missing being one."""
    levels = rows.levels(name)
    values = rows.numbers(name, at) if levels is None else np.where(at < 0, -1, levels.codes[at])
    return not (np.isnan(values).all() or (values == values[:1]).all())


def stacked(columns: Sequence[Column], n: int) -> Floats:
    """Return columns of n people as an (n, p) array."""
    return np.column_stack([np.empty((n, 0)), *(column.numbers for column in columns)])


def column_of_numbers(name: str, values: Floats) -> Column:
    """Return a number or yes/no as a column; missing values are NaN."""
    known = values[~np.isnan(values)]
    binary = known.size > 0 and bool(((known == 0) | (known == 1)).all())
    return Column(name=name, variable=name, level=None, numbers=values, binary=binary)


def _of_levels(name: str, levels: Levels, *, reference_of: Bools | None) -> list[Column]:
    codes = levels.codes
    missing, k = codes < 0, len(levels.names)
    present = np.flatnonzero(np.bincount(codes[~missing], minlength=k))
    reference = -1
    if reference_of is not None and present.size:
        among = np.bincount(codes[~missing & reference_of], minlength=k)
        reference = present[np.argmax(among[present])]
    return [
        Column(
            name=f"{name}: {levels.names[code]}",
            variable=name,
            level=levels.names[code],
            numbers=np.where(missing, np.nan, (codes == code).astype(float)),
            binary=True,
        )
        for code in present
        if code != reference
    ]
