"""`doubly_robust` against reference values, its definition, and its properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.groups.augmented import augmented
from test_weighting import OF_R, design_of, lalonde, made, two_times, values


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_the_lalonde_sample_as_the_reference(estimand):
    estimate = ik.doubly_robust(lalonde(), estimand=estimand)
    assert estimate.effect.value == pytest.approx(values(f"aipw_{estimand}")["est"], rel=OF_R)
    assert estimate.effect.std_error == pytest.approx(values(f"aipw_{estimand}")["se"], rel=OF_R)
    assert estimate.effect.term == estimate.settings["estimand"] == estimand
    assert estimate.settings["residuals"] == "plain"


def test_the_estimand_is_the_designs():
    assert ik.doubly_robust(lalonde()).effect.term == "ATT"
    assert ik.doubly_robust(lalonde(estimand="ATE")).effect.term == "ATE"
    assert ik.doubly_robust(lalonde(estimand="ITT")).effect.term == "ATE"


def test_right_when_the_regression_is_exact_whatever_the_score():
    """Outcomes without noise on a line of each group: the effect is the mean of the lines' difference."""
    frame = made(120, 300)
    frame["re78"] = 2 + frame["a"] - frame["b"] + frame["treat"] * (1 + 0.5 * frame["a"])
    gain = 1 + 0.5 * frame["a"]
    design = design_of(frame, ["a", "b"])
    assert ik.doubly_robust(design).effect.value == pytest.approx(gain[frame["treat"] == 1].mean())
    assert ik.doubly_robust(design, estimand="ATE").effect.value == pytest.approx(gain.mean())


def test_by_its_definition_with_few_people():
    """The residuals of the influence are those of a regression without the person: computed one by one."""
    frame = made(20, 40)
    y, treated = frame["re78"].to_numpy(), frame["treat"].to_numpy() == 1
    X = frame[["a", "b"]].to_numpy()
    ones = np.ones(len(y))
    found = augmented(y=y, treated=treated, X=X, weights=ones, on="ATT", without_oneself=True)
    Z = np.column_stack([ones, X])
    m0 = Z @ np.linalg.lstsq(Z[~treated], y[~treated], rcond=None)[0]
    odds = found.weights
    value = (y - m0)[treated].sum() - (odds * (y - m0))[~treated].sum()
    assert found.value == pytest.approx(value / treated.sum())
    for i in np.flatnonzero(~treated)[:5]:
        others = ~treated & (np.arange(len(y)) != i)
        left_out = y[i] - Z[i] @ np.linalg.lstsq(Z[others], y[others], rcond=None)[0]
        assert found.parts[i] == pytest.approx(-odds[i] * left_out / treated.sum())
    estimate = ik.doubly_robust(design_of(frame, ["a", "b"]))
    assert estimate.settings["residuals"] == "without_oneself"
    assert estimate.effect.std_error == pytest.approx(np.sqrt(found.parts @ found.parts))


def test_the_outcome_before_entry_is_a_characteristic():
    design, _ = two_times(made(120, 300))
    estimate = ik.doubly_robust(design)
    assert estimate.effect.n_treated == 120
    record = ik.assess(estimate).record
    assert "deux façons" in record.sentences.method.fr


def test_clusters_of_twins_are_people():
    frame = made(120, 300, site=np.arange(420))
    one = ik.doubly_robust(design_of(frame, ["a", "b"], cluster="site"))
    twins = pd.concat([frame, frame]).assign(site=np.tile(np.arange(420), 2))
    two = ik.doubly_robust(design_of(twins, ["a", "b"], cluster="site"))
    assert two.effect.std_error == pytest.approx(one.effect.std_error, rel=1e-9)
    assert two.effect.df == 419


def test_sampling_weights_of_two_are_people_counted_twice():
    frame = made(40, 90, w=1.0)
    frame.loc[::3, "w"] = 2.0
    weighted = ik.doubly_robust(design_of(frame, ["a", "b"], weight="w"))
    repeated = ik.doubly_robust(design_of(pd.concat([frame, frame[frame["w"] == 2]]), ["a", "b"]))
    assert weighted.effect.value == pytest.approx(repeated.effect.value, rel=1e-8)


def test_people_not_followed_are_counted():
    frame = made(120, 300)
    frame.loc[[1, 200, 201], "re78"] = np.nan
    frame.loc[5, "a"] = np.nan
    counts = {(s.arm, s.key): s.n for s in ik.doubly_robust(design_of(frame, ["a", "b"])).counts}
    assert [counts["treated", key] for key in ("entered", "followed", "covariates_known")] == [120, 119, 118]
    assert counts["comparison", "analysed"] == 298


def test_weights_that_rest_on_few_people_say_so():
    notes = ik.doubly_robust(design_of(made(40, 90, shift=1.2), ["a", "b", "c"])).notes
    assert any(note.key.startswith("weighting.note.few_effective") for note in notes)


def test_what_it_refuses():
    frame = made()
    with pytest.raises(ValueError, match="ATC"):
        ik.doubly_robust(design_of(frame, ["a"]), estimand="ATC")
    for design, key in (
        (ik.weight(design_of(frame, ["a"])), "groups.error.doubly_robust_comparable"),
        (design_of(frame, []), "estimators.error.nothing_to_adjust"),
        (design_of(frame, ["a"], comparison="none"), "estimators.error.no_comparison"),
        (design_of(frame.assign(b=frame["a"] * 2), ["a", "b"]), "estimators.error.redundant_columns"),
        (design_of(frame.assign(b=3.0), ["a", "b"]), "estimators.error.redundant_columns"),
        (design_of(made(3, 90), ["a", "b", "c"], estimand="ATE"), "estimators.error.too_many_columns"),
        (design_of(frame.assign(re78=1.0), ["a"]), "estimators.error.no_variation"),
    ):
        with pytest.raises(EstimationError) as error:
            ik.doubly_robust(design)
        assert error.value.message.key == key


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(1e-3, 1e3),
    move=st.floats(-1e3, 1e3),
    estimand=st.sampled_from(["ATT", "ATE"]),
)
def test_units_of_the_outcome_and_of_characteristics(seed, scale, move, estimand):
    frame = made(60, 120, seed=seed)
    other = frame.assign(a=scale * frame["a"] + move, re78=scale * frame["re78"] + move)
    one, two = (ik.doubly_robust(design_of(f, ["a", "b"]), estimand=estimand).effect for f in (frame, other))
    assert two.value == pytest.approx(scale * one.value, rel=1e-6, abs=1e-8 * scale)
    assert two.std_error == pytest.approx(scale * one.std_error, rel=1e-6)


def test_balance_is_judged_with_the_weights_of_the_estimate():
    frame = made(120, 300)
    frame.loc[[1, 200], "re78"] = np.nan
    frame.loc[5, "a"] = np.nan
    design = design_of(frame, ["a", "b"])
    estimate = ik.doubly_robust(design)
    balance = estimate.design.balance(people=estimate.analysed).set_index("covariate")
    before = design.balance().set_index("covariate")
    assert balance.loc["a", "smd_before"] == pytest.approx(before.loc["a", "smd"])
    assert abs(balance.loc["a", "smd_after"]) < 0.1 < abs(before.loc["a", "smd"])
    assert estimate.design.left_out["reason"].to_list() == [
        "not_followed",
        "covariate_missing",
        "not_followed",
    ]
    assert balance["n_comparison"].iloc[0] == estimate.effect.n_comparison == 299
    record = ik.assess(estimate).record
    assert record.balance[0].smd_before == pytest.approx(before.loc["a", "smd"], abs=0.005)
