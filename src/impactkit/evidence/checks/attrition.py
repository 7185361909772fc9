"""Were too many people lost, or more in one group than in the other?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.lost import people_lost
from impactkit.text import Message, Quantity


def attrition(estimate: Estimate) -> Check:
    """Judge overall and differential losses by the bands of `rules`."""
    lost = people_lost(estimate)
    band = next((limit for limit in rules.LOSSES_TOLD_BY if lost.overall <= limit), None)
    gap = rules.loss_gap(overall=lost.overall, differential=lost.differential)
    return Check(
        key="attrition",
        status=lost.verdict.status,
        value=band,
        threshold=rules.FAILING_LOSS,
        reason=_reason(lost.by_arm, band, gap),
        cap=lost.verdict.cap,
    )


def _reason(shares: dict[str, float], band: float | None, gap: rules.LossGap) -> Message:
    if not any(shares.values()):
        return Message("check.attrition.none")
    kind = "single" if len(shares) == 1 else gap
    if band is None:
        # Beyond half, the sentence says nothing of a gap that is not large.
        kind = "even" if kind == "between" else kind
        return Message(f"check.attrition.{kind}_most")
    return Message(f"check.attrition.{kind}_band", {"band": Quantity(band, "percent")})
