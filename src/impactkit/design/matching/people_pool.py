"""The people of a design as arrays to match: those whose characteristics are all known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.covariates import Floats, columns_of
from impactkit.design.design import Design
from impactkit.design.logit import Link
from impactkit.design.matching.scores import Score, propensity
from impactkit.design.matching.strata import exact_strata, with_both
from impactkit.errors import DesignError
from impactkit.text import Message

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """People who can be matched, as arrays of one length n and in one order.

    Attributes
    ----------
    units : DataFrame
        One row per person: ``treated`` and the characteristics, none missing.
    on : tuple of str
        What they are made alike on.
    score_on : tuple of str
        What their score is estimated from.
    treated : (n,) array of bool
    weights : (n,) array or None
        Sampling weights.
    strata : (n,) array of int or None
        Only people of one stratum can be matched; -1 where it has one group only.
    """

    units: pd.DataFrame
    on: tuple[str, ...]
    score_on: tuple[str, ...]
    treated: Bools
    weights: Floats | None
    strata: Ints | None

    @property
    def inside(self) -> Bools:
        """Whether each is in a stratum with both groups."""
        return np.ones(len(self.units), bool) if self.strata is None else self.strata >= 0

    def score(self, link: Link) -> Score:
        """Return the chances of being a beneficiary, of the people in this order."""
        X = self._matrix(self.score_on)
        return propensity(X=X, treated=self.treated, weights=self.weights, link=link)

    def numbers(self, name: str) -> Floats:
        """Return a characteristic as numbers; text has none."""
        if not pd.api.types.is_numeric_dtype(self.units[name]):
            raise ValueError(f"caliper_on={name!r}: a caliper is on numbers, use exact for a category")
        return self.units[name].to_numpy(dtype=float)

    def levels(self) -> tuple[Floats, tuple[str, ...]]:
        """Return all characteristics, one column per number and per level, and their names."""
        columns = columns_of(self.units, self.on)
        return np.column_stack([column.numbers for column in columns]), tuple(item.name for item in columns)

    def for_distances(self) -> Floats:
        """Return the same, levels divided by √2: a category of two levels weighs as a yes/no one."""
        columns = columns_of(self.units, self.on)
        scales = (1.0 if column.level is None else 0.5**0.5 for column in columns)
        return np.column_stack([column.numbers * s for column, s in zip(columns, scales, strict=True)])

    def constant(self) -> tuple[str, ...]:
        """Name the characteristics that are the same for everyone."""
        return tuple(name for name in self.on if self.units[name].nunique() < 2)

    def _matrix(self, names: Sequence[str]) -> Floats:
        columns = columns_of(self.units, tuple(names), drop_reference=True)
        return np.column_stack([np.empty((len(self.units), 0)), *(column.numbers for column in columns)])

    def restricted(self, kept: Bools) -> Pool:
        """Return some of the people."""
        return replace(
            self,
            units=self.units[kept],
            treated=self.treated[kept],
            weights=None if self.weights is None else self.weights[kept],
            strata=None if self.strata is None else self.strata[kept],
        )


def everyone(design: Design, names: Iterable[str]) -> pd.DataFrame:
    """Return the people of a design, before any matching, with these characteristics before entry.

    The outcome's name stands for the outcome before entry. Nothing measured after entry is read.

    Raises
    ------
    ValueError
        When the cohort has no such characteristic.
    DesignError
        When an outcome is named and the design has no time before.
    """
    names = tuple(dict.fromkeys(names))
    known = design.cohort.variables
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"not in the cohort: {', '.join(unknown)}")
    outcomes = {item.variable for item in design.cohort.outcomes}
    if not design.has_baseline:
        for name in names:
            if name in outcomes:
                raise DesignError(Message("matching.error.outcome_without_before", {"name": name}))
    covariates = tuple(name for name in names if name != design.outcome)
    units = replace(design, comparable=None, covariates=covariates).units()
    if design.outcome in names:
        units[design.outcome] = units["baseline"]
    return units


def pool_of(
    units: pd.DataFrame,
    *,
    on: tuple[str, ...],
    score_on: tuple[str, ...],
    exact: tuple[str, ...],
    others: tuple[str, ...] = (),
    seed: int | None,
) -> tuple[Pool, Ints]:
    """Keep the people whose characteristics are all known.

    Parameters
    ----------
    units : DataFrame
        As `everyone` returns it.
    on, score_on, exact : tuple of str
    others : tuple of str
        What must be known as well.
    seed : int or None
        Take people in an order drawn with it; that of ``units`` by default.

    Returns
    -------
    pool : Pool
    places : (n,) array of int
        Where its people stand in ``units``.

    Raises
    ------
    DesignError
        When nobody is left in a group.
    """
    needed = list(dict.fromkeys((*on, *score_on, *exact, *others)))
    known = units[needed].notna().all(axis=1).to_numpy()
    places = np.flatnonzero(known)
    if seed is not None:
        places = np.random.default_rng(seed).permutation(places)
    people = units.iloc[places]
    treated = people["treated"].to_numpy()
    for group, key in ((treated, "nobody_treated"), (~treated, "nobody_compared")):
        if not group.any():
            raise DesignError(Message(f"matching.error.{key}", {"n": int((~known).sum())}))
    strata = None
    if exact:
        strata = with_both(exact_strata([_plain(people[name]) for name in exact]), treated)
        if not (strata >= 0).any():
            raise DesignError(Message("matching.error.no_common_stratum"))
    pool = Pool(
        units=people,
        on=on,
        score_on=score_on,
        treated=treated,
        weights=people["weight"].to_numpy(dtype=float) if "weight" in people else None,
        strata=strata,
    )
    return pool, places


def _plain(values: pd.Series) -> np.ndarray:
    """Return numbers as numbers and anything else as text, to be compared for equality."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float)
    return values.astype(str).to_numpy(dtype=str)
