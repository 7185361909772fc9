"""Step-down p-values by resampling: Westfall and Young, Romano and Wolf. Array functions.

Effects are differences in means, each on the people whose outcome is known (a column of ``Y`` may be missing
for some: another outcome, or another subgroup). What each resampling needs are counts of how often each
person stands in each group, so that all statistics of all resamplings are a few products of matrices.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.text import Message

Statistic = Literal["max_t", "min_p"]

# All splits are gone through up to this many, else DRAWS are drawn.
ENUMERATED = 20_000
DRAWS = 9_999
# The same statistic summed in another order differs by rounding.
_TIE = 1e-10
# Numbers held at once.
_BLOCK = 20_000_000


def westfall_young(
    *, Y: Floats, treated: npt.NDArray[np.bool_], statistic: Statistic = "max_t", seed: int = 0
) -> Floats:
    """Return the step-down p-values of k differences in means, over permutations of the groups.

    With t the Welch statistics in decreasing order of ``|t|`` and t* those of a permutation, the adjusted
    p-value of the i-th is the share of permutations with ``max_{j ≥ i} |t*_(j)| ≥ |t_(i)|``, then the largest
    of those up to i (``"max_t"``). ``"min_p"`` compares ``min_{j ≥ i} p*_(j)`` with ``p_(i)``, each statistic
    being turned first into its own permutation p-value. The chance of any false finding stays below the
    level, and the dependence between outcomes is used: correlated outcomes cost less than with Holm's rule.

    All permutations are gone through up to 20 000, else 9 999 are drawn, and what was observed counts.

    Parameters
    ----------
    Y : (n, k) array
        NaN where an outcome is not known.
    treated : (n,) array of bool
    statistic : {"max_t", "min_p"}
    seed : int

    Raises
    ------
    EstimationError
        When an outcome does not vary.

    References
    ----------
    Westfall & Young (1993), *Resampling-Based Multiple Testing*, algorithms 2.8 and 4.1. Ge, Dudoit & Speed
    (2003), *Test* 12(1). As R's ``multtest::mt.maxT`` and ``mt.minP``.
    """
    columns = _columns(_centred(Y))
    whole = columns.sum(axis=0)
    blocks = []
    for arms in _permutations(treated, np.random.default_rng(seed)):
        one = arms.astype(float) @ columns
        blocks.append(np.abs(_welch(one, whole - one)[0]))
    values = np.vstack(blocks)
    if statistic == "min_p":
        values = -_shares_at_least(values)
    return _step_down(values)


def romano_wolf(*, Y: Floats, treated: npt.NDArray[np.bool_], draws: int = 999, seed: int = 0) -> Floats:
    """Return the step-down p-values of k differences in means, by the bootstrap.

    People are drawn with replacement in each group; with ``t* = (b* - b)/se*`` centred on what was observed,
    the adjusted p-value of the i-th in decreasing order of ``|t|`` is ``(1 + b)/(draws + 1)`` with b the
    draws where ``max_{j ≥ i} |t*_(j)| ≥ |t_(i)|``, then the largest of those up to i. Unlike permutations, it
    does not suppose that an outcome without effect on the mean has no other.

    Parameters
    ----------
    Y, treated
        As in `westfall_young`.
    draws, seed : int

    Raises
    ------
    EstimationError
        When an outcome does not vary.

    References
    ----------
    Romano & Wolf (2005), *Econometrica* 73(4). Romano & Wolf (2016), *Statistics & Probability Letters* 113.
    """
    rng = np.random.default_rng(seed)
    columns = _columns(_centred(Y))
    arms = [columns[treated], columns[~treated]]
    observed, difference = _welch(*(arm.sum(axis=0, keepdims=True) for arm in arms))
    if not np.isfinite(observed).all():
        raise EstimationError(Message("estimators.error.no_variation"))
    rows = [np.abs(observed)]
    for number in _block_sizes(draws, len(Y)):
        t, b = _welch(*(_drawn_counts(len(arm), number, rng) @ arm for arm in arms))
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.abs((b - difference) * t / b)  # t / b is one over the standard error
        rows.append(np.nan_to_num(moved, nan=0.0, posinf=np.inf))
    return _step_down(np.vstack(rows))


def _drawn_counts(n: int, number: int, rng: np.random.Generator) -> Floats:
    """Return (number, n) counts of how often each of n people is drawn, n times with replacement."""
    drawn = rng.integers(0, n, size=(number, n)) + n * np.arange(number)[:, None]
    return np.bincount(drawn.ravel(), minlength=number * n).reshape(number, n).astype(float)


def _centred(Y: Floats) -> Floats:
    """Centre and scale each column: sums of squares then lose no digits."""
    spread = np.nanstd(Y, axis=0)
    if not (spread > 0).all():
        raise EstimationError(Message("estimators.error.no_variation"))
    return np.asarray((Y - np.nanmean(Y, axis=0)) / spread)


def _columns(Y: Floats) -> Floats:
    """Return what the moments of a group are the sums of: known or not, value, square; (n, 3k)."""
    known = ~np.isnan(Y)
    filled = np.where(known, Y, 0.0)
    return np.hstack([known.astype(float), filled, filled**2])


def _welch(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return the Welch statistics and the differences, (B, k) each, from (B, 3k) sums of `_columns` by group.

    Where no outcome varies, a difference is infinitely many standard errors, and no difference none.
    """
    k = one.shape[1] // 3
    means, variances = [], []
    with np.errstate(divide="ignore", invalid="ignore"):
        for total in (one, other):
            n, s, q = total[:, :k], total[:, k : 2 * k], total[:, 2 * k :]
            means.append(s / n)
            variances.append((q - s**2 / n) / (n - 1) / n)
        difference, variance = means[0] - means[1], variances[0] + variances[1]
        difference = np.where(np.abs(difference) < _TIE, 0.0, difference)
        t = difference / np.sqrt(np.where(variance > _TIE**1.5, variance, 0.0))
    return np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf), difference


