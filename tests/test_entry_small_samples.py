"""`did` by date of entry with few people and few clusters: the same rules as between two times."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import did
from impactkit.estimators.inference.linear import contrast, fit
from impactkit.estimators.panel.averages import averages
from impactkit.estimators.panel.entry_tests import dates_replayed
from impactkit.estimators.panel.followed import people_followed
from impactkit.estimators.panel.group_time import plain_group_time, plan_cells
from impactkit.estimators.panel.uncertainty import small_sample
from impactkit.estimators.result import Exact, JointTest, MostCautious, Normal, StudentT
from references import table
from test_few_clusters_wired import world


def frame_of(sizes=(3, 3, 4), *, people=4, periods=6, seed=1, effect=0.0, uneven=False):
    """People of sites that enter at 3, at 5 or never (as many sites as `sizes`)."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat(np.arange(3), sizes)
    each = rng.integers(2, 2 * people, len(cohort)) if uneven else np.full(len(cohort), people)
    site = np.repeat(np.arange(len(cohort)), each)
    n = len(site)
    entry = np.array([3, 5, np.inf])[cohort[site]]
    y = rng.normal(size=(len(cohort), periods)).cumsum(axis=1)[site] + rng.normal(size=(n, periods))
    y += effect * (np.arange(1, periods + 1) >= entry[:, None])
    return pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), periods),
            "time": np.tile(np.arange(1, periods + 1), n),
            "entry": np.repeat(entry, periods),
            "site": np.repeat(site, periods),
            "y": y.ravel(),
            "x": np.repeat(rng.normal(size=n), periods),
        }
    )


def design_of(frame, *, x=False, **choices):
    names = ["x"] if x else []
    cohort = cohort_from_frame(
        frame,
        unit="id",
        period="time",
        entry="entry",
        outcomes=["y"],
        covariates=names,
        **({"cluster": "site"} | choices),
    )
    return declare_design(cohort, comparison="never_treated", covariates=names)


def staggered(sizes=(3, 3, 4), *, x=False, cluster="site", **choices):
    return design_of(frame_of(sizes, **choices), x=x, cluster=cluster)


def own(n=20, seed=1, **choices):
    """People each on their own: no clusters."""
    return staggered((n, n, n), people=1, seed=seed, cluster=None, **choices)


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"sites": 8, "chosen": 2},
        {"crossed": True},
        {"sites": 14, "chosen": 5},
        {"sites": 60, "chosen": 30},
        {"clustered": False},
    ],
)
def test_one_date_and_two_periods_say_what_two_times_say(choices):
    """Standard error, degrees of freedom, tests for few clusters and headline: to the last digits."""
    design = world(**choices)[0]
    two, by_date = did(design), did(design, aggregate="simple")
    for name in ("value", "std_error", "df", "p_value"):
        assert getattr(by_date.effect, name) == pytest.approx(getattr(two.effect, name), rel=1e-10)
    assert by_date.effect.interval() == pytest.approx(two.effect.interval(), rel=1e-8)
    assert by_date.settings["laws"] == two.settings["laws"]
    pd.testing.assert_frame_equal(by_date.alternatives, two.alternatives, rtol=1e-7)


def test_one_date_and_two_periods_with_weights():
    frame = table("mpdta")
    frame = frame[frame["first.treat"].isin([0, 2007]) & frame["year"].isin([2006, 2007])]
    frame["w"] = 1.0 + frame["countyreal"] % 5
    for site in (None, "site"):
        frame["site"] = frame["countyreal"] % 23
        cohort = cohort_from_frame(
            frame,
            unit="countyreal",
            period="year",
            entry="first.treat",
            outcomes=["lemp"],
            weight="w",
            cluster=site,
        )
        design = declare_design(cohort, comparison="never_treated")
        two, by_date = did(design, errors="CR2").effect, did(design, errors="CR2", aggregate="simple").effect
        assert by_date.std_error == pytest.approx(two.std_error, rel=1e-10)
        assert by_date.df == pytest.approx(two.df, rel=1e-10)


