"""The interrupted series of a data frame: one row per period."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ENTRY
from impactkit.cohort.frame import cohort_from_frame
from impactkit.design.declare import declare_design
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.arms import refuse_no_variation
from impactkit.estimators.inference.linear import Contrast, Fit, Floats, contrast, fit
from impactkit.estimators.result import Effect, Estimate, Normal, StudentT
from impactkit.estimators.series.autoregression import fit_autoregression
from impactkit.estimators.series.counts import fit_negative_binomial, fit_poisson
from impactkit.estimators.series.hac import HacContrast, hac_contrast
from impactkit.estimators.series.parts import (
    FEWEST_BEFORE_FOR_SEASONS,
    MONTHS,
    complete,
    series_means,
    step_columns,
    territory_counts,
)
from impactkit.text import Message

Family = Literal["gaussian", "poisson", "negative_binomial"]
Season = Literal["harmonic", "months"]
SeriesErrors = Literal["hac", "ar1", "classic", "quasi"]

_PAIRS = 2  # sines and cosines of the year and of the half-year (Bernal et al. 2017)
_ERRORS: dict[Family, tuple[SeriesErrors, ...]] = {
    "gaussian": ("hac", "ar1", "classic"),
    "poisson": ("hac", "classic", "quasi"),
    "negative_binomial": ("hac", "classic"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """Estimates of a contrast under the errors chosen, and what the fit itself has to say."""

    contrasts: tuple[Contrast, ...]
    about: Mapping[str, object]
    notes: tuple[Message, ...] = ()


def series_from_frame(
    frame: pd.DataFrame,
    *,
    outcome: str,
    period: str,
    start: float | date,
    family: Family,
    offset: str | None,
    season: Season | None,
    controls: Sequence[str],
    trend: bool,
    slope: bool,
    errors: SeriesErrors,
    lags: int | None,
) -> Estimate:
    """Estimate the step of one series; `interrupted_series` has the parameters and what is raised."""
    columns = [outcome, period, *controls, *([] if offset is None else [offset])]
    _check_options(frame, columns, family=family, errors=errors, season=season, offset=offset)
    _check_shape(trend=trend, slope=slope, lags=lags, errors=errors)
    design = _design(frame, outcome=outcome, period=period, start=start, controls=controls)
    times = np.asarray(design.cohort.periods)
    rows = frame.set_axis(_times(frame[period]), axis=0).sort_index()
    first = design.cohort.panel[ENTRY].iloc[0]
    after = np.asarray(times >= first)
    series = pd.Series(_numbers(rows[outcome]), index=times)
    y = complete(series, after)
    _refuse_counts(y, after, family)
    X = _columns(times, after, season=season, trend=trend, slope=slope)
    step = 2 if trend else 1
    X = np.column_stack([X, *(_control(rows[name]) for name in controls)])
    exposure = np.zeros(len(y)) if offset is None else np.log(_exposure(rows[offset]))
    contrasts = np.eye(X.shape[1])[[step, step + 1] if slope else [step]]
    if family == "gaussian":
        fitted = _gaussian(X, y, contrasts, errors=errors, lags=lags)
        scale = y
    else:
        fitted = _counts(X, y, contrasts, family=family, exposure=exposure, errors=errors, lags=lags)
        scale = np.ones(1)
    for item in fitted.contrasts:
        refuse_no_variation(item, scale)
    terms = ("step", "slope_change") if family == "gaussian" else ("log_rate_ratio", "log_slope_ratio")
    effects = [_effect(term, item) for term, item in zip(terms, fitted.contrasts, strict=False)]
    return Estimate(
        design=design,
        method="interrupted_series",
        effect=effects[0],
        path=tuple(effects[1:]),
        means=series_means("treated", series, after),
        counts=territory_counts(1, 0),
        settings={
            "adjust": "seasons" if season else None,
            "errors": errors,
            "df_rule": "residual" if math.isfinite(effects[0].df) else "normal",
            "lags": None,
            "seasons": season,
            "clusters": 0,
            "weights": False,
            "periods_before": int((~after).sum()),
            "periods_after": int(after.sum()),
            "family": family,
            "offset": offset,
            "controls": tuple(controls),
            "trend": trend,
            "slope": slope,
            **fitted.about,
        },
        notes=fitted.notes,
        analysed=design.units().index.to_numpy(),
    )


def _check_options(
    frame: pd.DataFrame,
    columns: list[str],
    *,
    family: Family,
    errors: SeriesErrors,
    season: Season | None,
    offset: str | None,
) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"columns not in the frame: {', '.join(map(repr, missing))}")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ValueError(f"columns with two roles: {', '.join(map(repr, twice))}")
    if family not in _ERRORS:
        raise ValueError(f"unknown family {family!r}: expected one of {', '.join(_ERRORS)}")
    if errors not in _ERRORS[family]:
        raise ValueError(f"errors of the {family} family are one of {', '.join(_ERRORS[family])}")
    if season is not None and season not in get_args(Season):
        raise ValueError(f"unknown season {season!r}: expected one of {', '.join(get_args(Season))}")
    if offset is not None and family == "gaussian":
        raise ValueError("offset is for counts: family='poisson' or 'negative_binomial'")


def _check_shape(*, trend: bool, slope: bool, lags: int | None, errors: SeriesErrors) -> None:
    if slope and not trend:
        raise ValueError("slope=True needs the trend that changes")
    if lags is not None and errors != "hac":
        raise ValueError("lags is for errors='hac'")


def _design(
    frame: pd.DataFrame, *, outcome: str, period: str, start: float | date, controls: Sequence[str]
) -> Design:
    """Return the design of one territory, whose only entry is the start, with nobody compared."""
    times = _times(frame[period])
    absent = int(np.isnan(times).sum())
    if absent:
        raise EstimationError(Message("estimators.error.series_period_unknown", {"n": absent}))
    twice = len(times) - len(np.unique(times))
    if twice:
        raise EstimationError(Message("estimators.error.series_twice", {"n": twice}))
    entry = _start(frame[period], start)
    if not (times.size and times.min() < entry <= times.max()):
        raise EstimationError(Message("estimators.error.start_outside"))
    table = pd.DataFrame({name: frame[name].to_numpy() for name in (outcome, *controls)})
    table = table.assign(_place=0, _time=times, _start=entry)
    cohort = cohort_from_frame(
        table, unit="_place", period="_time", entry="_start", outcomes=[outcome], covariates=controls
    )
    return declare_design(cohort, comparison="none")


def _is_date(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values) or isinstance(values.dtype, pd.PeriodDtype)


def _times(values: pd.Series) -> Floats:
    """Return the periods as numbers: a date becomes its month, counted from year 0."""
    if _is_date(values):
        return np.asarray(MONTHS * values.dt.year + values.dt.month - 1, dtype=float)
    return _numbers(values)


def _start(values: pd.Series, start: float | date) -> float:
    if _is_date(values) != isinstance(start, date | pd.Period):
        raise ValueError("start must be a date when periods are dates, and a number when they are numbers")
    if isinstance(start, date | pd.Period):
        return float(MONTHS * start.year + start.month - 1)
    return float(start)


def _numbers(values: pd.Series) -> Floats:
    """Return the column as numbers; what is not one is missing."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _columns(times: Floats, after: np.ndarray, *, season: Season | None, trend: bool, slope: bool) -> Floats:
    """Return the constant, trend, step, change of slope and seasons that are asked for."""
    X = step_columns(times, after, seasons=MONTHS if season == "months" else 1)
    first = [0, 1, 2] if trend else [0, 2]
    last_before = times[~after].max()
    change = [np.where(after, times - last_before, 0.0)] if slope else []
    if season is not None:
        _refuse_no_season(times, after)
    angles = 2 * np.pi * times / MONTHS
    waves = [f(k * angles) for k in range(1, _PAIRS + 1) for f in (np.sin, np.cos)]
    seasons = waves if season == "harmonic" else [X[:, 3:]]
    return np.asarray(np.column_stack([X[:, first], *change, *seasons]), dtype=float)


