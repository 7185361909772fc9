"""`did` against R (lm, sandwich, clubSandwich) on real panels, its properties and its coverage."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import compare_groups, did
from impactkit.estimators.arms import difference
from references import reference, table

# Closed forms in double precision; references are printed with 15 digits.
CLOSED = 1e-8


def design_of(before, after, treated, *, cluster=None, weight=None, estimand="ATT", covariates=(), **columns):
    n = len(before)
    frame = pd.DataFrame(
        {
            "person": np.tile(np.arange(n), 2),
            "time": np.repeat([0, 1], n),
            "arm": np.tile(np.asarray(treated, dtype=int), 2),
            "y": np.concatenate([before, after]),
        }
    )
    for name, values in columns.items():
        frame[name] = np.tile(np.asarray(values), 2)
    cohort = cohort_from_frame(
        frame,
        unit="person",
        period="time",
        arm="arm",
        outcomes=["y"],
        covariates=covariates,
        cluster=cluster,
        weight=weight,
    )
    return declare_design(cohort, estimand=estimand, covariates=covariates)


def store_cohort():
    return cohort_from_frame(table("card_krueger"), unit="id", period="d", arm="nj", outcomes=["fte"])


def test_four_people_by_hand():
    """Changes 4 and 3 against 1 and 2: 3.5 - 1.5."""
    estimate = did(design_of([1, 2, 1, 2], [5, 5, 2, 4], [1, 1, 0, 0]))
    assert estimate.effect.value == pytest.approx(2)
    assert estimate.effect.std_error == pytest.approx(np.sqrt(0.5 / 2 + 0.5 / 2))
    assert estimate.effect.df == pytest.approx(2)
    assert [(m.group, m.time, m.mean) for m in estimate.means] == [
        ("treated", "before", 1.5),
        ("treated", "after", 5.0),
        ("comparison", "before", 1.5),
        ("comparison", "after", 3.0),
    ]


def test_card_and_krueger_as_published_and_as_clubsandwich():
    expected = reference("card_krueger_balanced")
    estimate = did(declare_design(store_cohort()))
    effect = estimate.effect
    assert effect.value == pytest.approx(expected["fe_att"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["CR2_se"], rel=CLOSED)
    assert effect.df == pytest.approx(expected["CR2_df"], rel=CLOSED)
    assert effect.p_value == pytest.approx(expected["CR2_p"], rel=1e-7)
    assert effect.n_treated + effect.n_comparison == expected["n_units"]
    assert [(step.arm, step.key, step.n) for step in estimate.counts] == [
        ("treated", "entered", 331),
        ("treated", "baseline_known", 321),
        ("treated", "followed", 309),
        ("treated", "analysed", 309),
        ("comparison", "entered", 79),
        ("comparison", "baseline_known", 77),
        ("comparison", "followed", 75),
        ("comparison", "analysed", 75),
    ]


@pytest.mark.parametrize("errors", ["HC0", "HC1", "HC2", "HC3"])
def test_card_and_krueger_with_other_errors(errors):
    expected = reference("card_krueger_balanced")
    effect = did(declare_design(store_cohort()), errors=errors).effect
    assert effect.std_error == pytest.approx(expected["se_HC"][errors], rel=CLOSED)
    if errors == "HC2":
        assert effect.df == pytest.approx(expected["welch_df"], rel=CLOSED)
        assert effect.interval() == pytest.approx(tuple(expected["welch_ci"]), rel=1e-7)


def test_anorexia_change_scores_of_two_arms():
    data, expected = table("anorexia"), reference("anorexia_change")
    for i, arm in enumerate(["CBT", "FT"]):
        pair = data[data["Treat"].isin([arm, "Cont"])]
        effect = did(design_of(pair["Prewt"], pair["Postwt"], pair["Treat"] == arm)).effect
        assert effect.value == pytest.approx(expected["est"][i], rel=CLOSED)
        assert effect.std_error == pytest.approx(expected["se_HC2"][i], rel=CLOSED)


def test_few_groups_as_clubsandwich_on_the_whole_panel():
    """Mean before and mean after by group: same effect, errors and df as two-way effects over six periods."""
    data, expected = table("few_clusters_did"), reference("few_clusters_did")
    start = data.loc[data["D"] == 1, "t"].min()
    means = data.groupby(["g", data["t"] >= start])["y"].mean().unstack()
    treated = data.groupby("g")["D"].max()
    effect = did(design_of(means[False], means[True], treated)).effect
    assert effect.value == pytest.approx(expected["att"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["CR2_se"], rel=CLOSED)
    assert effect.df == pytest.approx(expected["CR2_df"], rel=CLOSED)
    assert effect.p_value == pytest.approx(expected["CR2_p"], rel=1e-7)


def some_people(n1, n0, seed, sites=0):
    rng = np.random.default_rng(seed)
    t = np.repeat([1, 0], [n1, n0])
    x = rng.normal(size=t.size) + 0.5 * t
    before = rng.normal(size=t.size) + x
    data = {"before": before, "after": before + x + t + rng.normal(size=t.size), "treated": t, "x": x}
    if sites:
        data["site"] = np.arange(t.size) % sites + sites * t
    return data


def test_covariates_predict_the_change_without_the_action():
    """``mean_T(d) - x̄'b`` with b from the comparison's changes; for the ATE the same over everyone."""
    data = some_people(30, 40, seed=7)
    d, t = data["after"] - data["before"], data["treated"] == 1
    X = np.column_stack([np.ones(70), data["x"]])
    b1, b0 = (np.linalg.lstsq(X[arm], d[arm], rcond=None)[0] for arm in (t, ~t))
    att = did(design_of(**data, covariates=["x"]))
    assert att.effect.value == pytest.approx(d[t].mean() - (X[t] @ b0).mean(), rel=CLOSED)
    assert att.settings["centre"] == "treated"
    ate = did(design_of(**data, covariates=["x"], estimand="ATE"))
    assert ate.effect.value == pytest.approx((X @ (b1 - b0)).mean(), rel=CLOSED)


def test_changes_alone_as_a_comparison_of_changes():
    data = some_people(12, 15, seed=1, sites=6)
    change = data["after"] - data["before"]
    frame = pd.DataFrame({"person": range(27), "arm": data["treated"], "site": data["site"], "d": change})
    cohort = cohort_from_frame(frame, unit="person", arm="arm", outcomes=["d"], cluster="site")
    one = did(design_of(**data, cluster="site")).effect
    two = compare_groups(declare_design(cohort)).effect
    assert (one.value, one.std_error, one.df) == pytest.approx((two.value, two.std_error, two.df), rel=CLOSED)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(4, 12),
    st.integers(4, 12),
    st.sampled_from([(), ("x",)]),
    st.sampled_from([None, "site"]),
)
def test_shifting_scaling_shuffling_and_relabelling(seed, n1, n0, covariates, cluster):
    data = pd.DataFrame(some_people(n1, n0, seed=seed, sites=2 if n1 < 8 else 4))

    def result(data, **choices):
        columns = {name: data[name].to_numpy() for name in data}
        effect = did(design_of(**columns, covariates=covariates, cluster=cluster, **choices)).effect
        return np.array([effect.value, effect.std_error, effect.df])

    base, close = result(data), {"rel": 1e-6, "abs": 1e-8}
    scaled = data.assign(before=3 - 2 * data["before"], after=7 - 2 * data["after"])
    assert result(scaled) == pytest.approx(base * [-2, 2, 1], **close)
    assert result(data.sample(frac=1, random_state=1)) == pytest.approx(base, **close)
    assert result(data.assign(site="S" + (99 - data["site"]).astype(str))) == pytest.approx(base, **close)
    assert result(data.assign(w=0.2), weight="w") == pytest.approx(base, **close)


def test_people_of_one_site_count_as_less_than_as_many():
    """Everyone twice, in the same site as before: same effect, and errors that are not fooled."""
    data = pd.DataFrame(some_people(20, 20, seed=3)).assign(site=range(40))
    once = did(design_of(**{name: data[name].to_numpy() for name in data}, cluster="site")).effect
    twice = pd.concat([data, data])
    both = did(design_of(**{name: twice[name].to_numpy() for name in data}, cluster="site")).effect
    assert both.value == pytest.approx(once.value, rel=CLOSED)
    assert both.std_error == pytest.approx(once.std_error, rel=CLOSED)
    assert both.df == pytest.approx(once.df, rel=CLOSED)


def test_what_cannot_be_computed_says_why():
    def key(design):
        with pytest.raises(EstimationError) as error:
            did(design)
        return error.value.message.key.removeprefix("estimators.error.")

    assert key(design_of([1, 2, 3], [2, 3, 5], [1, 0, 0])) == "too_few_treated"
    assert key(design_of([1, 2, 3, 4], [2, 3, 4, 5], [1, 1, 0, 0])) == "no_variation"
    assert key(design_of([1, 2, None, 4], [2, 3, 4, 5], [1, 1, 0, 0])) == "too_few_comparison"
    one_time = pd.DataFrame({"id": [1, 2, 3, 4], "arm": [1, 1, 0, 0], "y": [1, 2, 3, 5]})
    cohort = cohort_from_frame(one_time, unit="id", arm="arm", outcomes=["y"])
    assert key(declare_design(cohort)) == "no_baseline"
    assert key(declare_design(store_cohort(), comparison="none")) == "no_comparison"


def coverage(clusters, people, spread, seed, draws=10_000):
    """Share of 95 % intervals that hold the effect, by the array function that `did` calls."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(clusters), people)
    treated = codes < clusters // 2
    covered = 0
    for _ in range(draws):
        y = 1.0 * treated + spread * rng.normal(size=clusters)[codes] + rng.normal(size=codes.size)
        c = difference(
            y=y,
            treated=treated,
            X=np.empty((y.size, 0)),
            adjust=None,
            centre="treated",
            errors="CR2",
            clusters=codes.astype(np.intp),
        ).contrast
        covered += abs(c.value - 1) <= stats.t.ppf(0.975, c.df) * c.std_error
    return covered / draws


def test_the_interval_covers_as_often_as_it_says():
    """12 people against 12, then 6 sites of 8 against 6: within three Monte-Carlo errors (0.22)."""
    assert abs(coverage(24, 1, 0.0, seed=11) - 0.95) < 0.0066
    assert abs(coverage(12, 8, 0.7, seed=12) - 0.95) < 0.0066
