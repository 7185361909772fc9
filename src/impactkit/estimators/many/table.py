"""The table of many actions: intervals and p-values, counts, reasons; one row per action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.estimators.inference.distributions import student_sf
from impactkit.estimators.inference.few_clusters import FEW_CLUSTERS, FEW_TREATED_CLUSTERS
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.inference.student import upper_quantiles
from impactkit.estimators.many.analysed import Counts
from impactkit.estimators.many.block import MEANS, Block
from impactkit.estimators.many.segments import Bools

Multiplicity = Literal["holm", "bh"]

# The smallest effect found with this power by a two-sided test at 5 %, as evidence/rules.py has it.
_POWER, _TEST = 0.80, 1 - 0.95


def effects_table(
    blocks: Sequence[Block],
    actions: pd.Index,
    *,
    by: str,
    term: str,
    level: float,
    multiplicity: Multiplicity | None,
) -> pd.DataFrame:
    """Return the table of `estimate_many` from its blocks, in their order."""
    n = actions.size
    whole, a_cohort = np.ones((2, n), dtype=bool)
    reasons, explanations = np.full((2, n), None, dtype=object)
    start = 0
    for block in blocks:
        for action, message in block.messages.items():
            i = start + action
            whole[i], a_cohort[i] = False, not message.key.startswith("cohort.")
            reasons[i], explanations[i] = message.key, message.text()
        start += len(block.clusters)
    found = _joined([block.numbers for block in blocks], ("estimate", "std_error", "df", *MEANS))
    counts = _joined([asdict(block.counts) for block in blocks], [item.name for item in fields(Counts)])
    n_clusters, n_treated = np.concatenate([block.clusters for block in blocks]).T
    numbers = _inference(found, level)
    if multiplicity is not None:
        adjusted = adjust_p(np.where(whole, numbers["p_value"], 1.0), multiplicity)
        numbers["p_adjusted"] = np.where(whole, adjusted, np.nan)
    people_counted = {
        "n_treated": counts["n_treated"],
        "n_comparison": counts["n_comparison"],
        "n_dropped": counts["no_baseline"] + counts["not_followed"] + counts["no_covariates"],
        **{name: values for name, values in counts.items() if not name.startswith("n_")},
    }
    table = pd.DataFrame(
        {
            "term": term,
            **numbers,
            **{name: _counts(values, a_cohort) for name, values in people_counted.items()},
            **{name: found[name] for name in MEANS},
            "n_clusters": _counts(n_clusters, ~np.isnan(n_clusters)),
            "n_treated_clusters": _counts(n_treated, ~np.isnan(n_treated)),
            "few_clusters": (n_clusters < FEW_CLUSTERS) | (n_treated < FEW_TREATED_CLUSTERS),
            "reason": pd.Series(reasons, dtype=object),
            "explanation": pd.Series(explanations, dtype=object),
        }
    )
    return in_order(table, actions, by=by, action=np.arange(n))


def _joined(blocks: Sequence[Mapping[str, np.ndarray]], names: Sequence[str]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([block[name] for block in blocks]) for name in names}


def _inference(found: Mapping[str, np.ndarray], level: float) -> dict[str, Floats]:
    """Return what follows from estimates, errors and degrees of freedom, as `Effect` has it."""
    value, error, df = found["estimate"], found["std_error"], found["df"]
    statistic = value / error
    critical, power = upper_quantiles(_TEST / 2, df), upper_quantiles(1 - _POWER, df)
    margin = error * (critical if 1 - level == _TEST else upper_quantiles((1 - level) / 2, df))
    return {
        "estimate": value,
        "std_error": error,
        "df": df,
        "statistic": statistic,
        "p_value": np.asarray(2 * student_sf(np.abs(statistic), df)),
        "conf_low": value - margin,
        "conf_high": value + margin,
        "detectable": np.asarray((critical + power) * error),
    }


def _counts(values: np.ndarray, known: Bools) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known)


def in_order(table: pd.DataFrame, actions: pd.Index, *, by: str, action: np.ndarray) -> pd.DataFrame:
    """Put the names of actions before a table, whose rows are about ``action``, and sort by them.

    Raises
    ------
    ValueError
        When the column of actions is named as one of the table's.
    """
    if by in table.columns:
        raise ValueError(f"the column of actions may not be named {by!r}, as one of the table's: rename it")
    table.insert(0, by, actions[action])
    rank = pd.factorize(actions, sort=True)[0][action]
    if (rank[1:] >= rank[:-1]).all():
        return table
    return table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
