"""Effects of several actions on one scale, and their average: a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from impactkit.errors import EstimationError, ReportError
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.estimators.pooling.random_effects import quantile
from impactkit.evidence.record import Claim, OutcomeRecord
from impactkit.plot import style
from impactkit.text import Language, Message, current_language
from impactkit.text.numbers import decimals_for, number, percent

_ROW = 0.34  # inches
_TALL = 0.42  # for labels on two lines
_LABEL = 38  # characters in a line
_MANY = 15  # from so many actions, rows are closer and labels smaller, so that a page holds them
_CLOSER, _SMALLER, _LONGER = 0.72, 7.5, 46
_LARGEST = 9.0  # points: the side of the square of the heaviest action
_TOLD = 6  # up to so many actions, the text equivalent tells each
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What is drawn: the effects, in rows, and what pools them."""

    effects: pd.DataFrame
    pooled: Pooled | None
    weights: tuple[float, ...]
    prediction: tuple[float, float] | None
    outcome: OutcomeRecord | None
    claim: Claim
    decimals: int
    language: Language

    @property
    def factor(self) -> float:
        return 100.0 if self.outcome is not None and self.outcome.type == "boolean" else 1.0

    def bare(self, value: float) -> str:
        return number(self.factor * value, self.language, decimals=self.decimals, sign=True)

    def ends(self, low: float, high: float) -> str:
        return self.say("ends", low=self.bare(low), high=self.bare(high))

    def say(self, key: str, **params: object) -> str:
        return Message(f"pooling.forest.{key}", params).text(self.language)

    @property
    def lines(self) -> int:
        """Rows in all: the actions, then the average and the prediction."""
        return len(self.effects) + (self.pooled is not None) + (self.prediction is not None)


def forest(
    effects: pd.DataFrame | Pooled,
    *,
    pooled: Pooled | None = None,
    weights: Sequence[float] | pd.Series | None = None,
    outcome: OutcomeRecord | None = None,
    claim: Claim = "effect",
    decimals: int | None = None,
    ax: Axes | None = None,
    language: Language | None = None,
) -> Axes:
    """Draw the interval of each action, larger where it weighs more, then their average as a diamond.

    Under it, a bar shows where the effect of another action of the kind would be.

    Parameters
    ----------
    effects : DataFrame or Pooled
        One row per action, in order: columns ``estimate, conf_low, conf_high``; the index names them. Of
        pooled effects, intervals of 95 % by the normal law.
    pooled : Pooled, optional
        Their average; that of ``effects`` when it is pooled already.
    weights : sequence of float, optional
        What each row counts for in the average, in shares of 1; by default those of ``pooled``, when it pools
        these rows in this order.
    outcome : OutcomeRecord, optional
        What is measured: names the axis, and shares are then written in points.
    claim : {"effect", "comparison", "before", "trend"}
        What the differences may be called: an effect only when the comparison is credible.
    decimals : int, optional
        Of the intervals as written; by default those that the middling one allows.
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
        When a column is missing.
    ReportError
        When there is no action to draw.
    """
    drawn = _drawn(effects, pooled, weights, outcome, claim, decimals, language or current_language())
    many = drawn.lines > _MANY
    width = _LONGER if many else _LABEL
    labels = [style.wrap(str(name), width, lines=2) for name in drawn.effects.index]
    row = (_TALL if any("\n" in label for label in labels) else _ROW) * (_CLOSER if many else 1)
    with style.look():
        if ax is None:
            bottom = 0.42 + 0.17 * (_axis(drawn).count("\n") + 1)
            height = row * drawn.lines + 0.4 + bottom
            ax = style.new_axes(height=height, left=2.85, right=1.85, top=0.4, bottom=bottom)
        _frame(ax, drawn)
        for i, (_, effect) in enumerate(drawn.effects.iterrows()):
            weight = drawn.weights[i] if drawn.weights else None
            _action(ax, drawn, effect, drawn.lines - 1 - i, weight)
        names = [*labels, *_summary(ax, drawn)]
        ax.set_yticks(range(drawn.lines - 1, -1, -1), names)
        ax.tick_params(axis="y", length=0, pad=8, labelcolor=style.INK, labelsize=_SMALLER if many else 8.5)
        _headings(ax, drawn)
    return style.describe(ax, _alt(drawn))


