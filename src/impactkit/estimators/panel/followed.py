"""Who is analysed when all periods count: people and their outcomes as arrays, and the others counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import PERIOD, UNIT, FlowStep
from impactkit.design.balance import weighted_moments
from impactkit.design.covariates import columns_of
from impactkit.design.design import Design
from impactkit.errors import EstimationError
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
    units = design.units()
    treated = units["treated"].to_numpy()
    entry = _entry(design, units)
    periods = np.array(design.periods)
    outcomes = _outcomes(design, units.index, periods)
    measured = ~np.isnan(outcomes).all(axis=0)
    periods, outcomes = periods[measured], outcomes[:, measured]
    if periods.size < 2:
        raise EstimationError(Message("estimators.error.no_baseline"))
    known = ~np.isnan(outcomes)
    in_time = ~treated | (entry > periods[0] + anticipation)
    kept: Bools = np.ones(len(units), dtype=bool)
    steps = [("entered", kept)]
    if anticipation:
        kept = kept & in_time
        steps.append(("time_before", kept))
    if panel == "balanced":
        kept = kept & known.all(axis=1)
        steps.append(("every_period", kept))
    else:
        kept = kept & known.any(axis=1)
        steps.append(("some_period", kept))
    X = _matrices(design, units, periods)
    if design.covariates:
        described = np.broadcast_to(~np.isnan(X).any(axis=2).T, known.shape)
        kept = kept & (described.all(axis=1) if panel == "balanced" else (known & described).any(axis=1))
        outcomes = np.where(described, outcomes, np.nan)
        steps.append(("covariates_known", kept))
    steps.append(("analysed", kept))
    n_treated, n_comparison = int((kept & treated).sum()), int((kept & ~treated).sum())
    if n_treated < 2:
        raise EstimationError(Message("estimators.error.too_few_treated"))
    if n_comparison < 2:
        raise EstimationError(Message("estimators.error.too_few_comparison"))
    people, Y = units[kept], outcomes[kept]
    weights = people["weight"].to_numpy(dtype=float) if "weight" in people else np.ones(len(people))
    entries = np.append(np.unique(entry[kept & treated]), np.inf)
    rows, n_recurring = np.arange(len(people)), 0
    means = _means(design, Y, people["treated"].to_numpy(), weights, periods)
    if panel == "repeated":
        Y, rows, n_recurring = _rows(Y)
    return Followed(
        ids=people.index.to_numpy(),
        Y=Y,
        entries=entries,
        periods=periods,
        cohort=np.searchsorted(entries, entry[kept])[rows],
        weights=weights[rows] / weights[rows].mean(),
        weighted="weight" in people,
        covariates=X[:, kept][:, rows],
        clusters=_codes(people)[rows] if design.clustered else None,
        n_treated=n_treated,
        n_comparison=n_comparison,
        n_recurring=n_recurring,
        means=means,
        counts=_counts(steps, treated),
    )


def _entry(design: Design, units: pd.DataFrame) -> Floats:
    """Return each person's date of entry: infinite for those compared."""
    if "entry" in units:
        return units["entry"].to_numpy(dtype=float)
    date = design.entries[0] if design.entries else design.window[1]
    return np.where(units["treated"].to_numpy(), date, np.inf)


def _outcomes(design: Design, people: pd.Index, periods: Floats) -> Floats:
    panel = design.cohort.panel
    rows = people.get_indexer(pd.Index(panel[UNIT]))
    times = panel[PERIOD].to_numpy(dtype=float)
    columns = np.minimum(np.searchsorted(periods, times), periods.size - 1)
    used = (rows >= 0) & (periods[columns] == times)
    outcomes = np.full((len(people), periods.size), np.nan)
    outcomes[rows[used], columns[used]] = panel[design.outcome].to_numpy(dtype=float, na_value=np.nan)[used]
    return outcomes


def _rows(Y: Floats) -> tuple[Floats, Codes, int]:
    """Return one row per outcome known, whose it is, and how many people have several."""
    known = ~np.isnan(Y)
    people, columns = np.nonzero(known)
    rows = np.full((people.size, Y.shape[1]), np.nan)
    rows[np.arange(people.size), columns] = Y[people, columns]
    return rows, people, int((known.sum(axis=1) > 1).sum())


def _matrices(design: Design, units: pd.DataFrame, periods: Floats) -> Floats:
    """Return the covariates at each period; where not known, as they were before the first entry."""
    names = list(design.covariates)
    if not names:
        return np.empty((1, len(units), 0))
    panel = design.cohort.panel
    before = units[[*names, "treated"]]
    tables = []
    for period in periods:
        at = panel.loc[panel[PERIOD] == period, [UNIT, *names]].set_index(UNIT).reindex(units.index)
        tables.append(at.where(at.notna(), before[names]).assign(treated=before["treated"]))
    columns = columns_of(pd.concat(tables), names, drop_reference=True)
    shape = (periods.size, len(units))
    stacked = np.array([column.numbers for column in columns]).reshape(len(columns), *shape)
    X = np.moveaxis(stacked, 0, -1)
    return X[:1] if np.array_equal(X, np.broadcast_to(X[:1], X.shape), equal_nan=True) else X


def _codes(people: pd.DataFrame) -> Codes:
    cluster, treated = people["cluster"], people["treated"]
    unknown = int(cluster.isna().sum())
    if unknown:
        raise EstimationError(Message("estimators.error.cluster_unknown", {"n": unknown}))
    for arm, members in (("treated", treated), ("comparison", ~treated)):
        if cluster[members].nunique() < 2:
            raise EstimationError(Message(f"estimators.error.one_cluster_{arm}"))
    return np.asarray(pd.factorize(cluster)[0], dtype=np.intp)


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
            values = Y[:, periods == period].sum(axis=1) if period in periods else np.full(len(Y), np.nan)
            seen = members & ~np.isnan(values)
            if seen.any():
                mean, sd = weighted_moments(values[seen], weights[seen])
                found.append(GroupMean(group=group, time=time, mean=mean, sd=sd, n=int(seen.sum())))
    return tuple(found)


def _counts(steps: list[tuple[str, Bools]], treated: Bools) -> tuple[FlowStep, ...]:
    return tuple(
        FlowStep(
            key=key,
            n=int((kept & group).sum()),
            arm=arm,
            reason=None if key in ("entered", "analysed") else Message(f"estimators.reason.{key}"),
        )
        for arm, group in (("treated", treated), ("comparison", ~treated))
        for key, kept in steps
    )
