"""A regression whose errors carry over from one period to the next: exact maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Contrast, Fit, Floats, fit
from impactkit.text import Message

# Where the likelihood is looked at before its highest point is refined: it may have several tops.
_GRID = np.tanh(np.linspace(-4.0, 4.0, 161))


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoregression:
    """A fit of ``y_t = x_t'b + e_t``, ``e_t = ρ e_{t-1} + u_t``, at the maximum of the likelihood.

    Attributes
    ----------
    rho : float
        Correlation of an error with the one before.
    fitted : Fit
        Least squares on the transformed rows, whose errors are independent.
    log_likelihood : float
        But for a constant, the variance being at its maximum.
    score : (k,) array
        Cross derivative of the likelihood in ρ and the coefficients.
    curvature : float
        Minus its second derivative in ρ.
    """

    rho: float
    fitted: Fit
    log_likelihood: float
    score: Floats
    curvature: float

    def contrast(self, c: Floats, *, small_sample: bool = True) -> Contrast:
        """Estimate ``c'b`` with errors from the observed information, in which ρ is estimated too.

        ``small_sample`` multiplies the variance by n/(n - k), the likelihood's own being divided by n.
        Degrees of freedom are n - k.
        """
        n = len(self.fitted.residuals)
        variance_of_error = float(self.fitted.residuals @ self.fitted.residuals) / n
        q = self.fitted.direction(c)
        variance = variance_of_error * float(q @ q)
        # Knowing ρ less than perfectly adds to the variance (inverse of the partitioned information).
        h = self.fitted.direction(self.score)
        across = variance_of_error * float(q @ h)
        variance += across**2 / (self.curvature - variance_of_error * float(h @ h))
        if small_sample:
            variance *= n / self.fitted.df
        return Contrast(value=float(c @ self.fitted.coef), std_error=variance**0.5, df=self.fitted.df)


def fit_autoregression(*, X: Floats, y: Floats) -> Autoregression:
    """Fit by exact maximum likelihood: the first period counts, as one drawn from the stationary law.

    For a given ρ the coefficients are least squares on ``sqrt(1 - ρ²) y_1`` and ``y_t - ρ y_{t-1}`` (Prais &
    Winsten), with sum of squares ``S(ρ)``; ρ maximises ``-n/2 log S(ρ) + 1/2 log(1 - ρ²)``, whose derivative
    is brought to zero to rounding. R's ``arima(y, c(1, 0, 0), xreg=X)`` maximises the same likelihood.

    Parameters
    ----------
    X : (n, k) array
    y : (n,) array
        Rows in order of time, equally spaced.

    Raises
    ------
    EstimationError
        When columns are redundant, n ≤ k, nothing varies, or the likelihood keeps rising towards ρ = ±1.

    References
    ----------
    Beach & MacKinnon (1978), *Econometrica* 46(1).
    """
    plain = fit(X=X, y=y)
    if np.linalg.norm(plain.residuals) <= 1e-12 * np.linalg.norm(y):
        raise EstimationError(Message("estimators.error.no_variation"))
    slopes = np.array([_slope(rho, X, y) for rho in _GRID])
    falls = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    if not falls.size:
        raise EstimationError(Message("estimators.error.no_return_to_mean"))
    tops = [float(brentq(_slope, _GRID[i], _GRID[i + 1], args=(X, y), xtol=1e-14)) for i in falls]
    best = max(tops, key=lambda rho: log_likelihood(rho, X, y))
    return _at(best, X, y)


def log_likelihood(rho: float, X: Floats, y: Floats) -> float:
    """Return the likelihood's logarithm at ρ, everything else at its maximum, but for a constant."""
    residuals = fit(X=_transform(X, rho), y=_transform(y, rho)).residuals
    return float(-len(y) / 2 * np.log(residuals @ residuals) + 0.5 * np.log(1 - rho**2))


def _transform(values: Floats, rho: float) -> Floats:
    out = values.astype(float)
    out[1:] = values[1:] - rho * values[:-1]
    out[0] = np.sqrt(1 - rho**2) * values[0]
    return out


def _slope(rho: float, X: Floats, y: Floats) -> float:
    """Return the derivative of `log_likelihood`; the coefficients' own part is zero at their optimum."""
    fitted = fit(X=_transform(X, rho), y=_transform(y, rho))
    e = y - X @ fitted.coef
    total = float(fitted.residuals @ fitted.residuals)
    change = float(rho * e[0] ** 2 + e[:-1] @ (e[1:] - rho * e[:-1]))
    return len(y) * change / total - rho / (1 - rho**2)


def _at(rho: float, X: Floats, y: Floats) -> Autoregression:
    """Return the fit at ρ with the second derivatives that its errors need."""
    n = len(y)
    fitted = fit(X=_transform(X, rho), y=_transform(y, rho))
    e = y - X @ fitted.coef
    u = e[1:] - rho * e[:-1]
    total = float(fitted.residuals @ fitted.residuals)
    # First and second derivatives of the sum of squares in ρ, and its cross derivative.
    first = -2 * float(rho * e[0] ** 2 + e[:-1] @ u)
    second = 2 * float(e[:-1] @ e[:-1] - e[0] ** 2)
    cross = 2 * (2 * rho * e[0] * X[0] + X[:-1].T @ u + (X[1:] - rho * X[:-1]).T @ e[:-1])
    return Autoregression(
        rho=rho,
        fitted=fitted,
        log_likelihood=log_likelihood(rho, X, y),
        score=n * cross / (2 * total),
        curvature=n / 2 * (second / total - (first / total) ** 2) + (1 + rho**2) / (1 - rho**2) ** 2,
    )
