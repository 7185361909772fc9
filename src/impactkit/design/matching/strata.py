"""Strata: people alike on everything, alike once numbers are put in bins, or with close scores."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def exact_strata(columns: Sequence[npt.ArrayLike]) -> Ints:
    """Return the stratum of each person, 0, 1, …: people equal on all columns.

    Parameters
    ----------
    columns : sequence of (n,) arrays
        Numbers or text, without missing values.
    """
    codes = np.zeros(len(np.asarray(columns[0])), dtype=np.int64)
    for column in columns:
        levels = np.unique(np.asarray(column), return_inverse=True)[1]
        pairs = codes * (levels.max() + 1) + levels
        codes = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return codes


def sturges_bins(x: Floats) -> Ints:
    """Put numbers in ``ceil(log2(n) + 1)`` bins of equal width from least to largest (Sturges)."""
    bins = math.ceil(math.log2(len(x)) + 1)
    return np.searchsorted(np.linspace(x.min(), x.max(), bins + 1)[1:-1], x, side="right").astype(np.int64)


def with_both(strata: Ints, treated: Bools) -> Ints:
    """Return strata numbered again, -1 for people of those that have only one of the two groups."""
    known = strata >= 0
    codes = np.full(len(strata), -1, dtype=np.int64)
    size = int(strata.max(initial=-1)) + 1
    n1 = np.bincount(strata[known & treated], minlength=size)
    n0 = np.bincount(strata[known & ~treated], minlength=size)
    both = (n1 > 0) & (n0 > 0)
    codes[known] = np.where(both, np.cumsum(both) - 1, -1)[strata[known]]
    return codes


def by_stratum(strata: Ints) -> list[Ints]:
    """Return the people of each stratum, in the order given; those of stratum -1 are in none."""
    order = np.argsort(strata, kind="stable")
    order = order[strata[order] >= 0]
    cuts = np.flatnonzero(np.diff(strata[order])) + 1
    return [group for group in np.split(order, cuts) if group.size]


def score_strata(*, score: Floats, treated: Bools, by: Bools, number: int = 6) -> Ints:
    """Cut people into strata at quantiles of a score.

    Parameters
    ----------
    score : (n,) array
    treated : (n,) array of bool
    by : (n,) array of bool
        The people whose quantiles cut: beneficiaries for the effect on them, everyone for that on all.
    number : int
        How many strata. A stratum without one of the groups is given its nearest person of that group from
        the next strata, as R's MatchIt does; there are fewer strata where quantiles are equal.

    Returns
    -------
    (n,) array of int
        0, 1, …
    """
    cuts = np.quantile(score[by], np.arange(1, number) / number)
    strata = np.searchsorted(cuts, score, side="right")
    strata = np.unique(strata, return_inverse=True)[1].astype(np.int64)
    for group in (treated, ~treated):
        _fill(strata, np.flatnonzero(group), score)
    return strata


def _fill(strata: Ints, people: Ints, score: Floats) -> None:
    """Give each stratum that has none of these people one from a stratum beside it."""
    number = int(strata.max()) + 1
    while True:
        counts = np.bincount(strata[people], minlength=number)
        if (counts > 0).all() or len(people) < number:
            return
        empty = int(np.argmin(counts > 0))
        from_left = _from_left(counts, empty)
        beside = range(empty - 1, -1, -1) if from_left else range(empty + 1, number)
        giver = next((s for s in beside if counts[s] > 0), None)
        if giver is None:
            return
        theirs = people[strata[people] == giver]
        nearest = (
            theirs[::-1][np.argmax(score[theirs[::-1]])]
            if from_left
            else theirs[::-1][np.argmin(score[theirs[::-1]])]
        )
        strata[nearest] = empty


def _from_left(counts: Ints, empty: int) -> bool:
    """Tell on which side there are more to give: people to spare over the distance in strata."""
    if empty in (0, len(counts) - 1):
        return empty > 0
    away = np.arange(len(counts)) - empty
    spare = np.where((counts > 1) & (away != 0), counts - 1, 0)
    return bool((spare[away != 0] / away[away != 0]).sum() <= 0)