def _refuse_no_season(times: Floats, after: np.ndarray) -> None:
    if not np.allclose(np.diff(times), 1.0):
        raise ValueError("season is for monthly series: periods must be months, one apart")
    before = int((~after).sum())
    if before < FEWEST_BEFORE_FOR_SEASONS:
        params = {"before": before, "fewest": FEWEST_BEFORE_FOR_SEASONS}
        raise EstimationError(Message("estimators.error.series_too_short_for_seasons", params))


def _control(values: pd.Series) -> Floats:
    numbers = _numbers(values)
    unknown = int(np.isnan(numbers).sum())
    if unknown:
        params = {"name": str(values.name), "n": unknown}
        raise EstimationError(Message("estimators.error.control_unknown", params))
    return np.asarray(numbers - numbers.mean())


def _exposure(values: pd.Series) -> Floats:
    numbers = _numbers(values)
    bad = int((~(numbers > 0)).sum())
    if bad:
        params = {"name": str(values.name), "n": bad}
        raise EstimationError(Message("estimators.error.offset_not_positive", params))
    return numbers


def _refuse_counts(y: Floats, after: np.ndarray, family: Family) -> None:
    """Refuse a constant series, and counts of which no rate on each side can be told."""
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise EstimationError(Message("estimators.error.no_variation"))
    if family != "gaussian":
        negative = int((y < 0).sum())
        if negative:
            raise EstimationError(Message("estimators.error.count_negative", {"n": negative}))
        if not (y[after].any() and y[~after].any()):
            raise EstimationError(Message("estimators.error.no_event_on_a_side"))


