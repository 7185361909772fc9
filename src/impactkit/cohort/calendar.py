"""Days that matter to a person's follow-up: when each wave is due, how old she is, which dates cannot be."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.files.model import Wave

Days = npt.NDArray[np.datetime64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Quality = Literal["full", "first_january", "unknown"]

OLDEST = 120  # years: nobody followed by an action is older
MAJORITY = 18  # Code civil, article 414
# Beyond, birth dates are conventional for part of the file (COHORT.md, A-COH-05); by chance, 1 in 365.
MOST_FIRST_OF_JANUARY = 0.05


def as_days(values: npt.ArrayLike) -> Days:
    """Return dates by the day; NaT where unknown."""
    return np.asarray(values, dtype="datetime64[D]")


def add_months(days: Days, months: float) -> Days:
    """Return the days this many months later: the same day of the month, or the last one when it is shorter.

    Parts of a month count for as many thirtieths.

    Examples
    --------
    >>> import numpy as np
    >>> str(add_months(np.array(["2024-08-31"], dtype="datetime64[D]"), 6)[0])
    '2025-02-28'
    """
    whole = int(np.floor(months))
    month = days.astype("datetime64[M]")
    target = month + whole
    last = (target + 1).astype("datetime64[D]") - 1
    same = target.astype("datetime64[D]") + (days - month.astype("datetime64[D]"))
    return as_days(np.minimum(same, last) + round((months - whole) * 30))


def age_at(birth: Days, day: Days) -> Floats:
    """Return ages in whole years; NaN where a date is unknown.

    Someone born on 29 February is a year older on 1 March of a common year.

    Parameters
    ----------
    birth, day : arrays of dates
        Of one shape, or broadcast.
    """
    born, now = birth.astype("datetime64[M]"), day.astype("datetime64[M]")
    months = (now - born).astype(float)  # NaT gives NaN below
    not_yet = (day - now.astype("datetime64[D]")) < (birth - born.astype("datetime64[D]"))
    unknown = np.isnat(birth) | np.isnat(day)
    return np.where(unknown, np.nan, np.floor((months - not_yet) / 12))


def due(wave: Wave, *, entered: Days, left: Days) -> Days:
    """Return the day at which a wave is due for each person; NaT where her anchor is not known."""
    if wave.counted_from == "calendar":
        return np.full(entered.shape, np.datetime64(wave.date if wave.date is not None else "NaT", "D"))
    anchor = entered if wave.counted_from == "entry" else left
    return add_months(anchor, wave.months_due)


def outside(wave: Wave, delay: Floats) -> tuple[Bools, Bools]:
    """Tell the answers that come before the window of a wave opens, and those after it closes.

    Parameters
    ----------
    wave : Wave
        A side without a limit refuses nothing.
    delay : array
        Days from the day due to the answer; NaN where unknown.
    """
    before, after = wave.window_before_days, wave.window_after_days
    none = np.zeros(delay.shape, dtype=bool)
    early = delay < -before if before is not None else none
    late = delay > after if after is not None else none
    return early, late


def days_between(start: Days, end: Days) -> Floats:
    """Return the days from one date to another; NaN where one is unknown."""
    unknown = np.isnat(start) | np.isnat(end)
    return np.where(unknown, np.nan, (end - start).astype(float))


def impossible_birth(birth: Days, *, today: dt.date) -> Bools:
    """Tell the birth dates that are in the future or make a person older than `OLDEST`."""
    now = np.datetime64(today, "D")
    age = age_at(birth, np.full(birth.shape, now))
    return (birth > now) | (age > OLDEST)


def on_first_of_january(birth: Days) -> Bools:
    """Tell the birth dates on a 1 January, which stands for a day and month not known."""
    year = birth.astype("datetime64[Y]").astype("datetime64[D]")
    return np.asarray(birth == year)


def too_many_first_of_january(birth: Days) -> bool:
    """Tell whether more known birth dates fall on 1 January than chance and `MOST_FIRST_OF_JANUARY` allow."""
    known = ~np.isnat(birth)
    n, found = int(known.sum()), int(on_first_of_january(birth).sum())
    # One or two in a small file are no heap.
    return found >= 3 and found > MOST_FIRST_OF_JANUARY * n
