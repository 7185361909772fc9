"""Regression of counts with an offset, Poisson or negative binomial: array functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import psi

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Contrast, Fit, Floats, contrast, fit
from impactkit.text import Message

_MOST_STEPS = 50
# Relative change of the deviance at which the fit stops; the next step would be at rounding.
_STOP = 1e-13
# An expected count this small beside the largest is on its way to zero, and a coefficient to infinity.
_VANISHED = 1e-8


# How far from the estimate by moments, as a factor, the negative binomial's theta is looked for.
_FURTHEST = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFit:
    """A regression of counts ``log E(y) = offset + X b`` at the maximum of its likelihood.

    Attributes
    ----------
    weighted : Fit
        The last weighted least squares: its scores are those of the likelihood, so that `newey_west` and
        the other errors of `linear` hold for it.
    dispersion : float
        Pearson's ``Σ (y - mu)² / Var(y) / (n - k)``; 1 when counts vary as their law has it.
    theta : float
        Of the negative binomial law, ``Var(y) = mu + mu² / theta``; infinite for the Poisson law.
    """

    weighted: Fit
    dispersion: float
    theta: float

    def contrast(self, c: Floats, *, dispersed: bool) -> Contrast:
        """Estimate ``c'b``, the variance multiplied by the dispersion (quasi-Poisson) or not.

        With the dispersion, n - k degrees of freedom; without, infinite.
        """
        result = contrast(self.weighted, c, errors="classic")
        if dispersed:
            return result
        std_error = result.std_error / self.dispersion**0.5
        return Contrast(value=result.value, std_error=std_error, df=np.inf)


def fit_poisson(*, X: Floats, y: Floats, offset: Floats) -> CountFit:
    """Fit the Poisson law, ``Var(y) = mu``, by iteratively reweighted least squares.

    Parameters
    ----------
    X : (n, k) array
    y : (n,) array
        Counts, none negative; they need not be whole.
    offset : (n,) array
        Logarithm of what each count is relative to; zeros for none.

    Raises
    ------
    EstimationError
        When columns are redundant, n ≤ k, or the fit has no maximum.

    References
    ----------
    McCullagh & Nelder (1989), *Generalized Linear Models*, chapters 2 and 6.
    """
    return _reweighted(X, y, offset, np.inf)[0]


def fit_negative_binomial(*, X: Floats, y: Floats, offset: Floats) -> CountFit:
    """Fit the negative binomial law, ``Var(y) = mu + mu² / theta`` (NB2), by maximum likelihood.

    For a given theta the coefficients are iteratively reweighted least squares; theta is where the
    derivative of the likelihood so maximised,

    ``Σ ψ(y + θ) - ψ(θ) + log θ + 1 - log(mu + θ) - (y + θ) / (mu + θ)``

    with ψ the digamma function, is brought to zero to rounding. Errors of `CountFit.contrast` take theta as
    known, which costs nothing in long series: it is orthogonal to the coefficients. R's ``MASS::glm.nb`` does
    the same.

    Parameters
    ----------
    X, y, offset : arrays
        As for `fit_poisson`.

    Raises
    ------
    EstimationError
        As `fit_poisson`; or when counts do not vary more than the Poisson law has it, ``Σ (y - mu)² ≤ Σ y``:
        the likelihood then rises towards that law.

    References
    ----------
    Lawless (1987), *Canadian J. of Statistics* 15(3). Venables & Ripley (2002), *Modern Applied Statistics
    with S*, section 7.4.
    """
    mu = _reweighted(X, y, offset, np.inf)[1]
    excess = float(np.sum((y - mu) ** 2 - y))
    if excess <= 0:
        raise EstimationError(Message("estimators.series.not_overdispersed"))

    def slope(log_theta: float) -> float:
        theta = float(np.exp(log_theta))
        mu = _reweighted(X, y, offset, theta)[1]
        terms = psi(y + theta) - psi(theta) + np.log(theta / (mu + theta)) + (mu - y) / (mu + theta)
        # Times theta, the derivative in its logarithm.
        return theta * float(terms.sum())

    start = float(np.log(mu @ mu / excess))
    theta = float(np.exp(brentq(slope, _beyond(slope, start, -1.0), _beyond(slope, start, 1.0), xtol=1e-13)))
    return _reweighted(X, y, offset, theta)[0]


def _beyond(slope: Callable[[float], float], start: float, step: float) -> float:
    """Return a value below the maximum (``step`` -1), where the slope is positive, or above it."""
    end = start + step
    while slope(end) * step > 0:
        end += step
        if abs(end - start) > np.log(_FURTHEST):
            raise EstimationError(Message("estimators.error.no_maximum"))
    return end


def _reweighted(X: Floats, y: Floats, offset: Floats, theta: float) -> tuple[CountFit, Floats]:
    """Return the fit for this theta, and the expected counts."""
    mu = y + 0.1
    eta = np.log(mu)
    deviance = np.inf
    for _ in range(_MOST_STEPS):
        weights = mu / (1 + mu / theta)
        weighted = fit(X=X, y=eta - offset + (y - mu) / mu, weights=weights)
        eta = offset + X @ weighted.coef
        if np.abs(eta).max() > 300:  # far beyond any count: the maximum is at infinity
            break
        mu = np.exp(eta)
        before, deviance = deviance, _deviance(y, mu, theta)
        if abs(before - deviance) <= _STOP * (abs(deviance) + 0.1):
            if mu.min() <= _VANISHED * mu.max():
                break
            total = float(weights.mean() * (weighted.residuals @ weighted.residuals))
            return CountFit(weighted=weighted, dispersion=total / weighted.df, theta=theta), mu
    raise EstimationError(Message("estimators.error.no_maximum"))


def _deviance(y: Floats, mu: Floats, theta: float) -> float:
    ratio = np.where(y > 0, y, 1.0) / np.where(y > 0, mu, 1.0)
    if np.isinf(theta):
        return float(2 * np.sum(y * np.log(ratio) - (y - mu)))
    return float(2 * np.sum(y * np.log(ratio) - (y + theta) * np.log1p((y - mu) / (mu + theta))))
