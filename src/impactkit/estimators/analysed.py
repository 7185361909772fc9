"""Who is analysed: the people of a design whose outcome, and what else the method needs, is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import WEIGHT, FlowStep
from impactkit.design.balance import weighted_moments
from impactkit.design.comparable import NOT_FOLLOWED
from impactkit.design.covariates import columns_at, known_at, stacked
from impactkit.design.design import Design, Members
from impactkit.errors import EstimationError
from impactkit.estimators.inference.few_clusters import are_few, clusters_held
from impactkit.estimators.inference.linear import Codes, Errors, Floats
from impactkit.estimators.result import GroupMean
from impactkit.text import Message

Arm = Literal["treated", "comparison"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysed:
    """The people analysed, as arrays of one length n and in one order.

    Attributes
    ----------
    ids : (n,) array
    treated : (n,) array of bool
    before : (n,) array
        The outcome before entry; NaN where not known (never when the method needs it).
    after : (n,) array
    covariates : (n, p) array
        Without a constant; categories without their most frequent level among beneficiaries.
    weights : (n,) array or None
    clusters : (n,) array of int or None
        Codes of the clusters; ``None`` when the design has none.
    balancing : (n,) array or None
        The weights that make the groups comparable, after `match` or `weight`.
    counts : tuple of FlowStep
        By arm, from the people of the design to those analysed.
    """

    ids: np.ndarray
    treated: npt.NDArray[np.bool_]
    before: Floats
    after: Floats
    covariates: Floats
    weights: Floats | None
    clusters: Codes | None
    balancing: Floats | None
    counts: tuple[FlowStep, ...]

    @property
    def n_treated(self) -> int:
        """How many beneficiaries are analysed."""
        return int(np.count_nonzero(self.treated))

    @property
    def n_comparison(self) -> int:
        """How many of those compared are analysed."""
        return int(np.count_nonzero(~self.treated))

    def n_clusters(self, arm: Arm | None = None) -> int:
        """Count the clusters, of one arm or of both; 0 when the design has none."""
        if self.clusters is None:
            return 0
        if arm is None:
            return int(self.clusters.max()) + 1
        return int(np.count_nonzero(clusters_held(self.clusters, self.treated)[int(arm == "treated")]))


def people_analysed(
    design: Design, *, baseline: bool, covariates: bool, arms: tuple[Arm, ...] = ("treated", "comparison")
) -> Analysed:
    """Keep the people for whom everything that the method needs is known, and count the others.

    Parameters
    ----------
    design : Design
    baseline : bool
        Whether the method needs the outcome before entry.
    covariates : bool
        Whether it needs the covariates.
    arms : tuple
        The arms it uses.

    Raises
    ------
    EstimationError
        When the design has no time before but needs one, an arm has fewer than two people, or the cluster of
        a person is not known.
    """
    if baseline and not design.has_baseline:
        raise EstimationError(Message("estimators.error.no_baseline"))
    rows = design.cohort.rows
    members = design.everyone.members()
    if "comparison" not in arms:
        members = members.keep(members.treated)
    times = np.searchsorted(rows.periods, design.window[0 if design.has_baseline else 1 :])
    outcomes = rows.table(design.outcome, people=members.people, periods=times)
    after = outcomes[:, -1]
    before = outcomes[:, 0] if design.has_baseline else np.full(len(after), np.nan)
    names = design.covariates if covariates else ()
    at = design.known_from(members.people)
    balancing, alike = _made_comparable(design, members)
    if alike is not None:
        # Those lost for the outcome that the weights were made for have no weight for another one.
        after = np.where(alike & (balancing <= 0), np.nan, after)
    needs = [("baseline_known", ~np.isnan(before))] if baseline else []
    needs.append(("followed", ~np.isnan(after)))
    if names:
        needs.append(("covariates_known", known_at(rows, at, names)))
    kept = np.ones(len(after), dtype=bool)
    steps = [("entered", kept)]
    if alike is not None:
        needs.insert(0, ("comparable", alike))
    for key, known in needs:
        if not known.all():
            kept = kept & known
        steps.append((key, kept))
    steps.append(("analysed", kept))
    counts = flow_steps(steps, members, arms)
    if kept.all():
        people = members
    else:
        people, before, after = members.keep(kept), before[kept], after[kept]
    for arm in arms:
        if np.count_nonzero(people.treated == (arm == "treated")) < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    first = rows.first[people.people]
    clusters = rows.cluster if design.clustered else None
    if clusters is not None:
        clusters = cluster_codes(clusters[people.people], people.treated, arms)
    return Analysed(
        ids=rows.identifiers(people.people),
        treated=people.treated,
        before=before,
        after=after,
        covariates=stacked(columns_at(rows, at[kept], names, reference_of=people.treated), len(first)),
        weights=rows.numbers(WEIGHT, first) if WEIGHT in rows.frame else None,
        clusters=clusters,
        balancing=None if alike is None else balancing[kept],
        counts=counts,
    )


def _made_comparable(design: Design, members: Members) -> tuple[Floats, npt.NDArray[np.bool_] | None]:
    """Return the weights that make the groups comparable, and who has one or would if she were followed."""
    made = design.comparable
    if made is None:
        return np.ones(len(members.people)), None
    people = design.cohort.rows.people[members.people]
    balancing = made.weights_of(people)
    return balancing, np.asarray((balancing > 0) | (made.reasons_of(people) == NOT_FOLLOWED))


def outcome_after(design: Design, people: pd.Index) -> pd.Series:
    """Return the outcome after entry of these people, missing when not known."""
    rows = design.cohort.rows
    positions = rows.people.get_indexer(people)
    known = rows.table(
        design.outcome, people=positions, periods=np.searchsorted(rows.periods, design.window[1:])
    )
    return pd.Series(known[:, 0], index=people)


def flow_steps(
    steps: Sequence[tuple[str, npt.NDArray[np.bool_]]],
    members: Members,
    arms: tuple[Arm, ...] = ("treated", "comparison"),
) -> tuple[FlowStep, ...]:
    """Count, by arm, the people left after each step."""
    left: list[dict[Arm, npt.NDArray[np.intp]]] = []
    last = None
    for _, kept in steps:
        if kept is last:  # a step that loses nobody
            left.append(left[-1])
            continue
        treated, compared = members.people[kept & members.treated], members.people[kept & ~members.treated]
        left.append({"treated": treated, "comparison": compared})
        last = kept
    return tuple(
        FlowStep(
            key=key,
            n=len(who[arm]),
            arm=arm,
            reason=None if key in ("entered", "analysed") else Message(f"estimators.reason.{key}"),
            who=who[arm],
        )
        for arm in arms
        for (key, _), who in zip(steps, left, strict=True)
    )


def cluster_codes(
    codes: Codes, treated: npt.NDArray[np.bool_], arms: tuple[Arm, ...] = ("treated", "comparison")
) -> Codes:
    """Return the codes of clusters without those that nobody has; -1 is a cluster that is not known.

    Raises
    ------
    EstimationError
        When the cluster of a person is not known, or an arm has only one.
    """
    unknown = int(np.count_nonzero(codes < 0))
    if unknown:
        raise EstimationError(Message("estimators.error.cluster_unknown", {"n": unknown}))
    held = clusters_held(codes, treated)
    for arm in arms:
        if np.count_nonzero(held[int(arm == "treated")]) < 2:
            raise EstimationError(Message(f"estimators.error.one_cluster_{arm}"))
    there = held.any(axis=0)
    return codes if there.all() else (np.cumsum(there) - 1)[codes]


def n_distinct(codes: Codes) -> int:
    """Count the distinct codes."""
    found = np.zeros(int(codes.max(initial=-1)) + 1, dtype=bool)
    found[codes] = True
    return int(np.count_nonzero(found))


def group_means(people: Analysed) -> tuple[GroupMean, ...]:
    """Return the unadjusted means of the people analysed: before, when all were known, and after."""
    found = []
    groups: tuple[tuple[Arm, np.ndarray], ...] = (
        ("treated", people.treated),
        ("comparison", ~people.treated),
    )
    times: tuple[tuple[Literal["before", "after"], Floats], ...] = (
        ("before", people.before),
        ("after", people.after),
    )
    known = [(time, values) for time, values in times if not np.isnan(values).any()]
    for arm, group in groups:
        rows = np.flatnonzero(group)
        weights = None if people.weights is None else people.weights[rows]
        for time, values in known:
            if rows.size:
                mean, sd = weighted_moments(values[rows], weights)
                found.append(GroupMean(group=arm, time=time, mean=mean, sd=sd, n=rows.size))
    return tuple(found)


def error_settings(
    people: Analysed, *, errors: Errors, df_rule: str, laws: tuple[str, ...] = ()
) -> dict[str, object]:
    """Return how errors are computed, in plain values; ``clusters`` is 0 when each person is her own.

    ``laws`` are those that the headline rests on, the errors alone when not given.
    """
    return {
        "errors": errors,
        "df_rule": df_rule,
        "laws": ", ".join(laws or (errors,)),
        "clusters": people.n_clusters() if _by_cluster(errors) else 0,
        "weights": people.weights is not None,
    }


def _by_cluster(errors: Errors) -> bool:
    return errors.startswith("CR") or errors in ("wild", "randomisation")


def cluster_notes(people: Analysed, errors: Errors) -> list[Message]:
    """Say what a reader must know about the clusters: that they are few, or set aside."""
    if people.clusters is None:
        return []
    if not _by_cluster(errors):
        return [Message("estimators.note.clusters_set_aside")]
    held = clusters_held(people.clusters, people.treated)
    n, treated = held.shape[1], int(np.count_nonzero(held[1]))
    if not are_few(n, treated):
        return []
    return [Message("estimators.note.few_clusters", {"n": n, "treated": treated})]