@pytest.mark.parametrize("uneven", [False, True])
def test_a_cell_is_the_regression_of_changes_on_its_two_groups(uneven):
    """An effect against those who never enter is a difference of changes: its CR2 is known otherwise."""
    frame = frame_of(uneven=uneven)
    estimate = did(design_of(frame), errors="CR2")
    wide = frame.pivot(index="id", columns="time", values="y")
    first = frame.groupby("id")[["entry", "site"]].first()
    for entry, period, base in ((3, 4, 2), (5, 6, 4), (5, 2, 1)):
        kept = first["entry"].isin([entry, np.inf])
        helped = (first["entry"] == entry)[kept].to_numpy(dtype=float)
        change = (wide[period] - wide[base])[kept].to_numpy()
        codes = pd.factorize(first["site"][kept])[0]
        fitted = fit(X=np.column_stack([np.ones(len(change)), helped]), y=change)
        wanted = contrast(fitted, np.array([0.0, 1.0]), errors="CR2", clusters=codes)
        cell = estimate.cells.set_index(["entry", "period"]).loc[(entry, period)]
        assert cell["estimate"] == pytest.approx(wanted.value, rel=1e-10)
        assert cell["std_error"] == pytest.approx(wanted.std_error, rel=1e-10)


def test_the_headline_is_the_most_cautious_and_says_so():
    estimate = did(staggered((4, 4, 5), effect=2.0), aggregate="dynamic")
    assert isinstance(estimate.effect.reference, MostCautious)
    assert estimate.settings["laws"] == "CR2, wild, randomisation"
    alone = did(staggered((4, 4, 5), effect=2.0), aggregate="dynamic", errors="CR2")
    assert isinstance(alone.effect.reference, StudentT)
    beside = estimate.alternatives
    assert beside.equals(alone.alternatives)
    assert estimate.effect.p_value == max(alone.effect.p_value, *beside["p_value"])
    low, high = estimate.effect.interval()
    assert low == min(alone.effect.interval()[0], *beside["conf_low"])
    assert high == max(alone.effect.interval()[1], *beside["conf_high"])
    assert (low <= 0 <= high) == (estimate.effect.p_value > 0.05)
    assert all(isinstance(effect.reference, StudentT) for effect in estimate.path)
    evidence = ik.assess(estimate)
    assert "plus prudents des trois" in evidence.record.sentences.uncertainty.fr
    assert evidence.record.effect.p_value == pytest.approx(estimate.effect.p_value, abs=0.0005)


@pytest.mark.parametrize("errors", ["wild", "randomisation"])
def test_what_is_asked_for_is_the_headline(errors):
    estimate = did(staggered(), errors=errors, aggregate="simple")
    assert isinstance(estimate.effect.reference, Exact)
    assert estimate.effect.p_value == estimate.alternatives.set_index("method").loc[errors, "p_value"]
    assert "10 structures" in ik.assess(estimate).record.sentences.uncertainty.fr
    people = did(own(6), errors=errors)
    assert people.alternatives.empty
    assert people.effect.std_error == pytest.approx(did(own(6)).effect.std_error)


def test_the_dates_replayed_against_all_assignments_one_by_one():
    """Each assignment is estimated anew by its means; the effects not refused are those of the definition."""
    rng = np.random.default_rng(3)
    cohort = np.array([0, 0, 1, 2, 2, 2])
    Y = rng.normal(size=(6, 4))
    plan = plan_cells(
        periods=np.arange(4.0),
        entries=np.array([1.0, 2.0, np.inf]),
        base="varying",
        anticipation=0,
        not_yet=False,
    )
    load = np.where(plan.event_time >= 0, 1.0, 0.0) / (plan.event_time >= 0).sum()

    def average(values, dates):
        total = 0.0
        for c in np.flatnonzero(load):
            group, never = dates == plan.group[c], dates == 2
            change = values[:, plan.period[c]] - values[:, plan.base[c]]
            total += load[c] * (change[group].mean() - change[never].mean())
        return total

    found = dates_replayed(
        Y=Y, cohort=cohort, weights=np.ones(6), clusters=np.arange(6), plan=plan, load=load
    )
    ways = {tuple(way) for way in itertools.permutations(cohort)}
    assert len(found.lows) == len(ways) == 60
    exposed = (np.arange(4.0) >= np.array([1.0, 2.0, np.inf])[cohort][:, None]).astype(float)
    assert found.value == pytest.approx(average(Y, cohort))
    for effect in (0.0, 0.7, -1.3):
        own_size = abs(average(Y - effect * exposed, cohort))
        at_least = [abs(average(Y - effect * exposed, np.array(way))) >= own_size - 1e-12 for way in ways]
        assert found.p_value(effect) == pytest.approx(np.mean(at_least))


