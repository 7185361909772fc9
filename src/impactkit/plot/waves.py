"""The outcome of each group at every time it was asked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.evidence.record import PathRecord
from impactkit.plot import style
from impactkit.plot.alt import alt_text
from impactkit.plot.lines import draw_line, line_of, name_lines, value_axis, value_title
from impactkit.plot.wording import Source, record_of
from impactkit.text import Language, Message, current_language

# Times nearer to each other than this part of an even spacing would have their names on each other.
_NEAREST = 0.6
_ACROSS = 62  # characters between the first time and the last
_FEWEST_NAMES = 3
_SHORTEST = 8


def path(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the mean or the share of the outcome in each group at every time it was asked.

    A value that secrecy hides is a gap. Times are placed as far apart as they are, or evenly when two are so
    near that their names would meet.

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
        When the outcome is not known at more than two times, or secrecy hides too many values.
    """
    language = language or current_language()
    record = record_of(source)
    drawn = record.path
    if drawn is None:
        raise ReportError(Message("plot.path.absent"))
    if not drawn.is_told:
        raise ReportError(Message("plot.path.too_hidden"))
    title, places = value_title(record, language), _places(drawn)
    names = _names(drawn, places, language)
    with style.look():
        if ax is None:
            top = 0.44 + 0.17 * (title.count("\n") + 1)
            bottom = 0.3 + 0.16 * max(name.count("\n") + 1 for name in names)
            ax = style.new_axes(height=2.6 + top + bottom, left=0.75, right=1.65, top=top, bottom=bottom)
        lines = [line_of(line.group, line.means, places) for line in drawn.lines]
        for line in lines:
            draw_line(ax, line)
        ax.set_xlim(places[0] - 0.35, places[-1] + 0.25)
        ax.set_xticks(places, names, fontsize=8.5)
        ax.margins(y=0.12)
        _entry(ax, drawn, places, language)
        value_axis(ax, record, title, language)
        name_lines(ax, record, [line for line in lines if np.isfinite(line.values).any()], language)
    return style.describe(ax, alt_text(record, "path", language=language))


def _places(drawn: PathRecord) -> npt.NDArray[np.float64]:
    """Return the places of the times from 0 to T - 1, as far apart as they are unless two are too near."""
    times = np.array([time.time for time in drawn.times])
    even = np.arange(times.size, dtype=float)
    places = (times - times[0]) / (times[-1] - times[0]) * even[-1]
    return places if np.diff(places).min() >= _NEAREST else even


def _names(drawn: PathRecord, places: npt.NDArray[np.float64], language: Language) -> list[str]:
    """Write the names of the times: as many of them as leave room for the longest word, three at least."""
    texts = [time.label.text(language) for time in drawn.times]
    longest = max(len(word) for text in texts for word in text.split(" "))
    for every in range(1, len(texts)):
        room = int(_ACROSS * np.diff(places[::every]).min() / (places[-1] - places[0]))
        if room >= longest or len(places[:: every + 1]) < _FEWEST_NAMES:
            break
    width = max(room, _SHORTEST)
    return [style.wrap(text, width, lines=4) if i % every == 0 else "" for i, text in enumerate(texts)]


def _entry(ax: Axes, drawn: PathRecord, places: npt.NDArray[np.float64], language: Language) -> None:
    """Mark the entry, between the last time before it and the next one."""
    first = next((i for i, time in enumerate(drawn.times) if time.entered), 0)
    if first == 0:
        return
    place = (places[first - 1] + places[first]) / 2
    ax.axvline(place, color=style.INK, linewidth=1, linestyle=(0, (2, 2)))
    ax.axvspan(place, places[-1] + 0.25, color=style.FAR, linewidth=0, zorder=0)
    late = place > 0.6 * places[-1]
    ax.annotate(
        Message(f"plot.path.entry_{'several' if drawn.several_entries else 'one'}").text(language),
        (place, 1.0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 4),
        ha="right" if late else "left",
        va="bottom",
        fontsize=9,
    )
