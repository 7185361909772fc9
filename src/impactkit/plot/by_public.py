"""The effect in each priority public, beside that of the other people."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.evidence.record import EffectRecord, PublicEffectRecord, Record
from impactkit.plot import style
from impactkit.plot.wording import Scale, Source, record_of, record_scale
from impactkit.text import Language, Message, current_language

_ROW = 0.62  # inches: two intervals and what parts them from the next public
_LEFT = 2.15  # inches, for their names
_LABEL = 26  # characters in a line
_APART = 0.19  # of a row, from its middle to each interval


def priority_publics(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the interval of the effect in each priority public, and under it that of the other people.

    Only publics whose effect may be told are drawn. That one interval holds zero and the other not tells
    nothing of their difference: its test stands in the table of the page.

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
        When no effect by public may be told.
    """
    language = language or current_language()
    record = record_of(source)
    drawn = publics_told(record)
    if not drawn:
        raise ReportError(Message("plot.publics.absent"))
    with style.look():
        axis = _axis(record, language)
        if ax is None:
            bottom = 0.42 + 0.17 * (axis.count("\n") + 1)
            height = _ROW * len(drawn) + 0.5 + bottom
            ax = style.new_axes(height=height, left=_LEFT, right=1.75, top=0.5, bottom=bottom)
        _frame(ax, drawn, record_scale(record), language)
        for rank, public in enumerate(drawn):
            _public(ax, public, len(drawn) - 1 - rank, record_scale(record), language)
        ax.set_xlabel(axis)
        names = [style.wrap(public.label.text(language), _LABEL, lines=3) for public in drawn]
        ax.set_yticks(range(len(drawn) - 1, -1, -1), names)
        ax.tick_params(axis="y", length=0, pad=8, labelcolor=style.INK, labelsize=9)
    return style.describe(ax, " ".join(item.text(language) for item in publics_sentences(record, language)))


def publics_told(record: Record) -> tuple[PublicEffectRecord, ...]:
    """Return the publics of a record whose effect is told."""
    return record.subgroups.told if record.subgroups is not None else ()


def publics_sentences(record: Record, language: Language) -> list[Message]:
    """Say what the figure shows, with its numbers."""
    drawn, scale = publics_told(record), record_scale(record)
    if not drawn:
        raise ValueError("this record tells no effect by priority public")
    outcome = {"outcome": record.outcome.label.text(language), "n": len(drawn)}
    sentences = [Message("plot.publics.alt", outcome)]
    for public in drawn:
        assert public.inside is not None
        assert public.others is not None
        inside, others = (_ends(scale, found, language) for found in (public.inside, public.others))
        params = {"public": public.label.text(language), "inside": inside, "others": others}
        sentences.append(Message("plot.publics.alt_public", params))
    return sentences


def _ends(scale: Scale, found: EffectRecord, language: Language) -> str:
    ends = scale.ends(found.conf_low, found.conf_high, language)
    return Message("plot.publics.ends", ends).text(language)


def _axis(record: Record, language: Language) -> str:
    """Name what the horizontal axis measures, in the words of an exploratory comparison."""
    claim = record.claim if record.claim in ("before", "trend") else "comparison"
    params, unit = {"outcome": record.outcome.label.text(language)}, record_scale(record).unit(language)
    key = f"plot.effect.axis.{claim}"
    if unit:
        key, params = f"plot.effect.axis_with_unit.{claim}", params | {"unit": unit}
    return style.wrap(Message(key, params).text(language), 64, lines=3)


def _frame(ax: Axes, drawn: Sequence[PublicEffectRecord], scale: Scale, language: Language) -> None:
    found = [item for public in drawn for item in (public.inside, public.others) if item is not None]
    low = scale.factor * min(0.0, *(item.conf_low for item in found))
    high = scale.factor * max(0.0, *(item.conf_high for item in found))
    room = 0.05 * (high - low)
    ax.set(xlim=(low - room, high + room), ylim=(-0.5, len(drawn) - 0.5))
    ax.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
    for rank in range(1, len(drawn)):
        ax.axhline(rank - 0.5, color=style.RULE, linewidth=0.6)
    ax.spines["left"].set_visible(False)
    ticks = style.ticks(*ax.get_xlim())
    ax.set_xticks(ticks)
    step = float(ticks[1] - ticks[0])
    ax.xaxis.set_major_formatter(style.number_formatter(language, step, sign=True))
    # The lines are named above, in their order: told apart by their dash and place, not by colour alone.
    for key, colour, inches in (("inside", style.TREATED, -_LEFT + 0.1), ("others", style.COMPARISON, 0.5)):
        ax.annotate(
            Message(f"plot.publics.{key}").text(language),
            (0.0, 1.0),
            xycoords="axes fraction",
            textcoords="offset points",
            xytext=(72 * inches, 10),
            ha="left",
            va="bottom",
            fontsize=8.5,
            weight="bold",
            color=colour,
        )


def _public(ax: Axes, public: PublicEffectRecord, row: int, scale: Scale, language: Language) -> None:
    """Draw a public above the middle of its row, the other people under it."""
    for found, y, colour, dash, width, marker in (
        (public.inside, row + _APART, style.TREATED, "-", 3.2, "o"),
        (public.others, row - _APART, style.COMPARISON, (0, (3, 1)), 1.8, "s"),
    ):
        assert found is not None
        low, high, middle = (scale.factor * x for x in (found.conf_low, found.conf_high, found.estimate))
        ax.plot([low, high], [y, y], color=colour, linewidth=width, linestyle=dash)
        ax.plot([middle], [y], marker, color=style.PAPER, markeredgecolor=colour, markersize=5)
        ax.annotate(
            _ends(scale, found, language),
            (1.0, y),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            xytext=(8, 0),
            ha="left",
            va="center",
            fontsize=8.5,
            color=style.INK,
        )
