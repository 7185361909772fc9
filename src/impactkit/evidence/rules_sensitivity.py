"""Thresholds of what could overturn a conclusion, with their sources: `rules` for sensitivity.

"Project rule" is our own choice, as in `rules`.
"""

from __future__ import annotations

from impactkit.evidence.check import NO_CAP
from impactkit.evidence.rules import Capped

# ------------------------------------------------------------------ a factor that was not observed
# Cinelli & Hazlett (2020) give no strength from which a result is robust; they hold it against a factor as
# strong as a characteristic that is observed. Once the strongest of them, and what it takes away, are project
# rules: one note when the conclusion would be lost, two when the estimate itself would say the contrary.
TIMES_THE_STRONGEST = 1.0
NOTES_LOST = 1
NOTES_OVERTURNED = 2


def confounding_cap(*, kept: bool, overturned: bool, start: int) -> Capped:
    """Judge what a factor as strong as the strongest characteristic would do.

    Parameters
    ----------
    kept : bool
        Whether the same would be concluded from the interval.
    overturned : bool
        Whether the estimate would say the contrary.
    start : int
        Credibility from which the design starts.
    """
    if overturned:
        return Capped("fail", max(start - NOTES_OVERTURNED, 0))
    if not kept:
        return Capped("caution", max(start - NOTES_LOST, 0))
    return Capped("ok", NO_CAP)


# ------------------------------------------------------------------ the people lost
# Project rule: one note when Lee's (2009) bounds hold the contrary, and losses differ between the groups by
# more than the cautious boundary of the What Works Clearinghouse.
NOTES_LOSSES = 1

# ------------------------------------------------------------------ a few people, one site
# Project rules. A few people: three in a hundred, five at most (after Broderick, Giordano & Meager 2020, who
# leave out a share that suits the study). A conclusion that a few people, or one site, overturn is not about
# the others; one of which they make more than half is a reserve.
FEW_SHARE = 0.03
MOST_FEW = 5
LARGE_PART = 0.5
CAP_RESTS_ON_FEW = 2


def few_people(n: int) -> int:
    """Return how many people are a few among ``n``."""
    return max(1, min(MOST_FEW, int(FEW_SHARE * n)))


def resting_cap(*, left: float, overturned: bool) -> Capped:
    """Judge an effect without a few people, or without one site.

    Parameters
    ----------
    left : float
        Share of the effect that is left.
    overturned : bool
        Whether what is left says the contrary.
    """
    if overturned:
        return Capped("fail", CAP_RESTS_ON_FEW)
    return Capped("caution" if left < LARGE_PART else "ok", NO_CAP)


# ------------------------------------------------------------------ the other analyses
# Project rules, for the curve of Simonsohn, Simmons & Nelson (2020): one note when most of the analyses say
# the contrary; a reserve when one does, or when most find less than half of the effect.
FEWEST_ANALYSES = 3
NOTES_ANALYSES = 1
MOST_ANALYSES = 0.5


def specification_cap(*, overturned: float, small: float, start: int) -> Capped:
    """Judge what the other defensible analyses say.

    Parameters
    ----------
    overturned, small : float
        Share of the analyses that say the contrary, and that find less than `LARGE_PART` of the effect.
    start : int
        Credibility from which the design starts.
    """
    if overturned > MOST_ANALYSES:
        return Capped("fail", max(start - NOTES_ANALYSES, 0))
    if overturned > 0 or small > MOST_ANALYSES:
        return Capped("caution", NO_CAP)
    return Capped("ok", NO_CAP)
