"""Who is followed: the people of a design at all its periods, for methods that use the whole path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import ARM, BENEFICIARY, CLUSTER, ENTRY, PERIOD, UNIT, WEIGHT, FlowStep
from impactkit.cohort.frame import COMPARISON
from impactkit.design.balance import weighted_moments
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.events.twfe import Panel
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.inference.linear import Codes
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
    counts : tuple of FlowStep
    """

    panel: Panel
    ids: np.ndarray
    treated: npt.NDArray[np.bool_]
    periods: np.ndarray
    left_out: int
    clustered: bool
    counts: tuple[FlowStep, ...]

    @property
    def n_clusters(self) -> int:
        """How many clusters; people when each is her own."""
        return int(self.panel.clusters.max()) + 1

    @property
    def n_treated_clusters(self) -> int:
        """How many clusters have someone who enters."""
        return len(np.unique(self.panel.clusters[self.panel.ever]))

    def people(self, rows: npt.NDArray[np.bool_]) -> int:
        """Count the people who have one of these rows."""
        return len(np.unique(self.panel.units[rows]))


def people_followed(design: Design) -> Followed:
    """Keep the people who can be followed through their entry, and count the others.

    Beneficiaries who enter during the periods are followed at all of them; those compared until they enter
    themselves, if they do. Times are counted in periods of the cohort: a person enters at the first period
    not before her entry. Periods at which everyone has entered are left out; people who enter only then are
    among those compared when the design compares with the not yet treated.

    A beneficiary is analysed when her outcome is known at a period before entry and at one after, the others
    when it is at two periods.

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
    rows = _rows(design)
    known = rows[rows[design.outcome].notna() & (rows[ENTRY] > rows["_first"])]
    compared_at = known.loc[known[PERIOD] < known[ENTRY], PERIOD].unique()
    periods = np.sort(compared_at)
    left_out = known[PERIOD].nunique() - len(periods)
    known = known[known[PERIOD].isin(periods)]
    start = np.searchsorted(periods, known[ENTRY].to_numpy())
    known = known.assign(
        _start=np.where(start < len(periods), start, _NEVER),
        _rank=np.searchsorted(periods, known[PERIOD].to_numpy()),
    )
    if design.comparison != "not_yet_treated":  # then only those who never enter are compared
        known = known[(known["_start"] < _NEVER) | ~known["_treated"]]
    kept, counts = _kept(rows, known)
    return _followed(design, kept, periods=periods, left_out=left_out, counts=counts)


def _rows(design: Design) -> pd.DataFrame:
    """Return the rows of those with a role: ``_treated``, and ``_first``, the cohort's first period.

    The entry of those who stand for the comparison is set to infinity, and their rows after it left out.
    """
    panel = design.cohort.panel
    first, last = design.cohort.periods[0], design.cohort.periods[-1]
    beneficiary, entry = panel[ARM] == BENEFICIARY, panel[ENTRY]
    treated = beneficiary & (entry <= last)
    if design.comparison == "never_treated":
        compared = ~beneficiary & np.isinf(entry)
    elif design.comparison == "not_yet_treated":
        compared = ~treated & (entry > last)
    else:
        compared = panel[ARM].isin((design.comparison, COMPARISON)) & (panel[PERIOD] < entry)
    rows = panel.assign(_treated=treated, _first=first)
    rows.loc[compared, ENTRY] = np.inf
    return pd.DataFrame(rows[treated | compared])


def _kept(rows: pd.DataFrame, known: pd.DataFrame) -> tuple[pd.DataFrame, tuple[FlowStep, ...]]:
    """Return the rows of the people analysed, and the counts by arm."""
    seen = known.assign(before=known["_rank"] < known["_start"]).groupby(UNIT)["before"]
    before, after = seen.sum(), seen.size() - seen.sum()
    everyone = rows.drop_duplicates(UNIT).set_index(UNIT)["_treated"]
    enters = known.drop_duplicates(UNIT).set_index(UNIT)["_start"].reindex(everyone.index) < _NEVER
    before, after = (counted.reindex(everyone.index, fill_value=0) for counted in (before, after))
    baseline = before > 0
    followed = baseline & np.where(enters, after > 0, before > 1)
    counts = []
    arms: tuple[tuple[Literal["treated", "comparison"], pd.Series], ...] = (
        ("treated", everyone),
        ("comparison", ~everyone),
    )
    for arm, group in arms:
        for key, kept in (("entered", group), ("baseline_known", baseline), ("followed", followed)):
            reason = None if key == "entered" else Message(f"estimators.reason.{key}")
            counts.append(FlowStep(key=key, n=int((kept & group).sum()), arm=arm, reason=reason))
        counts.append(FlowStep(key="analysed", n=int((followed & group).sum()), arm=arm))
    return known[known[UNIT].isin(everyone.index[followed])], tuple(counts)


def _followed(
    design: Design, rows: pd.DataFrame, *, periods: np.ndarray, left_out: int, counts: tuple[FlowStep, ...]
) -> Followed:
    units, ids = pd.factorize(rows[UNIT], sort=True)
    start = rows["_start"].to_numpy().astype(np.intp)
    treated = np.zeros(len(ids), dtype=bool)
    treated[units] = start < _NEVER
    for arm, n in (("treated", treated.sum()), ("comparison", (~treated).sum())):
        if n < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    clusters = units.astype(np.intp)
    if design.clustered:
        unknown = int(rows.loc[rows[CLUSTER].isna(), UNIT].nunique())
        if unknown:
            raise EstimationError(Message("estimators.error.cluster_unknown", {"n": unknown}))
        clusters = np.asarray(pd.factorize(rows[CLUSTER])[0], dtype=np.intp)
        for arm, group in (("treated", start < _NEVER), ("comparison", start >= _NEVER)):
            if len(np.unique(clusters[group])) < 2:
                raise EstimationError(Message(f"estimators.error.one_cluster_{arm}"))
    return Followed(
        panel=Panel(
            y=rows[design.outcome].to_numpy(dtype=float),
            units=units.astype(np.intp),
            periods=_without_gaps(rows["_rank"]),
            clusters=clusters,
            start=start,
            weights=rows[WEIGHT].to_numpy(dtype=float) if WEIGHT in rows else None,
        ),
        ids=np.asarray(ids),
        treated=treated,
        periods=periods,
        left_out=left_out,
        clustered=design.clustered,
        counts=counts,
    )


def _without_gaps(ranks: pd.Series) -> Codes:
    """Return the ranks of the periods, all of which someone analysed must have.

    Raises
    ------
    EstimationError
        When no one analysed is seen at one of them: times since entry would be wrong.
    """
    codes = ranks.to_numpy().astype(np.intp)
    missing = int(codes.max()) + 1 - len(np.unique(codes))
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
    n, treated = followed.n_clusters, followed.n_treated_clusters
    if followed.clustered and are_few(n, treated):
        notes.append(Message("estimators.note.few_clusters", {"n": n, "treated": treated}))
    if followed.left_out:
        notes.append(Message("estimators.note.periods_left_out", {"n": followed.left_out}))
    if design.covariates:
        notes.append(Message("estimators.note.covariates_unused"))
    return notes
