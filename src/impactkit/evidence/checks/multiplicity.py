"""How many effects were looked at, and which one bears on the verdict?"""

from __future__ import annotations

from collections.abc import Sequence

from impactkit.estimators.dispatch import NotEstimated
from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.text import Message


def multiplicity(estimate: Estimate, secondary: Sequence[Estimate | NotEstimated]) -> Check:
    """Print the number of effects tested, and tell whether the one judged was declared beforehand.

    The verdict rests on one effect, so that no correction is due to it; that holds only if it was chosen
    before any result. A study file says so; a data frame with several outcomes does not.
    """
    return Check(
        key="multiplicity",
        status="ok" if _is_declared(estimate) else "caution",
        value=float(1 + len(secondary)),
        reason=_reason(estimate, n=1 + len(secondary)),
        about_comparison=False,
    )


def _is_declared(estimate: Estimate) -> bool:
    action = estimate.design.cohort.action
    return action is not None and action.primary.variable == estimate.design.outcome


def _reason(estimate: Estimate, *, n: int) -> Message:
    if estimate.design.cohort.action is None:
        return Message("check.multiplicity.not_declared", {"n": n})
    if not _is_declared(estimate):
        primary = estimate.design.cohort.action.primary.variable
        label = estimate.design.cohort.variables[primary].label
        return Message("check.multiplicity.not_the_primary", {"n": n, "outcome": label})
    return Message("check.multiplicity.declared", {"n": n})
