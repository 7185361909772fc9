"""How a number is spread in each group, in bands of so many people that nobody can be made out."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from impactkit.cohort.rows import PERIOD, UNIT
from impactkit.design.design import Design
from impactkit.disclosure import Profile
from impactkit.errors import ReportError
from impactkit.plot import style
from impactkit.text import Language, Message, current_language
from impactkit.text.numbers import number, percent

_MOST_BANDS = 10
_FEWEST_BANDS = 2
_BAND = 17  # characters of a band's name in a line
_LOOKS = {"treated": (style.TREATED, ""), "comparison": (style.COMPARISON, "////")}
Floats = npt.NDArray[np.float64]
When = Literal["before", "after"]


def distribution(
    design: Design, *, time: When = "after", ax: Axes | None = None, language: Language | None = None
) -> Axes:
    """Draw the share of each group in each band of a numeric outcome.

    Bands have round limits and at least as many people of each group as the secrecy profile asks for; the
    first and the last are open: no lowest value, no highest, no lone point is to be seen. People are counted,
    not weighted.

    Parameters
    ----------
    design : Design
        Of a number, not a yes/no.
    time : {"before", "after"}
        Which end of the window.
    ax : Axes, optional
        Where to draw; new axes by default.
    language : {"fr", "en"}, optional
        The session's by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the outcome is a yes/no, or ``time`` another word.
    ReportError
        When too few people are followed for two bands.
    """
    language = language or current_language()
    data = distribution_data(design, time=time)
    groups = list(dict.fromkeys(data["group"]))
    bands = [_name(low, high, language) for low, high in _limits(data)]
    with style.look():
        title = _title(design, time, language)
        if ax is None:
            top = 0.5 + 0.17 * (title.count("\n") + 1)
            ax = style.new_axes(height=2.6 + top + 0.75, left=0.7, right=0.25, top=top, bottom=0.75)
        width = 0.8 / len(groups)
        for rank, group in enumerate(groups):
            colour, hatch = _LOOKS[group]
            shares = 100 * data.loc[data["group"] == group, "share"].to_numpy()
            places = np.arange(len(bands)) + (rank - (len(groups) - 1) / 2) * width
            face = style.PAPER if hatch else colour
            ax.bar(places, shares, width * 0.92, color=face, edgecolor=colour, hatch=hatch, linewidth=1)
            ax.annotate(
                ("▨ " if hatch else "■ ") + Message(f"plot.arm.people.{group}").text(language),
                (0.0 if rank == 0 else 1.0, 1.0),
                xycoords="axes fraction",
                textcoords="offset points",
                xytext=(0, 6),
                ha="left" if rank == 0 else "right",
                va="bottom",
                fontsize=9,
                weight="bold",
                color=colour,
            )
        ax.set_xticks(
            range(len(bands)), [style.wrap(name, max(8, _BAND - len(bands)), lines=3) for name in bands]
        )
        ax.tick_params(axis="x", length=0)
        ticks = style.ticks(0, ax.get_ylim()[1])
        ax.set_yticks(ticks)
        ax.yaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0])))
        ax.annotate(
            title,
            (0, 1.0),
            xycoords="axes fraction",
            textcoords="offset points",
            xytext=(-40, 24),
            ha="left",
            va="bottom",
            fontsize=9,
            color=style.MUTED,
        )
    return style.describe(ax, _alt(data, design, time, language))


def distribution_data(design: Design, *, time: When = "after") -> pd.DataFrame:
    """Return what `distribution` draws, one row per group and band.

    Returns
    -------
    DataFrame
        ``group``; ``low`` and ``high``, the limits of the band, missing where it is open (``low`` is in it,
        ``high`` is not); ``share`` of the group's people, to the hundredth.

    Raises
    ------
    ValueError, ReportError
        As `distribution`.
    """
    if time not in ("before", "after"):
        raise ValueError(f"time must be 'before' or 'after', not {time!r}")
    if design.variable.type == "boolean":
        raise ValueError(f"{design.outcome!r} is a yes/no: a share says it all")
    groups = _values(design, time)
    edges = safe_edges(list(groups.values()), design.cohort.profile)
    rows = [
        (group, *_ends(edges, band), round(float(share), 2))
        for group, values in groups.items()
        for band, share in enumerate(_counts(values, edges) / len(values))
    ]
    return pd.DataFrame(rows, columns=["group", "low", "high", "share"])


def safe_edges(groups: list[Floats], profile: Profile) -> Floats:
    """Return round limits between bands, each of which holds enough people of every group.

    Parameters
    ----------
    groups : list of (n,) arrays
    profile : Profile

    Raises
    ------
    ReportError
        When there would be a single band.
    """
    together = np.concatenate(groups) if groups else np.empty(0)
    if not together.size:
        raise ReportError(Message("plot.distribution.absent"))
    low, high = np.quantile(together, [0.05, 0.95])
    edges = np.asarray(MaxNLocator(nbins=_MOST_BANDS, steps=[1, 2, 5, 10]).tick_values(low, high))
    while edges.size:
        least = np.min([_counts(values, edges) for values in groups], axis=0)
        short = np.flatnonzero(least < profile.minimum)
        if not short.size:
            break
        # A band too small is joined to its smaller neighbour.
        band = int(short[np.argmin(least[short])])
        left = band > 0 and (band == edges.size or least[band - 1] <= least[band + 1])
        edges = np.delete(edges, band - 1 if left else band)
    if edges.size + 1 < _FEWEST_BANDS:
        raise ReportError(Message("plot.distribution.absent"))
    return edges


def _values(design: Design, time: When) -> dict[str, Floats]:
    """Return the outcome of each group's people at a time, where it is known."""
    rows, period = design.cohort.panel, design.window[0 if time == "before" else 1]
    known = rows.loc[rows[PERIOD] == period].set_index(UNIT)[design.outcome].dropna()
    treated = design.units()["treated"].reindex(known.index)
    found = {"treated": known[treated == True], "comparison": known[treated == False]}  # noqa: E712
    return {
        group: values.to_numpy(dtype=float)
        for group, values in found.items()
        if group == "treated" or design.comparison != "none"
    }


