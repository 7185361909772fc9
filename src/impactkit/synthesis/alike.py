"""Which measures can be pooled, which cannot, and why: decided before any effect is looked at."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from impactkit.files.fold import fold
from impactkit.synthesis.measure import Contrast, Measure

Reason = Literal["no_figure", "no_error", "alone"]

# Follow-ups are comparable inside a band: around the end of the action, six months, a year, later. The
# waves of French social programmes are at exit, 6 and 12 months (FSE+ calendar); limits lie between them.
FOLLOW_UP_LIMITS = (3.0, 9.0, 18.0)
FEWEST = 2


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What measures must share to be pooled.

    Attributes
    ----------
    family : str
        The family that the study file declares for the outcome, else the name of its variable.
    declared : bool
        Whether the family is declared.
    label, unit : str
        Of the outcome; without a declared family they must be the same too. The unit always must.
    type, direction : str
        Share or number; what is favourable.
    contrast : str
        What the difference is with: a comparison group, the people's own past, a trend.
    estimand : str
        For whom the effect is.
    territories : bool
        Whether territories are followed, not people.
    follow_up : str
        The band of months after entry, or the name of the time where months are not known.
    """

    family: str
    declared: bool
    label: str
    unit: str
    type: str
    direction: str
    contrast: Contrast
    estimand: str
    territories: bool
    follow_up: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Measures of the same kind, in the order of study and action."""

    kind: Kind
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A measure that is not pooled, and why.

    ``nearest`` names what keeps it apart from measures of the same outcome, when it is alone of its kind.
    """

    measure: Measure
    reason: Reason
    nearest: tuple[str, ...] = ()


def kind_of(measure: Measure) -> Kind:
    """Return what a measure must share with others to be pooled with them."""
    outcome = measure.outcome
    declared = outcome.family is not None
    unit = outcome.unit.fr if outcome.unit is not None else ""
    return Kind(
        family=outcome.family or outcome.name,
        declared=declared,
        label="" if declared else fold(outcome.label.fr),
        unit=fold(unit) if outcome.type == "number" else "",
        type=outcome.type,
        direction=outcome.direction,
        contrast=measure.contrast,
        estimand=measure.estimand,
        territories=measure.of_territories,
        follow_up=follow_up_band(measure),
    )


def follow_up_band(measure: Measure) -> str:
    """Return the band of the follow-up: the rank of its limit, or the time's name without months."""
    if measure.follow_up is None:
        return fold(measure.window[1].fr)
    return f"#{sum(measure.follow_up > limit for limit in FOLLOW_UP_LIMITS)}"


def group(measures: Sequence[Measure]) -> tuple[tuple[Family, ...], tuple[Refused, ...]]:
    """Put measures that can be pooled together, and say of each other one why it cannot.

    Returns
    -------
    families : tuple of Family
        Of two measures or more, the largest first.
    refused : tuple of Refused
    """
    kinds: dict[Kind, list[Measure]] = defaultdict(list)
    refused: list[Refused] = []
    for measure in measures:
        effect = measure.effect
        if effect is None:
            refused.append(Refused(measure=measure, reason="no_figure"))
        elif not (math.isfinite(effect.estimate) and 0 < effect.std_error < math.inf):
            refused.append(Refused(measure=measure, reason="no_error"))
        else:
            kinds[kind_of(measure)].append(measure)
    families = [
        Family(kind=kind, measures=tuple(found)) for kind, found in kinds.items() if len(found) >= FEWEST
    ]
    for kind, found in kinds.items():
        if len(found) < FEWEST:
            refused += [Refused(measure=item, reason="alone", nearest=_apart(kind, kinds)) for item in found]
    order = {measure.key: i for i, measure in enumerate(measures)}
    return (
        tuple(sorted(families, key=lambda family: (-len(family.measures), family.kind))),
        tuple(sorted(refused, key=lambda item: order[item.measure.key])),
    )


_FIELDS = ("label", "unit", "type", "direction", "contrast", "estimand", "territories", "follow_up")


def _apart(kind: Kind, kinds: dict[Kind, list[Measure]]) -> tuple[str, ...]:
    """Return what sets a kind apart from the nearest one of the same family; nothing when there is none."""
    found = [
        tuple(name for name in _FIELDS if getattr(kind, name) != getattr(other, name))
        for other in kinds
        if other != kind and other.family == kind.family
    ]
    return min(found, key=len, default=())
