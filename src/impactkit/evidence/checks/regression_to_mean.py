"""Would people who entered at a bad moment have got better anyway?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.text import Message


def regression_to_mean(estimate: Estimate) -> Check:
    """Warn that a change of the same people alone holds what would have happened without the action."""
    return Check(
        key="regression_to_mean",
        status="caution",
        reason=Message("check.regression_to_mean.single_group"),
        cap=rules.BEFORE_AFTER,
    )
