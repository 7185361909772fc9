"""What of a table of people may be shown: rows whose counts are parts of one number of people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.disclosure import Profile, is_small, rounded

EVERYONE = "all"  # the arm of a row over all arms
Bools = npt.NDArray[np.bool_]


def protect_parts(
    frame: pd.DataFrame,
    profile: Profile,
    *,
    n: str,
    parts: Sequence[str],
    told: Sequence[str] = (),
    within: Sequence[str],
) -> pd.DataFrame:
    """Return a table with small numbers of people missing, and what would give them back.

    Where one part of ``n`` is small, no part of it is shown, nor what is computed from them. A row over all
    arms shows nothing that an arm hides: their total would give it back.

    Parameters
    ----------
    frame : DataFrame
        One row per group, with ``arm`` among its columns; left unchanged.
    profile : Profile
    n : str
        Column of the people of a row.
    parts : sequence of str
        Columns of counts that add up to ``n``, or whose complement is counted elsewhere.
    told : sequence of str
        Columns computed from the parts.
    within : sequence of str
        Columns that say which rows have the same table, over arms.
    """
    small_n = _small(frame[n], profile)
    hidden = small_n.copy()
    for part in parts:
        hidden |= _small(frame[part], profile)
    if profile.complements:
        rest = frame[n] - sum((frame[part] for part in parts), start=pd.Series(0, index=frame.index))
        hidden |= _small(rest, profile)
    total = (frame["arm"] == EVERYONE).to_numpy()
    tables = np.asarray(frame.groupby(list(within), sort=False).ngroup(), dtype=np.int64)
    hidden |= total & _any_of(hidden & ~total, tables)
    small_n |= total & _any_of(small_n & ~total, tables)
    return round_counts(
        blank(blank(frame, hidden, [*parts, *told]), small_n, [n]), [n, *parts, *told], profile
    )


def round_counts(frame: pd.DataFrame, columns: Sequence[str], profile: Profile) -> pd.DataFrame:
    """Return a table with these counts as the profile rounds them, and its shares by whole percent."""
    if profile.rounding == 1:
        return frame
    frame = frame.copy()
    for name in columns:
        values = frame[name]
        if pd.api.types.is_integer_dtype(values):
            frame[name] = values.map(lambda n: rounded(int(n), profile), na_action="ignore").astype("Int64")
        elif pd.api.types.is_float_dtype(values):
            frame[name] = values.round(2)
    return frame


def blank(frame: pd.DataFrame, hidden: Bools, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table with these cells missing; counts become nullable integers."""
    frame = frame.copy()
    for name in columns:
        values = frame[name]
        counts = pd.api.types.is_integer_dtype(values)
        frame[name] = (values.astype("Int64") if counts else values).mask(hidden)
    return frame


def _small(counts: pd.Series, profile: Profile) -> Bools:
    return np.array([not pd.isna(count) and is_small(int(count), profile) for count in counts], dtype=bool)


def _any_of(flags: Bools, groups: npt.NDArray[np.int64]) -> Bools:
    """Tell the rows of whose group one is flagged."""
    found = np.zeros(groups.max(initial=-1) + 1, dtype=bool)
    found[groups[flags]] = True
    return np.asarray(found[groups])
