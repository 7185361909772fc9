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
    """Tell whether enough people are followed in each group for any figure at all.

    What is measured on territories does not rest on groups of people. An effect that the data do not bound
    has no figure either, nor one whose groups, by the study's secrecy rules, are of too few households or
    structures, or whose model leaves too few degrees of freedom.
    """
    if estimate.follows_territories:
        return True
    enough = rules.size_regime(smallest_group(estimate)) != "qualitative"
    if (
        estimate.is_unbounded
        or not enough
        or is_small(smallest_group(estimate), estimate.design.cohort.profile)
    ):
        return False
    return has_enough_units(estimate) and has_enough_freedom(estimate)
