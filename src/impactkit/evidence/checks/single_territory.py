"""Could anything else have happened in the one territory that is followed?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.text import Message


def single_territory(estimate: Estimate) -> Check:
    """Recall that one territory, against another or a mix, cannot separate the action from local events."""
    compared = "compared" if estimate.design.comparison != "none" else "alone"
    if estimate.method != "interrupted_series":
        compared = "mix"
    return Check(
        key="single_territory",
        status="caution",
        reason=Message(f"check.single_territory.{compared}"),
        cap=rules.SERIES_OF_ONE_TERRITORY,
    )
