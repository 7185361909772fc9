"""Did people arrange to be on the side of the threshold that gives the right?"""

from __future__ import annotations

from impactkit.errors import EstimationError
from impactkit.estimators.result import Estimate
from impactkit.estimators.threshold.eligibility import DiscontinuityEstimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.text import Message


def sorting(estimate: Estimate) -> Check:
    """Look for a jump of the number of people, and of their characteristics, at the threshold."""
    assert isinstance(estimate, DiscontinuityEstimate)
    try:
        p_people = estimate.density_test().p_value
    except EstimationError:
        return Check(key="sorting", status="not_run", reason=Message("check.sorting.too_few"))
    jumps = estimate.covariate_jumps()
    judged = jumps["p_holm"].dropna()
    people, characteristics = p_people < rules.JUMP_LEVEL, bool((judged < rules.JUMP_LEVEL).any())
    answer = rules.sorting_cap(people_jump=people, characteristics_jump=characteristics)
    kind = "both" if people and characteristics else "people" if people else "characteristics"
    if answer.status == "ok":
        kind = "none" if len(judged) else "none_people"
    return Check(
        key="sorting",
        status=answer.status,
        value=p_people,
        threshold=rules.JUMP_LEVEL,
        reason=Message(f"check.sorting.{kind}"),
        cap=answer.cap,
    )