def forest_text(
    effects: pd.DataFrame | Pooled,
    *,
    pooled: Pooled | None = None,
    weights: Sequence[float] | pd.Series | None = None,
    outcome: OutcomeRecord | None = None,
    claim: Claim = "effect",
    decimals: int | None = None,
    language: Language | None = None,
) -> str:
    """Say in words what `forest` shows, with its numbers."""
    return _alt(_drawn(effects, pooled, weights, outcome, claim, decimals, language or current_language()))


def _drawn(
    effects: pd.DataFrame | Pooled,
    pooled: Pooled | None,
    weights: Sequence[float] | pd.Series | None,
    outcome: OutcomeRecord | None,
    claim: Claim,
    decimals: int | None,
    language: Language,
) -> _Drawn:
    if isinstance(effects, Pooled):
        pooled, effects = effects, _own_intervals(effects)
    missing = {"estimate", "conf_low", "conf_high"} - set(effects.columns)
    if missing:
        raise ValueError(f"effects lacks columns {', '.join(sorted(missing))}")
    if effects.empty:
        raise ReportError(Message("pooling.forest.absent"))
    prediction = None
    if pooled is not None:
        try:
            prediction = pooled.prediction_interval(_LEVEL)
        except EstimationError:  # two actions tell nothing of a third
            prediction = None
    factor = 100.0 if outcome is not None and outcome.type == "boolean" else 1.0
    if decimals is None:
        width = float((effects["conf_high"] - effects["conf_low"]).median()) * factor
        decimals = max(0, decimals_for(width / 4) - 1)
    return _Drawn(
        effects=effects,
        pooled=pooled,
        weights=_weights(effects, pooled, weights),
        prediction=prediction,
        outcome=outcome,
        claim=claim,
        decimals=decimals,
        language=language,
    )


def _own_intervals(pooled: Pooled) -> pd.DataFrame:
    y, s = pooled.effects["estimate"], pooled.effects["std_error"]
    margin = quantile(_LEVEL, np.inf) * s
    return pd.DataFrame({"estimate": y, "conf_low": y - margin, "conf_high": y + margin})


def _weights(
    effects: pd.DataFrame, pooled: Pooled | None, weights: Sequence[float] | pd.Series | None
) -> tuple[float, ...]:
    """Return the weights of the rows; none without an average."""
    if pooled is None:
        return ()
    found = tuple(float(weight) for weight in (pooled.weights if weights is None else weights))
    if len(found) != len(effects):
        raise ValueError("weights must have one value per row of effects")
    return found


def _frame(ax: Axes, drawn: _Drawn) -> None:
    ends = [drawn.effects["conf_low"].min(), drawn.effects["conf_high"].max(), 0.0, *(drawn.prediction or ())]
    low, high = drawn.factor * min(ends), drawn.factor * max(ends)
    room = 0.04 * (high - low)
    ax.set(xlim=(low - room, high + room), ylim=(-0.6, drawn.lines - 0.4))
    ax.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
    ax.spines["left"].set_visible(False)
    ticks = style.ticks(*ax.get_xlim())
    ax.set_xticks(ticks)
    step = float(ticks[1] - ticks[0])
    ax.xaxis.set_major_formatter(style.number_formatter(drawn.language, step, sign=True))
    ax.set_xlabel(_axis(drawn))


def _axis(drawn: _Drawn) -> str:
    if drawn.outcome is None:
        return drawn.say(f"axis.{drawn.claim}")
    params = {"outcome": drawn.outcome.label.text(drawn.language)}
    unit = _unit(drawn)
    key = f"plot.effect.axis.{drawn.claim}"
    if unit:
        params["unit"], key = unit, f"plot.effect.axis_with_unit.{drawn.claim}"
    return style.wrap(Message(key, params).text(drawn.language), 62, lines=2)


