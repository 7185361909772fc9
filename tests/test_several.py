"""Subgroups, several outcomes and their index against R multtest, p.adjust and oneway.test, and by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import DesignError, EstimationError
from impactkit.estimators.several.by_subgroup import equal_effects
from impactkit.estimators.several.step_down import romano_wolf, westfall_young
from impactkit.estimators.several.summary_index import index_weights
from references import NSW_COVARIATES, nsw, table

CLOSED = 1e-8
VALUES = {
    key: entry["values"]
    for key, entry in json.loads(
        (Path(__file__).parent / "reference" / "groups.json").read_text(encoding="utf-8")
    ).items()
}


def design_of(frame, *, outcomes, arm, covariates=(), **roles):
    frame = frame.reset_index(drop=True).assign(person=range(len(frame)))
    cohort = ik.cohort_from_frame(
        frame, unit="person", arm=arm, outcomes=list(outcomes), covariates=list(covariates), **roles
    )
    return ik.declare_design(cohort, covariates=list(covariates), estimand="ATE")


def nsw_design(**roles):
    return design_of(nsw(), outcomes=["re78"], arm="treat", covariates=NSW_COVARIATES, **roles)


# ------------------------------------------------------------------ p-values for several results
@pytest.mark.parametrize("method", ["holm", "hochberg", "bh", "bonferroni"])
def test_p_values_as_p_adjust(method):
    expected = VALUES["p.adjust"]
    assert ik.adjust_p(expected["p"], method) == pytest.approx(expected[method], rel=1e-12)
    assert ik.adjust_p([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert ik.adjust_p([], method).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_corrections_keep_their_order(p):
    holm, hochberg, bh, bonferroni = (
        ik.adjust_p(p, method) for method in ("holm", "hochberg", "bh", "bonferroni")
    )
    slack = 1e-12
    assert (np.array(p) <= bh + slack).all()
    assert (bh <= hochberg + slack).all()
    assert (hochberg <= holm + slack).all()
    assert (holm <= bonferroni + slack).all()


def test_p_values_that_are_not_are_refused():
    for wrong in ([0.1, np.nan], [1.2], [[0.1]]):
        with pytest.raises(ValueError, match="between 0 and 1"):
            ik.adjust_p(wrong)
    with pytest.raises(ValueError, match="unknown method"):
        ik.adjust_p([0.1], "sidak")


# ------------------------------------------------------------------ resampling
def test_all_permutations_as_multtest():
    expected, frame = VALUES["westfall_young.t"], table("wy_small")
    Y, treated = frame.drop(columns="treat").to_numpy(), frame["treat"].to_numpy() == 1
    assert westfall_young(Y=Y, treated=treated) == pytest.approx(expected["adjp_maxT"], rel=1e-12)
    found = westfall_young(Y=Y, treated=treated, statistic="min_p")
    assert found == pytest.approx(expected["adjp_minP"], rel=1e-12)
    one = westfall_young(Y=Y[:, 1:2], treated=treated)
    assert one == pytest.approx(expected["rawp"][1:2], rel=1e-12)


def test_step_down_does_not_depend_on_units_or_order():
    rng = np.random.default_rng(3)
    Y, treated = rng.normal(size=(40, 4)), np.arange(40) < 18
    Y[:18, 0] += 2
    Y[5, 2] = np.nan
    for function in (westfall_young, romano_wolf):
        found = function(Y=Y, treated=treated)
        assert function(Y=1e6 + 1e3 * Y, treated=treated) == pytest.approx(found, abs=1e-12)
        assert function(Y=Y[:, ::-1], treated=treated) == pytest.approx(found[::-1], abs=1e-12)
        assert found[0] < 0.05
        assert (function(Y=Y[:, 1:], treated=treated) <= found[1:] + 1e-12).all()


def test_copies_of_one_outcome_cost_nothing():
    rng = np.random.default_rng(4)
    y, treated = rng.normal(size=200), np.arange(200) < 90
    y[:90] += 0.3
    for function in (westfall_young, romano_wolf):
        one = function(Y=y[:, None], treated=treated)[0]
        assert function(Y=np.column_stack([y, 2 * y, -y]), treated=treated) == pytest.approx([one] * 3)


def test_groups_that_do_not_overlap_are_as_far_as_can_be():
    Y = np.array([[1.0, 0], [1, 1], [1, 0], [0, 1], [0, 0], [0, 1]])
    treated = np.arange(6) < 3
    assert westfall_young(Y=Y[:, :1], treated=treated) == pytest.approx([2 / 20])
    # Two other splits set the second outcome apart as much.
    assert westfall_young(Y=Y, treated=treated)[0] == pytest.approx(4 / 20)
    for function in (westfall_young, romano_wolf):
        with pytest.raises(EstimationError):
            function(Y=np.ones((6, 1)), treated=treated)


def test_the_bootstrap_holds_its_level():
    rng = np.random.default_rng(6)
    found = []
    for world in range(150):
        common = rng.normal(size=(60, 1))
        Y = 0.7 * common + rng.normal(size=(60, 5))
        p = romano_wolf(Y=Y, treated=np.arange(60) < 30, draws=199, seed=world)
        found.append(p.min() <= 0.05)
    assert np.mean(found) == pytest.approx(0.05, abs=0.05)


# ------------------------------------------------------------------ several outcomes
def family_design():
    frame = table("wy_small").rename(columns={"treat": "d"})
    return design_of(frame, outcomes=[f"X{i}" for i in range(1, 6)], arm="d")


def test_several_outcomes_in_one_table():
    expected = VALUES["westfall_young.t"]
    found = ik.several_outcomes(family_design(), correction="westfall_young")
    assert found["p_adjusted"].tolist() == pytest.approx(expected["adjp_maxT"])
    holm = ik.several_outcomes(family_design(), correction="holm")
    assert holm["p_adjusted"].to_numpy() == pytest.approx(ik.adjust_p(holm["p_value"].to_numpy()))
    wolf = ik.several_outcomes(family_design(), outcomes=["X1", "X2"])
    assert wolf.equals(ik.several_outcomes(family_design(), outcomes=["X1", "X2"]))
    assert wolf["p_adjusted"][0] < 0.05 < wolf["p_adjusted"][1]


def test_an_outcome_without_an_estimate_stands_with_its_reason():
    frame = table("wy_small").assign(X2=1.0)
    design = design_of(frame, outcomes=["X1", "X2", "X3"], arm="treat")
    for correction in ("romano_wolf", "holm"):
        found = ik.several_outcomes(design, correction=correction)
        assert found["reason"].map(bool).tolist() == [False, True, False]
        assert found["p_adjusted"].isna().tolist() == [False, True, False]
    assert found["p_adjusted"][0] == pytest.approx(3 * found["p_value"][0])


def test_resampling_refuses_sites():
    frame = table("wy_small").assign(site=[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    design = design_of(frame, outcomes=["X1", "X2"], arm="treat", cluster="site")
    with pytest.raises(EstimationError) as error:
        ik.several_outcomes(design)
    assert error.value.message.key == "groups.error.resampling_plain"
    assert ik.several_outcomes(design, correction="holm")["p_adjusted"].notna().all()
    with pytest.raises(ValueError, match="unknown outcomes"):
        ik.several_outcomes(design, outcomes=["X9"])
    with pytest.raises(ValueError, match="unknown correction"):
        ik.several_outcomes(design, correction="sidak")


# ------------------------------------------------------------------ subgroups
def test_the_test_of_equal_effects_is_welch_s():
    expected, frame = VALUES["welch.nsw"], nsw()
    groups = frame["re78"].groupby(frame["black"] + 2 * frame["hisp"])
    n = groups.size().to_numpy()
    found = equal_effects(
        values=groups.mean().to_numpy(), std_errors=groups.std().to_numpy() / np.sqrt(n), df=n - 1.0
    )
    assert found.statistic == pytest.approx(expected["F"], rel=CLOSED)
    assert found.df2 == pytest.approx(expected["df2"], rel=CLOSED)
    assert found.p_value == pytest.approx(expected["p"], rel=1e-7)


def test_subgroups_are_the_estimates_of_their_people():
    found = ik.subgroups(nsw_design(), by="nodegree")
    rows = found.tidy().set_index("subgroup")
    for level in (0, 1):
        part = nsw()[nsw()["nodegree"] == level]
        effect = ik.compare_groups(design_of(part, outcomes=["re78"], arm="treat")).effect
        row = rows.loc[str(level)]
        assert row["estimate"] == pytest.approx(effect.value)
        assert row["std_error"] == pytest.approx(effect.std_error)
        assert (row["n_treated"], row["n_comparison"]) == (effect.n_treated, effect.n_comparison)
    one, two = (item.effect for _, item in found.estimates)
    t = (one.value - two.value) / np.hypot(one.std_error, two.std_error)
    assert found.interaction.statistic == pytest.approx(t**2)
    assert rows["p_adjusted"].to_numpy() == pytest.approx(ik.adjust_p(rows["p_value"].to_numpy()))


def test_subgroups_by_other_methods_and_corrections():
    adjusted = ik.subgroups(nsw_design(), by="black", adjust="lin")
    assert adjusted.estimates[0][1].settings["adjust"] == "lin"
    wolf = ik.subgroups(nsw_design(), by="nodegree", correction="romano_wolf")
    again = ik.subgroups(nsw_design(), by="nodegree", correction="romano_wolf")
    assert wolf.adjusted == again.adjusted
    holm = ik.subgroups(nsw_design(), by="nodegree")
    assert wolf.adjusted == pytest.approx(holm.adjusted, abs=0.02)


def test_few_people_and_unknown_levels_stand_with_their_reason():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"d": np.arange(200) % 2, "y": rng.normal(size=200), "kind": "a"})
    frame.loc[100:179, "kind"] = "b"
    frame.loc[180:194, "kind"] = "c"
    frame.loc[195:, "kind"] = None
    found = ik.subgroups(design_of(frame, outcomes=["y"], arm="d", covariates=["kind"]), by="kind")
    rows = found.tidy().set_index("subgroup")
    assert rows["estimate"].notna().tolist() == [True, True, False, False]
    assert rows["reason"].map(bool).tolist() == [False, False, True, True]
    assert rows["n_treated"].isna().tolist() == [False, False, True, True]
    assert found.interaction.df1 == 1
    known = ik.subgroups(
        design_of(frame[:195], outcomes=["y"], arm="d", covariates=["kind"]), by="kind"
    ).tidy()
    assert known["n_treated"].isna().tolist() == [False, True, True]  # the total would give the last one


def test_subgroups_say_what_they_cannot_do():
    design = nsw_design()
    for wrong, words in (
        ({"by": "sex"}, "not a covariate"),
        ({"by": "black", "method": "match"}, "unknown method"),
        ({"by": "black", "correction": "sidak"}, "unknown correction"),
        ({"by": "black", "method": "did", "adjust": "lin"}, "adjust goes"),
        ({"by": "black", "adjust": "lin", "correction": "romano_wolf"}, "romano_wolf"),
    ):
        with pytest.raises(ValueError, match=words):
            ik.subgroups(design, **wrong)
    with pytest.raises(EstimationError) as error:
        ik.subgroups(design, by="age")
    assert error.value.message.key == "groups.error.too_many_levels"


def test_sites_with_several_subgroups_are_noted():
    frame = nsw().assign(site=lambda t: np.arange(len(t)) % 30 + 100 * t["treat"])
    design = design_of(frame, outcomes=["re78"], arm="treat", covariates=["nodegree"], cluster="site")
    assert [note.key for note in ik.subgroups(design, by="nodegree").notes] == [
        "groups.note.clusters_cross_subgroups"
    ]


# ------------------------------------------------------------------ the index
def test_index_weights_by_hand():
    # Correlation r between two, the third apart: weights 1/(1 + r), 1/(1 + r), 1, scaled to 1.
    r = 0.6
    rng = np.random.default_rng(0)
    raw = np.linalg.qr(rng.normal(size=(500, 4)) - 0)[0]
    raw = np.linalg.qr(np.column_stack([np.ones(500), raw[:, :3]]))[0][:, 1:] * np.sqrt(499)
    Y = np.column_stack([raw[:, 0], r * raw[:, 0] + np.sqrt(1 - r**2) * raw[:, 1], raw[:, 2]])
    expected = np.array([1 / (1 + r), 1 / (1 + r), 1])
    assert index_weights(reference=Y) == pytest.approx(expected / expected.sum(), rel=1e-9)
    with pytest.raises(DesignError):
        index_weights(reference=np.column_stack([Y[:, 0], Y[:, 0]]))


def index_cohort(frame, **choices):
    frame = frame.assign(person=range(len(frame)))
    cohort = ik.cohort_from_frame(frame, unit="person", arm="d", outcomes=["a", "b", "c"])
    return ik.outcome_index(cohort, outcomes=["a", "b", "c"], **choices)


def made(n=300, seed=2):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    frame = pd.DataFrame({name: common + rng.normal(size=n) for name in ("a", "b", "c")})
    return frame.assign(d=(np.arange(n) % 2))


def test_the_index_is_an_outcome_like_another():
    frame = made()
    cohort = index_cohort(frame)
    panel = cohort.panel
    reference = panel[panel["_arm"] != "beneficiary"]["index"]
    assert reference.mean() == pytest.approx(0, abs=1e-12)
    assert reference.std() == pytest.approx(1)
    effect = ik.compare_groups(ik.declare_design(cohort, outcome="index")).effect
    assert effect.n_treated == 150
    moved = index_cohort(frame.assign(a=100 + 7 * frame["a"])).panel["index"]
    assert moved.to_numpy() == pytest.approx(panel["index"].to_numpy(), abs=1e-9)


def test_an_index_with_missing_outcomes_rests_on_the_others():
    frame = made()
    frame.loc[:20, "b"] = np.nan
    frame.loc[5, ["a", "b", "c"]] = np.nan
    values = index_cohort(frame).panel["index"]
    assert values.isna().sum() == 1
    assert np.isnan(values[5])


def test_an_index_says_what_it_cannot_do():
    frame = made()
    for wrong, words in (({"outcomes": ["a"]}, "two names"), ({"outcomes": ["a", "z"]}, "unknown outcomes")):
        cohort = ik.cohort_from_frame(
            frame.assign(person=range(300)), unit="person", arm="d", outcomes=["a", "b", "c"]
        )
        with pytest.raises(ValueError, match=words):
            ik.outcome_index(cohort, **wrong)
    with pytest.raises(ValueError, match="already"):
        index_cohort(frame, name="a")
    for broken, key in (
        (frame.assign(b=1.0), "constant_outcome"),
        (frame.assign(b=frame["a"]), "redundant_outcomes"),
        (frame.assign(d=1), "no_reference"),
    ):
        with pytest.raises(DesignError) as error:
            index_cohort(broken)
        assert error.value.message.key == f"groups.error.{key}"


def test_subgroups_of_people_followed_over_time():
    rng = np.random.default_rng(0)
    n = 200
    frame = pd.DataFrame({"id": np.repeat(range(n), 3), "t": np.tile(range(3), n)})
    frame["kind"] = np.repeat(rng.integers(0, 2, n), 3)
    frame["entry"] = np.repeat(rng.choice([0, 2], n), 3)
    inside = (frame["entry"] > 0) & (frame["t"] >= 2)
    frame["y"] = rng.normal(size=3 * n) + 2.0 * inside * frame["kind"]
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="t", entry="entry", outcomes=["y"], covariates=["kind"]
    )
    design = ik.declare_design(cohort, covariates=["kind"])
    found = ik.subgroups(design, by="kind", method="did")
    for level, item in found.estimates:
        part = frame[frame["kind"] == int(level)]
        alone = ik.cohort_from_frame(part, unit="id", period="t", entry="entry", outcomes=["y"])
        assert item.effect.value == pytest.approx(ik.did(ik.declare_design(alone)).effect.value)
    assert found.interaction.p_value < 0.001
    index = ik.outcome_index(
        ik.cohort_from_frame(
            frame.assign(z=frame["y"] + rng.normal(size=3 * n)),
            unit="id",
            period="t",
            entry="entry",
            outcomes=["y", "z"],
        ),
        outcomes=["y", "z"],
    )
    assert ik.did(ik.declare_design(index, outcome="index")).effect.value > 0
