"""Everyone in the two groups of a design, followed or lost, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import FlowStep
from impactkit.design.covariates import columns_of
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_codes, outcome_after
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Everyone:
    """The people of a design, in arrays of one length n.

    Attributes
    ----------
    y : (n,) array
        The outcome after; NaN for those lost.
    treated : (n,) array of bool
    known_before : (n, p) array
        Outcome before entry and covariates, known for everyone: the mean stands where a number is missing,
        with a column that says so, and a missing level is a level.
    weights : (n,) array or None
    clusters : (n,) array of int or None
    counts : tuple of FlowStep
        By arm, those who entered and those followed.
    """

    y: Floats
    treated: npt.NDArray[np.bool_]
    known_before: Floats
    weights: Floats | None
    clusters: Codes | None
    counts: tuple[FlowStep, ...]

    @property
    def observed(self) -> npt.NDArray[np.bool_]:
        """Who is followed."""
        return ~np.isnan(self.y)


def everyone_in(design: Design) -> Everyone:
    """Return everyone in the design, with what was known of them before entry.

    Raises
    ------
    EstimationError
        When nobody is compared, groups were matched or weighted, people enter at several dates, or fewer
        than two people are followed in a group.
    """
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    if design.comparable is not None:
        raise EstimationError(Message("losses.error.already_comparable"))
    units = design.units()
    y = outcome_after(design, units.index).to_numpy(dtype=float)
    treated = units["treated"].to_numpy(dtype=bool)
    for arm, group in (("treated", treated), ("comparison", ~treated)):
        if (~np.isnan(y[group])).sum() < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    names = [*(("baseline",) if design.has_baseline else ()), *design.covariates]
    return Everyone(
        y=y,
        treated=treated,
        known_before=_complete(units, names),
        weights=units["weight"].to_numpy(dtype=float) if "weight" in units else None,
        clusters=cluster_codes(pd.factorize(units["cluster"])[0], treated) if design.clustered else None,
        counts=_counts(y, treated),
    )


def cells_of(design: Design, name: str) -> Codes:
    """Return the categories of a characteristic as codes, a missing one being a category."""
    if name not in design.covariates:
        known = ", ".join(design.covariates) or "none"
        raise ValueError(f"by={name!r} is not a covariate of the design: expected one of {known}")
    values = design.units()[name]
    return np.asarray(pd.factorize(values, use_na_sentinel=False)[0], dtype=np.intp)


def _complete(units: pd.DataFrame, names: list[str]) -> Floats:
    known = units.copy()
    for name in names:
        if not pd.api.types.is_numeric_dtype(known[name]):
            known[name] = known[name].where(known[name].notna(), " ")
    parts = [np.empty((len(units), 0))]
    for column in columns_of(known, names, drop_reference=True):
        missing = np.isnan(column.numbers)
        if missing.all():
            continue
        parts.append(np.where(missing, column.numbers[~missing].mean(), column.numbers)[:, None])
        if missing.any():
            parts.append(missing.astype(float)[:, None])
    return np.hstack(parts)


def _counts(y: Floats, treated: npt.NDArray[np.bool_]) -> tuple[FlowStep, ...]:
    steps = []
    for arm, group in (("treated", treated), ("comparison", ~treated)):
        steps.append(FlowStep(key="entered", n=int(group.sum()), arm=arm))
        followed = int((~np.isnan(y[group])).sum())
        reason = Message("estimators.reason.followed")
        steps.append(FlowStep(key="followed", n=followed, arm=arm, reason=reason))
    return tuple(steps)
