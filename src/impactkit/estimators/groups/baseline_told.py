"""The table of the two groups before the action as it may be shown: no small group, no digit too many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure import (
    digits_step,
    grain_of,
    is_small,
    mean_step,
    rounded,
    share_is_safe,
    significant,
    to_step,
)

_ARMS = ("treated", "comparison")
_DIGITS = 3


def told_baseline(table: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the table with what would tell of a few people missing.

    The mean of a small group, and a share with few people on either side, are masked with all that is made of
    them. Where few people of a group have no answer, their number and that of the others are masked. Means go
    by steps wide enough for the number of people not to be read from their digits.

    Parameters
    ----------
    table : DataFrame
        As `impactkit.estimators.groups.baseline.baseline_table` describes.
    design : Design
    """
    rows = [_row(row, design) for row in table.to_dict("records")]
    return pd.DataFrame(rows, columns=table.columns.drop(["variable", "level"]))


def _row(row: Mapping[Hashable, Any], design: Design) -> dict[str, object]:
    profile, variable = design.cohort.profile, design.cohort.variables[row["variable"]]
    binary = not pd.isna(row["level"]) or variable.type == "boolean"
    values = design.cohort.rows.frame[row["variable"]]
    grain = 1.0 if binary else grain_of(values.to_numpy(dtype=float))
    told: dict[str, object] = {"covariate": row["covariate"]}
    step, safe = 0.0, True
    for arm in _ARMS:
        n, missing, mean = int(row[f"n_{arm}"]), int(row[f"missing_{arm}"]), row[f"mean_{arm}"]
        safe &= n > 0 and not is_small(n, profile)
        safe = safe and (not binary or share_is_safe(mean, n, profile, sensitive=variable.sensitive))
        step = max(step, mean_step(max(n, 1), grain=grain, profile=profile))
        hidden = is_small(n, profile) or is_small(missing, profile)
        told[f"n_{arm}"] = None if hidden else rounded(n, profile)
        told[f"missing_{arm}"] = None if hidden else rounded(missing, profile)
    for arm in _ARMS:
        mean = row[f"mean_{arm}"]
        told[f"mean_{arm}"] = to_step(mean, max(step, digits_step(mean, _DIGITS))) if safe else None
        told[f"sd_{arm}"] = _short(row[f"sd_{arm}"]) if safe and not binary else None
    told["difference"] = to_step(row["difference"], step) if safe else None
    told["std_error"] = _short(row["std_error"]) if safe and not binary else None
    told["p_value"] = to_step(row["p_value"], 0.001) if safe else None
    return told


def _short(value: float) -> float | None:
    return significant(value, _DIGITS) if np.isfinite(value) else None
