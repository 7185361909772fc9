"""The time before an event in two groups: curves that reveal nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from impactkit.disclosure import is_small
from impactkit.errors import ReportError
from impactkit.estimators.duration.exits import DurationEstimate
from impactkit.plot import style
from impactkit.text import Language, Message, Quantity, current_language

_ARMS: tuple[tuple[str, str, Any, str], ...] = (
    ("treated", style.TREATED, "-", "o"),
    ("comparison", style.COMPARISON, (0, (5, 2)), "s"),
)
_STEPS = 24  # candidate times up to the horizon
_COUNTS = 6  # times at which people still followed are counted
_MASKED = "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """A point of a curve that may be drawn; events ``before`` its time, and ``happened`` by then."""

    time: float
    share: float
    low: float
    high: float
    at_risk: int
    before: int
    happened: int


def survival(estimate: DurationEstimate, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the share still without event in each group (with the event, when others prevent it).

    A step at each event would tell when single people had it. Curves are drawn at round times only, each with
    at least 11 people still followed and at least 11 events, or none, since the one before (the fewest of the
    secrecy profile), joined by straight lines. Numbers still followed are masked when what they lose from one
    to the next, in all or otherwise than by the event, is fewer people than that.

    Parameters
    ----------
    estimate : DurationEstimate
        From `time_to_event`.
    ax : Axes, optional
        Where to draw; new axes by default.
    language : {"fr", "en"}, optional
        The session's by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        When a group is too small to be drawn.
    """
    language = language or current_language()
    minimum = estimate.design.cohort.profile.minimum
    horizon = float(str(estimate.settings["horizon"]))
    arms = {arm: _points(estimate.curves, arm, horizon, minimum) for arm, *_ in _ARMS}
    if any(points[0].at_risk < minimum for points in arms.values()):
        raise ReportError(Message("duration.plot.absent", {"minimum": minimum}))
    with style.look():
        if ax is None:
            ax = style.new_axes(height=4.1, left=1.05, right=1.15, top=0.45, bottom=1.4)
        for arm, colour, dash, marker in _ARMS:
            _draw(ax, arms[arm], colour, dash, marker)
        _name_lines(ax, arms, language)
        _axes(ax, estimate, horizon, language)
        _still_followed(ax, estimate, arms, minimum, language)
    return style.describe(ax, _alt(estimate, arms, horizon, language))


def _points(curves: pd.DataFrame, arm: str, horizon: float, minimum: int) -> list[_Point]:
    """Choose the times at which a curve may be drawn.

    Those with enough events since the one before, then, when nothing happens any more, the last one.
    """
    rows = curves[curves["arm"] == arm]
    times, events = rows["time"].to_numpy(), np.concatenate([[0], rows["events"].to_numpy().cumsum()])
    points: list[_Point] = []
    flat: _Point | None = None
    near = 1e-9 * horizon
    for time in _round_times(horizon):
        first, past = (int(np.searchsorted(times, time + side * near)) for side in (-1, 1))
        row = rows.iloc[max(past - 1, 0)]
        point = _Point(
            time=float(time),
            share=float(row["share"]),
            low=float(row["conf_low"]),
            high=float(row["conf_high"]),
            at_risk=int(rows["at_risk"].iloc[first]),
            before=int(events[first]),
            happened=int(events[past]),
        )
        since = point.happened - points[-1].happened if points else minimum
        if points and point.at_risk < minimum:
            break
        if since >= minimum:
            points.append(point)
            flat = None
        elif since == 0:
            flat = point
    return points if flat is None else [*points, flat]


def _round_times(horizon: float) -> np.ndarray:
    found = np.asarray(MaxNLocator(nbins=_STEPS, steps=[1, 2, 2.5, 3, 5, 6, 10]).tick_values(0, horizon))
    return found[(found >= 0) & (found <= horizon)]


def _draw(ax: Axes, points: Sequence[_Point], colour: str, dash: Any, marker: str) -> None:
    time = [point.time for point in points]
    if not any(np.isnan(point.low) for point in points):
        low, high = [point.low for point in points], [point.high for point in points]
        ax.fill_between(time, low, high, color=colour, alpha=0.15, linewidth=0)
    ax.plot(
        time,
        [point.share for point in points],
        color=colour,
        linestyle=dash,
        linewidth=1.8,
        marker=marker,
        markersize=4,
    )


