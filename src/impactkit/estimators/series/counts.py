"""Poisson regression with an offset: array function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Contrast, Fit, Floats, contrast, fit
from impactkit.text import Message

_MOST_STEPS = 50
# Relative change of the deviance at which the fit stops; the next step would be at rounding.
_STOP = 1e-13
# An expected count this small beside the largest is on its way to zero, and a coefficient to infinity.
_VANISHED = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonFit:
    """A Poisson regression ``log E(y) = offset + X b`` at its maximum.

    Attributes
    ----------
    weighted : Fit
        The last weighted least squares: its scores are those of the likelihood, so that `newey_west` and
        the other errors of `linear` hold for it.
    dispersion : float
        Pearson's ``Σ (y - mu)² / mu / (n - k)``; 1 when counts vary as a Poisson law has it.
    """

    weighted: Fit
    dispersion: float

    def contrast(self, c: Floats, *, dispersed: bool) -> Contrast:
        """Estimate ``c'b``, the variance multiplied by the dispersion (quasi-Poisson) or not (Poisson).

        With the dispersion, n - k degrees of freedom; without, infinite.
        """
        result = contrast(self.weighted, c, errors="classic")
        if dispersed:
            return result
        std_error = result.std_error / self.dispersion**0.5
        return Contrast(value=result.value, std_error=std_error, df=np.inf)


def fit_poisson(*, X: Floats, y: Floats, offset: Floats) -> PoissonFit:
    """Fit by iteratively reweighted least squares.

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
    mu = y + 0.1
    eta = np.log(mu)
    deviance = np.inf
    for _ in range(_MOST_STEPS):
        weighted = fit(X=X, y=eta - offset + (y - mu) / mu, weights=mu)
        eta = offset + X @ weighted.coef
        if np.abs(eta).max() > 300:  # far beyond any count: the maximum is at infinity
            break
        scale, mu = mu.mean(), np.exp(eta)
        before, deviance = deviance, _deviance(y, mu)
        if abs(before - deviance) <= _STOP * (abs(deviance) + 0.1):
            if mu.min() <= _VANISHED * mu.max():
                break
            total = float(scale * (weighted.residuals @ weighted.residuals))
            return PoissonFit(weighted=weighted, dispersion=total / weighted.df)
    raise EstimationError(Message("estimators.error.no_maximum"))


def _deviance(y: Floats, mu: Floats) -> float:
    ratio = np.where(y > 0, y, 1.0) / np.where(y > 0, mu, 1.0)
    return float(2 * np.sum(y * np.log(ratio) - (y - mu)))
