"""When people answered, against the day each wave was due; who entered while waiting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impactkit.cohort.accounts.protect import EVERYONE, blank, protect_parts
from impactkit.cohort.calendar import as_days, days_between, due, outside
from impactkit.cohort.rows import ANSWERED, BENEFICIARY, ENTERED, LEFT, Rows
from impactkit.disclosure import Profile, quantile_is_safe
from impactkit.files.model import FSE_WAVES, Wave

_NAT = np.datetime64("NaT", "D")


def waves_by_default(periods: Sequence[float]) -> tuple[Wave, ...]:
    """Return the calendar of the FSE+ for up to three periods: entry, exit, six months after exit.

    Raises
    ------
    ValueError
        When there are more than three periods.
    """
    if len(periods) > len(FSE_WAVES):
        raise ValueError(
            f"the default calendar has {len(FSE_WAVES)} waves and the cohort {len(periods)} periods: "
            "give waves= one Wave per period, with months equal to the period"
        )
    named = zip(FSE_WAVES, periods, strict=False)
    return tuple(wave.model_copy(update={"months": float(period)}) for wave, period in named)


def timing_table(rows: Rows, waves: Sequence[Wave], arms: Sequence[str]) -> pd.DataFrame:
    """Compare the day of each answer with the day at which its wave was due.

    Returns
    -------
    DataFrame
        One row per wave and arm, and one over all arms: ``wave``, ``period``, ``anchor``, ``arm``, ``n``
        people seen; of them ``dated`` (day of answer known), ``placed`` (day due known too), ``early``,
        ``in_window`` and ``late`` by the wave's window (a side without a limit refuses nothing),
        ``before_entry`` (answers dated before the person's entry, at waves after entry) and
        ``median_delay`` in days from the day due.
    """
    frame = rows.frame
    answered, entered, left = (
        as_days(frame[name].to_numpy()) if name in frame else np.full(len(frame), _NAT)
        for name in (ANSWERED, ENTERED, LEFT)
    )
    arm_of = rows.arms[rows.arm[rows.person]]
    lines = []
    for wave in waves:
        here = np.isin(rows.periods, wave.months)[rows.period]
        delay = days_between(due(wave, entered=entered, left=left), answered)
        early, late = outside(wave, delay)
        premature = (answered < entered) & (wave.months > 0) & (wave.counted_from != "calendar")
        for arm in (*arms, EVERYONE):
            own = here if arm == EVERYONE else here & (arm_of == arm)
            placed = own & ~np.isnan(delay)
            counts = {
                "n": own,
                "dated": own & ~np.isnat(answered),
                "placed": placed,
                "early": placed & early,
                "in_window": placed & ~early & ~late,
                "late": placed & late,
                "before_entry": own & premature,
            }
            lines.append(
                {
                    "wave": wave.id,
                    "period": wave.months,
                    "anchor": wave.counted_from,
                    "arm": arm,
                    **{name: int(where.sum()) for name, where in counts.items()},
                    "median_delay": float(np.median(delay[placed])) if placed.any() else np.nan,
                }
            )
    return pd.DataFrame(lines)


def protect_timing(table: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Return the table as it may be shown: each count is protected within the one that it is part of."""
    shown = protect_parts(
        table,
        profile,
        n="placed",
        parts=["early", "in_window", "late"],
        told=["median_delay"],
        within=["wave"],
    )
    # A median of too few would tell a person's own delay.
    few = [not quantile_is_safe(0.5, int(n), profile) for n in table["placed"]]
    shown = blank(shown, np.array(few, dtype=bool), ["median_delay"])
    for part, of in (("placed", "dated"), ("before_entry", "dated"), ("dated", "n")):
        safe = protect_parts(table, profile, n=of, parts=[part], within=["wave"])
        shown = blank(shown, safe[part].isna().to_numpy(), [part])
        shown = blank(shown, safe[of].isna().to_numpy(), [of])
    return shown


def switches_table(rows: Rows, arms: Sequence[str]) -> pd.DataFrame:
    """Count the people of each group compared who entered the action, and at which period first exposed.

    Returns
    -------
    DataFrame
        One row per arm other than beneficiaries and period of first exposure: ``n`` people of the arm,
        ``entered`` at that period.
    """
    lines = []
    for arm in arms:
        if arm == BENEFICIARY:
            continue
        own = rows.in_arms([arm])
        entry = rows.entry[own]
        periods, counts = np.unique(entry[np.isfinite(entry)], return_counts=True)
        for period, count in zip(periods, counts, strict=True):
            lines.append({"arm": arm, "period": period, "n": int(own.sum()), "entered": int(count)})
    return pd.DataFrame(lines, columns=["arm", "period", "n", "entered"])
