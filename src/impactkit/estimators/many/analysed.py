"""Who is analysed in each action, and how many are not for want of what: `people_analysed`, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.many.characteristics import Characteristic
from impactkit.estimators.many.people import People
from impactkit.estimators.many.refusals import Refusal, refused
from impactkit.estimators.many.segments import Bools, Part, Segments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysed:
    """The people analysed of the actions that are not refused yet.

    Attributes
    ----------
    actions : (B,) array of int
        Positions of these actions among all.
    segments : Segments
    groups : (Part, Part)
        The rows of beneficiaries, then of those compared.
    treated, before, after, weights, clusters : (N,) arrays
        As in `People`; clusters are codes 0, 1, … with those of an action together.
    has_baseline : (B,) array of bool
    people : (N,) array of int or slice
        Positions of these people among all.
    cluster_counts : (B, 2) array of int or None
        Clusters, and clusters with beneficiaries.
    """

    actions: Codes
    segments: Segments
    groups: tuple[Part, Part]
    treated: Bools
    before: Floats
    after: Floats
    weights: Floats | None
    clusters: Codes | None
    has_baseline: Bools
    people: Codes | slice
    cluster_counts: Codes | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Counts by action, (A,) arrays of int: who is in the design, who is analysed, why the others are not."""

    entered_treated: Codes
    entered_comparison: Codes
    n_treated: Codes
    n_comparison: Codes
    no_baseline: Codes
    not_followed: Codes
    no_covariates: Codes


def keep_known(
    people: People,
    characteristics: Sequence[Characteristic],
    *,
    baseline: Bools,
    compared: bool,
) -> tuple[Counts, Bools, tuple[Refusal, ...]]:
    """Keep the people for whom all that is needed is known.

    Parameters
    ----------
    people : People
    characteristics : sequence of Characteristic
        Those that must be known.
    baseline : (A,) array of bool
        The actions that need the outcome before entry.
    compared : bool
        Whether there is a comparison.

    Returns
    -------
    Counts
    (P,) array of bool
        The people kept.
    tuple of Refusal
        The actions with fewer than two people in a group.
    """
    at, treated = people.segments, people.treated
    entered = treated | people.compared
    kept = entered
    lost = []
    needs = (
        ~(np.isnan(people.before) & at.spread(baseline)) if baseline.any() else None,
        ~np.isnan(people.after),
    )
    for known in (*needs, _all_known(characteristics)):
        still = kept if known is None else kept & known
        lost.append(at.count(kept ^ still))
        kept = still
    n_treated, n_all = at.count(kept & treated), at.count(kept)
    entered_treated = at.count(treated)
    counts = Counts(
        entered_treated=entered_treated,
        entered_comparison=at.count(entered) - entered_treated,
        n_treated=n_treated,
        n_comparison=n_all - n_treated,
        no_baseline=lost[0],
        not_followed=lost[1],
        no_covariates=lost[2],
    )
    refusals = [Refusal(where=n_treated < 2, key="estimators.error.too_few_treated")]
    if compared:
        refusals.append(Refusal(where=n_all - n_treated < 2, key="estimators.error.too_few_comparison"))
    return counts, kept, tuple(refusals)


def _all_known(characteristics: Sequence[Characteristic]) -> Bools | None:
    known = None
    for item in characteristics:
        known = item.known if known is None else known & item.known
    return known


def refuse_clusters(people: People, kept: Bools, *, compared: bool) -> tuple[Refusal, ...]:
    """Refuse the actions with a person whose cluster is not known, or with one cluster in a group."""
    if people.clusters is None:
        return ()
    at = people.segments
    unknown = at.count(kept & (people.clusters < 0))
    refusals = [Refusal(where=unknown > 0, key="estimators.error.cluster_unknown", params={"n": unknown})]
    arms = (("treated", people.treated), ("comparison", ~people.treated))
    for arm, members in arms if compared else arms[:1]:
        there = kept & members
        # One cluster: the smallest code is the largest.
        codes = people.clusters.astype(float)
        low = at.smallest(np.where(there, codes, np.inf))
        high = at.largest(np.where(there, codes, -np.inf))
        refusals.append(Refusal(where=low >= high, key=f"estimators.error.one_cluster_{arm}"))
    return tuple(refusals)


def analysed(people: People, kept: Bools, refusals: Sequence[Refusal]) -> Analysed:
    """Return the people kept of the actions that no rule refuses."""
    at = people.segments
    actions = np.flatnonzero(~refused(refusals, at.sizes.size))
    if actions.size < at.sizes.size:
        going_on = np.zeros(at.sizes.size, dtype=bool)
        going_on[actions] = True
        kept = kept & at.spread(going_on)
    members: Codes | slice = slice(None) if kept.all() else np.flatnonzero(kept)
    segments = Segments(sizes=at.count(kept)[actions])
    treated = people.treated[members]
    clusters, counts = None, None
    if people.clusters is not None:
        order, clusters, counts = _by_cluster(people.clusters[members], segments, treated)
        members, treated = np.arange(kept.size)[members][order], treated[order]
    return Analysed(
        actions=actions,
        segments=segments,
        groups=segments.split(treated),
        treated=treated,
        before=people.before[members],
        after=people.after[members],
        weights=None if people.weights is None else people.weights[members],
        clusters=clusters,
        has_baseline=people.has_baseline[actions],
        people=members,
        cluster_counts=counts,
    )


def _by_cluster(clusters: Codes, segments: Segments, treated: Bools) -> tuple[Codes, Codes, Codes]:
    """Return the order that puts the people of a cluster together, their new codes, and the counts."""
    action = segments.codes
    order = np.lexsort((clusters, action))
    code, action, treated = clusters[order], action[order], treated[order]
    new = np.ones(code.size, dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | (action[1:] != action[:-1])
    codes = np.cumsum(new) - 1
    with_treated = np.bincount(codes, weights=treated) > 0
    of_cluster = action[new]
    n = segments.sizes.size
    counts = (
        np.bincount(of_cluster, minlength=n),
        np.bincount(of_cluster, weights=with_treated, minlength=n),
    )
    return order, codes, np.column_stack(counts).astype(np.intp)
