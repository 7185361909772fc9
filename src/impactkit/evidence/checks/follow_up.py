"""Does follow-up stop before the horizon, and more in one group than in the other?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from impactkit.estimators.duration.exits import DurationEstimate
from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.evidence.rules import FEWEST_FOR_A_FIGURE, LOSSES_TOLD_BY, Capped
from impactkit.evidence.rules_follow_up import CAP_STOPPED_BY_CHANCE, MOST_STOPPED, follow_up_cap
from impactkit.text import Message, Quantity


def follow_up(estimate: Estimate) -> Check:
    """Judge the share of follow-up that stops before the horizon, the event aside, in each group.

    The share is that of the reverse Kaplan-Meier curve: a group whose events come sooner has fewer people
    left whose follow-up could stop, which says nothing of how it is followed (Schemper & Smith 1996,
    *Controlled Clinical Trials* 17(4)).
    """
    assert isinstance(estimate, DurationEstimate)
    arms = [rows for _, rows in estimate.curves.groupby("arm")]
    # Beyond, the share would be that of a few people.
    until = min(rows.loc[rows["at_risk"] >= FEWEST_FOR_A_FIGURE, "time"].max() for rows in arms)
    if np.isnan(until):
        return Check(key="follow_up", status="not_run", reason=Message("check.follow_up.too_few"))
    stopped = [_stopped(rows, until) for rows in arms]
    shares = [share for share, _ in stopped]
    overall, differential = max(shares), max(shares) - min(shares)
    answer = follow_up_cap(
        randomised=estimate.design.comparison == "randomised",
        overall=overall,
        differential=differential,
        std_error=math.hypot(*(error for _, error in stopped)),
    )
    band = next((limit for limit in LOSSES_TOLD_BY if overall <= limit), None)
    return Check(
        key="follow_up",
        status=answer.status,
        value=band,
        threshold=MOST_STOPPED,
        reason=_reason(answer, band, whole=all(_is_whole(rows) for rows in arms)),
        cap=answer.cap,
    )


def _stopped(rows: pd.DataFrame, until: float) -> tuple[float, float]:
    """Return the share whose follow-up would have stopped by then, had nobody had an event, and its error."""
    at_risk = rows["at_risk"].to_numpy(dtype=float)
    left = at_risk - (rows["events"] + rows["others"]).to_numpy(dtype=float)
    # What is missing at the next time and had no event stopped at this one; the last row is the horizon.
    counted = (rows["time"].to_numpy(dtype=float)[:-1] < until) & (left[:-1] > 0)
    still, stopped = left[:-1][counted], (left[:-1] - at_risk[1:])[counted]
    share = float(np.prod(1 - stopped / still))
    several = still > stopped
    terms = stopped[several] / (still * (still - stopped))[several]
    return 1.0 - share, share * float(terms.sum()) ** 0.5


def _is_whole(rows: pd.DataFrame) -> bool:
    """Tell whether nobody's follow-up stops before the horizon without an event."""
    gone = (rows["events"] + rows["others"]).to_numpy()[:-1].sum()
    return bool(rows["at_risk"].iloc[0] - gone == rows["at_risk"].iloc[-1])


def _reason(answer: Capped, band: float | None, *, whole: bool) -> Message:
    if whole:
        return Message("check.follow_up.whole")
    if answer.status == "fail":
        return Message("check.follow_up.uneven")
    if answer.status == "caution" and answer.cap == CAP_STOPPED_BY_CHANCE:
        return Message("check.follow_up.uneven_by_chance")
    if band is None:
        return Message("check.follow_up.most")
    return Message("check.follow_up.even_band", {"band": Quantity(band, "percent")})
