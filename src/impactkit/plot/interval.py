"""The effect: its interval, beside the smallest effect worth having."""

from __future__ import annotations

from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.evidence.record import EffectRecord, Record
from impactkit.plot import style
from impactkit.plot.alt import alt_text
from impactkit.plot.wording import Scale, Source, record_of, record_scale
from impactkit.text import Language, Message, current_language


def effect(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the interval of the effect on the primary outcome; the estimate itself is only a small tick.

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
        When too few people are followed for an effect to be given.
    """
    language = language or current_language()
    record = record_of(source)
    if record.effect is None:
        raise ReportError(Message("plot.effect.absent"))
    scale = record_scale(record)
    with style.look():
        label = _label(record, scale, language)
        if ax is None:
            bottom = 0.63 + 0.17 * (label.count("\n") + 1)
            ax = style.new_axes(height=1.2 + bottom, left=0.35, right=0.35, top=0.4, bottom=bottom)
        _frame(ax, record, record.effect, scale)
        _zones(ax, record.outcome.minimum_effect, scale, language)
        _interval(ax, record.effect, scale, language)
        _axis(ax, record, label, language)
    return style.describe(ax, alt_text(record, "effect", language=language))


def _frame(ax: Axes, record: Record, found: EffectRecord, scale: Scale) -> None:
    minimum = record.outcome.minimum_effect or 0.0
    low, high = min(found.conf_low, -minimum, 0.0), max(found.conf_high, minimum, 0.0)
    room = 0.16 * (high - low)
    ax.set(xlim=((low - room) * scale.factor, (high + room) * scale.factor), ylim=(0, 1))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _zones(ax: Axes, minimum: float | None, scale: Scale, language: Language) -> None:
    ax.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)))
    if minimum is None:
        _over(ax, 0.0, Message("plot.effect.zero").text(language))
        return
    reach = minimum * scale.factor
    ax.axvspan(-reach, reach, color=style.FAR, linewidth=0)
    ax.axvline(-reach, color=style.RULE, linewidth=0.8)
    ax.axvline(reach, color=style.RULE, linewidth=0.8)
    size = scale.exact(minimum).change(minimum, language, sign=False)
    _over(ax, 0.0, Message("plot.effect.too_small", {"minimum": size}).text(language))


def _over(ax: Axes, x: float, text: str) -> None:
    """Write above the axes, centred on ``x`` but kept within the figure."""
    low, high = ax.get_xlim()
    place = (x - low) / (high - low)
    side = "center" if 0.3 < place < 0.7 else "left" if place <= 0.3 else "right"
    ax.annotate(
        style.wrap(text, 92),
        (x if side == "center" else low if side == "left" else high, 1.0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 4),
        ha=side,
        va="bottom",
        fontsize=8.5,
        color=style.MUTED,
    )


def _interval(ax: Axes, found: EffectRecord, scale: Scale, language: Language) -> None:
    low, high, estimate = (scale.factor * x for x in (found.conf_low, found.conf_high, found.estimate))
    ax.plot([low, high], [0.5, 0.5], color=style.TREATED, linewidth=11)
    left, right = ax.get_xlim()
    if high - low > 0.04 * (right - left):  # in a shorter one the tick would hide the interval
        ax.plot([estimate, estimate], [0.42, 0.58], color=style.PAPER, linewidth=1.4)
    for value, end, side, shift in ((found.conf_low, low, "right", -5), (found.conf_high, high, "left", 5)):
        ax.annotate(
            scale.bare(value, language),
            (end, 0.5),
            textcoords="offset points",
            xytext=(shift, 0),
            ha=side,
            va="center",
            weight="bold",
            fontsize=10.5,
        )


def _label(record: Record, scale: Scale, language: Language) -> str:
    """Name what the horizontal axis measures, and its unit."""
    unit = scale.unit(language)
    params = {"outcome": record.outcome.label.text(language)}
    if not unit:
        return style.wrap(Message(f"plot.effect.axis.{record.claim}", params).text(language), 88, lines=2)
    return style.wrap(
        Message(f"plot.effect.axis_with_unit.{record.claim}", params | {"unit": unit}).text(language),
        88,
        lines=2,
    )


def _axis(ax: Axes, record: Record, label: str, language: Language) -> None:
    low, high = ax.get_xlim()
    ticks = style.ticks(low, high)
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0]), sign=True))
    ax.set_xlabel(label, labelpad=18)
    better_up = record.outcome.direction == "increase"
    for x, side, good in ((0.0, "left", not better_up), (1.0, "right", better_up)):
        key = f"plot.effect.{'better' if good else 'worse'}_{side}"
        ax.annotate(
            Message(key).text(language),
            (x, 0.0),
            xycoords="axes fraction",
            textcoords="offset points",
            xytext=(0, -19),
            ha=side,
            va="top",
            fontsize=9,
            weight="bold",
            color=style.MUTED,
        )