def _action(ax: Axes, drawn: _Drawn, effect: pd.Series, y: int, weight: float | None) -> None:
    low, high, value = (drawn.factor * float(effect[key]) for key in ("conf_low", "conf_high", "estimate"))
    ax.plot([low, high], [y, y], color=style.TREATED, linewidth=1.4)
    share = 1.0 if weight is None else weight / max(drawn.weights)
    size = _LARGEST * max(0.3, np.sqrt(share))
    ax.plot([value], [y], "s", color=style.TREATED, markersize=size)
    _beside(ax, drawn, drawn.ends(float(effect["conf_low"]), float(effect["conf_high"])), weight, y)


def _summary(ax: Axes, drawn: _Drawn) -> list[str]:
    """Draw the average and the prediction, and return their names."""
    if drawn.pooled is None:
        return []
    low, high = drawn.pooled.effect.interval(_LEVEL)
    y = 0 if drawn.prediction is None else 1
    middle, half = drawn.factor * drawn.pooled.effect.value, 0.26
    ends = drawn.factor * low, drawn.factor * high
    ax.fill([ends[0], middle, ends[1], middle], [y, y + half, y, y - half], color=style.INK, linewidth=0)
    ax.axhline(y + 0.5, color=style.RULE, linewidth=0.8)
    _beside(ax, drawn, drawn.ends(low, high), 1.0, y, bold=True)
    names = [style.wrap(drawn.say("average"), _LABEL, lines=2)]
    if drawn.prediction is not None:
        left, right = (drawn.factor * end for end in drawn.prediction)
        ax.plot([left, right], [0, 0], color=style.COMPARISON, linewidth=3.2)
        _beside(ax, drawn, drawn.ends(*drawn.prediction), None, 0)
        names.append(style.wrap(drawn.say("another"), _LABEL, lines=2))
    return names


def _beside(
    ax: Axes, drawn: _Drawn, interval: str, weight: float | None, y: int, *, bold: bool = False
) -> None:
    """Write the interval and the weight to the right of the axes."""
    texts = [(interval, 1.25)]
    if weight is not None and drawn.pooled is not None:
        texts.append((percent(weight, drawn.language, decimals=0 if weight >= 0.0995 else 1), 1.78))
    for text, inches in texts:
        _at_right(ax, text, (inches, y), bold=bold)


def _at_right(
    ax: Axes, text: str, at: tuple[float, float], *, bold: bool = False, over: bool = False
) -> None:
    ax.annotate(
        text,
        (1.0, 1.0 if over else at[1]),
        xycoords="axes fraction" if over else ("axes fraction", "data"),
        textcoords="offset points",
        xytext=(72 * at[0], 6 if over else 0),
        ha="right",
        va="bottom" if over else "center",
        fontsize=8.5,
        weight="bold" if bold else "normal",
        color=style.MUTED if over else style.INK,
    )


def _headings(ax: Axes, drawn: _Drawn) -> None:
    _at_right(ax, drawn.say("interval"), (1.25, 0), over=True)
    if drawn.pooled is not None:
        _at_right(ax, drawn.say("weight"), (1.78, 0), over=True)


def _alt(drawn: _Drawn) -> str:
    n = len(drawn.effects)
    sentences = [drawn.say("alt", n=n, what=_axis(drawn).replace("\n", " "))]
    effects = drawn.effects.sort_values("estimate") if n > _TOLD else drawn.effects
    told = effects if n <= _TOLD else effects.iloc[[0, -1]]
    for name, effect in told.iterrows():
        ends = drawn.ends(float(effect["conf_low"]), float(effect["conf_high"]))
        sentences.append(drawn.say("alt_action", name=str(name), ends=ends))
    if n > _TOLD:
        sentences.insert(1, drawn.say("alt_extremes"))
    if drawn.pooled is not None:
        sentences.append(drawn.say("alt_average", ends=drawn.ends(*drawn.pooled.effect.interval(_LEVEL))))
        spread = percent(drawn.pooled.i2, drawn.language)
        sentences.append(drawn.say("alt_spread", i2=spread))
    if drawn.prediction is not None:
        sentences.append(drawn.say("alt_another", ends=drawn.ends(*drawn.prediction)))
    return " ".join(sentences)


def _unit(drawn: _Drawn) -> str:
    if drawn.outcome is None:
        return ""
    if drawn.outcome.type == "boolean":
        return Message("plot.unit_points").text(drawn.language)
    return drawn.outcome.unit.text(drawn.language) if drawn.outcome.unit is not None else ""
