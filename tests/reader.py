"""Situations that a reader may meet: small worlds whose effect, interval and sizes are set by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from scipy import stats

import impactkit as ik
from impactkit.estimators.result import Estimate, Normal
from impactkit.evidence import Evidence
from impactkit.files.model import Label, Variable
from worlds import as_share, two_waves

OUTCOMES = {
    "emploi": Variable(label=Label(fr="en emploi", en="in work"), type="boolean"),
    "expulsion": Variable(
        label=Label(fr="sous le coup d'une expulsion", en="facing eviction"), type="boolean"
    ),
    "revenu": Variable(
        label=Label(fr="revenu mensuel", en="monthly income"),
        type="number",
        unit=Label(fr="euros", en="euros"),
        unit_singular=Label(fr="euro", en="euro"),
    ),
    "absences": Variable(
        label=Label(fr="jours d'absence", en="days of absence"),
        type="number",
        unit=Label(fr="jours", en="days"),
        unit_singular=Label(fr="jour", en="day"),
    ),
    "bien_etre": Variable(label=Label(fr="score de bien-être", en="well-being score"), type="number"),
}
BETTER_DOWN = ("expulsion", "absences")
# Who is compared, by which method, and whether there are two waves before entry.
DESIGNS = {
    "drawn": ("compare_groups", "randomised", (0, 6)),
    "waiting_list": ("did", "waiting_list", (0, 6)),
    "waiting_list_two_before": ("did", "waiting_list", (-6, 0, 6)),
    "non_takers": ("compare_groups", "non_takers", (0, 6)),
    "alone": ("before_after", "none", (0, 6)),
    "alone_trend": ("before_after", "none", (-12, -6, 0, 6)),
}
_PEOPLE = 400


@cache
def _estimate(design: str, share: bool) -> Estimate:
    method, comparison, waves = DESIGNS[design]
    arms = ("beneficiary", comparison if comparison != "none" else "waiting_list")
    world = two_waves(_PEOPLE, waves=waves, arms=arms, seed=3)
    if share:
        world = as_share(world, cut=10.0)
    cohort = ik.cohort_from_frame(world, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    asked = ik.declare_design(cohort, comparison=comparison, window=(0, 6))
    return ik.before_after(asked, trend=True) if "trend" in design else getattr(ik, method)(asked)


def situation(
    *, design: str, outcome: str, low: float, high: float, n: int = 100, minimum: float | None = None
) -> Evidence:
    """Return the evidence when the effect's interval is ``low`` to ``high`` in groups of ``n``.

    The checks of the design are those of a large world where it holds; only the effect and the sizes are set.
    """
    variable = OUTCOMES[outcome]
    estimate = _estimate(design, variable.type == "boolean")
    before = estimate.design
    cohort = replace(before.cohort, variables={"y": variable})
    asked = replace(
        before,
        cohort=cohort,
        direction="decrease" if outcome in BETTER_DOWN else "increase",
        minimum_effect=minimum,
    )
    effect = replace(
        estimate.effect,
        value=(low + high) / 2,
        std_error=(high - low) / (2 * float(stats.norm.isf(0.025))),
        reference=Normal(),
        n_treated=n,
        n_comparison=n if before.comparison != "none" else 0,
    )
    return ik.assess(replace(estimate, design=asked, effect=effect))
