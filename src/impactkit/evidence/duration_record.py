"""The curves of the time before an event, as they may be drawn.

A step at each event would tell when single people had it. A curve is kept at round times only, each with at
least 11 people still followed after it and at least 11 events, or none, since the one before (the fewest of
the secrecy profile); it starts from its known value at entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.disclosure import is_small, protect_count, to_step
from impactkit.estimators.duration.exits import DurationEstimate
from impactkit.estimators.result import Estimate
from impactkit.evidence.record import CurvePoint, CurveRecord, DurationRecord

_ARMS: tuple[Literal["treated", "comparison"], ...] = ("treated", "comparison")
_STEPS = 24  # candidate times up to the horizon
_ROUND = (1.0, 2.0, 2.5, 3.0, 5.0, 6.0, 10.0)  # what steps between times may be, by powers of ten
_SHARE = 0.01  # curves are told by whole percent
_COUNTS = 6  # times at which people still followed are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """A time of a curve; people at risk just before it and left just after, events before it and by then."""

    time: float
    share: float
    low: float
    high: float
    at_risk: int
    left: int
    before: int
    happened: int


def duration_record(estimate: Estimate) -> DurationRecord | None:
    """Return the curves that may be drawn; nothing when the estimate is not of a time before an event."""
    if not isinstance(estimate, DurationEstimate):
        return None
    profile = estimate.design.cohort.profile
    horizon = float(str(estimate.settings["horizon"]))
    kind: Literal["without", "with"] = "with" if estimate.settings["competing"] else "without"
    start = 0.0 if kind == "with" else 1.0
    arms = {
        arm: _points(
            estimate.curves[estimate.curves["arm"] == arm],
            start=start,
            horizon=horizon,
            minimum=profile.minimum,
        )
        for arm in _ARMS
    }
    small = any(points[0].at_risk < profile.minimum for points in arms.values())
    return DurationRecord(
        horizon=horizon,
        kind=kind,
        curves=()
        if small
        else tuple(
            CurveRecord(group=arm, points=_protected(estimate, points)) for arm, points in arms.items()
        ),
    )


def tells_few_events(estimate: Estimate) -> bool:
    """Tell whether a group had so few events of a kind that its mean time would tell of single people."""
    if not isinstance(estimate, DurationEstimate):
        return False
    counts = estimate.curves.groupby("arm")[["events", "others"]].sum().to_numpy().ravel()
    return any(is_small(int(n), estimate.design.cohort.profile) for n in counts)


def _points(rows: pd.DataFrame, *, start: float, horizon: float, minimum: int) -> list[_Point]:
    """Choose the times at which a group's curve may be drawn.

    Those with enough events since the one before, then, when nothing happens any more, the last one.
    """
    times, events = rows["time"].to_numpy(), np.concatenate([[0], rows["events"].to_numpy().cumsum()])
    n = int(rows["at_risk"].iloc[0])
    points = [_Point(time=0.0, share=start, low=start, high=start, at_risk=n, left=n, before=0, happened=0)]
    flat: _Point | None = None
    near = 1e-9 * horizon
    for time in _round_times(horizon)[1:]:
        first, past = (int(np.searchsorted(times, time + side * near)) for side in (-1, 1))
        row = rows.iloc[max(past - 1, 0)]
        at_risk = int(rows["at_risk"].iloc[first])
        here = rows.iloc[first:past]
        point = _Point(
            time=float(time),
            share=float(row["share"]),
            low=float(row["conf_low"]),
            high=float(row["conf_high"]),
            at_risk=at_risk,
            left=at_risk - int(here["events"].sum() + here["others"].sum()),
            before=int(events[first]),
            happened=int(events[past]),
        )
        since = point.happened - points[-1].happened
        if point.left < minimum:
            break
        if since >= minimum:
            points.append(point)
            flat = None
        elif since == 0:
            flat = point
    return points if flat is None else [*points, flat]


def _round_times(horizon: float) -> np.ndarray:
    """Return the multiples, up to the horizon, of the smallest round step that leaves at most `_STEPS`."""
    power = 10.0 ** floor(log10(horizon / _STEPS))
    step = next(size * power for size in _ROUND if size * power * _STEPS >= horizon * (1 - 1e-9))
    return step * np.arange(int(horizon / step * (1 + 1e-9)) + 1)


def _protected(estimate: DurationEstimate, points: Sequence[_Point]) -> tuple[CurvePoint, ...]:
    """Count those still followed at a few of the points, and protect these counts.

    A number stays when what it lost since the last one shown, and what it lost otherwise than by the event
    (which the curve tells), are nobody or enough people.
    """
    every = max(1, -(-len(points) // _COUNTS))
    profile, action = estimate.design.cohort.profile, estimate.design.cohort.action
    masked = action is not None and "at_risk" in action.masked
    written: list[CurvePoint] = []
    last = points[0]
    for i, point in enumerate(points):
        counted, hidden = i % every == 0, False
        if counted:
            lost, happened = last.at_risk - point.at_risk, point.before - last.before
            hidden = point is not last and (is_small(lost, profile) or is_small(lost - happened, profile))
            last = last if hidden else point
        known = not np.isnan(point.low)
        written.append(
            CurvePoint(
                time=point.time,
                share=to_step(point.share, _SHARE),
                low=to_step(point.low, _SHARE) if known else None,
                high=to_step(point.high, _SHARE) if known else None,
                counted=counted,
                at_risk=protect_count(point.at_risk, profile)
                if counted and not hidden and not masked
                else None,
            )
        )
    return tuple(written)
