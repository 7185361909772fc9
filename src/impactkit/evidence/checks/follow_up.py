"""Does follow-up stop before the horizon, and more in one group than in the other?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from impactkit.estimators.duration.exits import DurationEstimate
from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.evidence.rules_follow_up import MOST_STOPPED, follow_up_cap
from impactkit.text import Message, Quantity

# Told by these bands, so that a small number of people stays hidden.
_BANDS = (0.1, 0.2, 0.3, 0.4, 0.5)


def follow_up(estimate: Estimate) -> Check:
    """Judge the share of follow-up that stops before the horizon, the event aside, in each group.

    The share is that of the reverse Kaplan-Meier curve: a group whose events come sooner has fewer people
    left whose follow-up could stop, which says nothing of how it is followed (Schemper & Smith 1996,
    *Controlled Clinical Trials* 17(4)).
    """
    assert isinstance(estimate, DurationEstimate)
    stopped = [_stopped(rows) for _, rows in estimate.curves.groupby("arm")]
    overall, differential = max(stopped), max(stopped) - min(stopped)
    randomised = estimate.design.comparison == "randomised"
    answer = follow_up_cap(randomised=randomised, overall=overall, differential=differential)
    band = next((limit for limit in _BANDS if overall <= limit), None)
    return Check(
        key="follow_up",
        status=answer.status,
        value=band,
        threshold=MOST_STOPPED,
        reason=_reason(overall, band, uneven=answer.status == "fail"),
        cap=answer.cap,
    )


def _stopped(rows: pd.DataFrame) -> float:
    """Return the share whose follow-up would have stopped before the horizon had nobody had an event."""
    at_risk = rows["at_risk"].to_numpy(dtype=float)
    left = at_risk - (rows["events"] + rows["others"]).to_numpy(dtype=float)
    # What is missing at the next time and had no event stopped at this one; the last row is the horizon.
    stopped = left[:-1] - at_risk[1:]
    return 1.0 - float(np.prod(1 - stopped / np.where(left[:-1] > 0, left[:-1], 1.0)))


def _reason(overall: float, band: float | None, *, uneven: bool) -> Message:
    if overall == 0:
        return Message("check.follow_up.whole")
    if uneven:
        return Message("check.follow_up.uneven")
    if band is None:
        return Message("check.follow_up.even_most")
    return Message("check.follow_up.even_band", {"band": Quantity(band, "percent")})
