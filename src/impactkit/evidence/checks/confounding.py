"""Could a factor that was not observed explain the result?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from impactkit.errors import EstimationError
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import Claim, claim_of
from impactkit.evidence.credibility_start import design_start_of
from impactkit.evidence.regression import regression_of
from impactkit.evidence.sensitivity import Benchmarks, benchmarks, robustness_value
from impactkit.text import Label, Message, Quantity


def confounding(estimate: Estimate) -> Check:
    """Hold the result against a factor as strong as the strongest characteristic taken into account.

    Strengths are measured before groups are matched or weighted: what is balanced is not a measure of what
    was left out. The robustness value says what a factor would have to explain of the treatment and of the
    outcome to bring the estimate to where it says the contrary.
    """
    try:
        regression = regression_of(estimate, before_balancing=True)
        if not regression.names:
            return _not_run("nothing_known")
        found = benchmarks(
            y=regression.y,
            treatment=regression.treated,
            X=regression.X,
            characteristics=regression.columns,
            weights=regression.weights,
        )
    except EstimationError:
        return _not_run("too_few")
    if not found.std_error > 0:
        return _not_run("too_few")
    claim = claim_of(estimate)
    strongest = _strongest(found)
    value = claim.value + claim.against * strongest.bias
    low, high = (value + (end - claim.value) * strongest.widening for end in (claim.low, claim.high))
    overturned = claim.overturned_at(value)
    answer = rules_sensitivity.confounding_cap(
        kept=claim.kept_by(low, high), overturned=overturned, start=design_start_of(estimate)
    )
    needed = robustness_value(_room(claim) / found.std_error, found.df)
    kind = {"ok": "kept", "caution": "lost", "fail": "overturned"}[answer.status]
    name = _label(estimate, regression.names[strongest.which])
    return Check(
        key="confounding",
        status=answer.status,
        value=needed,
        reason=Message(
            f"check.confounding.{kind}", {"characteristic": name, "share": Quantity(needed, "percent")}
        ),
        cap=answer.cap,
    )


@dataclass(frozen=True, slots=True)
class _Strongest:
    """The characteristic that would bias most, by how much, and what errors are multiplied by."""

    which: int
    bias: float
    widening: float


def _strongest(found: Benchmarks) -> _Strongest:
    """Find it; one that explains half of the treatment or more bounds nothing."""
    worst = _Strongest(0, -1.0, 1.0)
    for which in range(len(found.of_treatment)):
        try:
            bound = found.bound(which, times=rules_sensitivity.TIMES_THE_STRONGEST)
        except ValueError:
            return _Strongest(which, math.inf, 1.0)
        if bound.bias > worst.bias:
            worst = _Strongest(which, bound.bias, bound.widening)
    return worst


def _room(claim: Claim) -> float:
    """Return by how much the estimate may move before it says the contrary."""
    if claim.is_absence:
        assert claim.minimum is not None
        return max(0.0, claim.minimum - abs(claim.value))
    return abs(claim.value)


def _label(estimate: Estimate, name: str) -> Label | Message:
    label = estimate.design.cohort.variables[name].label
    return Message("sentence.baseline_of", {"name": label}) if name == estimate.design.outcome else label


def _not_run(kind: str) -> Check:
    return Check(key="confounding", status="not_run", reason=Message(f"check.confounding.{kind}"))
