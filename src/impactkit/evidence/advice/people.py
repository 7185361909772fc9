"""The designs that compare people: what each would rest on with these data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from impactkit.errors import Problem
from impactkit.estimators.power.planning import Plan
from impactkit.evidence import rules
from impactkit.evidence.advice.alike import alike
from impactkit.evidence.advice.cautions import (
    cluster_cautions,
    entry_cautions,
    size_cautions,
    too_small,
    with_effect,
)
from impactkit.evidence.advice.detectable import Planned, foreseen_loss
from impactkit.evidence.advice.expected import expected
from impactkit.evidence.advice.limits import FEWEST_BEFORE_FOR_TRENDS, FEWEST_NEVER
from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.pair import Pair, nobody
from impactkit.evidence.advice.pasted import Pasted, paste
from impactkit.evidence.advice.shape import Shape
from impactkit.evidence.advice.words import units
from impactkit.files.model import Comparison
from impactkit.text import Message

ByChange = Literal["did", "event_study"]


def randomised(shape: Shape, lots: Pair | None) -> Option:
    """Lots drawn: the two groups after, adjusted for what was known before."""
    if lots is None:
        return Option(design="randomised", variant="randomised", obstacle=Problem(code="E-EVA-05"))
    adjusted = bool(shape.before or shape.cohort.covariates)
    return lots.option(
        "randomised",
        variant="randomised",
        method="compare_groups",
        start=rules.design_start("compare_groups", comparison="randomised", adjusted=adjusted),
        plan=_plan(shape),
        pasted=_compared(shape, lots, adjusted=adjusted),
        cautions=_as_offered(lots),
    )


def offer(shape: Shape, lots: Pair | None) -> Option:
    """Consider an offer drawn by lot that not everyone follows: the effect on those whom it makes enter."""
    if lots is None:
        return Option(design="offer", variant="offer", obstacle=Problem(code="E-EVA-05"))
    if not lots.treated.n:
        return Option(design="offer", variant="offer", obstacle=Problem(code="E-EVA-17"))
    entered = shape.cohort.rows.entry <= shape.end
    offered, others = (float(entered[group.people].mean()) for group in (lots.treated, lots.compared))
    if not 0 < offered - others < 1:
        return Option(design="offer", variant="offer", obstacle=Problem(code="E-EVA-08"))
    # The F of participation on the offer, people drawn one by one.
    variance = offered * (1 - offered) / lots.treated.n + others * (1 - others) / lots.compared.n
    strength = (offered - others) ** 2 / variance
    pasted = paste(shape, "randomised", method="encouragement", call="ik.encouragement(design)", offer=True)
    return lots.option(
        "offer",
        variant="offer",
        method="encouragement",
        start=rules.design_start("encouragement", comparison="randomised", adjusted=False),
        plan="two_arms",
        pasted=pasted,
        takeup=offered - others,
        cap=rules.first_stage_cap(strength).cap,
        cautions=[Problem(code="A-EVA-16")] if strength < rules.FIRST_STAGE else [],
    )


def did(shape: Shape, pair: Pair | None) -> Option:
    """One date of entry: change minus change."""
    obstacle = _no_change(shape, pair)
    if obstacle is None and shape.staggered:
        obstacle = Problem(code="E-EVA-09")
    if obstacle is not None or pair is None:
        return Option(design="did", variant="did", obstacle=obstacle)
    return pair.option(
        "did",
        variant="did",
        method="did",
        start=rules.design_start("did", comparison=pair.name, adjusted=True),
        plan="did",
        pasted=_changes(shape, pair, "did"),
        cautions=_as_offered(pair),
    )


def did_staggered(shape: Shape, pair: Pair | None) -> Option:
    """Several dates of entry: the effect by date and period, never held against people already in."""
    pair = _by_entry(shape, pair)
    obstacle = Problem(code="E-EVA-10") if not shape.staggered else _no_change(shape, pair)
    if obstacle is not None or pair is None:
        return Option(design="did_staggered", variant="did_staggered_never", obstacle=obstacle)
    waiting = pair.name == "not_yet_treated"
    return pair.option(
        "did_staggered",
        variant="did_staggered_not_yet" if waiting else "did_staggered_never",
        method="did",
        start=rules.design_start("did", comparison=pair.name, adjusted=True),
        plan="did",
        pasted=_changes(shape, pair, "did", every_wave=True),
        n_treated=_entering(shape, pair),
        checks=1,
        cautions=entry_cautions(shape),
    )


def event_study(shape: Shape, pair: Pair | None) -> Option:
    """Consider the effect period by period, and how the groups evolved before entry."""
    pair = _by_entry(shape, pair)
    obstacle = _no_change(shape, pair)
    if obstacle is None and _times_before(shape) < FEWEST_BEFORE_FOR_TRENDS:
        obstacle = Problem(code="E-EVA-11", params={"fewest": FEWEST_BEFORE_FOR_TRENDS})
    elif obstacle is None and pair is not None and pair.by_offer:
        obstacle = Problem(code="E-EVA-13")
    if obstacle is not None or pair is None:
        return Option(design="event_study", variant="event_study", obstacle=obstacle)
    return pair.option(
        "event_study",
        variant="event_study",
        method="event_study",
        start=rules.design_start("event_study", comparison=pair.name, adjusted=True),
        plan="did",
        pasted=_changes(shape, pair, "event_study", every_wave=True),
        n_treated=_entering(shape, pair),
        # Where lots were drawn, groups evolve alike by construction.
        checks=int(pair.name != "randomised"),
        cautions=entry_cautions(shape),
    )


def compare_groups(shape: Shape, pair: Pair | None) -> Option:
    """Consider the two groups after, adjusted for what is known of them, or as they are."""
    adjusted = bool(shape.before or shape.cohort.covariates)
    variant = "compare_groups_adjusted" if adjusted else "compare_groups_raw"
    obstacle = nobody(pair)
    if obstacle is not None or pair is None:
        return Option(design="compare_groups", variant=variant, obstacle=obstacle)
    return pair.option(
        "compare_groups",
        variant=variant,
        method="compare_groups",
        start=rules.design_start("compare_groups", comparison=pair.name, adjusted=adjusted),
        plan=_plan(shape),
        pasted=_compared(shape, pair, adjusted=adjusted),
    )


def before_after(shape: Shape, pair: Pair | None) -> Option:
    """Consider the same people before and after, with nobody to compare with."""
    # Only Python can ask for each person's own trend.
    trend = shape.cohort.study is None and len(shape.before) >= FEWEST_BEFORE_FOR_TRENDS
    variant = "before_after_trend" if trend else "before_after"
    if not shape.before:
        return Option(design="before_after", variant=variant, obstacle=Problem(code="E-EVA-02"))
    obstacle = too_small(shape, shape.treated, changes=True)
    if obstacle is not None:
        return Option(design="before_after", variant=variant, obstacle=obstacle, method="before_after")
    loss = rules.attrition_cap(randomised=False, overall=shape.treated.lost, differential=0.0)
    known = expected(shape, None) if pair is None or pair.expected is None else pair.expected
    planned = None
    if known is not None:
        planned = Planned(
            plan="before_after",
            n_treated=shape.treated.n,
            n_comparison=None,
            expected=known,
            attrition=foreseen_loss(shape.treated.lost),
        )
    call = "ik.before_after(design, trend=True)" if trend else "ik.before_after(design)"
    cautions = [*size_cautions(shape, shape.treated.followed), *cluster_cautions(shape)]
    if loss.cap < rules.BEFORE_AFTER:
        cautions.append(Problem(code="A-EVA-06"))
    option = Option(
        design="before_after",
        variant=variant,
        credibility=min(rules.BEFORE_AFTER, loss.cap),
        checks=1 + trend,
        counts=Message("advice.counts.alone", {"treated": units(shape, shape.treated.n)}),
        cautions=(*cautions, Problem(code="A-EVA-11")),
        method="before_after",
        comparison="none",
        pasted=paste(shape, "none", method="before_after", call=call),
    )
    return with_effect(option, shape, planned)


def qualitative() -> Option:
    """No figure: what people, and those who know them, say of the change."""
    return Option(design="qualitative", variant="qualitative", counts=Message("advice.counts.none"))


def _no_change(shape: Shape, pair: Pair | None) -> Problem | None:
    """Return why changes cannot be compared."""
    if pair is None:
        return Problem(code="E-EVA-03")
    return None if shape.before else Problem(code="E-EVA-02")


def _plan(shape: Shape) -> Plan:
    return "ancova" if shape.before else "two_arms"


def _times_before(shape: Shape) -> int:
    """Count the times before entry of those who enter last: their evolution before can be looked at."""
    if not shape.entries:
        return 0
    return sum(period < shape.entries[-1] for period in shape.cohort.periods)


def _by_entry(shape: Shape, pair: Pair | None) -> Pair | None:
    """Return the comparison that several dates of entry allow: those who never enter, else not yet."""
    never, waiting = (shape.compared.get(name) for name in BY_ENTRY)
    if not shape.staggered or (never is None and waiting is None):
        return pair
    enough = never is not None and (waiting is None or never.followed >= FEWEST_NEVER)
    name: Comparison = "never_treated" if enough else "not_yet_treated"
    return pair if pair is not None and pair.name == name else Pair.of(shape, name)


def _entering(shape: Shape, pair: Pair) -> int:
    """Count the beneficiaries whose effect is measured: those held back to compare with are not."""
    return int((pair.treated.people & ~pair.compared.people).sum())


def _compared(shape: Shape, pair: Pair, *, adjusted: bool) -> Pasted:
    return paste(
        shape,
        pair.name,
        method=None if pair.by_offer else "compare_groups",
        offer=pair.by_offer,
        call='ik.compare_groups(design, adjust="lin")' if adjusted else "ik.compare_groups(design)",
        adjust="lin" if adjusted else None,
        covariates=shape.cohort.covariates,
    )


def _as_offered(pair: Pair) -> list[Problem]:
    """Return that the effect is that of the offer, when not everyone follows the draw."""
    return [Problem(code="A-EVA-17")] if pair.by_offer else []


def _changes(shape: Shape, pair: Pair, method: ByChange, *, every_wave: bool = False) -> Pasted:
    return paste(
        shape,
        pair.name,
        method=None if pair.by_offer else method,
        call=f"ik.{method}(design)",
        offer=pair.by_offer,
        every_wave=every_wave,
    )


# Whom several dates of entry allow to compare with.
BY_ENTRY: tuple[Comparison, Comparison] = ("never_treated", "not_yet_treated")
Look = Callable[[Shape, Pair | None], Option]
PEOPLE: tuple[Look, ...] = (did, did_staggered, event_study, alike, compare_groups)
LOTS: tuple[Look, ...] = (randomised, offer)
