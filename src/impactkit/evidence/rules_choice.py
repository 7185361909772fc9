"""Which action to measure: the thresholds of the choice, with their sources."""

from __future__ import annotations

import datetime as dt

# "opérationnelle depuis au moins 12 mois" (instruction of 9 April 2026, annex, contracts, 2).
FEWEST_MONTHS = 12
# People can be followed when no more than this share of them is lost: beyond, losses alone leave at most 2 of
# the credibility (`rules.LOSS_BANDS`).
MOST_LOST = 0.30


def runs_for(start: dt.date, on: dt.date) -> int:
    """Return the whole months from a start to a day; negative when it is to come.

    Examples
    --------
    >>> runs_for(dt.date(2025, 1, 31), dt.date(2026, 1, 30))
    11
    """
    months = 12 * (on.year - start.year) + on.month - start.month
    return months - (on.day < start.day)
