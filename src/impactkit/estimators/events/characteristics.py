"""Characteristics in an event study: a trend of their own, period by period.

What does not change is already in the effect of the person. What matters is that people unlike at the start
may have changed unlike without the action: each characteristic, as it was before the action, has one
coefficient at each period but the first. It is never taken after entry, where the action may have changed it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from impactkit.design.covariates import columns_of
from impactkit.design.design import Bools, Design
from impactkit.estimators.events.twfe import Panel
from impactkit.estimators.inference.linear import Floats


def before_action(design: Design, treated: Bools) -> Floats:
    """Return the characteristics of everyone in the cohort before the action, as columns of numbers.

    Parameters
    ----------
    design : Design
        Taken at the time before of its window; at the first period of each person when it has none.
    treated : (n,) array of bool
        The beneficiaries, whose most frequent level of a category has no column.

    Returns
    -------
    (n, p) array
        Of mean 0 and standard deviation 1 over those known; NaN where a characteristic is not.
    """
    rows, names = design.cohort.rows, design.covariates
    at = rows.at(design.window[0]) if design.has_baseline else rows.first
    people = pd.DataFrame({name: rows.values(name, at) for name in names}).assign(treated=treated)
    columns = columns_of(people, names, drop_reference=True)
    X = np.column_stack([column.numbers for column in columns] or [np.empty((len(people), 0))])
    known = X[~np.isnan(X).any(axis=1)]
    if not known.size:
        return X
    spread = known.std(axis=0)
    return np.asarray((X - known.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def trends(panel: Panel, X: Floats) -> Floats:
    """Return a column for each period but the first and each characteristic, (n, (T - 1) p).

    Parameters
    ----------
    panel : Panel
    X : (people, p) array
        Known.
    """
    at = panel.periods[:, None] == np.arange(1, panel.n_periods)
    return np.asarray((at[:, :, None] * X[panel.units][:, None, :]).reshape(len(at), -1), dtype=np.float64)
