"""The same effect by every analysis that a design allows."""

from __future__ import annotations

from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.estimators.result import Estimate
from impactkit.evidence.specifications import SpecificationCurve, is_defensible
from impactkit.evidence.words import quantity
from impactkit.plot import style
from impactkit.text import Language, Message, current_language

_ROW = 0.36


def specifications(
    curve: SpecificationCurve, *, ax: Axes | None = None, language: Language | None = None
) -> Axes:
    """Draw the interval of each analysis, from the lowest estimate to the highest.

    An analysis that takes no account of what set the groups apart is hollow. One of too few people for a
    figure is not drawn; on a yes/no outcome, intervals are as wide as the study's secrecy rules ask for.

    Parameters
    ----------
    curve : SpecificationCurve
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
        When no analysis may be drawn.
    """
    language = language or current_language()
    drawn = dict(sorted(curve.told.estimates.items(), key=lambda item: item[1].effect.value))
    if not drawn:
        raise ReportError(Message("plot.specifications.absent"))
    hollow = [name for name, estimate in drawn.items() if not is_defensible(estimate)]
    title = style.wrap(_title(curve).text(language), 88, lines=2)
    with style.look():
        if ax is None:
            top = 0.3 + 0.2 * bool(hollow)
            height = _ROW * len(drawn) + top + 0.75
            ax = style.new_axes(height=height, left=2.75, right=0.25, top=top, bottom=0.75)
        factor = 100.0 if curve.design.variable.type == "boolean" else 1.0
        for y, (name, estimate) in enumerate(drawn.items()):
            _row(ax, estimate, len(drawn) - 1 - y, factor, hollow=name in hollow)
        ax.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
        ax.set_ylim(-0.6, len(drawn) - 0.4)
        labels = [style.wrap(_name(name).text(language), 32, lines=2) for name in drawn]
        ax.set_yticks(range(len(drawn) - 1, -1, -1), labels)
        ax.tick_params(axis="y", length=0, pad=9, labelcolor=style.INK)
        ax.spines["left"].set_visible(False)
        ticks = style.ticks(*ax.get_xlim())
        ax.set_xticks(ticks)
        step = float(ticks[1] - ticks[0])
        ax.xaxis.set_major_formatter(style.number_formatter(language, step, sign=True))
        ax.set_xlabel(title)
        if hollow:
            _legend(ax, language)
    return style.describe(ax, _text(drawn, curve, language))


def _row(ax: Axes, estimate: Estimate, y: int, factor: float, *, hollow: bool) -> None:
    low, high = (factor * end for end in estimate.effect.interval())
    colour = style.MUTED if hollow else style.TREATED
    ax.plot([low, high], [y, y], color=colour, linewidth=1.6)
    face = style.PAPER if hollow else colour
    ax.plot([factor * estimate.effect.value], [y], "o", color=colour, markerfacecolor=face, markersize=6.5)


def _legend(ax: Axes, language: Language) -> None:
    ax.annotate(
        Message("plot.specifications.hollow").text(language),
        (0.02, 1.0),
        xycoords=("figure fraction", "axes fraction"),
        textcoords="offset points",
        xytext=(0, 6),
        va="bottom",
        fontsize=8.5,
        color=style.MUTED,
    )


def _name(name: str) -> Message:
    return Message(f"plot.specifications.name.{name}")


def _title(curve: SpecificationCurve) -> Message:
    variable = curve.design.variable
    if variable.type == "boolean":
        unit: object = Message("plot.unit_points")
    else:
        unit = variable.unit
    if unit is None:
        return Message("plot.specifications.axis", {"outcome": variable.label})
    return Message("plot.specifications.axis_with_unit", {"outcome": variable.label, "unit": unit})


def _text(drawn: dict[str, Estimate], curve: SpecificationCurve, language: Language) -> str:
    """Say in words what the figure shows."""
    sentences = [
        Message("plot.alt.specifications", {"n": len(drawn), "outcome": curve.design.variable.label})
    ]
    for name, estimate in drawn.items():
        effect = estimate.effect
        values = zip(("value", "low", "high"), (effect.value, *effect.interval()), strict=True)
        shown = {key: quantity(curve.design, value, effect) for key, value in values}
        sentences.append(Message("plot.alt.specifications_row", {"name": _name(name), **shown}))
    return " ".join(sentence.text(language) for sentence in sentences)
