"""What a person costs, and a point of effect: with its interval, or the reason for none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from impactkit.disclosure import is_small, profile_of
from impactkit.evidence.record import Attribution, Record
from impactkit.midterm.money import Sum

Reason = Literal[
    "not_spent",
    "spent_incomplete",
    "people_unknown",
    "people_few",
    "not_measured",
    "no_figure",
    "no_person",
    "unbounded",
]
_CENT = Decimal("0.01")
_CREDITED = ("attributable", "probably_attributable")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPerson:
    """The cost per person, or why there is none.

    Attributes
    ----------
    cost : Decimal or None
        Euros, to the cent.
    people : int or None
    declared : bool
        Whether the table counts the people supported; else they are those of the measure.
    reason : str or None
    """

    cost: Decimal | None = None
    people: int | None = None
    declared: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPoint:
    """The cost of a point of effect for one person and its 95 % interval, in euros; or why there is none.

    The reason may be the conclusion of the measure itself.
    """

    cost: float | None = None
    low: float | None = None
    high: float | None = None
    reason: Reason | Attribution | None = None


def cost_per_person(spent: Sum, *, declared: int | None, record: Record | None, secrecy: str) -> PerPerson:
    """Divide what was spent by the people supported.

    Parameters
    ----------
    spent : Sum
        What was spent over the two years, all payers.
    declared : int or None
        People supported over the two years, as the table says; else those that the measure follows.
    record : Record or None
    secrecy : str
        A number of people too small to show is not divided by: cost and quotient would give it back.
    """
    if spent.missing:
        return PerPerson(reason="spent_incomplete")
    if not spent.value:
        return PerPerson(reason="not_spent")
    people = declared if declared is not None else (record.n_treated if record is not None else None)
    if not people:
        hidden = declared is None and record is not None
        return PerPerson(reason="people_few" if hidden else "people_unknown")
    if is_small(people, profile_of(secrecy)):
        return PerPerson(reason="people_few")
    cost = (spent.value / people).quantize(_CENT, rounding=ROUND_HALF_EVEN)
    return PerPerson(cost=cost, people=people, declared=declared is not None)


def cost_per_point(per_person: PerPerson, record: Record | None) -> PerPoint:
    """Divide the cost per person by the effect, where the evidence allows it.

    It does when the effect is attributed to the action, surely or probably, and its interval leaves zero out
    on the good side. A cost over an effect that may be nil has no upper bound, and a change that is not
    attributed has no cost of the action.

    References
    ----------
    Fieller (1954), *JRSS B* 16(2): with a numerator known without error the set
    ``{r : (C - r E)² <= t² r² Var(E)}`` is ``[C / E_high, C / E_low]`` when the interval of ``E`` excludes
    zero, and unbounded otherwise.
    """
    if record is None:
        return PerPoint(reason="not_measured")
    if record.effect is None:
        return PerPoint(reason="no_figure")
    if record.attribution not in _CREDITED:
        return PerPoint(reason=record.attribution)
    if per_person.cost is None:
        return PerPoint(reason="no_person")
    sign = 1.0 if record.outcome.direction == "increase" else -1.0
    scale = 100.0 if record.outcome.type == "boolean" else 1.0
    ends = [sign * scale * end for end in (record.effect.conf_low, record.effect.conf_high)]
    value = sign * scale * record.effect.estimate
    found = ratio_interval(float(per_person.cost), low=min(ends), high=max(ends))
    if found is None:
        return PerPoint(reason="unbounded")
    return PerPoint(cost=float(per_person.cost) / value, low=found[0], high=found[1])


def ratio_interval(cost: float, *, low: float, high: float) -> tuple[float, float] | None:
    """Return the interval of a known cost over an effect; ``None`` when it has no upper bound.

    Parameters
    ----------
    cost : float
        Known without error, positive.
    low, high : float
        The interval of the effect, counted so that more is better.

    Examples
    --------
    >>> ratio_interval(100.0, low=2.0, high=5.0)
    (20.0, 50.0)
    """
    return None if low <= 0 else (cost / high, cost / low)
