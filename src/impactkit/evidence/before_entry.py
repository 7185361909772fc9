"""How the two groups of an estimate compared at each time before entry: what several checks look at."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import BENEFICIARY
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import people_analysed
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.result import Estimate
from impactkit.estimators.trends.gaps import Gaps, gaps_between
from impactkit.evidence.rules_rivals import FEWEST_SEEN_BEFORE

# Event time of the last period before entry, from which coefficients are counted.
_REFERENCE = -1.0
# Fewer gaps before entry only tell whether the groups drew apart, which `pre_trends` asks.
FEWEST_GAPS = 2
# Why nothing is known of the time before entry.
NotKnown = Literal["anticipated", "not_seen_before", "did_not_vary"]
# What is left of the variance of a gap, as a share of the largest, when nearer gaps do not tell it already.
_OWN = 1e-9


def times_before(estimate: Estimate) -> int:
    """Count the times before entry at which the groups can be compared; the most of any date of entry."""
    design = estimate.design
    periods = np.array(design.cohort.periods)
    if estimate.cells is None and estimate.method == "did":
        return int((periods <= design.window[0]).sum())
    # An event study follows people at all periods, whatever the window.
    rows = design.cohort.rows
    entries = rows.entry[rows.in_arms([BENEFICIARY])]
    last = max(design.entries) if design.entries else entries[entries <= periods[-1]].max()
    return int((periods < last).sum())


def why_not_known(estimate: Estimate) -> NotKnown:
    """Tell why `gaps_before` returns nothing."""
    if _allows_anticipation(estimate):
        return "anticipated"
    return "not_seen_before" if _found(estimate) is None else "did_not_vary"


def gaps_before(estimate: Estimate) -> Gaps | None:
    """Return the gaps before entry and after it; ``None`` when there are none that can be computed.

    Between two times (`did`), everyone analysed, at each earlier period that enough of both groups were seen
    at; people made comparable keep their weights, taken as known. By date of entry, the coefficients of the
    event study (Sun & Abraham's when the estimate has none before entry), counted in periods. An estimate
    that lets the action act before entry leaves no time that is surely without it.

    A time at which everyone's outcome is what it was at a nearer one tells nothing more, and is left out.
    """
    if _allows_anticipation(estimate):
        return None
    found = _found(estimate)
    return None if found is None else _telling(found)


def _telling(gaps: Gaps) -> Gaps | None:
    """Keep the gaps that those nearer to entry do not tell already; ``None`` when none is left."""
    k = gaps.n_before
    covariance = gaps.covariance[:k, :k]
    kept: list[int] = []
    for j in reversed(range(k)):
        with_kept = covariance[np.ix_(kept, kept)]
        told = covariance[j, kept] @ np.linalg.solve(with_kept, covariance[kept, j]) if kept else 0.0
        if covariance[j, j] - told > _OWN * covariance.diagonal().max():
            kept.append(j)
    if len(kept) == k:
        return gaps
    if not kept:
        return None
    order = [*sorted(kept), k]
    return Gaps(
        times=gaps.times[order[:-1]],
        horizon=gaps.horizon,
        values=gaps.values[order],  # noqa: PD011 (an array)
        covariance=gaps.covariance[np.ix_(order, order)],
        df=gaps.df[order],
    )


def _found(estimate: Estimate) -> Gaps | None:
    try:
        if estimate.method == "did" and estimate.cells is None:
            return _between_two_times(estimate)
        return _along_path(estimate)
    except EstimationError:
        return None


def _between_two_times(estimate: Estimate) -> Gaps | None:
    design = estimate.design
    rows, (base, after) = design.cohort.rows, design.window
    people = people_analysed(design, baseline=True, covariates=design.comparable is None)
    earlier = rows.periods[rows.periods < base]
    if not earlier.size:
        return None
    outcomes = rows.table(
        design.outcome,
        people=rows.people.get_indexer(pd.Index(people.ids)),
        periods=np.searchsorted(rows.periods, [*earlier, base, after]),
    )
    changes = np.delete(outcomes, earlier.size, axis=1) - outcomes[:, [earlier.size]]
    weights = people.weights
    if people.balancing is not None:
        weights = people.balancing if weights is None else people.balancing * weights
    kept = np.append(_seen_enough(changes[:, :-1], people.treated), True)
    if not kept[:-1].any():
        return None
    return gaps_between(
        changes=changes[:, kept],
        times=earlier[kept[:-1]] - base,
        horizon=after - base,
        treated=people.treated,
        X=people.covariates,
        centre="everyone" if design.estimand == "ATE" else "treated",
        weights=weights,
        clusters=people.clusters,
    )


def _seen_enough(changes: Floats, treated: np.ndarray) -> np.ndarray:
    """Tell the times at which enough of both groups were seen."""
    known = ~np.isnan(changes)
    shares = np.array([known[treated].mean(axis=0), known[~treated].mean(axis=0)])
    return np.asarray((shares >= FEWEST_SEEN_BEFORE).all(axis=0))


def _along_path(estimate: Estimate) -> Gaps | None:
    """Return the coefficients of an event study as gaps; the effect is the mean over people and periods."""
    if estimate.cells is not None or not any(_is_before(effect.event_time) for effect in estimate.path):
        # Imputation has no coefficient before entry; those of dates of entry are not counted in periods.
        estimate = event_study(estimate.design, method="sun_abraham", errors="CR2")
    at = np.array([effect.event_time for effect in estimate.path], dtype=float)
    people = np.array([effect.n_treated for effect in estimate.path], dtype=float)
    enough = people >= FEWEST_SEEN_BEFORE * people.max()
    before, after = (at < _REFERENCE) & enough, at > _REFERENCE
    if not before.any() or not after.any() or estimate.vcov is None:
        return None
    average = np.where(after, people, 0.0) / people[after].sum()
    pick = np.vstack([np.eye(len(at))[before], average])
    df = np.array([effect.df for effect in estimate.path])
    return Gaps(
        times=at[before] - _REFERENCE,
        horizon=float(average @ (at - _REFERENCE)),
        values=pick @ np.array([effect.value for effect in estimate.path]),
        covariance=pick @ estimate.vcov @ pick.T,
        df=np.append(df[before], df[after].min()),
    )


def _allows_anticipation(estimate: Estimate) -> bool:
    return bool(estimate.settings.get("anticipation", 0))


def _is_before(event_time: float | None) -> bool:
    return event_time is not None and event_time < _REFERENCE