def test_many_assignments_are_drawn_and_the_same_twice():
    one, two = (did(staggered((6, 6, 8)), aggregate="group") for _ in range(2))
    assert one.tidy().equals(two.tidy())
    assert one.alternatives.equals(two.alternatives)
    assert not one.effect.reference.tests[1].enumerated


def test_as_r_is_left_as_it_was():
    estimate = did(staggered(), errors="analytic")
    assert isinstance(estimate.effect.reference, Normal)
    assert estimate.alternatives.empty
    assert estimate.settings["laws"] == "analytic"
    assert isinstance(did(staggered(), errors="bootstrap").effect.reference, Normal)


def test_with_covariates_few_sites_have_the_wild_bootstrap():
    design = staggered((5, 5, 6), people=8, x=True)
    estimate = did(design, method="reg")
    assert list(estimate.alternatives["method"]) == ["wild"]
    assert estimate.effect.p_value >= estimate.alternatives["p_value"][0]
    with pytest.raises(EstimationError) as error:
        did(design, errors="randomisation")
    assert error.value.message.key == "estimators.error.dates_replayed_plain"


def test_sites_with_several_dates_have_no_dates_to_replay():
    mixed = design_of(frame_of().assign(site=lambda rows: rows["id"] % 9))
    assert list(did(mixed).alternatives["method"]) == ["wild"]
    with pytest.raises(EstimationError) as error:
        did(mixed, errors="randomisation")
    assert error.value.message.key == "estimators.error.clusters_cross_dates"


@pytest.mark.parametrize("x", [False, True])
def test_a_single_site_at_a_date_has_no_error_of_its_own_and_borrows_in_averages(x):
    """Leaving it out would make the average surer than that of the other date alone."""
    design = staggered((1, 4, 6), people=8, x=x)
    estimate = did(design, aggregate="group", errors="CR2", method="reg")
    cells = estimate.cells.set_index("entry")
    assert cells.loc[3, "std_error"].isna().all()
    assert cells.loc[5, "std_error"].notna().all()
    assert [effect.entry for effect in estimate.path] == [5]
    keys = [note.key for note in estimate.notes]
    assert "estimators.note.single_cluster_groups" in keys
    left_out = did(design, aggregate="group", errors="analytic", method="reg").effect.std_error
    assert estimate.effect.std_error > left_out
    only = staggered((1, 1, 6), people=8, x=x)
    with pytest.raises(EstimationError) as error:
        did(only)
    assert error.value.message.key == "estimators.error.single_clusters"


def test_single_people_borrow_as_if_they_varied_like_the_others():
    """With one covariance for all, the borrowed share is what a second such person would show on average."""
    errors = []
    for seed in range(300):
        estimate = did(staggered((1, 20, 20), people=1, seed=seed, cluster=None), aggregate="dynamic")
        errors.append((estimate.effect.value, estimate.effect.std_error))
    values, spreads = np.array(errors).T
    # 300 worlds: the standard deviation of the values is known to 4 %.
    assert np.sqrt(np.mean(spreads**2)) == pytest.approx(values.std(), rel=0.15)


