"""Do the other analyses that could be defended say the same?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.credibility_start import design_start_of
from impactkit.evidence.specifications import REGRESSIONS, analysis_of, estimate_each, is_defensible
from impactkit.text import Message


def specification(estimate: Estimate) -> Check:
    """Hold the effect against those of the analyses that take account of what set the groups apart.

    They are the regressions of `specification_curve`, on the groups as declared, and the estimate itself.
    Only their estimates are judged: errors are the quickest to compute.
    """
    claim, own = claim_of(estimate), analysis_of(estimate)
    others = {name: analysis for name, analysis in REGRESSIONS.items() if name != own}
    made = estimate_each(estimate.design.everyone, others, errors="HC2").estimates.values()
    values = [claim.value, *(other.effect.value for other in made if is_defensible(other))]
    if len(values) < rules_sensitivity.FEWEST_ANALYSES:
        return Check(key="specification", status="not_run", reason=Message("check.specification.too_few"))
    overturned = sum(claim.overturned_at(value) for value in values) / len(values)
    small = 0.0
    if not claim.is_absence:
        left = [value / claim.value for value in values]
        small = sum(share < rules_sensitivity.LARGE_PART for share in left) / len(values)
    answer = rules_sensitivity.specification_cap(
        overturned=overturned, small=small, start=design_start_of(estimate)
    )
    kind = {"ok": "agree", "caution": "differ", "fail": "contrary"}[answer.status]
    return Check(
        key="specification",
        status=answer.status,
        value=1 - overturned,
        reason=Message(f"check.specification.{kind}", {"n": len(values)}),
        cap=answer.cap,
    )
