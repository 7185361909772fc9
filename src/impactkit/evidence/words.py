"""How an amount of the outcome is written: points for a share, the outcome's unit for a number."""

from __future__ import annotations

from impactkit.design.design import Design
from impactkit.estimators.result import Effect
from impactkit.text import Label, Quantity
from impactkit.text.numbers import decimals_for

_NO_UNIT = Label(fr="unités", en="units")


def is_share(design: Design) -> bool:
    """Tell whether the outcome is a share of people."""
    return design.variable.type == "boolean"


def unit_of(design: Design) -> Label:
    """Return the plural unit of a number outcome."""
    return design.variable.unit or _NO_UNIT


def quantity(design: Design, value: float, effect: Effect) -> Quantity:
    """Write ``value`` no finer than the standard error of ``effect`` allows."""
    if is_share(design):
        return Quantity(value, "points", 0 if effect.std_error >= 0.01 else 1)
    return Quantity(value, "number", decimals_for(effect.std_error))


def amount(design: Design, value: float, effect: Effect) -> dict[str, Quantity | Label]:
    """Return the placeholders ``amount`` and ``unit`` for a value in the outcome's unit."""
    return {"amount": quantity(design, value, effect), "unit": unit_of(design)}
