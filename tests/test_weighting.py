"""`weight`, `balance` after it and the estimates: against WeightIt and cobalt (R), by hand, by property."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import impactkit as ik
from impactkit.design.weighting.approximate import approximate_tilt
from impactkit.design.weighting.entropy import BALANCED, tilt
from impactkit.design.weighting.infeasible import culprits
from impactkit.errors import DesignError, EstimationError
from impactkit.evidence.checks.baseline_balance import design_start_of
from impactkit.text import has_key
from references import table

VALUES = json.loads((Path(__file__).parent / "reference" / "weighting.json").read_text(encoding="utf-8"))
LALONDE = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
# R's glm stops at a relative change of the deviance of 1e-8: its coefficients hold to about 3e-8.
OF_R = 1e-6
CLOSED = 1e-8


def values(key):
    return VALUES[key]["values"]


def lalonde(**choices):
    return design_of(table("lalonde_matchit").drop(columns="id"), LALONDE, **choices)


def design_of(frame, covariates, *, weight=None, cluster=None, outcome="re78", **choices):
    frame = frame.reset_index(drop=True).assign(person=range(len(frame)))
    cohort = ik.cohort_from_frame(
        frame,
        unit="person",
        arm="treat",
        outcomes=[outcome],
        covariates=covariates,
        weight=weight,
        cluster=cluster,
    )
    return ik.declare_design(cohort, covariates=covariates, **choices)


def made(n1=40, n0=90, *, seed=1, shift=0.4, **columns):
    """Two groups whose characteristics differ by ``shift`` standard deviations."""
    rng = np.random.default_rng(seed)
    treat = np.arange(n1 + n0) < n1
    x = rng.normal(size=(n1 + n0, 3)) + shift * treat[:, None]
    y = x @ [0.5, 0.3, -0.2] + 0.3 * treat + rng.normal(size=n1 + n0)
    frame = pd.DataFrame({"treat": treat.astype(int), "a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "re78": y})
    return frame.assign(**columns)


def agrees(effect, expected, *, rel=OF_R):
    assert effect.value == pytest.approx(expected["est"], rel=rel)
    assert effect.std_error == pytest.approx(expected["se"], rel=rel)


def refused(call):
    with pytest.raises(DesignError) as error:
        call()
    assert error.value.message.text("fr")
    assert error.value.message.text("en")
    return error.value.message


# ------------------------------------------------------------------ weights


@pytest.mark.parametrize(
    ("choices", "column"),
    [
        ({}, "att"),
        ({"estimand": "ATE"}, "ate"),
        ({"estimand": "ATE", "stabilise": True}, "ate_stabilised"),
        ({"method": "cbps"}, "cbps"),
    ],
)
def test_weights_as_weightit(choices, column):
    expected = table("lalonde_weights")
    design = ik.weight(lalonde(), **choices)
    np.testing.assert_allclose(design.weights.to_numpy(), expected[column], rtol=OF_R)
    if column in ("att", "ate"):
        np.testing.assert_allclose(design.comparable.score, expected["score"], rtol=OF_R)


def test_entropy_weights_are_those_of_cbps_with_another_scale():
    """WeightIt's own entropy weights stop at 1e-4 of these; those of its just-identified CBPS do not."""
    expected = table("lalonde_weights")["cbps"].to_numpy()
    entropy = ik.weight(lalonde(), method="entropy").weights.to_numpy()
    compared = expected[185:] * 429 / expected[185:].sum()
    np.testing.assert_allclose(entropy[185:], compared, rtol=OF_R)
    assert (entropy[:185] == 1).all()


def test_the_score_of_cbps_gives_its_weights():
    comparable = ik.weight(lalonde(), method="cbps").comparable
    odds = (comparable.score / (1 - comparable.score))[185:]
    np.testing.assert_allclose(odds, comparable.weights[185:], rtol=1e-10)


@pytest.mark.parametrize("method", ["logit", "cbps"])
@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_stabilised_weights_are_multiples_within_a_group(method, estimand):
    plain, stable = (
        ik.weight(lalonde(), method=method, estimand=estimand, stabilise=stabilise)
        for stabilise in (False, True)
    )
    share = 185 / 614
    factor = (1, (1 - share) / share) if estimand == "ATT" else (share, 1 - share)
    ratio = (stable.weights / plain.weights).to_numpy()
    np.testing.assert_allclose(ratio, np.repeat(factor, [185, 429]))
    one, other = (ik.compare_groups(design).effect for design in (plain, stable))
    assert other.value == pytest.approx(one.value)
    assert other.std_error == pytest.approx(one.std_error)
    np.testing.assert_allclose(stable.comparable.score, plain.comparable.score)


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("ipw_logit_ATT", {}),
        ("ipw_logit_ATE", {"estimand": "ATE"}),
        ("ipw_logit_ATE_stab", {"estimand": "ATE", "stabilise": True}),
        ("cbps_just_ATT", {"method": "cbps"}),
    ],
)
def test_estimates_as_weightit(key, choices):
    design = ik.weight(lalonde(), **choices)
    estimate = ik.compare_groups(design)
    agrees(estimate.effect, values(key)["m_estimation"])
    known = ik.compare_groups(design, errors="HC0")
    assert known.effect.std_error == pytest.approx(values(key)["se_HC0_weights_fixed"], rel=OF_R)
    found = design.comparable.settings
    assert found["effective_treated"] == pytest.approx(values(key)["ess_treated"], rel=OF_R)
    assert found["effective_comparison"] == pytest.approx(values(key)["ess_control"], rel=OF_R)
    assert estimate.settings["errors"] == "influence"
    assert estimate.settings["chosen"] == "large"


