"""How the advice writes counts and amounts."""

from __future__ import annotations

from impactkit.disclosure import protect_count
from impactkit.evidence.advice.shape import Shape
from impactkit.files.model import Comparison
from impactkit.text import Label, Message, Quantity
from impactkit.text.numbers import decimals_for

_NO_UNIT = Label(fr="unités", en="units")


def units(shape: Shape, n: int) -> Message:
    """Write a number of people, hidden when it is small, or of territories."""
    if shape.territories:
        return Message("advice.territories", {"n": n})
    profile = shape.cohort.profile
    shown = protect_count(n, profile)
    if shown is None:
        return Message("advice.counts.few", {"fewest": profile.minimum})
    return Message("advice.people", {"n": shown})


def two_groups(shape: Shape, treated: int, compared: int, name: Comparison) -> Message:
    """Write who would be compared with whom."""
    counts: dict[str, object] = {"treated": units(shape, treated), "compared": units(shape, compared)}
    if shape.territories:
        return Message("advice.counts.territories", counts)
    return Message("advice.counts.compared", {**counts, "comparison": Message(f"comparison.{name}")})


def amount(shape: Shape, value: float) -> Message:
    """Write an effect in points or in the outcome's unit, with two significant digits."""
    if shape.binary:
        decimals = 0 if value >= 0.02 else 1
        shown = Quantity(value, "points", decimals)
        return Message("advice.amount.points", {"amount": shown, "n": round(100 * value)})
    unit = shape.variable.unit or _NO_UNIT
    return Message(
        "advice.amount.number", {"amount": Quantity(value, "number", decimals_for(value)), "unit": unit}
    )


def unit_of(shape: Shape) -> Message:
    """Name the unit of the numbers of the advice's table."""
    if shape.binary:
        return Message("advice.unit.share")
    unit = shape.variable.unit
    return Message("advice.unit.none") if unit is None else Message("advice.unit.number", {"unit": unit})
