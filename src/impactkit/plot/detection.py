"""What effect these numbers could have shown, and with what chances."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from impactkit.errors import ReportError
from impactkit.estimators.power.detectable import noncentrality, power_of_test
from impactkit.evidence import rules
from impactkit.evidence.record import EffectRecord, Record
from impactkit.plot import style
from impactkit.plot.wording import Scale, Source, record_of, record_scale
from impactkit.text import Language, Message, current_language
from impactkit.text.numbers import percent

_POWER = 0.8
_POINTS = 81
_REACH = 1.5  # how far the axis goes, in effects that are seen eight times out of ten


def power_curve(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the chance that this measure had to show an effect, by the size of the effect.

    It rests on the standard error, not on the effect that was found: it says what the measure could see.

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
    data, scale = power_data(record), record_scale(record)
    found = _effect(record)
    with style.look():
        label = style.wrap(_axis(record, scale, language), 88, lines=2)
        if ax is None:
            bottom = 0.5 + 0.17 * (label.count("\n") + 1)
            ax = style.new_axes(height=2.6 + bottom, left=0.75, right=0.35, top=0.62, bottom=bottom)
        x = data["effect"] * scale.factor
        ax.plot(x, 100 * data["power"], color=style.TREATED, linewidth=2)
        ax.set(xlim=(0, float(x.iloc[-1])), ylim=(0, 103))
        ax.axhline(100 * _POWER, color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0.5)
        _mark(ax, _detectable(found), scale, "plot.power.seen", language, over=22)
        if record.outcome.minimum_effect is not None:
            _mark(ax, record.outcome.minimum_effect, scale, "plot.power.useful", language, over=6)
        ax.set_yticks([0, 20, 40, 60, 80, 100])
        ax.yaxis.set_major_formatter(style.number_formatter(language, 20))
        ticks = style.ticks(*ax.get_xlim())
        ax.set_xticks(ticks)
        ax.xaxis.set_major_formatter(style.number_formatter(language, float(ticks[1] - ticks[0])))
        ax.set_xlabel(label)
        ax.set_ylabel(Message("plot.power.chance").text(language))
    return style.describe(ax, _alt(record, scale, language))


def power_data(source: Source) -> pd.DataFrame:
    """Return what `power_curve` draws: columns ``effect``, in the outcome's unit, and ``power``, from 0 to 1.

    Raises
    ------
    ReportError
        When too few people are followed for an effect to be given.
    """
    record = record_of(source)
    found = _effect(record)
    reach = _REACH * max(_detectable(found), record.outcome.minimum_effect or 0.0)
    effects = np.linspace(0.0, reach, _POINTS)
    power = [_chance(found, float(effect)) for effect in effects]
    return pd.DataFrame({"effect": effects, "power": power})


def _effect(record: Record) -> EffectRecord:
    if record.effect is None:
        raise ReportError(Message("plot.effect.absent"))
    return record.effect


def _df(found: EffectRecord) -> float:
    return math.inf if found.df is None else found.df


def _chance(found: EffectRecord, effect: float) -> float:
    return power_of_test(effect / found.std_error, _df(found), level=rules.LEVEL)


def _detectable(found: EffectRecord) -> float:
    """Return the effect that is seen eight times out of ten."""
    return found.std_error * noncentrality(_df(found), power=_POWER, level=rules.LEVEL)


def _mark(ax: Axes, effect: float, scale: Scale, key: str, language: Language, *, over: int) -> None:
    """Draw a line at an effect, named above the axes on a line of its own."""
    x = effect * scale.factor
    dash = "-" if key.endswith("useful") else (0, (1, 1.5))
    ax.axvline(x, color=style.COMPARISON, linewidth=1.2, linestyle=dash)
    low, high = ax.get_xlim()
    place = (x - low) / (high - low)
    written = scale.exact(effect) if key.endswith("useful") else scale
    ax.annotate(
        Message(key, {"effect": written.change(effect, language, sign=False)}).text(language),
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        xytext=(0, over),
        ha="center" if 0.25 < place < 0.75 else "left" if place <= 0.25 else "right",
        va="bottom",
        fontsize=8.5,
        color=style.COMPARISON,
    )


def _axis(record: Record, scale: Scale, language: Language) -> str:
    params, unit = {"outcome": record.outcome.label.text(language)}, scale.unit(language)
    if not unit:
        return Message("plot.power.axis", params).text(language)
    return Message("plot.power.axis_with_unit", params | {"unit": unit}).text(language)


def _alt(record: Record, scale: Scale, language: Language) -> str:
    found = _effect(record)
    minimum = record.outcome.minimum_effect
    params = {
        "outcome": record.outcome.label.text(language),
        "effect": scale.change(_detectable(found), language, sign=False),
    }
    sentences = [Message("plot.power.alt", params)]
    if minimum is not None:
        useful = {
            "effect": scale.exact(minimum).change(minimum, language, sign=False),
            "chance": percent(_chance(found, minimum), language),
        }
        sentences.append(Message("plot.power.alt_useful", useful))
    return " ".join(sentence.text(language) for sentence in sentences)
