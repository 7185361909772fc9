"""The two groups before the action, side by side: means, differences, and tests of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.balance import weighted_moments
from impactkit.design.covariates import Column, columns_of
from impactkit.design.design import Design
from impactkit.disclosure.discreet import discreet
from impactkit.errors import DesignError, EstimationError, require
from impactkit.estimators.arms import difference
from impactkit.estimators.groups.baseline_told import told_baseline
from impactkit.estimators.inference.distributions import f_sf, student_sf
from impactkit.estimators.inference.linear import FULL_LEVERAGE, Codes, Fit, Floats, fit
from impactkit.html import table_html
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """The groups of a design before the action.

    Attributes
    ----------
    table : DataFrame
        One row per characteristic, as `baseline_table` describes.
    statistic : float or None
        F of the joint test that no characteristic tells beneficiaries from the others; ``None`` when it
        cannot be made, and ``reason`` says why.
    df, df_residual : int
        Its degrees of freedom.
    n : int
        People in the joint test: those whose characteristics are all known.
    reason : Message or None
    told : DataFrame
        The table as a notebook shows it: what would tell of a few people is missing, and no mean has digits
        that would tell how many people it is of. ``table`` is for computing.
    """

    table: pd.DataFrame
    statistic: float | None
    df: int
    df_residual: int
    n: int
    reason: Message | None = None
    told: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Baseline: {len(self.table)} rows>"

    @property
    def p_value(self) -> float | None:
        """Of the joint test; ``None`` when it cannot be made."""
        if self.statistic is None:
            return None
        return float(f_sf(self.statistic, self.df, self.df_residual))

    def _repr_html_(self) -> str:
        return table_html(self.told)


def baseline_table(design: Design) -> Baseline:
    """Describe each group before the action and test whether they differ, characteristic by characteristic.

    Nobody is matched or weighted here, whatever the design: `Design.balance` shows what weights achieve. A
    difference that lots drawn left is chance's by construction; in other designs a test tells as much of the
    number of people as of the groups: read the standardised differences of `Design.balance` first.

    Parameters
    ----------
    design : Design
        With a comparison.

    Returns
    -------
    Baseline
        ``table`` has one row per characteristic of the design (the outcome before entry first; one per level
        of a category): ``covariate``, ``mean_treated``, ``sd_treated``, ``n_treated``, ``missing_treated``,
        the same for ``comparison``, ``difference``, ``std_error``, ``p_value`` (HC2 with Welch's degrees of
        freedom, or CR2 when the design has clusters; missing where nothing varies or a group has fewer than
        two people or clusters), ``variable``, ``level``.

        The joint test is the F of the regression of being a beneficiary on all characteristics (a category
        less one level). With clusters or sampling weights, it is Wald's with the CR2 covariance, by cluster
        or by person, referred to Hotelling's law: ``(G - q) / (q (G - 1)) W`` has q and G - q degrees of
        freedom, G clusters or people.

    Raises
    ------
    DesignError
        When the design compares beneficiaries with nobody, or has no characteristic.

    References
    ----------
    As Stata's ``iebaltab`` and ``orth_out``. Bell & McCaffrey (2002), *Survey Methodology* 28(2).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": range(6), "helped": [1, 1, 1, 0, 0, 0], "age": [30, 40, 50, 35, 45, 40],
    ...     "score": [5, 6, 7, 3, 4, 5],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["age"])
    >>> ik.baseline_table(ik.declare_design(cohort, covariates=["age"])).table["difference"].tolist()
    [0.0]
    """
    require(design, Design)
    if design.comparison == "none":
        raise DesignError(Message("design.error.no_comparison"))
    units, names = design.everyone.units(), list(design.covariates)
    if design.has_baseline:
        units = units.rename(columns={"baseline": design.outcome})
        names.insert(0, design.outcome)
    if not names:
        raise DesignError(Message("weighting.error.nothing"))
    treated = units["treated"].to_numpy()
    weights = units["weight"].to_numpy(dtype=float) if "weight" in units else None
    clusters = units["cluster"].to_numpy() if design.clustered else None
    rows = [_row(column, treated, weights, clusters) for column in columns_of(units, names)]
    statistic, df, df_residual, n, reason = _joint(units, names, treated, weights, clusters)
    table = pd.DataFrame(rows)
    told = told_baseline(table, design)
    return Baseline(
        table=discreet(table, told.copy, profile=design.cohort.profile),
        statistic=statistic,
        df=df,
        df_residual=df_residual,
        n=n,
        reason=reason,
        told=told,
    )


def _row(
    column: Column, treated: Bools, weights: Floats | None, clusters: np.ndarray | None
) -> dict[str, object]:
    known = ~np.isnan(column.numbers)
    if clusters is not None:
        known = known & ~pd.isna(clusters)
    row: dict[str, object] = {"covariate": column.name}
    means = {}
    for arm, group in (("treated", treated), ("comparison", ~treated)):
        of = known & group
        mean, sd = weighted_moments(column.numbers[of], None if weights is None else weights[of])
        means[arm] = mean
        row |= {f"mean_{arm}": mean, f"sd_{arm}": sd, f"n_{arm}": int(of.sum())}
        row[f"missing_{arm}"] = int((group & ~known).sum())
    row["difference"] = means["treated"] - means["comparison"]
    std_error, p_value = _test(
        column.numbers[known],
        treated[known],
        None if weights is None else weights[known],
        None if clusters is None else np.asarray(pd.factorize(clusters[known])[0], dtype=np.intp),
    )
    return row | {
        "std_error": std_error,
        "p_value": p_value,
        "variable": column.variable,
        "level": column.level,
    }


def _test(x: Floats, treated: Bools, weights: Floats | None, clusters: Codes | None) -> tuple[float, float]:
    """Return the standard error and p-value of the difference of the means; missing where there is none."""
    of = np.arange(len(x)) if clusters is None else clusters
    if min(len(np.unique(of[treated])), len(np.unique(of[~treated]))) < 2 or np.ptp(x) == 0:
        return math.nan, math.nan
    found = difference(
        y=x,
        treated=treated,
        X=np.empty((len(x), 0)),
        adjust=None,
        centre="everyone",
        errors="HC2" if clusters is None else "CR2",
        weights=weights,
        clusters=clusters,
    ).contrast
    if found.std_error <= 1e-12 * np.abs(x).max():
        return math.nan, math.nan
    p_value = 2 * student_sf(abs(found.value) / found.std_error, found.df)
    return found.std_error, float(p_value)


def _joint(
    units: pd.DataFrame,
    names: list[str],
    treated: Bools,
    weights: Floats | None,
    clusters: np.ndarray | None,
) -> tuple[float | None, int, int, int, Message | None]:
    """Return the joint test: F, its degrees of freedom, the people in it, or why there is none."""
    known = units[names].notna().all(axis=1).to_numpy()
    if clusters is not None:
        known = known & ~pd.isna(clusters)
    people = units[known]
    columns = [column.numbers for column in columns_of(people, names, drop_reference=True)]
    columns = [column for column in columns if column.size and np.ptp(column) > 0]
    q, n = len(columns), len(people)
    T = treated[known].astype(float)
    codes = np.arange(n) if clusters is None else np.asarray(pd.factorize(clusters[known])[0], dtype=np.intp)
    if q == 0 or np.ptp(T) == 0:
        return None, q, 0, n, Message("weighting.joint.nothing_known")
    if len(np.unique(codes)) <= q:
        return None, q, 0, n, Message("weighting.joint.too_few", {"columns": q})
    X = np.column_stack([np.ones(n), *columns])
    try:
        fitted = fit(X=X, y=T, weights=None if weights is None else weights[known])
        if weights is None and clusters is None:
            explained = float(((T - T.mean()) ** 2).sum() - fitted.residuals @ fitted.residuals)
            unexplained = float(fitted.residuals @ fitted.residuals)
            return explained / q / (unexplained / fitted.df), q, fitted.df, n, None
        wald, groups = _wald(fitted, codes)
    except EstimationError as error:
        return None, q, 0, n, error.message
    return wald * (groups - q) / (q * (groups - 1)), q, groups - q, n, None


def _wald(fitted: Fit, clusters: Codes) -> tuple[float, int]:
    """Return Wald's statistic that all coefficients but the constant are zero, with the CR2 covariance."""
    k, groups = fitted.Q.shape[1], int(clusters.max()) + 1
    order = np.argsort(clusters, kind="stable")
    scores = np.empty((groups, k))
    for g, rows in enumerate(np.split(order, np.flatnonzero(np.diff(clusters[order])) + 1)):
        Q = fitted.Q[rows]
        S, V = np.linalg.eigh(Q.T @ Q)
        if S.max() > FULL_LEVERAGE:
            raise EstimationError(Message("estimators.error.rests_on_one"))
        scores[g] = V @ ((V.T @ (Q.T @ fitted.residuals[rows])) / np.sqrt(1 - S))
    spread = np.linalg.solve(fitted.R, scores.T)
    covariance = (spread @ spread.T)[1:, 1:]
    b = fitted.coef[1:]
    return float(b @ np.linalg.solve(covariance, b)), groups
