"""Were the two groups already diverging before the action?"""

from __future__ import annotations

from dataclasses import replace

from impactkit.cohort.cohort import CLUSTER, PERIOD, UNIT
from impactkit.cohort.frame import cohort_from_frame
from impactkit.design.declare import declare_design
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Effect, Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import NO_CAP, Check
from impactkit.evidence.record import Status
from impactkit.evidence.words import amount
from impactkit.text import Message

# Event time whose coefficient holds the change between the last two times before entry.
_LAST_STEP = -2


def pre_trends(estimate: Estimate) -> Check:
    """Compare how the two groups changed between the last two times before entry.

    The question is passed only when the data could have shown a divergence as large as the effect: not
    seeing one for want of people is a reserve, never a proof. With several dates of entry, the average effect
    before entry is what is compared.
    """
    design = estimate.design
    if estimate.cells is not None:
        return _judge(estimate, estimate.placebo)
    if estimate.method == "event_study":
        return _of_path(estimate)
    earlier = [period for period in design.cohort.periods if period < design.window[0]]
    if not earlier:
        return Check(key="pre_trends", status="not_run", reason=Message("check.pre_trends.one_time_before"))
    try:
        placebo = _placebo(estimate, earlier[-1])
    except EstimationError:
        return Check(key="pre_trends", status="not_run", reason=Message("check.pre_trends.not_seen_before"))
    return _judge(estimate, placebo)


def _of_path(estimate: Estimate) -> Check:
    """Judge the change between the last two times before each entry, as the event study estimates it."""
    path = estimate.path
    if not any(effect.event_time == _LAST_STEP for effect in path):
        try:  # imputation has no coefficient before entry
            path = event_study(estimate.design, method="sun_abraham").path
        except EstimationError:
            path = ()
    steps = [effect for effect in path if effect.event_time == _LAST_STEP]
    if not steps:
        return Check(key="pre_trends", status="not_run", reason=Message("check.pre_trends.one_time_before"))
    # The coefficient is the gap two times before entry minus that at the last: the change is its opposite.
    return _judge(estimate, replace(steps[0], value=-steps[0].value))


def _judge(estimate: Estimate, placebo: Effect | None) -> Check:
    design = estimate.design
    if placebo is None:
        return Check(key="pre_trends", status="not_run", reason=Message("check.pre_trends.one_time_before"))
    low, high = placebo.interval(rules.LEVEL)
    detectable = rules.smallest_detectable(placebo.std_error, placebo.df)
    if low > 0 or high < 0:
        return _answer("fail", "diverging", placebo, design, abs(placebo.value))
    if detectable > abs(estimate.effect.value):
        return _answer("caution", "too_few", placebo, design, detectable)
    return _answer("ok", "parallel", placebo, design, detectable)


def _answer(status: Status, kind: str, placebo: Effect, design: Design, size: float) -> Check:
    return Check(
        key="pre_trends",
        status=status,
        value=placebo.value,
        reason=Message(f"check.pre_trends.{kind}", {"amount": amount(design, size, placebo)}),
        cap=rules.CAP_DIVERGING_TRENDS if status == "fail" else NO_CAP,
    )


def _placebo(estimate: Estimate, earlier: float) -> Effect:
    """Estimate the same difference in differences one step earlier, when nobody had entered."""
    design = estimate.design
    units = design.units()
    treated = units["treated"]
    panel = design.cohort.panel
    rows = panel[panel[UNIT].isin(estimate.analysed) & panel[PERIOD].isin([earlier, design.window[0]])]
    columns = [UNIT, PERIOD, design.outcome] + ([CLUSTER] if design.clustered else [])
    frame = rows[columns].assign(arm=rows[UNIT].map(treated).astype(int))
    if design.comparable is not None:
        # Groups made comparable are compared so before entry too; the weights are then taken as known.
        weights = units["balancing"] * units.get("weight", 1.0)
        frame["balancing"] = rows[UNIT].map(weights).to_numpy()
    cohort = cohort_from_frame(
        frame,
        unit=UNIT,
        period=PERIOD,
        arm="arm",
        outcomes=[design.outcome],
        cluster=CLUSTER if design.clustered else None,
        weight="balancing" if design.comparable is not None else None,
    )
    return did(declare_design(cohort, comparison="never_treated")).effect
