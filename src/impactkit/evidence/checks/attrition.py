"""Were too many people lost, or more in one group than in the other?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.lost import people_lost
from impactkit.text import Message, Quantity

# Losses are told by these bands, so that a small number of people lost stays hidden.
_BANDS = (0.1, 0.2, 0.3, 0.4, 0.5)


def attrition(estimate: Estimate) -> Check:
    """Judge overall and differential losses by the bands of `rules`."""
    lost = people_lost(estimate)
    band = next((limit for limit in _BANDS if lost.overall <= limit), None)
    uneven = lost.verdict.status != "ok" and lost.differential > rules.MOST_DIFFERENTIAL_LOSS
    return Check(
        key="attrition",
        status=lost.verdict.status,
        value=band,
        threshold=0.3,
        reason=_reason(lost.by_arm, band, uneven=uneven),
        cap=lost.verdict.cap,
    )


def _reason(shares: dict[str, float], band: float | None, *, uneven: bool) -> Message:
    if not any(shares.values()):
        return Message("check.attrition.none")
    kind = "single" if len(shares) == 1 else "uneven" if uneven else "even"
    if band is None:
        return Message(f"check.attrition.{kind}_most")
    return Message(f"check.attrition.{kind}_band", {"band": Quantity(band, "percent")})
