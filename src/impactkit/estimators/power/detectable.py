"""The power of a test and the effect that it detects: numbers in, numbers out."""

from __future__ import annotations

import math

from scipy import optimize

from impactkit.estimators.inference.distributions import (
    normal_cdf,
    normal_isf,
    normal_ppf,
    normal_sf,
    student_isf,
    student_ppf,
)


def multiplier(df: float, *, power: float, level: float) -> float:
    """Return how many standard errors an effect must be for a two-sided test to find it.

    ``t[1 - α/2, df] + t[power, df]``: 2.8016 for 80 % power at 5 % in large samples. It is close to
    `noncentrality`, which is exact under normal errors, and what is used with clusters.

    References
    ----------
    Bloom (1995), *Evaluation Review* 19(5). Dong & Maynard (2013), *J. Research on Educational Effectiveness*
    6(1) (PowerUp!).
    """
    return float(student_ppf(power, df) - student_ppf((1 - level) / 2, df))


def power_of_test(noncentrality: float, df: float, *, level: float) -> float:
    """Return the chance that a two-sided t test refuses zero when the effect is so many standard errors."""
    if math.isinf(df):
        critical = normal_isf((1 - level) / 2)
        return float(normal_sf(critical - noncentrality) + normal_cdf(-critical - noncentrality))
    from scipy import stats  # a heavy import, for planning and curves of power alone

    critical = student_isf((1 - level) / 2, df)
    wrong_side = stats.nct.cdf(-critical, df, noncentrality)
    # Far from zero the other tail is below what can be computed: nothing.
    return float(stats.nct.sf(critical, df, noncentrality) + (0.0 if math.isnan(wrong_side) else wrong_side))


def noncentrality(df: float, *, power: float, level: float) -> float:
    """Return how many standard errors an effect must be for exactly this power of a two-sided t test.

    The root in λ of ``P(|T| > t[1 - α/2, df]) = power``, T being Student's non-central law.

    References
    ----------
    Cohen (1988), *Statistical Power Analysis for the Behavioral Sciences*, ch. 2.
    """

    def reach(at: float) -> float:
        return power_of_test(at, df, level=level) - power

    high = 2 * multiplier(df, power=power, level=level)
    while reach(high) < 0:
        high *= 2
    return float(optimize.brentq(reach, 0.0, high, xtol=1e-13, rtol=1e-14))


def share_gap(
    share: float, other: float, *, v1: float, v0: float, df: float, power: float, level: float
) -> float:
    """Return by how much the gap between two shares exceeds what a test of shares needs; zero at the limit.

    ``|p1 - p0| - z[1 - α/2] √(p̄ q̄ (v1 + v0)) - z[power] √(p1 q1 v1 + p0 q0 v0)`` with ``p̄`` the share of all,
    z Student's with ``df`` when it is finite.

    Parameters
    ----------
    share, other : float
        Shares p0 of those compared and p1 of the treated.
    v1, v0 : float
        Variance of each group's mean for an outcome of variance 1: 1/n, times the design effect.

    References
    ----------
    Fleiss, Levin & Paik (2003), *Statistical Methods for Rates and Proportions*, ch. 4. As R's
    ``power.prop.test``.
    """
    pooled = (other / v1 + share / v0) / (1 / v1 + 1 / v0)
    null = math.sqrt(pooled * (1 - pooled) * (v1 + v0))
    apart = math.sqrt(other * (1 - other) * v1 + share * (1 - share) * v0)
    if math.isinf(df):
        critical, reached = normal_isf((1 - level) / 2), normal_ppf(power)
    else:
        critical, reached = student_isf((1 - level) / 2, df), student_ppf(power, df)
    return float(abs(other - share) - critical * null - reached * apart)
