"""Did the situation of beneficiaries change just before they entered?"""

from __future__ import annotations

from impactkit.estimators.inference.distributions import student_sf
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.before_entry import FEWEST_GAPS, gaps_before, why_not_known
from impactkit.evidence.check import Check
from impactkit.evidence.rules_rivals import FALSE_EFFECT_LEVEL
from impactkit.evidence.words import amount
from impactkit.text import Message


def anticipation(estimate: Estimate) -> Check:
    """Look for a jump of the last gap before entry, beyond the line through the earlier ones.

    A straight divergence makes no such jump (`pre_trends` looks for it). A jump away from the effect is
    Ashenfelter's dip: people enter after a setback that would have passed, and the return is counted as an
    effect. A jump the way of the effect tells that people changed as soon as they knew, which the effect then
    leaves out. Telling a jump from a line takes many people: when the data could not, the question is not
    answered, and counts neither for nor against (with fewer measures it could not even be asked).
    """
    gaps = gaps_before(estimate)
    if gaps is None:
        return _not_answered(Message(f"check.anticipation.{why_not_known(estimate)}"))
    if gaps.n_before < FEWEST_GAPS:
        return _not_answered(Message("check.anticipation.not_seen_before"))
    jump, design, effect = gaps.jump(), estimate.design, estimate.effect
    p = float(2 * student_sf(abs(jump.value) / jump.std_error, jump.df))
    if p < FALSE_EFFECT_LEVEL:
        kind = "dip" if jump.value * effect.value < 0 else "ahead"
        size = {"amount": amount(design, abs(jump.value), effect)}
        return Check(
            key="anticipation",
            status="caution",
            value=jump.value,
            reason=Message(f"check.anticipation.{kind}", size),
        )
    detectable = rules.smallest_detectable(jump.std_error, jump.df)
    size = {"amount": amount(design, detectable, effect)}
    if detectable > abs(effect.value):
        return _not_answered(Message("check.anticipation.too_few", size))
    return Check(
        key="anticipation",
        status="ok",
        value=jump.value,
        reason=Message("check.anticipation.none", size),
    )


def _not_answered(reason: Message) -> Check:
    return Check(key="anticipation", status="not_run", reason=reason, about_comparison=False)
