"""`compare_groups` against R's estimatr and lm, on real data, and its properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import compare_groups
from references import NSW_COVARIATES, nsw, nsw_and_cps, reference, table

# Closed forms in double precision; references are printed with 15 digits.
CLOSED = 1e-8


def design_of(frame, *, outcome, arm, covariates=(), cluster=None, weight=None, **choices):
    frame = frame.reset_index(drop=True).assign(person=range(len(frame)))
    cohort = cohort_from_frame(
        frame,
        unit="person",
        arm=arm,
        outcomes=[outcome],
        covariates=covariates,
        cluster=cluster,
        weight=weight,
    )
    return declare_design(cohort, outcome=outcome, covariates=covariates, **choices)


def nsw_design(**choices):
    choices = {"comparison": "never_treated", "estimand": "ATE"} | choices
    return design_of(nsw(), outcome="re78", arm="treat", covariates=NSW_COVARIATES, **choices)


def agrees(estimate, expected):
    effect = estimate.effect
    assert effect.value == pytest.approx(expected["estimate"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["std.error"], rel=CLOSED)
    assert effect.df == pytest.approx(expected["df"], rel=CLOSED)
    assert effect.p_value == pytest.approx(expected["p.value"], rel=1e-7)
    assert effect.interval(0.95) == pytest.approx((expected["conf.low"], expected["conf.high"]), rel=1e-7)


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("nsw.dim", {}),
        ("nsw.lin", {"adjust": "lin"}),
        ("nsw.lin.hc3", {"adjust": "lin", "errors": "HC3"}),
        ("nsw.ancova", {"adjust": "ancova"}),
    ],
)
def test_the_nsw_experiment_as_estimatr(key, choices):
    agrees(compare_groups(nsw_design(), **choices), reference(key))


def test_the_nsw_experiment_as_published_with_classic_errors():
    expected = reference("nsw.ols")
    for errors, name in (("classic", "se"), ("HC1", "se_hc1"), ("HC2", "se_hc2"), ("HC3", "se_hc3")):
        effect = compare_groups(nsw_design(), errors=errors).effect
        assert effect.value == pytest.approx(expected["est"], rel=CLOSED)
        assert effect.std_error == pytest.approx(expected[name], rel=CLOSED)


def test_the_cps_pool_gives_the_published_wrong_answer():
    expected = reference("nsw_cps.dim")
    design = design_of(nsw_and_cps(), outcome="re78", arm="treat")
    effect = compare_groups(design, errors="classic").effect
    assert effect.value == pytest.approx(expected["est"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["se"], rel=CLOSED)
    assert effect.n_treated + effect.n_comparison == expected["n"]


def test_the_cps_pool_adjusted_as_lm():
    expected = reference("nsw_cps.reg")
    frame = nsw_and_cps()
    frame["age2"] = frame["age"] ** 2
    names = ["age", "age2", "educ", "nodegree", "black", "hisp", "re74", "re75"]
    design = design_of(frame, outcome="re78", arm="treat", covariates=names)
    effect = compare_groups(design, adjust="ancova", errors="classic").effect
    assert effect.value == pytest.approx(expected["est"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["se"], rel=CLOSED)


def test_clusters_as_estimatr():
    design = design_of(table("cluster_sim"), outcome="y", arm="z", cluster="cl")
    estimate = compare_groups(design)
    agrees(estimate, reference("cluster.dim"))
    assert estimate.settings["errors"] == "CR2"
    assert estimate.settings["clusters"] == 40
    assert estimate.notes == ()


def test_clusters_with_covariates_as_clubsandwich():
    expected = reference("voters_cluster")
    design = design_of(
        table("voters"),
        outcome="proposition_vote",
        arm="treatment",
        covariates=["ideology1", "log_income"],
        cluster="group_id1",
    )
    effect = compare_groups(design, adjust="ancova").effect
    assert effect.value == pytest.approx(expected["est"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["CR2_se"], rel=CLOSED)
    assert effect.df == pytest.approx(expected["CR2_df"], rel=CLOSED)
    assert effect.p_value == pytest.approx(expected["CR2_p"], rel=1e-7)


def anorexia_design(arms):
    """Before and after, for the arm `arms[0]` against `arms[1]`."""
    data = table("anorexia")
    data = data[data["Treat"].isin(arms)].reset_index(drop=True)
    return two_times(data["Prewt"], data["Postwt"], data["Treat"] == arms[0])


def two_times(before, after, treated, **columns):
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
        frame, unit="person", period="time", arm="arm", outcomes=["y"], covariates=list(columns)
    )
    return declare_design(cohort, covariates=list(columns))


def test_ancova_takes_the_outcome_before_as_a_covariate():
    """Card and Krueger's stores; and one anorexia contrast computed from its definition."""
    wide = table("card_krueger").pivot(index="id", columns="d", values="fte").dropna()
    nj = table("card_krueger").groupby("id")["nj"].first().loc[wide.index]
    design, expected = two_times(wide[0], wide[1], nj), reference("card_krueger_ancova")
    effect = compare_groups(design, adjust="ancova").effect
    assert effect.value == pytest.approx(expected["est"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["se_HC"]["HC2"], rel=CLOSED)
    classic = compare_groups(design, adjust="ancova", errors="classic").effect
    assert classic.std_error == pytest.approx(expected["se"], rel=CLOSED)


def test_the_difference_after_without_adjustment():
    data = table("anorexia")
    estimate = compare_groups(anorexia_design(("CBT", "Cont")))
    after = data.set_index("Treat")["Postwt"]
    assert estimate.effect.value == pytest.approx(after["CBT"].mean() - after["Cont"].mean(), rel=CLOSED)
    assert estimate.effect.value == pytest.approx(reference("anorexia_post")["est"][0], rel=CLOSED)
    assert estimate.effect.std_error == pytest.approx(reference("anorexia_post")["se_HC2"][0], rel=CLOSED)


def test_lin_centres_on_beneficiaries_for_the_att():
    """The effect on them is their mean less the prediction, for them, of a regression among the others."""
    data = nsw()
    X = np.column_stack([np.ones(len(data)), data[NSW_COVARIATES]])
    y, t = data["re78"].to_numpy(), data["treat"].to_numpy() == 1
    b = np.linalg.lstsq(X[~t], y[~t], rcond=None)[0]
    estimate = compare_groups(nsw_design(estimand="ATT"), adjust="lin")
    assert estimate.settings["centre"] == "treated"
    assert estimate.effect.value == pytest.approx(y[t].mean() - (X[t] @ b).mean(), rel=CLOSED)


def test_lin_centres_on_everyone_when_lots_were_drawn():
    estimate = compare_groups(nsw_design(estimand="ATT", comparison="randomised"), adjust="lin")
    assert estimate.settings["centre"] == "everyone"
    assert estimate.effect.value == pytest.approx(reference("nsw.lin")["estimate"], rel=CLOSED)


def test_categories_enter_as_levels_whatever_the_reference():
    data = table("lalonde_matchit")
    by_name = design_of(data, outcome="re78", arm="treat", covariates=["age", "race"])
    coded = data.assign(hispan=data["race"] == "hispan", black=data["race"] == "black")
    by_hand = design_of(coded, outcome="re78", arm="treat", covariates=["age", "hispan", "black"])
    for adjust in ("lin", "ancova"):
        one, two = (
            compare_groups(by_name, adjust=adjust).effect,
            compare_groups(by_hand, adjust=adjust).effect,
        )
        assert one.value == pytest.approx(two.value, rel=CLOSED)
        assert one.std_error == pytest.approx(two.std_error, rel=CLOSED)


def test_counts_and_means_of_those_analysed():
    frame = pd.DataFrame(
        {
            "helped": [1, 1, 1, 1, 0, 0, 0, 0],
            "score": [5.0, 6.0, 7.0, None, 3.0, 4.0, 6.0, 5.0],
            "age": [30, 40, None, 50, 35, 45, 20, None],
        }
    )
    plain = compare_groups(design_of(frame, outcome="score", arm="helped", covariates=["age"]))
    assert [(step.arm, step.key, step.n) for step in plain.counts] == [
        ("treated", "entered", 4),
        ("treated", "followed", 3),
        ("treated", "analysed", 3),
        ("comparison", "entered", 4),
        ("comparison", "followed", 4),
        ("comparison", "analysed", 4),
    ]
    assert [note.key for note in plain.notes] == ["estimators.note.covariates_unused"]
    assert [(m.group, m.time, m.mean, m.n) for m in plain.means] == [
        ("treated", "after", 6.0, 3),
        ("comparison", "after", 4.5, 4),
    ]
    adjusted = compare_groups(
        design_of(frame, outcome="score", arm="helped", covariates=["age"]), adjust="ancova"
    )
    assert [step.n for step in adjusted.counts] == [4, 3, 2, 2, 4, 4, 3, 3]
    assert adjusted.counts[2].reason.key == "estimators.reason.covariates_known"
    assert list(adjusted.analysed) == [0, 1, 4, 5, 6]


@pytest.mark.parametrize(
    ("rows", "choices", "key"),
    [
        ([(1, 5), (0, 3), (0, 4)], {}, "too_few_treated"),
        ([(1, 5), (1, 6), (0, 4)], {}, "too_few_comparison"),
        ([(1, 5), (1, None), (0, 4), (0, 3)], {}, "too_few_treated"),
        ([(1, 5), (1, 5), (0, 5), (0, 5)], {}, "no_variation"),
        ([(1, 0.1), (1, 0.1), (0, 0.3), (0, 0.3)], {}, "no_variation"),
        ([(1, 5), (1, 6), (0, 4), (0, 3)], {"adjust": "lin"}, "nothing_to_adjust"),
    ],
)
def test_what_cannot_be_computed_says_why(rows, choices, key):
    design = design_of(pd.DataFrame(rows, columns=["t", "y"]), outcome="y", arm="t")
    with pytest.raises(EstimationError) as error:
        compare_groups(design, **choices)
    assert error.value.message.key == f"estimators.error.{key}"
    assert str(error.value)


def covariate_frame(x, n=12):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"t": np.arange(n) % 2, "y": rng.normal(size=n), "x": x})


