"""Beneficiaries and those they could be compared with: what is known of the two before any result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impactkit.design.balance import wwc_differences
from impactkit.design.declare import declare_design
from impactkit.design.weighting.terms import people_to_balance
from impactkit.errors import DesignError, Problem
from impactkit.estimators.power.planning import Plan
from impactkit.evidence import rules
from impactkit.evidence.advice.cautions import (
    cluster_cap,
    cluster_cautions,
    few,
    size_cautions,
    too_small,
    with_effect,
)
from impactkit.evidence.advice.detectable import Planned, foreseen_loss
from impactkit.evidence.advice.expected import Expected, expected
from impactkit.evidence.advice.option import DesignName, Option
from impactkit.evidence.advice.pasted import Pasted
from impactkit.evidence.advice.shape import Group, Shape
from impactkit.evidence.advice.words import two_groups
from impactkit.evidence.check import NO_CAP
from impactkit.files.model import Comparison, Method


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two groups that can be compared.

    Attributes
    ----------
    shape : Shape
    name : str
        Who is compared.
    treated, compared : Group
    expected : Expected or None
    unlike : bool
        Whether a characteristic known before differs by more than what an analysis can adjust for.
    """

    shape: Shape
    name: Comparison
    treated: Group
    compared: Group
    expected: Expected | None
    unlike: bool

    @classmethod
    def of(cls, shape: Shape, name: Comparison) -> Pair:
        """Look at beneficiaries and at those of this name."""
        compared = shape.compared[name]
        drawn = name == "randomised"
        return cls(
            shape=shape,
            name=name,
            treated=shape.offered if drawn else shape.treated,
            compared=compared,
            expected=expected(shape, compared),
            unlike=not drawn and _unlike(shape, name),
        )

    @property
    def takeup(self) -> float:
        """Share of those offered who enter by the end, less that of the others; 1 without lots drawn."""
        if self.name != "randomised" or not self.treated.n:
            return 1.0
        entered = self.shape.cohort.rows.entry <= self.shape.end
        return float(entered[self.treated.people].mean() - entered[self.compared.people].mean())

    @property
    def by_offer(self) -> bool:
        """Whether only the effect of being offered the action compares those whom lots made alike."""
        return self.takeup < 1

    @property
    def smallest(self) -> int:
        """Units followed in the smallest of the two groups."""
        return min(self.treated.followed, self.compared.followed)

    @property
    def overall_loss(self) -> float:
        """Share lost of both groups together."""
        followed = self.treated.followed + self.compared.followed
        return 1 - followed / (self.treated.n + self.compared.n)

    @property
    def loss(self) -> rules.Capped:
        """What the people lost leave of credibility."""
        return rules.attrition_cap(
            randomised=self.name == "randomised",
            overall=self.overall_loss,
            differential=abs(self.treated.lost - self.compared.lost),
        )

    def option(
        self,
        design: DesignName,
        *,
        variant: str,
        method: Method,
        start: int,
        plan: Plan,
        pasted: Pasted,
        n_treated: int | None = None,
        n_comparison: int | None = None,
        takeup: float = 1.0,
        judged_alike: bool = True,
        cap: int = NO_CAP,
        checks: int = 0,
        cautions: Sequence[Problem] = (),
    ) -> Option:
        """Return what comparing the two groups in this way would rest on and find.

        Parameters
        ----------
        design, variant, method, pasted
            As in `Option`.
        start : int
            Credibility from which the design starts.
        plan : Plan
        n_treated, n_comparison : int, optional
            Those analysed, when they are not all.
        takeup : float
            As in `Planned`.
        judged_alike : bool
            Whether the likeness of the groups before entry will be judged, and they are not made alike.
        cap : int
            The most credibility that this design leaves with these people.
        checks : int
            Questions that this design allows besides those on losses and likeness.
        cautions : sequence of Problem
            Those of this design.
        """
        shape = self.shape
        n_treated = self.treated.n if n_treated is None else n_treated
        obstacle = too_small(shape, self.treated, self.compared, changes=plan == "did")
        if n_treated < shape.fewest or not shape.treated.n:
            obstacle = few(shape)
        if obstacle is not None:
            return Option(
                design=design, variant=variant, obstacle=obstacle, comparison=self.name, method=method
            )
        caps = [self.loss.cap, cluster_cap(shape), cap]
        found = [*size_cautions(shape, self.smallest), *cluster_cautions(shape)]
        if self.loss.cap < start:
            found.append(Problem(code="A-EVA-06"))
        if judged_alike and self.unlike:
            caps.append(rules.CAP_NOT_EQUIVALENT)
            found.append(Problem(code="A-EVA-08"))
        planned = None
        if self.expected is not None:
            planned = Planned(
                plan=plan,
                n_treated=n_treated,
                n_comparison=n_comparison or self.compared.n,
                expected=self.expected,
                cluster_size=shape.cluster_size,
                attrition=foreseen_loss(self.overall_loss),
                takeup=takeup,
            )
        return with_effect(
            Option(
                design=design,
                variant=variant,
                credibility=min(start, *caps),
                # Losses; likeness before entry, where it is not imposed.
                checks=checks + 1 + (judged_alike and bool(shape.before or shape.cohort.covariates)),
                counts=two_groups(shape, n_treated, self.compared.n, self.name),
                cautions=(*found, *cautions),
                method=method,
                comparison=self.name,
                pasted=pasted,
            ),
            shape,
            planned,
        )


def nobody(pair: Pair | None) -> Problem | None:
    """Return why there is nobody to compare with, or why comparing as if no lots were drawn is of no use."""
    if pair is None:
        return Problem(code="E-EVA-03")
    return Problem(code="E-EVA-13") if pair.name == "randomised" else None


def _unlike(shape: Shape, name: Comparison) -> bool:
    """Tell whether the groups differ too much before entry for an analysis to adjust for it."""
    outcome = shape.outcome.variable
    known = [item for item in shape.cohort.covariates if item != outcome]
    try:
        design = declare_design(
            shape.cohort, outcome=outcome, comparison=name, covariates=known, window=shape.window
        )
    except DesignError:
        return False
    names = [outcome, *known] if design.has_baseline else known
    differences = wwc_differences(people_to_balance(design, names), names)
    return bool((np.abs(differences) > rules.WWC_ADJUSTABLE).any())
