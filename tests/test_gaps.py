"""The gaps between two groups before entry: closed forms, other estimators, and invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit.estimators.trends.bounds_relative import relative_breakdown, relative_interval
from impactkit.estimators.trends.gaps import Gaps, gaps_between
from impactkit.evidence.before_entry import gaps_before, times_before
from test_honest import HONEST, made, medicaid
from worlds import two_waves

CLOSED = 1e-8
WAVES = (-20, -12, -6, 0, 6)


def drawn(seed=1, n=60, k=3, **options):
    rng = np.random.default_rng(seed)
    people = {"times": np.array([-20.0, -12.0, -6.0])[-k:], "horizon": 6.0, "weights": None, "clusters": None}
    return {
        "changes": rng.normal(size=(n, k + 1)) @ rng.normal(size=(k + 1, k + 1)),
        "treated": rng.random(n) < 0.4,
        "X": np.empty((n, 0)),
        "centre": "treated",
        **people,
        **options,
    }


def estimate_of(world, *, method="did", **declared):
    cohort = ik.cohort_from_frame(world, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    declared = {"comparison": "waiting_list"} | ({"window": (0, 6)} if method == "did" else {}) | declared
    return getattr(ik, method)(ik.declare_design(cohort, **declared))


# ------------------------------------------------------------------ values and covariances
def test_without_covariates_they_are_differences_of_means_with_their_covariance():
    data = drawn()
    found, t = gaps_between(**data), data["treated"]
    groups = [data["changes"][t], data["changes"][~t]]
    assert found.values == pytest.approx(groups[0].mean(axis=0) - groups[1].mean(axis=0), rel=CLOSED)
    expected = sum(np.cov(group.T) / len(group) for group in groups)
    assert found.covariance == pytest.approx(expected, rel=CLOSED)


def test_one_person_per_cluster_changes_nothing():
    data = drawn()
    alone = gaps_between(**data | {"clusters": np.arange(60)})
    assert alone.covariance == pytest.approx(gaps_between(**data).covariance, rel=CLOSED)


def test_the_gap_after_entry_is_the_estimate():
    estimate = estimate_of(two_waves(100, effect=1.0, waves=WAVES))
    found = gaps_before(estimate)
    assert found.values[-1] == pytest.approx(estimate.effect.value, rel=CLOSED)
    assert found.covariance[-1, -1] ** 0.5 == pytest.approx(estimate.effect.std_error, rel=CLOSED)
    assert found.times.tolist() == [-20, -12, -6]
    assert found.horizon == 6


def test_both_roads_give_the_same_gaps():
    world = two_waves(100, effect=1.0, shifts={-12: 0.4}, waves=(-18, -12, -6, 0, 6))
    two, path = (gaps_before(estimate_of(world, method=method)) for method in ("did", "event_study"))
    assert path.values == pytest.approx(two.values, rel=CLOSED)
    # Their residuals are those of one regression, or of four.
    assert path.covariance == pytest.approx(two.covariance, rel=0.02)
    assert path.times.tolist() == [-3, -2, -1]


def test_imputation_is_judged_by_sun_and_abraham():
    world = two_waves(60, effect=1.0, waves=(-18, -12, -6, 0, 6))
    cohort = ik.cohort_from_frame(world, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    design = ik.declare_design(cohort, comparison="waiting_list")
    imputed, asked = (ik.event_study(design, method=name) for name in ("imputation", "sun_abraham"))
    assert gaps_before(imputed).values == pytest.approx(gaps_before(asked).values, rel=CLOSED)


def test_people_missing_at_a_time_are_left_out_of_that_gap_alone():
    data = drawn()
    hidden = data["changes"].copy()
    hidden[:20, 0] = np.nan
    found, whole = gaps_between(**data | {"changes": hidden}), gaps_between(**data)
    assert found.values[1:] == pytest.approx(whole.values[1:], rel=CLOSED)
    assert found.values[0] != pytest.approx(whole.values[0])


def test_times_before_are_counted():
    world = two_waves(40, waves=WAVES)
    assert times_before(estimate_of(world)) == 4
    assert times_before(estimate_of(world, method="event_study")) == 4
    assert times_before(estimate_of(world[world["wave"] >= 0])) == 1


# ------------------------------------------------------------------ what is made of them
@given(st.integers(0, 1000), st.floats(-2, 2), st.floats(-2, 2))
def test_a_jump_is_what_a_straight_line_leaves(seed, slope, level):
    times = np.sort(np.random.default_rng(seed).uniform(-30, -1, 4))
    gaps = Gaps(
        times=times,
        horizon=5.0,
        values=np.append(level + slope * times, 0.0),
        covariance=np.eye(5),
        df=np.full(5, 50.0),
    )
    # The gap at the last time is zero: the line ends on `level` there.
    assert gaps.jump().value == pytest.approx(-level, abs=1e-9)
    assert gaps.drift().value == pytest.approx(-level - slope * times[0], abs=1e-9)


def test_the_joint_test_is_hotelling_s():
    found = gaps_between(**drawn())
    before, S = found.values[:3], found.covariance[:3, :3]
    df = found.df[:3].min()
    statistic = before @ np.linalg.inv(S) @ before
    expected = stats.f.sf(statistic * (df - 2) / (3 * df), 3, df - 2)
    assert found.joint_test().p_value == pytest.approx(expected, rel=CLOSED)


def test_what_the_joint_test_would_see_is_seen_so_often():
    found = gaps_between(**drawn())
    S, df = found.covariance[:3, :3], found.df[:3].min()
    shift = found.detectable_shift(power=0.8)
    critical = stats.f.isf(0.05, 3, df - 2)
    powers = []
    for first in (1, 2, 3):
        effect = np.where(np.arange(3) < first, -shift, 0.0)
        powers.append(stats.ncf.sf(critical, 3, df - 2, effect @ np.linalg.inv(S) @ effect))
    assert min(powers) == pytest.approx(0.8, abs=1e-6)


def test_with_too_few_degrees_of_freedom_nothing_would_be_seen():
    gaps = Gaps(
        times=np.array([-2.0, -1.0]), horizon=1.0, values=np.ones(3), covariance=np.eye(3), df=np.ones(3)
    )
    assert gaps.detectable_shift(power=0.8) == np.inf


def test_rates_of_an_even_divergence_are_its_slope():
    times, slope = np.array([-20.0, -12.0, -6.0]), 0.3
    values = slope * np.append(times, 9.0)
    gaps = Gaps(times=times, horizon=9.0, values=values, covariance=np.eye(4), df=np.full(4, 50.0))
    rates, _ = gaps.as_rates()
    moves = np.diff(np.append(rates[:3], 0.0))
    assert [*moves, rates[3]] == pytest.approx([slope] * 4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 50))
def test_the_unit_of_time_changes_only_the_rates(seed, factor):
    found = gaps_between(**drawn(seed))
    scaled = Gaps(
        times=found.times * factor,
        horizon=found.horizon * factor,
        values=found.values,
        covariance=found.covariance,
        df=found.df,
    )
    rates, covariance = found.as_rates()
    assert scaled.as_rates()[0] == pytest.approx(rates / factor, rel=1e-7)
    assert scaled.as_rates()[1] == pytest.approx(covariance / factor**2, rel=1e-7)
    assert scaled.prolonged() == pytest.approx(found.prolonged())
    assert scaled.jump().value == pytest.approx(found.jump().value, rel=1e-7, abs=1e-9)


# ------------------------------------------------------------------ breakdown
def test_the_breakdown_is_where_r_s_interval_reaches_zero():
    expected = HONEST["RM"]
    excludes = [low > 0 or high < 0 for low, high in zip(expected["lb"], expected["ub"], strict=True)]
    found = relative_breakdown(medicaid(), most=5.0, step=0.01)
    survived = [bound for bound, out in zip(expected["M"], excludes, strict=True) if out]
    lost = [bound for bound, out in zip(expected["M"], excludes, strict=True) if not out]
    assert max(survived, default=0.0) <= found <= min(lost, default=5.0)


@pytest.mark.parametrize("seed", range(6))
def test_the_breakdown_is_where_the_interval_reaches_zero(seed):
    path = made(seed, 3, 1, target=[1.0])
    path = type(path)(
        beta=path.beta + np.array([0, 0, 0, 4.0]), sigma=path.sigma, n_before=3, target=path.target
    )
    found = relative_breakdown(path, most=5.0, step=0.1)
    low, high = relative_interval(path, bound=found + 0.1)
    assert found == 5.0 or low <= 0 <= high
    if found > 0:
        low, high = relative_interval(path, bound=found)
        assert not low <= 0 <= high
