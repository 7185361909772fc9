"""The interval when trends diverge no more than before, times a number (see `trend_bounds`).

It inverts the hybrid of the conditional and least favourable tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.trends.restricted import PathCoefficients

Bools = npt.NDArray[np.bool_]

# Share of the error rate that the hybrid test spends on its first stage (Andrews, Roth & Pakes).
_FIRST_STAGE = 0.1
# Values tried across a set before the ends are refined; the sets are one or two intervals.
_TRIED = 2001


@dataclass(frozen=True, slots=True)
class _Moments:
    """The tests of one largest move: rows of ``tests`` applied to ``(r - theta, m)``.

    ``r`` is the estimated effect, ``m`` the estimated move of ``delta`` taken to be the largest before.
    """

    tests: Floats
    r: float
    m: float
    sigma: Floats


def relative_interval(path: PathCoefficients, *, bound: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval when moves after entry are at most ``bound`` times the largest one before.

    The set is a union: for each period before entry and each sign, the one in which that move is the
    largest. In each, the values of the effect kept are those that the hybrid of the conditional and least
    favourable tests of Andrews, Roth and Pakes does not reject, using the inequalities after entry; the
    interval runs from the lowest to the highest value kept in any.

    The inequalities are ``±(delta_t - delta_{t-1}) <= Mbar m`` for each period after entry. The other
    effects are free, so that only combinations in which they vanish can be tested: with
    ``w_t = sum_{s >= t} l_s``, they are ``±(r - theta) <= Mbar sum|w_t| m`` and ``m >= 0``, each divided by
    the sum of the standard errors of what it combines. The linear programmes of the paper then have
    these vertices only, and the least favourable critical value is an integral in the plane: nothing is
    drawn at random.

    Parameters
    ----------
    path : PathCoefficients
        With at least one period before entry.
    bound : float
        Mbar; 0 for parallel trends.
    level : float

    Returns
    -------
    low, high : float
    """
    lows, highs = [], []
    for move in _moves(path):
        moments = _moments(path, move, bound)
        ends = _kept_ends(moments, alpha=1 - level)
        if ends is not None:
            lows.append(ends[0])
            highs.append(ends[1])
    return (min(lows), max(highs))


def relative_breakdown(path: PathCoefficients, *, level: float = 0.95, most: float, step: float) -> float:
    """Return how large moves after entry may be, in largest moves before, before "no effect" is accepted.

    The largest Mbar at which the test of `relative_interval` refuses an effect of zero whichever move before
    entry is the largest. It needs that one value of the effect, not the whole interval.

    Parameters
    ----------
    path : PathCoefficients
        With at least one period before entry.
    level : float
    most : float
        The largest Mbar tried, returned when zero is refused there still.
    step : float
        The answer is rounded down to a multiple of it. 0 when zero is not even refused for parallel trends.
    """
    steps = round(most / step)
    # The moves that seem largest bind first: most others are then tried once.
    for move in sorted(_moves(path), key=lambda move: -float(move @ path.beta)):
        if _refuses_zero(path, move, bound=steps * step, level=level):
            continue
        low, high = 0, steps
        while high - low > 1:
            middle = (low + high) // 2
            if _refuses_zero(path, move, bound=middle * step, level=level):
                low = middle
            else:
                high = middle
        steps = low
        if steps == 0:
            break
    return round(steps * step, 10)


def _refuses_zero(path: PathCoefficients, move: Floats, *, bound: float, level: float) -> bool:
    moments, first = _moments(path, move, bound), _FIRST_STAGE * (1 - level)
    statistic = float((moments.tests @ [moments.r, moments.m]).max())
    if statistic <= 0:
        return False
    # The critical value of the first stage is a root: it is sought only where it may not be passed.
    if _below(moments, statistic) > 1 - first:
        return True
    cut = _least_favourable(moments, first)
    return not _not_rejected(moments, np.zeros(1), cut=cut, alpha=1 - level)[0]


def _moves(path: PathCoefficients) -> Iterator[Floats]:
    """Yield plus and minus each move of ``beta`` before entry, the last one up to the reference period."""
    for i in range(path.n_before):
        move = np.zeros(len(path.beta))
        move[i] = -1.0
        if i + 1 < path.n_before:
            move[i + 1] = 1.0
        yield move
        yield -move


def _moments(path: PathCoefficients, move: Floats, bound: float) -> _Moments:
    k, n = path.n_before, path.n_after
    weights = np.cumsum(path.target[::-1])[::-1]
    effect = np.concatenate([np.zeros(k), path.target])
    moves = np.zeros((n, k + n))
    moves[:, k:] = np.eye(n) - np.eye(n, k=-1)
    plus, minus = (
        np.sqrt(np.einsum("ij,jk,ik->i", rows, path.sigma, rows))
        for rows in (moves - bound * move, -moves - bound * move)
    )
    up = np.where(weights > 0, plus, minus) @ np.abs(weights)
    down = np.where(weights > 0, minus, plus) @ np.abs(weights)
    total = float(np.abs(weights).sum())
    tests = [[1 / up, -bound * total / up], [-1 / down, -bound * total / down]]
    if bound > 0:
        tests += [[0.0, -2 * bound / size] for size in plus + minus]
    pair = np.vstack([effect, move])
    return _Moments(
        np.array(tests), float(effect @ path.beta), float(move @ path.beta), pair @ path.sigma @ pair.T
    )


