"""Could these numbers have shown an effect worth having?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.figure import is_too_small
from impactkit.evidence.words import amount
from impactkit.text import Message


def precision(estimate: Estimate) -> Check:
    """Compare the smallest detectable effect with the smallest one worth having."""
    if is_too_small(estimate):
        reason = Message("check.precision.no_figure")
        return Check(key="precision", status="not_run", reason=reason, about_comparison=False)
    effect, design = estimate.effect, estimate.design
    detectable = rules.smallest_detectable(effect.std_error, effect.df)
    params = {"amount": amount(design, detectable, effect)}
    if design.minimum_effect is None:
        return Check(
            key="precision",
            status="not_run",
            value=detectable,
            reason=Message("check.precision.no_minimum", params),
            about_comparison=False,
        )
    enough = detectable <= design.minimum_effect
    minimum = {"minimum": amount(design, design.minimum_effect, effect)}
    return Check(
        key="precision",
        status="ok" if enough else "caution",
        value=detectable,
        threshold=design.minimum_effect,
        reason=Message(f"check.precision.{'enough' if enough else 'too_few'}", params | minimum),
        about_comparison=False,
    )
