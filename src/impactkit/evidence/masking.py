"""When a mean, or a difference before the action, would let a small number of people be worked out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure import Profile, is_small, share_is_safe
from impactkit.evidence import rules

ARMS = ("treated", "comparison")


def mean_is_safe(mean: float, n: int, *, binary: bool, profile: Profile) -> bool:
    """Tell whether a group's mean can be shown; a share also tells a count, which must not be small."""
    return share_is_safe(mean, n, profile) if binary else not is_small(n, profile)


def is_binary(row: Mapping[Hashable, Any], design: Design) -> bool:
    """Tell whether a row of the balance table is about a share: a yes/no variable, or a level of one."""
    return not pd.isna(row["level"]) or design.cohort.variables[row["variable"]].type == "boolean"


def row_is_safe(row: Mapping[Hashable, Any], design: Design) -> bool:
    """Tell whether the means and the difference of a row of the balance table can be shown."""
    binary, profile = is_binary(row, design), design.cohort.profile
    return all(
        mean_is_safe(row[f"mean_{arm}"], row[f"n_{arm}"], binary=binary, profile=profile) for arm in ARMS
    )


def band(size: float) -> tuple[float, float]:
    """Return the band that holds a standardised difference whose exact size would reveal a small count."""
    limits = (0.0, rules.WWC_EQUIVALENT, rules.WWC_ADJUSTABLE, 1.0)
    for low, high in pairwise(limits):
        if size <= high:
            return low, high
    return 1.0, 2.0
