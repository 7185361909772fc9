"""Does the offer, or the threshold, change participation enough?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import NO_CAP, Check
from impactkit.text import Message, Quantity


def first_stage(estimate: Estimate) -> Check:
    """Hold the F of the first stage against the limits of `rules`."""
    f_statistic = estimate.settings["first_stage_f"]
    if f_statistic is None:
        return Check(key="first_stage", status="ok", reason=Message("check.first_stage.exact"), cap=NO_CAP)
    assert isinstance(f_statistic, float)
    answer = rules.first_stage_cap(f_statistic)
    kind = {"ok": "strong", "caution": "moderate", "fail": "weak"}[answer.status]
    cap = answer.cap
    if estimate.is_unbounded:
        kind, cap = "unbounded", rules.CAP_UNBOUNDED
    return Check(
        key="first_stage",
        status="fail" if kind == "unbounded" else answer.status,
        value=f_statistic,
        threshold=rules.FIRST_STAGE,
        reason=Message(f"check.first_stage.{kind}", {"f": Quantity(f_statistic, "number", 1)}),
        cap=cap,
    )
