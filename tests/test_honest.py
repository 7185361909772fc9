"""Sensitivity to diverging trends against R HonestDiD, linear programmes, simulation and closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.trends.bounds_relative import (
    _least_favourable,
    _moments,
    _moves,
    relative_interval,
)
from impactkit.estimators.trends.bounds_smooth import smooth_interval
from impactkit.estimators.trends.restricted import PathCoefficients
from impactkit.estimators.trends.sensitivity import pre_trend_slope
from references import table

REFERENCES = json.loads((Path(__file__).parent / "reference" / "event_study.json").read_text("utf-8"))
MEDICAID = REFERENCES["ehec_event_study"]["values"]
HONEST = REFERENCES["ehec_honestdid"]["values"]

# R draws the quantile of |N(bias, 1)| a million times: an error of about 0.002 on a standard error of 0.01,
# and it searches its optimum on a grid.
DRAWN = 4e-5


def medicaid(target=(1.0, 0.0)):
    return PathCoefficients(
        beta=np.array(MEDICAID["est"]), sigma=np.array(MEDICAID["sigma"]), n_before=5, target=np.array(target)
    )


def made(seed, n_before=3, n_after=3, target=None):
    rng = np.random.default_rng(seed)
    size = n_before + n_after
    root = rng.normal(size=(size, 2 * size))
    return PathCoefficients(
        beta=rng.normal(size=size),
        sigma=root @ root.T / size,
        n_before=n_before,
        target=rng.normal(size=n_after) if target is None else np.asarray(target, dtype=float),
    )


@pytest.mark.parametrize("i", range(6))
def test_smoothness_as_r(i):
    expected = HONEST["SD"]
    found = smooth_interval(medicaid(), bound=expected["M"][i])
    assert found == pytest.approx((expected["lb"][i], expected["ub"][i]), abs=DRAWN)


@pytest.mark.parametrize("i", range(4))
def test_relative_magnitudes_as_r(i):
    """R tries 1000 values over ±20 standard errors: each end lies between the last it keeps and the next."""
    expected = HONEST["RM"]
    step = 40 * np.array(MEDICAID["sigma"])[5, 5] ** 0.5 / 999
    low, high = relative_interval(medicaid(), bound=expected["M"][i])
    assert expected["lb"][i] - step < low <= expected["lb"][i]
    assert expected["ub"][i] <= high < expected["ub"][i] + step


def test_relative_magnitudes_is_not_the_naive_interval():
    """An interval that widens for bias only makes this effect robust at Mbar = 2: [0.0113, 0.0816]."""
    low, high = relative_interval(medicaid(), bound=2)
    assert low < 0 < 0.0113
    assert high > 0.0816


def test_an_exact_line_is_least_squares_with_a_trend():
    """M = 0: generalised least squares of beta on a line before and after, with the effects free after."""
    path = medicaid()
    X = np.zeros((7, 3))
    X[:, 0] = [-5, -4, -3, -2, -1, 1, 2]
    X[5, 1] = X[6, 2] = 1
    inverse = np.linalg.inv(path.sigma)
    covariance = np.linalg.inv(X.T @ inverse @ X)
    value = (covariance @ X.T @ inverse @ path.beta)[1]
    margin = stats.norm.ppf(0.975) * covariance[1, 1] ** 0.5
    assert smooth_interval(path, bound=0) == pytest.approx((value - margin, value + margin), rel=1e-8)


def test_one_period_before():
    """Nothing to choose: the line through the only coefficient before, and a bias of M at most."""
    path = PathCoefficients(
        beta=np.array([0.5, 2.0]), sigma=np.diag([0.04, 0.09]), n_before=1, target=np.array([1.0])
    )
    sd = 0.13**0.5
    low, high = smooth_interval(path, bound=0.3)
    assert (low + high) / 2 == pytest.approx(2.5)
    half = (high - low) / 2
    covered = stats.norm.cdf(half, 0.3, sd) - stats.norm.cdf(-half, 0.3, sd)
    assert covered == pytest.approx(0.95, abs=1e-9)


@settings(max_examples=20, deadline=None)
@example(3619, 5, 3, 1.849609375)
@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(1, 3), st.floats(0, 2))
def test_no_other_weights_give_a_shorter_interval(seed, n_before, n_after, bound):
    """Against a general optimiser, over all weights before entry that leave the slope alone."""
    path = made(seed, n_before, n_after)
    low, high = smooth_interval(path, bound=bound)
    times = np.concatenate([np.arange(-n_before, 0), np.arange(1, n_after + 1)])
    around = np.insert(np.eye(len(times)), n_before, 0, axis=0)  # with the reference period
    changes = np.diff(around, n=2, axis=0)
    # delta from its changes of slope, up to a line
    to_delta = np.linalg.pinv(changes)

    def parts(x):
        return np.concatenate([x[:n_before], path.target]), x[n_before:]

    def half(x):  # x: the weights before, then bounds of the absolute weights on the changes of slope
        v, sizes = parts(x)
        bias, sd = bound * sizes.sum(), (v @ path.sigma @ v) ** 0.5
        c = optimize.brentq(
            lambda c: stats.norm.cdf(c, bias / sd) - stats.norm.cdf(-c, bias / sd) - 0.95, 0, 50 + bias / sd
        )
        return c * sd

    constraints = [
        {"type": "eq", "fun": lambda x: parts(x)[0] @ times},
        {"type": "ineq", "fun": lambda x: parts(x)[1] - to_delta.T @ parts(x)[0]},
        {"type": "ineq", "fun": lambda x: parts(x)[1] + to_delta.T @ parts(x)[0]},
    ]
    before = np.zeros(n_before)
    before[-1] = times[n_before:] @ path.target
    start = np.concatenate([before, np.abs(to_delta.T @ np.concatenate([before, path.target])) + 0.1])
    found = optimize.minimize(
        half, start, constraints=constraints, method="SLSQP", options={"ftol": 1e-13, "maxiter": 2000}
    )
    assert (high - low) / 2 <= found.fun * (1 + 1e-8)
    assert (high - low) / 2 == pytest.approx(found.fun, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(0, 3), st.floats(-3, 3))
def test_the_statistic_is_the_linear_programme_of_the_paper(seed, n_after, bound, theta):
    path = made(seed, 3, n_after)
    move = next(_moves(path))
    moments = _moments(path, move, bound)
    found = (moments.tests @ [moments.r - theta, moments.m]).max()
    if bound == 0:
        found = max(found, 0.0)
    steps = np.zeros((n_after, 3 + n_after))
    steps[:, 3:] = np.eye(n_after) - np.eye(n_after, k=-1)
    rows = np.vstack([steps, -steps]) - bound * move
    sd = np.sqrt(np.diag(rows @ path.sigma @ rows.T))
    # min eta such that (A beta) - A tau <= eta sd, over tau after with l'tau = theta
    A = np.column_stack([-sd, -rows[:, 3:]])
    answer = optimize.linprog(
        np.eye(1 + n_after)[0],
        A_ub=A,
        b_ub=-rows @ path.beta,
        A_eq=[np.concatenate([[0.0], path.target])],
        b_eq=[theta],
        bounds=(None, None),
    )
    assert found == pytest.approx(answer.fun, abs=1e-8)


@pytest.mark.parametrize("bound", [0.0, 0.5, 2.0])
def test_the_critical_value_is_that_of_a_simulation(bound):
    """Share of draws below it: within four Monte-Carlo errors of 0.995."""
    path = made(5, target=[1, 0, 0])
    moments = _moments(path, next(_moves(path)), bound)
    draws = np.random.default_rng(1).multivariate_normal([0, 0], moments.sigma, size=400_000)
    share = ((draws @ moments.tests.T).max(axis=1) <= _least_favourable(moments, 0.005)).mean()
    assert abs(share - 0.995) < 4 * (0.995 * 0.005 / 400_000) ** 0.5


def test_parallel_trends_and_far_from_zero():
    """Mbar = 0: the usual interval, a little wider for the two stages."""
    path = medicaid()
    low, high = relative_interval(path, bound=0)
    value, sd = path.beta[5], path.sigma[5, 5] ** 0.5
    assert (low + high) / 2 == pytest.approx(value, abs=1e-9)
    assert 1.959 < (high - value) / sd < 2.02


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([smooth_interval, relative_interval]))
def test_scaling_and_turning_the_outcome(seed, interval):
    path = made(seed, target=[1, 0, 0])
    bound, by = 0.7, 50.0
    scaled_bound = bound * by if interval is smooth_interval else bound
    low, high = interval(path, bound=bound)

    def of(factor):
        return PathCoefficients(
            beta=factor * path.beta, sigma=factor**2 * path.sigma, n_before=3, target=path.target
        )

    assert interval(of(by), bound=scaled_bound) == pytest.approx((by * low, by * high), rel=1e-6, abs=1e-6)
    assert interval(of(-1), bound=bound) == pytest.approx((-high, -low), rel=1e-6, abs=1e-6)
    if interval is smooth_interval:
        wider = interval(path, bound=2 * bound)
        assert high - low < wider[1] - wider[0]


def test_the_relative_interval_covers():
    """Trends that diverge as much as allowed, after as before: at least 95 %, up to the Monte-Carlo error."""
    sigma = 0.2**2 * (np.eye(4) + 1) / 2
    target = np.array([1.0, 0.0])
    truth = np.array([-2.0, -1.0, 1.0, 2.0]) * 0.5  # one straight line, no effect
    draws = np.random.default_rng(4).multivariate_normal(truth, sigma, size=100)
    covered = 0
    for beta in draws:
        path = PathCoefficients(beta=beta, sigma=sigma, n_before=2, target=target)
        low, high = relative_interval(path, bound=1.0)
        covered += low <= 0 <= high
    assert covered / 100 > 0.95 - 3 * 0.0218


# --- The slope that would pass unseen --------------------------------------------------------------------


def he_and_wang():
    values = REFERENCES["he_and_wang_pretrends"]["values"]
    return values, PathCoefficients(
        beta=np.array(values["beta"]), sigma=np.array(values["sigma"]), n_before=3, target=np.eye(4)[0]
    )


def test_the_slope_seen_one_time_in_two_as_pretrends():
    """R integrates the box at random, stops its search at 1e-4 and rounds 1.95996 to 1.96."""
    values, path = he_and_wang()
    assert pre_trend_slope(path, power=0.5) == pytest.approx(values["slope_50"], abs=1e-4)
    assert pre_trend_slope(path, power=0.5) == pre_trend_slope(path, power=0.5)


@pytest.mark.parametrize("power", [0.5, 0.8])
def test_the_slope_is_seen_as_often_as_it_says(power):
    """Share of draws with a significant coefficient: within four Monte-Carlo errors."""
    _, path = he_and_wang()
    slope, sigma = pre_trend_slope(path, power=power), path.sigma[:3, :3]
    draws = np.random.default_rng(2).multivariate_normal(slope * np.array([-3, -2, -1]), sigma, size=200_000)
    seen = (np.abs(draws) > stats.norm.ppf(0.975) * np.sqrt(np.diag(sigma))).any(axis=1).mean()
    assert abs(seen - power) < 4 * (power * (1 - power) / 200_000) ** 0.5


def test_one_coefficient_before_in_closed_form():
    """P(|N(slope, s²)| > z s) = power."""
    path = PathCoefficients(
        beta=np.array([0.0, 1.0]), sigma=np.diag([0.04, 0.09]), n_before=1, target=np.array([1.0])
    )
    slope, z = pre_trend_slope(path, power=0.8) / 0.2, stats.norm.ppf(0.975)
    assert stats.norm.sf(z - slope) + stats.norm.cdf(-z - slope) == pytest.approx(0.8, abs=1e-5)


# --- From an estimate ------------------------------------------------------------------------------------


def medicaid_estimate(**choices):
    data = table("ehec")
    data = data[(data["year"] < 2016) & (data["yexp2"] != 2015)]
    data = data.assign(entry=np.where(data["yexp2"] == 2014, 2014, 0))
    cohort = ik.cohort_from_frame(data, unit="stfips", period="year", entry="entry", outcomes=["dins"])
    return ik.event_study(ik.declare_design(cohort), **choices)


def test_from_the_data_to_the_intervals():
    estimate = medicaid_estimate(errors="CR1")
    smooth = ik.honest_did(estimate, kind="smoothness", values=HONEST["SD"]["M"])
    assert smooth.columns.tolist() == ["value", "conf_low", "conf_high"]
    assert smooth["value"].tolist() == HONEST["SD"]["M"]
    assert smooth["conf_low"].tolist() == pytest.approx(HONEST["SD"]["lb"], abs=DRAWN)
    relative = ik.honest_did(estimate)
    assert relative["value"].tolist() == [0, 0.5, 1, 1.5, 2]
    assert relative["conf_high"].is_monotonic_increasing
    by_hand = relative_interval(medicaid(), bound=1.5)
    assert tuple(relative.loc[3, ["conf_low", "conf_high"]]) == pytest.approx(by_hand, rel=1e-6)
    average = ik.honest_did(estimate, values=[0.5], target="average")
    assert tuple(average.loc[0, ["conf_low", "conf_high"]]) == pytest.approx(
        relative_interval(medicaid((0.5, 0.5)), bound=0.5), rel=1e-6
    )
    assert ik.detectable_pre_trend(estimate) == pytest.approx(pre_trend_slope(medicaid(), power=0.5))


def test_what_cannot_be_asked_says_why():
    estimate = medicaid_estimate()
    for wrong, match in (
        ({"kind": "naive"}, "unknown kind"),
        ({"target": "last"}, "unknown target"),
        ({"values": [-1.0]}, "not negative"),
        ({"kind": "smoothness"}, "give values"),
        ({"level": 95}, "level"),
    ):
        with pytest.raises(ValueError, match=match):
            ik.honest_did(estimate, **wrong)
    with pytest.raises(ValueError, match="power"):
        ik.detectable_pre_trend(estimate, power=0.01)
    with pytest.raises(EstimationError) as error:
        ik.honest_did(medicaid_estimate(method="imputation"))
    assert error.value.message.key == "estimators.error.no_path_before"


def test_group_time_effects_serve_too_when_they_share_their_reference():
    cohort = ik.cohort_from_frame(
        table("mpdta"), unit="countyreal", period="year", entry="first.treat", outcomes=["lemp"]
    )
    design = ik.declare_design(cohort)
    path = ik.did(design, base="universal", aggregate="dynamic")
    by_event = ik.honest_did(ik.event_study(design, errors="CR1"), values=[1.0])
    low, high = ik.honest_did(path, values=[1.0]).loc[0, ["conf_low", "conf_high"]]
    # The same effects (Sun & Abraham); errors that differ in their small-sample factor.
    assert (low, high) == pytest.approx(tuple(by_event.loc[0, ["conf_low", "conf_high"]]), abs=2e-3)
    with pytest.raises(EstimationError) as error:
        ik.honest_did(ik.did(design, aggregate="dynamic"))
    assert error.value.message.key == "estimators.error.moving_reference"


def test_a_covariance_of_more_coefficients_than_people_can_tell_is_refused():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"id": np.repeat(np.arange(8), 14), "t": np.tile(np.arange(14), 8), "y": rng.normal(size=112)}
    ).assign(entry=lambda f: np.where(f["id"] < 4, 7, 0))
    cohort = ik.cohort_from_frame(frame, unit="id", period="t", entry="entry", outcomes=["y"])
    estimate = ik.event_study(ik.declare_design(cohort))
    for kind in ("relative", "smoothness"):
        with pytest.raises(EstimationError) as error:
            ik.honest_did(estimate, kind=kind, values=[0.0])
        assert error.value.message.key == "estimators.error.path_singular"