def borrowed(sizes, *, times):
    """What a date with one person borrows, when those who never enter vary ``times`` as much."""
    people = people_followed(staggered(sizes, people=1, cluster=None), panel="balanced", anticipation=0)
    plan = plan_cells(
        periods=people.periods, entries=people.entries, base="varying", anticipation=0, not_yet=False
    )
    never = (people.cohort == 2)[:, None]
    Y = np.where(never, people.Y * times, people.Y)
    found = plain_group_time(Y=Y, cohort=people.cohort, weights=people.weights, plan=plan)
    small = small_sample(found, replace(people, Y=Y))
    return small.borrowed, small.borrowed_df


@pytest.mark.parametrize("sizes", [(1, 3, 12), (1, 2, 12)])
def test_a_single_person_borrows_from_those_who_enter_at_the_other_date(sizes):
    found, df = borrowed(sizes, times=1.0)
    assert df == sizes[1] - 1
    assert np.diag(found).max() > 0
    np.testing.assert_allclose(borrowed(sizes, times=9.0)[0], found, rtol=1e-12)


def test_two_lenders_who_look_alike_by_chance_do_not_make_a_single_person_sure():
    """What she borrows is then small; that it rests on one degree of freedom still counts."""
    people = people_followed(staggered((1, 2, 20), people=1, cluster=None), panel="balanced", anticipation=0)
    first, second = np.flatnonzero(people.cohort == 1)
    Y = people.Y.copy()
    Y[second] = Y[first] + 0.01 * np.arange(Y.shape[1]) ** 2
    plan = plan_cells(
        periods=people.periods, entries=people.entries, base="varying", anticipation=0, not_yet=False
    )
    found = plain_group_time(Y=Y, cohort=people.cohort, weights=people.weights, plan=plan)
    small = small_sample(found, replace(people, Y=Y))
    load = averages(found, "dynamic").overall.load[None, :]
    assert small.df(load)[0] < 2


def test_the_joint_test_before_entry_is_fishers():
    estimate = did(own(12))
    test = estimate.pre_test
    assert test.df == 4
    assert 10 < test.df_errors < 33
    as_r = did(own(12), errors="analytic").pre_test
    assert test.p_value > as_r.p_value
    assert JointTest(statistic=9.0, df=4, df_errors=1e9).p_value == pytest.approx(
        JointTest(statistic=9.0, df=4).p_value, rel=1e-6
    )
    assert did(staggered((2, 2, 3))).pre_test is None  # fewer degrees of freedom than effects


def test_bands_are_wider_in_students_law_and_hold_the_points():
    estimate = did(own(8), aggregate="dynamic")
    wide, narrow = estimate.tidy(simultaneous=True), estimate.tidy()
    margin = (wide["conf_high"] - wide["estimate"]) / wide["std_error"]
    assert (margin[1:] > estimate.band_critical()).all()
    assert (wide["conf_low"] <= narrow["conf_low"]).all()


@pytest.mark.parametrize("panel", ["balanced", "unbalanced", "repeated"])
def test_shifting_scaling_and_weights_of_ones(panel):
    plain = did(staggered(), panel=panel, aggregate="calendar")
    changed = design_of(frame_of().assign(y=lambda rows: 3 - 2 * rows["y"], w=7.0), weight="w")
    other = did(changed, panel=panel, aggregate="calendar")
    assert other.effect.value == pytest.approx(-2 * plain.effect.value, rel=1e-9)
    assert other.effect.std_error == pytest.approx(2 * plain.effect.std_error, rel=1e-9)
    assert other.effect.df == pytest.approx(plain.effect.df, rel=1e-9)
    assert other.effect.p_value == pytest.approx(plain.effect.p_value, rel=1e-6)


def test_everyone_seen_always_has_the_same_errors_whatever_the_panel():
    whole, other = did(staggered(), errors="CR2"), did(staggered(), errors="CR2", panel="unbalanced")
    np.testing.assert_allclose(whole.cells["std_error"], other.cells["std_error"], rtol=1e-10)
    assert whole.effect.df == pytest.approx(other.effect.df, rel=1e-10)
