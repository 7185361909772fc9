"""What is left of the credibility of a comparison of times when follow-up stops before the horizon."""

from __future__ import annotations

from impactkit.evidence.rules import (
    CAP_DIFFERENTIAL_LOSS,
    CAP_RANDOMISED_BEYOND_BOUNDARY,
    MOST_DIFFERENTIAL_LOSS,
    Capped,
)

# Project rules. Curves use people up to the end of their follow-up, so that follow-up that stops alike in
# both groups costs less than losing them; beyond half, the end of the curves rests on a minority. Follow-up
# that stops more in one group is judged as people lost more in one group; when chance could explain it, it
# is a caution, as for losses between the two boundaries of the What Works Clearinghouse.
MOST_STOPPED = 0.50
CAP_MOST_STOPPED = 3
CAP_STOPPED_BY_CHANCE = 4
BEYOND_CHANCE = 1.96  # standard errors


def follow_up_cap(*, randomised: bool, overall: float, differential: float, std_error: float) -> Capped:
    """Judge the shares of follow-up, event aside, that stop before the horizon.

    Parameters
    ----------
    randomised : bool
    overall : float
        Larger of the two groups' shares.
    differential : float
        Their difference.
    std_error : float
        Of the difference.
    """
    uneven = differential > MOST_DIFFERENTIAL_LOSS
    if uneven and differential > BEYOND_CHANCE * std_error:
        return Capped("fail", CAP_RANDOMISED_BEYOND_BOUNDARY if randomised else CAP_DIFFERENTIAL_LOSS)
    if overall > MOST_STOPPED:
        return Capped("caution", CAP_MOST_STOPPED)
    if uneven:
        return Capped("caution", CAP_STOPPED_BY_CHANCE)
    return Capped("ok", 5)
