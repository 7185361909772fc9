"""Could these numbers have shown an effect worth having?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.words import amount, quantity
from impactkit.text import Message


def precision(estimate: Estimate) -> Check:
    """Compare the smallest detectable effect with the smallest one worth having."""
    effect, design = estimate.effect, estimate.design
    detectable = rules.smallest_detectable(effect.std_error, effect.df)
    params = amount(design, detectable, effect)
    kind = design.variable.type
    if design.minimum_effect is None:
        return Check(
            key="precision",
            status="not_run",
            value=detectable,
            reason=Message(f"check.precision.no_minimum_{kind}", params),
            about_comparison=False,
        )
    enough = detectable <= design.minimum_effect
    minimum = {"minimum": quantity(design, design.minimum_effect, effect)}
    return Check(
        key="precision",
        status="ok" if enough else "caution",
        value=detectable,
        threshold=design.minimum_effect,
        reason=Message(f"check.precision.{'enough' if enough else 'too_few'}_{kind}", params | minimum),
        about_comparison=False,
    )
