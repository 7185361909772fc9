"""The interval when a difference in trends is smooth: fixed-length intervals (see `trend_bounds`)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import optimize, special

from impactkit.estimators.inference.distributions import normal_isf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.trends.restricted import PathCoefficients


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
    z = float(normal_isf((1 - level) / 2))
    if t == 0:
        return z * sd
    return sd * float(
        optimize.brentq(
            lambda c: special.ndtr(c - t) - special.ndtr(-c - t) - level, t, t + z + 1, xtol=1e-13
        )
    )
