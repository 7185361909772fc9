"""Who is analysed when all periods count: people and their outcomes as arrays, and the others counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import WEIGHT, FlowStep
from impactkit.design.balance import weighted_moments
from impactkit.design.covariates import columns_of
from impactkit.design.design import Design, Members
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_codes, flow_steps
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.result import GroupMean
from impactkit.text import Message

Panel = Literal["balanced", "unbalanced", "repeated"]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """The people analysed, as arrays of one length n; for repeated cross-sections, n counts their rows.

    Attributes
    ----------
    ids : array
        People analysed, each once.
    Y : (n, T) array
        Outcomes; NaN where not seen.
    entries : array
        Dates of entry, ascending; the last is infinite for those who do not enter.
    periods : (T,) array
        Those at which the outcome is known for someone.
    cohort : (n,) array of int
        Position in ``entries``.
    weights : (n,) array
        Of mean 1.
    weighted : bool
        Whether the cohort has weights.
    covariates : (T, n, p) array, or (1, n, p) when they do not change
    clusters : (n,) array of int or None
    n_treated, n_comparison : int
        People.
    n_recurring : int
        For repeated cross-sections, people seen at several periods.
    means : tuple of GroupMean
    counts : tuple of FlowStep
    """

    ids: np.ndarray
    Y: Floats
    entries: Floats
    periods: Floats
    cohort: Codes
    weights: Floats
    weighted: bool
    covariates: Floats
    clusters: Codes | None
    n_treated: int
    n_comparison: int
    n_recurring: int
    means: tuple[GroupMean, ...]
    counts: tuple[FlowStep, ...]


def people_followed(design: Design, *, panel: Panel, anticipation: float) -> Followed:
    """Keep the people whom the estimate by period can use, and count the others.

    One rule for missing outcomes: with ``"balanced"``, people whose outcome is known at all periods; else,
    all whose outcome is known at one period at least, each mean over those known at its period.

    Raises
    ------
    EstimationError
        When a group has fewer than two people, or the cluster of a person is not known.
    """
    members, rows = design.members(), design.cohort.rows
    treated, entry = members.treated, _entry(design, members)
    at = np.searchsorted(rows.periods, design.periods)
    outcomes = rows.table(design.outcome, people=members.people, periods=at)
    known = ~np.isnan(outcomes)
    measured = known.any(axis=0)
    periods = rows.periods[at[measured]]
    if not measured.all():
        outcomes, known = outcomes[:, measured], known[:, measured]
    if periods.size < 2:
        raise EstimationError(Message("estimators.error.no_baseline"))
    kept: Bools = np.ones(len(treated), dtype=bool)
    steps = [("entered", kept)]
    if anticipation:
        kept = kept & (~treated | (entry > periods[0] + anticipation))
        steps.append(("time_before", kept))
    if panel == "balanced":
        kept = kept & known.all(axis=1)
        steps.append(("every_period", kept))
    else:
        kept = kept & known.any(axis=1)
        steps.append(("some_period", kept))
    X = _matrices(design, members, periods)
    if design.covariates:
        described = np.broadcast_to(~np.isnan(X).any(axis=2).T, known.shape)
        kept = kept & (described.all(axis=1) if panel == "balanced" else (known & described).any(axis=1))
        outcomes = np.where(described, outcomes, np.nan)
        steps.append(("covariates_known", kept))
    steps.append(("analysed", kept))
    n_treated, n_comparison = int(np.count_nonzero(kept & treated)), int(np.count_nonzero(kept & ~treated))
    if n_treated < 2:
        raise EstimationError(Message("estimators.error.too_few_treated"))
    if n_comparison < 2:
        raise EstimationError(Message("estimators.error.too_few_comparison"))
    people, Y = members.keep(kept), outcomes if kept.all() else outcomes[kept]
    first = rows.first[people.people]
    clusters = rows.cluster if design.clustered else None
    if clusters is not None:
        clusters = cluster_codes(clusters[people.people], people.treated)
    weights = rows.numbers(WEIGHT, first) if WEIGHT in rows.frame else np.ones(len(first))
    entries = np.append(np.unique(entry[kept & treated]), np.inf)
    lines, n_recurring = np.arange(len(first)), 0
    means = _means(design, Y, people.treated, weights, periods)
    if panel == "repeated":
        Y, lines, n_recurring = _rows(Y)
    return Followed(
        ids=rows.identifiers(people.people),
        Y=Y,
        entries=entries,
        periods=periods,
        cohort=np.searchsorted(entries, entry[kept])[lines],
        weights=weights[lines] / weights[lines].mean(),
        weighted=WEIGHT in rows.frame,
        covariates=X[:, kept][:, lines],
        clusters=None if clusters is None else clusters[lines],
        n_treated=n_treated,
        n_comparison=n_comparison,
        n_recurring=n_recurring,
        means=means,
        counts=flow_steps(steps, members),
    )


def _entry(design: Design, members: Members) -> Floats:
    """Return each person's date of entry: infinite for those compared."""
    if design.staggered:
        return members.entry
    date = design.entries[0] if design.entries else design.window[1]
    return np.where(members.treated, date, np.inf)


def _rows(Y: Floats) -> tuple[Floats, Codes, int]:
    """Return one row per outcome known, whose it is, and how many people have several."""
    known = ~np.isnan(Y)
    people, columns = np.nonzero(known)
    rows = np.full((people.size, Y.shape[1]), np.nan)
    rows[np.arange(people.size), columns] = Y[people, columns]
    return rows, people, int((known.sum(axis=1) > 1).sum())


def _matrices(design: Design, members: Members, periods: Floats) -> Floats:
    """Return the covariates at each period; where not known, as they were before the first entry."""
    names = list(design.covariates)
    if not names:
        return np.empty((1, len(members.people), 0))
    rows, before = design.cohort.rows, design.units()[[*names, "treated"]]
    tables = []
    for period in periods:
        at = rows.at(period)[members.people]
        now = pd.DataFrame({name: rows.values(name, at) for name in names}).set_axis(before.index)
        tables.append(now.where(now.notna(), before[names]).assign(treated=before["treated"]))
    columns = columns_of(pd.concat(tables), names, drop_reference=True)
    shape = (periods.size, len(before))
    stacked = np.array([column.numbers for column in columns]).reshape(len(columns), *shape)
    X = np.moveaxis(stacked, 0, -1)
    return X[:1] if np.array_equal(X, np.broadcast_to(X[:1], X.shape), equal_nan=True) else X


def _means(
    design: Design, Y: Floats, treated: Bools, weights: Floats, periods: Floats
) -> tuple[GroupMean, ...]:
    """Return the unadjusted means at the two times of the window, among people analysed and seen then."""
    groups: tuple[tuple[Literal["treated", "comparison"], Bools], ...] = (
        ("treated", treated),
        ("comparison", ~treated),
    )
    times: tuple[tuple[Literal["before", "after"], float], ...] = (
        ("before", design.window[0]),
        ("after", design.window[1]),
    )
    found = []
    for group, members in groups:
        for time, period in times:
            if period not in periods:
                continue
            values = Y[:, np.searchsorted(periods, period)]
            seen = members & ~np.isnan(values)
            if seen.any():
                mean, sd = weighted_moments(values[seen], weights[seen])
                found.append(
                    GroupMean(group=group, time=time, mean=mean, sd=sd, n=int(np.count_nonzero(seen)))
                )
    return tuple(found)
