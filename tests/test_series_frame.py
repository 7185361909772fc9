"""`interrupted_series` of a data frame against R, its properties and what it refuses.

Tolerances. Newey-West and classic errors are closed forms: 1e-8. R's `glm` stops when the deviance changes
by less than 1e-8 of itself and takes its errors from the step before, so that its coefficients agree to 1e-9
but its standard errors only to 1e-6 (3e-6 for a dispersion): stopped at the same point, ours before
the dispersion equal R's to 1e-11, which a test shows. R's `arima` stops its search of the likelihood at 1e-8
of its value: at R's point the likelihood is lower than at ours, and the estimates agree to 2e-6.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import fit
from impactkit.estimators.result import Normal, StudentT
from impactkit.estimators.series import counts
from impactkit.estimators.series.autoregression import fit_autoregression, log_likelihood
from impactkit.estimators.series.hac import adjusted_newey_west, hac_contrast
from references import series_reference, table

CLOSED = 1e-8
R_GLM = 1e-6
R_ARIMA = 2e-6


def nile(**options):
    return ik.interrupted_series(table("nile"), outcome="flow", period="year", start=1899, **options)


def sicily(**options):
    options = {"family": "poisson", "offset": "stdpop", "errors": "quasi"} | options
    return ik.interrupted_series(table("sicily"), outcome="aces", period="time", start=37, **options)


def made(n=60, start=30, *, rho=0.4, seed=1):
    draw = np.random.default_rng(seed)
    e = draw.normal(size=n)
    for t in range(1, n):
        e[t] += rho * e[t - 1]
    time = np.arange(n)
    return pd.DataFrame(
        {"t": time, "y": 20 + 0.1 * time + 2 * (time >= start) + e, "z": draw.normal(size=n), "pop": 1e5}
    )


def series(frame, start=30, **options):
    return ik.interrupted_series(frame, outcome="y", period="t", start=start, **options)


# ------------------------------------------------------------------ R
def test_the_plain_step_of_the_nile_is_lm():
    values = series_reference("nile_step")
    estimate = nile(trend=False, errors="classic")
    assert estimate.effect.value == pytest.approx(values["est"], rel=CLOSED)
    assert estimate.effect.std_error == pytest.approx(values["se"], rel=CLOSED)
    assert estimate.effect.reference == StudentT(98)


def test_the_plain_step_of_the_nile_with_newey_west_errors():
    # The reference was computed without the factor n/(n - k).
    estimate = nile(trend=False, lags=4)
    unadjusted = estimate.effect.std_error * (98 / 100) ** 0.5
    assert unadjusted == pytest.approx(series_reference("nile_step")["se_nw4"], rel=CLOSED)


def test_the_autoregression_of_the_nile_is_arima_at_a_better_point():
    values = series_reference("nile_step")
    data = table("nile")
    y = data["flow"].to_numpy(dtype=float)
    X = np.column_stack([np.ones(100), data["year"] >= 1899]).astype(float)
    model = fit_autoregression(X=X, y=y)
    result = model.contrast(np.array([0.0, 1.0]), small_sample=False)
    assert result.value == pytest.approx(values["arima_est"], rel=R_ARIMA)
    assert result.std_error == pytest.approx(values["arima_se"], rel=R_ARIMA)
    assert model.rho == pytest.approx(values["ar1"], rel=1e-5)
    assert log_likelihood(model.rho, X, y) > log_likelihood(values["ar1"], X, y)
    estimate = nile(trend=False, errors="ar1")
    assert estimate.effect.value == result.value
    assert estimate.effect.std_error == pytest.approx(result.std_error * (100 / 98) ** 0.5, rel=CLOSED)
    assert estimate.settings["rho"] == model.rho


@pytest.mark.parametrize(
    ("name", "options", "law"),
    [
        ("poisson", {"errors": "classic"}, Normal()),
        ("quasi", {}, StudentT(56)),
        ("quasi_harmonic", {"season": "harmonic"}, StudentT(52)),
    ],
)
def test_the_sicilian_ban_as_glm(name, options, law):
    values = series_reference("sicily_its")[name]
    estimate = sicily(**options)
    effect = estimate.effect
    assert effect.term == "log_rate_ratio"
    assert effect.value == pytest.approx(values["coef"], rel=CLOSED)
    assert effect.std_error == pytest.approx(values["se"], rel=R_GLM)
    assert estimate.settings["rate_ratio"] == pytest.approx(values["RR"], rel=CLOSED)
    assert effect.reference == law
    assert effect.p_value == pytest.approx(values["p"], rel=1e-4)  # of a statistic known to 1e-6
    wide = 1.959963984540054 * effect.std_error
    assert np.exp([effect.value - wide, effect.value + wide]) == pytest.approx(values["RR_ci"], rel=R_GLM)
    if name != "poisson":
        assert estimate.settings["dispersion"] == pytest.approx(values["dispersion"], rel=3e-6)


def test_the_sicilian_ban_with_a_change_of_slope_as_glm():
    values = series_reference("sicily_its")["slope_change"]
    estimate = sicily(season="harmonic", slope=True)
    (slope,) = estimate.path
    for effect, name in ((estimate.effect, "level"), (slope, "slope")):
        assert effect.value == pytest.approx(values[name]["coef"], rel=CLOSED)
        assert effect.std_error == pytest.approx(values[name]["se"], rel=R_GLM)
    assert slope.term == "log_slope_ratio"


@pytest.mark.parametrize("name", ["poisson", "quasi", "quasi_harmonic"])
def test_stopped_where_r_stops_the_errors_are_those_of_r(name, monkeypatch):
    monkeypatch.setattr(counts, "_STOP", 1e-8)
    values = series_reference("sicily_its")[name]
    estimate = sicily(season="harmonic" if name.endswith("harmonic") else None, errors="classic")
    assert estimate.effect.std_error == pytest.approx(values["se"] / values["dispersion"] ** 0.5, rel=1e-11)


def test_newey_west_errors_of_counts_as_statsmodels():
    data = table("sicily")
    X = np.column_stack([np.ones(59), data["time"], data["smokban"]]).astype(float)
    peer = sm.GLM(
        data["aces"], X, family=sm.families.Poisson(), offset=np.log(data["stdpop"].to_numpy())
    ).fit(tol=1e-14, cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True})
    estimate = sicily(errors="hac", lags=3)
    assert estimate.effect.std_error == pytest.approx(peer.bse.iloc[2], rel=CLOSED)


@pytest.mark.parametrize("name", ["offset", "offset_harmonic", "offset_months", "no_offset"])
def test_the_sicilian_ban_as_glm_nb(name):
    values = series_reference("sicily_negative_binomial")[name]
    season = {"offset_harmonic": "harmonic", "offset_months": "months"}.get(name)
    offset, controls = (None, ["pop"]) if name == "no_offset" else ("stdpop", [])
    estimate = sicily(
        family="negative_binomial", errors="classic", season=season, offset=offset, controls=controls
    )
    effect = estimate.effect
    assert effect.term == "log_rate_ratio"
    assert effect.value == pytest.approx(values["coef"], rel=R_GLM)
    assert effect.std_error == pytest.approx(values["se"], rel=R_GLM)
    assert estimate.settings["theta"] == pytest.approx(values["theta"], rel=R_GLM)
    assert effect.reference == Normal()
    assert effect.p_value == pytest.approx(values["p"], rel=1e-4)


def test_the_sicilian_ban_with_a_change_of_slope_as_glm_nb():
    values = series_reference("sicily_negative_binomial")["slope_change"]
    estimate = sicily(family="negative_binomial", errors="classic", season="harmonic", slope=True)
    for effect, name in ((estimate.effect, "level"), (estimate.path[0], "slope")):
        assert effect.value == pytest.approx(values[name]["coef"], rel=R_GLM)
        assert effect.std_error == pytest.approx(values[name]["se"], rel=R_GLM)


def test_the_negative_binomial_is_at_the_top_of_its_likelihood():
    y = np.random.default_rng(4).negative_binomial(3, 0.1, size=80).astype(float)
    X = np.column_stack([np.ones(80), np.arange(80) - 40, np.arange(80) >= 40]).astype(float)
    model = counts.fit_negative_binomial(X=X, y=y, offset=np.zeros(80))

    def loss(at):
        mu = np.exp(X @ at[:3])
        return -stats.nbinom.logpmf(y, at[3], at[3] / (at[3] + mu)).sum()

    best = np.append(model.weighted.coef, model.theta)
    for i, step in enumerate([1e-4, 1e-5, 1e-4, 1e-3]):
        for sign in (-1, 1):
            moved = best.copy()
            moved[i] += sign * step
            assert loss(moved) > loss(best)


# ------------------------------------------------------------------ errors in few periods
@pytest.mark.parametrize("rho", [0.0, 0.4, -0.3])
def test_adjusted_errors_as_all_their_matrices(rho):
    n, lags = 40, 8
    frame, c = made(n, 20), np.array([0.0, 0.0, 1.0])
    X = np.column_stack([np.ones(n), frame["t"], frame["t"] >= 20]).astype(float)
    found = adjusted_newey_west(fit(X=X, y=frame["y"].to_numpy()), c, lags=lags, rho=rho)
    load = X @ np.linalg.inv(X.T @ X) @ c
    M = np.eye(n) - X @ np.linalg.inv(X.T @ X) @ X.T
    R, B = np.eye(n), np.zeros((n, n))
    for s in range(n):
        for t in range(n):
            R[s, t] = rho ** abs(s - t)
            B[s, t] = max(0, 1 - abs(s - t) / (lags + 1)) * load[s] * load[t]
    e = M @ frame["y"].to_numpy()
    product = M @ B @ M @ R
    variance = e @ B @ e * (load @ R @ load) / np.trace(product)
    assert found.contrast.std_error == pytest.approx(variance**0.5, rel=CLOSED)
    df = np.trace(product) ** 2 / np.trace(product @ product)
    assert found.contrast.df == pytest.approx(df, rel=CLOSED)


def test_the_likeness_of_errors_is_at_the_top_of_the_restricted_likelihood():
    X = np.column_stack([np.ones(60), np.arange(60) - 30, np.arange(60) >= 30]).astype(float)
    y = made(60)["y"].to_numpy()
    found = adjusted_newey_west(fit(X=X, y=y), np.array([0.0, 0.0, 1.0]), lags=9)

    def likelihood(rho):
        R = rho ** np.abs(np.subtract.outer(np.arange(60), np.arange(60)))
        V = np.linalg.inv(R)
        F = X.T @ V @ X
        P = V - V @ X @ np.linalg.inv(F) @ X.T @ V
        return -0.5 * (57 * np.log(y @ P @ y) + np.linalg.slogdet(R)[1] + np.linalg.slogdet(F)[1])

    assert likelihood(found.rho) > max(likelihood(found.rho - 1e-4), likelihood(found.rho + 1e-4))


def test_few_periods_keep_the_level_of_the_test():
    draw, refused = np.random.default_rng(5), 0
    X = np.column_stack([np.ones(24), np.arange(24) - 11.5, np.arange(24) >= 12]).astype(float)
    for _ in range(400):
        e = draw.normal(size=24)
        for t in range(1, 24):
            e[t] += 0.3 * e[t - 1]
        found = hac_contrast(fit(X=X, y=e), np.array([0.0, 0.0, 1.0]), lags=None).contrast
        refused += 2 * stats.t.sf(abs(found.value) / found.std_error, found.df) <= 0.05
    assert refused <= 32  # 8 %


# ------------------------------------------------------------------ what is taken into account
def test_months_and_harmonics_take_the_year_away():
    frame = made(rho=0)
    frame["y"] += 5 * np.sin(2 * np.pi * frame["t"] / 12)
    plain = series(frame).effect.std_error
    for season in ("harmonic", "months"):
        estimate = series(frame, season=season)
        assert estimate.effect.std_error < plain / 2
        assert estimate.effect.value == pytest.approx(2, abs=1)
        assert estimate.settings["seasons"] == season


def test_a_comparison_series_as_control_takes_shocks_away():
    frame = made(rho=0)
    frame["y"] += 8 * frame["z"]
    alone, controlled = series(frame).effect, series(frame, controls=["z"]).effect
    assert controlled.std_error < alone.std_error / 3
    assert controlled.value == pytest.approx(2, abs=1)


def test_a_change_of_slope_is_found():
    frame = made(rho=0)
    frame["y"] += 0.5 * np.maximum(frame["t"] - 29, 0)
    estimate = series(frame, slope=True)
    assert estimate.path[0].term == "slope_change"
    assert estimate.path[0].value == pytest.approx(0.5, abs=0.05)


def test_dates_are_read_as_months():
    frame = made()
    months = pd.date_range("2015-01-01", periods=60, freq="MS")
    numbered = series(frame, errors="ar1").effect
    dated = series(frame.assign(t=months), start=months[30], errors="ar1")
    by_period = series(frame.assign(t=months.to_period("M")), start=pd.Period("2017-07"), errors="ar1")
    assert dated.effect.value == pytest.approx(numbered.value, rel=CLOSED)
    assert dated.effect.std_error == by_period.effect.std_error
    assert dated.settings["periods_before"] == 30


def test_the_estimate_carries_a_real_design():
    estimate = sicily()
    assert estimate.design.comparison == "none"
    assert estimate.design.outcome == "aces"
    assert estimate.design.window == (36, 59)
    assert estimate.design.cohort.n_units == 1
    assert [(step.key, step.n, step.counts) for step in estimate.counts] == [
        ("entered", 1, "territories"),
        ("analysed", 1, "territories"),
    ]


def test_newey_west_errors_of_their_own_say_that_they_promise_too_much_in_a_short_series():
    (note,) = nile(lags=4).notes
    assert note.key == "estimators.note.newey_west_short"
    assert "100 p" in note.text("en")
    assert nile().notes == nile(errors="ar1").notes == ()
    assert series(made(120), start=60, lags=3).notes == ()


def test_a_series_in_the_outcomes_unit_is_judged_and_a_log_ratio_is_not():
    evidence = ik.assess(nile())
    assert evidence.credibility == 1
    assert evidence.attribution == "change_not_attributed"
    assert evidence.record.sentences.interval.en
    with pytest.raises(ValueError, match="in the outcome's unit"):
        ik.assess(sicily())


# ------------------------------------------------------------------ properties
@settings(max_examples=15, deadline=None)
@given(
    errors=st.sampled_from(["hac", "ar1", "classic"]),
    scale=st.floats(-9, 9).map(lambda power: 10.0**power),
    shift=st.floats(-100, 100),
    seed=st.integers(0, 1000),
)
def test_scale_shift_and_order(errors, scale, shift, seed):
    frame = made(seed=seed)
    base = series(frame, errors=errors).effect
    other = frame.assign(y=scale * (frame["y"] + shift)).sample(frac=1, random_state=seed)
    changed = series(other, errors=errors).effect
    assert changed.value == pytest.approx(scale * base.value, rel=1e-6)
    assert changed.std_error == pytest.approx(scale * base.std_error, rel=1e-6)


def test_counts_relative_to_a_population_do_not_depend_on_its_unit():
    frame = table("sicily").assign(thousands=lambda data: data["stdpop"] / 1000)
    frame = frame.sample(frac=1, random_state=3)
    options = {"outcome": "aces", "period": "time", "start": 37, "family": "poisson", "errors": "quasi"}
    thousands = ik.interrupted_series(frame, offset="thousands", **options).effect
    assert thousands.value == pytest.approx(sicily().effect.value, rel=CLOSED)
    assert thousands.std_error == pytest.approx(sicily().effect.std_error, rel=CLOSED)


def test_the_frame_and_the_design_give_the_same_numbers():
    data = table("nile")
    cohort = ik.cohort_from_frame(
        data.assign(place="Aswan", entry=1899), unit="place", period="year", entry="entry", outcomes=["flow"]
    )
    of_design = ik.interrupted_series(ik.declare_design(cohort)).effect
    assert nile().effect.value == pytest.approx(of_design.value, rel=CLOSED)
    assert nile().effect.std_error == pytest.approx(of_design.std_error, rel=CLOSED)


# ------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("change", "options", "key"),
    [
        (lambda f: f, {"start": 0}, "start_outside"),
        (lambda f: f, {"start": 60}, "start_outside"),
        (lambda f: f.iloc[:0], {}, "start_outside"),
        (lambda f: f, {"start": 55}, "series_too_short"),
        (lambda f: f.drop(index=[40, 41]), {}, "series_gap"),
        (lambda f: f.assign(y=f["y"].where(f["t"] != 4)), {}, "series_gap"),
        (lambda f: pd.concat([f, f.iloc[:2]]), {}, "series_twice"),
        (lambda f: f.assign(t=f["t"].where(f["t"] != 4)), {}, "series_period_unknown"),
        (lambda f: f.assign(y=7.0), {}, "no_variation"),
        (lambda f: f.assign(y=0.0), {"family": "poisson"}, "no_variation"),
        (lambda f: f.assign(y=0.1 * f["t"]), {}, "no_variation"),
        (lambda f: f.assign(y=0.1 * f["t"]), {"errors": "ar1"}, "no_variation"),
        (lambda f: f.assign(y=f["t"] - 3.0), {"family": "poisson"}, "count_negative"),
        (lambda f: f.assign(y=(f["t"] % 3) * (f["t"] < 30)), {"family": "poisson"}, "no_event_on_a_side"),
        (lambda f: f.assign(pop=f["t"]), {"family": "poisson", "offset": "pop"}, "offset_not_positive"),
        (lambda f: f.assign(z=np.nan), {"controls": ["z"]}, "control_unknown"),
        (lambda f: f.assign(z=3.0), {"controls": ["z"]}, "redundant_columns"),
        (lambda f: f.iloc[10:], {"season": "months"}, "series_too_short_for_seasons"),
        (lambda f: f.assign(y=f["t"] - 3.0), {"family": "negative_binomial"}, "count_negative"),
    ],
)
def test_data_that_cannot_be_used(change, options, key):
    frame = change(made())
    with pytest.raises(EstimationError) as error:
        series(frame, **options)
    assert error.value.message.key == f"estimators.error.{key}"
    assert error.value.message.text("fr")


def test_counts_that_vary_as_poisson_s_or_less_have_no_negative_binomial():
    with pytest.raises(EstimationError) as error:
        series(made().assign(y=lambda f: 50.0 + f["t"] % 2), family="negative_binomial")
    assert error.value.message.key == "estimators.series.not_overdispersed"
    assert error.value.message.text("fr")


def test_a_very_long_series_asks_for_its_lags():
    frame = made(2400, 1200)
    with pytest.raises(EstimationError) as error:
        series(frame, start=1200)
    assert error.value.message.key == "estimators.series.too_long"
    assert series(frame, start=1200, lags=10).effect.std_error > 0


def test_counts_that_vanish_in_a_season_have_no_finite_fit():
    frame = made().assign(y=lambda f: np.where(f["t"] % 12 == 3, 0.0, 1.0 + f["t"] % 5))
    with pytest.raises(EstimationError) as error:
        series(frame, family="poisson", season="months")
    assert error.value.message.key == "estimators.error.no_maximum"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"family": "binomial"}, "unknown family"),
        ({"errors": "quasi"}, "errors of the gaussian family"),
        ({"family": "poisson", "errors": "ar1"}, "errors of the poisson family"),
        ({"family": "negative_binomial", "errors": "quasi"}, "errors of the negative_binomial family"),
        ({"season": "weeks"}, "unknown season"),
        ({"offset": "pop"}, "offset is for counts"),
        ({"controls": ["absent"]}, "not in the frame: 'absent'"),
        ({"controls": ["y"]}, "two roles: 'y'"),
        ({"slope": True, "trend": False}, "needs the trend"),
        ({"errors": "ar1", "lags": 2}, "lags is for"),
        ({"lags": 60}, "lags must lie between 0 and 59"),
        ({"start": pd.Timestamp("2020-01-01")}, "start must be a date when"),
    ],
)
def test_options_that_do_not_exist(options, words):
    with pytest.raises(ValueError, match=words):
        series(made(), **options)


def test_seasons_are_of_months():
    with pytest.raises(ValueError, match="periods must be months"):
        series(made().assign(t=lambda f: 3 * f["t"]), start=90, season="months")


def test_a_frame_needs_its_columns_and_a_design_has_them():
    with pytest.raises(ValueError, match="outcome=, period= and start="):
        ik.interrupted_series(made())
    with pytest.raises(ValueError, match="only lags can be chosen"):
        ik.interrupted_series(nile().design, errors="ar1")


def test_errors_that_never_come_back_are_refused():
    time = np.arange(40)
    frame = pd.DataFrame({"t": time, "y": np.where(time % 2, 1.0, -1.0) * 1e6 + 1e-3 * np.sin(time)})
    with pytest.raises(EstimationError) as error:
        series(frame, start=20, errors="ar1", trend=False)
    assert error.value.message.key == "estimators.error.no_return_to_mean"