@pytest.mark.parametrize(
    ("x", "adjust", "key"),
    [
        (np.ones(12), "ancova", "redundant_columns"),
        (np.arange(12) % 2, "ancova", "redundant_columns"),
        (np.where(np.arange(12) % 2 == 1, 1.0, np.arange(12)), "lin", "redundant_columns"),
        ([f"level {i}" for i in range(12)], "ancova", "too_many_columns"),
        (list("abcdefabcdef"), "lin", "too_many_columns"),
        (np.where(np.arange(12) == 1, 1, 0), "lin", "redundant_columns"),
    ],
)
def test_covariates_that_cannot_be_taken_into_account(x, adjust, key):
    design = design_of(covariate_frame(x), outcome="y", arm="t", covariates=["x"])
    with pytest.raises(EstimationError) as error:
        compare_groups(design, adjust=adjust)
    assert error.value.message.key == f"estimators.error.{key}"


def test_an_adjusted_effect_that_rests_on_one_person_is_refused():
    """The only beneficiary of her sex, in a regression with its own slope among beneficiaries."""
    frame = covariate_frame(np.where(np.arange(12) == 1, 1, np.arange(12) % 3 == 0).astype(float))
    frame.loc[frame["t"] == 1, "x"] = [1, 0, 0, 0, 0, 0]
    design = design_of(frame, outcome="y", arm="t", covariates=["x"], estimand="ATE")
    with pytest.raises(EstimationError) as error:
        compare_groups(design, adjust="lin")
    assert error.value.message.key == "estimators.error.rests_on_one"


