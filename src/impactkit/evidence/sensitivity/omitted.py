"""What a factor left out of a regression would have to explain to overturn it (Cinelli & Hazlett 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from impactkit.estimators.inference.linear import Floats, contrast, fit


def partial_r2(t: float, df: float) -> float:
    """Return the share of what others leave of the outcome that a regressor explains, ``t² / (t² + df)``.

    Parameters
    ----------
    t : float
        Its coefficient over its classical standard error.
    df : float
        Residual degrees of freedom.

    Raises
    ------
    ValueError
        When ``df`` is not positive.

    Examples
    --------
    >>> round(partial_r2(4.18445, 783), 4)
    0.0219
    """
    if not df > 0:
        raise ValueError("df must be positive")
    return t * t / (t * t + df)


def robustness_value(t: float, df: float, q: float = 1, alpha: float | None = None) -> float:
    """Return the robustness value of a coefficient: how much a factor left out must explain to overturn it.

    A factor that explains at least this share of what is left of both the treatment and the outcome takes
    away a share ``q`` of the coefficient (``alpha=None``), or makes it no longer differ, at level ``alpha``,
    from what is left after that. With ``f = q |t| / sqrt(df)``, less ``t*/sqrt(df - 1)`` when alpha is given
    (t* the critical value with df - 1 degrees of freedom)::

        RV = (sqrt(f⁴ + 4 f²) - f²) / 2

    0 when f is not positive. When ``f_q > 1 / f*`` the factor need not explain the outcome and the treatment
    alike to reach the limit, and RV is ``(f_q² - f*²) / (1 + f_q²)``.

    Parameters
    ----------
    t : float
        The coefficient over its classical standard error.
    df : float
        Residual degrees of freedom; above 1 with ``alpha``.
    q : float
        Positive; 1 takes all the coefficient away.
    alpha : float, optional
        Level of the test, between 0 and 1.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        When ``df``, ``q`` or ``alpha`` is out of its range.

    References
    ----------
    Cinelli & Hazlett (2020), *JRSS B* 82(1), equations 16 and 18. The same numbers as R's sensemakr.

    Examples
    --------
    >>> round(robustness_value(4.18445, 783), 3), round(robustness_value(4.18445, 783, alpha=0.05), 3)
    (0.139, 0.076)
    """
    if not (df > 0 and q > 0):
        raise ValueError("df and q must be positive")
    f = q * abs(t) / math.sqrt(df)
    critical = 0.0
    if alpha is not None:
        if not 0 < alpha < 1 or df <= 1:
            raise ValueError("alpha must lie between 0 and 1, with df above 1")
        critical = float(stats.t.isf(alpha / 2, df - 1)) / math.sqrt(df - 1)
    left = f - critical
    if left <= 0:
        return 0.0
    if critical > 0 and f > 1 / critical:
        return (f * f - critical * critical) / (1 + f * f)
    # The same as (sqrt(f⁴ + 4 f²) - f²) / 2, without the difference that loses digits when f is large.
    return 2 * left / (left + math.hypot(left, 2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedBound:
    """A regression as it would be, at worst, with a factor so many times as strong as a characteristic.

    Attributes
    ----------
    times : float
    r2_treatment : float
        Share of what is left of the treatment that the factor explains.
    r2_outcome : float
        The most that it then explains of what is left of the outcome.
    bias : float
        The most by which the coefficient is too far from zero, in the outcome's unit.
    estimate, std_error, t : float
        The coefficient brought towards zero, its standard error and their ratio.
    low, high : float
        Its interval.
    """

    times: float
    r2_treatment: float
    r2_outcome: float
    bias: float
    estimate: float
    std_error: float
    t: float
    low: float
    high: float


def benchmark_bounds(
    *,
    y: Floats,
    treatment: Floats,
    X: Floats,
    benchmark: npt.ArrayLike,
    times: Sequence[float] = (1, 2, 3),
    weights: Floats | None = None,
    level: float = 0.95,
) -> tuple[OmittedBound, ...]:
    """Bound what a factor as strong as a characteristic, or twice, three times, would do to a regression.

    In ``y ~ 1 + D + X``, let the columns of the characteristic explain a share ``a`` of what the others leave
    of D, and ``b`` of what D and the others leave of y. A factor k times as strong explains, of what is left
    of D, and at most of what is left of y::

        R²_D = k a / (1 - a)
        R²_Y = ((sqrt(k) + r) / sqrt(1 - r²))² b / (1 - b),    r² = k a² / ((1 - k a) (1 - a))

    and moves the coefficient by ``bias = se sqrt(df R²_Y R²_D / (1 - R²_D))``; its standard error becomes
    ``se sqrt((1 - R²_Y) / (1 - R²_D) df / (df - 1))``. ``R²_Y`` is at most 1.

    Parameters
    ----------
    y : (n,) array
    treatment : (n,) array
        D; booleans are taken as 0 and 1.
    X : (n, p) array
        Without a constant.
    benchmark : array of int
        The columns of X that hold the characteristic: all those of a category together.
    times : sequence of float
        k, positive.
    weights : (n,) array, optional
    level : float
        Of the interval, Student's law with the degrees of freedom of the regression, as sensemakr's.

    Returns
    -------
    tuple of OmittedBound
        One for each of ``times``.

    Raises
    ------
    ValueError
        When a factor so many times as strong would explain the whole treatment or more, ``benchmark`` names
        no column, or ``level`` is not between 0 and 1.
    EstimationError
        When columns are redundant or too many.

    References
    ----------
    Cinelli & Hazlett (2020), *JRSS B* 82(1), section 4.4 and appendix C. The same numbers as R's sensemakr.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 2))
    >>> d = (0.5 * x[:, 0] + rng.normal(size=200) > 0).astype(float)
    >>> y = d + x @ [0.2, 1.0] + rng.normal(size=200)
    >>> once, twice = benchmark_bounds(y=y, treatment=d, X=x, benchmark=[0], times=(1, 2))
    >>> 0 < twice.estimate < once.estimate
    True
    """
    D = np.asarray(treatment, dtype=float)
    at = np.unique(np.asarray(benchmark, dtype=np.intp))
    if at.size == 0 or at.min() < 0 or at.max() >= X.shape[1]:
        raise ValueError(f"benchmark must name columns of X, from 0 to {X.shape[1] - 1}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    columns = np.column_stack([np.ones_like(D), D, X])
    whole = fit(X=columns, y=y, weights=weights)
    direction = np.zeros(columns.shape[1])
    direction[1] = 1.0
    found = contrast(whole, direction, errors="classic")
    others = np.delete(columns, 2 + at, axis=1)
    of_outcome = _explained(y, columns, others, weights)
    without = np.delete(columns, 1, axis=1)
    of_treatment = _explained(D, without, np.delete(without, 1 + at, axis=1), weights)
    return tuple(
        _bound(found.value, found.std_error, whole.df, times=k, a=of_treatment, b=of_outcome, level=level)
        for k in times
    )


def _explained(y: Floats, columns: Floats, fewer: Floats, weights: Floats | None) -> float:
    """Return the share of what ``fewer`` columns leave of y that the others explain."""
    left, before = (fit(X=each, y=y, weights=weights).residuals for each in (columns, fewer))
    total = float(before @ before)
    return 0.0 if total <= 0 else max(0.0, 1 - float(left @ left) / total)


def strengths(times: float, a: float, b: float) -> tuple[float, float]:
    """Return ``R²_D`` and ``R²_Y`` of `benchmark_bounds`.

    Raises
    ------
    ValueError
        When the factor would explain the whole treatment or more.
    """
    if not times > 0:
        raise ValueError("times must be positive")
    if a >= 1 or times * a / (1 - a) >= 1 or times * a >= 1:
        raise ValueError("a factor so many times as strong would explain the whole treatment or more")
    r2 = times * a * a / ((1 - times * a) * (1 - a))
    if r2 >= 1:
        raise ValueError("a factor so many times as strong would explain the whole treatment or more")
    if b >= 1:
        return times * a / (1 - a), 1.0
    r2_outcome = (math.sqrt(times) + math.sqrt(r2)) ** 2 / (1 - r2) * b / (1 - b)
    return times * a / (1 - a), min(1.0, r2_outcome)


def _bound(
    value: float, std_error: float, df: float, *, times: float, a: float, b: float, level: float
) -> OmittedBound:
    r2_treatment, r2_outcome = strengths(times, a, b)
    bias = std_error * math.sqrt(df * r2_outcome * r2_treatment / (1 - r2_treatment))
    error = std_error * math.sqrt((1 - r2_outcome) / (1 - r2_treatment) * df / (df - 1))
    estimate = math.copysign(1.0, value) * (abs(value) - bias)
    margin = float(stats.t.isf((1 - level) / 2, df)) * error
    return OmittedBound(
        times=times,
        r2_treatment=r2_treatment,
        r2_outcome=r2_outcome,
        bias=bias,
        estimate=estimate,
        std_error=error,
        t=estimate / error if error > 0 else math.copysign(math.inf, estimate),
        low=estimate - margin,
        high=estimate + margin,
    )
