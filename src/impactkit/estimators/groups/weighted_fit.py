"""The effect between weighted groups, and the influence of each person on it: array functions.

A weighted regression estimates the effect, the plain weighted difference being that without covariates. Its
influence counts what each person weighs in the regression, in the weights, and in the people on whom the
effect is averaged, so that errors know that the weights were estimated (stacked estimating equations).

References
----------
Lunceford & Davidian (2004), *Statistics in Medicine* 23(19). Stefanski & Boos (2002), *American Statistician*
56(1). R's WeightIt (``lm_weightit``, ``vcov = "asympt"``) computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.design.owed import Owed
from impactkit.errors import EstimationError
from impactkit.estimators.arms import Adjust
from impactkit.estimators.inference.linear import Codes, Contrast, Fit, Floats, fit
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedFit:
    """A weighted regression on which the effect is read.

    Attributes
    ----------
    fitted : Fit
        ``y ~ 1 + T``, with X for ``"ancova"``, with X and T X for ``"lin"``.
    columns : (n, k) array
    contrast : (k,) array
        The effect is its product with the coefficients.
    slopes : (p,) array
        By how much the effect changes with X (``"lin"``), else empty.
    """

    fitted: Fit
    columns: Floats
    contrast: Floats
    slopes: Floats

    @property
    def value(self) -> float:
        """The effect."""
        return float(self.contrast @ self.fitted.coef)


def fit_weighted(
    *, y: Floats, treated: Bools, X: Floats, adjust: Adjust | None, weights: Floats, target: Floats
) -> WeightedFit:
    """Fit the regression of ``y`` among weighted people.

    With ``"lin"`` the effect is the mean, over the people of ``target``, of the difference between the
    prediction of the regression among the treated and that of the one among the others.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
    X : (n, p) array
        Not used when ``adjust`` is ``None``.
    adjust : {"lin", "ancova"} or None
    weights : (n,) array
        Positive.
    target : (n,) array
        Weights of the people on whom the effect is averaged.

    Raises
    ------
    EstimationError
        When there are too few people for the columns, or columns are redundant.
    """
    T = treated.astype(float)
    p = X.shape[1] if adjust is not None else 0
    blocks = [np.ones_like(T), T]
    if p:
        blocks.append(X - target @ X / target.sum())
    if adjust == "lin":
        smallest = min(int(treated.sum()), int((~treated).sum()))
        if smallest <= p + 1:
            raise EstimationError(Message("estimators.error.too_many_columns", {"columns": p + 1}))
        blocks.append(blocks[-1] * T[:, None])
    columns = np.column_stack(blocks)
    fitted = fit(X=columns, y=y, weights=weights)
    contrast = np.zeros(columns.shape[1])
    contrast[1] = 1.0
    return WeightedFit(fitted=fitted, columns=columns, contrast=contrast, slopes=fitted.coef[2 + p :])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimated:
    """What the weights owe to their parameters.

    Attributes
    ----------
    owed : tuple of Owed
        By fit, what the weights of the N people that they were estimated from owe to its parameters.
    people : int
        N.
    weights, target : (n,) arrays
        By how much an estimated weight counts in those of the n people analysed and in those of the target.
    rows : (n,) array of int
        Where those analysed stand among the N.
    """

    owed: tuple[Owed, ...]
    people: int
    weights: Floats
    target: Floats
    rows: Codes


def contributions(
    found: WeightedFit, *, y: Floats, X: Floats, weights: Floats, target: Floats, estimated: Estimated
) -> Floats:
    """Return what each of the N people adds to the error of the effect; their squares sum to its variance.

    ``w_i e_i l_i + v_i d'(x_i - x̄) / Σ v + ψ_i'g / N`` with e the residuals, ``l = Z (Z'WZ)^-1 c`` the loads,
    d the slopes of the effect, v the target and ψ the influence on the parameters θ of the weights, through
    which the effect changes by ``g = Σ (e l ∂w/∂θ + d'(x - x̄) ∂v/∂θ / Σ v)``.

    Parameters
    ----------
    found : WeightedFit
    y, X, weights, target
        What it was fitted on.
    estimated : Estimated
    """
    direction = np.linalg.solve(found.fitted.R, found.fitted.direction(found.contrast)) / weights.mean()
    pull = (y - found.columns @ found.fitted.coef) * (found.columns @ direction)
    own, through = weights * pull, pull * estimated.weights
    if found.slopes.size:
        varying = (X - target @ X / target.sum()) @ found.slopes / target.sum()
        own = own + target * varying
        through = through + varying * estimated.target
    total, moved = np.zeros(estimated.people), np.zeros(estimated.people)
    total[estimated.rows], moved[estimated.rows] = own, through
    for owed in estimated.owed:
        total += owed.carried(owed.gradient(moved), estimated.people) / estimated.people
    return total


def spread_of(value: float, parts: Floats, *, treated: Bools, clusters: Codes | None) -> Contrast:
    """Return the effect with its standard error: by person, or by cluster with the factor G / (G - 1).

    Degrees of freedom are Welch's, from the contributions of each group; with clusters, G - 1.

    Parameters
    ----------
    value : float
    parts : (N,) array
        Of `contributions`.
    treated : (N,) array of bool
    clusters : (N,) array of int, optional
    """
    if clusters is None:
        v1, v0 = (float(parts[group] @ parts[group]) for group in (treated, ~treated))
        n1, n0 = int(treated.sum()), int((~treated).sum())
        df = (v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1)) if v1 + v0 > 0 else n1 + n0 - 2.0
        return Contrast(value=value, std_error=(v1 + v0) ** 0.5, df=df)
    sums = np.bincount(clusters, weights=parts)
    groups = len(np.unique(clusters))
    factor = groups / (groups - 1)
    return Contrast(value=value, std_error=float((factor * (sums @ sums)) ** 0.5), df=groups - 1)
