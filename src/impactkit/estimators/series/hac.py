"""Newey and West's errors, plain or put right for series of few periods: array functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Contrast, Fit, Floats, newey_west
from impactkit.text import Message

# Where the likelihood is looked at before its highest point is refined. Beyond the last value a series of
# few periods cannot be told from one that never comes back.
_GRID = np.linspace(-0.6, 0.97, 54)
# Up to so many periods the matrices of all pairs are formed; they would take 200 MB beyond.
MOST_PERIODS = 2000


# Below, the interval of the plain errors is markedly too narrow (docs/validation/series.md).
SHORT_SERIES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class HacContrast:
    """A contrast with errors that allow for autocorrelation.

    Attributes
    ----------
    contrast : Contrast
    lags : int
        How far errors are correlated, in periods.
    rho : float or None
        Correlation of an error with the one before that the errors were adjusted to; ``None`` for Newey and
        West's own.
    """

    contrast: Contrast
    lags: int
    rho: float | None

    def settings(self) -> dict[str, object]:
        """Say how errors are computed, in plain values."""
        if self.rho is None:
            return {"errors": "newey_west", "df_rule": "residual", "lags": self.lags}
        return {
            "errors": "newey_west_adjusted",
            "df_rule": "satterthwaite",
            "lags": self.lags,
            "error_correlation": self.rho,
        }

    def notes(self, n: int) -> tuple[Message, ...]:
        """Say what a reader must know of these errors in n periods."""
        if self.rho is not None or n >= SHORT_SERIES:
            return ()
        return (Message("estimators.note.newey_west_short", {"n": n}),)


def hac_contrast(fitted: Fit, c: Floats, *, lags: int | None) -> HacContrast:
    """Estimate ``c'b`` with Newey and West's errors for these lags; without lags, adjusted to few periods.

    Raises
    ------
    ValueError
        When ``lags`` is negative or not below the number of periods.
    EstimationError
        As `adjusted_newey_west`.
    """
    n = len(fitted.residuals)
    if lags is None:
        return adjusted_newey_west(fitted, c, lags=short_series_lags(n))
    if not 0 <= lags < n:
        raise ValueError(f"lags must lie between 0 and {n - 1}, the number of periods less one")
    return HacContrast(contrast=newey_west(fitted, c, lags=lags), lags=lags, rho=None)


def short_series_lags(n: int) -> int:
    """Return ``ceil(1.3 sqrt(n)) - 1``, the rule of Lazarus and others for tests of the right size."""
    return math.ceil(1.3 * math.sqrt(n)) - 1


def adjusted_newey_west(fitted: Fit, c: Floats, *, lags: int, rho: float | None = None) -> HacContrast:
    """Estimate ``c'b`` with Newey and West's errors, adjusted as Bell and McCaffrey adjust those of clusters.

    With ``l = Q q`` the load of each period in ``c'b``, ``e = M u`` the residuals and Bartlett's weights k,
    Newey and West's variance is the quadratic form ``e'B e``, ``B_st = k_{s-t} l_s l_t``. In few periods it
    is too small on average, and it varies. Both are known when errors carry over by ``R_st = ρ^|s-t|``: then

    - ``E(e'B e) / Var(c'b) = tr(A) / l'R l`` with ``A = R^{1/2}' M B M R^{1/2}``, by which the variance is
      divided;
    - its law is that of a chi-squared with ``tr(A)² / tr(A²)`` degrees of freedom to the second moment, and
      the statistic is referred to Student's law with as many.

    ρ is where the restricted likelihood of the residuals is highest. It is a working model: in long series
    the variance is Newey and West's whatever the errors are.

    Parameters
    ----------
    fitted : Fit
        Rows in order of time; of a weighted fit, the residuals are those of the weighted rows.
    c : (k,) array
    lags : int
    rho : float, optional
        Taken as known.

    Raises
    ------
    EstimationError
        When there are more than 2 000 periods: choose ``lags``, which asks for the plain errors. When the
        contrast rests wholly on periods that are fitted exactly.

    References
    ----------
    Newey & West (1987), *Econometrica* 55(3). Bell & McCaffrey (2002), *Survey Methodology* 28(2). Lazarus,
    Lewis, Stock & Watson (2018), *JBES* 36(4), for the lags. Patterson & Thompson (1971), *Biometrika* 58(3),
    for the restricted likelihood.
    """
    n = len(fitted.residuals)
    if n > MOST_PERIODS:
        raise EstimationError(Message("estimators.series.too_long", {"n": n, "most": MOST_PERIODS}))
    value = float(c @ fitted.coef)
    size = float(np.linalg.norm(fitted.residuals))
    if size == 0:
        return HacContrast(contrast=Contrast(value=value, std_error=0.0, df=fitted.df), lags=lags, rho=0.0)
    residuals = fitted.residuals / size
    rho = _likeness(fitted.Q, residuals) if rho is None else rho
    load = fitted.Q @ fitted.direction(c)
    gap = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    B = np.clip(1 - gap / (lags + 1), 0, None) * np.outer(load, load)
    R = _carried(rho, gap)
    root = np.linalg.cholesky(R)
    left = root - fitted.Q @ (fitted.Q.T @ root)  # M R^{1/2}
    A = left.T @ B @ left
    mean = float(np.trace(A))
    if not mean > 1e-12 * float(load @ load):  # the contrast rests on periods that are fitted exactly
        raise EstimationError(Message("estimators.error.no_variation"))
    variance = float(residuals @ B @ residuals) * float(load @ R @ load) / mean
    df = mean**2 / float(np.sum(A**2))
    std_error = max(variance, 0.0) ** 0.5 * size
    return HacContrast(contrast=Contrast(value=value, std_error=std_error, df=df), lags=lags, rho=rho)


def _carried(rho: float, gap: np.ndarray) -> Floats:
    return np.asarray(np.power(rho, gap) if rho != 0 else (gap == 0).astype(float))


def _likeness(Q: Floats, residuals: Floats) -> float:
    """Return the ρ where the restricted likelihood is highest."""

    def loss(rho: float) -> float:
        return -restricted_log_likelihood(rho, Q, residuals)

    losses = [loss(rho) for rho in _GRID]
    best = int(np.argmin(losses))
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    return float(found.x) if found.fun < losses[best] else float(_GRID[best])


def restricted_log_likelihood(rho: float, Q: Floats, residuals: Floats) -> float:
    """Return the restricted likelihood's logarithm at ρ, the variance at its maximum, but for a constant.

    ``-1/2 [(n - k) log S(ρ) + log|R| + log|Q'R^{-1}Q|]`` with S the generalised sum of squares, computed on
    the rows ``sqrt(1 - ρ²) y_1`` and ``y_t - ρ y_{t-1}``: R, whose scale does not count, is not inverted.
    """
    n, k = Q.shape
    left, right = _carried_off(Q, rho), _carried_off(residuals, rho)
    basis, triangle = np.linalg.qr(left)
    over = right - basis @ (basis.T @ right)
    log_determinant = 2 * float(np.log(np.abs(np.diag(triangle))).sum())
    squares = float((n - k) * math.log(over @ over))
    return (math.log(1 - rho**2) - log_determinant - squares) / 2


def _carried_off(values: Floats, rho: float) -> Floats:
    out = values.astype(float)
    out[1:] = values[1:] - rho * values[:-1]
    out[0] = math.sqrt(1 - rho**2) * values[0]
    return out