def _block_sizes(draws: int, n: int) -> list[int]:
    """Cut draws in blocks that hold no more than `_BLOCK` numbers."""
    step = max(1, _BLOCK // n)
    return [min(step, draws - start) for start in range(0, draws, step)]


def _permutations(
    treated: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield (b, n) groups by blocks, what was observed first."""
    n, n1 = len(treated), int(treated.sum())
    if math.comb(n, n1) <= ENUMERATED:
        chosen = np.array(list(itertools.combinations(range(n), n1)))
        arms = np.zeros((len(chosen), n), dtype=bool)
        arms[np.arange(len(chosen))[:, None], chosen] = True
        first = int(np.flatnonzero((arms == treated).all(axis=1))[0])
        arms[[0, first]] = arms[[first, 0]]
        yield arms
        return
    yield treated[None, :]
    for number in _block_sizes(DRAWS, n):
        yield rng.permuted(np.tile(treated, (number, 1)), axis=1)


def _shares_at_least(values: Floats) -> Floats:
    """Return, by column, the share of rows at least as large as each (its permutation p-value)."""
    ordered = np.sort(values, axis=0)
    found = np.empty_like(values)
    for j in range(values.shape[1]):
        below = np.searchsorted(ordered[:, j], values[:, j] * (1 - _TIE), side="left")
        found[:, j] = (len(values) - below) / len(values)
    return found


def _step_down(values: Floats) -> Floats:
    """Return the step-down shares of rows as large as the first, largest statistic first."""
    order = np.argsort(-values[0], kind="stable")
    sorted_values = values[:, order]
    highest = np.maximum.accumulate(sorted_values[:, ::-1], axis=1)[:, ::-1]
    first = sorted_values[0]
    bound = first * (1 - _TIE * np.sign(first))
    shares = np.maximum.accumulate((highest >= bound).mean(axis=0))
    adjusted = np.empty(values.shape[1])
    adjusted[order] = shares
    return adjusted
