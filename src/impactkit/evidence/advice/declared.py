"""Which of the designs of the advice an action of a study file declares."""

from __future__ import annotations

from impactkit.cohort.cohort import Cohort
from impactkit.evidence.advice.option import DesignName
from impactkit.evidence.advice.shape import Shape
from impactkit.files.model import Action


def declared_design(shape: Shape) -> DesignName | None:
    """Return the design that the study declares for this cohort; ``None`` for a cohort without a study."""
    action = shape.cohort.action
    if action is None:
        return None
    match action.method:
        case "did":
            return "did_staggered" if shape.staggered else "did"
        case "compare_groups" | "doubly_robust" | "time_to_event":
            return _by_groups(action, shape.cohort)
        case "discontinuity":
            return "threshold"
        case "encouragement":
            return "offer"
        case method:
            return method


def _by_groups(action: Action, cohort: Cohort) -> DesignName:
    if action.comparison == "randomised":
        return "randomised"
    made = action.comparable
    outcomes = {item.variable for item in cohort.outcomes}
    return "alike" if made is not None and outcomes & set(made.on) else "compare_groups"
