"""Means and differences in means of many actions in closed form, with HC2 (= CR2 by person) errors.

For a group with weights w, total W and mean m, ``h_i = w_i / W`` is both the weight of a person in the mean
and her leverage: the variance of the mean is ``Σ (h_i (y_i - m))² / (1 - h_i)``, ``s² / n`` without weights.
They are the numbers of `linear.contrast` for ``y ~ 1`` and ``y ~ 1 + T``, without a regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.estimators.inference.linear import FULL_LEVERAGE, LOAD_TOLERANCE, Floats
from impactkit.estimators.many.refusals import Refusal
from impactkit.estimators.many.segments import Part, Segments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Differences:
    """Estimates of A actions: (A,) arrays, and the actions refused, whose numbers mean nothing."""

    value: Floats
    std_error: Floats
    df: Floats
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """A group in each action, (A,) arrays; ``rests`` is the largest squared load of full leverage, or NaN."""

    n: Floats
    mean: Floats
    variance: Floats
    precision: Floats
    rests: Floats


def plain_means(*, y: Floats, segments: Segments, weights: Floats | None) -> Differences:
    """Estimate the mean of ``y``, with HC2 errors and n - 1 degrees of freedom.

    Parameters
    ----------
    y : (N,) array
    segments : Segments
        None of them of fewer than two rows.
    weights : (N,) array, optional
        Positive.
    """
    group = _group(y, segments, weights)
    return Differences(
        value=group.mean,
        std_error=np.sqrt(group.variance),
        df=group.n - 1,
        refusals=(_rests_on_one(group.rests, 1 / group.precision),),
    )


def plain_differences(
    *, y: Floats, groups: tuple[Part, Part], weights: Floats | None, welch: bool
) -> Differences:
    """Estimate the difference in means of treated and others, with HC2 errors.

    Parameters
    ----------
    y : (N,) array
    groups : (Part, Part)
        The rows of the treated, then those of the others: at least two of each in each segment.
    weights : (N,) array, optional
        Positive.
    welch : bool
        Welch's degrees of freedom; else Bell and McCaffrey's, for which there must be no weights:
        ``(1/n1 + 1/n0)² / (1/(n1² (n1 - 1)) + 1/(n0² (n0 - 1)))``.
    """
    one, zero = (
        _group(y.take(part.rows), part.segments, None if weights is None else weights.take(part.rows))
        for part in groups
    )
    v1, v0 = (one.variance, zero.variance) if welch else (1 / one.n, 1 / zero.n)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing varies: refused by the caller
        df = (v1 + v0) ** 2 / (v1**2 / (one.n - 1) + v0**2 / (zero.n - 1))
    norm = 1 / one.precision + 1 / zero.precision
    return Differences(
        value=one.mean - zero.mean,
        std_error=np.sqrt(one.variance + zero.variance),
        df=df,
        refusals=(_rests_on_one(np.fmax(one.rests, zero.rests), norm),),
    )


def _group(y: Floats, segments: Segments, weights: Floats | None) -> _Group:
    """Describe the group that these rows are."""
    n = segments.sizes.astype(float)
    if weights is None:
        mean = segments.total(y) / n
        distance = y - segments.spread(mean)
        distance *= distance
        variance = segments.total(distance) / (n * (n - 1))
        return _Group(n=n, mean=mean, variance=variance, precision=n, rests=np.full(n.size, np.nan))
    total = segments.total(weights)
    h = weights / segments.spread(total)
    mean = segments.total(h * y)
    full = h > FULL_LEVERAGE
    load = h * (y - segments.spread(mean))
    variance = segments.total(np.where(full, 0.0, load * load / (1 - np.where(full, 0.0, h))))
    square = np.where(full, h, np.nan) / segments.spread(total)
    rests = segments.largest(np.where(full, square, -1.0)) if full.any() else np.full(n.size, np.nan)
    return _Group(
        n=n, mean=mean, variance=variance, precision=total, rests=np.where(rests < 0, np.nan, rests)
    )


def _rests_on_one(square: Floats, norm: Floats) -> Refusal:
    """Refuse what rests on people of full leverage: ``square`` and ``norm`` are squares of loads."""
    with np.errstate(invalid="ignore"):
        where = square > LOAD_TOLERANCE**2 * norm
    return Refusal(where=where, key="estimators.error.rests_on_one")