def _counts(values: Floats, edges: Floats) -> npt.NDArray[np.intp]:
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=edges.size + 1)


def _ends(edges: Floats, band: int) -> tuple[float, float]:
    low = edges[band - 1] if band else np.nan
    return float(low), float(edges[band]) if band < edges.size else np.nan


def _limits(data: pd.DataFrame) -> list[tuple[float, float]]:
    one = data[data["group"] == data["group"].iloc[0]]
    return list(zip(one["low"], one["high"], strict=True))


def _name(low: float, high: float, language: Language) -> str:
    """Name a band by its limits."""

    def write(value: float) -> str:
        decimals = next((n for n in range(4) if abs(round(value, n) - value) < 1e-9), 4)
        return number(value, language, decimals=decimals)

    if np.isnan(low):
        return Message("plot.distribution.below", {"high": write(high)}).text(language)
    if np.isnan(high):
        return Message("plot.distribution.above", {"low": write(low)}).text(language)
    return Message("plot.distribution.between", {"low": write(low), "high": write(high)}).text(language)


def _title(design: Design, time: When, language: Language) -> str:
    variable = design.variable
    params: dict[str, object] = {"outcome": variable.label, "when": _moment(design, time)}
    key = "plot.distribution.title"
    if variable.unit is not None:
        key, params = f"{key}_with_unit", params | {"unit": variable.unit}
    return style.wrap(Message(key, params).text(language), 92, lines=2)


def _moment(design: Design, time: When) -> object:
    return design.cohort.period_label(design.window[0 if time == "before" else 1])


def _alt(data: pd.DataFrame, design: Design, time: When, language: Language) -> str:
    params = {"outcome": design.variable.label, "when": _moment(design, time)}
    sentences = [Message("plot.distribution.alt", params).text(language)]
    for group in dict.fromkeys(data["group"]):
        own = data[data["group"] == group]
        shares = (
            Message("plot.path.joint")
            .text(language)
            .join(
                Message(
                    "plot.distribution.alt_band",
                    {"band": _name(low, high, language), "share": percent(share, language)},
                ).text(language)
                for low, high, share in zip(own["low"], own["high"], own["share"], strict=True)
            )
        )
        arm = Message(f"plot.arm.people.{group}").text(language)
        sentences.append(
            Message("plot.distribution.alt_group", {"group": arm, "shares": shares}).text(language)
        )
    return " ".join(sentences)
