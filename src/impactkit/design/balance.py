"""Balance before the action, judged without any result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import gammaln

from impactkit.design.covariates import Bools, Column, Floats, columns_of
from impactkit.design.overlap import overlap_gap

# Cox's index: a difference of log odds in standard deviations (What Works Clearinghouse).
COX = 1.65

Binary = Literal["std", "raw"]
Line = dict[str, Any]

_COLUMNS = (
    "covariate",
    "mean_treated",
    "mean_comparison",
    "smd_before",
    "smd_after",
    "smd",
    "variance_ratio",
    "ks",
    "wwc",
    "n_treated",
    "n_comparison",
    "effective_treated",
    "effective_comparison",
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
    balancing: Floats | None = None,
    binary: Binary = "std",
    overlap: bool = False,
) -> pd.DataFrame:
    """Compare the two groups before the action, characteristic by characteristic.

    Parameters
    ----------
    units : DataFrame
        One row per person: ``treated``, ``weight`` when there are sampling weights, and the characteristics.
    names : sequence of str
        The characteristics, in the order of the rows.
    by_treated : bool
        Divide by the standard deviation of beneficiaries, else by that of both groups.
    people : sequence, optional
        Identifiers of the people to compare, for example those analysed; everyone by default.
    balancing : (n,) array, optional
        Weights that make the groups comparable, 0 for those left out.
    binary : {"std", "raw"}
        Whether the difference of a yes/no characteristic is in standard deviations or that of the shares.
    overlap : bool
        Add the column ``overlap``.

    Returns
    -------
    DataFrame
        One row per characteristic, categories one row per level named ``"race: black"``. Missing where a
        group has nobody (for differences: fewer than two people) whose value is known. Sampling weights are
        used when there are any, and multiply ``balancing``; what follows is after it, but ``smd_before``.

        - ``mean_treated``, ``mean_comparison``: means, shares for yes/no characteristics;
        - ``smd``: difference in means over a standard deviation, that of beneficiaries or, without
          ``by_treated``, ``sqrt((s1² + s0²) / 2)``; ``sqrt(p (1 - p))`` for a yes/no characteristic. It is
          that of everyone in the design, before anyone is weighted, left out or set aside by ``people``, so
          that tables can be held side by side;
        - ``smd_before``: the same difference for everyone in the design, before anyone is weighted or left
          out (among ``people`` when nobody is); ``smd_after``: ``smd``, missing when nobody is;
        - ``variance_ratio``: treated over comparison; missing for yes/no characteristics;
        - ``ks``: largest gap between the two distribution functions (Kolmogorov-Smirnov);
        - ``overlap``: when asked for, the share of the two distributions that does not overlap: 0 alike, 1
          apart (`impactkit.design.overlap`); the gap between shares for a yes/no characteristic;
        - ``wwc``: Hedges' g (pooled standard deviation, exact small-sample factor), or the Cox index
          ``log(odds ratio) / 1.65`` for a yes/no characteristic (half a person is added to each of the four
          cells when one is empty);
        - ``n_…``, ``missing_…``: people whose value is known, and is not; ``effective_…``: the number of
          people of equal weights that would be as precise, ``(Σ w)² / Σ w²``;
        - ``variable``, ``level``: what the row is about.

        A standard deviation of zero is replaced by that of both groups together, so that ``smd`` and ``wwc``
        are 0 for a constant and finite otherwise.

    References
    ----------
    Definitions of R's cobalt (``bal.tab``, ``binary = "std"`` or ``"raw"``). Hedges (1981), *J. Educ. Stat.*
    6(2). What Works Clearinghouse, *Procedures Handbook*, for ``wwc``.
    """
    rows = balance_lines(
        columns_of(units, names),
        treated=units["treated"].to_numpy(),
        sampling=units["weight"].to_numpy(dtype=float) if "weight" in units else np.ones(len(units)),
        by_treated=by_treated,
        kept=np.ones(len(units), dtype=bool) if people is None else units.index.isin(list(people)),
        balancing=balancing,
        binary=binary,
        overlap=overlap,
    )
    return balance_frame(rows, overlap=overlap)


def balance_frame(lines: Sequence[Line], *, overlap: bool = False) -> pd.DataFrame:
    """Return lines as the table that `balance_table` describes."""
    return pd.DataFrame(lines, columns=[*_COLUMNS, *(["overlap"] if overlap else [])])


def balance_lines(
    columns: Sequence[Column],
    *,
    treated: Bools,
    sampling: Floats,
    by_treated: bool,
    kept: Bools,
    balancing: Floats | None = None,
    binary: Binary = "std",
    overlap: bool = False,
) -> list[Line]:
    """Return the lines of `balance_table`, values by name of its columns.

    Parameters
    ----------
    columns : sequence of Column
        Of n people.
    treated, kept : (n,) arrays of bool
        Beneficiaries; the people to compare.
    sampling : (n,) array
        Sampling weights.
    by_treated, balancing, binary, overlap
        As in `balance_table`.
    """
    weights = sampling if balancing is None else sampling * balancing
    rows = []
    for column in columns:
        standard = _standard(column, treated=treated, weights=sampling, by_treated=by_treated)
        if binary == "raw" and column.binary:
            standard = 1.0
        row = _row(column, treated=treated, kept=kept & (weights > 0), weights=weights, standard=standard)
        if balancing is None:
            row |= {"smd_before": row["smd"], "smd_after": math.nan}
        else:
            before = _difference(column, treated=treated, weights=sampling, standard=standard)
            row |= {"smd_before": before, "smd_after": row["smd"]}
        if overlap:
            row |= {"overlap": _overlap(column, kept & (weights > 0), treated, weights)}
        rows.append(row)
    return rows


def wwc_differences(units: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Return the column ``wwc`` of `balance_table` alone, for everyone and before any weighting.

    Parameters
    ----------
    units, names
        As in `balance_table`.
    """
    treated = units["treated"].to_numpy()
    weights = units["weight"].to_numpy(dtype=float) if "weight" in units else np.ones(len(units))
    found = []
    for column in columns_of(units, names):
        one, other = _moments(column, treated, weights), _moments(column, ~treated, weights)
        everyone = _moments(column, treated | ~treated, weights)[1]
        enough = min(one[2], other[2]) >= 2
        found.append(_wwc(column, one, other, everyone) if enough else math.nan)
    return np.array(found)


