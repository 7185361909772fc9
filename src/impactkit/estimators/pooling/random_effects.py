"""Effects pooled with their errors: how much they vary, their average, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from impactkit.estimators.inference.distributions import student_isf, student_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.pooling.between import PoolMethod, between_variance, typical_variance
from impactkit.estimators.pooling.mean_effects import Fitted, mean_effects

HartungKnapp = bool | Literal["truncated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """An average effect; its interval and p-value are derived.

    Attributes
    ----------
    value, std_error : float
        In the unit of the effects.
    df : float
        Degrees of freedom of Student's law; infinite for the normal law.
    """

    value: float
    std_error: float
    df: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two-sided confidence interval of this level (0 < level < 1)."""
        margin = quantile(level, self.df) * self.std_error
        return self.value - margin, self.value + margin

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect on average."""
        return float(2 * student_sf(abs(self.value) / self.std_error, self.df))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomEffects:
    """Effects pooled; made by `random_effects`.

    Attributes
    ----------
    y, v : (k,) arrays
    X : (k, p) array
    tau2 : float
        Variance between actions.
    fitted : Fitted
    spread : float
        What ``(X'WX)⁻¹`` is multiplied with: Hartung and Knapp's ``s²``, or 1.
    df : float
        Of Student's law for the coefficients; infinite for the normal law.
    """

    y: Floats
    v: Floats
    X: Floats
    tau2: float
    fitted: Fitted
    spread: float
    df: float

    @property
    def vcov(self) -> Floats:
        """Covariance of the coefficients, (p, p)."""
        return self.spread * self.fitted.inverse

    def at(self, x: Floats) -> Average:
        """Return the average effect of actions with these moderators, a (p,) array."""
        return Average(
            value=float(x @ self.fitted.coefficients),
            std_error=math.sqrt(float(x @ self.vcov @ x)),
            df=self.df,
        )


def random_effects(
    *, y: Floats, v: Floats, X: Floats, method: PoolMethod, hartung_knapp: HartungKnapp
) -> RandomEffects:
    """Pool effects: τ² by ``method``, then weighted least squares with weights ``1/(v + τ²)``.

    The covariance of the coefficients is ``(X'WX)⁻¹`` with the normal law; or, after Hartung and Knapp,
    ``s² (X'WX)⁻¹`` with Student's law at k - p degrees of freedom, ``s² = Σ w (y - xβ)² / (k - p)``.
    ``"truncated"`` never lets ``s²`` be below 1.

    Parameters
    ----------
    y, v : (k,) arrays
        Effects, and the squares of their standard errors.
    X : (k, p) array
        Of full rank, k > p.
    method : str
    hartung_knapp : bool or "truncated"

    References
    ----------
    Hartung & Knapp (2001), *Statistics in Medicine* 20(24); Knapp & Hartung (2003), *Statistics in Medicine*
    22(17).

    Examples
    --------
    >>> import numpy as np
    >>> y, v = np.array([0.0, 4.0, 2.0]), np.ones(3)
    >>> found = random_effects(y=y, v=v, X=np.ones((3, 1)), method="DL", hartung_knapp=True)
    >>> round(found.at(np.ones(1)).std_error, 6)
    1.154701
    """
    tau2 = between_variance(y=y, v=v, X=X, method=method)
    fitted = mean_effects(y=y, v=v, X=X, tau2=tau2)
    if hartung_knapp is False:
        spread, df = 1.0, math.inf
    else:
        spread = max(fitted.dispersion, 1.0) if hartung_knapp == "truncated" else fitted.dispersion
        df = float(len(y) - X.shape[1])
    return RandomEffects(y=y, v=v, X=X, tau2=tau2, fitted=fitted, spread=spread, df=df)


def i_squared(found: RandomEffects, *, method: PoolMethod) -> float:
    """Return I²: the share of the variation of effects that is not chance, between 0 and 1.

    ``τ² / (τ² + s²)``, with ``s²`` the typical sampling variance; for one common effect, where τ² is 0 by
    choice, ``max(0, 1 - (k - p)/Q)``.

    References
    ----------
    Higgins & Thompson (2002), *Statistics in Medicine* 21(11).
    """
    if method == "FE":
        q = found.fitted.weighted_squares
        df = len(found.y) - found.X.shape[1]
        return max(0.0, 1 - df / q) if q > 0 else 0.0
    return found.tau2 / (found.tau2 + typical_variance(v=found.v, X=found.X))


def quantile(level: float, df: float) -> float:
    """Return the quantile of Student's law that leaves ``1 - level`` outside, on both sides together."""
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    return float(student_isf((1 - level) / 2, df))


def shrink(found: RandomEffects) -> tuple[Floats, Floats]:
    """Return each action's effect moved towards the average, and its standard error.

    ``λ y + (1 - λ) xβ`` with ``λ = τ²/(τ² + v)``: the less an action's own figure is worth, the more it
    borrows from its siblings. The variance is ``λ v + (1 - λ)² x Var(β) x'``; that of τ² is not in it.

    Returns
    -------
    values, std_errors : (k,) arrays

    References
    ----------
    Raudenbush & Bryk (1985), *J. Educational Statistics* 10(2); Morris (1983), *JASA* 78(381).
    """
    own = found.tau2 / (found.tau2 + found.v)
    expected = found.X @ found.fitted.coefficients
    variance = own * found.v + (1 - own) ** 2 * np.einsum("ip,pq,iq->i", found.X, found.vcov, found.X)
    return own * found.y + (1 - own) * expected, np.sqrt(variance)
