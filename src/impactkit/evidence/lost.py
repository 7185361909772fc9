"""How many people were lost between those compared and those analysed, as the verdict counts them."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.cohort.cohort import FlowStep
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules

_BEFORE_THRESHOLD = ("entered", "outside_donut")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Losses as shares of people.

    Attributes
    ----------
    by_arm : dict of str to float
    overall : float
    differential : float
        Between the arm that lost most and the one that lost least.
    verdict : Capped
        What the rules make of them.
    """

    by_arm: dict[str, float]
    overall: float
    differential: float
    verdict: rules.Capped


def people_lost(estimate: Estimate) -> Lost:
    """Return the share of people of the design who are not analysed, and what the rules make of it.

    Those whom matching or weighting left out were chosen before any result, and those too far from a
    threshold are not what it is about: they are not lost.
    """
    kept: dict[str, list[int]] = {}
    for step in _from_threshold(estimate):
        if step.arm is None:
            continue
        if step.key == "comparable":
            kept[step.arm] = []
        kept.setdefault(step.arm, []).append(step.n)
    # Those compared are no arm of their own when everyone enters in the end: beneficiaries yet to enter.
    by_arm = {arm: 1 - counts[-1] / counts[0] for arm, counts in kept.items() if counts[0]}
    overall = 1 - sum(counts[-1] for counts in kept.values()) / sum(counts[0] for counts in kept.values())
    differential = max(by_arm.values()) - min(by_arm.values())
    randomised = estimate.design.comparison == "randomised"
    verdict = rules.attrition_cap(randomised=randomised, overall=overall, differential=differential)
    return Lost(by_arm=by_arm, overall=overall, differential=differential, verdict=verdict)


def _from_threshold(estimate: Estimate) -> list[FlowStep]:
    is_far = any(step.key == "near_threshold" for step in estimate.counts)
    return [step for step in estimate.counts if not (is_far and step.key in _BEFORE_THRESHOLD)]
