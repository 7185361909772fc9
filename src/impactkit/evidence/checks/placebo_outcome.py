"""Does the action seem to change what it cannot change?"""

from __future__ import annotations

import math

from impactkit.errors import EstimationError
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.power.detectable import multiplier
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.again import again, can_repeat
from impactkit.evidence.check import NO_CAP, Check
from impactkit.evidence.record import Status
from impactkit.evidence.rules_rivals import (
    CAP_FALSE_EFFECT,
    CAP_FALSE_EFFECT_RANDOMISED,
    FALSE_EFFECT_LEVEL,
)
from impactkit.evidence.scale import outcome_sd
from impactkit.files.model import Outcome
from impactkit.text import Message


def placebo_outcome(estimate: Estimate) -> Check:
    """Estimate in the same way the effect on the outcomes that the design declares out of reach.

    Their p-values are corrected for their number (Holm). Passed only when a false effect as large as the main
    one, in standard deviations, would have been seen on each of them.
    """
    design = estimate.design
    if not can_repeat(estimate):
        return _check("not_run", Message("check.placebo_outcome.other_method"))
    found = [_about(estimate, name) for name in design.placebo_outcomes]
    if not any(found):
        return _check("not_run", Message("check.placebo_outcome.not_estimated"))
    # One that could not be estimated counts among the tests.
    adjusted = adjust_p([1.0 if item is None else item.effect.p_value for item in found])
    smallest = int(adjusted.argmin())
    if adjusted[smallest] < FALSE_EFFECT_LEVEL:
        label = design.cohort.variables[design.placebo_outcomes[smallest]].label
        return _check(
            "fail",
            Message("check.placebo_outcome.changed", {"outcome": label}),
            p=float(adjusted[smallest]),
            cap=CAP_FALSE_EFFECT_RANDOMISED if design.comparison == "randomised" else CAP_FALSE_EFFECT,
        )
    main = abs(estimate.effect.value) / outcome_sd(estimate)
    hidden = max(_detectable(item, len(found)) for item in found)
    seen = hidden <= main
    return _check(
        "ok" if seen else "caution",
        Message(f"check.placebo_outcome.{'unchanged' if seen else 'too_few'}", {"n": len(found)}),
        p=float(adjusted[smallest]),
    )


def _about(estimate: Estimate, name: str) -> Estimate | None:
    design = estimate.design.about(Outcome(variable=name, direction="increase"))
    try:
        return again(estimate, design)
    except EstimationError:
        return None


def _detectable(found: Estimate | None, n: int) -> float:
    """Return the smallest effect seen with 80 % power by the first test of n, in standard deviations."""
    if found is None:
        return math.inf
    level = 1 - FALSE_EFFECT_LEVEL / n
    size = multiplier(found.effect.df, power=rules.POWER, level=level) * found.effect.std_error
    return size / outcome_sd(found)


def _check(status: Status, reason: Message, *, p: float | None = None, cap: int = NO_CAP) -> Check:
    return Check(
        key="placebo_outcome",
        status=status,
        value=p,
        threshold=None if p is None else FALSE_EFFECT_LEVEL,
        reason=reason,
        cap=cap,
    )
