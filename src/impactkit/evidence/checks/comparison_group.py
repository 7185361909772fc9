"""Is there a reason why those compared would have fared differently anyway?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.text import Message

# People who declined, or whom a rule or another source sets apart, differ from beneficiaries by
# construction; a waiting list, lots drawn or a later entry do not set them apart (project rule).
_SET_APART = {"non_takers", "refused", "ineligible", "external"}


def comparison_group(estimate: Estimate) -> Check:
    """Say what sets the comparison group apart from beneficiaries."""
    comparison = estimate.design.comparison
    return Check(
        key="comparison_group",
        status="caution" if comparison in _SET_APART else "ok",
        reason=Message(f"check.comparison_group.{comparison}"),
    )
