"""Could the people lost overturn the result?"""

from __future__ import annotations

import numpy as np

from impactkit.cohort.accounts.loss_rules import WWC_CAUTIOUS, wwc_boundary
from impactkit.cohort.cohort import WEIGHT
from impactkit.design.comparable import Matched, Weighted
from impactkit.errors import EstimationError
from impactkit.estimators.attrition.trimming import lee_bounds
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.credibility_start import design_start_of
from impactkit.text import Message


def missing_bounds(estimate: Estimate) -> Check:
    """Move the effect by as much as Lee's bounds move the difference between the people followed.

    Losses that are close in the two groups are not asked: by the What Works Clearinghouse's cautious
    boundary, their excess can move the effect by little; who was lost in each group is not asked.
    """
    overall, differential = _losses(estimate)
    if differential <= wwc_boundary(overall, WWC_CAUTIOUS):
        return Check(key="missing_bounds", status="ok", reason=Message("check.missing_bounds.even"))
    if isinstance(estimate.design.comparable, Matched | Weighted):
        return _not_run()
    try:
        downwards, upwards = _moves(estimate)
    except EstimationError:
        return _not_run()
    claim = claim_of(estimate)
    overturned = any(claim.overturned_at(claim.value + move) for move in (downwards, upwards))
    start = design_start_of(estimate)
    if not overturned:
        return Check(key="missing_bounds", status="ok", reason=Message("check.missing_bounds.kept"))
    return Check(
        key="missing_bounds",
        status="caution",
        reason=Message("check.missing_bounds.overturned"),
        cap=max(start - rules_sensitivity.NOTES_LOSSES, 0),
    )


def has_losses(estimate: Estimate) -> bool:
    """Tell whether anybody between those compared and those analysed was lost."""
    return _losses(estimate)[0] > 0


def _not_run() -> Check:
    return Check(key="missing_bounds", status="not_run", reason=Message("check.missing_bounds.not_bounded"))


def _losses(estimate: Estimate) -> tuple[float, float]:
    """Return the share of people not analysed, and by how much it differs between the groups."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for step in estimate.counts:
        if step.arm is not None:
            if step.key in ("entered", "comparable"):
                first[step.arm] = step.n
            last[step.arm] = step.n
    shares = [1 - last[arm] / first[arm] for arm in first]
    return 1 - sum(last.values()) / sum(first.values()), max(shares) - min(shares)


def _moves(estimate: Estimate) -> tuple[float, float]:
    """Return how far Lee's bounds lie from the difference between the people analysed."""
    design = estimate.design
    rows, members = design.cohort.rows, design.everyone.members()
    people, treated = members.people, members.treated
    y: Floats = rows.numbers(design.outcome, rows.at(design.window[1])[people])
    if estimate.method == "did":
        y = y - rows.numbers(design.outcome, rows.at(design.window[0])[people])
    y = np.where(rows.people[people].isin(estimate.analysed), y, np.nan)
    weights = rows.numbers(WEIGHT, rows.first[people]) if WEIGHT in rows.frame else np.ones(len(y))
    region = lee_bounds(y=y, treated=treated, weights=weights).region
    followed = ~np.isnan(y)
    means = [np.average(y[arm & followed], weights=weights[arm & followed]) for arm in (treated, ~treated)]
    return region.lower - (means[0] - means[1]), region.upper - (means[0] - means[1])
