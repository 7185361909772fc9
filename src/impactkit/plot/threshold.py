"""The outcome on both sides of an eligibility threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.estimators.threshold.bins import binned_means
from impactkit.estimators.threshold.eligibility import DiscontinuityEstimate
from impactkit.estimators.threshold.tables import curve, outside_hole, within
from impactkit.plot import style
from impactkit.text import Label, Language, Message, Quantity, current_language
from impactkit.text.numbers import decimals_for

_POINTS = 60  # of each line


def discontinuity(
    estimate: DiscontinuityEstimate, *, ax: Axes | None = None, language: Language | None = None
) -> Axes:
    """Draw means of neighbours, and the fitted lines, on both sides of the threshold.

    Only people within the bandwidth are drawn; each point is the mean of at least 11 people (the number that
    the study's secrecy rules ask for), so that nobody is shown.

    Parameters
    ----------
    estimate : DiscontinuityEstimate
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
        When too few people are on a side for any point to be shown.
    """
    language = language or current_language()
    sides = [_Side.of(estimate, treated=treated) for treated in (False, True)]
    if any(side.points.empty for side in sides):
        raise ReportError(Message("plot.discontinuity.absent"))
    variable = estimate.design.variable
    percent = variable.type == "boolean"
    factor = 100.0 if percent else 1.0
    cutoff = estimate.options.cutoff
    title = style.wrap(_title(estimate).text(language), 88, lines=2)
    with style.look():
        if ax is None:
            top = 0.4 + 0.17 * (title.count("\n") + 1)
            ax = style.new_axes(height=2.9 + top, left=0.75, right=0.3, top=top, bottom=0.62)
        for side in sides:
            colour = style.TREATED if side.treated else style.COMPARISON
            marker = "o" if side.treated else "s"
            ax.plot(side.points["x"], side.points["mean"], marker, color=colour, markersize=4.5, alpha=0.75)
            ax.plot(
                side.line["x"],
                side.line["mean"],
                color=colour,
                linewidth=1.8,
                linestyle="-" if side.treated else (0, (5, 2)),
            )
        ax.axvline(cutoff, color=style.INK, linewidth=1, linestyle=(0, (2, 2)))
        ax.margins(y=0.18)
        _axes(ax, estimate, title, factor, language)
        _names(ax, sides, cutoff, language)
    return style.describe(ax, discontinuity_text(estimate, language=language))


class _Side:
    """Points and line of one side, on the running variable's own scale."""

    def __init__(self, points: pd.DataFrame, line: pd.DataFrame, *, treated: bool) -> None:
        self.points, self.line, self.treated = points, line, treated

    @classmethod
    def of(cls, estimate: DiscontinuityEstimate, *, treated: bool) -> _Side:
        people, options = estimate.around, estimate.options
        width = estimate.widths.h[1 if treated else 0]
        near = within(people, estimate.widths.h, options.kernel) & outside_hole(people, options.donut)
        kept = near & people.followed & people.described & (people.treated == treated)
        points = binned_means(
            people.x,
            people.y,
            kept,
            binary=estimate.design.variable.type == "boolean",
            profile=estimate.design.cohort.profile,
        )
        reach = width if points.empty else float(np.abs(points["x"]).max())
        at = np.linspace(0.0, reach if treated else -reach, _POINTS)
        heights = curve(people, options, width, treated=treated, at=at)
        line = pd.DataFrame({"x": at, "mean": heights})
        sign = 1.0 if people.side == "above" else -1.0
        for table in (points, line):
            table["x"] = options.cutoff + sign * table["x"]
        return cls(points, line, treated=treated)


def discontinuity_text(estimate: DiscontinuityEstimate, *, language: Language | None = None) -> str:
    """Say in words what the figure shows, with its numbers."""
    language = language or current_language()
    percent = estimate.design.variable.type == "boolean"
    limits = [float(_Side.of(estimate, treated=treated).line["mean"].iloc[0]) for treated in (False, True)]
    low, high = estimate.effect.interval()
    decimals = decimals_for(abs(high - low) * (100.0 if percent else 1.0))

    def level(value: float) -> Quantity:
        return Quantity(value, "percent" if percent else "number", decimals)

    def change(value: float) -> Quantity:
        return Quantity(value, "points" if percent else "number", decimals, sign=True)

    sentences = (
        Message(
            "plot.alt.discontinuity",
            {
                "outcome": estimate.design.variable.label,
                "running": _running(estimate),
                "cutoff": _cutoff(estimate),
            },
        ),
        Message(
            "plot.alt.discontinuity_limits", {"comparison": level(limits[0]), "treated": level(limits[1])}
        ),
        Message(
            "plot.alt.discontinuity_jump_share" if percent else "plot.alt.discontinuity_jump",
            {"low": change(low), "high": change(high)},
        ),
    )
    shown = sentences if estimate.around.takeup is None else sentences[:2]
    return " ".join(sentence.text(language) for sentence in shown)


def _running(estimate: DiscontinuityEstimate) -> Label:
    return estimate.design.cohort.variables[str(estimate.settings["running"])].label


def _cutoff(estimate: DiscontinuityEstimate) -> Quantity:
    cutoff = estimate.options.cutoff
    return Quantity(cutoff, "number", 0 if float(cutoff).is_integer() else 2)


def _title(estimate: DiscontinuityEstimate) -> Message:
    variable = estimate.design.variable
    label = {"outcome": variable.label}
    if variable.type == "boolean":
        return Message("plot.discontinuity.axis_share", label)
    if variable.unit is not None:
        return Message("plot.discontinuity.axis_with_unit", label | {"unit": variable.unit})
    return Message("plot.discontinuity.axis", label)


def _axes(ax: Axes, estimate: DiscontinuityEstimate, title: str, factor: float, language: Language) -> None:
    for axis, scale in ((ax.xaxis, 1.0), (ax.yaxis, factor)):
        ticks = axis.get_majorticklocs()
        axis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0]), scale=scale))
    ax.set_xlabel(style.wrap(_running(estimate).text(language), 88, lines=1))
    ax.annotate(
        title,
        (0, 1.0),
        xycoords="axes fraction",
        textcoords="offset points",
        xytext=(-48, 22),
        ha="left",
        va="bottom",
        fontsize=9,
        color=style.MUTED,
    )
    ax.annotate(
        Message("plot.discontinuity.cutoff", {"cutoff": _cutoff(estimate)}).text(language),
        (estimate.options.cutoff, 1.0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 4),
        ha="center",
        va="bottom",
        fontsize=9,
    )


def _names(ax: Axes, sides: list[_Side], cutoff: float, language: Language) -> None:
    """Name each side in its own colour, at the bottom of its half."""
    for side in sides:
        above = float(side.points["x"].mean()) > cutoff
        name = "treated" if side.treated else "comparison"
        ax.annotate(
            Message(f"plot.discontinuity.{name}").text(language),
            (1.0 if above else 0.0, 0.0),
            xycoords="axes fraction",
            textcoords="offset points",
            xytext=(-4 if above else 4, 5),
            ha="right" if above else "left",
            va="bottom",
            fontsize=9,
            weight="bold",
            color=style.TREATED if side.treated else style.COMPARISON,
        )