def test_entropy_balancing_as_its_exact_solution():
    design = ik.weight(lalonde(), method="entropy")
    expected = values("ebal_exact_ATT")
    effect = ik.compare_groups(design).effect
    assert effect.value == pytest.approx(expected["att"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["se_mest"], rel=CLOSED)
    assert design.comparable.settings["effective_comparison"] == pytest.approx(
        expected["ess_control"], rel=CLOSED
    )
    assert design.comparable.settings["largest_difference"] < BALANCED


def test_overlap_weights_as_published():
    """The reference has 7 digits. These weights balance means exactly; the term says whom they stand for."""
    design = ik.weight(lalonde(), estimand="ATO")
    effect = ik.compare_groups(design).effect
    agrees(effect, values("ipw_logit_ATO"))
    assert design.balance()["smd_after"].abs().max() < 1e-10
    assert effect.term == "ATO"
    assert design.estimand == "ATT"


# ------------------------------------------------------------------ balance


def test_balance_before_and_after_as_cobalt():
    un = {row["_row"]: row for row in values("lalonde.baltab_un")["table"]}
    for key, choices in (
        ("ipw_logit_ATT", {}),
        ("ipw_logit_ATE", {"estimand": "ATE"}),
        ("cbps_just_ATT", {"method": "cbps"}),
    ):
        balance = ik.weight(lalonde(), **choices).balance().set_index("covariate")
        for row in values(key)["balance"]:
            if row["Type"] == "Distance":
                continue
            mine = balance.loc[row["_row"].replace("race_", "race: ")]
            assert mine["smd_after"] == pytest.approx(row["Diff.Adj"], abs=2e-8)
            assert mine["smd"] == mine["smd_after"]
            assert mine["ks"] == pytest.approx(row["KS.Adj"], abs=2e-8)
            if row["V.Ratio.Adj"] is not None:
                assert mine["variance_ratio"] == pytest.approx(row["V.Ratio.Adj"], rel=1e-7)
            if key != "ipw_logit_ATE":
                assert mine["smd_before"] == pytest.approx(un[row["_row"]]["Diff.Un"], rel=CLOSED)


def test_distances_and_overlap_as_cobalt():
    balance = lalonde().balance(overlap=True).set_index("covariate")
    for row in values("lalonde.baltab_un")["table"]:
        mine = balance.loc[row["_row"].replace("race_", "race: ")]
        assert mine["ks"] == pytest.approx(row["KS.Un"], rel=1e-10)
        assert mine["overlap"] == pytest.approx(row["OVL.Un"], rel=1e-10)
        assert math.isnan(mine["smd_after"])
        assert mine["smd_before"] == mine["smd"]


def test_pooled_deviations_and_raw_shares_as_cobalt():
    balance = lalonde(estimand="ATE").balance(binary="raw").set_index("covariate")
    for row in values("lalonde.baltab_pooled_raw")["table"]:
        mine = balance.loc[row["_row"].replace("race_", "race: ")]
        assert mine["smd"] == pytest.approx(row["Diff.Un"], rel=CLOSED)


def test_balance_of_pairs_as_cobalt():
    """Weights of 0 and 1, as a matching gives: the same definitions, denominators from before it."""
    design = ik.weight(lalonde(), method="entropy")
    nearest = table("lalonde_weights")["nn"].to_numpy(dtype=float)
    reasons = np.where(nearest == 0, "unmatched", "").astype(object)
    paired = replace(design, comparable=replace(design.comparable, weights=nearest, reasons=reasons))
    balance = paired.balance().set_index("covariate")
    for row in values("lalonde.baltab_nn")["table"]:
        if row["Type"] == "Distance":
            continue
        mine = balance.loc[row["_row"].replace("race_", "race: ")]
        assert mine["smd_before"] == pytest.approx(row["Diff.Un"], rel=CLOSED)
        assert mine["smd_after"] == pytest.approx(row["Diff.Adj"], rel=CLOSED)
        assert mine["ks"] == pytest.approx(row["KS.Adj"], rel=CLOSED)
        if row["V.Ratio.Adj"] is not None:
            assert mine["variance_ratio"] == pytest.approx(row["V.Ratio.Adj"], rel=CLOSED)
    assert balance["effective_comparison"].iloc[0] == pytest.approx(185)


def test_weights_and_reasons_are_looked_up_by_person():
    found = ik.weight(lalonde(), trim=0.9).comparable
    people = pd.Index(found.people)
    for asked in (people, people[::-1], people[3:40].append(pd.Index(["nobody"], dtype=object))):
        np.testing.assert_array_equal(found.weights_of(asked), found.by_person.reindex(asked).to_numpy())
        reasons = pd.Series(found.reasons, index=found.people).reindex(asked).fillna("")
        assert found.reasons_of(asked).tolist() == reasons.tolist()


def test_balance_by_hand():
    """Weights 1 and 3 on values 0 and 4: the mean is 3, and two people are worth 16/10."""
    frame = pd.DataFrame({"treat": [1, 1, 0, 0], "x": [1.0, 5, 0, 4], "re78": [1.0, 2, 3, 4]})
    row = ik.weight(design_of(frame, ["x"]), method="entropy").balance().iloc[0]
    assert row["mean_comparison"] == pytest.approx(3)
    assert row["smd_before"] == pytest.approx(1 / math.sqrt(8))
    assert row["effective_comparison"] == pytest.approx(16 / 10)
    # Shares reached after 0, 1, 4 and 5: 0 v 1/4, 1/2 v 1/4, 1/2 v 1, 1 v 1.
    assert row["ks"] == pytest.approx(0.5)


def test_moments_two_balances_squares_and_three_cubes():
    for moments in (1, 2, 3):
        design = ik.weight(design_of(made(60, 200), ["a", "b"]), method="entropy", moments=moments)
        units = design.units()
        treated = units["treated"].to_numpy()
        w = units["balancing"].to_numpy()
        for power in (1, 2, 3):
            x = units["a"].to_numpy() ** power
            gap = x[treated].mean() - np.average(x[~treated], weights=w[~treated])
            assert (abs(gap) < 1e-9) == (power <= moments)


def test_the_ate_by_entropy_brings_each_group_to_everyone():
    design = ik.weight(lalonde(), method="entropy", estimand="ATE")
    balance = design.balance()
    assert balance["smd_after"].abs().max() < BALANCED
    everyone = table("lalonde_matchit")["age"].mean()
    age = balance.set_index("covariate").loc["age"]
    assert age[["mean_treated", "mean_comparison"]].to_list() == pytest.approx([everyone, everyone])
    assert design.estimand == "ATE"


def test_cbps_for_the_ate_balances_the_groups():
    design = ik.weight(lalonde(), method="cbps", estimand="ATE")
    assert design.balance()["smd_after"].abs().max() < 1e-8


def test_a_logit_that_does_not_balance_says_so():
    notes = ik.weight(lalonde()).comparable.notes
    assert [note.key for note in notes] == ["weighting.note.not_balanced"]
    assert "age" in notes[0].text("fr")
    assert ik.weight(lalonde(), method="entropy").comparable.notes == ()


def test_weights_that_rest_on_few_people_say_so():
    notes = ik.weight(design_of(made(40, 90, shift=1.2), ["a", "b", "c"])).comparable.notes
    assert any(note.key.startswith("weighting.note.few_effective") for note in notes)


# ------------------------------------------------------------------ who is left out


def test_people_whose_characteristic_is_unknown_are_left_out_with_their_reason():
    frame = made()
    frame.loc[[3, 60], "a"] = np.nan
    design = ik.weight(design_of(frame, ["a", "b"]))
    left = design.left_out
    assert left["person"].to_list() == [3, 60]
    assert set(left["reason"]) == {"covariate_missing"}
    assert (design.weights[[3, 60]] == 0).all()
    estimate = ik.compare_groups(design)
    counts = {(step.arm, step.key): step.n for step in estimate.counts}
    assert counts["treated", "entered"] == 40
    assert counts["treated", "comparable"] == counts["treated", "analysed"] == 39
    assert counts["comparison", "entered"] == 90
    assert counts["comparison", "analysed"] == 89
    whole = ik.compare_groups(ik.weight(design_of(frame.drop(index=[3, 60]), ["a", "b"])))
    assert estimate.effect.value == pytest.approx(whole.effect.value, rel=1e-12)
    assert estimate.effect.std_error == pytest.approx(whole.effect.std_error, rel=1e-12)


def test_the_attrition_check_does_not_count_those_left_out_by_design():
    frame = made(120, 300)
    frame.loc[:20, "a"] = np.nan
    evidence = ik.assess(ik.compare_groups(ik.weight(design_of(frame, ["a", "b"]))))
    check = next(check for check in evidence.checks if check.key == "attrition")
    assert (check.status, check.value) == ("ok", 0.1)
    assert check.reason.key == "check.attrition.none"


def test_trimming_by_score_leaves_people_out_and_weights_the_others_anew():
    design = ik.weight(lalonde(), trim=(0.1, 0.9))
    plain = ik.weight(lalonde()).comparable
    out = (plain.score < 0.1) | (plain.score > 0.9)
    assert (design.comparable.reasons == "score_outside").sum() == out.sum()
    kept = table("lalonde_matchit").drop(columns="id")[~out]
    again = ik.weight(design_of(kept, LALONDE))
    np.testing.assert_allclose(design.weights[~out], again.weights, rtol=1e-9)
    assert design.comparable.notes[0].key == "weighting.note.trimmed"


def test_trimming_by_weight():
    design = ik.weight(lalonde(), trim=0.95)
    plain = ik.weight(lalonde()).comparable.weights[185:]
    assert set(design.left_out["reason"]) == {"weight_high"}
    assert len(design.left_out) == (plain > np.quantile(plain, 0.95)).sum() == 22


@pytest.mark.parametrize("reason", ["covariate_missing", "score_outside", "weight_high", "not_followed"])
def test_every_reason_has_its_words(reason):
    assert has_key(f"weighting.left_out.{reason}")


# ------------------------------------------------------------------ what is refused


def test_what_cannot_be_balanced_names_the_characteristic():
    frame = made()
    constant = refused(lambda: ik.weight(design_of(frame.assign(a=1.0), ["a", "b"])))
    assert (constant.key, str(constant.params["name"])) == ("weighting.error.constant", "a")
    redundant = refused(lambda: ik.weight(design_of(frame.assign(c=2 * frame["a"] - 1), ["a", "b", "c"])))
    assert (redundant.key, str(redundant.params["name"])) == ("weighting.error.redundant", "c")
    only = refused(
        lambda: ik.weight(design_of(frame.assign(c=frame["treat"] * (frame["b"] > 0)), ["a", "c"]))
    )
    assert (only.key, str(only.params["name"])) == ("weighting.error.one_group_only", "c")
    level = np.where(frame["treat"] == 0, "autre", np.where(frame["b"] > 0, "seul", "autre"))
    only = refused(lambda: ik.weight(design_of(frame.assign(c=level), ["a", "c"])))
    assert (only.key, str(only.params["name"])) == ("weighting.error.one_group_only", "c")


def test_perfect_separation_names_what_separates():
    frame = made()
    frame["a"] = frame["a"].abs() * np.where(frame["treat"] == 1, 1, -1)
    for method in ("logit", "cbps"):
        message = refused(lambda method=method: ik.weight(design_of(frame, ["a", "b"]), method=method))
        assert message.key in ("weighting.error.separated", "weighting.error.infeasible_comparison")
        assert "a" in str(message.params["names"])
    with pytest.raises(EstimationError) as estimate:
        ik.doubly_robust(design_of(frame, ["a", "b"]))
    assert estimate.value.message.key == "weighting.error.separated_fit"


def test_an_infeasible_balance_names_the_one_characteristic_in_the_way():
    frame = made()
    frame.loc[frame["treat"] == 1, "b"] += 9
    message = refused(lambda: ik.weight(design_of(frame, ["a", "b", "c"]), method="entropy"))
    assert (message.key, str(message.params["names"])) == ("weighting.error.infeasible_comparison", "b")
    message = refused(lambda: ik.weight(design_of(frame, ["a", "b", "c"]), method="entropy", estimand="ATE"))
    assert str(message.params["names"]) == "b"


def test_an_infeasible_combination_is_told_from_its_parts():
    """Each of a and b can be balanced alone, not both; c is not in the way."""
    rng = np.random.default_rng(2)
    Z = rng.normal(size=(200, 3))
    Z[:, 1] = -Z[:, 0] - np.abs(Z[:, 1]) - 0.5
    found = culprits(Z, ["a", "b", "c"])
    assert found
    assert set(found) <= {"a", "b"}
    assert not tilt(Z, weights=np.ones(200)).converged


def test_too_few_people_for_the_characteristics():
    frame = made(2, 2)
    message = refused(lambda: ik.weight(design_of(frame, ["a", "b", "c"])))
    assert message.key == "weighting.error.too_few"


def test_nothing_to_balance_nobody_to_compare_and_wrong_options():
    frame = made()
    assert refused(lambda: ik.weight(design_of(frame, []))).key == "weighting.error.nothing"
    alone = design_of(frame, ["a"], comparison="none")
    assert refused(lambda: ik.weight(alone)).key == "design.error.no_comparison"
    design = design_of(frame, ["a"])
    assert refused(lambda: ik.weight(design, on=["re78"])).key == "weighting.error.no_baseline"
    for wrong in (
        {"method": "probit"},
        {"estimand": "ATC"},
        {"estimand": "ATO", "method": "entropy"},
        {"moments": 4},
        {"trim": 1.5},
        {"trim": (0.1, 0.9), "method": "entropy"},
        {"trim": (0.9, 0.1)},
        {"stabilise": True, "method": "entropy"},
        {"on": "a"},
        {"on": ["shoe"]},
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            ik.weight(design, **wrong)
    with pytest.raises(ValueError, match="weighted groups"):
        ik.compare_groups(design, errors="influence")
    with pytest.raises(ValueError, match="weighted groups"):
        ik.compare_groups(ik.weight(design), errors="wild")


# ------------------------------------------------------------------ estimates


def test_after_exact_balance_adjusting_on_the_same_changes_nothing():
    design = ik.weight(lalonde(), method="entropy")
    plain = ik.compare_groups(design).effect
    for adjust in ("ancova", "lin"):
        adjusted = ik.compare_groups(design, adjust=adjust).effect
        assert adjusted.value == pytest.approx(plain.value, rel=1e-9)
        assert adjusted.std_error == pytest.approx(plain.std_error, rel=1e-9)


def test_the_influence_is_that_of_the_weights_too():
    """Moving one person's sampling weight moves the estimate by her contribution: a numerical derivative."""
    for method, estimand, adjust in (
        ("logit", "ATO", "lin"),
        ("entropy", "ATE", None),
        ("cbps", "ATE", "lin"),
    ):
        frame = made(10, 20, one=1.0)

        def value(person, h, method=method, estimand=estimand, adjust=adjust, frame=frame):
            s = np.ones(len(frame))
            s[person] += h
            design = design_of(frame.assign(one=s), ["a", "b"], weight="one")
            design = ik.weight(design, method=method, estimand=estimand)
            return ik.compare_groups(design, adjust=adjust, errors="influence").effect

        squares = 0.0
        for person in range(len(frame)):
            squares += ((value(person, 1e-4).value - value(person, -1e-4).value) / 2e-4) ** 2
        assert value(0, 0.0).std_error == pytest.approx(math.sqrt(squares), rel=1e-5)


def test_people_lost_after_weighting_still_weigh_on_the_uncertainty_of_the_weights():
    frame = made(12, 40)
    frame.loc[22:30, "re78"] = np.nan
    design = ik.weight(design_of(frame, ["a", "b", "c"]), method="entropy")
    estimate = ik.compare_groups(design, errors="influence")
    assert estimate.effect.n_comparison == 31

    def value(person, h):
        s = np.ones(len(frame))
        s[person] += h
        moved = design_of(frame.assign(one=s), ["a", "b", "c"], weight="one")
        return ik.compare_groups(ik.weight(moved, method="entropy"), errors="influence").effect.value

    squares = sum(((value(p, 1e-4) - value(p, -1e-4)) / 2e-4) ** 2 for p in range(len(frame)))
    assert estimate.effect.std_error == pytest.approx(math.sqrt(squares), rel=1e-5)


def test_sampling_weights_of_two_are_people_counted_twice():
    frame = made(40, 90, w=1.0)
    frame.loc[::3, "w"] = 2.0
    twice = pd.concat([frame, frame[frame["w"] == 2]])
    for method in ("logit", "entropy", "cbps"):
        weighted = ik.weight(design_of(frame, ["a", "b"], weight="w"), method=method)
        repeated = ik.weight(design_of(twice, ["a", "b"]), method=method)
        np.testing.assert_allclose(
            weighted.weights.to_numpy(), repeated.weights.to_numpy()[: len(frame)], rtol=1e-8
        )
        mine, theirs = (
            ik.compare_groups(design, errors="influence").effect for design in (weighted, repeated)
        )
        assert mine.value == pytest.approx(theirs.value, rel=1e-8)


def test_clusters_of_one_person_only_add_their_factor_and_sums_count():
    frame = made(120, 300, site=np.arange(420))
    alone = ik.compare_groups(ik.weight(design_of(frame, ["a", "b"], cluster="site")))
    people = ik.compare_groups(ik.weight(design_of(frame, ["a", "b"])))
    assert alone.settings["clusters"] == 420
    assert alone.effect.df == 419
    assert alone.effect.std_error == pytest.approx(people.effect.std_error * math.sqrt(420 / 419), rel=1e-12)
    pairs = pd.concat([frame, frame]).assign(site=np.tile(np.arange(420), 2))
    twins = ik.compare_groups(ik.weight(design_of(pairs, ["a", "b"], cluster="site")))
    assert twins.effect.std_error == pytest.approx(alone.effect.std_error, rel=1e-9)


@pytest.mark.parametrize(
    ("n1", "n0", "choice", "adjust", "errors"),
    [
        (100, 300, "large", None, "influence"),
        (99, 300, "medium", "lin", "HC3"),
        (30, 60, "medium", "lin", "HC3"),
        (29, 60, "small", "lin", "influence"),
        (300, 29, "small", "lin", "influence"),
        (5, 40, "no_room", None, "influence"),
    ],
)
def test_the_default_by_size(n1, n0, choice, adjust, errors):
    covariates = ["a", "b", "c"] + (["d"] if choice == "no_room" else [])
    frame = made(n1, n0, d=np.random.default_rng(3).normal(size=n1 + n0))
    design = ik.weight(design_of(frame, covariates))
    estimate = ik.compare_groups(design)
    assert (estimate.settings["chosen"], estimate.settings["adjust"]) == (choice, adjust)
    assert estimate.settings["errors"] == errors
    assert f"weighting.chosen.{choice}" in [note.key for note in estimate.notes]
    if choice == "small":  # the regression of Lin without weights
        plain = ik.compare_groups(design_of(frame, covariates), adjust="lin").effect
        assert estimate.effect.value == pytest.approx(plain.value, rel=1e-9)


def test_with_few_people_the_uncertainty_knows_that_beneficiaries_are_a_sample():
    """The sum of squared derivatives by the sampling weight of each person, in Lin's regression."""
    frame = made(15, 30)

    def value(person, h):
        s = np.ones(len(frame))
        s[person] += h
        design = design_of(frame.assign(one=s), ["a", "b"], weight="one")
        return ik.compare_groups(design, adjust="lin").effect.value

    squares = sum(((value(p, 1e-4) - value(p, -1e-4)) / 2e-4) ** 2 for p in range(len(frame)))
    effect = ik.compare_groups(ik.weight(design_of(frame, ["a", "b"]))).effect
    assert effect.std_error == pytest.approx(math.sqrt(squares), rel=1e-6)


def test_few_clusters_are_given_bell_and_mccaffrey():
    frame = made(150, 300)
    frame["site"] = np.arange(450) % 12 + 12 * (1 - frame["treat"])
    estimate = ik.compare_groups(ik.weight(design_of(frame, ["a", "b"], cluster="site")))
    assert estimate.settings["errors"] == "CR2"
    assert estimate.settings["df_rule"] == "satterthwaite"
    assert estimate.settings["clusters"] == 24


def two_times(frame, **choices):
    n = len(frame)
    rng = np.random.default_rng(5)
    long = pd.DataFrame(
        {
            "person": np.tile(np.arange(n), 2),
            "time": np.repeat([0, 1], n),
            "treat": np.tile(frame["treat"], 2),
            "y": np.concatenate([frame["a"] + rng.normal(size=n), frame["re78"] + frame["a"]]),
            "a": np.tile(frame["a"], 2),
            "b": np.tile(frame["b"], 2),
        }
    )
    cohort = ik.cohort_from_frame(
        long, unit="person", period="time", arm="treat", outcomes=["y"], covariates=["a", "b"]
    )
    return ik.declare_design(cohort, covariates=["a", "b"], **choices), long


def test_did_after_weighting_is_the_weighted_difference_of_changes():
    design, long = two_times(made(120, 300))
    weighted = ik.weight(design, method="entropy")
    estimate = ik.did(weighted)
    wide = long.pivot(index="person", columns="time", values="y")
    change, treated = wide[1] - wide[0], np.arange(420) < 120
    expected = change[treated].mean() - np.average(change[~treated], weights=weighted.weights[~treated])
    assert estimate.effect.value == pytest.approx(expected)
    assert estimate.method == "did"
    assert ik.assess(estimate).checks


def test_the_outcome_before_entry_can_be_balanced():
    design, _ = two_times(made(120, 300))
    balance = ik.weight(design, on=["a", "y"], method="entropy").balance().set_index("covariate")
    assert abs(balance.loc["y", "smd_after"]) < BALANCED
    assert abs(balance.loc["a", "smd_after"]) < BALANCED
    assert abs(balance.loc["b", "smd_after"]) > 1e-3


def test_a_characteristic_outside_the_design_is_balanced_and_shown():
    design = ik.weight(replace(lalonde(), covariates=("age",)), on=["educ", "re74"], method="entropy")
    balance = design.balance().set_index("covariate")
    assert list(balance.index) == ["age", "educ", "re74"]
    assert balance.loc[["educ", "re74"], "smd_after"].abs().max() < BALANCED


def test_weighting_reads_no_outcome_after_entry():
    frame = made()
    shuffled = frame.assign(re78=frame["re78"].sample(frac=1, random_state=0).to_numpy())
    for method in ("logit", "entropy", "cbps"):
        first, second = (ik.weight(design_of(f, ["a", "b"]), method=method) for f in (frame, shuffled))
        assert (first.weights == second.weights).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(1e-4, 1e6),
    move=st.floats(-1e4, 1e4),
    method=st.sampled_from(["logit", "entropy", "cbps"]),
    estimand=st.sampled_from(["ATT", "ATE"]),
)
def test_units_of_measure_change_nothing(seed, scale, move, method, estimand):
    frame = made(60, 120, seed=seed)
    other = frame.assign(a=scale * (frame["a"] + move))
    found = []
    for f in (frame, other):
        design = ik.weight(design_of(f, ["a", "b"]), method=method, estimand=estimand)
        found.append((design.weights.to_numpy(), ik.compare_groups(design, errors="influence").effect))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    assert found[0][1].std_error == pytest.approx(found[1][1].std_error, rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(["logit", "entropy", "cbps"]))
def test_the_order_of_people_changes_nothing(seed, method):
    frame = made(40, 90, seed=seed)
    order = np.random.default_rng(seed).permutation(len(frame))
    one = ik.weight(design_of(frame, ["a", "b"]), method=method).weights.to_numpy()
    other = ik.weight(design_of(frame.iloc[order], ["a", "b"]), method=method).weights.to_numpy()
    np.testing.assert_allclose(one[order], other, rtol=1e-7)


# ------------------------------------------------------------------ figures and pages


def test_the_love_plot_shows_before_and_after():
    design = ik.weight(lalonde())
    axes = ik.plot.love(design, language="fr")
    empty = [line for line in axes.lines if line.get_markerfacecolor() == "#ffffff"]
    balance = design.balance()
    assert [line.get_xdata()[0] for line in empty] == pytest.approx(
        list(balance["smd_before"].abs()), abs=0.03
    )
    assert "1,90" in axes.alt
    assert "Before" in ik.plot.love(design, language="en").alt


def test_a_verdict_on_weighted_groups_says_how_they_were_made_comparable():
    record = ik.assess(ik.compare_groups(ik.weight(lalonde()))).record
    assert "rendu comparable" in record.sentences.method.fr
    assert record.balance[0].smd_before == pytest.approx(-0.309445, abs=0.005)
    assert any("0,1" in note.fr for note in record.notes)
    assert ik.assess(ik.compare_groups(lalonde())).record.balance[0].smd_before is None


def test_groups_alike_in_the_outcome_before_entry_start_higher():
    """3 on the scale when the outcome before is balanced; few people alike take a note off."""
    design, _ = two_times(made(120, 400, shift=0.1))
    start = [
        design_start_of(ik.compare_groups(ik.weight(design, on=on, method="entropy")))
        for on in (["a", "b"], ["a", "b", "y"])
    ]
    assert start == [2, 3]
    assert design_start_of(ik.doubly_robust(design)) == 3
    few, _ = two_times(made(60, 90, shift=1.2))
    checks = ik.assess(ik.compare_groups(ik.weight(few, on=["a", "y"], method="entropy"))).checks
    overlap = next(check for check in checks if check.key == "overlap")
    assert (overlap.status, overlap.cap) == ("caution", 2)


def test_the_psid_pool_gives_the_published_wrong_answer():
    expected = values("nsw_psid.dim")
    effect = ik.compare_groups(design_of(table("lalonde_psid"), []), errors="classic").effect
    assert effect.value == pytest.approx(expected["est"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["se"], rel=CLOSED)
    assert round(effect.value) == expected["published"]["est"]


def largest_difference(design):
    return design.balance()["smd_after"].abs().max()


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
@pytest.mark.parametrize("tolerance", [0.02, 0.1, 0.25])
def test_approximate_balance_keeps_every_level_within_its_tolerance(estimand, tolerance):
    exact = ik.weight(lalonde(), method="entropy", estimand=estimand)
    design = ik.weight(lalonde(), method="entropy", estimand=estimand, tolerance=tolerance)
    assert largest_difference(design) <= tolerance + 1e-8
    if estimand == "ATT":
        assert largest_difference(design) == pytest.approx(tolerance, abs=1e-8)
    sizes = [each.comparable.settings["effective_comparison"] for each in (exact, design)]
    assert sizes[1] > sizes[0]


def test_with_a_small_tolerance_approximate_balance_is_nearly_exact():
    exact, near = (
        ik.weight(lalonde(), method="entropy", tolerance=tolerance).weights.to_numpy()
        for tolerance in (0.0, 0.001)
    )
    np.testing.assert_allclose(near, exact, rtol=0.02, atol=0.01)


def test_a_wide_tolerance_leaves_people_as_they_are():
    frame = made()
    design = ik.weight(design_of(frame, ["a", "b"]), method="entropy", tolerance=0.99)
    np.testing.assert_allclose(design.weights, 1.0)
    plain, weighted = ik.compare_groups(design_of(frame, [])), ik.compare_groups(design, errors="influence")
    assert weighted.effect.value == pytest.approx(plain.effect.value)


def test_approximate_weights_are_the_nearest_to_equal():
    """The optimality conditions, and the primal problem solved by another program."""
    rng = np.random.default_rng(5)
    for k in (1, 2, 4):
        Z = rng.normal(size=(20, k)) + 0.5
        s, allowed = rng.uniform(0.5, 2, 20), rng.uniform(0.05, 0.3, k)
        found = approximate_tilt(Z, weights=s, tolerance=allowed)
        p = found.w * s / (found.w @ s)
        np.testing.assert_allclose((p @ Z)[found.used], found.limits[found.used], atol=1e-9)
        assert (np.abs(p @ Z) <= allowed + 1e-9).all()
        equal = s / s.sum()
        best = minimize(
            lambda q, equal=equal: q @ np.log(q / equal),
            equal,
            bounds=[(1e-12, 1)] * 20,
            constraints=[
                {"type": "eq", "fun": lambda q: q.sum() - 1},
                {
                    "type": "ineq",
                    "fun": lambda q, Z=Z, allowed=allowed: np.r_[allowed - q @ Z, allowed + q @ Z],
                },
            ],
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-12},
        )
        assert p @ np.log(p / equal) == pytest.approx(best.fun, abs=1e-7)


def test_approximate_balance_where_none_is_exact():
    """Exact balance is refused, a tolerance advised; one too small names the obstacle."""
    frame = made(40, 30)
    frame.loc[frame["treat"] == 0, "b"] = np.minimum(frame.loc[frame["treat"] == 0, "b"], 0)
    helped = frame["treat"] == 1
    spread = frame.loc[helped, "b"].std()
    frame.loc[helped, "b"] += frame.loc[~helped, "b"].max() - frame.loc[helped, "b"].mean() + spread / 10
    design = design_of(frame, ["a", "b", "c"])
    assert refused(lambda: ik.weight(design, method="entropy")).key == "weighting.error.infeasible_comparison"
    message = refused(lambda: ik.weight(design, method="entropy", tolerance=0.05))
    assert (message.key, str(message.params["names"])) == ("weighting.error.infeasible_within", "b")
    found = ik.weight(design, method="entropy", tolerance=0.3)
    assert largest_difference(found) <= 0.3 + 1e-8
    assert "weighting.note.not_balanced" in [note.key for note in found.comparable.notes]


def test_a_tolerance_is_for_entropy_only():
    for wrong in (
        {"tolerance": 0.1},
        {"method": "entropy", "tolerance": 1.5},
        {"method": "entropy", "tolerance": 1e-6},
    ):
        with pytest.raises(ValueError, match="tolerance"):
            ik.weight(lalonde(), **wrong)


def test_a_characteristic_known_for_nobody_is_named():
    frame = made().assign(b=np.nan)
    message = refused(lambda: ik.weight(design_of(frame, ["a", "b"])))
    assert (message.key, str(message.params["name"])) == ("weighting.error.constant", "b")
    assert ik.baseline_table(design_of(frame, ["a", "b"])).p_value is None


def test_groups_that_a_combination_separates_but_for_ties_are_refused():
    """Quasi-complete separation: both groups have people on the line a + b = 0, and no other in common."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 200))
    on_the_line = np.arange(200) < 30
    b = np.where(on_the_line, -a, b)
    helped = np.where(on_the_line, rng.random(200) < 0.5, a + b > 0)
    frame = pd.DataFrame({"treat": helped.astype(int), "a": a, "b": b, "re78": rng.normal(size=200)})
    design = design_of(frame, ["a", "b"])
    assert refused(lambda: ik.weight(design)).key == "weighting.error.separated"
    with pytest.raises(EstimationError):
        ik.doubly_robust(design)


def test_lalonde_before_anything_as_sandwich():
    """``lalonde.naive`` of the reference values: lm(re78 ~ treat) with sandwich's HC2 and HC3."""
    for errors, expected in (("HC2", 677.19537243291), ("HC3", 678.750080567854)):
        effect = ik.compare_groups(lalonde(), errors=errors).effect
        assert effect.value == pytest.approx(-635.026212037427, rel=CLOSED)
        assert effect.std_error == pytest.approx(expected, rel=CLOSED)


def test_lalonde_balance_before_anything_as_matchit():
    """``lalonde.unmatched_balance`` of the reference values: MatchIt 4.7.2, before matching."""
    table_of = lalonde().balance().set_index("covariate")
    expected = {
        "age": -0.309445261997982,
        "educ": 0.0549646613888354,
        "race: black": 1.76154188981543,
        "race: hispan": -0.349842541598422,
        "married": -0.826309272340716,
        "nodegree": 0.244970232272019,
        "re74": -0.721083809071869,
        "re75": -0.290262911185457,
    }
    for name, value in expected.items():
        assert table_of.loc[name, "smd"] == pytest.approx(value, rel=CLOSED)
    ratios = {"age": 0.439995463435061, "educ": 0.495893371429209, "re74": 0.518128480856177}
    for name, value in ratios.items():
        assert table_of.loc[name, "variance_ratio"] == pytest.approx(value, rel=CLOSED)


@pytest.mark.parametrize("method", ["logit", "entropy", "cbps"])
@pytest.mark.parametrize("group", [0, 1])
def test_a_characteristic_known_in_one_group_only_is_refused(method, group):
    frame = table("lalonde_matchit").assign(person=lambda rows: range(len(rows)))
    frame["age"] = frame["age"].where(frame["treat"] == group)
    cohort = ik.cohort_from_frame(frame, unit="person", arm="treat", outcomes=["re78"], covariates=["age"])
    with pytest.raises(DesignError) as error:
        ik.weight(ik.declare_design(cohort, covariates=["age"]), method=method)
    assert error.value.message.key == "weighting.error.too_few"
