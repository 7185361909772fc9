"""`before_after` against R's paired t test, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import before_after
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
