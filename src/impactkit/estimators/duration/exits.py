"""The time before an event in two groups: how much of it, up to a horizon, the action changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.attrition.region import std_error
from impactkit.estimators.duration.at_risk import risk_table
from impactkit.estimators.duration.compared import discrete_hazard_ratio, log_rank
from impactkit.estimators.duration.curves import (
    Area,
    median_time,
    restricted_mean,
    time_lost,
    with_event,
    without_event,
)
from impactkit.estimators.duration.timed import Followed, people_followed, refuse_short
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.result import (
    Companion,
    Effect,
    Estimate,
    GroupMean,
    JointTest,
    Normal,
    StudentT,
)
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DurationEstimate(Estimate):
    """The difference in time before an event, with the curves it comes from.

    Attributes
    ----------
    curves : DataFrame
        One row per group and time of follow-up, from 0 to the horizon: ``arm, time, at_risk, events, others,
        share, std_error, conf_low, conf_high``. ``share`` is that still without event (Kaplan-Meier), or,
        when other events prevent the one studied, that who have had it (Aalen-Johansen). Full counts: to
        compute with, not to show.
    groups : DataFrame
        One row per group: ``arm, mean, std_error, median, events``: the mean time without event (or after
        it, with other events) up to the horizon; the median time is infinite when half never have the event.
    ratio : Companion or None
        Of the two mean times, with its interval (normal law on the logarithm); ``None`` when one is zero.
    log_rank : JointTest or None
        That hazards are equal at all times; ``None`` with clusters or weights, which it does not know.
    hazard_ratio : Companion or None
        The discrete-time hazard ratio with its interval; likewise ``None``, and when it is not finite.
    """

    curves: pd.DataFrame
    groups: pd.DataFrame
    ratio: Companion | None
    log_rank: JointTest | None
    hazard_ratio: Companion | None


def time_to_event(
    design: Design, *, time: str, event: str, horizon: float, intervals: int = 12
) -> DurationEstimate:
    """Estimate how the action changes the time before an event, up to a horizon.

    The effect is the difference of restricted mean times: of the mean time without the event during the
    first ``horizon`` units of time, ``∫_0^τ S1 - ∫_0^τ S0`` with S the Kaplan-Meier curves. It supposes no
    shape of hazards. When other events prevent the one studied (codes 2 and more), it is the difference of
    the mean times spent after it, ``∫_0^τ F1 - ∫_0^τ F0`` with F the Aalen-Johansen curves: positive when
    the event comes earlier or more often. Follow-up must end for reasons foreign to the event.

    Parameters
    ----------
    design : Design
        With a comparison; neither matched nor weighted to balance.
    time : str
        Outcome of the cohort: time from entry to the event, or to the end of follow-up, in any unit.
    event : str
        Outcome of the cohort, or the event of its study file: 1 when the event happened at that time, 0 when
        follow-up ended without, 2 and more when another event made it impossible.
    horizon : float
        In the unit of ``time``; both groups must be followed that far.
    intervals : int
        Equal intervals up to the horizon for the discrete-time hazard ratio.

    Returns
    -------
    DurationEstimate
        ``effect.term`` is ``"rmst_difference"`` or ``"time_lost_difference"``, in the unit of ``time``.
        Errors are Greenwood's with the normal law; with clusters or sampling weights, the infinitesimal
        jackknife; with clusters, Student's law with clusters - 1 degrees of freedom.

    Raises
    ------
    ValueError
        When ``time`` or ``event`` is not an outcome of the cohort, or ``horizon`` or ``intervals`` is not
        positive.
    EstimationError
        When there is nobody to compare with, times are negative, codes are not whole, a group is not followed
        up to the horizon, or nobody has the event by then.

    References
    ----------
    Royston & Parmar (2013), *BMC Med. Res. Methodol.* 13:152. Andersen (2013), *Stat. Med.* 32(30). As R's
    ``survival`` and ``survRM2``.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(6), "helped": [1, 1, 1, 0, 0, 0]})
    >>> frame["months"], frame["job"] = [2, 4, 12, 6, 12, 12], [1, 1, 0, 1, 0, 0]
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["months", "job"])
    >>> found = ik.time_to_event(ik.declare_design(cohort), time="months", event="job", horizon=12)
    >>> round(found.effect.value, 6)  # (2 + 4 + 12)/3 - (6 + 12 + 12)/3
    -4.0
    """
    require(design, Design)
    outcomes = {item.variable: item for item in design.cohort.outcomes}
    action = design.cohort.action
    declared = [action.duration.event] if action is not None and action.duration is not None else []
    for name, column, known in (("time", time, [*outcomes]), ("event", event, [*outcomes, *declared])):
        if column not in known:
            raise ValueError(
                f"{name}={column!r} is not an outcome of the cohort: expected one of {', '.join(known)}"
            )
    if not 0 < horizon < np.inf:
        raise ValueError("horizon must be a positive number")
    if intervals < 1:
        raise ValueError("intervals must be at least 1")
    if design.outcome != time:
        design = design.about(outcomes[time])
    people = people_followed(design, event)
    refuse_short(people, horizon)
    curves = [_curve(people, arm, group, horizon) for arm, group in people.arms]
    areas = {arm: _area(people, group, horizon) for arm, group in people.arms}
    return DurationEstimate(
        design=design,
        method="time_to_event",
        effect=_effect(people, areas),
        means=_means(people, areas),
        counts=people.counts,
        settings={
            "event": event,
            "horizon": horizon,
            "intervals": intervals,
            "competing": people.competing,
            "errors": "greenwood" if people.plain else "jackknife",
            "clusters": 0 if people.clusters is None else int(people.clusters.max()) + 1,
            "weights": people.weights is not None,
        },
        notes=_notes(people),
        analysed=people.ids,
        curves=discreet(pd.concat(curves, ignore_index=True), profile=design.cohort.profile),
        groups=discreet(_groups(people, areas), profile=design.cohort.profile),
        ratio=_ratio(people, areas),
        log_rank=_log_rank(people),
        hazard_ratio=_hazard_ratio(people, horizon, intervals),
    )


def _area(people: Followed, group: npt.NDArray[np.bool_], horizon: float) -> Area:
    area: Callable[..., Area] = time_lost if people.competing else restricted_mean
    return area(
        time=people.time[group],
        event=people.event[group],
        horizon=horizon,
        weights=None if people.weights is None else people.weights[group],
    )


def _effect(people: Followed, areas: dict[str, Area]) -> Effect:
    one, other = areas["treated"], areas["comparison"]
    error = _difference_error(people, one, other, scales=(1.0, 1.0))
    if error <= 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    return Effect(
        term="time_lost_difference" if people.competing else "rmst_difference",
        value=one.value - other.value,
        std_error=error,
        reference=_reference(people),
        n_treated=int(people.treated.sum()),
        n_comparison=int((~people.treated).sum()),
    )


def _means(people: Followed, areas: dict[str, Area]) -> tuple[GroupMean, ...]:
    groups: tuple[tuple[Literal["treated", "comparison"], int], ...] = (
        ("treated", int(people.treated.sum())),
        ("comparison", int((~people.treated).sum())),
    )
    return tuple(
        GroupMean(group=arm, time="after", mean=areas[arm].value, sd=areas[arm].sd, n=n) for arm, n in groups
    )


def _reference(people: Followed) -> Normal | StudentT:
    return Normal() if people.clusters is None else StudentT(float(people.clusters.max()))


def _difference_error(people: Followed, one: Area, other: Area, *, scales: tuple[float, float]) -> float:
    """Return the standard error of ``scale1 area1 - scale0 area0``."""
    if people.plain:
        return float(np.hypot(scales[0] * one.std_error, scales[1] * other.std_error))
    contributions = np.empty(len(people.time))
    contributions[people.treated] = scales[0] * one.contributions
    contributions[~people.treated] = -scales[1] * other.contributions
    return std_error(contributions, treated=people.treated, clusters=people.clusters)


def _ratio(people: Followed, areas: dict[str, Area]) -> Companion | None:
    one, other = areas["treated"], areas["comparison"]
    if not (one.value > 0 and other.value > 0):
        return None
    log = Effect(
        term="log_ratio",
        value=float(np.log(one.value / other.value)),
        std_error=_difference_error(people, one, other, scales=(1 / one.value, 1 / other.value)),
        reference=_reference(people),
        n_treated=0,
        n_comparison=0,
    )
    return _exponentiated("ratio", log)


def _exponentiated(label: str, log: Effect) -> Companion:
    low, high = (float(np.exp(end)) for end in log.interval())
    return Companion(label=label, value=float(np.exp(log.value)), low=low, high=high, p_value=log.p_value)


def _notes(people: Followed) -> tuple[Message, ...]:
    notes = []
    if people.competing:
        notes.append(Message("duration.note.competing"))
    if people.clusters is not None:
        n, treated = int(people.clusters.max()) + 1, len(np.unique(people.clusters[people.treated]))
        if are_few(n, treated):
            notes.append(Message("estimators.note.few_clusters", {"n": n, "treated": treated}))
    return tuple(notes)


def _curve(people: Followed, arm: str, group: npt.NDArray[np.bool_], horizon: float) -> pd.DataFrame:
    weights = None if people.weights is None else people.weights[group]
    table = risk_table(time=people.time[group], event=people.event[group], weights=weights)
    plain = risk_table(time=people.time[group], event=people.event[group])
    curve = with_event(table) if people.competing else without_event(table)
    inside = table.times <= horizon
    last = int(inside.sum()) - 1
    start = 0.0 if people.competing else 1.0
    ends = (0.0, int(group.sum())), (horizon, int((people.time[group] >= horizon).sum()))
    frame = pd.DataFrame(
        {
            "arm": arm,
            "time": table.times[inside],
            "at_risk": plain.at_risk[inside].astype(int),
            "events": plain.events[inside].astype(int),
            "others": plain.others[inside].astype(int),
            "share": curve.share[inside],
            "std_error": curve.std_error[inside],
            "conf_low": curve.low[inside],
            "conf_high": curve.high[inside],
        }
    )
    rows = [frame]
    if last < 0 or table.times[0] > 0:
        rows.insert(0, _row(arm, *ends[0], share=(start, 0.0, start, start)))
    if last < 0 or table.times[last] < horizon:
        level = (start, 0.0, start, start)
        if last >= 0:
            level = (curve.share[last], curve.std_error[last], curve.low[last], curve.high[last])
        rows.append(_row(arm, *ends[1], share=level))
    frame = pd.concat(rows, ignore_index=True)
    if not people.plain:
        frame[["std_error", "conf_low", "conf_high"]] = np.nan
    return frame


def _row(arm: str, time: float, at_risk: int, *, share: tuple[float, float, float, float]) -> pd.DataFrame:
    """Return a time at which nothing happens."""
    names = ("share", "std_error", "conf_low", "conf_high")
    counts = {"arm": arm, "time": time, "at_risk": at_risk, "events": 0, "others": 0}
    return pd.DataFrame([counts | dict(zip(names, share, strict=True))])


def _groups(people: Followed, areas: dict[str, Area]) -> pd.DataFrame:
    rows = []
    for arm, group in people.arms:
        weights = None if people.weights is None else people.weights[group]
        table = risk_table(time=people.time[group], event=people.event[group], weights=weights)
        events = int((people.event[group] == 1).sum())
        error = areas[arm].std_error if people.plain else np.nan
        rows.append((arm, areas[arm].value, error, median_time(table), events))
    return pd.DataFrame(rows, columns=["arm", "mean", "std_error", "median", "events"])


def _log_rank(people: Followed) -> JointTest | None:
    if not people.plain:
        return None
    statistic = log_rank(time=people.time, event=people.event == 1, treated=people.treated)
    return JointTest(statistic=statistic, df=1)


def _hazard_ratio(people: Followed, horizon: float, intervals: int) -> Companion | None:
    """Return the ratio, or nothing where it is not finite: the difference of times is the effect."""
    if not people.plain:
        return None
    try:
        log = discrete_hazard_ratio(
            time=people.time,
            event=people.event == 1,
            treated=people.treated,
            horizon=horizon,
            intervals=intervals,
        )
    except EstimationError:
        return None
    found = Effect(
        term="log_hazard_ratio",
        value=log.value,
        std_error=log.std_error,
        reference=Normal(),
        n_treated=0,
        n_comparison=0,
    )
    return _exponentiated("hazard_ratio", found)
