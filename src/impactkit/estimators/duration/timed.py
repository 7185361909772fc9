"""The people of a design whose time to an event is known, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import FlowStep
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_codes, outcome_after
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """The people whose time and event are known, in arrays of one length."""

    ids: np.ndarray
    treated: npt.NDArray[np.bool_]
    time: Floats
    event: npt.NDArray[np.intp]
    weights: Floats | None
    clusters: Codes | None
    counts: tuple[FlowStep, ...]

    @property
    def plain(self) -> bool:
        """Whether people are independent and not weighted."""
        return self.weights is None and self.clusters is None

    @property
    def competing(self) -> bool:
        """Whether other events prevent the one studied."""
        return bool((self.event > 1).any())

    @property
    def arms(self) -> tuple[tuple[str, npt.NDArray[np.bool_]], ...]:
        """Each group and who is in it."""
        return (("treated", self.treated), ("comparison", ~self.treated))


def people_followed(design: Design, event: str) -> Followed:
    """Keep the people whose time and event are known, and count the others.

    Parameters
    ----------
    design : Design
        Its outcome is the time.
    event : str
        The outcome that says how it ended.

    Raises
    ------
    EstimationError
        When nobody is compared, groups were matched or weighted, times are negative or codes not whole, or
        fewer than two people are left in a group.
    """
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    if design.comparable is not None:
        raise EstimationError(Message("duration.error.already_comparable"))
    units = design.units()
    units["_time"] = outcome_after(design, units.index)
    units["_event"] = outcome_after(replace(design, outcome=event), units.index)
    known = units[["_time", "_event"]].notna().all(axis=1).to_numpy()
    treated = units["treated"].to_numpy(dtype=bool)
    people = units[known]
    for arm, wanted in (("treated", True), ("comparison", False)):
        if (people["treated"] == wanted).sum() < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    time, codes = people["_time"].to_numpy(dtype=float), people["_event"].to_numpy(dtype=float)
    negative = int((time < 0).sum())
    if negative:
        raise EstimationError(Message("duration.error.negative_time", {"n": negative}))
    odd = int(((codes < 0) | (codes != np.round(codes))).sum())
    if odd:
        raise EstimationError(Message("duration.error.event_codes", {"n": odd}))
    counts = []
    place = design.cohort.rows.people.get_indexer(units.index)
    for arm, group in (("treated", treated), ("comparison", ~treated)):
        entered, left = place[group], place[group & known]
        reason = Message("duration.reason.followed")
        counts.append(FlowStep(key="entered", n=len(entered), arm=arm, who=entered))
        counts.append(FlowStep(key="followed", n=len(left), arm=arm, reason=reason, who=left))
        counts.append(FlowStep(key="analysed", n=len(left), arm=arm, who=left))
    clusters = None
    if design.clustered:
        clusters = cluster_codes(pd.factorize(people["cluster"])[0], treated)
    return Followed(
        ids=people.index.to_numpy(),
        treated=people["treated"].to_numpy(dtype=bool),
        time=time,
        event=codes.astype(np.intp),
        weights=people["weight"].to_numpy(dtype=float) if "weight" in people else None,
        clusters=clusters,
        counts=tuple(counts),
    )


def refuse_short(people: Followed, horizon: float) -> None:
    """Refuse a horizon that a group is not followed up to, and one before any event."""
    for arm, group in people.arms:
        last = people.time[group].max()
        ended = (people.event[group & (people.time == last)] > 0).all()
        if last < horizon and not ended:
            raise EstimationError(Message(f"duration.error.horizon_{arm}"))
    if not ((people.event == 1) & (people.time < horizon)).any():
        raise EstimationError(Message("duration.error.no_event"))