def _name_lines(ax: Axes, arms: dict[str, list[_Point]], language: Language) -> None:
    """Name each curve at its end, apart from each other."""
    places = {arm: points[-1].share for arm, points in arms.items()}
    upper, lower = sorted(places, key=places.__getitem__, reverse=True)
    gap = 0.09 - (places[upper] - places[lower])
    if gap > 0:
        places[upper], places[lower] = places[upper] + gap / 2, places[lower] - gap / 2
    for arm, colour, *_ in _ARMS:
        ax.annotate(
            Message(f"duration.plot.{arm}").text(language),
            (1.0, places[arm]),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            xytext=(6, 0),
            va="center",
            fontsize=9,
            weight="bold",
            color=colour,
        )


def _axes(ax: Axes, estimate: DurationEstimate, horizon: float, language: Language) -> None:
    variable = estimate.design.variable
    unit = variable.unit.text(language) if variable.unit is not None else variable.label.text(language)
    ax.set_xlim(0, horizon)
    ax.set_ylim(0, 1.02)
    ticks = style.ticks(0, horizon)
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0])))
    ax.set_xlabel(Message("duration.plot.time", {"time": unit}).text(language), fontsize=9)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.yaxis.set_major_formatter(lambda value, _: Quantity(value, "percent").text(language))
    kind = "with" if estimate.settings["competing"] else "without"
    ax.annotate(
        Message(f"duration.plot.{kind}").text(language),
        (0, 1.0),
        xycoords="axes fraction",
        textcoords="offset points",
        xytext=(-40, 14),
        fontsize=9,
        color=style.MUTED,
    )


def _still_followed(
    ax: Axes, estimate: DurationEstimate, arms: dict[str, list[_Point]], minimum: int, language: Language
) -> None:
    """Write under the axis how many people are still followed, masked as the secrecy rules ask."""
    ax.annotate(
        Message("duration.plot.at_risk").text(language),
        (0, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        xytext=(-64, -47),
        fontsize=8.5,
        color=style.MUTED,
    )
    for line, (arm, colour, *_) in enumerate(_ARMS):
        for point, n in _counted(estimate, arms[arm]):
            ax.annotate(
                _MASKED if n is None else Quantity(n).text(language),
                (point.time, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                xytext=(0, -60 - 12 * line),
                ha="center",
                fontsize=8.5,
                color=colour,
            )
    ax.annotate(
        style.wrap(Message("duration.plot.rule", {"minimum": minimum}).text(language), 105),
        (0, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        xytext=(-64, -96),
        fontsize=8,
        color=style.MUTED,
    )


def _counted(estimate: DurationEstimate, points: Sequence[_Point]) -> list[tuple[_Point, int | None]]:
    """Choose a few of the points, and protect how many are still followed there.

    A number stays when what it lost since the last one shown, and what it lost otherwise than by the event
    (which the curve tells), are nobody or enough people.
    """
    every = max(1, -(-len(points) // _COUNTS))
    profile = estimate.design.cohort.profile
    shown: list[tuple[_Point, int | None]] = []
    last = points[0]
    for point in points[::every]:
        lost, happened = last.at_risk - point.at_risk, point.before - last.before
        hidden = point is not last and (is_small(lost, profile) or is_small(lost - happened, profile))
        shown.append((point, None if hidden else point.at_risk))
        last = last if hidden else point
    return shown


def _alt(
    estimate: DurationEstimate, arms: dict[str, list[_Point]], horizon: float, language: Language
) -> str:
    kind = "with" if estimate.settings["competing"] else "without"
    sentences = [Message(f"duration.alt.head_{kind}")]
    for arm, points in arms.items():
        for point in (points[len(points) // 2], points[-1]):
            time = Quantity(point.time, decimals=_decimals(point.time))
            params = {"time": time, "share": Quantity(point.share, "percent")}
            sentences.append(Message(f"duration.alt.point_{arm}", params))
    low, high = estimate.effect.interval()
    decimals = 1 if abs(estimate.effect.value) < 100 else 0
    amounts = {"effect": estimate.effect.value, "low": low, "high": high}
    params = {name: Quantity(value, decimals=decimals, sign=True) for name, value in amounts.items()}
    sentences.append(
        Message(
            f"duration.alt.effect_{kind}",
            {"horizon": Quantity(horizon, decimals=_decimals(horizon)), **params},
        )
    )
    return " ".join(sentence.text(language) for sentence in sentences)


def _decimals(time: float) -> int:
    """Return how many decimals a round time needs, at most two."""
    return next((n for n in (0, 1) if abs(round(time, n) - time) < 1e-9), 2)
