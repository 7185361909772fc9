"""Are enough people followed to give a figure, a test, a main result?"""

from __future__ import annotations

from impactkit.disclosure import is_small, protect_count
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.masking import has_enough_freedom, has_enough_units
from impactkit.evidence.record import Status
from impactkit.text import Message

_STATUS: dict[rules.SizeRegime, Status] = {
    "qualitative": "fail",
    "descriptive": "caution",
    "exploratory": "caution",
    "main": "ok",
}


def smallest_group(estimate: Estimate) -> int:
    """Return the size of the smallest group analysed."""
    effect = estimate.effect
    if estimate.design.comparison == "none":
        return effect.n_treated
    return min(effect.n_treated, effect.n_comparison)


def sample_size(estimate: Estimate) -> Check:
    """Compare the smallest group with the sizes below which less can be said."""
    n = smallest_group(estimate)
    regime = rules.size_regime(n)
    shown = protect_count(n, estimate.design.cohort.profile)
    told = regime != "qualitative" and shown is not None
    params = {"n": shown} if told else {}
    return Check(
        key="sample_size",
        status=_STATUS[regime],
        value=float(shown) if told and shown is not None else None,
        threshold=float(rules.FEWEST_FOR_A_MAIN_RESULT),
        reason=Message(f"check.sample_size.{regime}", params),
        about_comparison=False,
    )


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
