"""Kaplan-Meier and Aalen-Johansen curves and the areas under them: array functions.

Both are one calculation. At time s, Y people are at risk, a share p1 of them has the event studied and p any
event; S(s-) is the share without event just before, F that with the event studied. To a function of the
curve, a person with the event at s contributes ``a S(s-)/Y - b/(Y(1 - p))``, one with another event the
second term only; a and b depend on what is computed. The variance is the sum over times of the multinomial
variance ``a² S(s-)² p1(1 - p1)/Y - 2 a b S(s-) p1/Y + b² p/(Y(1 - p))``: Greenwood's when there is one kind
of event. It is also the infinitesimal jackknife, the sum of people's squared influences, used with clusters
or weights.

References
----------
Kaplan & Meier (1958), *JASA* 53(282). Aalen & Johansen (1978), *Scand. J. Statist.* 5(3). Andersen, Borgan,
Gill & Keiding (1993), *Statistical Models Based on Counting Processes*, IV.3-4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.estimators.duration.at_risk import RiskTable, risk_table
from impactkit.estimators.inference.distributions import normal_isf
from impactkit.estimators.inference.linear import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A curve at the times of a risk table, with its standard errors and interval (all (K,) arrays)."""

    share: Floats
    std_error: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Area:
    """An area under a curve up to a horizon, and what each person contributes to it.

    ``sd`` is the standard deviation, from one person to another, of the time whose mean the area is.
    """

    value: float
    std_error: float
    sd: float
    contributions: Floats


def without_event(table: RiskTable, level: float = 0.95) -> Curve:
    """Return the share still without any event just after each time, with Greenwood's standard errors.

    The interval is symmetric on the logarithm and stops at 1, as R's ``survfit``.
    """
    share = table.remaining
    p = table.any_hazard
    ended = p >= 1
    terms = np.where(ended, 0.0, p / (table.at_risk * (1 - np.where(ended, 0.0, p))))
    error = share * np.sqrt(np.cumsum(terms))
    return _with_interval(share, error, level)


def with_event(table: RiskTable, level: float = 0.95) -> Curve:
    """Return the share who have had the event studied by each time (cumulative incidence)."""
    F = table.incidence
    own, cross, common = _variance_terms(table, np.ones_like(F), np.ones_like(F))
    # b = F(t) - F(s): the sums over s ≤ t are polynomials in F(t).
    first = np.cumsum(own)
    second = F * np.cumsum(cross) - np.cumsum(cross * F)
    third = F**2 * np.cumsum(common) - 2 * F * np.cumsum(common * F) + np.cumsum(common * F**2)
    variance = first - 2 * second + third
    return _with_interval(F, np.sqrt(np.maximum(variance, 0.0)), level)


def _with_interval(share: Floats, error: Floats, level: float) -> Curve:
    z = float(normal_isf((1 - level) / 2))
    ratio = np.divide(error, share, out=np.zeros_like(share), where=share > 0)
    return Curve(
        share=share,
        std_error=error,
        low=share * np.exp(-z * ratio),
        high=np.minimum(share * np.exp(z * ratio), 1.0),
    )


def _variance_terms(table: RiskTable, a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the three terms of the variance at each time; the last is 0 where everybody has an event."""
    p1, p, Y, S = table.hazard, table.any_hazard, table.at_risk, table.before
    ended = p >= 1
    common = np.where(ended, 0.0, p / (Y * (1 - np.where(ended, 0.0, p))))
    return a**2 * S**2 * p1 * (1 - p1) / Y, a * b * S * p1 / Y, b**2 * common


def restricted_mean(
    *, time: Floats, event: npt.NDArray[np.intp], horizon: float, weights: Floats | None = None
) -> Area:
    """Return the mean time without any event, up to the horizon: the area under `without_event`.

    References
    ----------
    Royston & Parmar (2013), *BMC Med. Res. Methodol.* 13:152. Uno et al. (2014), *J. Clin. Oncol.* 32(22).
    """
    table = risk_table(time=time, event=np.minimum(event, 1), weights=weights)
    lost = time_lost(time=time, event=np.minimum(event, 1), horizon=horizon, weights=weights)
    steps = np.clip(np.diff(np.concatenate([[0.0], table.times, [np.inf]])), 0, None)
    starts = np.concatenate([[0.0], table.times])
    steps = np.clip(np.minimum(starts + steps, horizon) - starts, 0, None)
    value = float(steps @ np.concatenate([[1.0], table.remaining]))
    return Area(value=value, std_error=lost.std_error, sd=lost.sd, contributions=-lost.contributions)


def time_lost(
    *, time: Floats, event: npt.NDArray[np.intp], horizon: float, weights: Floats | None = None
) -> Area:
    """Return the mean time spent after the event studied, up to the horizon: the area under `with_event`.

    References
    ----------
    Andersen (2013), *Statistics in Medicine* 32(30).
    """
    table = risk_table(time=time, event=event, weights=weights)
    left = np.maximum(horizon - table.times, 0.0)
    gains = left * table.before * table.hazard
    later = np.concatenate([np.cumsum(gains[::-1])[::-1][1:], [0.0]])
    own, cross, common = _variance_terms(table, left, later)
    inside = table.times < horizon
    variance = float((own - 2 * cross + common)[inside].sum())
    value = float(gains.sum())
    # A person with the event at s spends τ - s after it, the others nothing.
    spread = float((left * gains).sum()) - value**2
    return Area(
        value=value,
        std_error=max(variance, 0.0) ** 0.5,
        sd=max(spread, 0.0) ** 0.5,
        contributions=_contributions(table, time, event, np.where(inside, left, 0.0), later, weights),
    )


def _contributions(
    table: RiskTable,
    time: Floats,
    event: npt.NDArray[np.intp],
    a: Floats,
    b: Floats,
    weights: Floats | None,
) -> Floats:
    """Return each person's influence: at her own time, less what those at risk expect up to then."""
    p1, p, Y = table.hazard, table.any_hazard, table.at_risk
    ended = p >= 1
    first = a * table.before / Y
    second = np.where(ended, 0.0, b / (Y * (1 - np.where(ended, 0.0, p))))
    second = np.where(a > 0, second, 0.0)
    expected = np.cumsum(first * p1 - second * p)
    place = np.searchsorted(table.times, time)
    own = first[place] * (event == 1) - second[place] * (event > 0) - expected[place]
    return np.asarray(own if weights is None else weights * own)


def median_time(table: RiskTable) -> float:
    """Return the first time at which half or fewer remain without event; infinite when more than half do."""
    reached = np.flatnonzero(table.remaining <= 0.5 + 1e-12)
    return float(table.times[reached[0]]) if reached.size else float("inf")
