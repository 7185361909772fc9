"""What a factor not observed, as strong as the strongest characteristic known, would do to an estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from impactkit.errors import EstimationError
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.claim import Claim, claim_of
from impactkit.evidence.regression import regression_of
from impactkit.evidence.sensitivity import Benchmarks, benchmarks
from impactkit.text import Label, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Strongest:
    """The characteristic that would bias most, and the estimate as it would be, at worst, with its like.

    Attributes
    ----------
    name : str
        The characteristic's variable.
    value, low, high : float
        The estimate and its 95 % interval; infinite when such a factor could explain anything.
    """

    name: str
    value: float
    low: float
    high: float


def strengths_of(estimate: Estimate) -> tuple[Benchmarks, tuple[str, ...]]:
    """Return what each characteristic taken into account explains, and their names.

    Strengths are measured before groups are matched or weighted: what is balanced is not a measure of what
    was left out.

    Raises
    ------
    EstimationError
        When characteristics repeat each other, people are too few, or nothing is left unexplained.
    """
    regression = regression_of(estimate, before_balancing=True)
    found = benchmarks(
        y=regression.y,
        treatment=regression.treated,
        X=regression.X,
        characteristics=regression.columns,
        weights=regression.weights,
    )
    if not found.std_error > 0:
        raise EstimationError(Message("check.confounding.too_few"))
    return found, regression.names


def strongest_of(estimate: Estimate, found: Benchmarks, names: tuple[str, ...]) -> Strongest:
    """Return the characteristic that would bias most; one that explains half of the treatment bounds nothing.

    The bias is that of the regression, and moves the estimate; the interval is widened as the error is.
    """
    claim = claim_of(estimate)
    which, bias, widening = _worst(found)
    value = claim.value + claim.against * bias
    low, high = (value + (end - claim.value) * widening for end in (claim.low, claim.high))
    return Strongest(name=names[which], value=value, low=low, high=high)


def _worst(found: Benchmarks) -> tuple[int, float, float]:
    """Return the place of the characteristic, its bias, and what errors are multiplied by."""
    worst = (0, -1.0, 1.0)
    for which in range(len(found.of_treatment)):
        try:
            bound = found.bound(which, times=rules_sensitivity.TIMES_THE_STRONGEST)
        except ValueError:
            return which, math.inf, 1.0
        if bound.bias > worst[1]:
            worst = (which, bound.bias, bound.widening)
    return worst


def room_of(claim: Claim) -> float:
    """Return by how much the estimate may move before it says the contrary."""
    if claim.is_absence:
        assert claim.minimum is not None
        return max(0.0, claim.minimum - abs(claim.value))
    return abs(claim.value)


def label_of(estimate: Estimate, name: str) -> Label | Message:
    """Name a characteristic for the reader; the outcome before is told as such."""
    label = estimate.design.cohort.variables[name].label
    return Message("sentence.baseline_of", {"name": label}) if name == estimate.design.outcome else label
