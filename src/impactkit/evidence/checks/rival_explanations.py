"""Could something else than the action explain what is observed, in the evaluator's own judgement?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.text import Message


def names_rivals(estimate: Estimate) -> bool:
    """Tell whether the study file names other explanations."""
    action = estimate.design.cohort.action
    return action is not None and bool(action.contribution.rivals)


def rival_explanations(estimate: Estimate) -> Check:
    """Read the other explanations that the study file names: one judged likely is a reserve.

    Where people are compared with others, an explanation that touches both groups explains no difference
    between them. Nothing named here can raise a verdict.
    """
    design = estimate.design
    assert design.cohort.action is not None
    compared = design.comparison != "none"
    rivals = [
        rival
        for rival in design.cohort.action.contribution.rivals
        if not compared or rival.touches == "beneficiaries"
    ]
    likely = sum(rival.judgement == "likely" for rival in rivals)
    possible = sum(rival.judgement == "possible" for rival in rivals)
    kind = "likely" if likely else "possible" if possible else "ruled_out" if rivals else "shared"
    n = {"likely": likely, "possible": possible, "ruled_out": len(rivals)}
    return Check(
        key="rival_explanations",
        status="caution" if likely else "ok",
        value=float(likely),
        reason=Message(f"check.rival_explanations.{kind}", {"n": n[kind]} if kind in n else {}),
    )
