"""Are enough people close to the threshold, on both sides?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import NO_CAP, Check
from impactkit.text import Message


def near_threshold(estimate: Estimate) -> Check:
    """Count the people in the window on the side where they are fewest."""
    fewest = min(estimate.effect.n_treated, estimate.effect.n_comparison)
    enough = fewest >= rules.FEWEST_NEAR_THRESHOLD
    return Check(
        key="near_threshold",
        status="ok" if enough else "caution",
        threshold=float(rules.FEWEST_NEAR_THRESHOLD),
        reason=Message(
            f"check.near_threshold.{'enough' if enough else 'few'}", {"fewest": rules.FEWEST_NEAR_THRESHOLD}
        ),
        cap=NO_CAP if enough else rules.THRESHOLD_OR_OFFER - 1,
    )
