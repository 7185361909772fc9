"""`before_after` against R's paired t test, and what it refuses."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import before_after
from impactkit.estimators.paired.count_ratio import paired_counts
from impactkit.estimators.paired.expected_change import expected_regression, regression_given_mean
from impactkit.estimators.result import StudentT
from impactkit.evidence import assess
from references import reference, table

# Closed forms in double precision; references are printed with 15 digits.
CLOSED = 1e-8


def design_of(before, after, *, cluster=None, weight=None, **columns):
    n = len(before)
    frame = pd.DataFrame(
        {"person": [*range(n), *range(n)], "time": [0] * n + [1] * n, "y": [*before, *after]}
        | {name: [*values, *values] for name, values in columns.items()}
    )
    cohort = cohort_from_frame(
        frame, unit="person", period="time", outcomes=["y"], cluster=cluster, weight=weight
    )
    return declare_design(cohort)


def test_three_people_by_hand():
    """Changes 1, 2, 3: mean 2, sd 1, error 1/sqrt(3), 2 degrees of freedom."""
    estimate = before_after(design_of([1, 1, 1], [2, 3, 4]))
    assert estimate.effect.term == "change"
    assert estimate.effect.value == pytest.approx(2)
    assert estimate.effect.std_error == pytest.approx(1 / np.sqrt(3))
    assert estimate.effect.df == 2
    assert estimate.effect.n_comparison == 0
    assert [(m.group, m.time, m.mean) for m in estimate.means] == [
        ("treated", "before", 1.0),
        ("treated", "after", 3.0),
    ]


def test_sleep_as_the_paired_t_test():
    data, expected = table("sleep"), reference("sleep_paired_t")
    wide = data.pivot(index="ID", columns="group", values="extra")
    effect = before_after(design_of(wide[2], wide[1])).effect
    assert effect.value == pytest.approx(expected["mean_diff"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["se"], rel=CLOSED)
    assert effect.value / effect.std_error == pytest.approx(expected["t"], rel=CLOSED)
    assert effect.df == expected["df"]
    assert effect.p_value == pytest.approx(expected["p"], rel=1e-7)
    assert effect.interval() == pytest.approx(tuple(expected["ci"]), rel=CLOSED)


@pytest.mark.parametrize("arm", ["Cont", "CBT", "FT"])
def test_anorexia_as_the_paired_t_test(arm):
    data, expected = table("anorexia"), reference(f"anorexia_paired_{arm}")
    data = data[data["Treat"] == arm]
    effect = before_after(design_of(data["Prewt"], data["Postwt"])).effect
    assert effect.value == pytest.approx(expected["mean_diff"], rel=CLOSED)
    assert effect.df == expected["df"]
    assert effect.p_value == pytest.approx(expected["p"], rel=1e-7)
    assert effect.interval() == pytest.approx(tuple(expected["ci"]), rel=CLOSED)


def test_only_people_seen_at_both_times_are_analysed():
    estimate = before_after(design_of([1, None, 3, 4], [2, 3, None, 8]))
    assert [(step.key, step.n) for step in estimate.counts] == [
        ("entered", 4),
        ("baseline_known", 3),
        ("followed", 2),
        ("analysed", 2),
    ]
    assert {step.arm for step in estimate.counts} == {"treated"}
    assert list(estimate.analysed) == [0, 3]
    assert estimate.effect.value == pytest.approx(2.5)


def test_clusters_of_equal_size_as_a_t_test_of_their_means():
    """With equal clusters CR2 is the t test on the means of clusters, G - 1 degrees of freedom."""
    rng = np.random.default_rng(3)
    before, after, site = rng.normal(size=24), rng.normal(1, 1, size=24), np.arange(24) // 4
    effect = before_after(design_of(before, after, site=site, cluster="site")).effect
    means = (after - before).reshape(6, 4).mean(axis=1)
    assert effect.value == pytest.approx(means.mean(), rel=CLOSED)
    assert effect.std_error == pytest.approx(means.std(ddof=1) / np.sqrt(6), rel=CLOSED)
    assert effect.df == pytest.approx(5, rel=CLOSED)


def test_weights_of_three_as_no_weights():
    before, after = [1, 2, 4, 4], [2, 5, 3, 9]
    plain = before_after(design_of(before, after)).effect
    weighted = before_after(design_of(before, after, w=[3] * 4, weight="w")).effect
    assert (weighted.value, weighted.std_error, weighted.df) == pytest.approx(
        (plain.value, plain.std_error, plain.df)
    )


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ([1, 2, 3], [2, 3, 4], "no_variation"),
        ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6], "no_variation"),
        ([1, 2, None], [2, None, 4], "too_few_treated"),
    ],
)
def test_what_cannot_be_computed_says_why(before, after, key):
    with pytest.raises(EstimationError) as error:
        before_after(design_of(before, after))
    assert error.value.message.key == f"estimators.error.{key}"


def test_a_change_at_a_large_level_is_still_a_change():
    effect = before_after(design_of([1e9, 1e9 + 1, 1e9 + 2], [1e9 + 1, 1e9 + 3, 1e9 + 5])).effect
    assert effect.value == pytest.approx(2)
    assert effect.std_error == pytest.approx(1 / np.sqrt(3))


def test_one_site_has_no_standard_error():
    with pytest.raises(EstimationError) as error:
        before_after(design_of([1, 2, 3], [2, 3, 5], site=[7, 7, 7], cluster="site"))
    assert error.value.message.key == "estimators.error.one_cluster_treated"


def test_one_time_has_no_change():
    frame = pd.DataFrame({"person": [1, 2, 3], "y": [1, 2, 4]})
    design = declare_design(cohort_from_frame(frame, unit="person", outcomes=["y"]))
    with pytest.raises(EstimationError) as error:
        before_after(design)
    assert error.value.message.key == "estimators.error.no_baseline"


def test_the_comparison_group_is_left_out():
    frame = pd.DataFrame(
        {
            "person": [1, 2, 3, 4] * 2,
            "time": [0] * 4 + [1] * 4,
            "t": [1, 1, 1, 0] * 2,
            "y": [1, 1, 1, 50, 2, 3, 4, 90],
        }
    )
    cohort = cohort_from_frame(frame, unit="person", period="time", arm="t", outcomes=["y"])
    assert before_after(declare_design(cohort)).effect.value == pytest.approx(2)


# ------------------------------------------------------------------ few people


def test_the_alternatives_of_a_change_are_the_exact_tests():
    data = table("sleep")
    wide = data.pivot(index="ID", columns="group", values="extra")
    found = before_after(design_of(wide[2], wide[1])).alternatives.set_index("method")
    assert list(found.index) == ["sign_flip", "hodges_lehmann"]
    assert found.loc["sign_flip", "estimate"] == pytest.approx(-1.58, rel=CLOSED)
    assert found.loc["sign_flip", "p_value"] == 0.00390625
    assert found.loc["hodges_lehmann", "p_value"] == pytest.approx(0.00390625, rel=CLOSED)
    assert found.loc["hodges_lehmann", "estimate"] == pytest.approx(-1.3, rel=CLOSED)


def test_the_alternatives_of_a_share_are_mcnemar_s_and_newcombe_s():
    """Airway reactivity (Fagerland et al. 2014): 1 both, 1 gained, 7 lost, 12 neither."""
    before = [1] + [0] + [1] * 7 + [0] * 12
    after = [1] + [1] + [0] * 7 + [0] * 12
    estimate = before_after(design_of(before, after))
    found = estimate.alternatives.set_index("method")
    assert found.loc["mcnemar_exact", "p_value"] == pytest.approx(18 / 256)
    assert found.loc["mcnemar_mid_p", "p_value"] == pytest.approx(10 / 256)
    low, high = found.loc["newcombe", ["conf_low", "conf_high"]]
    assert (low, high) == pytest.approx((-0.507, -0.026), abs=5e-4)
    assert estimate.effect.value == pytest.approx(found.loc["newcombe", "estimate"], rel=CLOSED)
    assert estimate.transitions.counts == ((12, 1), (7, 1))
    assert estimate.transitions.to_frame().loc[1, 0] == 7
    assert "7" not in repr(estimate.transitions)


def test_clusters_are_turned_round_whole():
    rng = np.random.default_rng(6)
    before, after = rng.normal(size=20), rng.normal(1, 1, size=20)
    site = np.arange(20) % 7
    found = before_after(design_of(before, after, site=site, cluster="site")).alternatives
    totals = np.bincount(site, weights=after - before)
    signs = np.array(list(itertools.product([-1, 1], repeat=7)))
    assert list(found["method"]) == ["wild", "sign_flip"]
    assert found["p_value"][1] == np.mean(np.abs(signs @ totals) >= abs(totals.sum()) - 1e-9)
    assert found["estimate"][1] == pytest.approx((after - before).mean())


def test_few_clusters_keep_the_more_cautious_law():
    """CR2 and the wild bootstrap by site: the larger p-value, the wider interval; CR2 alone for many."""
    rng = np.random.default_rng(7)
    before, after = rng.normal(size=90), rng.normal(0.6, 1, size=90)
    few, many = (
        before_after(design_of(before, after, site=np.arange(90) % sites, cluster="site"))
        for sites in (9, 45)
    )
    assert few.settings["laws"] == "CR2, wild"
    student = replace(few.effect, reference=StudentT(few.effect.df))
    wild = few.alternatives.set_index("method").loc["wild"]
    assert few.effect.p_value == max(student.p_value, wild["p_value"])
    low, high = zip(student.interval(), (wild["conf_low"], wild["conf_high"]), strict=True)
    assert few.effect.interval() == (min(low), max(high))
    assert many.settings["laws"] == "CR2"
    assert isinstance(many.effect.reference, StudentT)


def test_weights_leave_only_what_allows_for_them():
    found = before_after(design_of([1, 2, 4, 4], [2, 5, 3, 9], w=[1, 2, 3, 4], weight="w"))
    assert list(found.alternatives["method"]) == ["sign_flip"]
    assert found.alternatives["estimate"][0] == pytest.approx(found.effect.value)


def test_two_people_have_an_answer_without_bounds():
    found = before_after(design_of([1, 2], [2, 5]))
    assert found.effect.df == 1
    assert (found.alternatives["conf_low"] == -np.inf).all()
    assert list(found.alternatives["p_value"]) == [0.5, 0.5]


def test_many_people_need_no_alternative_and_a_measure_has_no_transitions():
    rng = np.random.default_rng(1)
    found = before_after(design_of(rng.normal(size=201), rng.normal(size=201)))
    assert found.alternatives.empty
    assert list(found.alternatives.columns) == ["method", "estimate", "conf_low", "conf_high", "p_value"]
    assert found.transitions is None


def test_a_scale_of_answers_has_its_transitions():
    found = before_after(design_of([1, 2, 3, 3], [2, 2, 1, 3])).transitions
    assert found.levels == (1.0, 2.0, 3.0)
    assert found.counts == ((0, 1, 0), (0, 1, 0), (1, 0, 1))


# ------------------------------------------------------------------ the trend before


def waves(values, **choices):
    """A cohort of people whose rows of outcomes stand at times 0, 1, 2…, entered after the last but one."""
    values = np.asarray(values, dtype=float)
    n, times = values.shape
    frame = pd.DataFrame(
        {"id": np.repeat(np.arange(n), times), "time": np.tile(np.arange(times), n), "y": values.ravel()}
    )
    frame["entry"] = times - 1
    for name, column in choices.items():
        frame[name] = np.repeat(column, times)
    cohort = cohort_from_frame(
        frame, unit="id", period="time", entry="entry", outcomes=["y"], cluster=next(iter(choices), None)
    )
    return declare_design(cohort)


def test_the_distance_from_the_trend_by_hand():
    """From 1 and 2 to 3: got 5, 2 above. From 4 and 4 to 4: got 4. From 6 and 5 to 4: got 5."""
    estimate = before_after(waves([[1, 2, 5], [4, 4, 4], [6, 5, 5]]), trend=True)
    assert estimate.effect.term == "change_from_trend"
    assert estimate.effect.value == pytest.approx(1)
    assert estimate.effect.std_error == pytest.approx(1 / np.sqrt(3))
    assert estimate.effect.df == 2
    assert estimate.settings["trend_points"] == 2
    assert [note.key for note in estimate.notes] == ["estimators.note.from_trend"]


def test_any_straight_trend_of_anyone_is_taken_out():
    rng = np.random.default_rng(9)
    noise = rng.normal(size=(30, 5))
    lines = rng.normal(3, 2, (30, 1)) + rng.normal(1, 1, (30, 1)) * np.arange(5)
    plain, tilted = (before_after(waves(values), trend=True).effect for values in (noise, noise + lines))
    assert tilted.value == pytest.approx(plain.value, rel=1e-9)
    assert tilted.std_error == pytest.approx(plain.std_error, rel=1e-9)
    assert before_after(waves(noise + lines)).effect.value > 0.5  # without: the trend is in the change


def test_the_line_is_that_of_least_squares():
    values = np.random.default_rng(10).normal(size=(12, 4))
    expected = [y[3] - np.polyval(np.polyfit([0, 1, 2], y[:3], 1), 3) for y in values]
    effect = before_after(waves(values), trend=True).effect
    assert effect.value == pytest.approx(np.mean(expected), rel=1e-9)
    assert effect.std_error == pytest.approx(np.std(expected, ddof=1) / np.sqrt(12), rel=1e-9)


def test_the_trend_interval_covers_where_the_plain_one_does_not():
    """A trend of 0.5 per time and an effect of 1: 120 worlds of 25 people, Monte-Carlo error 2 points."""
    rng = np.random.default_rng(12)
    with_trend, without = [], []
    for _ in range(120):
        slopes = rng.normal(0.5, 0.3, (25, 1))
        values = rng.normal(0, 2, (25, 1)) + slopes * np.arange(4) + rng.normal(0, 0.5, (25, 4))
        values[:, 3] += 1
        design = waves(values)
        with_trend.append(before_after(design, trend=True).effect.interval())
        if len(without) < 30:
            without.append(before_after(design).effect.interval())
    assert np.mean([low <= 1 <= high for low, high in with_trend]) == pytest.approx(0.95, abs=0.05)
    assert np.mean([low <= 1 <= high for low, high in without]) < 0.2


def test_the_distance_from_the_trend_is_told_as_such_and_never_attributed():
    values = np.random.default_rng(3).normal([0, 1, 4], 1, (80, 3))
    record = assess(before_after(waves(values), trend=True)).record
    assert record.claim == "trend"
    assert record.attribution == "change_not_attributed"
    assert record.credibility == 1
    assert "que ne le laissait attendre la tendance" in record.sentences.interval.fr
    assert "tendance" in record.sentences.method.fr
    assert "tendance" in record.sentences.can_say[0].fr
    assert record.sentences.per_hundred is None
    assert "than the trend before the action led one to expect" in record.sentences.interval.en


def test_people_without_a_time_before_are_counted_and_left_out():
    estimate = before_after(waves([[1, 2, 5], [4, 4, 4], [np.nan, 5, 5], [0, 1, 3]]), trend=True)
    assert [(step.key, step.n) for step in estimate.counts][-2:] == [("trend_known", 3), ("analysed", 3)]
    assert list(estimate.analysed) == [0, 1, 3]
    assert estimate.effect.n_treated == 3


@pytest.mark.parametrize(
    ("values", "site", "key"),
    [
        ([[1, 5], [4, 4], [2, 3]], None, "no_trend"),
        ([[1, 2, 3], [np.nan, 4, 4], [np.nan, 3, 1]], None, "too_few_treated"),
        ([[1, 2, 4], [2, 2, 3], [np.nan, 3, 1]], [1, 1, 2], "one_cluster_treated"),
        ([[1, 2, 4], [2, 2, 3], [0, 1, 3]], None, "no_variation"),
    ],
)
def test_a_trend_that_cannot_be_drawn_says_why(values, site, key):
    design = waves(values, **({} if site is None else {"site": site}))
    with pytest.raises(EstimationError) as error:
        before_after(design, trend=True)
    assert error.value.message.key == f"estimators.error.{key}"


# ------------------------------------------------------------------ the measure before the last one
def test_the_change_since_the_measure_before_the_last_one_by_hand():
    estimate = before_after(waves([[5, 1, 4], [6, 3, 6], [7, 3, 8]]))
    assert estimate.effect.value == pytest.approx(11 / 3)
    beside = estimate.alternatives.set_index("method").loc["earlier_baseline"]
    assert beside["estimate"] == pytest.approx(0)  # 4 - 5, 6 - 6, 8 - 7
    expected = estimate.alternatives.set_index("method").loc["expected_return"]
    assert expected["estimate"] == pytest.approx(11 / 3)
    assert beside["conf_high"] == pytest.approx(stats.t.isf(0.025, 2) / 3**0.5)


def test_people_who_enter_at_their_worst_come_back_as_far_as_expected():
    """Nothing acts: those below 45 at the second measure come back, and the check value says by how much."""
    draw = np.random.default_rng(6)
    lasting = draw.normal(60, 8, 40_000)
    three = lasting[:, None] + draw.normal(0, 6, (40_000, 3))
    entered = three[three[:, 1] < 45]
    truth = expected_regression(mean=60, sd=10, reliability=0.64, cutoff=45, side="low")
    found = before_after(waves(entered))
    error = 3 * found.effect.std_error
    assert found.effect.value == pytest.approx(truth, abs=error)
    alternatives = found.alternatives.set_index("method")
    assert alternatives.loc["expected_return", "estimate"] == pytest.approx(truth, abs=error)
    beside = alternatives.loc["earlier_baseline"]
    assert beside["conf_low"] < 0 < beside["conf_high"]
    assert [note.key for note in found.notes] == ["estimators.paired.moved_before"]
    given = regression_given_mean(before=entered[:, 1], after=entered[:, 2], mean=60)
    assert given.expected == pytest.approx(truth, abs=3 * given.effect.std_error)
    assert given.reliability == pytest.approx(0.64, abs=0.1)
    assert abs(given.effect.value) < 3 * given.effect.std_error


@pytest.mark.parametrize(
    ("reliability", "measures", "value"),
    [
        (0.5, 1, 13.486011521026702),
        (0.5, 2, 8.5408306481545022),
        (0.1, 1, 24.274820737848067),
        (0.9, 3, 0.95091807388692307),
    ],
)
def test_the_return_to_the_mean_as_the_published_formula(reliability, measures, value):
    """Barnett et al. (2005), formula 1, computed by R 4.2.2 with mean 60, sd 15 and cutoff 40."""
    known = {"mean": 60, "sd": 15, "reliability": reliability, "measures": measures}
    assert expected_regression(cutoff=40, side="low", **known) == pytest.approx(value, rel=1e-12)
    assert expected_regression(cutoff=80, side="high", **known) == pytest.approx(-value, rel=1e-12)


def test_the_return_to_a_known_mean_as_a_regression_in_r():
    """``lm(after ~ I(before - 75))``: intercept 79.959 (4.580), slope 1.111."""
    before, after = np.array([45, 52, 63, 68, 57, 55, 60, 59.0]), np.array([49, 50, 70, 71, 53, 61, 62, 67.0])
    found = regression_given_mean(before=before, after=after, mean=75)
    assert found.effect.value == pytest.approx(4.9590493601462384, rel=CLOSED)
    assert found.effect.std_error == pytest.approx(4.58025738141119643, rel=CLOSED)
    assert found.effect.df == 6
    assert found.reliability == pytest.approx(1.1111517367458859, rel=CLOSED)
    moved = found.expected + found.effect.value
    assert moved == pytest.approx((after - before).mean(), rel=CLOSED)


@pytest.mark.parametrize(
    "change",
    [{"side": "left"}, {"sd": 0}, {"reliability": 1.1}, {"reliability": np.nan}, {"measures": 0}],
)
def test_a_return_that_cannot_be_asked_for(change):
    with pytest.raises(ValueError, match=r"expected one of|must"):
        expected_regression(**{"mean": 0, "sd": 1, "reliability": 0.5, "cutoff": -1, "side": "low"} | change)


# ------------------------------------------------------------------ counts
def test_counts_before_and_after_as_poisson_test():
    """``poisson.test(c(34, 52))`` of R 4.2.2; the robust interval by hand from two people alike."""
    draw = np.random.default_rng(8)
    before, after = np.zeros(30), np.zeros(30)
    np.add.at(before, draw.integers(0, 30, 52), 1)
    np.add.at(after, draw.integers(0, 30, 34), 1)
    found = paired_counts(before=before, after=after)
    assert found.value == pytest.approx(34 / 52, rel=CLOSED)
    assert found.p_exact == pytest.approx(0.066152597461389573, rel=CLOSED)
    assert (found.low_exact, found.high_exact) == pytest.approx(
        (0.411455239722342769, 1.026792290884253944), rel=CLOSED
    )
    assert found.low < found.value < found.high
    estimate = before_after(waves(np.column_stack([before, after])))
    beside = estimate.alternatives.set_index("method")
    assert beside.loc["count_ratio", "estimate"] == found.value
    assert beside.loc["count_ratio_exact", "p_value"] == found.p_exact


def test_the_ratio_of_counts_that_cluster_covers():
    """Each person's events double or vanish together: the robust interval still covers, near its level."""
    draw, covered = np.random.default_rng(9), 0
    for _ in range(400):
        rate = draw.gamma(2, 1, 60)
        before, after = 3 * draw.poisson(rate), 3 * draw.poisson(1.5 * rate)
        found = paired_counts(before=before.astype(float), after=after.astype(float))
        covered += found.low <= 1.5 <= found.high
    assert covered / 400 == pytest.approx(0.95, abs=0.035)


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ([1.0], [2.0], "too_few_treated"),
        ([0, 0.0], [1, 2.0], "no_event_on_a_side"),
        ([1, 2.0], [2, 4.0], "no_variation"),
    ],
)
def test_counts_that_have_no_ratio(before, after, key):
    with pytest.raises(EstimationError) as error:
        paired_counts(before=np.array(before), after=np.array(after))
    assert error.value.message.key == f"estimators.error.{key}"
