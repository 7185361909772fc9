"""The table of balance as a notebook shows it: no small group, and no digit that would tell of one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from impactkit.disclosure import (
    Profile,
    digits_step,
    grain_of,
    is_small,
    mean_step,
    nice_step,
    share_is_safe,
    to_step,
)
from impactkit.files.model import Variable

_ARMS = ("treated", "comparison")
_DIFFERENCES = ("smd_before", "smd_after", "smd", "variance_ratio", "ks", "wwc", "overlap")
_DIGITS = 3
_FINEST = 0.01  # the thresholds of a standardised difference, 0.05 and 0.25, have two decimals


def told_balance(
    table: pd.DataFrame, variables: Mapping[str, Variable], values: pd.DataFrame, profile: Profile
) -> pd.DataFrame:
    """Return the table with what would tell of a few people missing.

    A row is masked whole when a group is small, or a share has few people on either side. Means go by steps
    wide enough for the number of people not to be read from their digits, differences by steps no finer. The
    numbers of people are left out: those of the design, beside those analysed, would tell how few are lost.

    Parameters
    ----------
    table : DataFrame
        As `impactkit.design.balance.balance_table` describes.
    variables : mapping of str to Variable
    values : DataFrame
        The rows of the cohort, for the grain of each characteristic.
    profile : Profile
    """
    rows = []
    for row in table.to_dict("records"):
        variable = variables[row["variable"]]
        binary = not pd.isna(row["level"]) or variable.type == "boolean"
        grain = 1.0 if binary else grain_of(values[row["variable"]].to_numpy(dtype=float))
        rows.append(told_row(row, binary=binary, sensitive=variable.sensitive, grain=grain, profile=profile))
    return pd.DataFrame(rows, index=table.index, columns=without_counts(table))


def without_counts(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table of balance that count no people."""
    return [name for name in table.columns if not str(name).startswith(("n_", "missing_", "effective_"))]


def told_row(
    row: Mapping[Hashable, Any], *, binary: bool, sensitive: bool, grain: float, profile: Profile
) -> dict[Hashable, Any]:
    """Return a row of the table as it may be shown."""
    told, safe, step = dict(row), True, 0.0
    for arm in _ARMS:
        if pd.isna(row[f"n_{arm}"]):
            return told
        n = int(row[f"n_{arm}"])
        safe = safe and n > 0 and not is_small(n, profile)
        safe = safe and (not binary or share_is_safe(row[f"mean_{arm}"], n, profile, sensitive=sensitive))
        step = max(step, mean_step(max(n, 1), grain=grain, profile=profile))
    gap = row["mean_treated"] - row["mean_comparison"]
    for arm in _ARMS:
        mean = row[f"mean_{arm}"]
        told[f"mean_{arm}"] = to_step(mean, max(step, digits_step(mean, _DIGITS))) if safe else None
    for name in _DIFFERENCES:
        if name in row:
            told[name] = _difference(row[name], gap, step) if safe else None
    return told


def _difference(value: float, gap: float, step: float) -> float:
    """Return a difference on a scale of its own in steps no finer than those of the means."""
    finest = step * abs(value / gap) if gap and value and np.isfinite(value) else 0.0
    return to_step(value, nice_step(max(finest, _FINEST)))
