"""The effects of a contract's actions on one scale: how many times the smallest effect worth having."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from impactkit import plot
from impactkit.document.blocks import Block, Cell, Figure, Grid, Paragraph
from impactkit.evidence.record import OutcomeRecord, Record, Words, words
from impactkit.plot.svg import drawn_svg
from impactkit.report.contract import Contract
from impactkit.text import Message
from impactkit.text.numbers import number
from impactkit.text.typography import separated

_COLUMNS = ["estimate", "conf_low", "conf_high"]
_DECIMALS = 1  # 0.6 of what would matter is not written 1


def actions_figure(contract: Contract) -> list[Block]:
    """Return the figure of the actions, and say which could not be drawn.

    Outcomes in different units stand side by side only on such a scale. The right is the favourable side.
    """
    language = contract.language
    drawn: list[tuple[str, tuple[float, float, float]]] = []
    left_out = []
    for action, record in contract.measured:
        scaled, title = _scaled(record), action.title.text(language)
        if scaled is None:
            left_out.append(title)
        else:
            alone = record.claim in ("before", "trend")
            drawn.append((contract.say("figure.alone", {"title": title}) if alone else title, scaled))
    blocks: list[Block] = []
    if drawn:
        names, values = zip(*drawn, strict=True)
        effects = pd.DataFrame(values, index=pd.Index(names), columns=_COLUMNS)

        def ends(found: tuple[float, float, float]) -> str:
            low, high = (number(end, language, decimals=_DECIMALS, sign=True) for end in found[1:])
            return contract.say("figure.ends", {"low": low, "high": high})

        outcome = _relative()
        caption = contract.say("figure.caption")
        alt = plot.forest_text(
            effects, outcome=outcome, claim="comparison", decimals=_DECIMALS, language=language
        )

        def draw() -> Axes:
            return plot.forest(
                effects, outcome=outcome, claim="comparison", decimals=_DECIMALS, language=language
            )

        svg = drawn_svg(draw, name="fig-actions", title=caption, alt=alt)
        reading = contract.say("figure.reading", {"action": names[0], "ends": ends(values[0])})
        data = Grid(
            caption=contract.say("figure.data"),
            header=(contract.say("actions.action"), contract.say("figure.interval")),
            rows=tuple((Cell(text=title), Cell(text=ends(found))) for title, found in drawn),
            numeric=frozenset({1}),
        )
        note = contract.note(reading)
        blocks.append(Paragraph(text=contract.say("figure.explained")))
        blocks.append(Figure(name="actions", caption=caption, svg=svg, alt=alt, data=data, note=note))
    if left_out:
        params = {"n": len(left_out), "titles": separated(left_out, contract.language)}
        blocks.append(Paragraph(text=contract.say("figure.left_out", params), tone="quiet"))
    return blocks


def _scaled(record: Record) -> tuple[float, float, float] | None:
    """Return an effect and its interval in smallest useful effects, favourable ones above zero."""
    found, minimum = record.effect, record.outcome.minimum_effect
    if found is None or not minimum:
        return None
    if record.outcome.direction == "increase":
        ends = (found.estimate, found.conf_low, found.conf_high)
    else:
        ends = (-found.estimate, -found.conf_high, -found.conf_low)
    estimate, low, high = (value / minimum for value in ends)
    return estimate, low, high


def _relative() -> OutcomeRecord:
    """Describe the common scale as an outcome, which names the axis."""
    unit: Words = words(Message("contract.figure.unit"))
    return OutcomeRecord(
        name="relative",
        label=words(Message("contract.figure.outcome")),
        type="number",
        unit=unit,
        direction="increase",
        minimum_effect=1.0,
    )
