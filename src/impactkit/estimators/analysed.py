"""Who is analysed: the people of a design whose outcome, and what else the method needs, is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import PERIOD, UNIT, FlowStep
from impactkit.design.balance import weighted_moments
from impactkit.design.comparable import NOT_FOLLOWED
from impactkit.design.covariates import columns_of
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.inference.few_clusters import are_few
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
        return int(self.treated.sum())

    @property
    def n_comparison(self) -> int:
        """How many of those compared are analysed."""
        return int((~self.treated).sum())

    def n_clusters(self, arm: Arm | None = None) -> int:
        """Count the clusters, of one arm or of both; 0 when the design has none."""
        if self.clusters is None:
            return 0
        return len(
            np.unique(self.clusters if arm is None else self.clusters[self.treated == (arm == "treated")])
        )


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
    units = replace(design, comparable=None).units()
    if "comparison" not in arms:
        units = units[units["treated"]]
    units["after"] = _outcome_after(design, units.index)
    needs = _needs(design, baseline=baseline, covariates=covariates)
    kept = np.ones(len(units), dtype=bool)
    steps = [("entered", kept)]
    if design.comparable is not None:
        units["balancing"] = design.comparable.by_person.reindex(units.index)
        reason = pd.Series(design.comparable.reasons, index=design.comparable.people).reindex(units.index)
        # Those lost for the outcome that the weights were made for have no weight for another one.
        lost = (reason == NOT_FOLLOWED).to_numpy()
        units["after"] = units["after"].mask(lost)
        kept = (units["balancing"] > 0).to_numpy() | lost
        steps.append(("comparable", kept))
    for key, columns in needs:
        kept = kept & units[columns].notna().all(axis=1).to_numpy()
        steps.append((key, kept))
    steps.append(("analysed", kept))
    treated = units["treated"].to_numpy()
    counts = tuple(step for arm in arms for step in _chain(arm, steps, treated))
    people = units[kept]
    for arm in arms:
        if (people["treated"] == (arm == "treated")).sum() < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    return Analysed(
        ids=people.index.to_numpy(),
        treated=people["treated"].to_numpy(),
        before=people["baseline"].to_numpy(dtype=float),
        after=people["after"].to_numpy(dtype=float),
        covariates=_matrix(people, design.covariates if covariates else ()),
        weights=people["weight"].to_numpy(dtype=float) if "weight" in people else None,
        clusters=_codes(people["cluster"], people["treated"], arms) if design.clustered else None,
        balancing=people["balancing"].to_numpy(dtype=float) if "balancing" in people else None,
        counts=counts,
    )


def _outcome_after(design: Design, people: pd.Index) -> pd.Series:
    panel = design.cohort.panel
    at_after = panel[panel[PERIOD] == design.window[1]].set_index(UNIT)[design.outcome]
    return at_after.reindex(people)


def _needs(design: Design, *, baseline: bool, covariates: bool) -> list[tuple[str, list[str]]]:
    """Return, step by step, the columns that must be known."""
    needs = [("baseline_known", ["baseline"])] if baseline else []
    needs.append(("followed", ["after"]))
    if covariates and design.covariates:
        needs.append(("covariates_known", list(design.covariates)))
    return needs


def _chain(arm: Arm, steps: Iterable[tuple[str, np.ndarray]], treated: np.ndarray) -> list[FlowStep]:
    group = treated == (arm == "treated")
    return [
        FlowStep(
            key=key,
            n=int((kept & group).sum()),
            arm=arm,
            reason=None if key in ("entered", "analysed") else Message(f"estimators.reason.{key}"),
        )
        for key, kept in steps
    ]


def _matrix(people: pd.DataFrame, names: Iterable[str]) -> Floats:
    columns = columns_of(people, tuple(names), drop_reference=True)
    return np.column_stack([np.empty((len(people), 0)), *(column.numbers for column in columns)])


def _codes(cluster: pd.Series, treated: pd.Series, arms: tuple[Arm, ...]) -> Codes:
    unknown = int(cluster.isna().sum())
    if unknown:
        raise EstimationError(Message("estimators.error.cluster_unknown", {"n": unknown}))
    for arm in arms:
        if cluster[treated == (arm == "treated")].nunique() < 2:
            raise EstimationError(Message(f"estimators.error.one_cluster_{arm}"))
    return np.asarray(pd.factorize(cluster)[0], dtype=np.intp)


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
    for arm, group in groups:
        for time, values in times:
            if group.any() and not np.isnan(values).any():
                weights = None if people.weights is None else people.weights[group]
                mean, sd = weighted_moments(values[group], weights)
                found.append(GroupMean(group=arm, time=time, mean=mean, sd=sd, n=int(group.sum())))
    return tuple(found)


def error_settings(people: Analysed, *, errors: Errors, df_rule: str) -> dict[str, object]:
    """Return how errors are computed, in plain values; ``clusters`` is 0 when each person is her own."""
    return {
        "errors": errors,
        "df_rule": df_rule,
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
    n, treated = people.n_clusters(), people.n_clusters("treated")
    if not are_few(n, treated):
        return []
    return [Message("estimators.note.few_clusters", {"n": n, "treated": treated})]
