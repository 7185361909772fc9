"""How far the trends may diverge before the conclusion falls: intervals of Rambachan and Roth.

Array functions. ``beta`` holds event-study coefficients, before entry then after, one per period without a
gap; the reference period, just before entry, is left out and is zero. ``delta`` is the part of ``beta`` that
a difference in trends makes; it is unknown, and each interval holds whatever it is within a set:

- smoothness ``M``: its slope changes by at most M from one period to the next;
- relative ``Mbar``: from one period to the next after entry it moves by at most Mbar times its largest move
  before.

References
----------
Rambachan & Roth (2023), *Rev. Econ. Stud.* 90(5): both sets. Armstrong & Kolesár (2018), *Econometrica*
86(2): fixed-length intervals. Andrews, Roth & Pakes (2023), *Rev. Econ. Stud.* 90(6): the hybrid test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special, stats

from impactkit.errors import EstimationError
from impactkit.estimators.linear import Floats
from impactkit.estimators.result import Estimate
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]
Kind = Literal["relative", "smoothness"]
Target = Literal["first", "average"]

_RELATIVE_VALUES = (0.0, 0.5, 1.0, 1.5, 2.0)

# Share of the error rate that the hybrid test spends on its first stage (Andrews, Roth & Pakes).
_FIRST_STAGE = 0.1
# Values tried across a set before the ends are refined; the sets are one or two intervals.
_TRIED = 2001


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCoefficients:
    """Event-study coefficients and what is asked of them.

    Attributes
    ----------
    beta : (n_before + n_after,) array
        Before entry, oldest first, then after.
    sigma : square array
        Covariance of ``beta``.
    n_before : int
    target : (n_after,) array
        Weights of the effects after entry in the effect wanted: 1, 0, 0… for the first.
    """

    beta: Floats
    sigma: Floats
    n_before: int
    target: Floats

    @property
    def n_after(self) -> int:
        """How many periods after entry."""
        return len(self.target)


# --- Smoothness: fixed-length intervals ---------------------------------------------------------------


def smooth_interval(path: PathCoefficients, *, bound: float, level: float = 0.95) -> tuple[float, float]:
    """Return the shortest fixed-length interval when the slope changes by at most ``bound`` a period.

    The estimator is ``v'beta`` with the weights of ``target`` after entry. Write ``delta`` with its slope at
    entry and its changes of slope s: the bias is finite only if the slope has weight zero, and is then at
    most ``M (|u|_1 + c)``, where u are the weights on the changes of slope before entry, free, and c comes
    from those after, fixed by ``target``. For each price of bias, the weights of least variance solve a
    lasso in u; its path is piecewise linear and is followed exactly. The interval kept is, along this path,
    the one whose half-length, the quantile of ``|N(bias, variance)|``, is smallest.

    Parameters
    ----------
    path : PathCoefficients
        With at least one period before entry.
    bound : float
        M, in the outcome's unit per period; 0 for an exactly linear difference in trends.
    level : float

    Returns
    -------
    low, high : float
    """
    base, spread, fixed = _affine_weights(path)
    quadratic = spread.T @ path.sigma @ spread
    linear = spread.T @ path.sigma @ base

    def half_length(u: Floats) -> float:
        v = base + spread @ u
        bias = bound * (fixed + float(np.abs(u).sum()))
        return _folded_quantile(bias, float(v @ path.sigma @ v) ** 0.5, level)

    best_u, best = np.zeros(len(linear)), np.inf
    for start, end in _lasso_segments(quadratic, linear):
        found = optimize.minimize_scalar(
            lambda w, a=start, b=end: half_length(a + w * (b - a)),
            bounds=(0, 1),
            method="bounded",
            options={"xatol": 1e-9},
        )
        for share in (0.0, float(found.x), 1.0):
            u = start + share * (end - start)
            length = half_length(u)
            if length < best:
                best_u, best = u, length
    centre = float((base + spread @ best_u) @ path.beta)
    return (centre - best, centre + best)


def _affine_weights(path: PathCoefficients) -> tuple[Floats, Floats, float]:
    """Return ``base`` and ``spread`` with ``v = base + spread u``, and the fixed part of the bias.

    With ``delta_0 = 0``, the slope b at entry and the changes of slope, ``delta_{-k}`` is
    ``-k b + sum_{j<k} (k - j) s_{-j}`` and ``delta_k`` is ``k b + sum_{0<=j<k} (k - j) s_j``. The weight on
    ``s_{-j}`` is ``u_j = sum_{k>j} (k - j) v_{-k}`` and that on the slope, ``-sum k v_{-k} + sum k l_k``,
    must be zero; both are inverted here.
    """
    k, n = path.n_before, path.n_after
    distance = np.arange(1, k + 1)  # of the periods before, nearest first
    weights_of = np.maximum(distance[None, :] - np.arange(k)[:, None], 0).astype(float)
    inverse = np.linalg.inv(weights_of)  # row 0: the slope's, rows 1…: u_1 …
    after = np.arange(1, n + 1)
    base = np.concatenate([(inverse[:, 0] * (after @ path.target))[::-1], path.target])
    spread = np.vstack([inverse[::-1, 1:], np.zeros((n, k - 1))])
    changes = np.maximum(after[None, :] - np.arange(n)[:, None], 0) @ path.target
    return base, spread, float(np.abs(changes).sum())


def _lasso_segments(quadratic: Floats, linear: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Follow ``min u'Qu/2 + q'u + price |u|_1`` from the price that makes u zero down to zero.

    Yields the ends of each linear piece. A coordinate joins when its gradient reaches the price and leaves
    when it reaches zero.
    """
    u = np.zeros(len(linear))
    if len(linear) == 0 or not np.abs(linear).max() > 0:
        yield u, u
        return
    price = float(np.abs(linear).max())
    active = [int(np.abs(linear).argmax())]
    left = -1
    while price > 0:
        gradient = quadratic @ u + linear
        signs = -np.sign(gradient[active])
        # Per unit of price given up, on the active set Q du = sign.
        step = np.zeros(len(u))
        step[active] = np.linalg.solve(quadratic[np.ix_(active, active)], signs)
        drift = quadratic @ step
        length, event, joins = price, -1, False
        for j in range(len(u)):
            if j in active:
                leave = -u[j] / step[j] if u[j] * step[j] < 0 else np.inf
                if leave < length:
                    length, event, joins = leave, j, False
                continue
            for sign in (1.0, -1.0):  # gradient + t drift = ± (price - t)
                rate = drift[j] + sign
                gap = sign * price - gradient[j]
                # One that has just left stands at its own limit and moves away from it.
                stays = j == left and sign * gradient[j] > 0
                if not stays and rate * gap > 0 and gap / rate < length:
                    length, event, joins = gap / rate, j, True
        end = u + length * step
        if event >= 0 and not joins:
            end[event] = 0.0
        yield u, end
        u, price = end, price - length
        if event < 0:
            return
        left = -1 if joins else event
        active = [*active, event] if joins else [j for j in active if j != event]