def clustered(sites, n=24):
    rng = np.random.default_rng(1)
    return pd.DataFrame({"t": np.arange(n) < n // 2, "y": rng.normal(size=n), "site": sites}).astype(
        {"t": int}
    )


def test_one_site_of_beneficiaries_has_no_standard_error():
    one = design_of(clustered([0] * 12 + [1, 2, 3] * 4), outcome="y", arm="t", cluster="site")
    with pytest.raises(EstimationError) as error:
        compare_groups(one)
    assert error.value.message.key == "estimators.error.one_cluster_treated"
    other = design_of(clustered([1, 2, 3] * 4 + [0] * 12), outcome="y", arm="t", cluster="site")
    with pytest.raises(EstimationError) as error:
        compare_groups(other)
    assert error.value.message.key == "estimators.error.one_cluster_comparison"


def test_an_unknown_site_is_refused():
    frame = clustered([0, 1] * 6 + [2, 3] * 6).astype({"site": float})
    frame.loc[3, "site"] = np.nan
    with pytest.raises(EstimationError) as error:
        compare_groups(design_of(frame, outcome="y", arm="t", cluster="site"))
    assert error.value.message.params["n"] == 1


def test_few_sites_are_said_and_setting_them_aside_too():
    design = design_of(clustered([0, 1] * 6 + [2, 3] * 6), outcome="y", arm="t", cluster="site")
    note = compare_groups(design).notes[0]
    assert note.key == "estimators.note.few_clusters"
    assert note.params == {"n": 4, "treated": 2}
    aside = compare_groups(design, errors="HC2")
    assert aside.notes[0].key == "estimators.note.clusters_set_aside"
    assert aside.settings["clusters"] == 0


def test_wrong_calls():
    with pytest.raises(ValueError, match="unknown adjust 'linear'"):
        compare_groups(nsw_design(), adjust="linear")
    with pytest.raises(ValueError, match="unknown errors 'robust'"):
        compare_groups(nsw_design(), errors="robust")


def test_sampling_weights_weight_the_means_and_hc2():
    """By hand: weighted means; HC2 scores w e / sqrt(1 - w/W) / W in each group."""
    frame = pd.DataFrame({"t": [1, 1, 1, 0, 0, 0], "y": [1.0, 4, 7, 2, 2, 5], "w": [1.0, 2, 1, 1, 1, 2]})
    effect = compare_groups(design_of(frame, outcome="y", arm="t", weight="w")).effect
    assert effect.value == pytest.approx(4.0 - 3.5)
    variance = 0.0
    for t in (0, 1):
        group = frame[frame["t"] == t]
        total = group["w"].sum()
        e = group["y"] - (group["w"] * group["y"]).sum() / total
        variance += ((group["w"] * e) ** 2 / (1 - group["w"] / total)).sum() / total**2
    assert effect.std_error == pytest.approx(np.sqrt(variance), rel=CLOSED)


def people(seed):
    """Groups of 4 to 12 people, one covariate, numbers with nothing special about them."""
    rng = np.random.default_rng(seed)
    t = np.repeat([1, 0], rng.integers(4, 13, size=2))
    return pd.DataFrame({"t": t, "y": rng.normal(size=t.size), "x": rng.normal(size=t.size)})


def both(frame, adjust, **choices):
    effect = compare_groups(
        design_of(frame, outcome="y", arm="t", covariates=["x"], **choices), adjust=adjust
    ).effect
    return np.array([effect.value, effect.std_error, effect.df])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, "ancova", "lin"]), st.floats(-1e3, 1e3))
