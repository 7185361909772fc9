"""The figure of a scene: what happened, seen and unseen; then the effect found, and the true one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impactkit.plot import style
from impactkit.text import Message, current_language
from impactkit.text.numbers import number

_HEIGHT = 2.9
# Numbers stay readable over the lines that they meet.
_BEHIND = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Means at each time.

    Attributes
    ----------
    times : sequence of int
        Up to 0 before entry, from 1 after.
    treated, compared, without : sequence of float
        Means of beneficiaries, of people compared (``None`` when there are none), and of beneficiaries
        in the same world without the action: what only a simulation can show.
    """

    times: Sequence[int]
    treated: Sequence[float]
    compared: Sequence[float] | None
    without: Sequence[float]


def draw_scene(lines: Lines, *, estimate: float, interval: tuple[float, float], truth: float) -> Figure:
    """Draw the scene in the session's language."""
    with style.look():
        figure = Figure(figsize=(style.WIDTH + 1.4, _HEIGHT))
        left = figure.add_axes((0.055, 0.17, 0.42, 0.68))
        right = figure.add_axes((0.56, 0.17, 0.41, 0.68))
        _draw_lines(left, lines)
        _draw_effect(right, estimate, interval, truth)
    return figure


def time_label(time: int) -> str:
    """Return the name of a time, 0 being the last before entry and 1 the first after."""
    return _word("before" if time == 0 else "after" if time == 1 else "earlier")


def _word(key: str) -> str:
    return str(Message(f"teach.figure.{key}"))


def _draw_lines(ax: Axes, lines: Lines) -> None:
    times = list(lines.times)
    ax.set_title(_word("happened"), fontsize=9.5, loc="left", color=style.INK)
    ax.axvspan(0.02, times[-1] + 0.3, color=style.FAR, linewidth=0)
    since = times.index(0)
    ax.plot(
        times[since:],
        lines.without[since:],
        color=style.TREATED,
        linestyle=(0, (2, 2)),
        marker="o",
        markerfacecolor=style.PAPER,
        label=_word("without"),
    )
    ax.plot(times, lines.treated, color=style.TREATED, marker="o", linewidth=2, label=_word("treated"))
    shown = [*lines.treated, *lines.without[since:]]
    if lines.compared is not None:
        ax.plot(times, lines.compared, color=style.COMPARISON, marker="s", label=_word("compared"))
        shown += lines.compared
    low, high = min(shown), max(shown)
    room = max(high - low, 2.0)
    ax.set(ylim=(low - 0.12 * room, low + 1.75 * room), xlim=(times[0] - 0.3, times[-1] + 0.3))
    ax.set_xticks(times)
    ax.set_xticklabels([time_label(time) for time in times])
    ticks = style.ticks(*ax.get_ylim())
    ax.set_yticks(ticks)
    ax.yaxis.set_major_formatter(style.number_formatter(current_language(), float(ticks[1] - ticks[0])))
    ax.legend(loc="upper left", fontsize=8, frameon=False, handlelength=2.4)


def _draw_effect(ax: Axes, estimate: float, interval: tuple[float, float], truth: float) -> None:
    language = current_language()
    low, high = interval
    ax.set_title(_word("effect"), fontsize=9.5, loc="left", color=style.INK)
    left, right = min(low, truth, 0.0), max(high, truth, 0.0)
    room = 0.18 * max(right - left, 1.0)
    ax.set(xlim=(left - room, right + room), ylim=(0, 1), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)))
    ax.plot([low, high], [0.36, 0.36], color=style.TREATED, linewidth=10)
    ax.plot([estimate, estimate], [0.3, 0.42], color=style.PAPER, linewidth=1.4)
    for value, place, side in ((low, low, "right"), (high, high, "left")):
        shift = -4 if side == "right" else 4
        ax.annotate(
            number(value, language, decimals=2, sign=True),
            (place, 0.36),
            textcoords="offset points",
            xytext=(shift, 0),
            ha=side,
            va="center",
            fontsize=9,
            weight="bold",
            bbox=_BEHIND,
        )
    ax.plot([truth], [0.66], marker="v", color=style.COMPARISON, markersize=9)
    ax.plot([truth, truth], [0.36, 0.66], color=style.COMPARISON, linewidth=1, linestyle=(0, (1, 2)))
    place = (truth - ax.get_xlim()[0]) / (ax.get_xlim()[1] - ax.get_xlim()[0])
    ax.annotate(
        str(Message("teach.figure.truth", {"truth": number(truth, language, decimals=2, sign=True)})),
        (truth, 0.66),
        textcoords="offset points",
        xytext=(0, 9),
        ha="center" if 0.3 < place < 0.7 else "left" if place <= 0.3 else "right",
        fontsize=8.5,
        color=style.COMPARISON,
        bbox=_BEHIND,
    )
    ax.annotate(
        _word("found"),
        ((low + high) / 2, 0.36),
        textcoords="offset points",
        xytext=(0, -17),
        ha="center",
        fontsize=8.5,
        color=style.TREATED,
    )
    ticks = style.ticks(*ax.get_xlim())
    ax.set_xticks(ticks)
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    ax.xaxis.set_major_formatter(style.number_formatter(language, step, sign=True))