def _folded_quantile(bias: float, sd: float, level: float) -> float:
    """Return the quantile of ``|N(bias, sd²)|``."""
    t = bias / sd
    z = float(stats.norm.isf((1 - level) / 2))
    if t == 0:
        return z * sd
    return sd * float(
        optimize.brentq(
            lambda c: special.ndtr(c - t) - special.ndtr(-c - t) - level, t, t + z + 1, xtol=1e-13
        )
    )


# --- Relative magnitudes: hybrid of the conditional and least favourable tests ------------------------


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
    """Return the ``1 - alpha`` quantile of the largest test when every mean is zero.

    Given m, the two tests of the effect bound r between two lines; the others bound m from below.
    """
    sd_m = moments.sigma[1, 1] ** 0.5
    slope = moments.sigma[0, 1] / moments.sigma[1, 1]
    sd_r = max(moments.sigma[0, 0] - slope * moments.sigma[0, 1], 0.0) ** 0.5
    up, down, others = moments.tests[0], moments.tests[1], moments.tests[2:, 1]
    nodes, node_weights = _gauss_nodes()

    def probability(cut: float) -> float:
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

    return float(optimize.brentq(lambda cut: probability(cut) - (1 - alpha), 1e-6, 40.0, xtol=1e-12))


@cache
def _gauss_nodes() -> tuple[Floats, Floats]:
    """Return the nodes and weights of a quadrature on [-1, 1]."""
    return np.polynomial.legendre.leggauss(200)


# --- From an estimate ------------------------------------------------------------------------------------


