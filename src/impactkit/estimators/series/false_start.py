"""The step of a series at dates when the action had not started: only chance, or something else, makes it."""

from __future__ import annotations

import numpy as np

from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import fit
from impactkit.estimators.result import Effect, StudentT
from impactkit.estimators.series.hac import hac_contrast
from impactkit.estimators.series.parts import (
    FEWEST_BEFORE_FOR_SEASONS,
    FEWEST_PER_SIDE,
    MONTHS,
    complete,
    started,
    step_columns,
    territory_series,
)
from impactkit.text import Message

# Below, no date leaves enough periods on either side.
FEWEST_BEFORE_FOR_DATES = 2 * FEWEST_PER_SIDE
# Dates tried, spread over those that leave enough periods on either side.
_DATES = 3


def false_starts(design: Design) -> tuple[Effect, ...]:
    """Estimate the step at up to three dates of the time before the start, on that time alone.

    The regression of `interrupted_series`: trend, step, and seasons when that estimate has them; adjusted
    Newey-West errors.

    Returns
    -------
    tuple of Effect
        ``period`` is the date pretended.

    Raises
    ------
    EstimationError
        When there are fewer than 16 periods before the start, and as `interrupted_series`.
    """
    units = design.units()
    treated = territory_series(design, units.index[units["treated"]])
    after = started(design, units.index[units["treated"]], treated.index)
    series = treated
    if design.comparison != "none":
        series = treated - territory_series(design, units.index[~units["treated"]])
    y, before = complete(series, after)[~after], int((~after).sum())
    if before < FEWEST_BEFORE_FOR_DATES:
        params = {"before": before, "after": int(after.sum()), "fewest": FEWEST_BEFORE_FOR_DATES}
        raise EstimationError(Message("estimators.error.series_too_short", params))
    periods = np.asarray(series.index, dtype=float)[~after]
    seasons = design.cohort.study is not None and before >= FEWEST_BEFORE_FOR_SEASONS
    found = []
    for first in np.unique(np.linspace(FEWEST_PER_SIDE, before - FEWEST_PER_SIDE, _DATES).round()):
        pretended = periods >= periods[int(first)]
        X = step_columns(periods, pretended, seasons=MONTHS if seasons else 1)
        result = hac_contrast(fit(X=X, y=y), np.eye(X.shape[1])[2], lags=None).contrast
        found.append(
            Effect(
                term="step",
                value=result.value,
                std_error=result.std_error,
                reference=StudentT(result.df),
                n_treated=int(units["treated"].sum()),
                n_comparison=int((~units["treated"]).sum()),
                period=float(periods[int(first)]),
            )
        )
    return tuple(found)
