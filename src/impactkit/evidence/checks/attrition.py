"""Were too many people lost, or more in one group than in the other?"""

from __future__ import annotations

from impactkit.cohort.cohort import FlowStep
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.text import Message, Quantity

# Losses are told by these bands, so that a small number of people lost stays hidden.
_BANDS = (0.1, 0.2, 0.3, 0.4, 0.5)
_BEFORE_THRESHOLD = ("entered", "outside_donut")


def losses(estimate: Estimate) -> dict[str, float]:
    """Return, by arm, the share of people of the design who are not analysed.

    Those whom matching or weighting left out were chosen before any result, and those too far from a
    threshold are not what it is about: they are not lost.
    """
    by_arm = _people(estimate)
    # Those compared are no arm of their own when everyone enters in the end: beneficiaries yet to enter.
    return {arm: 1 - counts[-1] / counts[0] for arm, counts in by_arm.items() if counts[0]}


def _people(estimate: Estimate) -> dict[str, list[int]]:
    """Return, by arm, how many people each step kept, from those compared on."""
    by_arm: dict[str, list[int]] = {}
    for step in _from_threshold(estimate):
        if step.arm is None:
            continue
        if step.key == "comparable":
            by_arm[step.arm] = []
        by_arm.setdefault(step.arm, []).append(step.n)
    return by_arm


def attrition(estimate: Estimate) -> Check:
    """Judge overall and differential losses by the bands of `rules`."""
    shares = losses(estimate)
    first = {arm: counts[0] for arm, counts in _people(estimate).items()}
    overall = sum(share * first[arm] for arm, share in shares.items()) / sum(first[arm] for arm in shares)
    differential = max(shares.values()) - min(shares.values())
    randomised = estimate.design.comparison == "randomised"
    answer = rules.attrition_cap(randomised=randomised, overall=overall, differential=differential)
    band = next((limit for limit in _BANDS if overall <= limit), None)
    return Check(
        key="attrition",
        status=answer.status,
        value=band,
        threshold=0.3,
        reason=_reason(
            shares, band, uneven=answer.status != "ok" and differential > rules.MOST_DIFFERENTIAL_LOSS
        ),
        cap=answer.cap,
    )


def _from_threshold(estimate: Estimate) -> list[FlowStep]:
    return [step for step in estimate.counts if not (_is_far(estimate) and step.key in _BEFORE_THRESHOLD)]


def _is_far(estimate: Estimate) -> bool:
    return any(step.key == "near_threshold" for step in estimate.counts)


def _reason(shares: dict[str, float], band: float | None, *, uneven: bool) -> Message:
    if not any(shares.values()):
        return Message("check.attrition.none")
    kind = "single" if len(shares) == 1 else "uneven" if uneven else "even"
    if band is None:
        return Message(f"check.attrition.{kind}_most")
    return Message(f"check.attrition.{kind}_band", {"band": Quantity(band, "percent")})
