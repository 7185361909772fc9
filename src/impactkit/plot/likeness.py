"""Balance before the action: how far apart the two groups were, characteristic by characteristic."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from impactkit.design.design import Design
from impactkit.errors import ReportError
from impactkit.evidence.build_record import balance_rows
from impactkit.evidence.record import BalanceRecord
from impactkit.evidence.rules import WWC_ADJUSTABLE, WWC_EQUIVALENT
from impactkit.plot import style
from impactkit.plot.alt import alt_text, balance_text
from impactkit.plot.wording import Source, record_of
from impactkit.text import Language, Message, current_language

_LEFT = 2.35
_ROW = 0.34


def balance(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the standardised differences between the groups before the action.

    Sizes are drawn without their sign. The zones are those of the What Works Clearinghouse: up to 0.05
    standard deviation the groups are alike, up to 0.25 the difference must be corrected for, beyond they
    are not comparable. A difference that secrecy hides is drawn as the band that holds it. Where groups were
    matched or weighted, a circle shows the difference before (a Love plot).

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
    axes = _draw(record.balance, ax, language)
    return style.describe(axes, alt_text(record, "balance", language=language))


def love(design: Design, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the standardised differences of a design, before and after it was matched or weighted.

    For the evaluator who chooses a design, before any result. As `balance`, with the same zones; differences
    from which a small number of people could be worked out are drawn as the band that holds them.

    Parameters
    ----------
    design : Design
        With a comparison, and characteristics.
    ax, language
        As in `balance`.

    Returns
    -------
    Axes

    Raises
    ------
    DesignError
        When the design compares beneficiaries with nobody.
    ReportError
        When it has no characteristic to compare.
    """
    language = language or current_language()
    rows = balance_rows(design)
    if not rows:
        raise ReportError(Message("plot.balance.nothing"))
    return style.describe(_draw(rows, ax, language), balance_text(rows, language))


def _draw(rows: Sequence[BalanceRecord], ax: Axes | None, language: Language) -> Axes:
    labels = [style.wrap(row.label.text(language), 27, lines=2) for row in rows]
    hidden = any(row.smd_low < row.smd_high for row in rows)
    before = any(row.smd_before is not None for row in rows)
    sizes = [max(abs(row.smd_high), abs(row.smd_before or 0.0)) for row in rows]
    reach = max(0.34, 1.08 * max(sizes))
    with style.look():
        if ax is None:
            top = 0.48 + 0.18 * (hidden + before)
            ax = style.new_axes(
                height=_ROW * len(rows) + top + 0.55, left=_LEFT, right=0.25, top=top, bottom=0.55
            )
        ax.set(xlim=(0, reach), ylim=(len(rows) - 0.4, -0.6))
        ax.axvspan(0, WWC_EQUIVALENT, color=style.NEAR, linewidth=0, zorder=0)
        ax.axvspan(WWC_EQUIVALENT, WWC_ADJUSTABLE, color=style.FAR, linewidth=0, zorder=0)
        for y, row in enumerate(rows):
            ax.axhline(y, color=style.RULE, linewidth=0.4, zorder=0.5)
            if row.smd_before is not None:
                _circle(ax, abs(row.smd_before), y)
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
        _legend(ax, hidden, before, language)
    return ax


def _circle(ax: Axes, size: float, y: float) -> None:
    ax.plot(
        [size], [y], marker="o", markersize=6.5, markerfacecolor=style.PAPER, color=style.MUTED, clip_on=False
    )


def _x_axis(ax: Axes, reach: float, language: Language) -> None:
    ticks = style.ticks(0, reach)
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0])))
    ax.set_xlabel(Message("plot.balance.axis").text(language))


def _legend(ax: Axes, hidden: bool, before: bool, language: Language) -> None:
    """Say what the bands are, and the bars and the circles when there are any."""
    keys = ["zones_hidden" if hidden else "zones", *(["before"] if before else [])]
    ax.annotate(
        "\n".join(Message(f"plot.balance.{key}").text(language) for key in keys),
        (0.02, 1.0),
        xycoords=("figure fraction", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 6),
        va="bottom",
        fontsize=8.5,
        linespacing=1.35,
        color=style.MUTED,
    )
