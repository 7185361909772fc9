"""Balance before the action: how far apart the two groups were, characteristic by characteristic."""

from __future__ import annotations

from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.evidence.rules import WWC_ADJUSTABLE, WWC_EQUIVALENT
from impactkit.plot import style
from impactkit.plot.alt import alt_text
from impactkit.plot.wording import Source, record_of
from impactkit.text import Language, Message, current_language

_LEFT = 2.35
_ROW = 0.34


def balance(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the standardised differences between the groups before the action.

    Sizes are drawn without their sign. The zones are those of the What Works Clearinghouse: up to 0.05
    standard deviation the groups are alike, up to 0.25 the difference must be corrected for, beyond they
    are not comparable. A difference that secrecy hides is drawn as the band that holds it.

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
        When the action is compared with nobody.
    """
    language = language or current_language()
    record = record_of(source)
    if not record.balance:
        raise ReportError(Message("plot.balance.absent"))
    rows = record.balance
    labels = [style.wrap(row.label.text(language), 27, lines=2) for row in rows]
    hidden = any(row.smd_low < row.smd_high for row in rows)
    reach = max(0.34, 1.08 * max(abs(row.smd_high) for row in rows))
    with style.look():
        if ax is None:
            top = 0.66 if hidden else 0.48
            ax = style.new_axes(
                height=_ROW * len(rows) + top + 0.55, left=_LEFT, right=0.25, top=top, bottom=0.55
            )
        ax.set(xlim=(0, reach), ylim=(len(rows) - 0.4, -0.6))
        ax.axvspan(0, WWC_EQUIVALENT, color=style.NEAR, linewidth=0, zorder=0)
        ax.axvspan(WWC_EQUIVALENT, WWC_ADJUSTABLE, color=style.FAR, linewidth=0, zorder=0)
        for y, row in enumerate(rows):
            ax.axhline(y, color=style.RULE, linewidth=0.4, zorder=0.5)
            if row.smd_low < row.smd_high:
                ax.plot([row.smd_low, row.smd_high], [y, y], color=style.MUTED, linewidth=7)
                continue
            beyond = abs(row.smd_low) > WWC_ADJUSTABLE
            marker, colour = ("D", style.COMPARISON) if beyond else ("o", style.TREATED)
            ax.plot([abs(row.smd_low)], [y], marker=marker, markersize=6.5, color=colour, clip_on=False)
        ax.set_yticks(range(len(rows)), labels)
        ax.tick_params(axis="y", length=0, pad=9, labelcolor=style.INK)
        ax.spines["left"].set_visible(False)
        _x_axis(ax, reach, language)
        _legend(ax, hidden, language)
    return style.describe(ax, alt_text(record, "balance", language=language))


def _x_axis(ax: Axes, reach: float, language: Language) -> None:
    ticks = style.ticks(0, reach)
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0])))
    ax.set_xlabel(Message("plot.balance.axis").text(language))


def _legend(ax: Axes, hidden: bool, language: Language) -> None:
    """Say what the bands are, and the bars when there is one."""
    ax.annotate(
        Message("plot.balance.zones_hidden" if hidden else "plot.balance.zones").text(language),
        (0.02, 1.0),
        xycoords=("figure fraction", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 6),
        va="bottom",
        fontsize=8.5,
        linespacing=1.35,
        color=style.MUTED,
    )
