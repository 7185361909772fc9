"""What every interrupted series is made of: its columns, its periods, its means."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ENTRY, PERIOD, UNIT, WEIGHT, FlowStep
from impactkit.design.balance import weighted_moments
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.result import GroupMean
from impactkit.text import Message

# METHODS_TIME §7: fewer points on a side do not carry a trend and a step; seasons need two years before.
FEWEST_PER_SIDE = 8
FEWEST_BEFORE_FOR_SEASONS = 24
MONTHS = 12


def step_columns(period: Floats, after: np.ndarray, *, seasons: int = 1) -> Floats:
    """Return the columns of the segmented regression: constant, trend, step, then ``seasons - 1`` seasons.

    Parameters
    ----------
    period : (n,) array
        Equally spaced; the trend is centred for the sake of arithmetic.
    after : (n,) array of bool
    seasons : int
        Periods in a year; 1 for none. The season of a period is its remainder.
    """
    season = np.mod(period, seasons)
    dummies = [(season == s).astype(float) for s in range(1, seasons)]
    return np.column_stack([np.ones_like(period), period - period.mean(), after.astype(float), *dummies])


def complete(series: pd.Series, after: np.ndarray) -> Floats:
    """Return the series as an array, refusing gaps (the errors count periods) and sides too short."""
    spacing = np.diff(np.asarray(series.index, dtype=float))
    absent = int(np.rint(spacing / spacing.min() - 1).sum()) if spacing.size else 0
    absent += int(series.isna().sum())
    if absent:
        raise EstimationError(Message("estimators.error.series_gap", {"n": absent}))
    before = int((~after).sum())
    if min(before, int(after.sum())) < FEWEST_PER_SIDE:
        params = {"before": before, "after": int(after.sum()), "fewest": FEWEST_PER_SIDE}
        raise EstimationError(Message("estimators.error.series_too_short", params))
    return series.to_numpy(dtype=float)


def series_means(
    group: Literal["treated", "comparison"], series: pd.Series, after: np.ndarray
) -> tuple[GroupMean, GroupMean]:
    """Return the mean of a series before the start and after it; ``n`` counts periods."""
    values = series.to_numpy(dtype=float)
    (mean0, sd0), (mean1, sd1) = weighted_moments(values[~after]), weighted_moments(values[after])
    return (
        GroupMean(group=group, time="before", mean=mean0, sd=sd0, n=int((~after).sum())),
        GroupMean(group=group, time="after", mean=mean1, sd=sd1, n=int(after.sum())),
    )


def territory_counts(treated: int, compared: int) -> tuple[FlowStep, ...]:
    """Return how many territories are followed in each arm: all are analysed."""
    arms = {"treated": treated} | ({"comparison": compared} if compared else {})
    return tuple(
        FlowStep(key=key, n=n, arm=arm, counts="territories")
        for arm, n in arms.items()
        for key in ("entered", "analysed")
    )


def territory_series(design: Design, territories: pd.Index) -> pd.Series:
    """Return the (weighted) mean of the territories by period; missing where one of them is."""
    panel = design.cohort.panel
    rows = panel[panel[UNIT].isin(territories)].set_index([PERIOD, UNIT])[design.outcome]
    wide = rows.unstack(UNIT).reindex(sorted(design.cohort.periods))  # noqa: PD010
    if WEIGHT not in panel:
        return wide.mean(axis=1, skipna=False)
    weights = panel.drop_duplicates(UNIT).set_index(UNIT)[WEIGHT].reindex(wide.columns)
    return wide.mul(weights).sum(axis=1, skipna=False) / weights.sum()


def started(design: Design, territories: pd.Index, periods: pd.Index) -> np.ndarray:
    """Tell the periods with the action.

    Raises
    ------
    EstimationError
        When territories start at several times.
    """
    panel = design.cohort.panel
    starts = np.unique(panel.loc[panel[UNIT].isin(territories), ENTRY])
    if starts.size > 1:
        raise EstimationError(Message("estimators.error.several_starts", {"n": int(starts.size)}))
    return np.asarray(periods >= starts[0])
