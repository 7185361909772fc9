"""What is not known: by variable, period and arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impactkit.cohort.accounts.protect import EVERYONE
from impactkit.cohort.rows import Rows


def missing_table(rows: Rows, names: Sequence[str], arms: Sequence[str]) -> pd.DataFrame:
    """Count the people seen at each period whose value is missing.

    Returns
    -------
    DataFrame
        One row per variable, period and arm, and one over all arms: ``n`` people seen, ``known``,
        ``missing``, ``share`` missing (missing itself when nobody was seen) and ``asked``: whether anybody's
        value is known at that period. What nobody was asked is not a non-response.
    """
    T = rows.periods.size
    cell = rows.arm[rows.person] * T + rows.period
    size = rows.arms.size * T
    seen = np.bincount(cell, minlength=size).reshape(-1, T)
    order = [*rows.arms].index
    lines = []
    for name in names:
        has = rows.frame[name].notna().to_numpy()
        known = np.bincount(cell[has], minlength=size).reshape(-1, T)
        for t, period in enumerate(rows.periods):
            asked = bool(known[:, t].any())
            for arm in (*arms, EVERYONE):
                own = slice(None) if arm == EVERYONE else order(arm)
                n, found = int(seen[own, t].sum()), int(known[own, t].sum())
                share = 1 - found / n if n and asked else np.nan
                counts = {"n": n, "known": found, "missing": n - found}
                lines.append(
                    {"variable": name, "period": period, "arm": arm, **counts, "share": share, "asked": asked}
                )
    columns = ["variable", "period", "arm", "n", "known", "missing", "share", "asked"]
    return pd.DataFrame(lines, columns=columns)
