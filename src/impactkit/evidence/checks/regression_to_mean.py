"""Would people who entered at a bad moment have got better anyway?"""

from __future__ import annotations

from impactkit.disclosure import is_small
from impactkit.estimators.result import Companion, Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.words import amount
from impactkit.text import Message


def regression_to_mean(estimate: Estimate) -> Check:
    """Tell how much of a change of the same people alone would have come by itself, when it is known.

    With a measure earlier than the last one before entry, how far people had moved away in between is how far
    they would come back if chance alone had moved them: they were chosen by their last measure, and what
    lasts of a person lasts alike from one measure to the next. It is told, and the change stays one that
    nothing allows to attribute.
    """
    return Check(
        key="regression_to_mean",
        status="caution",
        reason=_reason(estimate),
        cap=rules.BEFORE_AFTER,
    )


def _reason(estimate: Estimate) -> Message:
    design, effect = estimate.design, estimate.effect
    moved = next((item for item in estimate.companions if item.label == "expected_return"), None)
    if moved is None or is_small(effect.n_treated, design.cohort.profile):
        return Message("check.regression_to_mean.single_group")
    kind, size = _return(moved, up=effect.value > 0)
    if kind == "other_way":
        return Message("check.regression_to_mean.other_way")
    params = {"amount": amount(design, size, effect), "change": amount(design, abs(effect.value), effect)}
    return Message(f"check.regression_to_mean.{kind}", params)


def _return(moved: Companion, *, up: bool) -> tuple[str, float]:
    """Tell whether a return the way of the change is expected, and its size, or the most it could be."""
    assert moved.value is not None
    assert moved.low is not None
    assert moved.high is not None
    value, low, high = (moved.value, moved.low, moved.high) if up else (-moved.value, -moved.high, -moved.low)
    if low > 0:
        return "expected", value
    return ("other_way", 0.0) if high < 0 else ("at_most", high)
