"""Whether an estimate rests on enough people for a figure at all."""

from __future__ import annotations

from impactkit.disclosure import is_small
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.masking import has_enough_freedom, has_enough_units


def smallest_group(estimate: Estimate) -> int:
    """Return the size of the smallest group analysed."""
    effect = estimate.effect
    if estimate.design.comparison == "none":
        return effect.n_treated
    return min(effect.n_treated, effect.n_comparison)


def has_figure(estimate: Estimate) -> bool:
    """Tell whether there is a figure to give: enough people in each group, and data that bound the effect."""
    return not is_too_small(estimate) and not estimate.is_unbounded


def is_too_small(estimate: Estimate) -> bool:
    """Tell whether too few people are followed for any figure at all: nothing that is said may rest on them.

    What is measured on territories does not rest on groups of people. Groups are too small too when, by the
    study's secrecy rules, they are of too few households or structures, or leave too few degrees of freedom.
    """
    if estimate.follows_territories:
        return False
    fewest = smallest_group(estimate)
    if rules.size_regime(fewest) == "qualitative" or is_small(fewest, estimate.design.cohort.profile):
        return True
    return not (has_enough_units(estimate) and has_enough_freedom(estimate))