def largest_difference(
    columns: Sequence[Column], *, treated: Bools, sampling: Floats, by_treated: bool, balancing: Floats
) -> float:
    """Return the largest ``|smd_after|`` of these columns in `balance_table`, and nothing else.

    Parameters are those of `balance_lines`, every person having a positive weight and a known value.
    """
    found = 0.0
    for column in columns:
        standard = _standard(column, treated=treated, weights=sampling, by_treated=by_treated)
        after = _difference(column, treated=treated, weights=sampling * balancing, standard=standard)
        found = max(found, abs(after))
    return found


def effective_size(weights: Floats) -> float:
    """Return ``(Σ w)² / Σ w²`` (Kish); 0 for nobody."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def ks_distance(x: Floats, treated: np.ndarray, weights: Floats) -> float:
    """Return the largest gap between the weighted distribution functions of two groups."""
    yes = x == 1
    if (yes | (x == 0)).all():  # in order without sorting
        order = np.concatenate([np.flatnonzero(~yes), np.flatnonzero(yes)])
    else:
        order = np.argsort(x, kind="stable")
    signed = np.where(treated, weights / weights[treated].sum(), -weights / weights[~treated].sum())
    gaps = np.cumsum(signed[order])
    values = x[order]
    last = np.append(values[1:] != values[:-1], True)
    return float(np.abs(gaps[last]).max())


def weighted_moments(values: Floats, weights: Floats | None = None) -> tuple[float, float]:
    """Return the mean and the standard deviation (n - 1 below; its analogue for sampling weights).

    The weighted variance is ``Σ w (x - m)² / (Σ w - Σ w² / Σ w)``: with equal weights, the usual one. Missing
    (NaN) where there are too few values.
    """
    if values.size == 0:
        return math.nan, math.nan
    if values.size > 1 and (values == values[0]).all():
        return float(values[0]), 0.0  # exactly, where sums would leave rounding
    if values.size < 2:
        return float(values[0]), math.nan
    if weights is None:
        mean = float(values.sum() / values.size)
        centred = values - mean
        return mean, math.sqrt(centred @ centred / (values.size - 1))
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
    column: Column, *, treated: np.ndarray, kept: np.ndarray, weights: Floats, standard: float
) -> dict[str, Any]:
    mean1, sd1, n1 = _moments(column, kept & treated, weights)
    mean0, sd0, n0 = _moments(column, kept & ~treated, weights)
    known = ~np.isnan(column.numbers) & kept
    enough = n1 >= 2 and n0 >= 2
    everyone = _moments(column, kept, weights)[1]
    return {
        "covariate": column.name,
        "mean_treated": mean1,
        "mean_comparison": mean0,
        "smd": _over(mean1 - mean0, standard, everyone) if enough else math.nan,
        "variance_ratio": math.nan if column.binary or not enough else _ratio(sd1**2, sd0**2),
        "ks": _ks(column, known, treated, weights) if enough else math.nan,
        "wwc": _wwc(column, (mean1, sd1, n1), (mean0, sd0, n0), everyone) if enough else math.nan,
        "n_treated": n1,
        "n_comparison": n0,
        "effective_treated": effective_size(weights[known & treated]),
        "effective_comparison": effective_size(weights[known & ~treated]),
        "missing_treated": int((kept & treated & ~known).sum()),
        "missing_comparison": int((kept & ~treated & ~known).sum()),
        "variable": column.variable,
        "level": column.level,
    }


def _difference(column: Column, *, treated: np.ndarray, weights: Floats, standard: float) -> float:
    """Return the standardised difference of everyone."""
    (mean1, _, n1), (mean0, _, n0) = (_moments(column, group, weights) for group in (treated, ~treated))
    if min(n1, n0) < 2:
        return math.nan
    everyone = standard if standard > 0 else _moments(column, treated | ~treated, weights)[1]
    return _over(mean1 - mean0, standard, everyone)


def _ks(column: Column, known: np.ndarray, treated: np.ndarray, weights: Floats) -> float:
    return ks_distance(column.numbers[known], treated[known], weights[known])


def _overlap(column: Column, kept: np.ndarray, treated: np.ndarray, weights: Floats) -> float:
    known = kept & ~np.isnan(column.numbers)
    if min((known & treated).sum(), (known & ~treated).sum()) < 2:
        return math.nan
    if column.binary:
        return _ks(column, known, treated, weights)
    return overlap_gap(column.numbers[known], treated[known], weights[known])


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
