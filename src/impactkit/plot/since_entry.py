"""The effect by time since entry: before it, what should be nothing; after it, how the effect comes."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.axes import Axes

from impactkit.disclosure import is_small
from impactkit.disclosure.discreet import discreet
from impactkit.errors import ReportError
from impactkit.estimators.displayed import told_effects
from impactkit.estimators.result import Effect, Estimate
from impactkit.evidence.words import is_share, quantity
from impactkit.plot import style
from impactkit.text import Language, Message, current_language
from impactkit.text.numbers import number


def event_path(estimate: Estimate, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the interval of the effect at each time since entry.

    Intervals before entry are hollow: they compare groups that the action has not touched yet, and should
    hold zero. Each interval is of 95 % by itself. Times at which a group is too small for the study's secrecy
    rules are not drawn.

    Parameters
    ----------
    estimate : Estimate
        Made by `event_study`, or by `did` when people enter at several dates.
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
        When the estimate has no path, or no time of it may be drawn.
    """
    language = language or current_language()
    drawn = _drawn(estimate)
    factor = 100.0 if is_share(estimate.design) else 1.0
    title = style.wrap(_title(estimate).text(language), 92, lines=2)
    with style.look():
        if ax is None:
            top = 0.35 + 0.17 * (title.count("\n") + 1)
            ax = style.new_axes(height=2.5 + top + 0.6, left=0.75, right=0.3, top=top, bottom=0.6)
        for time, effect in drawn:
            low, high = (factor * end for end in effect.interval())
            before = time < 0
            colour = style.MUTED if before else style.TREATED
            ax.plot([time, time], [low, high], color=colour, linewidth=1.8)
            face = style.PAPER if before else colour
            ax.plot([time], [factor * effect.value], "o", color=colour, markerfacecolor=face, markersize=6)
        ax.axhline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
        ax.axvline(-0.5, color=style.RULE, linewidth=1, zorder=0.4)
        times = [time for time, _ in drawn]
        ax.set_xlim(min(times) - 0.6, max(times) + 0.6)
        ax.set_xticks(times[:: max(1, len(times) // 15)])
        ax.xaxis.set_major_formatter(style.number_formatter(language, 1.0, sign=True))
        ticks = style.ticks(*ax.get_ylim())
        ax.set_yticks(ticks)
        step = float(ticks[1] - ticks[0])
        ax.yaxis.set_major_formatter(style.number_formatter(language, step, sign=True))
        ax.set_xlabel(Message("plot.event.axis").text(language))
        ax.annotate(
            title,
            (0, 1.0),
            xycoords="axes fraction",
            textcoords="offset points",
            xytext=(-42, 8),
            ha="left",
            va="bottom",
            fontsize=9,
            color=style.MUTED,
        )
    return style.describe(ax, _alt(estimate, language))


def event_path_data(estimate: Estimate) -> pd.DataFrame:
    """Return what `event_path` draws: ``event_time, estimate, conf_low, conf_high``, one row per time.

    Full values to compute with; the table shows of itself the digits of a page, and no effect on a yes/no.

    Raises
    ------
    ReportError
        As `event_path`.
    """
    rows = [(time, effect.value, *effect.interval()) for time, effect in _drawn(estimate)]
    frame = pd.DataFrame(rows, columns=["event_time", "estimate", "conf_low", "conf_high"])
    hidden, profile = estimate.design.variable.type == "boolean", estimate.design.cohort.profile
    return discreet(frame, partial(told_effects, frame, hidden=hidden, profile=profile), profile=profile)


def _drawn(estimate: Estimate) -> list[tuple[float, Effect]]:
    profile = estimate.design.cohort.profile
    found = [
        (effect.event_time, effect)
        for effect in estimate.path
        if effect.event_time is not None
        and effect.std_error > 0
        and not is_small(effect.n_treated, profile)
        and not is_small(effect.n_comparison, profile)
    ]
    if not found:
        raise ReportError(Message("plot.event.absent"))
    return sorted(found, key=lambda item: item[0])


def _title(estimate: Estimate) -> Message:
    variable = estimate.design.variable
    unit: object = Message("plot.unit_points") if is_share(estimate.design) else variable.unit
    if unit is None:
        return Message("plot.event.title", {"outcome": variable.label})
    return Message("plot.event.title_with_unit", {"outcome": variable.label, "unit": unit})


def _alt(estimate: Estimate, language: Language) -> str:
    design = estimate.design
    sentences = [Message("plot.event.alt", {"outcome": design.variable.label})]
    for time, effect in _drawn(estimate):
        low, high = (quantity(design, end, effect) for end in effect.interval())
        params = {"time": number(time, language, decimals=0, sign=True), "low": low, "high": high}
        sentences.append(Message(f"plot.event.alt_{'before' if time < 0 else 'after'}", params))
    return " ".join(sentence.text(language) for sentence in sentences)
