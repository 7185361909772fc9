"""A territory's months, before and after the action, beside those it is compared with."""

from __future__ import annotations

from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.evidence.record import SeriesRecord
from impactkit.plot import style
from impactkit.plot.alt import alt_text
from impactkit.plot.lines import draw_line, line_of, name_lines, value_axis, value_title
from impactkit.plot.wording import Source, month_name, record_of, short_month
from impactkit.text import Language, Message, current_language


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
    drawn, title = record.series, value_title(record, language)
    with style.look():
        if ax is None:
            top = 0.44 + 0.17 * (title.count("\n") + 1)
            ax = style.new_axes(height=2.8 + top, left=0.75, right=1.65, top=top, bottom=0.5)
        lines = [line_of("treated", drawn.treated)]
        if drawn.comparison is not None:
            lines.append(line_of("comparison", drawn.comparison))
        for line in lines:
            draw_line(ax, line)
        ax.set_xlim(-0.7, len(drawn.months) - 0.3)
        ax.margins(y=0.12)
        _start(ax, drawn, language)
        _month_axis(ax, drawn, language)
        value_axis(ax, record, title, language)
        name_lines(ax, record, lines, language)
    return style.describe(ax, alt_text(record, "series", language=language))


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
