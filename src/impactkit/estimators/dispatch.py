"""From the method a study file declares to the estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.duration.exits import time_to_event
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.groups.augmented import doubly_robust
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.offers.taking_part import encouragement
from impactkit.estimators.paired.changes import before_after
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Estimate
from impactkit.estimators.series.interrupted import interrupted_series
from impactkit.estimators.threshold.eligibility import discontinuity
from impactkit.files.model import Method
from impactkit.text import Message


def _compare_groups(design: Design) -> Estimate:
    return compare_groups(design, adjust=design.adjust)


def _discontinuity(design: Design) -> Estimate:
    assert design.cohort.action is not None
    threshold = design.cohort.action.threshold
    assert threshold is not None  # the study file was checked
    return discontinuity(design, running=threshold.running, cutoff=threshold.cutoff)


def _time_to_event(design: Design) -> Estimate:
    assert design.cohort.action is not None
    duration = design.cohort.action.duration
    assert duration is not None  # the study file was checked
    return time_to_event(design, time=design.outcome, event=duration.event, horizon=duration.horizon)


_ESTIMATORS: Mapping[Method, Callable[[Design], Estimate]] = {
    "before_after": before_after,
    "compare_groups": _compare_groups,
    "did": did,
    "event_study": event_study,
    "doubly_robust": doubly_robust,
    "discontinuity": _discontinuity,
    "encouragement": encouragement,
    "interrupted_series": interrupted_series,
    "time_to_event": _time_to_event,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEstimated:
    """An outcome whose effect could not be computed, and why.

    Attributes
    ----------
    design : Design
    reason : Message
    """

    design: Design
    reason: Message


def estimate(design: Design) -> Estimate:
    """Estimate the effect by the method that the study file declares.

    Raises
    ------
    ValueError
        When the design declares no method: call an estimator by its name; or the study file says how to make
        the groups comparable, and they have not been.
    EstimationError
        When the effect cannot be computed on these data.
    """
    require(design, Design)
    if design.method is None:
        names = ", ".join(_ESTIMATORS)
        raise ValueError(f"this design declares no method: call one of {names} by name")
    action = design.cohort.action
    if action is not None and action.comparable is not None and design.comparable is None:
        raise ValueError("the study file says how to make the groups comparable: call make_comparable first")
    return _ESTIMATORS[design.method](design)


def estimate_secondary(design: Design) -> tuple[Estimate | NotEstimated, ...]:
    """Estimate the effect on each other outcome of the cohort, by the same method.

    Returns
    -------
    tuple of Estimate or NotEstimated
        In the order of the study file. An outcome that cannot be estimated stands with its reason: leaving it
        out would hide it, and would count too few outcomes when p-values are corrected for their number.

    Raises
    ------
    ValueError
        When the design declares no method.
    """
    require(design, Design)
    others = [item for item in design.cohort.outcomes if item.variable != design.outcome]
    return tuple(_attempt(design.about(item)) for item in others)


def _attempt(design: Design) -> Estimate | NotEstimated:
    try:
        return estimate(design)
    except EstimationError as error:
        return NotEstimated(design=design, reason=error.message)
