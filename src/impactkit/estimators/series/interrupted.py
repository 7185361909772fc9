"""Interrupted series: the level of a territory's series before and after the action starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import overload

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import WEIGHT
from impactkit.design.design import Design
from impactkit.errors import require
from impactkit.estimators.arms import refuse_no_variation
from impactkit.estimators.inference.linear import fit
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.estimators.series.frame import Family, Season, SeriesErrors, series_from_frame
from impactkit.estimators.series.hac import hac_contrast
from impactkit.estimators.series.parts import (
    FEWEST_BEFORE_FOR_SEASONS,
    MONTHS,
    complete,
    series_means,
    started,
    step_columns,
    territory_counts,
    territory_series,
)


@overload
def interrupted_series(data: Design, *, lags: int | None = None) -> Estimate: ...


@overload
def interrupted_series(
    data: pd.DataFrame,
    *,
    outcome: str,
    period: str,
    start: float | date,
    family: Family = "gaussian",
    offset: str | None = None,
    season: Season | None = None,
    controls: Sequence[str] = (),
    trend: bool = True,
    slope: bool = False,
    errors: SeriesErrors = "hac",
    lags: int | None = None,
) -> Estimate: ...


def interrupted_series(
    data: Design | pd.DataFrame,
    *,
    outcome: str | None = None,
    period: str | None = None,
    start: float | date | None = None,
    family: Family = "gaussian",
    offset: str | None = None,
    season: Season | None = None,
    controls: Sequence[str] = (),
    trend: bool = True,
    slope: bool = False,
    errors: SeriesErrors = "hac",
    lags: int | None = None,
) -> Estimate:
    """Estimate the step in a series at the start of the action.

    With ``D_t`` 1 from the start on, least squares of

    ``y_t = a + b t + s D_t [+ g D_t (t - t0)] [+ seasons] [+ controls] + e_t``

    or, for counts, the regression of ``log E(y_t)``, plus ``log(offset_t)``, on the same columns, by the
    Poisson law (``family="poisson"``) or the negative binomial one, whose variance ``mu + mu² / theta`` has a
    theta estimated by maximum likelihood. The trend before is taken to go on, and ``s``, the effect, is the
    mean distance from it after the start; with ``slope=True``, the trend may change too, ``t0`` is the last
    period before the start and ``s`` the distance there.

    Parameters
    ----------
    data : DataFrame or Design
        One row per period, in any order. Of a design, the series is the outcome of the treated territory (the
        mean of several), minus that of the territories it is compared with; all its periods are used, seasons
        are taken into account when the cohort comes from a study, whose periods are months, and at least 24
        come before the start, errors are ``hac``, and only ``lags`` may be chosen.
    outcome, period : str
        Columns. The period is a number, the same distance apart everywhere, or a date, read as its month.
    start : float or date
        The first period with the action.
    family : {"gaussian", "poisson", "negative_binomial"}
    offset : str, optional
        Column of what counts are relative to, such as the population; for counts only.
    season : {"harmonic", "months"}, optional
        Of monthly series: two pairs of sines and cosines of the year, or one term per calendar month.
    controls : sequence of str
        Columns taken as they are, such as the series of a comparison territory.
    trend : bool
        Without the trend, the step is the plain difference between the levels.
    slope : bool
        Whether the trend may change at the start; the change stands in ``path``.
    errors : {"hac", "ar1", "classic", "quasi"}
        ``hac``: Newey & West, for every family; without ``lags``, adjusted so that tests keep their level in
        few periods (`hac.adjusted_newey_west`, with its degrees of freedom), with ``lags``, their own errors
        (Bartlett weights, factor n/(n - k), n - k degrees of freedom). ``ar1``: errors that carry over from
        one period to the next, by exact maximum likelihood (variance divided by n - k); gaussian only.
        ``classic``: independent errors; for counts, the variance of their law. ``quasi``: Poisson counts
        whose variance is a multiple of the mean, estimated. The last three with n - k degrees of freedom, but
        ``classic`` counts, which use the normal law.
    lags : int, optional
        How far errors are correlated, in periods, with ``hac``: asks for Newey and West's own errors. The
        adjusted ones take ``ceil(1.3 sqrt(n)) - 1``.

    Returns
    -------
    Estimate
        The effect's term is ``"step"``, in the outcome's unit, or ``"log_rate_ratio"`` for counts, whose
        ratio is ``settings["rate_ratio"]``. ``n_treated`` and ``n_comparison`` count territories, and the
        ``n`` of its means count periods. ``settings`` has ``lags``, ``seasons``, ``periods_before`` and
        ``periods_after``, and from a frame also ``family``, ``offset``, ``controls``, ``trend``, ``slope``,
        with ``rho`` (``ar1``) or ``dispersion`` (counts) and ``theta`` (negative binomial);
        ``error_correlation`` is what adjusted errors were adjusted to.

    Raises
    ------
    ValueError
        When a column is not in the frame, an option is unknown or does not go with the others, or ``lags``
        is negative or not below the number of periods.
    EstimationError
        When a side has fewer than 8 periods, a period is missing or stands twice, the start lies outside the
        series, an offset is not positive, territories start at several times, nothing varies, or counts do
        not vary more than the Poisson law has it (negative binomial).

    References
    ----------
    Newey & West (1987), *Econometrica* 55(3). Bernal, Cummins & Gasparrini (2017), *Int. J. Epidemiol.*
    46(1). Beach & MacKinnon (1978), *Econometrica* 46(1).
    """
    require(data, Design, pd.DataFrame)
    if isinstance(data, Design):
        given = (outcome, period, start, offset, season)
        changed = (family, errors) != ("gaussian", "hac") or controls or slope or not trend
        if changed or any(item is not None for item in given):
            raise ValueError("with a design only lags can be chosen: give a data frame to choose the rest")
        return _series_from_design(data, lags=lags)
    if outcome is None or period is None or start is None:
        raise ValueError("a data frame needs outcome=, period= and start=")
    return series_from_frame(
        data,
        outcome=outcome,
        period=period,
        start=start,
        family=family,
        offset=offset,
        season=season,
        controls=controls,
        trend=trend,
        slope=slope,
        errors=errors,
        lags=lags,
    )


def _series_from_design(design: Design, *, lags: int | None) -> Estimate:
    refuse_comparable(design)
    units = design.units()
    treated = territory_series(design, units.index[units["treated"]])
    compared = (
        territory_series(design, units.index[~units["treated"]]) if design.comparison != "none" else None
    )
    after = started(design, units.index[units["treated"]], treated.index)
    series = treated if compared is None else treated - compared
    y = complete(series, after)
    seasons = design.cohort.study is not None and int((~after).sum()) >= FEWEST_BEFORE_FOR_SEASONS
    X = step_columns(np.asarray(series.index, dtype=float), after, seasons=MONTHS if seasons else 1)
    step = np.zeros(X.shape[1])
    step[2] = 1.0
    found = hac_contrast(fit(X=X, y=y), step, lags=lags)
    result = found.contrast
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
        means=series_means("treated", treated, after)
        + (() if compared is None else series_means("comparison", compared, after)),
        counts=territory_counts(n_treated, len(units) - n_treated),
        settings={
            "adjust": "seasons" if seasons else None,
            "seasons": seasons,
            "clusters": 0,
            "weights": WEIGHT in design.cohort.panel,
            "periods_before": int((~after).sum()),
            "periods_after": int(after.sum()),
            **found.settings(),
        },
        notes=found.notes(len(y)),
        analysed=units.index.to_numpy(),
    )
