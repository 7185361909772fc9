"""Would the action seem to act if it were said to start earlier?"""

from __future__ import annotations

from impactkit.errors import EstimationError
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.result import Estimate
from impactkit.estimators.series.false_start import FEWEST_BEFORE_FOR_DATES, false_starts
from impactkit.evidence import rules
from impactkit.evidence.before_entry import FEWEST_GAPS, gaps_before, why_not_known
from impactkit.evidence.check import NO_CAP, Check
from impactkit.evidence.record import Status
from impactkit.evidence.rules_rivals import CAP_FALSE_EFFECT, FALSE_EFFECT_LEVEL
from impactkit.evidence.words import amount
from impactkit.text import Message


def placebo_date(estimate: Estimate) -> Check:
    """Pretend that the action started at each earlier time, on the measures before entry alone.

    `pre_trends` asks whether the groups drew apart over the whole time before; this asks whether any of the
    earlier dates shows an effect, by one test of all gaps before entry together. It needs three times before:
    with two, the only earlier date is what `pre_trends` looks at. Passed only when a false effect as large as
    the main one would have been seen, whatever the date.
    """
    if estimate.follows_territories:
        return _of_series(estimate)
    gaps = gaps_before(estimate)
    if gaps is None:
        return _not_run(Message(f"check.placebo_date.{why_not_known(estimate)}"))
    if gaps.n_before < FEWEST_GAPS:
        return _not_run(Message("check.placebo_date.not_seen_before"))
    detectable = gaps.detectable_shift(power=rules.POWER)
    if detectable == float("inf"):
        return _not_run(Message("check.placebo_date.not_seen_before"))
    p = gaps.joint_test().p_value
    if p < FALSE_EFFECT_LEVEL:
        return _answer(estimate, "fail", "effect_before", p, detectable)
    if detectable > abs(estimate.effect.value):
        return _answer(estimate, "caution", "too_few", p, detectable)
    return _answer(estimate, "ok", "nothing_before", p, detectable)


def _of_series(estimate: Estimate) -> Check:
    """Pretend that the action started at a few dates of the time before, the p-values corrected (Holm)."""
    try:
        found = false_starts(estimate.design)
    except EstimationError:
        fewest = {"fewest": FEWEST_BEFORE_FOR_DATES}
        return _not_run(Message("check.placebo_date.short_series", fewest))
    p = float(adjust_p([item.p_value for item in found]).min())
    detectable = max(rules.smallest_detectable(item.std_error, item.df) for item in found)
    if p < FALSE_EFFECT_LEVEL:
        return _answer(estimate, "fail", "effect_before", p, detectable)
    if detectable > abs(estimate.effect.value):
        return _answer(estimate, "caution", "too_few", p, detectable)
    return _answer(estimate, "ok", "nothing_before", p, detectable)


def _not_run(reason: Message) -> Check:
    return Check(key="placebo_date", status="not_run", reason=reason)


def _answer(estimate: Estimate, status: Status, kind: str, p: float, detectable: float) -> Check:
    design = estimate.design
    params = {} if status == "fail" else {"amount": amount(design, detectable, estimate.effect)}
    return Check(
        key="placebo_date",
        status=status,
        value=p,
        threshold=FALSE_EFFECT_LEVEL,
        reason=Message(f"check.placebo_date.{kind}", params),
        cap=CAP_FALSE_EFFECT if status == "fail" else NO_CAP,
    )