def _gaussian(X: Floats, y: Floats, rows: Floats, *, errors: SeriesErrors, lags: int | None) -> _Fitted:
    if errors == "ar1":
        model = fit_autoregression(X=X, y=y)
        return _Fitted(contrasts=tuple(model.contrast(c) for c in rows), about={"rho": model.rho})
    fitted = fit(X=X, y=y)
    if errors == "hac":
        return _with_hac(fitted, rows, lags, about={})
    return _Fitted(contrasts=tuple(contrast(fitted, c, errors="classic") for c in rows), about={})


def _counts(
    X: Floats,
    y: Floats,
    rows: Floats,
    *,
    family: Family,
    exposure: Floats,
    errors: SeriesErrors,
    lags: int | None,
) -> _Fitted:
    poisson = family == "poisson"
    model = (fit_poisson if poisson else fit_negative_binomial)(X=X, y=y, offset=exposure)
    about = {
        "dispersion": model.dispersion,
        "rate_ratio": math.exp(float(rows[0] @ model.weighted.coef)),
    } | ({} if poisson else {"theta": model.theta})
    if errors == "hac":
        return _with_hac(model.weighted, rows, lags, about=about)
    return _Fitted(contrasts=tuple(model.contrast(c, dispersed=errors == "quasi") for c in rows), about=about)


def _with_hac(fitted: Fit, rows: Floats, lags: int | None, *, about: Mapping[str, object]) -> _Fitted:
    found: list[HacContrast] = [hac_contrast(fitted, c, lags=lags) for c in rows]
    return _Fitted(
        contrasts=tuple(item.contrast for item in found),
        about={**about, **found[0].settings()},
        notes=found[0].notes(len(fitted.residuals)),
    )


def _effect(term: str, result: Contrast) -> Effect:
    return Effect(
        term=term,
        value=result.value,
        std_error=result.std_error,
        reference=StudentT(result.df) if math.isfinite(result.df) else Normal(),
        n_treated=1,
        n_comparison=0,
    )
