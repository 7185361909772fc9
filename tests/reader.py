"""Situations that a reader may meet: small worlds whose interval and sizes are set by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import impactkit as ik
from impactkit.estimators.result import Estimate
from impactkit.evidence import Evidence
from impactkit.files.model import Variable
from impactkit.text import Label

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


def _world(design: str, n: int) -> pd.DataFrame:
    """Return people of two groups alike before entry, person by person, who then go their own way."""
    _, _, waves = DESIGNS[design]
    rng = np.random.default_rng(1)
    level, noise = rng.normal(10, 1, n), rng.normal(0, 0.5, (len(waves), n))
    frames = []
    for arm in _arms(design):
        own = rng.normal(0, 0.5, n)
        for k, wave in enumerate(waves):
            y = level + (own if wave == waves[-1] else noise[k])
            entry = 6 if arm == "beneficiary" else np.inf
            ids = [f"{arm}-{person}" for person in range(n)]
            frames.append(pd.DataFrame({"id": ids, "wave": wave, "arm": arm, "entry": entry, "y": y}))
    return pd.concat(frames, ignore_index=True)


def _arms(design: str) -> tuple[str, str]:
    comparison = DESIGNS[design][1]
    return ("beneficiary", comparison if comparison != "none" else "waiting_list")


def _estimate(world: pd.DataFrame, design: str, variable: Variable, **declared: Any) -> Estimate:
    method, comparison, _ = DESIGNS[design]
    cohort = ik.cohort_from_frame(world, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    cohort = replace(cohort, variables={"y": variable})
    asked = replace(ik.declare_design(cohort, comparison=comparison, window=(0, 6)), **declared)
    return ik.before_after(asked, trend=True) if "trend" in design else getattr(ik, method)(asked)


def situation(
    *, design: str, outcome: str, low: float, high: float, n: int = 100, minimum: float | None = None
) -> Evidence:
    """Return the evidence when the effect's interval is ``low`` to ``high`` in groups of ``n``.

    The outcome is stretched, and the effect added, until the interval is that one: estimates follow both. A
    share is judged as a number between 0 and 1, and told as a share.
    """
    variable = OUTCOMES[outcome]
    as_number = variable.model_copy(update={"type": "number"})
    declared = {
        "direction": "decrease" if outcome in BETTER_DOWN else "increase",
        "minimum_effect": minimum,
    }
    world = _world(design, n)
    first = _estimate(world, design, as_number).effect
    start, end = first.interval()
    stretch = (high - low) / (end - start)
    effect = (low + high) / 2 - stretch * first.value
    treated_after = (world["arm"] == "beneficiary") & (world["wave"] == 6)
    world["y"] = stretch * world["y"] + effect * treated_after
    if variable.type == "boolean":  # means between 0 and 1, as those of shares are
        world["y"] += 0.5 - world["y"].mean()
    evidence = ik.assess(_estimate(world, design, as_number, **declared))
    told = replace(
        evidence.estimate.design, cohort=replace(evidence.estimate.design.cohort, variables={"y": variable})
    )
    return replace(evidence, estimate=replace(evidence.estimate, design=told))
