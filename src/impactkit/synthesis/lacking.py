"""What is missing to conclude: more people in an action, or more actions of the kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from impactkit.estimators.inference.distributions import normal_isf
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.synthesis.measure import Measure

# An effect is found eight times in ten by a two-sided test at 5 % when it is this many standard errors.
DETECTED = float(normal_isf(0.025) + normal_isf(0.2))
_ROUND = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What an inconclusive measure would need to show the smallest effect worth having.

    Attributes
    ----------
    measure : Measure
    times : float or None
        How many times as many people; ``None`` without a figure or a smallest effect worth having.
    more : int or None
        How many more people, rounded up to the next ten; ``None`` where the record hides a size.
    """

    measure: Measure
    times: float | None
    more: int | None


def lacking(measures: Sequence[Measure]) -> tuple[Lacking, ...]:
    """Return what each inconclusive measure would need, in order.

    The variance of an effect goes down as people go up: ``(se / (minimum / 2.80))²`` times as many. None is
    missing where this is 1 or less: the measure could show the effect, and chance had it otherwise. A measure
    without a figure is always among them: which way its few people went is not to be told.
    """
    found = []
    for measure in measures:
        if measure.effect is None or measure.conclusion == "inconclusive":
            times = _times(measure)
            found.append(Lacking(measure=measure, times=times, more=_more(measure, times)))
    return tuple(found)


def _times(measure: Measure) -> float | None:
    minimum, effect = measure.outcome.minimum_effect, measure.effect
    if effect is None or not minimum or measure.of_territories:
        return None
    return (effect.std_error * DETECTED / minimum) ** 2


def _more(measure: Measure, times: float | None) -> int | None:
    sizes = (measure.n_treated, measure.n_comparison)
    if times is None or times <= 1 or None in sizes:
        return None
    people = sum(size for size in sizes if size is not None)
    return _ROUND * math.ceil(people * (times - 1) / _ROUND)


def actions_needed(pooled: Pooled, minimum: float | None) -> int | None:
    """Return how many actions in all, as precise as these, would show an average of ``minimum``.

    ``(τ² + s̃²) / (minimum / 2.80)²`` with s̃² the harmonic mean of the squared errors; ``None`` without a
    smallest effect worth having. Never fewer than there are, when the average is not sure enough yet.
    """
    if not minimum:
        return None
    errors = pooled.effects["std_error"]
    typical = 1 / float((1 / errors**2).mean())
    return max(2, math.ceil((pooled.tau2 + typical) * (DETECTED / minimum) ** 2))
