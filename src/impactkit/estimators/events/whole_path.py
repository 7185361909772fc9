"""Who is followed: the people of a design at all its periods, for methods that use the whole path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.cohort.cohort import BENEFICIARY, WEIGHT, FlowStep
from impactkit.cohort.frame import COMPARISON
from impactkit.cohort.rows import Rows
from impactkit.design.balance import weighted_moments
from impactkit.design.design import Bools, Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_codes, n_distinct
from impactkit.estimators.events.characteristics import before_action
from impactkit.estimators.events.twfe import Panel
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import GroupMean
from impactkit.text import Message

# The start of those who do not enter: after any period.
_NEVER = 2**31


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """The rows analysed and the people they belong to.

    Attributes
    ----------
    panel : Panel
    ids : (people,) array
        In the order of the codes of ``panel.units``.
    treated : (people,) array of bool
        Who enters by the last period.
    periods : (periods,) array
        As in the cohort, in the order of the codes of ``panel.periods``.
    left_out : int
        Periods at which nobody is left to compare with.
    clustered : bool
    covariates : (people, p) array
        Characteristics before the action, in the order of ``ids``; no column when they are not used.
    counts : tuple of FlowStep
    """

    panel: Panel
    ids: np.ndarray
    treated: npt.NDArray[np.bool_]
    periods: np.ndarray
    left_out: int
    clustered: bool
    covariates: Floats
    counts: tuple[FlowStep, ...]

    @property
    def n_clusters(self) -> int:
        """How many clusters; people when each is her own."""
        return int(self.panel.clusters.max()) + 1

    @property
    def n_treated_clusters(self) -> int:
        """How many clusters have someone who enters."""
        return n_distinct(self.panel.clusters[self.panel.ever])

    @property
    def has_few_clusters(self) -> bool:
        """Whether errors by cluster rest on too few of them."""
        return self.clustered and are_few(self.n_clusters, self.n_treated_clusters)

    def people(self, rows: npt.NDArray[np.bool_]) -> int:
        """Count the people who have one of these rows."""
        return n_distinct(self.panel.units[rows])


def people_followed(design: Design, *, covariates: bool = False) -> Followed:
    """Keep the people who can be followed through their entry, and count the others.

    Beneficiaries who enter during the periods are followed at all of them; those compared until they enter
    themselves, if they do. Times are counted in periods of the cohort: a person enters at the first period
    not before her entry. Periods at which everyone has entered are left out; people who enter only then are
    among those compared when the design compares with the not yet treated.

    A beneficiary is analysed when her outcome is known at a period before entry and at one after, the others
    when it is at two periods.

    Parameters
    ----------
    design : Design
    covariates : bool
        Whether the method uses the characteristics of the design: they must then be known before the action.

    Raises
    ------
    ValueError
        When the estimand is not the ATT.
    EstimationError
        When the design compares with nobody, or fewer than two people (or clusters) are analysed in a group.
    """
    if design.estimand != "ATT":
        raise ValueError("an event study estimates the effect on those who enter: declare estimand='ATT'")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    refuse_comparable(design)
    rows, people = design.cohort.rows, _people(design)
    known = ~np.isnan(rows.column(design.outcome)) & (people.start > 0)[rows.person]
    if people.until is not None:
        known &= rows.period < people.until[rows.person]
    before = known & (rows.period < people.start[rows.person])
    compared_at = np.bincount(rows.period[before], minlength=rows.periods.size) > 0
    left_out = n_distinct(rows.period[known]) - int(np.count_nonzero(compared_at))
    periods = rows.periods[compared_at]
    known &= compared_at[rows.period]
    # From positions among the cohort's periods to positions among those kept.
    rank = np.concatenate([[0], np.cumsum(compared_at)])
    start = rank[people.start]
    start = np.where(start < periods.size, start, _NEVER)
    if design.comparison != "not_yet_treated":  # then only those who never enter are compared
        known &= ((start < _NEVER) | ~people.treated)[rows.person]
    X = before_action(design, people.treated) if covariates else np.empty((len(people.member), 0))
    described = np.asarray(~np.isnan(X).any(axis=1)) if X.shape[1] else None
    followed, counts = _kept(rows, people, start=start, known=known, before=before, described=described)
    known &= followed[rows.person]
    return _followed(
        design, known=known, start=start, rank=rank, periods=periods, left_out=left_out, counts=counts, X=X
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _People:
    """The roles of the people of the cohort, as arrays of one length.

    Attributes
    ----------
    member, treated : arrays of bool
        Who has a role, and who is a beneficiary.
    start : array of int
        Position among the cohort's periods of the first one exposed: their number for those who stand for the
        comparison, 0 for those who have no role.
    until : array of int or None
        Position of the period from which the rows of those compared no longer count, where they may enter.
    """

    member: Bools
    treated: Bools
    start: Codes
    until: Codes | None


def _people(design: Design) -> _People:
    rows, never = design.cohort.rows, design.cohort.rows.periods.size
    start, until = np.searchsorted(rows.periods, rows.entry), None
    beneficiary = rows.in_arms([BENEFICIARY])
    treated = beneficiary & (start < never)
    if design.comparison == "never_treated":
        compared = ~beneficiary & np.isinf(rows.entry)
    elif design.comparison == "not_yet_treated":
        compared = ~treated & (start == never)
    else:
        compared = rows.in_arms([design.comparison, COMPARISON]) & (rows.period[rows.first] < start)
        until = np.where(compared, start, never)
    member = treated | compared
    start = np.where(compared, never, np.where(member, start, 0))
    return _People(member=member, treated=treated, start=start, until=until)


def _kept(
    rows: Rows, people: _People, *, start: Codes, known: Bools, before: Bools, described: Bools | None
) -> tuple[Bools, tuple[FlowStep, ...]]:
    """Tell the people analysed, and count them by arm."""
    n = len(people.member)
    seen = np.bincount(rows.person[known], minlength=n)
    earlier = np.bincount(rows.person[known & before], minlength=n)
    baseline = earlier > 0
    followed = baseline & np.where(start < _NEVER, seen > earlier, earlier > 1)
    steps = [("baseline_known", baseline), ("followed", followed)]
    if described is not None:
        followed = followed & described
        steps.append(("covariates_known", followed))
    counts: list[FlowStep] = []
    arms: tuple[tuple[Literal["treated", "comparison"], Bools], ...] = (
        ("treated", people.treated),
        ("comparison", people.member & ~people.treated),
    )
    for arm, group in arms:
        for key, kept in (("entered", group), *steps, ("analysed", followed)):
            reason = None if key in ("entered", "analysed") else Message(f"estimators.reason.{key}")
            who = np.flatnonzero(kept & group)
            counts.append(FlowStep(key=key, n=len(who), arm=arm, reason=reason, who=who))
    return followed, tuple(counts)


def _followed(
    design: Design,
    *,
    known: Bools,
    start: Codes,
    rank: Codes,
    periods: np.ndarray,
    left_out: int,
    counts: tuple[FlowStep, ...],
    X: Floats,
) -> Followed:
    """Bring together the rows ``known``, those of the people analysed."""
    rows = design.cohort.rows
    kept = slice(None) if known.all() else np.flatnonzero(known)
    person = rows.person[kept]
    people = np.flatnonzero(np.bincount(person, minlength=len(rows.people)))
    treated = start[people] < _NEVER
    for arm, n in (("treated", np.count_nonzero(treated)), ("comparison", np.count_nonzero(~treated))):
        if n < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    units = person
    if people.size < len(rows.people):
        code = np.zeros(len(rows.people), dtype=np.intp)
        code[people] = np.arange(people.size)
        units = code[person]
    clusters = units
    if design.clustered and rows.cluster is not None:
        clusters = cluster_codes(rows.cluster[people], treated)[units]
    return Followed(
        panel=Panel(
            y=rows.column(design.outcome)[kept],
            units=units,
            periods=_without_gaps(rank[rows.period[kept]]),
            clusters=clusters,
            start=start[person],
            weights=rows.column(WEIGHT)[kept] if WEIGHT in rows.frame else None,
        ),
        ids=rows.people[people].to_numpy(),
        treated=treated,
        periods=periods,
        left_out=left_out,
        clustered=design.clustered,
        covariates=X[people],
        counts=counts,
    )


def _without_gaps(codes: Codes) -> Codes:
    """Return the positions of the periods, all of which someone analysed must have.

    Raises
    ------
    EstimationError
        When no one analysed is seen at one of them: times since entry would be wrong.
    """
    missing = int(np.count_nonzero(np.bincount(codes) == 0))
    if missing:
        raise EstimationError(Message("estimators.error.period_without_people", {"n": missing}))
    return codes


def path_means(followed: Followed) -> tuple[GroupMean, ...]:
    """Return the means of the rows before and after entry, or the first entry for those compared."""
    panel = followed.panel
    first = int(panel.start.min())
    found = []
    later = panel.periods >= first
    cells: tuple[tuple[Literal["treated", "comparison"], Literal["before", "after"], np.ndarray], ...] = (
        ("treated", "before", panel.ever & ~panel.exposed),
        ("treated", "after", panel.exposed),
        ("comparison", "before", ~panel.ever & ~later),
        ("comparison", "after", ~panel.ever & later),
    )
    for arm, time, rows in cells:
        if rows.any():
            weights = None if panel.weights is None else panel.weights[rows]
            mean, sd = weighted_moments(panel.y[rows], weights)
            found.append(GroupMean(group=arm, time=time, mean=mean, sd=sd, n=followed.people(rows)))
    return tuple(found)


def followed_notes(followed: Followed, design: Design) -> list[Message]:
    """Say what a reader must know: few clusters, periods left out, characteristics not used."""
    notes = []
    if followed.has_few_clusters:
        n, treated = followed.n_clusters, followed.n_treated_clusters
        notes.append(Message("estimators.note.few_clusters", {"n": n, "treated": treated}))
    if followed.left_out:
        notes.append(Message("estimators.note.periods_left_out", {"n": followed.left_out}))
    if design.covariates and not followed.covariates.shape[1]:
        notes.append(Message("estimators.note.covariates_unused"))
    return notes
