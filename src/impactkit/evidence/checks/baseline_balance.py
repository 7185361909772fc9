"""Were the two groups alike before the action?"""

from __future__ import annotations

import math

from impactkit.design.balance import Line
from impactkit.design.design import Design
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import NO_CAP, Check
from impactkit.evidence.credibility_start import design_start_of, is_adjusted
from impactkit.evidence.lost import people_lost
from impactkit.evidence.masking import band, row_is_safe
from impactkit.text import Message, Quantity


def baseline_balance(estimate: Estimate) -> Check:
    """Hold the largest difference before the action, among people analysed, against the WWC limits.

    When lots were drawn, differences are chance's: they are reported and take nothing away; unless so many
    people were lost that lots no longer tell who is compared.
    """
    randomised = estimate.design.comparison == "randomised" and people_lost(estimate).verdict.status != "fail"
    lines = estimate.design.balance_lines(people=estimate.analysed)
    lines = [line for line in lines if not math.isnan(line["wwc"])]
    if not lines:
        return Check(
            key="baseline_balance",
            status="not_run",
            reason=Message("check.baseline_balance.nothing_known"),
            cap=NO_CAP if randomised else rules.RAW_COMPARISON,
        )
    largest = max(lines, key=lambda line: abs(line["wwc"]))
    worst = abs(float(largest["wwc"]))
    adjusted = is_adjusted(estimate)
    if randomised:
        kind, answer = "randomised", rules.Capped("ok", NO_CAP)
    else:
        lowest, highest = rules.VARIANCE_RATIO
        ratios = (line["variance_ratio"] for line in lines)
        alike = all(math.isnan(ratio) or lowest <= ratio <= highest for ratio in ratios)
        start = design_start_of(estimate)
        answer = rules.balance_cap(worst=worst, adjusted=adjusted, variances_alike=alike, start=start)
        kind = _kind(worst, adjusted=adjusted, variances_differ=answer.status == "caution")
    return Check(
        key="baseline_balance",
        status=answer.status,
        value=worst if row_is_safe(largest, estimate.design) else band(worst)[1],
        threshold=rules.WWC_ADJUSTABLE,
        reason=Message(f"check.baseline_balance.{kind}", {"worst": _told(largest, estimate.design)}),
        cap=answer.cap,
    )


def _told(row: Line, design: Design) -> Quantity | Message:
    """Write the size of a difference, or the band that holds it when its size would reveal a small count."""
    worst = abs(float(row["wwc"]))
    if row_is_safe(row, design):
        # A third decimal where the second would write a limit that was passed as reached.
        limits = (rules.WWC_EQUIVALENT, rules.WWC_ADJUSTABLE)
        return Quantity(worst, "number", 3 if round(worst, 2) in limits and worst not in limits else 2)
    low, high = band(worst)
    if low >= 1.0:
        return Message("check.baseline_balance.more_than", {"limit": Quantity(1.0, "number")})
    return Message("check.baseline_balance.at_most", {"limit": Quantity(high, "number", 2)})


def _kind(worst: float, *, adjusted: bool, variances_differ: bool) -> str:
    if variances_differ:
        return "variances"
    if worst <= rules.WWC_EQUIVALENT:
        return "equivalent"
    if worst > rules.WWC_ADJUSTABLE:
        return "not_equivalent"
    return "adjusted" if adjusted else "not_adjusted"
