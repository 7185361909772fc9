"""The design of an eligibility threshold: declared, or one that the data let guess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.errors import Problem
from impactkit.evidence import rules
from impactkit.evidence.advice.cautions import cluster_cap, cluster_cautions, few, with_known_effect
from impactkit.evidence.advice.detectable import jump_effect
from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.pair import Pair
from impactkit.evidence.advice.pasted import paste, quoted
from impactkit.evidence.advice.shape import Shape
from impactkit.evidence.advice.words import two_groups


def threshold(shape: Shape, pair: Pair | None, *, running: str | None, cutoff: float | None) -> Option:
    """Consider people just on either side of a threshold that decides who has a right."""
    declared = shape.cohort.action.threshold if shape.cohort.action is not None else None
    if running is None and declared is not None:
        running, cutoff = declared.running, declared.cutoff
    if running is None or cutoff is None or pair is None:
        return Option(design="threshold", variant="threshold", obstacle=_undeclared(shape, pair))
    sides = _Sides.of(shape, pair, running, cutoff)
    obstacle = sides.obstacle(shape)
    if obstacle is not None:
        return Option(design="threshold", variant="threshold", obstacle=obstacle, method="discontinuity")
    start = rules.design_start("discontinuity", comparison=pair.name, adjusted=False)
    caps, cautions = [pair.loss.cap, cluster_cap(shape)], cluster_cautions(shape)
    if pair.loss.cap < start:
        cautions.append(Problem(code="A-EVA-06"))
    if sides.near < rules.FEWEST_NEAR_THRESHOLD:
        caps.append(rules.THRESHOLD_OR_OFFER - 1)
        cautions.append(Problem(code="A-EVA-10", params={"fewest": rules.FEWEST_NEAR_THRESHOLD}))
    fuzzy = ", fuzzy=True" if sides.gap < 1 else ""
    option = Option(
        design="threshold",
        variant="threshold",
        credibility=min(start, *caps),
        checks=3,
        counts=two_groups(shape, pair.treated.n, pair.compared.n, pair.name),
        cautions=tuple(cautions),
        method="discontinuity",
        comparison=pair.name,
        pasted=paste(
            shape,
            pair.name,
            method="discontinuity",
            call=f"ik.discontinuity(design, running={quoted(running)}, cutoff={cutoff:g}{fuzzy})",
            options=[f"threshold = {{ running = {quoted(running)}, cutoff = {cutoff:g} }}"],
        ),
    )
    sd = 1.0 if pair.expected is None else pair.expected.sd
    jump = None if pair.expected is None or sides.jump is None else sides.jump * sd / sides.gap
    return with_known_effect(option, shape, jump, sd=sd)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Who stands on each side of a threshold, among the people followed to the end.

    Attributes
    ----------
    smallest : int
        People of the smaller side.
    near : int
        Those near the threshold, on the side with fewer.
    gap : float
        Share who take part on the side with more of them, less that of the other.
    jump : float or None
        Smallest detectable jump, in standard deviations of the outcome.
    """

    smallest: int
    near: int
    gap: float
    jump: float | None

    @classmethod
    def of(cls, shape: Shape, pair: Pair, running: str, cutoff: float) -> _Sides:
        """Look at where people stand; no outcome is read."""
        rows = shape.cohort.rows
        people = (pair.treated.people | pair.compared.people) & shape.ended
        values = rows.numbers(running, rows.first[people])
        known = ~np.isnan(values)
        values, took_part = values[known], pair.treated.people[people][known]
        above = values >= cutoff
        smallest = int(min(above.sum(), (~above).sum()))
        if not smallest:
            return cls(smallest=0, near=0, gap=0.0, jump=None)
        gap = float(took_part[above].mean() - took_part[~above].mean())
        jump, near = jump_effect(values, above if gap > 0 else ~above, cutoff, 1.0)
        return cls(smallest=smallest, near=near, gap=abs(gap), jump=jump)

    def obstacle(self, shape: Shape) -> Problem | None:
        """Return why the two sides cannot be compared."""
        if min(self.smallest, self.near) < shape.fewest:
            return few(shape)
        return None if self.gap else Problem(code="E-EVA-07")


def _undeclared(shape: Shape, pair: Pair | None) -> Problem:
    """Return that no threshold is declared, and the characteristic that looks like one."""
    name = None if pair is None else separating(shape, pair)
    if name is None:
        return Problem(code="E-EVA-06")
    return Problem(code="E-EVA-14", params={"variable": shape.cohort.variables[name].label})


def separating(shape: Shape, pair: Pair) -> str | None:
    """Return the first number known before that has all beneficiaries on one side of all those compared.

    Where it does so is not told: it would be a person's own value.
    """
    rows = shape.cohort.rows
    for name in shape.cohort.covariates:
        if shape.cohort.variables[name].type != "number":
            continue
        groups = [rows.numbers(name, rows.first[g.people]) for g in (pair.treated, pair.compared)]
        treated, compared = (values[~np.isnan(values)] for values in groups)
        if min(treated.size, compared.size) < shape.fewest:
            continue
        if treated.max() < compared.min() or compared.max() < treated.min():
            return name
    return None
