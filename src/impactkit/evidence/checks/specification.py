"""Do the other analyses that could be defended say the same?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules, rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.credibility_start import design_start_of
from impactkit.evidence.specifications import REGRESSIONS, analysis_of, estimate_each, is_defensible
from impactkit.text import Message, Quantity


def specification(estimate: Estimate) -> Check:
    """Count the analyses that say the same, among those that take account of what set the groups apart.

    They are the regressions of `specification_curve`, and the estimate itself.
    """
    claim, own = claim_of(estimate), analysis_of(estimate)
    others = {name: analysis for name, analysis in REGRESSIONS.items() if name != own}
    made = estimate_each(estimate.design, others).estimates.values()
    effects = [estimate.effect, *(other.effect for other in made if is_defensible(other))]
    if len(effects) < rules_sensitivity.FEWEST_ANALYSES:
        return Check(key="specification", status="not_run", reason=Message("check.specification.too_few"))
    concluded = [claim.concluded_of(*effect.interval(rules.LEVEL)) for effect in effects]
    overturned = [claim.overturned_at(effect.value) for effect in effects]
    same = sum(conclusion == claim.conclusion for conclusion in concluded) / len(effects)
    answer = rules_sensitivity.specification_cap(
        same=same,
        overturned=sum(overturned) / len(effects),
        contrary=any(
            away and conclusion in ("improvement", "deterioration")
            for away, conclusion in zip(overturned, concluded, strict=True)
        ),
        start=design_start_of(estimate),
    )
    kind = {"ok": "agree", "caution": "differ", "fail": "contrary"}[answer.status]
    return Check(
        key="specification",
        status=answer.status,
        value=same,
        threshold=rules_sensitivity.LARGE_PART,
        reason=Message(
            f"check.specification.{kind}", {"n": len(effects), "share": Quantity(same, "percent")}
        ),
        cap=answer.cap,
    )
