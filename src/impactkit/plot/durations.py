"""The time before an event in two groups: curves that reveal nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.estimators.duration.exits import DurationEstimate
from impactkit.evidence.record import CurvePoint, CurveRecord
from impactkit.plot import style
from impactkit.plot.times import TimesDrawn, survival_alt, times_drawn
from impactkit.plot.wording import Source
from impactkit.text import Language, Message, Quantity, current_language

_ARMS: tuple[tuple[str, str, Any, str], ...] = (
    ("treated", style.TREATED, "-", "o"),
    ("comparison", style.COMPARISON, (0, (5, 2)), "s"),
)
_MASKED = "s"


def survival(
    source: DurationEstimate | Source, *, ax: Axes | None = None, language: Language | None = None
) -> Axes:
    """Draw the share still without event in each group (with the event, when others prevent it).

    A step at each event would tell when single people had it. Curves are drawn at round times only, each with
    at least 11 people still followed and at least 11 events, or none, since the one before (the fewest of the
    secrecy profile), joined by straight lines. Numbers still followed are masked when what they lose from one
    to the next, in all or otherwise than by the event, is fewer people than that.

    Parameters
    ----------
    source : DurationEstimate, Evidence or Record
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
    ValueError
        When a record is not of a time before an event.
    """
    language = language or current_language()
    drawn = times_drawn(source)
    if not drawn.duration.curves:
        raise ReportError(Message("duration.plot.absent", {"minimum": drawn.minimum}))
    with style.look():
        if ax is None:
            ax = style.new_axes(height=4.1, left=1.05, right=1.15, top=0.45, bottom=1.4)
        for curve in drawn.duration.curves:
            _, colour, dash, marker = _look(curve)
            _draw(ax, curve.points, colour, dash, marker)
        _name_lines(ax, drawn.duration.curves, language)
        _axes(ax, drawn, language)
        _still_followed(ax, drawn, language)
    return style.describe(ax, survival_alt(drawn, language))


def _look(curve: CurveRecord) -> tuple[str, str, Any, str]:
    return next(look for look in _ARMS if look[0] == curve.group)


def _draw(ax: Axes, points: Sequence[CurvePoint], colour: str, dash: Any, marker: str) -> None:
    time = [point.time for point in points]
    low = [point.low for point in points if point.low is not None]
    high = [point.high for point in points if point.high is not None]
    if len(low) == len(high) == len(points):
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


def _name_lines(ax: Axes, curves: Sequence[CurveRecord], language: Language) -> None:
    """Name each curve at its end, apart from each other."""
    places = {curve.group: curve.points[-1].share for curve in curves}
    upper, lower = sorted(places, key=places.__getitem__, reverse=True)
    gap = 0.09 - (places[upper] - places[lower])
    if gap > 0:
        places[upper], places[lower] = places[upper] + gap / 2, places[lower] - gap / 2
    for curve in curves:
        arm, colour, *_ = _look(curve)
        ax.annotate(
            Message(f"duration.plot.{arm}").text(language),
            (1.0, places[curve.group]),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            xytext=(6, 0),
            va="center",
            fontsize=9,
            weight="bold",
            color=colour,
        )


def _axes(ax: Axes, drawn: TimesDrawn, language: Language) -> None:
    outcome, horizon = drawn.outcome, drawn.duration.horizon
    unit = (outcome.label if outcome.unit is None else outcome.unit).text(language)
    ax.set_xlim(0, horizon)
    ax.set_ylim(0, 1.02)
    ticks = style.ticks(0, horizon)
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0])))
    ax.set_xlabel(Message("duration.plot.time", {"time": unit}).text(language), fontsize=9)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.yaxis.set_major_formatter(lambda value, _: Quantity(value, "percent").text(language))
    ax.annotate(
        Message(f"duration.plot.{drawn.duration.kind}").text(language),
        (0, 1.0),
        xycoords="axes fraction",
        textcoords="offset points",
        xytext=(-40, 14),
        fontsize=9,
        color=style.MUTED,
    )


def _still_followed(ax: Axes, drawn: TimesDrawn, language: Language) -> None:
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
    for line, curve in enumerate(drawn.duration.curves):
        _, colour, *_ = _look(curve)
        for point in curve.points:
            if not point.counted:
                continue
            ax.annotate(
                _MASKED if point.at_risk is None else Quantity(point.at_risk).text(language),
                (point.time, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                xytext=(0, -60 - 12 * line),
                ha="center",
                fontsize=8.5,
                color=colour,
            )
    ax.annotate(
        style.wrap(Message("duration.plot.rule", {"minimum": drawn.minimum}).text(language), 105),
        (0, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        xytext=(-64, -96),
        fontsize=8,
        color=style.MUTED,
    )
