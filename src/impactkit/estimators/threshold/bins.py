"""Means of people side by side along the running variable, each of enough people to be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impactkit.disclosure import Profile, share_is_safe
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.threshold.local import Mask

_MOST = 20  # points a side: more hide the shape


def binned_means(x: Floats, y: Floats, kept: Mask, *, binary: bool, profile: Profile) -> pd.DataFrame:
    """Return means of the outcome by groups of neighbours, on one side of a threshold.

    Groups hold about the same number of people, at least ``profile.minimum``; people who share a value of
    the running variable share a group. Groups from which a small number could be worked out (a share close
    to 0 or 1) are joined with the next.

    Parameters
    ----------
    x, y : (n,) arrays
    kept : (n,) array of bool
        Who is counted.
    binary : bool
        Whether the outcome is yes or no.

    Returns
    -------
    DataFrame
        Columns ``x, mean``; empty when there are too few people.
    """
    order = np.argsort(x[kept], kind="stable")
    place, outcome = x[kept][order], y[kept][order]
    size = max(profile.minimum, -(-len(place) // _MOST))
    rows: list[tuple[float, float]] = []
    start = 0
    for end in range(1, len(place) + 1):
        whole = end == len(place)
        if end - start < size or (not whole and place[end] == place[end - 1]):
            continue
        if not whole and len(place) - end < size:
            continue  # too few would remain: they join this group
        mean = float(outcome[start:end].mean())
        if binary and not share_is_safe(mean, end - start, profile):
            continue
        rows.append((float(place[start:end].mean()), mean))
        start = end
    return pd.DataFrame(rows, columns=["x", "mean"])
