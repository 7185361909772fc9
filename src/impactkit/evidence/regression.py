"""The regression behind an estimate of two groups, or the nearest to it: what sensitivity is computed on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.cohort.cohort import WEIGHT
from impactkit.cohort.rows import in_order_of_appearance
from impactkit.design.covariates import column_of_numbers, columns_at, known_at, stacked
from impactkit.estimators.analysed import cluster_codes
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
    rows, members = design.cohort.rows, design.everyone.members()
    if not before_balancing:
        members = members.keep(np.asarray(rows.people[members.people].isin(estimate.analysed)))
    before = design.known_from(members.people)
    y = rows.numbers(design.outcome, rows.at(design.window[1])[members.people])
    if of_changes:
        y = y - rows.numbers(design.outcome, before)
    known = ~np.isnan(y) & known_at(rows, before, names)
    by_baseline = is_adjusted(estimate) and design.has_baseline and not of_changes
    if by_baseline:
        known &= ~np.isnan(rows.numbers(design.outcome, before))
    members, before, y = members.keep(known), before[known], y[known]
    treated, people = members.treated, members.people
    found = columns_at(rows, before, names, reference_of=treated)
    if by_baseline:
        found = (column_of_numbers(design.outcome, rows.numbers(design.outcome, before)), *found)
    variables = [column.variable for column in found]
    clusters = rows.cluster if design.clustered else None
    if clusters is not None:
        clusters = cluster_codes(in_order_of_appearance(clusters[people]), treated)
    return Regression(
        y=y,
        treated=treated,
        X=stacked(found, len(y)),
        names=tuple(dict.fromkeys(variables)),
        columns=tuple(
            np.flatnonzero([variable == name for variable in variables]) for name in dict.fromkeys(variables)
        ),
        weights=_weights(estimate, people, before_balancing=before_balancing),
        clusters=clusters,
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


def _weights(estimate: Estimate, people: Codes, *, before_balancing: bool) -> Floats | None:
    parts, rows = [], estimate.design.cohort.rows
    if WEIGHT in rows.frame:
        parts.append(rows.numbers(WEIGHT, rows.first[people]))
    if estimate.design.comparable is not None and not before_balancing:
        parts.append(estimate.design.comparable.weights_of(rows.people[people]))
    return np.prod(parts, axis=0) if parts else None
