"""How an amount of the outcome is written: points for a share, the outcome's unit for a number."""

from __future__ import annotations

import math

from impactkit.design.design import Design
from impactkit.estimators.result import Effect
from impactkit.text import Amount, Message, Quantity
from impactkit.text.numbers import decimals_for
from impactkit.text.values import Written

_MOST_DECIMALS = 6


def is_share(design: Design) -> bool:
    """Tell whether the outcome is a share of people."""
    return design.variable.type == "boolean"


def quantity(design: Design, value: float, effect: Effect) -> Quantity:
    """Write ``value`` no finer than the standard error of ``effect`` allows, but never 0 what is not 0."""
    decimals = (0 if effect.std_error >= 0.01 else 1) if is_share(design) else decimals_for(effect.std_error)
    while True:
        written = Quantity(value, "points" if is_share(design) else "number", decimals)
        if value == 0 or written.shown != 0 or decimals == _MOST_DECIMALS:
            return written
        decimals += 1


def amount(design: Design, value: float, effect: Effect) -> Amount:
    """Write ``value`` as `quantity` does, with its unit."""
    one, other = _unit(design)
    return Amount(quantity(design, value, effect), one, other)


def exact_amount(design: Design, value: float) -> Amount:
    """Write a value declared in the outcome's unit as it was declared, with its unit."""
    decimals = next((n for n in range(_MOST_DECIMALS) if abs(round(value, n) - value) < 1e-9), _MOST_DECIMALS)
    one, other = _unit(design)
    return Amount(Quantity(value, "number", decimals), one, other)


def _unit(design: Design) -> tuple[Written, Written]:
    """Return the unit of the outcome in the singular and in the plural."""
    variable = design.variable
    if is_share(design):
        return Message("sentence.unit.point"), Message("sentence.unit.points")
    if variable.unit is None:
        return Message("sentence.unit.unit"), Message("sentence.unit.units")
    return variable.unit_singular or variable.unit, variable.unit


def round_up(n: float) -> int:
    """Round a number of people up to two significant digits, ten at least: it is an order of magnitude."""
    n = max(n, 10.0)
    step = 10 ** max(0, math.floor(math.log10(n)) - 1)
    return int(math.ceil(n / step) * step)
