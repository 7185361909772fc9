"""A territory's months, before and after the action, beside those it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.evidence.record import Record, SeriesRecord
from impactkit.plot import style
from impactkit.plot.alt import alt_text
from impactkit.plot.wording import Source, arm_name, month_name, record_of, record_scale, short_month
from impactkit.text import Language, Message, current_language

_NAME_WIDTH = 17  # characters of a line's name, at its right end


def series(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the monthly outcome of the territory and of those it is compared with.

    Parameters
    ----------
    source : Record or Evidence
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
        When the action is not measured by a monthly series.
    """
    language = language or current_language()
    record = record_of(source)
    if record.series is None:
        raise ReportError(Message("plot.series.absent"))
    drawn, title = record.series, _title(record, language)
    with style.look():
        if ax is None:
            top = 0.44 + 0.17 * (title.count("\n") + 1)
            ax = style.new_axes(height=2.8 + top, left=0.75, right=1.65, top=top, bottom=0.5)
        lines = [_Line("treated", _values(drawn.treated), style.TREATED, "-", "o")]
        if drawn.comparison is not None:
            compared = _values(drawn.comparison)
            lines.append(_Line("comparison", compared, style.COMPARISON, (0, (5, 2)), "s"))
        for line in lines:
            _draw(ax, line)
        ax.set_xlim(-0.7, len(drawn.months) - 0.3)
        ax.margins(y=0.12)
        _start(ax, drawn, language)
        _month_axis(ax, drawn, language)
        _value_axis(ax, record, title, language)
        _name_lines(ax, record, lines, language)
    return style.describe(ax, alt_text(record, "series", language=language))


@dataclass(frozen=True, slots=True)
class _Line:
    """A group's months and how they are told apart without colour."""

    arm: str
    values: np.ndarray
    colour: str
    dash: Any
    marker: str

    @property
    def end(self) -> float:
        """The last month known, where the line is named."""
        known = self.values[np.isfinite(self.values)]
        return float(known[-1]) if known.size else 0.0


def _draw(ax: Axes, line: _Line) -> None:
    every = max(1, len(line.values) // 18)  # many markers hide the line
    ax.plot(
        line.values,
        color=line.colour,
        linestyle=line.dash,
        linewidth=1.8,
        marker=line.marker,
        markersize=4,
        markevery=every,
    )


def _title(record: Record, language: Language) -> str:
    """Name what the vertical axis measures, and its unit."""
    scale = record_scale(record)
    unit = Message("plot.unit_percent").text(language) if scale.factor == 100.0 else scale.unit(language)
    params = {"outcome": record.outcome.label.text(language)}
    if not unit:
        return style.wrap(Message("plot.series.axis", params).text(language), 88, lines=2)
    return style.wrap(
        Message("plot.series.axis_with_unit", params | {"unit": unit}).text(language), 88, lines=2
    )


def _values(values: Sequence[float | None]) -> np.ndarray:
    """Return the months as floats; a hidden one is a gap in the line."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _start(ax: Axes, drawn: SeriesRecord, language: Language) -> None:
    """Mark where the action starts: between the last month before it and the first one of it."""
    place = sum(month[:7] < drawn.start[:7] for month in drawn.months) - 0.5
    ax.axvline(place, color=style.INK, linewidth=1, linestyle=(0, (2, 2)))
    ax.axvspan(place, len(drawn.months) - 0.3, color=style.FAR, linewidth=0, zorder=0)
    text = Message("plot.series.start", {"month": month_name(drawn.start, language)}).text(language)
    late = place > 0.6 * len(drawn.months)
    ax.annotate(
        text,
        (place, 1.0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 4),
        ha="right" if late else "left",
        va="bottom",
        fontsize=9,
    )


def _month_axis(ax: Axes, drawn: SeriesRecord, language: Language) -> None:
    """Name some months, at most nine of them, and each year once."""
    n = len(drawn.months)
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60) if n / step <= 9 or step == 60)
    first = next((i for i, month in enumerate(drawn.months) if (int(month[5:7]) - 1) % every == 0), 0)
    ticks = list(range(first, n, every))
    names = []
    year = ""
    for i in ticks:
        month = drawn.months[i]
        name = short_month(month, language)
        names.append(name if month[:4] == year else f"{name}\n{month[:4]}")
        year = month[:4]
    ax.set_xticks(ticks, names)


def _value_axis(ax: Axes, record: Record, title: str, language: Language) -> None:
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


def _name_lines(ax: Axes, record: Record, lines: Sequence[_Line], language: Language) -> None:
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
