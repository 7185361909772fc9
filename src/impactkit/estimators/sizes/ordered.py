"""Outcomes that only have an order: who is above whom, and the cumulative logit. Array functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import normal_isf, normal_sf, student_isf, student_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.sizes.standardised import Size
from impactkit.text import Message

_STEPS = 100
_GRADIENT = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Superiority:
    """The chance that a treated person is above one compared, ties counting half.

    ``size`` has the interval, ``p_value`` is Brunner and Munzel's test that the chance is one half.
    """

    size: Size
    std_error: float
    df: float
    p_value: float


def probability_of_superiority(*, y1: Floats, y0: Floats, level: float = 0.95) -> Superiority:
    """Estimate ``P(Y1 > Y0) + P(Y1 = Y0)/2``, the effect behind the Wilcoxon-Mann-Whitney test.

    The variance is that of the placements (Brunner & Munzel), with Satterthwaite's degrees of freedom; the
    interval is symmetric on the logit, so that it stays between 0 and 1.

    Parameters
    ----------
    y1, y0 : (n1,) and (n0,) arrays

    Raises
    ------
    EstimationError
        When everybody of a group is above everybody of the other, or nothing varies: no interval then.

    References
    ----------
    Brunner & Munzel (2000), *Biometrical Journal* 42(1). Newcombe (2006), *Stat. Med.* 25(4).
    """
    n1, n0 = len(y1), len(y0)
    above1, above0 = _share_below(y1, others=y0), _share_below(y0, others=y1)
    value = float(above1.mean())
    v1, v0 = float(above1.var(ddof=1)) / n1, float(above0.var(ddof=1)) / n0
    if v1 + v0 <= 0:
        raise EstimationError(Message("groups.error.all_above"))
    error = math.sqrt(v1 + v0)
    df = (v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1))
    margin = float(student_isf((1 - level) / 2, df)) * error / (value * (1 - value))
    centre = math.log(value / (1 - value))
    low, high = (1 / (1 + math.exp(-(centre + side * margin))) for side in (-1, 1))
    return Superiority(
        size=Size(value=value, low=low, high=high),
        std_error=error,
        df=df,
        p_value=float(2 * student_sf(abs(value - 0.5) / error, df)),
    )


def _share_below(y: Floats, *, others: Floats) -> Floats:
    """Return the share of the others below each person, half of those equal counted."""
    ordered = np.sort(others)
    twice = np.searchsorted(ordered, y, side="left") + np.searchsorted(ordered, y, side="right")
    return np.asarray(twice / 2 / len(others))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeLogit:
    """A proportional-odds regression at its maximum.

    Attributes
    ----------
    thresholds : (K - 1,) array
    coef : (p,) array
        Positive when high levels are more frequent.
    covariance : (K - 1 + p, K - 1 + p) array
        Inverse of the observed information, thresholds first.
    log_likelihood : float
    """

    thresholds: Floats
    coef: Floats
    covariance: Floats
    log_likelihood: float


def cumulative_logit(*, y: Floats, X: Floats) -> CumulativeLogit:
    """Fit ``logit P(Y ≤ level j | x) = θ_j - x'β`` by maximum likelihood (Newton).

    Parameters
    ----------
    y : (n,) array
        Ordered levels: any numbers, at least two different.
    X : (n, p) array
        Without a constant.

    Raises
    ------
    EstimationError
        When the likelihood has no maximum: levels are separated by the columns.

    References
    ----------
    McCullagh (1980), *JRSS B* 42(2).
    """
    levels, place = np.unique(y, return_inverse=True)
    cuts = len(levels) - 1
    if cuts < 1:
        raise EstimationError(Message("estimators.error.no_variation"))
    upper, lower = (np.zeros((len(y), cuts)) for _ in range(2))
    inner_up, inner_low = place < cuts, place > 0
    upper[inner_up, place[inner_up]] = 1.0
    lower[inner_low, place[inner_low] - 1] = 1.0
    A, B = np.hstack([upper, -X]), np.hstack([lower, -X])
    share = np.cumsum(np.bincount(place))[:-1] / len(y)
    b = np.concatenate([np.log(share / (1 - share)), np.zeros(X.shape[1])])
    value, gradient, information = _likelihood(b, A, B, inner_up, inner_low)
    for _ in range(_STEPS):
        if np.abs(gradient).max() < _GRADIENT * len(y):
            break
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        for shrink in 0.5 ** np.arange(30):
            found = _likelihood(b + shrink * step, A, B, inner_up, inner_low)
            if found[0] >= value - 1e-12 * abs(value):
                break
        b = b + shrink * step
        value, gradient, information = found
    if not np.abs(gradient).max() < 1e-6 * len(y) or np.abs(b).max() > 25:
        raise EstimationError(Message("estimators.error.no_maximum"))
    return CumulativeLogit(
        thresholds=b[:cuts],
        coef=b[cuts:],
        covariance=np.asarray(np.linalg.inv(information)),
        log_likelihood=value,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeOdds:
    """The odds ratio of being higher, the same at each level, and the test that it is 1 (Wald)."""

    size: Size
    p_value: float


def cumulative_odds(*, y: Floats, treated: Floats, level: float = 0.95) -> CumulativeOdds:
    """Return the odds of treated people being higher over those of the others, by a cumulative logit.

    Parameters
    ----------
    y : (n,) array
        Ordered levels.
    treated : (n,) array
        1 or 0.

    Raises
    ------
    EstimationError
        As `cumulative_logit`.
    """
    fitted = cumulative_logit(y=y, X=treated[:, None])
    coef, error = float(fitted.coef[0]), math.sqrt(fitted.covariance[-1, -1])
    margin = float(normal_isf((1 - level) / 2)) * error
    low, value, high = (math.exp(coef + side * margin) for side in (-1, 0, 1))
    return CumulativeOdds(
        size=Size(value=value, low=low, high=high), p_value=float(2 * normal_sf(abs(coef) / error))
    )


def _likelihood(
    b: Floats, A: Floats, B: Floats, inner_up: np.ndarray, inner_low: np.ndarray
) -> tuple[float, Floats, Floats]:
    """Return the log-likelihood, its gradient and the observed information."""
    up = np.where(inner_up, expit(A @ b), 1.0)
    low = np.where(inner_low, expit(B @ b), 0.0)
    chance = up - low
    if not (chance > 0).all():  # thresholds crossed: refused by the line search
        return -np.inf, np.zeros(len(b)), np.eye(len(b))
    slope_up, slope_low = up * (1 - up), low * (1 - low)
    scores = (slope_up / chance)[:, None] * A - (slope_low / chance)[:, None] * B
    bend_up, bend_low = slope_up * (1 - 2 * up) / chance, slope_low * (1 - 2 * low) / chance
    information = scores.T @ scores - (A.T * bend_up) @ A + (B.T * bend_low) @ B
    return float(np.log(chance).sum()), scores.sum(axis=0), information
