"""The tables of many actions as a notebook shows them: no small group, no digit that would tell of one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impactkit.design.told_balance import told_row, without_counts
from impactkit.disclosure import DEFAULT_PROFILE, is_small
from impactkit.estimators.displayed import told_effects

_PROFILE = DEFAULT_PROFILE  # a frame names no study, hence no profile of its own
_PATHS = (
    "entered_treated",
    "entered_comparison",
    "n_dropped",
    "no_baseline",
    "not_followed",
    "no_covariates",
)


def told_many(table: pd.DataFrame, *, compared: bool, yes_no: bool) -> pd.DataFrame:
    """Return the table of `estimate_many` as it may be shown.

    Parameters
    ----------
    table : DataFrame
    compared : bool
        Whether beneficiaries are compared with others.
    yes_no : bool
        Whether the outcome is one: an effect on it is told by `impactkit.assess` only.
    """
    groups = ["n_treated", "n_comparison"] if compared else ["n_treated"]
    few = _any_small(table, groups)
    told = told_effects(table, hidden=few | yes_no, profile=_PROFILE)
    lost = [name for name in _PATHS if name in table]
    # Who entered, less who is analysed, would give back a small number of people lost.
    told.loc[few | _any_small(table, [name for name in lost if not name.startswith("entered_")]), lost] = None
    clusters = [name for name in ("n_clusters", "n_treated_clusters") if name in table]
    return told.assign(**{name: table[name] for name in clusters})


def told_balance_many(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `balance_many` as it may be shown, whatever whole numbers its means are of."""
    rows = []
    for row in table.to_dict("records"):
        means = [row["mean_treated"], row["mean_comparison"]]
        # A yes/no has no ratio of variances; nor has a constant, which is then treated as one.
        yes_no = pd.isna(row["variance_ratio"]) and all(0 <= mean <= 1 for mean in means)
        rows.append(told_row(row, binary=bool(yes_no), sensitive=False, grain=1.0, profile=_PROFILE))
    return pd.DataFrame(rows, index=table.index, columns=without_counts(table))


def _any_small(table: pd.DataFrame, names: list[str]) -> np.ndarray:
    found = np.zeros(len(table), dtype=bool)
    for name in names:
        if name in table:
            found |= np.array(
                [not pd.isna(n) and is_small(int(n), _PROFILE) for n in table[name]], dtype=bool
            )
    return found
