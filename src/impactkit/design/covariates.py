"""Characteristics as columns of numbers: one per number or yes/no, one per level of a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

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
            found.append(_number(name, values.to_numpy(dtype=float, na_value=np.nan)))
        else:
            found.extend(_levels(name, values, units["treated"], drop_reference=drop_reference))
    return tuple(found)


def _number(name: str, values: Floats) -> Column:
    known = values[~np.isnan(values)]
    binary = known.size > 0 and bool(np.isin(known, (0, 1)).all())
    return Column(name=name, variable=name, level=None, numbers=values, binary=binary)


def _levels(name: str, values: pd.Series, treated: pd.Series, *, drop_reference: bool) -> list[Column]:
    missing = values.isna().to_numpy()
    text = values.astype(str).to_numpy(dtype=object)
    levels = sorted(set(text[~missing]))
    reference = None
    if drop_reference and levels:
        among = text[~missing & treated.to_numpy()]
        reference = max(levels, key=lambda level: int((among == level).sum()))
    return [
        Column(
            name=f"{name}: {level}",
            variable=name,
            level=level,
            numbers=np.where(missing, np.nan, (text == level).astype(float)),
            binary=True,
        )
        for level in levels
        if level != reference
    ]
