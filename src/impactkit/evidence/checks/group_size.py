"""Are enough people followed to give a figure, a test, a main result?"""

from __future__ import annotations

from impactkit.disclosure import protect_count
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.figure import smallest_group
from impactkit.evidence.record import Status
from impactkit.text import Message

_STATUS: dict[rules.SizeRegime, Status] = {
    "qualitative": "fail",
    "descriptive": "caution",
    "exploratory": "caution",
    "main": "ok",
}


def sample_size(estimate: Estimate) -> Check:
    """Compare the smallest group with the sizes below which less can be said."""
    n = smallest_group(estimate)
    regime = rules.size_regime(n)
    shown = protect_count(n, estimate.design.cohort.profile)
    told = regime != "qualitative" and shown is not None
    params = {"n": shown} if told else {}
    return Check(
        key="sample_size",
        status=_STATUS[regime],
        value=float(shown) if told and shown is not None else None,
        threshold=float(rules.FEWEST_FOR_A_MAIN_RESULT),
        reason=Message(f"check.sample_size.{regime}", params),
        about_comparison=False,
    )
