"""Who belongs to each priority public, and how the belonging is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.calendar import MAJORITY, age_at, as_days
from impactkit.cohort.codes import first_row, people_of
from impactkit.cohort.rows import BIRTH, ENTERED, ENTRY, PERIOD
from impactkit.files.density import DensityGrid
from impactkit.files.model import Public, PublicRule
from impactkit.text import Message

PUBLICS: tuple[Public, ...] = get_args(Public)
Floats = npt.NDArray[np.float64]


def public_column(public: str) -> str:
    """Return the column of the panel that holds 1 for who belongs to a public, 0 for who does not."""
    return f"_public_{public}"


def definition_of(public: Public, rules: Mapping[Public, PublicRule]) -> Message:
    """Return the written definition of a public, by the study's rules: a grid of density is named."""
    rule = rules.get(public)
    if rule is None or rule.grid is None:
        return Message(f"public.definition.{public}")
    # A year is no quantity: its thousands are not parted.
    return Message(f"public.definition.rural_grid_{rule.grid.levels}", {"cog": str(rule.grid.cog)})


def belongs(values: pd.Series, rule: PublicRule, grid: DensityGrid | None = None) -> Floats:
    """Return 1 where a value means yes, 0 where it means no, NaN where it is not known."""
    if grid is not None:
        return grid.tells(values)
    if rule.below is not None:
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isnan(numbers), np.nan, numbers < rule.below)
    if values.dtype != object and pd.api.types.is_numeric_dtype(values):
        yes = values.isin([float(value) for value in rule.yes if isinstance(value, bool)])
    else:
        yes = values.isin(list(rule.yes))
    return np.where(values.isna(), np.nan, yes.to_numpy(dtype=float))


def is_child(birth: npt.NDArray[np.datetime64], entered: npt.NDArray[np.datetime64]) -> Floats:
    """Return 1 for who enters before the day of majority, 0 for who does not, NaN where a date is unknown."""
    age = age_at(birth, entered)
    return np.where(np.isnan(age), np.nan, age < MAJORITY)


def told_by(
    rules: Mapping[Public, PublicRule], rows: pd.DataFrame, grids: Mapping[Public, DensityGrid]
) -> dict[str, pd.Series]:
    """Return, by column of a public, what the rows of the files say by the study's rules."""
    return {
        public_column(public): pd.Series(
            belongs(rows[rule.variable], rule, grids.get(public)), index=rows.index
        )
        for public, rule in rules.items()
        if rule.variable in rows
    }


def with_publics(rows: pd.DataFrame, told: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the rows with the publics of each person, as at the earliest of her rows that tells them.

    Children are told by dates of birth and entry when nothing else tells them.

    Parameters
    ----------
    rows : DataFrame
        With `UNIT` and `PERIOD`; with `BIRTH` and the day of entry on all rows of a person, if known.
    told : mapping of str to Series
        By column of a public: 1, 0 or NaN.
    """
    known: dict[str, npt.NDArray[np.float64]] = {}
    if told:
        people = people_of(rows)
        # A public is a matter of entry: the earliest time speaks first.
        order = np.argsort(rows[PERIOD].to_numpy(dtype=float), kind="stable")
        for name, values in told.items():
            in_order = values.to_numpy(dtype=float)[order]
            first = first_row(~np.isnan(in_order), people[order])[people]
            known[name] = np.where(first >= 0, in_order[first], np.nan)
    entry = ENTERED if ENTERED in rows else ENTRY
    if public_column("children") not in known and BIRTH in rows and _holds_days(rows, entry):
        birth, entered = (as_days(rows[name].to_numpy()) for name in (BIRTH, entry))
        known[public_column("children")] = is_child(birth, entered)
    return rows.assign(**known)


def _holds_days(rows: pd.DataFrame, name: str) -> bool:
    return name in rows and pd.api.types.is_datetime64_any_dtype(rows[name])
