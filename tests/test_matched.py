"""Estimation after matching: against R's sandwich, MatchIt's vignettes and Matching, and by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import impactkit as ik
from impactkit.cohort.cohort import PERIOD, UNIT
from impactkit.errors import EstimationError
from impactkit.estimators.groups.abadie_imbens import Matches, abadie_imbens, nearest_with_ties
from references import NSW_COVARIATES, matching_reference, nsw_and_cps, table
from test_matching import COVARIATES, ON_FOUR, TIED, lalonde, made, world

CLOSED = 1e-8
CASES = {
    "nn_ps_default": {},
    "nn_ps_caliper02": {"caliper": 0.2},
    "nn_ps_caliper02_closest": {"caliper": 0.2, "order": "closest"},
    "nn_logit_caliper02": {"caliper": 0.2, "distance": "linear_logit"},
    "nn_ps_replace": {"replace": True},
    "nn_maha": {"distance": "mahalanobis"},
    "nn_maha_pscal": ON_FOUR,
    "cem_default": {"method": "coarsened"},
    "exact": {"method": "exact", "on": ["race", "married", "nodegree"]},
}


@pytest.mark.parametrize("adjust", [None, "lin"], ids=["difference", "g-computation"])
@pytest.mark.parametrize("key", CASES)
def test_effects_and_errors_by_set_are_those_of_r(key, adjust):
    errors = "HC3" if key == "nn_ps_replace" else "CR1"
    matched = ik.match(lalonde(), **CASES[key])
    effect = ik.compare_groups(matched, adjust=adjust, errors=errors).effect
    expected = matching_reference(f"{key}_tied" if key in TIED else key)
    value, error = (
        (expected["effect"]["att"], expected["effect"]["se"])
        if adjust is None
        else (expected["gcomp"]["estimate"], expected["gcomp"]["se"])
    )
    assert effect.value == pytest.approx(value, rel=CLOSED)
    assert effect.std_error == pytest.approx(error, rel=CLOSED)


def lalonde_arrays():
    frame = table("lalonde_matchit")
    X = pd.get_dummies(frame[COVARIATES], columns=["race"], dtype=float).drop(columns="race_black")
    return X.to_numpy(dtype=float), frame["treat"].to_numpy() == 1, frame["re78"].to_numpy()


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_abadie_and_imbens_with_ties_equal_matching(estimand, bias):
    X, treated, y = lalonde_arrays()
    of = treated if estimand == "ATT" else np.ones(len(y), dtype=bool)
    Z = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)
    matches = nearest_with_ties(Z=Z, treated=treated, of=of)
    found = abadie_imbens(y=y, treated=treated, matches=matches, X=X if bias else None)
    expected = matching_reference(f"abadie_imbens.X.M1.bias{str(bias).upper()}.{estimand}")
    assert found.value == pytest.approx(expected["est"], rel=CLOSED)
    assert found.std_error == pytest.approx(expected["se_AI"], rel=CLOSED)


def test_abadie_and_imbens_on_the_score_equal_matching():
    _, treated, y = lalonde_arrays()
    score = table("lalonde_matching_weights")["score"].to_numpy()
    matches = nearest_with_ties(Z=score[:, None] / score.std(ddof=1), treated=treated, of=treated)
    found = abadie_imbens(y=y, treated=treated, matches=matches)
    expected = matching_reference("abadie_imbens.ps.M1.ATT")
    assert found.value == pytest.approx(expected["est"], rel=CLOSED)
    assert found.std_error == pytest.approx(expected["se_AI"], rel=CLOSED)


def test_abadie_and_imbens_by_hand():
    # Two treated share one other: differences 2 and 4, effect 3, σ² = ½ (1 + 1) / 2 = ½, K = 2, K' = 2.
    y, treated = np.array([3.0, 5.0, 1.0]), np.array([True, True, False])
    matches = Matches(of=np.array([0, 1]), by=np.array([2, 2]), share=np.ones(2))
    found = abadie_imbens(y=y, treated=treated, matches=matches)
    assert found.value == 3
    assert found.std_error == pytest.approx(((1 + 1) / 4 + 0.5 * (4 - 2) / 4) ** 0.5)


def test_the_design_door_of_abadie_and_imbens_is_the_array_function():
    matched = ik.match(lalonde(), replace=True)
    X, treated, y = lalonde_arrays()
    pairs = matched.pairs
    matches = Matches(
        of=pairs["treated"].to_numpy(), by=pairs["control"].to_numpy(), share=np.ones(len(pairs))
    )
    for adjust, columns in ((None, None), ("lin", X)):
        estimate = ik.compare_groups(matched, adjust=adjust, errors="abadie_imbens")
        expected = abadie_imbens(y=y, treated=treated, matches=matches, X=columns)
        assert estimate.effect.value == pytest.approx(expected.value, rel=1e-10)
        assert estimate.effect.std_error == pytest.approx(expected.std_error, rel=1e-10)
        assert estimate.effect.df == np.inf
    # The bias-corrected effect is g-computation's.
    lin = ik.compare_groups(matched, adjust="lin", errors="HC3")
    assert estimate.effect.value == pytest.approx(lin.effect.value, rel=1e-10)


def outcome_world(n=60, seed=0, **columns):
    frame = world(n, seed)
    frame["y"] = frame["a"] + 0.5 * frame["b"] ** 2 + frame["t"] + 0.3 * frame["y"]
    return frame.assign(**columns)


def test_errors_by_pair_are_those_of_the_paired_test():
    frame = outcome_world()
    estimate = ik.compare_groups(ik.match(made(frame, covariates=["a", "b"])), errors="CR2")
    pairs = estimate.design.pairs
    y = frame.set_index("id")["y"]
    gaps = y[pairs["treated"]].to_numpy() - y[pairs["control"]].to_numpy()
    expected = stats.ttest_1samp(gaps, 0.0)
    assert estimate.effect.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert estimate.effect.df == pytest.approx(len(pairs) - 1)
    assert estimate.settings["sets"] == len(pairs)


def test_by_default_what_was_made_alike_is_adjusted_for():
    small = ik.compare_groups(ik.match(made(outcome_world(), covariates=["a", "b"])))
    assert (small.settings["adjust"], small.settings["chosen"]) == ("ancova", "one_slope")
    large = ik.compare_groups(ik.match(lalonde()))
    assert (large.settings["adjust"], large.settings["errors"]) == ("lin", "CR2")
    assert large.effect.value == pytest.approx(matching_reference("nn_ps_default")["gcomp"]["estimate"])
    strata = ik.compare_groups(ik.match(lalonde(), method="subclass"))
    assert strata.settings["errors"] == "HC3"


def test_by_default_distances_without_a_limit_are_corrected_with_squares():
    near = ik.compare_groups(ik.match(lalonde(), distance="mahalanobis", caliper=0.25))
    assert near.settings["chosen"] == "slopes"
    few = ik.compare_groups(ik.match(made(outcome_world(100), covariates=["a", "b"]), distance="mahalanobis"))
    assert few.settings["chosen"] != "curves"
    assert "matching.note.no_limit" in [note.key for note in few.notes]
    large = ik.compare_groups(ik.match(lalonde(), distance="mahalanobis"))
    assert large.settings["chosen"] == "curves"
    assert "matching.note.bent" in [note.key for note in large.notes]
    frame = lalonde().units().loc[large.analysed]
    squares = {
        f"{name}_2": (frame[name] - frame[name].mean()) ** 2 for name in ("age", "educ", "re74", "re75")
    }
    X = pd.get_dummies(frame[COVARIATES].assign(**squares), columns=["race"], drop_first=True, dtype=float)
    y = table("lalonde_matchit")["re78"].loc[large.analysed].to_numpy()
    treated = frame["treated"].to_numpy()
    design = np.column_stack([np.ones(len(X)), X.to_numpy()])
    without = np.linalg.lstsq(design[~treated], y[~treated], rcond=None)[0]
    expected = y[treated].mean() - (design[treated] @ without).mean()
    assert large.effect.value == pytest.approx(expected, rel=1e-8)


def test_by_default_characteristics_that_matching_made_constant_are_set_aside():
    frame = outcome_world(200)
    matched = ik.match(made(frame, covariates=["g"]), method="exact")
    one = matched.units()["g"].iloc[0]
    only = ik.match(made(frame[frame["g"] == one], covariates=["g"]), method="exact")
    estimate = ik.compare_groups(only)
    assert estimate.settings["adjust"] is None
    assert estimate.settings["chosen"] == "none"


def test_where_slopes_rest_on_one_person_the_default_takes_one_slope():
    frame = nsw_and_cps().reset_index(drop=True).assign(id=lambda rows: range(len(rows)))
    cohort = ik.cohort_from_frame(frame, unit="id", arm="treat", outcomes=["re78"], covariates=NSW_COVARIATES)
    design = ik.match(ik.declare_design(cohort, covariates=NSW_COVARIATES), method="coarsened")
    assert ik.compare_groups(design).settings["chosen"] == "one_slope"
    with pytest.raises(EstimationError):
        ik.compare_groups(design, adjust="lin")


@pytest.mark.parametrize("choices", [{}, {"replace": True}, {"method": "full"}, {"method": "cardinality"}])
def test_those_whose_outcome_is_lost_leave_with_those_matched_with_them_alone(choices):
    frame = outcome_world(90, seed=1)
    design = ik.match(made(frame, covariates=["a", "b"]), **choices)
    kept = design.units()
    gone = [kept.index[kept["treated"]][0], kept.index[~kept["treated"]][-1]]
    frame.loc[frame["id"].isin(gone), "y"] = np.nan
    design = ik.match(made(frame, covariates=["a", "b"]), **choices)
    estimate = ik.compare_groups(design, errors="HC2")
    assert not set(gone) & set(estimate.analysed)
    by_arm = {}
    for step in estimate.counts:
        by_arm.setdefault(step.arm, []).append(step)
    assert sum(steps[-1].n for steps in by_arm.values()) == len(estimate.analysed)
    for steps in by_arm.values():  # each loss has a reason
        for before, after in itertools.pairwise(steps):
            assert before.n == after.n or after.reason is not None
    y = frame.set_index("id")["y"]
    if not choices:
        pairs = design.pairs[~design.pairs.isin(gone).any(axis=1)]
        expected = (y[pairs["treated"]].to_numpy() - y[pairs["control"]].to_numpy()).mean()
        assert estimate.effect.value == pytest.approx(expected)
        assert len(estimate.analysed) == 2 * len(pairs)
    if choices.get("replace"):
        pairs = design.pairs[~design.pairs[["treated", "control"]].isin(gone).any(axis=1)]
        expected = (y[pairs["treated"]].to_numpy() - y[pairs["control"]].to_numpy()).mean()
        assert estimate.effect.value == pytest.approx(expected)


def followed(**choices):
    frame = outcome_world(80, seed=3)
    rows = pd.concat([frame.assign(time=0, y=frame["b"]), frame.assign(time=1)])
    rows["site"] = rows["id"] % 9
    cohort = ik.cohort_from_frame(
        rows, unit="id", arm="t", period="time", outcomes=["y"], covariates=["a", "b"], **choices
    )
    return ik.declare_design(cohort, covariates=["a", "b"])


def test_changes_of_pairs_are_compared_between_two_times():
    matched = ik.match(followed(), caliper=0.5)
    estimate = ik.did(matched, errors="CR2")
    rows = matched.cohort.panel.set_index([UNIT, PERIOD])["y"].unstack()
    change, pairs = rows[1.0] - rows[0.0], matched.pairs
    gaps = change[pairs["treated"]].to_numpy() - change[pairs["control"]].to_numpy()
    assert estimate.effect.value == pytest.approx(gaps.mean())
    assert estimate.effect.std_error == pytest.approx(gaps.std(ddof=1) / len(gaps) ** 0.5)
    assert ik.did(matched).settings["adjust"] == "ancova"


def test_sites_take_the_place_of_pairs():
    matched = ik.match(followed(cluster="site"))
    estimate = ik.compare_groups(matched, errors="CR2")
    assert estimate.settings["clusters"] == 9
    assert "matching.note.sets_cross_sites" in [note.key for note in estimate.notes]
    aside = ik.compare_groups(matched, errors="HC2")
    assert aside.settings["clusters"] == 0
    assert "estimators.note.clusters_set_aside" in [note.key for note in aside.notes]


def test_sampling_weights_multiply_those_of_the_matching():
    frame = outcome_world(w=np.tile([1.0, 2.0], 30))
    cohort = ik.cohort_from_frame(
        frame, unit="id", arm="t", outcomes=["y"], covariates=["a", "b"], weight="w"
    )
    matched = ik.match(ik.declare_design(cohort, covariates=["a", "b"]))
    estimate = ik.compare_groups(matched, errors="HC2")
    units = matched.units().join(frame.set_index("id")["y"])
    w = units["balancing"] * units["weight"]
    t = units["treated"]
    expected = np.average(units["y"][t], weights=w[t]) - np.average(units["y"][~t], weights=w[~t])
    assert estimate.effect.value == pytest.approx(expected)
    again = ik.match(ik.declare_design(cohort, covariates=["a", "b"]), replace=True)
    with pytest.raises(EstimationError, match="sondage"):
        ik.compare_groups(again, errors="abadie_imbens")


def test_those_not_matched_are_told():
    estimate = ik.compare_groups(ik.match(lalonde(), caliper=0.2))
    assert "matching.note.on_matched" in [note.key for note in estimate.notes]
    assert ik.compare_groups(ik.match(lalonde())).notes == ()
    assert estimate.effect.n_treated == 113


@pytest.mark.parametrize(
    "estimator",
    [ik.before_after, ik.event_study, ik.goodman_bacon, ik.interrupted_series, ik.synthetic_control],
)
def test_estimators_that_would_forget_the_matching_refuse(estimator):
    with pytest.raises(EstimationError, match="appariées"):
        estimator(ik.match(followed()))


def test_did_by_date_of_entry_refuses_a_matched_design():
    with pytest.raises(EstimationError, match="appariées"):
        ik.did(ik.match(followed()), method="dr")


@pytest.mark.parametrize(
    ("choices", "call"),
    [
        ({}, {"errors": "wild"}),
        ({}, {"errors": "abadie_imbens"}),
        ({"replace": True}, {"errors": "abadie_imbens", "adjust": "ancova"}),
    ],
)
def test_errors_that_matched_people_do_not_have_are_refused(choices, call):
    with pytest.raises(ValueError, match="errors"):
        ik.compare_groups(ik.match(lalonde(), **choices), **call)
    if call == {"errors": "abadie_imbens"}:
        with pytest.raises(ValueError, match="replacement"):
            ik.compare_groups(lalonde(), errors="abadie_imbens")


def test_too_few_pairs_left_are_refused():
    frame = outcome_world()
    design = ik.match(made(frame, covariates=["a", "b"]))
    frame.loc[frame["id"].isin(design.pairs["control"].iloc[1:]), "y"] = np.nan
    with pytest.raises(EstimationError):
        ik.compare_groups(ik.match(made(frame, covariates=["a", "b"])))
