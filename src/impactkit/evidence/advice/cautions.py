"""Why a design may not conclude, and what cannot be computed at all: shared by several designs."""

from __future__ import annotations

from dataclasses import replace

from impactkit.errors import Problem
from impactkit.evidence import rules
from impactkit.evidence.advice.detectable import Planned
from impactkit.evidence.advice.limits import FEWEST_PER_ENTRY
from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.shape import Group, Shape
from impactkit.evidence.advice.words import amount
from impactkit.evidence.check import NO_CAP
from impactkit.evidence.words import round_up


def few(shape: Shape) -> Problem:
    """Return why groups so small give no figure."""
    if not shape.treated.n:
        return Problem(code="E-EVA-17")
    if shape.territories:
        return Problem(code="E-EVA-15", params={"fewest": shape.fewest})
    return Problem(code="E-EVA-01", params={"fewest": shape.fewest})


def too_small(shape: Shape, *groups: Group, changes: bool) -> Problem | None:
    """Return why these groups give no figure: too few people, or a single structure in one of them.

    Parameters
    ----------
    shape : Shape
    *groups : Group
    changes : bool
        Whether people must be followed before entry too.
    """
    if min(group.twice if changes else group.followed for group in groups) < shape.fewest:
        return few(shape)
    if any(group.structures == 1 for group in groups):
        return Problem(code="E-EVA-19")
    return None


def size_cautions(shape: Shape, smallest: int) -> list[Problem]:
    """Return what the size of the smallest group does not allow, and whether it is only foreseen."""
    awaited = [Problem(code="A-EVA-15")] if shape.awaited else []
    if shape.territories or rules.size_regime(smallest) != "descriptive":
        return awaited
    params = {"fewest": rules.FEWEST_FOR_A_FIGURE, "most": rules.FEWEST_FOR_A_TEST - 1}
    params["enough"] = rules.FEWEST_FOR_A_TEST
    return [*awaited, Problem(code="A-EVA-01", params=params)]


def cluster_cap(shape: Shape) -> int:
    """Return the most credibility that the number of structures leaves."""
    n = shape.treated.structures
    return NO_CAP if n is None or n >= rules.FEWEST_TREATED_CLUSTERS else rules.CAP_FEW_CLUSTERS


def cluster_cautions(shape: Shape) -> list[Problem]:
    """Return what the number of structures does not allow."""
    n = shape.treated.structures
    if n is None or n >= rules.FEWEST_TREATED_CLUSTERS:
        return []
    return [Problem(code="A-EVA-03", params={"n": n, "fewest": rules.FEWEST_TREATED_CLUSTERS})]


def entry_cautions(shape: Shape) -> list[Problem]:
    """Return what dates of entry of few people do not allow."""
    if shape.staggered and min(shape.per_entry) < FEWEST_PER_ENTRY:
        return [Problem(code="A-EVA-04", params={"fewest": FEWEST_PER_ENTRY})]
    return []


def with_effect(option: Option, shape: Shape, planned: Planned | None) -> Option:
    """Return the option with the smallest effect it could find, and whether that is small enough."""
    effect = None if planned is None else planned.effect
    if planned is None or effect is None:
        return replace(option, cautions=(*option.cautions, Problem(code="A-EVA-12")))
    more = None
    wanted = shape.outcome.minimum_effect
    if wanted is not None and effect > wanted:
        more = planned.more_people(wanted)
    return _judged(option, shape, effect, sd=planned.expected.sd, more=more)


def with_known_effect(option: Option, shape: Shape, effect: float | None, *, sd: float) -> Option:
    """Return the option with an effect that no number of people would make smaller."""
    if effect is None:
        return replace(option, cautions=(*option.cautions, Problem(code="A-EVA-12")))
    return _judged(option, shape, effect, sd=sd, more=None)


def _judged(option: Option, shape: Shape, effect: float, *, sd: float, more: int | None) -> Option:
    wanted = shape.outcome.minimum_effect
    cautions = option.cautions
    if wanted is not None and effect > wanted:
        params = {"amount": amount(shape, effect), "wanted": amount(shape, wanted)}
        if more:
            code = "A-EVA-14" if option.comparison == "none" else "A-EVA-07"
            cautions += (Problem(code=code, params={**params, "n": round_up(more)}),)
        else:
            cautions += (Problem(code="A-EVA-13", params=params),)
    return replace(option, minimum_detectable_effect=effect, in_sd=effect / sd, cautions=cautions)
