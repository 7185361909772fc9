"""Differences of means in standard deviations, with exact intervals: numbers in, results out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import optimize

from impactkit.estimators.inference.distributions import normal_isf


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A size of effect and its interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Size:
        """Return the same on another scale (``factor`` > 0)."""
        return Size(value=factor * self.value, low=factor * self.low, high=factor * self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Mean, standard deviation (with n - 1) and number of people of a group."""

    mean: float
    sd: float
    n: int


def small_sample_factor(df: float) -> float:
    """Return Hedges' exact J, the factor that makes a standardised difference unbiased.

    ``J(df) = Γ(df/2) / (√(df/2) Γ((df - 1)/2))``, about ``1 - 3/(4 df - 1)``.

    References
    ----------
    Hedges (1981), *J. Educational Statistics* 6(2).
    """
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def pooled_sd(one: Group, other: Group) -> float:
    """Return ``√(((n1 - 1) s1² + (n0 - 1) s0²) / (n1 + n0 - 2))``."""
    squares = (one.n - 1) * one.sd**2 + (other.n - 1) * other.sd**2
    return math.sqrt(squares / (one.n + other.n - 2))


def cohens_d(one: Group, other: Group, level: float = 0.95) -> Size:
    """Return the difference of means over the pooled standard deviation.

    The interval is exact under normal outcomes: the non-centralities λ at which the t observed is at a
    quantile of the non-central t law, times ``√(1/n1 + 1/n0)``.

    References
    ----------
    Cumming & Finch (2001), *Educational and Psychological Measurement* 61(4).
    """
    scale = math.sqrt(1 / one.n + 1 / other.n)
    return _exact((one.mean - other.mean) / pooled_sd(one, other), scale, one.n + other.n - 2, level)


def hedges_g(one: Group, other: Group, level: float = 0.95) -> Size:
    """Return Cohen's d and its interval times `small_sample_factor`."""
    return cohens_d(one, other, level).times(small_sample_factor(one.n + other.n - 2))


def glass_delta(one: Group, other: Group, level: float = 0.95) -> Size:
    """Return the difference of means over the standard deviation of ``other`` (who did not have the action).

    The interval is from the non-central t law with n0 - 1 degrees of freedom, the standard error being
    ``s0 √(1/n0 + s1²/(n1 s0²))``: the variances may differ.
    """
    scale = math.sqrt(1 / other.n + one.sd**2 / (one.n * other.sd**2))
    return _exact((one.mean - other.mean) / other.sd, scale, other.n - 1, level)


def _exact(value: float, scale: float, df: int, level: float) -> Size:
    t = value / scale
    low, high = noncentral_interval(t, df, level)
    return Size(value=value, low=low * scale, high=high * scale)


def noncentral_interval(t: float, df: float, level: float) -> tuple[float, float]:
    """Return the non-centralities at which ``t`` is the quantile of ``(1 + level)/2``, then the other."""
    from scipy import stats  # a heavy import, for sizes of effects alone

    tail = (1 - level) / 2
    reach = float(normal_isf(tail)) * math.sqrt(1 + t**2 / (2 * df)) * 2 + 2
    low = optimize.brentq(lambda d: stats.nct.sf(t, df, d) - tail, t - reach, t, xtol=1e-13, rtol=1e-14)
    high = optimize.brentq(lambda d: stats.nct.cdf(t, df, d) - tail, t, t + reach, xtol=1e-13, rtol=1e-14)
    return float(low), float(high)
