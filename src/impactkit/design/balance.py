"""Balance before the action, judged without any result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln

from impactkit.design.covariates import Column, Floats, columns_of

# Cox's index: a difference of log odds in standard deviations (What Works Clearinghouse).
COX = 1.65

_COLUMNS = (
    "covariate",
    "mean_treated",
    "mean_comparison",
    "smd",
    "variance_ratio",
    "wwc",
    "n_treated",
    "n_comparison",
    "missing_treated",
    "missing_comparison",
    "variable",
    "level",
)


def balance_table(
    units: pd.DataFrame,
    names: Sequence[str],
    *,
    by_treated: bool,
    people: Sequence[object] | np.ndarray | None = None,
) -> pd.DataFrame:
    """Compare the two groups before the action, characteristic by characteristic.

    Parameters
    ----------
    units : DataFrame
        One row per person: ``treated``, ``weight`` when there are weights, and the characteristics.
    names : sequence of str
        The characteristics, in the order of the rows.
    by_treated : bool
        Divide by the standard deviation of beneficiaries, else by that of both groups.
    people : sequence, optional
        Identifiers of the people to compare, for example those analysed; everyone by default.

    Returns
    -------
    DataFrame
        One row per characteristic, categories one row per level named ``"race: black"``. Missing where a
        group has nobody (for ``smd`` and ``wwc``: fewer than two people) whose value is known. Sampling
        weights are used when there are any.

        - ``mean_treated``, ``mean_comparison``: means, shares for yes/no characteristics;
        - ``smd``: difference in means over a standard deviation, that of beneficiaries or, without
          ``by_treated``, ``sqrt((s1² + s0²) / 2)``; ``sqrt(p (1 - p))`` for a yes/no characteristic. It is
          that of everyone in the design, also when ``people`` narrows the comparison, so that tables can be
          held side by side;
        - ``variance_ratio``: treated over comparison; missing for yes/no characteristics;
        - ``wwc``: Hedges' g (pooled standard deviation, exact small-sample factor), or the Cox index
          ``log(odds ratio) / 1.65`` for a yes/no characteristic (half a person is added to each of the four
          cells when one is empty);
        - ``n_…``, ``missing_…``: people whose value is known, and is not;
        - ``variable``, ``level``: what the row is about.

        A standard deviation of zero is replaced by that of both groups together, so that ``smd`` and ``wwc``
        are 0 for a constant and finite otherwise.

    References
    ----------
    Standardisation as in R's cobalt (``binary = "std"``). Hedges (1981), *J. Educ. Stat.* 6(2). What Works
    Clearinghouse, *Procedures Handbook*, for the last column.
    """
    kept = np.ones(len(units), dtype=bool) if people is None else units.index.isin(list(people))
    treated = units["treated"].to_numpy()
    weights = units["weight"].to_numpy(dtype=float) if "weight" in units else np.ones(len(units))
    rows = [
        _row(column, treated=treated, kept=kept, weights=weights, by_treated=by_treated)
        for column in columns_of(units, names)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def weighted_moments(values: Floats, weights: Floats | None = None) -> tuple[float, float]:
    """Return the mean and the standard deviation (n - 1 below; its analogue for sampling weights).

    The weighted variance is ``Σ w (x - m)² / (Σ w - Σ w² / Σ w)``: with equal weights, the usual one. Missing
    (NaN) where there are too few values.
    """
    if values.size == 0:
        return math.nan, math.nan
    if values.size > 1 and values.min() == values.max():
        return float(values[0]), 0.0  # exactly, where sums would leave rounding
    if values.size < 2:
        return float(values[0]), math.nan
    if weights is None:
        mean = float(values.sum() / values.size)
        centred = values - mean
        return mean, math.sqrt((centred * centred).sum() / (values.size - 1))
    total = weights.sum()
    mean = float((weights * values).sum() / total)
    below = total - (weights**2).sum() / total
    return mean, float(np.sqrt((weights * (values - mean) ** 2).sum() / below))


def _moments(column: Column, people: np.ndarray, weights: Floats) -> tuple[float, float, int]:
    """Return the mean, standard deviation and number of known values among ``people``."""
    people = people & ~np.isnan(column.numbers)
    mean, sd = weighted_moments(column.numbers[people], weights[people])
    n = int(people.sum())
    if column.binary and sd > 0:
        sd = math.sqrt(mean * (1 - mean))
    return mean, sd, n


def _row(
    column: Column, *, treated: np.ndarray, kept: np.ndarray, weights: Floats, by_treated: bool
) -> dict[str, Any]:
    mean1, sd1, n1 = _moments(column, kept & treated, weights)
    mean0, sd0, n0 = _moments(column, kept & ~treated, weights)
    known = ~np.isnan(column.numbers) & kept
    enough = n1 >= 2 and n0 >= 2
    everyone = _moments(column, kept, weights)[1]
    standard = _standard(column, treated=treated, weights=weights, by_treated=by_treated)
    return {
        "covariate": column.name,
        "mean_treated": mean1,
        "mean_comparison": mean0,
        "smd": _over(mean1 - mean0, standard, everyone) if enough else math.nan,
        "variance_ratio": math.nan if column.binary or not enough else _ratio(sd1**2, sd0**2),
        "wwc": _wwc(column, (mean1, sd1, n1), (mean0, sd0, n0), everyone) if enough else math.nan,
        "n_treated": n1,
        "n_comparison": n0,
        "missing_treated": int((kept & treated & ~known).sum()),
        "missing_comparison": int((kept & ~treated & ~known).sum()),
        "variable": column.variable,
        "level": column.level,
    }


def _standard(column: Column, *, treated: np.ndarray, weights: Floats, by_treated: bool) -> float:
    """Return the standard deviation that differences are measured in, from everyone in the design."""
    sd1 = _moments(column, treated, weights)[1]
    if by_treated:
        return sd1
    return math.sqrt((sd1**2 + _moments(column, ~treated, weights)[1] ** 2) / 2)


def _over(difference: float, sd: float, everyone: float) -> float:
    """Divide by ``sd``, or by the standard deviation of both groups together when ``sd`` is zero."""
    if difference == 0:
        return 0.0
    return difference / (sd if sd > 0 else everyone)


def _ratio(variance1: float, variance0: float) -> float:
    """Return the ratio; missing when both are zero, infinite when only the comparison's is."""
    if variance0 > 0:
        return variance1 / variance0
    return math.inf if variance1 > 0 else math.nan


def _wwc(
    column: Column, treated: tuple[float, float, int], compared: tuple[float, float, int], everyone: float
) -> float:
    (mean1, sd1, n1), (mean0, sd0, n0) = treated, compared
    if column.binary:
        return cox_index(mean1, n1, mean0, n0)
    df = n1 + n0 - 2
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n0 - 1) * sd0**2) / df)
    return _over(mean1 - mean0, pooled, everyone) * hedges_factor(df)


def hedges_factor(df: int) -> float:
    """Return ``J = Γ(df/2) / (sqrt(df/2) Γ((df - 1)/2))``, which takes the bias out of Cohen's d."""
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2) - math.log(df / 2) / 2))


def cox_index(share1: float, n1: int, share0: float, n0: int) -> float:
    """Return ``log(odds ratio) / 1.65`` of two shares; 0 when they are equal."""
    if share1 == share0:
        return 0.0
    cells = [share1 * n1, (1 - share1) * n1, share0 * n0, (1 - share0) * n0]
    if min(cells) <= 0:
        cells = [cell + 0.5 for cell in cells]
    return math.log(cells[0] * cells[3] / (cells[1] * cells[2])) / COX
