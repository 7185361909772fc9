"""Multiple imputation of the outcome of people lost, and Rubin's rules: array functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from impactkit.errors import EstimationError
from impactkit.estimators.attrition.weighting import independent_columns
from impactkit.estimators.inference.linear import Contrast, Floats
from impactkit.text import Message

# Prior of the logit's slopes, for columns of standard deviation 1: keeps them finite under separation and is
# wide beside any slope met (odds multiplied by 12 for a standard deviation).
_PRIOR_SD = 2.5
_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """An estimate from several imputations.

    Attributes
    ----------
    contrast : Contrast
        Value, standard error, and Barnard and Rubin's degrees of freedom.
    missing_information : float
        Share of the variance that is due to the missing outcomes.
    """

    contrast: Contrast
    missing_information: float


def rubin(*, values: Floats, variances: Floats, df_complete: float) -> Pooled:
    """Pool estimates of completed data sets.

    With m estimates ``Q_j`` of variance ``U_j``: ``T = Ū + (1 + 1/m) B``, B the variance of the ``Q_j``;
    ``λ = (1 + 1/m) B / T``; ``ν_m = (m - 1)/λ²``; ``ν_obs = (ν + 1)/(ν + 3) ν (1 - λ)`` with ν the degrees of
    freedom of the complete data; the degrees of freedom are ``1/(1/ν_m + 1/ν_obs)``.

    Parameters
    ----------
    values, variances : (m,) arrays
        m ≥ 2.
    df_complete : float
        May be infinite: then ``ν_obs`` is too.

    References
    ----------
    Rubin (1987), *Multiple Imputation for Nonresponse in Surveys*, ch. 3. Barnard & Rubin (1999),
    *Biometrika* 86(4).
    """
    m = len(values)
    if m < 2:
        raise ValueError("Rubin's rules need at least two imputations")
    between = (1 + 1 / m) * float(np.var(values, ddof=1))
    total = float(variances.mean()) + between
    share = between / total if total > 0 else 0.0
    observed = np.inf
    if np.isfinite(df_complete):
        observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    drawn = (m - 1) / share**2 if share > 0 else np.inf
    df = 1 / (1 / drawn + 1 / observed) if np.isfinite(min(drawn, observed)) else np.inf
    contrast = Contrast(value=float(values.mean()), std_error=total**0.5, df=float(df))
    return Pooled(contrast=contrast, missing_information=share)


def impute(
    *, y: Floats, X: Floats, binary: bool, number: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Draw the missing outcomes of one group, several times, from a regression among those followed.

    Coefficients are drawn first (from their posterior law), then the outcomes: normal, with a variance drawn
    from its own law, or by a logit for a yes/no outcome (normal approximation at the mode, slopes with a
    normal prior of standard deviation 2.5 for columns of standard deviation 1).

    Parameters
    ----------
    y : (n,) array
        NaN for those lost.
    X : (n, p) array
        Known for everyone, without a constant; columns may be redundant.
    binary : bool
    number : int
        Imputations m.
    rng : Generator

    Returns
    -------
    (m, n) array
        The completed outcomes.

    Raises
    ------
    EstimationError
        When too few people are followed for the columns.

    References
    ----------
    Rubin (1987), ch. 5. van Buuren (2018), *Flexible Imputation of Missing Data*, ch. 3.
    """
    observed = ~np.isnan(y)
    columns = np.column_stack([np.ones(len(y)), _scaled(X)])
    columns = independent_columns(columns)
    seen = independent_columns(columns[observed])
    if seen.shape[1] < columns.shape[1] or observed.sum() <= columns.shape[1] + 2:
        params = {"columns": columns.shape[1]}
        raise EstimationError(Message("losses.error.too_few_to_impute", params))
    completed = np.tile(y, (number, 1))
    if observed.all():
        return completed
    draw = _draw_binary if binary else _draw_normal
    completed[:, ~observed] = draw(y[observed], columns[observed], columns[~observed], number, rng)
    return completed


def _scaled(X: Floats) -> Floats:
    spread = X.std(axis=0)
    return np.asarray((X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _draw_normal(y: Floats, X: Floats, at: Floats, number: int, rng: np.random.Generator) -> Floats:
    Q, R = np.linalg.qr(X)
    coef = np.linalg.solve(R, Q.T @ y)
    residuals = y - X @ coef
    df = len(y) - X.shape[1]
    sigma = np.sqrt(float(residuals @ residuals) / rng.chisquare(df, size=number))
    shifts = np.linalg.solve(R, rng.standard_normal((X.shape[1], number)))
    means = at @ (coef[:, None] + shifts * sigma)
    return np.asarray(means.T + sigma[:, None] * rng.standard_normal((number, len(at))))


def _draw_binary(y: Floats, X: Floats, at: Floats, number: int, rng: np.random.Generator) -> Floats:
    precision = np.full(X.shape[1], _PRIOR_SD**-2)
    precision[0] = 1e-6  # the constant is free
    coef = np.zeros(X.shape[1])
    for _ in range(_STEPS):
        chance = expit(X @ coef)
        information = X.T @ (X * (chance * (1 - chance))[:, None]) + np.diag(precision)
        step = np.linalg.solve(information, X.T @ (y - chance) - precision * coef)
        size = float(np.abs(step).max())
        coef = coef + step * min(1.0, 4 / size if size > 0 else 1.0)
        if size < 1e-10:
            break
    root = np.linalg.cholesky(information)
    drawn = coef[:, None] + np.linalg.solve(root.T, rng.standard_normal((len(coef), number)))
    chances = expit(at @ drawn)
    return np.asarray((rng.random((number, len(at))) < chances.T).astype(float))
