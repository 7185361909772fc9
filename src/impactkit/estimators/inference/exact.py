"""Tests and intervals for the change of a few people, counted over all possibilities: arrays in, results out.

A draw that does as well as what was observed counts, with a tolerance for rounding; what was observed is one
of the draws: a p-value that is counted is never zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import even_cdf, normal_isf, normal_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.text import Message

Zeros = Literal["wilcoxon", "pratt"]

# Two sums, each of at most 2^15 subsets, cover every sign of 30 changes in a few milliseconds.
ENUMERATED_SIGNS = 30
# Beyond, the sums of ranks follow the normal law to more digits than anyone reads.
ENUMERATED_RANKS = 200
DRAWS = 9_999
# Sums of the same changes in another order differ by rounding, about 1e-16 of their size.
_TIE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactTest:
    """A two-sided test that the centre of changes is zero, and the centres that it does not refuse.

    ``low`` or ``high`` is infinite when so few changes cannot bound the centre at that level. ``exact`` is
    false when signs were drawn or the normal law used.
    """

    value: float
    p_value: float
    low: float
    high: float
    exact: bool


def sign_flip(
    *, change: Floats, size: Floats | None = None, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> ExactTest:
    """Test that a mean change is zero by turning round the sign of changes, and invert the test.

    If changes are symmetric around m, each ``d_i - m`` could as well have had the other sign. With F the set
    of changes turned round, the sum after is at least the one observed when the mean of F is at most m: the
    one-sided p-value of m is ``(1 + #{F: mean of F ≤ m}) / M`` with M the number of sets (the empty one,
    that is what was observed, counts), the two-sided p-value its double (at most 1), which is the share of
    sets with ``|sum| ≥ |sum observed|``. The interval of level ``1 - α`` is closed and runs between the
    ``⌊M α/2⌋``-th smallest and largest mean of a set (Hartigan 1969): zero is outside exactly when
    ``p ≤ α``.

    All ``2^n`` sets are counted up to 30 changes that are not zero, in two halves; beyond, ``draws`` sets,
    each with its complement, and what was observed: ``p = (b + 1) / (draws + 1)``.

    Parameters
    ----------
    change : (n,) array
        Changes, or sums of the changes of each cluster, or changes times weights.
    size : (n,) array, optional
        Positive: the number of people, or weight, behind each; by default 1. Means are ``Σ change / Σ size``.
    level : float
    draws, seed : int

    Raises
    ------
    EstimationError
        When there is no change at all, or fewer than two changes.

    References
    ----------
    Fisher (1935), *The Design of Experiments*, §21. Hartigan (1969), *JASA* 64(328).
    """
    change = np.asarray(change, dtype=float)
    size = np.ones_like(change) if size is None else np.asarray(size, dtype=float)
    _refuse_nothing(change)
    tolerance = _TIE * float(np.abs(change).sum())
    value = float(change.sum() / size.sum())
    exact = len(change) <= ENUMERATED_SIGNS
    count = _count_all if exact else _drawn_sets(draws, seed)
    share, low, high = count(change, size, 1 - level, tolerance)
    near = tolerance / float(size.sum())
    return ExactTest(
        value=value,
        p_value=1.0 if abs(value) <= near else min(1.0, 2 * share),
        low=0.0 if abs(low) <= near else low,
        high=0.0 if abs(high) <= near else high,
        exact=exact,
    )


def _count_all(change: Floats, size: Floats, alpha: float, tolerance: float) -> tuple[float, float, float]:
    """Return the one-sided p-value and both ends, from all sets."""
    sets = 2 ** len(change)
    rank = math.floor(sets * alpha / 2 + 1e-9)
    toward = change if change.sum() >= 0 else -change
    low, high = _enumerated_end(change, size, rank), -_enumerated_end(-change, size, rank)
    return _sets_below(toward, tolerance) / sets, low, high


def _drawn_sets(
    draws: int, seed: int
) -> Callable[[Floats, Floats, float, float], tuple[float, float, float]]:
    """Return the same from sets drawn, their complements, and what was observed with its complement."""

    def count(change: Floats, size: Floats, alpha: float, tolerance: float) -> tuple[float, float, float]:
        flipped = (np.random.default_rng(seed).random((draws, len(change))) < 0.5).astype(float)
        sums, sizes = (
            np.concatenate([part, whole - part, [whole]])
            for part, whole in ((flipped @ change, change.sum()), (flipped @ size, size.sum()))
        )
        some = sizes > 0
        means, empty = sums[some] / sizes[some], int((~some).sum())
        sets = 2 * (draws + 1)
        rank = math.floor(sets * alpha / 2 + 1e-9) - empty
        beyond = 1 + int(((sums if change.sum() >= 0 else -sums) <= tolerance).sum())
        return beyond / sets, _ordered_end(means, rank), -_ordered_end(-means, rank)

    return count


def _refuse_nothing(change: Floats) -> None:
    if len(change) < 2:
        raise EstimationError(Message("estimators.error.too_few_treated"))
    if not np.any(change):
        raise EstimationError(Message("estimators.error.no_variation"))


def _subset_sums(values: Floats) -> Floats:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums


def _sets_below(values: Floats, bound: float) -> int:
    """Count the subsets, the empty one too, with a sum of at most ``bound``, from the sums of two halves."""
    half = len(values) // 2
    first, second = np.sort(_subset_sums(values[:half])), _subset_sums(values[half:])
    return int(np.searchsorted(first, bound - second, side="right").sum())


def _enumerated_end(change: Floats, size: Floats, rank: int) -> float:
    """Return the ``rank``-th smallest mean of a non-empty subset, by halving; minus infinity for rank 0.

    The number of subsets with ``Σ(change - m size) ≤ 0`` steps up by one as m passes the mean of a subset.
    """
    if rank < 1:
        return -math.inf
    means = change / size
    low, high = float(means.min()), float(means.max())
    if _sets_below(change - low * size, 0.0) - 1 >= rank:
        return low
    while True:
        middle = low + (high - low) / 2
        if not low < middle < high:
            return high
        if _sets_below(change - middle * size, 0.0) - 1 >= rank:
            high = middle
        else:
            low = middle


def _ordered_end(values: Floats, rank: int) -> float:
    if rank < 1:
        return -math.inf
    return float(np.partition(values, rank - 1)[rank - 1])


def signed_rank(*, change: Floats, zeros: Zeros = "wilcoxon", level: float = 0.95) -> ExactTest:
    """Wilcoxon's signed-rank test, with the Hodges-Lehmann estimate and its interval.

    The statistic is the sum of the ranks of ``|d|`` over the changes that are positive. Equal ``|d|`` share
    the mean of their ranks. Changes that are zero are left out before ranking (``zeros="wilcoxon"``) or
    after (``"pratt"``). Given the ranks, each sign was as likely as the other: all sums are counted up to
    200 changes that are not zero, beyond the normal law with the variance of the ranks themselves
    (``Σ r²/4``) is used, without continuity correction.

    The estimate is the median of the means of all pairs of changes ``(d_i + d_j)/2``, i ≤ j, zeros included
    (a zero is a change like another; it is special only for the hypothesis that the centre is zero). The
    interval is closed, between the c-th smallest and largest of them, with c from the law without ties: its
    level is at least the one asked for when there are ties. With ties or zeros the test and the interval
    may therefore differ at the margin.

    Parameters
    ----------
    change : (n,) array
    zeros : {"wilcoxon", "pratt"}
    level : float

    Raises
    ------
    EstimationError
        When there is no change at all, or fewer than two changes.

    References
    ----------
    Wilcoxon (1945), *Biometrics Bulletin* 1(6). Pratt (1959), *JASA* 54(287). Hodges & Lehmann (1963), *Ann.
    Math. Stat.* 34(2). Pratt & Gibbons (1981), *Concepts of Nonparametric Theory*, ch. 3, for ties.
    """
    change = np.asarray(change, dtype=float)
    _refuse_nothing(change)
    n = len(change)
    low, high = _walsh_interval(change, level)
    moved = change != 0
    if zeros == "wilcoxon":
        ranks, positive = ranks_of_size(change[moved]), change[moved] > 0
    else:
        ranks, positive = ranks_of_size(change)[moved], change[moved] > 0
    exact = len(ranks) <= ENUMERATED_RANKS
    return ExactTest(
        value=_walsh_median(np.sort(change)),
        p_value=_rank_sum_p(ranks, positive),
        low=low,
        high=high,
        exact=exact and n <= ENUMERATED_RANKS,
    )


def ranks_of_size(change: Floats) -> Floats:
    """Rank ``|d|``, changes that differ by rounding alone being equal."""
    distance = np.abs(change)
    order = np.argsort(distance, kind="stable")
    steps = np.diff(distance[order], prepend=distance[order[0]]) > _TIE * distance.max()
    groups = np.empty(len(change), dtype=np.intp)
    groups[order] = np.cumsum(steps)
    people = np.bincount(groups)
    # Equal ones share the mean of their ranks.
    return np.asarray((np.cumsum(people) - (people - 1) / 2)[groups])


def _rank_sum_p(ranks: Floats, positive: npt.NDArray[np.bool_]) -> float:
    observed = float(ranks[positive].sum())
    centre = float(ranks.sum()) / 2
    if len(ranks) > ENUMERATED_RANKS:
        z = abs(observed - centre) / math.sqrt(float(ranks @ ranks) / 4)
        return float(2 * normal_sf(z))
    law = sum_law(np.rint(2 * ranks).astype(np.intp))
    lower = round(2 * min(observed, 2 * centre - observed))
    return min(1.0, 2 * float(law[: lower + 1].sum()))


def sum_law(values: npt.NDArray[np.intp], p: float = 0.5) -> Floats:
    """Return the law of the sum of integers each taken with probability p, or left."""
    law = np.zeros(int(values.sum()) + 1)
    law[0] = 1.0
    top = 0
    for value in np.sort(values):
        top += int(value)
        taken = np.zeros(top + 1)
        taken[value:] = law[: top + 1 - value]
        law[: top + 1] = (1 - p) * law[: top + 1] + p * taken
    return law


def _walsh_interval(change: Floats, level: float) -> tuple[float, float]:
    n, alpha = len(change), 1 - level
    if n <= ENUMERATED_RANKS:
        cumulative = np.cumsum(sum_law(np.arange(1, n + 1)))
        rank = int((cumulative <= alpha / 2 + 1e-12).sum())
    else:
        centre, sd = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        rank = math.floor(centre - float(normal_isf(alpha / 2)) * sd)
    if rank < 1:
        return -math.inf, math.inf
    ordered = np.sort(change)
    return pair_mean(ordered, rank), -pair_mean(-ordered[::-1], rank)


def _walsh_median(ordered: Floats) -> float:
    pairs = len(ordered) * (len(ordered) + 1) // 2
    return (pair_mean(ordered, (pairs + 1) // 2) + pair_mean(ordered, pairs // 2 + 1)) / 2


def pair_mean(ordered: Floats, rank: int) -> float:
    """Return the ``rank``-th smallest ``(d_i + d_j)/2``, i ≤ j: never all of them at once when n is large."""
    n = len(ordered)
    if n <= 500:
        i, j = np.triu_indices(n)
        return float(np.partition((ordered[i] + ordered[j]) / 2, rank - 1)[rank - 1])
    low, high = float(ordered[0]), float(ordered[-1])
    while True:
        middle = low + (high - low) / 2
        if not low < middle < high:
            return high
        # Pairs with i ≤ j: half of the ordered pairs and of the diagonal.
        pairs = int(np.searchsorted(ordered, 2 * middle - ordered, side="right").sum())
        alone = int(np.searchsorted(ordered, middle, side="right"))
        if (pairs + alone) // 2 >= rank:
            high = middle
        else:
            low = middle


def sign_test(*, change: Floats, level: float = 0.95) -> ExactTest:
    """Test that as many go up as down; the median change with its interval.

    Changes that are zero are left out of the test; the interval (closed, of at least this level, whatever the
    law of changes) runs between order statistics of all changes.

    Raises
    ------
    EstimationError
        When there is no change at all, or fewer than two changes.
    """
    change = np.asarray(change, dtype=float)
    _refuse_nothing(change)
    up, down = int((change > 0).sum()), int((change < 0).sum())
    n = len(change)
    ordered = np.sort(change)
    rank = int((even_cdf(np.arange(n), n) <= (1 - level) / 2 + 1e-12).sum())
    return ExactTest(
        value=float(np.median(change)),
        p_value=binomial_half(min(up, down), up + down),
        low=float(ordered[rank - 1]) if rank else -math.inf,
        high=float(ordered[n - rank]) if rank else math.inf,
        exact=True,
    )


def binomial_half(fewer: int, n: int) -> float:
    """Return the two-sided p-value of so few among n when one half is expected."""
    return min(1.0, 2 * float(even_cdf(fewer, n)))