def honest_did(
    estimate: Estimate,
    *,
    kind: Kind = "relative",
    values: Sequence[float] | None = None,
    target: Target = "first",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the interval of the effect for each divergence of trends that is thought possible.

    An event study supposes that, without the action, those who enter and those compared would have changed
    alike. This tells by how much they may have diverged before the interval holds zero.

    - ``kind="relative"``: from one period to the next after entry, the trends diverge by at most ``value``
      times as much as they ever did before entry. 0 is parallel trends, 1 as much as before.
    - ``kind="smoothness"``: the difference in trends changes slope by at most ``value`` a period. 0 is a
      straight line, prolonged.

    Parameters
    ----------
    estimate : Estimate
        Of `event_study`, by ``"sun_abraham"`` or ``"twfe"``, or of `did` with ``base="universal"`` and
        ``aggregate="dynamic"``: with coefficients before entry, all counted from the last period before it.
    kind : {"relative", "smoothness"}
    values : sequence of float, optional
        Not negative. By default 0, 0.5, 1, 1.5 and 2 for ``relative``; to be given for ``smoothness``, in the
        outcome's unit.
    target : {"first", "average"}
        The effect at the first period after entry, or the plain average of those of the path.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        Columns ``value, conf_low, conf_high``, one row per value, in their order.

    Raises
    ------
    ValueError
        When ``kind`` or ``target`` is not one of those above, a value is negative, or ``values`` is missing
        for ``smoothness``.
    EstimationError
        When the estimate has no coefficient before entry, these are not counted from one same period, or some
        period lacks between the first and the last.

    Notes
    -----
    The estimates are taken as normal with their estimated covariance, as in the article: with few clusters
    the intervals are too narrow.

    References
    ----------
    Rambachan & Roth (2023), *Rev. Econ. Stud.* 90(5). `smooth_interval` and `relative_interval` say how.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}: expected one of {', '.join(get_args(Kind))}")
    if target not in get_args(Target):
        raise ValueError(f"unknown target {target!r}: expected one of {', '.join(get_args(Target))}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    if values is None:
        if kind == "smoothness":
            raise ValueError("give values for kind='smoothness': changes of slope, in the outcome's unit")
        values = _RELATIVE_VALUES
    if any(not 0 <= value < np.inf for value in values):
        raise ValueError("values must be finite and not negative")
    path = path_coefficients(estimate, target=target)
    interval = relative_interval if kind == "relative" else smooth_interval
    rows = [(float(value), *interval(path, bound=float(value), level=level)) for value in values]
    return pd.DataFrame(rows, columns=["value", "conf_low", "conf_high"])


def path_coefficients(estimate: Estimate, *, target: Target = "first") -> PathCoefficients:
    """Return the coefficients of an event study as arrays.

    Raises
    ------
    EstimationError
        When there are none before entry, they have no common reference, or periods are missing.
    """
    times = np.array([effect.event_time for effect in estimate.path], dtype=float)
    before = int((times < 0).sum())
    if estimate.vcov is None or before == 0 or before == len(times):
        raise EstimationError(Message("estimators.error.no_path_before"))
    if -1.0 in times:
        raise EstimationError(Message("estimators.error.moving_reference"))
    if not np.array_equal(np.insert(times, before, -1.0), np.arange(times[0], times[-1] + 1)):
        raise EstimationError(Message("estimators.error.path_with_gaps"))
    after = len(times) - before
    weights = np.full(after, 1 / after) if target == "average" else np.eye(after)[0]
    return PathCoefficients(
        beta=np.array([effect.value for effect in estimate.path]),
        sigma=estimate.vcov,
        n_before=before,
        target=weights,
    )


def detectable_pre_trend(estimate: Estimate, *, power: float = 0.5, level: float = 0.95) -> float:
    """Return the divergence that the coefficients before entry would miss, one time in two by default.

    Seeing no coefficient before entry differ from zero reassures only about divergences that would have
    been seen. This is the slope, per period, of a straight divergence of trends that makes at least one of
    them differ from zero with probability ``power``. Prolonged over the periods after entry, it tells how
    much of the effect a divergence that passes unseen could make.

    Parameters
    ----------
    estimate : Estimate
        As for `honest_did`.
    power : float
        Probability of seeing it; more than that of a false alarm.
    level : float
        Of the intervals of the coefficients.

    Returns
    -------
    float
        Positive, in the outcome's unit per period.

    Raises
    ------
    ValueError
        When ``power`` is not between the probability of a false alarm and 1.
    EstimationError
        As `honest_did`.

    References
    ----------
    Roth (2022), *AER: Insights* 4(3).
    """
    path = path_coefficients(estimate)
    return pre_trend_slope(path, power=power, level=level)


def pre_trend_slope(path: PathCoefficients, *, power: float, level: float = 0.95) -> float:
    """Return the slope at which some coefficient before entry is significant with probability ``power``.

    The probability is ``1 - P(|N(slope t, S)_i| <= z s_i for all i)``. The box is integrated by a randomised
    lattice with a fixed seed: the answer is the same each time.
    """
    sigma = path.sigma[: path.n_before, : path.n_before]
    sd = np.sqrt(np.diag(sigma))
    times = np.arange(-path.n_before, 0.0)  # from the reference period
    reach = float(stats.norm.isf((1 - level) / 2)) * sd
    correlation = sigma / np.outer(sd, sd)

    def seen(slope: float) -> float:
        shift = slope * times
        law = stats.multivariate_normal(np.zeros(len(sd)), correlation, allow_singular=True, seed=0)
        inside = law.cdf((reach - shift) / sd, lower_limit=(-reach - shift) / sd)
        return 1 - float(inside)

    if not seen(0.0) < power < 1:
        raise ValueError("power must lie between the probability of a false alarm and 1")
    top = float((reach / np.abs(times)).min())
    while seen(top) < power:
        top *= 2
    return float(optimize.brentq(lambda slope: seen(slope) - power, 0.0, top, xtol=1e-10 * top, rtol=1e-6))
