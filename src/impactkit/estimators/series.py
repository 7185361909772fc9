"""Interrupted series: the level of a territory's series before and after the action starts."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ENTRY, PERIOD, UNIT, WEIGHT, FlowStep
from impactkit.design.balance import weighted_moments
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.arms import refuse_no_variation
from impactkit.estimators.linear import Floats, fit, newey_west
from impactkit.estimators.result import Effect, Estimate, GroupMean, StudentT
from impactkit.text import Message

# METHODS_TIME §7: fewer points on a side do not carry a trend and a step; seasons need two years before.
FEWEST_PER_SIDE = 8
FEWEST_BEFORE_FOR_SEASONS = 24
_MONTHS = 12


def interrupted_series(design: Design, *, lags: int | None = None) -> Estimate:
    """Estimate the step in a monthly series at the start of the action.

    The series ``y_t`` is the outcome of the treated territory (the mean of several), minus that of the
    territories it is compared with when the design has a comparison. Least squares of

    ``y_t = a + b t + s D_t (+ one term per calendar month) + e_t``

    where ``D_t`` is 1 from the start on: the trend before is taken to go on, and ``s``, the effect, is the
    mean distance from it after the start. Calendar months are taken into account when the cohort comes from a
    study, whose periods are months, and at least 24 of them come before the start. Errors are those of Newey
    and West (Bartlett weights, factor n/(n - k), n - k degrees of freedom).

    Parameters
    ----------
    design : Design
        The design's window is not used: all periods are.
    lags : int, optional
        How far errors are correlated, in periods; by default ``floor(0.75 n^(1/3))`` (Stock & Watson).

    Returns
    -------
    Estimate
        Its effect's term is ``"step"``; ``n_treated`` and ``n_comparison`` count territories, and the ``n``
        of its means count periods. ``settings`` has ``lags``, ``seasons``, ``periods_before`` and
        ``periods_after``.

    Raises
    ------
    ValueError
        When ``lags`` is negative or not below the number of periods.
    EstimationError
        When a side has fewer than 8 periods, a period is missing, territories start at several times, or
        nothing varies.

    References
    ----------
    Newey & West (1987), *Econometrica* 55(3). Bernal, Cummins & Gasparrini (2017), *Int. J. Epidemiol.*
    46(1).
    """
    units = design.units()
    treated = _series(design, units.index[units["treated"]])
    compared = _series(design, units.index[~units["treated"]]) if design.comparison != "none" else None
    after = _after(design, units.index[units["treated"]], treated.index)
    series = treated if compared is None else treated - compared
    y = _complete(series, after)
    n = len(y)
    lags = math.floor(0.75 * n ** (1 / 3)) if lags is None else lags
    if not 0 <= lags < n:
        raise ValueError(f"lags must lie between 0 and {n - 1}, the number of periods less one")
    seasons = design.cohort.study is not None and int((~after).sum()) >= FEWEST_BEFORE_FOR_SEASONS
    X = step_columns(np.asarray(series.index, dtype=float), after, seasons=_MONTHS if seasons else 1)
    step = np.zeros(X.shape[1])
    step[2] = 1.0
    result = newey_west(fit(X=X, y=y), step, lags=lags)
    refuse_no_variation(result, *(item.to_numpy() for item in (treated, compared) if item is not None))
    n_treated = int(units["treated"].sum())
    return Estimate(
        design=design,
        method="interrupted_series",
        effect=Effect(
            term="step",
            value=result.value,
            std_error=result.std_error,
            reference=StudentT(result.df),
            n_treated=n_treated,
            n_comparison=len(units) - n_treated,
        ),
        means=_means("treated", treated, after)
        + (() if compared is None else _means("comparison", compared, after)),
        counts=_counts(n_treated, len(units) - n_treated),
        settings={
            "adjust": "seasons" if seasons else None,
            "errors": "newey_west",
            "df_rule": "residual",
            "lags": lags,
            "seasons": seasons,
            "clusters": 0,
            "weights": WEIGHT in design.cohort.panel,
            "periods_before": int((~after).sum()),
            "periods_after": int(after.sum()),
        },
        analysed=units.index.to_numpy(),
    )


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


def _series(design: Design, territories: pd.Index) -> pd.Series:
    """Return the (weighted) mean of the territories by period; missing where one of them is."""
    panel = design.cohort.panel
    rows = panel[panel[UNIT].isin(territories)].set_index([PERIOD, UNIT])[design.outcome]
    wide = rows.unstack(UNIT).reindex(sorted(design.cohort.periods))  # noqa: PD010
    if WEIGHT not in panel:
        return wide.mean(axis=1, skipna=False)
    weights = panel.drop_duplicates(UNIT).set_index(UNIT)[WEIGHT].reindex(wide.columns)
    return wide.mul(weights).sum(axis=1, skipna=False) / weights.sum()


def _after(design: Design, territories: pd.Index, periods: pd.Index) -> np.ndarray:
    panel = design.cohort.panel
    starts = np.unique(panel.loc[panel[UNIT].isin(territories), ENTRY])
    if starts.size > 1:
        raise EstimationError(Message("estimators.error.several_starts", {"n": int(starts.size)}))
    return np.asarray(periods >= starts[0])


def _complete(series: pd.Series, after: np.ndarray) -> Floats:
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


def _means(
    group: Literal["treated", "comparison"], series: pd.Series, after: np.ndarray
) -> tuple[GroupMean, GroupMean]:
    values = series.to_numpy(dtype=float)
    (mean0, sd0), (mean1, sd1) = weighted_moments(values[~after]), weighted_moments(values[after])
    return (
        GroupMean(group=group, time="before", mean=mean0, sd=sd0, n=int((~after).sum())),
        GroupMean(group=group, time="after", mean=mean1, sd=sd1, n=int(after.sum())),
    )


def _counts(treated: int, compared: int) -> tuple[FlowStep, ...]:
    arms = {"treated": treated} | ({"comparison": compared} if compared else {})
    return tuple(
        FlowStep(key=key, n=n, arm=arm, counts="territories")
        for arm, n in arms.items()
        for key in ("entered", "analysed")
    )
