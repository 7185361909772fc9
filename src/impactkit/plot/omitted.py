"""How strong a factor left out would have to be to undo an effect: a contour of sensitivity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from impactkit.errors import EstimationError, ReportError
from impactkit.evidence import Evidence
from impactkit.evidence.claim import claim_of
from impactkit.evidence.sensitivity import Benchmarks, robustness_value
from impactkit.evidence.strongest import label_of, room_of, strengths_of
from impactkit.plot import style
from impactkit.text import Label, Language, Message, current_language
from impactkit.text.numbers import percent

_SIDE = 61  # points of the grid on each side
_LEAST, _MOST = 0.1, 0.9
_SHARES = (0.25, 0.5, 0.75)


def sensitivity_contour(
    evidence: Evidence, *, ax: Axes | None = None, language: Language | None = None
) -> Axes:
    """Draw how much of an effect is left, by what a factor left out explains of participation and outcome.

    On the bold line nothing is left; beyond it the effect would say the contrary. A mark shows a factor as
    strong as the characteristic taken into account that would bias most.

    Parameters
    ----------
    evidence : Evidence
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
        When the question does not arise (people drawn by lot, nothing concluded), or what it rests on must
        stay hidden: the annex of the report then says no more either.

    References
    ----------
    Cinelli & Hazlett (2020), *JRSS B* 82(1), equation 12 and figure 2.
    """
    language = language or current_language()
    found, mark, label = _told(evidence)
    name = "" if label is None else label.text(language)
    data = contour_data(evidence)
    reach = float(data["of_participation"].max())
    grid = data.pivot_table(index="of_outcome", columns="of_participation", values="left").to_numpy()
    axis = np.unique(data["of_participation"].to_numpy())
    with style.look():
        if ax is None:
            ax = style.new_axes(height=4.1, left=0.95, right=0.5, top=0.3, bottom=0.8)
        lines = ax.contour(axis, axis, grid, levels=_SHARES, colors=style.MUTED, linewidths=0.9)
        ax.clabel(lines, fmt={share: percent(share, language) for share in _SHARES}, fontsize=8)
        ax.contour(axis, axis, grid, levels=[0.0], colors=style.COMPARISON, linewidths=2)
        value = _robustness(evidence, found)
        if value < reach:
            ax.annotate(
                Message("plot.contour.nothing").text(language),
                (value, value),
                textcoords="offset points",
                xytext=(6, 6),
                fontsize=8.5,
                weight="bold",
                color=style.COMPARISON,
            )
        if mark is not None:
            ax.plot(*mark, "D", color=style.TREATED, markersize=7, clip_on=False)
            left, low = mark[0] < 0.6 * reach, mark[1] < 0.2 * reach
            ax.annotate(
                style.wrap(Message("plot.contour.like", {"name": name}).text(language), 34, lines=3),
                mark,
                textcoords="offset points",
                xytext=(8 if left else 4, 12 if low else -6),
                ha="left" if left else "right",
                va="bottom" if low else "top",
                fontsize=8.5,
                color=style.TREATED,
            )
        ax.set(xlim=(0, reach), ylim=(0, reach))
        ticks = style.ticks(0, reach)
        step = float(ticks[1] - ticks[0])
        for side in (ax.xaxis, ax.yaxis):
            side.set_ticks(ticks)
            side.set_major_formatter(style.number_formatter(language, step, scale=100))
        ax.set_xlabel(Message("plot.contour.participation").text(language))
        ax.set_ylabel(Message("plot.contour.outcome").text(language))
    return style.describe(ax, _alt(value, mark, name, language))


def contour_data(evidence: Evidence) -> pd.DataFrame:
    """Return what `sensitivity_contour` draws, one row per point of a grid.

    Returns
    -------
    DataFrame
        ``of_participation`` and ``of_outcome``, the shares that the factor explains of what characteristics
        leave; ``left``, the share of the effect that remains (below 0 when it says the contrary).

    Raises
    ------
    ReportError
        As `sensitivity_contour`.
    """
    found, mark, _ = _told(evidence)
    room = room_of(claim_of(evidence.estimate))
    value = _robustness(evidence, found)
    reach = min(_MOST, max(_LEAST, 1.6 * value, 1.25 * max(mark or (0.0,))))
    axis = np.linspace(0.0, reach, _SIDE)
    of_participation, of_outcome = np.meshgrid(axis, axis)
    bias = found.std_error * np.sqrt(found.df * of_outcome * of_participation / (1 - of_participation))
    return pd.DataFrame(
        {
            "of_participation": of_participation.ravel(),
            "of_outcome": of_outcome.ravel(),
            "left": (1 - bias / room).ravel(),
        }
    )


def _told(evidence: Evidence) -> tuple[Benchmarks, tuple[float, float] | None, Label | Message | None]:
    """Return the regression, and a factor like the strongest characteristic, where the record tells it."""
    told = {item.key: item for item in evidence.record.sensitivity}
    if "robustness_interval" not in told:
        raise ReportError(Message("plot.contour.absent"))
    estimate = evidence.estimate
    try:
        found, names = strengths_of(estimate)
    except EstimationError as error:
        raise ReportError(Message("plot.contour.absent")) from error
    worst: tuple[float, tuple[float, float], Label | Message] | None = None
    for which, name in enumerate(names):
        try:
            bound = found.bound(which)
        except ValueError:  # it would explain the whole of participation: off the figure
            continue
        if worst is None or bound.bias > worst[0]:
            worst = (bound.bias, (bound.r2_treatment, bound.r2_outcome), label_of(estimate, name))
    return (found, None, None) if worst is None else (found, worst[1], worst[2])


def _robustness(evidence: Evidence, found: Benchmarks) -> float:
    return robustness_value(room_of(claim_of(evidence.estimate)) / found.std_error, found.df)


def _alt(value: float, mark: tuple[float, float] | None, name: str, language: Language) -> str:
    sentences = [Message("plot.contour.alt", {"share": percent(value, language, decimals=1)})]
    if mark is not None:
        shown = {
            "name": name,
            "participation": percent(mark[0], language, decimals=1),
            "outcome": percent(mark[1], language, decimals=1),
        }
        sentences.append(Message("plot.contour.alt_like", shown))
    return " ".join(sentence.text(language) for sentence in sentences)
