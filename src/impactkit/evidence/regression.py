"""The regression behind an estimate of two groups, or the nearest to it: what sensitivity is computed on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.covariates import columns_of
from impactkit.estimators.analysed import cluster_codes, outcome_after
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.result import Estimate
from impactkit.evidence.credibility_start import is_adjusted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """``y ~ 1 + T + X`` in arrays of one length n and in one order.

    Attributes
    ----------
    y : (n,) array
        The outcome after, or the change for a difference in differences.
    treated : (n,) array of bool
    X : (n, p) array
        What the analysis takes into account, without a constant.
    names : tuple of str
        The variables in X.
    columns : tuple of arrays of int
        For each, its columns of X.
    weights : (n,) array or None
    clusters : (n,) array of int or None
    """

    y: Floats
    treated: npt.NDArray[np.bool_]
    X: Floats
    names: tuple[str, ...]
    columns: tuple[npt.NDArray[np.intp], ...]
    weights: Floats | None
    clusters: Codes | None

    @property
    def with_treatment(self) -> Floats:
        """The columns ``1, T, X``."""
        return np.column_stack([np.ones(len(self.y)), self.treated.astype(float), self.X])


def regression_of(estimate: Estimate, *, before_balancing: bool = False) -> Regression:
    """Return the regression behind a comparison of two groups at two times, or the nearest to it.

    It is the estimate itself for a difference in means or of changes, and for ``"ancova"``. With slopes of
    each group, and for the doubly robust estimator, it has one slope for both. After `match` or `weight` it
    is weighted.

    Parameters
    ----------
    estimate : Estimate
        Of `compare_groups`, `doubly_robust`, or `did` with one date of entry.
    before_balancing : bool
        Take everyone in the design, as if groups had not been matched or weighted.

    Raises
    ------
    EstimationError
        When the cluster of a person is not known.
    """
    design = estimate.design
    of_changes = estimate.method == "did"
    names = _adjusted_for(estimate)
    whole = replace(design, comparable=None, covariates=names)
    units = whole.units()
    if not before_balancing:
        units = units.loc[units.index.isin(estimate.analysed)]
    y = outcome_after(design, units.index).to_numpy(dtype=float)
    if of_changes:
        y = y - units["baseline"].to_numpy(dtype=float)
    known = ~np.isnan(y)
    listed = list(names)
    if is_adjusted(estimate) and design.has_baseline and not of_changes:
        listed.insert(0, "baseline")
    if listed:
        known &= units[listed].notna().all(axis=1).to_numpy()
    units, y = units.loc[known], y[known]
    found = columns_of(units, tuple(listed), drop_reference=True)
    variables = [column.variable for column in found]
    weights = _weights(estimate, units, before_balancing=before_balancing)
    treated = units["treated"].to_numpy(dtype=bool)
    return Regression(
        y=y,
        treated=treated,
        X=np.column_stack([np.empty((len(y), 0)), *(column.numbers for column in found)]),
        names=tuple(design.outcome if name == "baseline" else name for name in dict.fromkeys(variables)),
        columns=tuple(
            np.flatnonzero([variable == name for variable in variables]) for name in dict.fromkeys(variables)
        ),
        weights=weights,
        clusters=cluster_codes(pd.factorize(units["cluster"])[0], treated) if design.clustered else None,
    )


def _adjusted_for(estimate: Estimate) -> tuple[str, ...]:
    """Return the characteristics that the analysis takes into account, the outcome before apart."""
    design = estimate.design
    if estimate.method == "compare_groups" and not is_adjusted(estimate):
        return ()
    if design.comparable is None:
        return design.covariates
    made_alike = (name for name in design.comparable.on if name != design.outcome)
    return tuple(dict.fromkeys((*design.covariates, *made_alike)))


def _weights(estimate: Estimate, units: pd.DataFrame, *, before_balancing: bool) -> Floats | None:
    parts = []
    if "weight" in units:
        parts.append(units["weight"].to_numpy(dtype=float))
    if estimate.design.comparable is not None and not before_balancing:
        parts.append(estimate.design.weights.reindex(units.index).to_numpy(dtype=float))
    return np.prod(parts, axis=0) if parts else None
