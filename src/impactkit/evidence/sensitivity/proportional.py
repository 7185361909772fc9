"""How much more than observed characteristics those not observed must count (Oster 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.estimators.inference.linear import Floats, fit

# Oster (2019): 90 % of the results of randomised experiments survive a largest R² of 1.3 times the one
# reached with what was observed.
R2_MAX_TIMES = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class OsterDelta:
    """How many times as much as what is observed what is not must count, and what it rests on.

    Attributes
    ----------
    delta : float
        1: what is not observed would have to count as much as what is. Negative: it would have to work the
        other way round.
    coef_short, r2_short : float
        Of the regression without the characteristics.
    coef_full, r2_full : float
        With them.
    r2_max : float
        The R² that all there is to know would reach.
    """

    delta: float
    coef_short: float
    r2_short: float
    coef_full: float
    r2_full: float
    r2_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """Coefficients and R² of both regressions, variances of y, of D, and of D given X (τ)."""

    coef_short: float
    r2_short: float
    coef_full: float
    r2_full: float
    var_y: float
    var_d: float
    tau: float


def oster_delta(
    *, y: Floats, treatment: Floats, X: Floats, r2_max: float | None = None, beta: float = 0.0
) -> OsterDelta:
    """Return how many times as much as X what is not observed must count for the effect to be ``beta``.

    With b° and R° the coefficient and R² of ``y ~ 1 + D``, b and R those of ``y ~ 1 + D + X``, s² and τ the
    variances of D and of what X leaves of it, v that of y, and ``g = b - beta``, ``m = b° - b``::

              g v (R - R°) τ + g s² τ m² + 2 g² τ m s² + g³ (τ s² - τ²)
        δ = -----------------------------------------------------------------
            (R²max - R) v m s² + g (R²max - R) v (s² - τ) + g² τ m s² + g³ (τ s² - τ²)

    Parameters
    ----------
    y : (n,) array
    treatment : (n,) array
    X : (n, p) array
        Without a constant; p at least 1.
    r2_max : float, optional
        The R² that all there is to know would reach, between R and 1. By default ``min(1, 1.3 R)``, Oster's
        rule.
    beta : float

    Raises
    ------
    ValueError
        When ``r2_max`` is not above R and at most 1, X has no column, or X changes nothing: no δ then.
    EstimationError
        When columns are redundant or too many.

    References
    ----------
    Oster (2019), *Journal of Business & Economic Statistics* 37(2), proposition 3. The same number as R's
    robomit.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(300, 1))
    >>> d = x[:, 0] + rng.normal(size=300)
    >>> round(oster_delta(y=2 * d + 0.2 * x[:, 0] + rng.normal(size=300), treatment=d, X=x).delta, 1)
    0.8
    """
    found = _moments(y, treatment, X)
    limit = _limit(found, r2_max)
    top, bottom = _polynomials(found, limit)
    g = found.coef_full - beta
    below = float(np.polyval(bottom, g))
    above = float(np.polyval(top, g))
    if abs(below) <= 1e-12 * max(abs(above), found.var_y * found.var_d):
        raise ValueError("the characteristics change neither the coefficient nor R²: no delta can be told")
    return OsterDelta(
        delta=above / below,
        coef_short=found.coef_short,
        r2_short=found.r2_short,
        coef_full=found.coef_full,
        r2_full=found.r2_full,
        r2_max=limit,
    )


def oster_beta(
    *, y: Floats, treatment: Floats, X: Floats, r2_max: float | None = None, delta: float = 1.0
) -> float:
    """Return the effect if what is not observed counted ``delta`` times as much as X: with b, a bound.

    The root of ``δ(beta) = delta`` nearest to b among those on the side to which X already moved the
    coefficient (Oster's assumption 3), nearest of all when there is none.

    Parameters
    ----------
    y, treatment, X, r2_max
        As `oster_delta`.
    delta : float
        Not 0.

    Raises
    ------
    ValueError
        As `oster_delta`, or when no effect fits.

    References
    ----------
    Oster (2019), *Journal of Business & Economic Statistics* 37(2), propositions 1 and 2.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(300, 1))
    >>> d = x[:, 0] + rng.normal(size=300)
    >>> y = d + x[:, 0] + rng.normal(size=300)
    >>> bound = oster_beta(y=y, treatment=d, X=x)
    >>> abs(oster_delta(y=y, treatment=d, X=x, beta=bound).delta - 1) < 1e-6
    True
    """
    if delta == 0:
        raise ValueError("delta must not be 0: the effect is then that of the regression")
    found = _moments(y, treatment, X)
    top, bottom = _polynomials(found, _limit(found, r2_max))
    roots = np.roots(np.trim_zeros(delta * bottom - top, "f"))
    real = np.sort(roots[np.abs(roots.imag) <= 1e-9 * np.maximum(1.0, np.abs(roots))].real)
    if real.size == 0:
        raise ValueError("no effect fits this delta")
    side = np.sign((found.coef_short - found.coef_full) * delta)
    alike = real[np.sign(real) == side]
    g = min(alike if alike.size else real, key=abs)
    return float(found.coef_full - g)


def _moments(y: Floats, treatment: Floats, X: Floats) -> _Moments:
    if X.ndim != 2 or X.shape[1] == 0:
        raise ValueError("X must have a column at least")
    D = np.asarray(treatment, dtype=float)
    ones = np.ones_like(D)
    short = fit(X=np.column_stack([ones, D]), y=y)
    full = fit(X=np.column_stack([ones, D, X]), y=y)
    of_d = fit(X=np.column_stack([ones, X]), y=D)
    total = float(np.sum((y - y.mean()) ** 2))
    n = len(y)
    r2_short, r2_full = (1 - float(each.residuals @ each.residuals) / total for each in (short, full))
    return _Moments(
        coef_short=float(short.coef[1]),
        r2_short=r2_short,
        coef_full=float(full.coef[1]),
        r2_full=r2_full,
        var_y=total / (n - 1),
        var_d=float(D.var(ddof=1)),
        tau=float(of_d.residuals @ of_d.residuals) / (n - 1),
    )


def _limit(found: _Moments, r2_max: float | None) -> float:
    limit = min(1.0, R2_MAX_TIMES * found.r2_full) if r2_max is None else r2_max
    if not found.r2_full < limit <= 1:
        raise ValueError(f"r2_max must be above {found.r2_full:.4g}, the R² reached, and at most 1")
    return limit


def _polynomials(m: _Moments, limit: float) -> tuple[Floats, Floats]:
    """Return both sides of the fraction of `oster_delta` as polynomials of g, highest power first."""
    moved, gap = m.coef_short - m.coef_full, (limit - m.r2_full) * m.var_y
    cubic = m.tau * m.var_d - m.tau**2
    top = np.array(
        [
            cubic,
            2 * m.tau * moved * m.var_d,
            m.var_y * (m.r2_full - m.r2_short) * m.tau + m.var_d * m.tau * moved**2,
            0.0,
        ]
    )
    bottom = np.array([cubic, m.tau * moved * m.var_d, gap * (m.var_d - m.tau), gap * moved * m.var_d])
    return top, bottom
