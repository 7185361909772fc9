"""Were the two groups already diverging before the action?"""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.design.design import Design
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.evidence import rules
from impactkit.evidence.before_entry import gaps_before, times_before, why_not_known
from impactkit.evidence.check import NO_CAP, Check
from impactkit.evidence.record import Status
from impactkit.evidence.rules_rivals import divergence_seen
from impactkit.evidence.words import amount
from impactkit.text import Message


@dataclass(frozen=True, slots=True)
class _Drift:
    """By how much the groups drew apart before entry, and how much longer the time after entry is."""

    effect: Effect
    prolonged: float


def pre_trends(estimate: Estimate) -> Check:
    """Compare how the two groups changed over the whole time before entry.

    The question is passed only when the data could have shown a divergence that, going on at the same pace
    until the measure after entry, would make the whole effect (Roth 2022: what a test of trends before entry
    would miss). Not seeing one for want of people is a reserve, never a proof. With several dates of entry,
    the average effect before entry is what is compared. One number is tested, which sees a straight
    divergence best; other shapes are for `placebo_date`.
    """
    drift = _drift(estimate)
    if drift is None:
        why = why_not_known(estimate) if times_before(estimate) > 1 else "one_time_before"
        reason = Message(f"check.pre_trends.{why}")
        return Check(key="pre_trends", status="not_run", reason=reason)
    design, found = estimate.design, drift.effect
    low, high = found.interval(rules.LEVEL)
    hidden = divergence_seen(found.std_error, found.df) * drift.prolonged
    if low > 0 or high < 0:
        return _answer("fail", "diverging", found, design, abs(found.value))
    if hidden > abs(estimate.effect.value):
        return _answer("caution", "too_few", found, design, hidden)
    return _answer("ok", "parallel", found, design, hidden)


def _drift(estimate: Estimate) -> _Drift | None:
    if estimate.cells is not None:
        return None if estimate.placebo is None else _Drift(estimate.placebo, 1.0)
    gaps = gaps_before(estimate)
    if gaps is None:
        return None
    found, effect = gaps.drift(), estimate.effect
    told = Effect(
        term="drift",
        value=found.value,
        std_error=found.std_error,
        reference=StudentT(found.df),
        n_treated=effect.n_treated,
        n_comparison=effect.n_comparison,
    )
    return _Drift(told, gaps.prolonged())


def _answer(status: Status, kind: str, drift: Effect, design: Design, size: float) -> Check:
    return Check(
        key="pre_trends",
        status=status,
        value=drift.value,
        reason=Message(f"check.pre_trends.{kind}", {"amount": amount(design, size, drift)}),
        cap=rules.CAP_DIVERGING_TRENDS if status == "fail" else NO_CAP,
    )