def test_shifting_scaling_and_shuffling_change_only_what_they_must(seed, adjust, shift):
    frame = people(seed)
    base = both(frame, adjust)
    close = {"rel": 1e-6, "abs": 1e-6}
    scaled = both(frame.assign(y=-2.5 * frame["y"] + shift), adjust)
    assert scaled == pytest.approx(base * [-2.5, 2.5, 1], **close)
    assert both(frame.sample(frac=1, random_state=seed), adjust) == pytest.approx(base, **close)
    assert both(frame.assign(w=3.0), adjust, weight="w") == pytest.approx(base, **close)


def test_the_interval_covers_as_often_as_it_says():
    """Coverage of the 95 % interval, 20 against 60 with twice the spread: within Monte-Carlo error.

    2,000 draws: two standard errors are 1 point; the array functions are those the estimator calls.
    """
    from scipy import stats

    from impactkit.estimators.arms import difference

    rng = np.random.default_rng(20)
    treated = np.arange(80) < 20
    covered = 0
    for _ in range(2000):
        y = rng.normal(size=80) * np.where(treated, 2, 1)
        c = difference(
            y=y, treated=treated, X=np.empty((80, 0)), adjust=None, centre="treated", errors="HC2"
        ).contrast
        covered += abs(c.value) <= stats.t.ppf(0.975, c.df) * c.std_error
    assert 0.94 <= covered / 2000 <= 0.96
