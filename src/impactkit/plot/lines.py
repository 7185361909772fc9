"""Lines of two groups over time: told apart without colour, named at their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from impactkit.evidence.record import Record
from impactkit.plot import style
from impactkit.plot.wording import arm_name, record_scale
from impactkit.text import Language, Message

_NAME_WIDTH = 17  # characters of a line's name, at its right end
_LOOKS: dict[str, tuple[str, Any, str]] = {
    "treated": (style.TREATED, "-", "o"),
    "comparison": (style.COMPARISON, (0, (5, 2)), "s"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A group's months and how they are told apart without colour."""

    arm: str
    values: np.ndarray
    colour: str
    dash: Any
    marker: str
    places: np.ndarray

    @property
    def end(self) -> float:
        """The last month known, where the line is named."""
        known = self.values[np.isfinite(self.values)]
        return float(known[-1]) if known.size else 0.0


def line_of(
    arm: Literal["treated", "comparison"], values: Sequence[float | None], places: np.ndarray | None = None
) -> Line:
    """Return the line of a group, at these places on the axis (0, 1, 2 … by default); hidden is a gap."""
    known = np.array([np.nan if value is None else value for value in values], dtype=float)
    at = np.arange(len(known), dtype=float) if places is None else places[: len(known)]
    return Line(arm, known, *_LOOKS[arm], at)


def draw_line(ax: Axes, line: Line) -> None:
    """Draw a line, with markers that leave it visible."""
    every = max(1, len(line.values) // 18)  # many markers hide the line
    ax.plot(
        line.places,
        line.values,
        color=line.colour,
        linestyle=line.dash,
        linewidth=1.8,
        marker=line.marker,
        markersize=4,
        markevery=every,
    )


def value_title(record: Record, language: Language) -> str:
    """Name what the vertical axis measures, and its unit."""
    scale = record_scale(record)
    unit = Message("plot.unit_percent").text(language) if scale.factor == 100.0 else scale.unit(language)
    params = {"outcome": record.outcome.label.text(language)}
    if not unit:
        return style.wrap(Message("plot.series.axis", params).text(language), 88, lines=2)
    return style.wrap(
        Message("plot.series.axis_with_unit", params | {"unit": unit}).text(language), 88, lines=2
    )


def value_axis(ax: Axes, record: Record, title: str, language: Language) -> None:
    """Write the values of the vertical axis in the outcome's unit, under its title."""
    ticks = ax.get_yticks()
    step = float(ticks[1] - ticks[0])
    factor = record_scale(record).factor
    ax.yaxis.set_major_formatter(style.number_formatter(language, step, scale=factor))
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


def name_lines(ax: Axes, record: Record, lines: Sequence[Line], language: Language) -> None:
    """Name each line at its end, apart from each other."""
    low, high = ax.get_ylim()
    gap = 0.2 * (high - low)
    places = [line.end for line in lines]
    if len(places) == 2 and abs(places[0] - places[1]) < gap:
        middle, upper = sum(places) / 2, int(places[1] > places[0])
        places[upper], places[1 - upper] = middle + gap / 2, middle - gap / 2
    for line, y in zip(lines, places, strict=True):
        ax.annotate(
            style.wrap(arm_name(record, line.arm).text(language), _NAME_WIDTH, lines=3),
            (1.0, y),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            xytext=(6, 0),
            ha="left",
            va="center",
            fontsize=9,
            weight="bold",
            color=line.colour,
        )