def _kept_ends(moments: _Moments, *, alpha: float) -> tuple[float, float] | None:
    """Return the lowest and highest values kept, or ``None`` when all are rejected.

    Values that pass the first stage are tried from end to end, then both ends are refined.
    """
    cut = _least_favourable(moments, _FIRST_STAGE * alpha)
    low, high = (moments.r - (cut - row[1] * moments.m) / row[0] for row in moments.tests[:2])
    if low >= high:  # m so far below zero that no value passes the first stage
        return None
    thetas = np.linspace(low, high, _TRIED)
    kept = _not_rejected(moments, thetas, cut=cut, alpha=alpha)
    if not kept.any():
        return None
    first, last = int(kept.argmax()), _TRIED - 1 - int(kept[::-1].argmax())

    def refine(inside: float, outside: float) -> float:
        for _ in range(40):
            middle = (inside + outside) / 2
            if _not_rejected(moments, np.array([middle]), cut=cut, alpha=alpha)[0]:
                inside = middle
            else:
                outside = middle
        return inside

    lowest = thetas[first] if first == 0 else refine(thetas[first], thetas[first - 1])
    highest = thetas[last] if last == _TRIED - 1 else refine(thetas[last], thetas[last + 1])
    return (float(lowest), float(highest))


def _not_rejected(moments: _Moments, thetas: Floats, *, cut: float, alpha: float) -> Bools:
    """Test each value of the effect."""
    size = (1 - _FIRST_STAGE) * alpha / (1 - _FIRST_STAGE * alpha)
    x = np.column_stack([moments.r - thetas, np.full(len(thetas), moments.m)])
    values = x @ moments.tests.T
    worst = values.argmax(axis=1)
    statistic = values.max(axis=1)
    kept = statistic <= 0
    for vertex in np.unique(worst[~kept]):
        at = (worst == vertex) & ~kept & (statistic <= cut)
        kept[at] = _conditional(moments, x[at], vertex=int(vertex), cut=cut) >= size
    return np.asarray(kept)


def _conditional(moments: _Moments, x: Floats, *, vertex: int, cut: float) -> Floats:
    """Return the conditional p-values, given that ``vertex`` is the worst and the first stage passed.

    With the part s of x that is independent of the statistic and ``x = s + d statistic``, another test t is
    below it when ``t's <= (1 - t'd) statistic``: bounds between which the statistic is normal.
    """
    row = moments.tests[vertex]
    sd = float(row @ moments.sigma @ row) ** 0.5
    d = moments.sigma @ row / sd**2
    statistic = x @ row
    rest = x - statistic[:, None] * d
    lower, upper = np.full(len(x), -np.inf), np.full(len(x), cut)
    for other in np.delete(moments.tests, vertex, axis=0):
        slack = 1 - float(other @ d)
        if abs(slack) < 1e-12:
            continue
        limit = rest @ other / slack
        if slack > 0:
            lower = np.maximum(lower, limit)
        else:
            upper = np.minimum(upper, limit)
    return _tail(statistic / sd, np.minimum(lower, statistic) / sd, np.maximum(upper, statistic) / sd)


def _tail(value: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return ``P(Z > value | lower < Z < upper)`` for a standard normal Z, far in the tails too."""

    def log_between(a: Floats, b: Floats) -> Floats:
        flip = a + b > 0
        low, high = np.where(flip, -b, a), np.where(flip, -a, b)
        log_high = special.log_ndtr(high)
        with np.errstate(divide="ignore"):
            return np.asarray(log_high + np.log(-np.expm1(special.log_ndtr(low) - log_high)))

    with np.errstate(invalid="ignore"):
        ratio = np.exp(log_between(value, upper) - log_between(lower, upper))
    return np.asarray(np.where(np.isnan(ratio), 0.0, ratio))


def _least_favourable(moments: _Moments, alpha: float) -> float:
    """Return the ``1 - alpha`` quantile of the largest test when every mean is zero."""
    return float(optimize.brentq(lambda cut: _below(moments, cut) - (1 - alpha), 1e-6, 40.0, xtol=1e-12))


def _below(moments: _Moments, cut: float) -> float:
    """Return the probability that the largest test is below ``cut`` when every mean is zero.

    Given m, the two tests of the effect bound r between two lines; the others bound m from below.
    """
    sd_m = moments.sigma[1, 1] ** 0.5
    slope = moments.sigma[0, 1] / moments.sigma[1, 1]
    sd_r = max(moments.sigma[0, 0] - slope * moments.sigma[0, 1], 0.0) ** 0.5
    up, down, others = moments.tests[0], moments.tests[1], moments.tests[2:, 1]
    nodes, node_weights = _gauss_nodes()
    start = -9.0
    if others.size:
        start = max(start, float((cut / others).max()) / sd_m)
    z = start + (9.0 - start) * (nodes + 1) / 2
    m = z * sd_m
    high = (cut - up[1] * m) / up[0] - slope * m
    low = (cut - down[1] * m) / down[0] - slope * m
    inside = np.clip(special.ndtr(high / sd_r) - special.ndtr(low / sd_r), 0, None)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return float((node_weights * inside * density).sum() * (9.0 - start) / 2)


@cache
def _gauss_nodes() -> tuple[Floats, Floats]:
    """Return the nodes and weights of a quadrature on [-1, 1]."""
    return np.polynomial.legendre.leggauss(200)
