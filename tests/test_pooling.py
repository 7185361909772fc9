"""Effects of several actions pooled: what a hand can check, then R metafor, then what must not change."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.pooling import between
from impactkit.estimators.pooling.between import between_variance
from impactkit.estimators.pooling.mean_effects import mean_effects, trace_of_p

REFERENCE = json.loads((Path(__file__).parent / "reference" / "pooling.json").read_text(encoding="utf-8"))
SETS = [name for name in REFERENCE if name not in ("call", "bcg_by_alloc")]
METHODS = ("REML", "DL", "PM", "ML", "EB", "HE", "SJ", "HS", "FE")
TESTS = {"z": False, "knha": True, "adhoc": "truncated"}
CASES = [
    (name, method, test)
    for name in SETS
    for method in METHODS
    for test in TESTS
    if method != "FE" or test == "z"
]


def frame_of(name):
    data = REFERENCE[name]["data"]
    frame = pd.DataFrame({"estimate": data["yi"], "std_error": np.sqrt(data["vi"])})
    mods = np.array(data["mods"]) if data.get("mods") else np.empty((len(frame), 0))
    names = [f"m{i}" for i in range(mods.shape[1])]
    return frame.assign(**dict(zip(names, mods.T, strict=True))), names


def pooled(name, method="REML", test="knha"):
    frame, moderators = frame_of(name)
    return ik.pool(frame, method=method, hartung_knapp=TESTS[test], moderators=moderators)


def close(expected, rel=1e-6):
    """Small values on the scale of the data: metafor itself stops 1e-14 from zero, not at it."""
    return pytest.approx(expected, rel=rel, abs=1e-9)


def test_two_equally_sure_effects_are_averaged_by_hand():
    frame = pd.DataFrame({"estimate": [1.0, 3.0], "std_error": [0.5, 0.5]})
    found = ik.pool(frame, method="DL", hartung_knapp=False)
    # Q = 2 * (1/0.25) = 8; tau2 = (8 - 1) / (8 - 32/8) = 1.75; weights 1/2 each of 1/(0.25 + 1.75)
    assert (found.q, found.tau2) == pytest.approx((8.0, 1.75))
    assert (found.effect.value, found.effect.std_error) == pytest.approx((2.0, 1.0))
    assert found.weights.tolist() == pytest.approx([0.5, 0.5])
    assert found.i2 == pytest.approx(7 / 8)
    # each keeps 1.75/2 of its distance to the average
    assert found.shrunk()["estimate"].tolist() == pytest.approx([1.125, 2.875])


@pytest.mark.parametrize(("name", "method", "test"), CASES)
def test_average_and_variation_are_those_of_metafor(name, method, test):
    found, expected = pooled(name, method, test), REFERENCE[name]["values"][f"{method}.{test}"]
    assert found.tau2 == close(expected["tau2"])
    table = found.coefficients
    for column, key in (("estimate", "b"), ("std_error", "se"), ("conf_low", "lb"), ("conf_high", "ub")):
        assert table[column].tolist() == close(np.atleast_1d(expected[key]).tolist()), column
    assert table["p_value"].tolist() == close(np.atleast_1d(expected["p"]).tolist())
    assert 100 * found.i2 == pytest.approx(expected["I2"], rel=1e-6, abs=1e-6)
    assert found.h2 == close(expected["H2"])
    assert (found.q, found.q_p_value) == close((expected["Q"], expected["Qp"]))
    if "weights" in expected:
        assert found.weights.tolist() == close(expected["weights"])


@pytest.mark.parametrize(("name", "method", "test"), CASES)
def test_shrunken_effects_are_the_blups_of_metafor(name, method, test):
    expected = REFERENCE[name]["values"][f"{method}.{test}"]
    if "blup" not in expected:
        pytest.skip("metafor gives none here")
    found = pooled(name, method, test).shrunk()
    assert found["estimate"].tolist() == close(expected["blup"])
    assert found["std_error"].tolist() == close(expected["blup_se"])
    assert found["conf_low"].tolist() == close(expected["blup_lb"])


@pytest.mark.parametrize(("name", "method", "test"), CASES)
def test_leaving_one_out_and_influence_are_those_of_metafor(name, method, test):
    expected = REFERENCE[name]["values"][f"{method}.{test}"]
    found = pooled(name, method, test)
    if "loo" in expected:
        without = found.leave_one_out()
        for column, key in (
            ("estimate", "loo"),
            ("std_error", "loo_se"),
            ("conf_low", "loo_lb"),
            ("tau2", "loo_tau2"),
            ("q", "loo_Q"),
        ):
            if expected[key]:  # metafor gives no variance for one common effect
                assert without[column].tolist() == close(expected[key]), column
    if "rstudent" in expected:
        counts = found.influence()
        for column, key in (("rstudent", "rstudent"), ("dffits", "dffits"), ("cook_distance", "cook")):
            known = [i for i, value in enumerate(expected[key]) if value is not None]  # metafor's own search
            assert len(known) >= len(counts) - 1
            assert counts[column].iloc[known].tolist() == close([expected[key][i] for i in known]), column
        assert counts["hat"].iloc[known].tolist() == close([expected["hat"][i] for i in known])


@pytest.mark.parametrize("name", SETS)
def test_moderators_together_and_what_they_explain_are_those_of_metafor(name):
    if not REFERENCE[name]["data"].get("mods"):
        assert pooled(name).moderators_test is None
        return
    for method in ("REML", "DL", "PM"):
        for test in ("z", "knha"):
            expected = REFERENCE[name]["values"][f"{method}.{test}"]
            found = pooled(name, method, test)
            q = len(found.terms) - 1
            statistic = found.moderators_test.statistic * (1 if test == "knha" else q)
            assert statistic == close(expected["QM"])
            assert found.moderators_test.p_value == close(expected["QMp"])
            assert 100 * found.r2 == close(expected["R2"])


@pytest.mark.parametrize("name", SETS)
def test_the_q_profile_of_the_variance_is_that_of_metafor(name):
    low, high = pooled(name).tau2_interval()
    assert (low, high) == close(REFERENCE[name]["values"]["qprofile"])


@pytest.mark.parametrize("name", [name for name in SETS if not REFERENCE[name]["data"].get("mods")])
def test_prediction_intervals_have_both_published_forms(name):
    found = pooled(name, "REML", "z")
    normal = found.prediction_interval(method="HTS", df=math.inf)
    assert normal == close(REFERENCE[name]["values"]["REML.z"]["pi"])
    found = pooled(name, "REML", "knha")
    student = found.prediction_interval(method="HTS", df=found.k - 1)
    assert student == close(REFERENCE[name]["values"]["REML.knha"]["pi"])


def test_the_prediction_interval_of_higgins_thompson_and_spiegelhalter_on_bcg():
    found = pooled("bcg", "REML", "z")
    expected = (-2.00837590692258, 0.579311222606298)
    assert found.prediction_interval(method="HTS") == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("k", [3, 5, 20])
def test_with_errors_next_to_nothing_a_prediction_is_that_of_a_normal_sample(k):
    """Then effects are seen as they are, and the interval is Student's: exact, whatever the true τ²."""
    y = np.random.default_rng(k).normal(1.0, 2.0, k)
    found = ik.pool(pd.DataFrame({"estimate": y, "std_error": np.linspace(1e-5, 2e-5, k)}))
    margin = stats.t.ppf(0.975, k - 1) * y.std(ddof=1) * math.sqrt(1 + 1 / k)
    low, high = found.prediction_interval()
    # A hundred values of τ² stand for its law.
    assert (low, high) == pytest.approx((y.mean() - margin, y.mean() + margin), abs=0.02 * margin)


def test_a_variance_estimated_at_zero_does_not_pass_for_known():
    found = pooled("homogeneous")
    assert found.tau2 == 0
    low, high = found.prediction_interval()
    plug_low, plug_high = found.prediction_interval(method="HTS")
    assert low < plug_low
    assert high > plug_high


@pytest.mark.parametrize("name", SETS)
def test_a_prediction_follows_the_unit_and_the_origin_of_effects(name):
    frame, moderators = frame_of(name)
    if len(frame) <= len(moderators) + 2:
        pytest.skip("no degree of freedom is left")
    moved = frame.assign(estimate=100 * frame["estimate"] + 7, std_error=100 * frame["std_error"])
    low, high = ik.pool(frame, moderators=moderators).prediction_interval()
    again = ik.pool(moved, moderators=moderators).prediction_interval()
    assert again == pytest.approx((100 * low + 7, 100 * high + 7), rel=1e-6)


def test_a_prediction_of_an_unknown_kind_is_refused():
    found = pooled("bcg")
    with pytest.raises(ValueError, match="mixture, HTS"):
        found.prediction_interval(method="z")
    with pytest.raises(ValueError, match="HTS"):
        found.prediction_interval(df=3)
    common = pooled("bcg", "FE", "z")
    assert common.prediction_interval() == common.prediction_interval(method="HTS")


@pytest.mark.parametrize("name", [name for name in SETS if not REFERENCE[name]["data"].get("mods")])
def test_eggers_regression_is_that_of_metafor(name):
    expected, found = REFERENCE[name]["values"]["egger"], pooled(name)
    if found.k < 10:
        with pytest.raises(EstimationError, match="10"):
            found.small_study()
        return
    slope = found.small_study()
    assert (slope.value, slope.std_error, slope.p_value) == close(
        (expected["b"], expected["se"], expected["p"])
    )


def test_groups_pooled_apart_and_their_comparison_are_those_of_metafor():
    entry = REFERENCE["bcg_by_alloc"]
    frame = pd.DataFrame(
        {"estimate": entry["data"]["yi"], "std_error": np.sqrt(entry["data"]["vi"])}
        | {"alloc": entry["data"]["alloc"]}
    )
    found = ik.pool(frame, by="alloc", hartung_knapp=False)
    for name, part in found.subgroups:
        assert part.effect.value == close(entry["values"]["est"][name])
        assert part.effect.std_error == close(entry["values"]["se"][name])
        assert part.tau2 == close(entry["values"]["tau2"][name])
    assert found.difference.statistic * found.difference.df1 == close(entry["values"]["QM"])
    assert found.difference.p_value == close(entry["values"]["QMp"])


def test_the_truncated_correction_is_never_narrower_than_the_usual_error():
    plain, truncated, usual = (pooled("homogeneous", "REML", test) for test in ("knha", "adhoc", "z"))
    assert plain.effect.std_error < usual.effect.std_error
    assert truncated.effect.std_error == pytest.approx(usual.effect.std_error)
    assert "pooling.note.narrower" in [note.key for note in plain.notes]
    assert not truncated.notes


def test_effects_closer_than_chance_leave_no_variance_and_a_profile_at_zero():
    found = pooled("homogeneous")
    assert found.tau2 == 0
    assert found.i2 == 0
    assert found.shrunk()["estimate"].nunique() == 1
    frame = pd.DataFrame({"estimate": [1.0, 1.0, 1.0 + 1e-6] * 5, "std_error": 1.0})
    assert ik.pool(frame).tau2_interval() == (0.0, 0.0)


@pytest.mark.parametrize(
    ("estimate", "std_error", "key"),
    [
        ([1.0], [1.0], "too_few_actions"),
        ([], [], "too_few_actions"),
        ([1.0, np.nan, 2.0], [1.0, 1.0, 1.0], "no_estimate"),
        ([1.0, np.inf, 2.0], [1.0, 1.0, 1.0], "no_estimate"),
        ([1.0, 2.0], [1.0, 0.0], "no_std_error"),
        ([1.0, 2.0], [1.0, -1.0], "no_std_error"),
        ([1.0, 2.0], [1.0, np.nan], "no_std_error"),
        ([1.0, 2.0], [np.inf, 1.0], "no_std_error"),
        ([0.3, 0.3, 0.3], [0.1, 0.2, 0.3], "identical"),
        ([0.1 + 0.2, 0.3], [0.1, 0.2], "identical"),
    ],
)
def test_what_cannot_be_pooled_says_why(estimate, std_error, key):
    with pytest.raises(EstimationError) as raised:
        ik.pool(pd.DataFrame({"estimate": estimate, "std_error": std_error}))
    assert raised.value.message.key == f"pooling.error.{key}"
    assert raised.value.message.text("en")


def test_identical_effects_can_be_pooled_with_the_usual_error():
    frame = pd.DataFrame({"estimate": [0.3, 0.3], "std_error": [0.1, 0.1]})
    for correction in (False, "truncated"):
        found = ik.pool(frame, hartung_knapp=correction)
        assert found.effect.value == pytest.approx(0.3)
        assert found.effect.std_error == pytest.approx(0.1 / math.sqrt(2))


def test_a_search_that_does_not_end_says_so(monkeypatch):
    monkeypatch.setattr(between, "_MOST_STEPS", 1)
    frame, _ = frame_of("bcg")
    with pytest.raises(EstimationError) as raised:
        ik.pool(frame)
    assert raised.value.message.key == "pooling.error.no_convergence"


def test_two_actions_tell_nothing_of_a_third_nor_of_one_alone():
    found = ik.pool(pd.DataFrame({"estimate": [0.1, 0.4], "std_error": [0.1, 0.1]}))
    for refused in (found.prediction_interval, found.leave_one_out, found.influence, found.small_study):
        with pytest.raises(EstimationError):
            refused()


def test_moderators_that_repeat_miss_or_outnumber_are_refused():
    frame, _ = frame_of("three")
    with pytest.raises(EstimationError, match="terme"):
        ik.pool(frame.assign(a=[1, 2, 3], b=[1, 0, 1]), moderators=["a", "b"])
    bcg, _ = frame_of("bcg")
    for values in ([1.0] * 13, list(range(13))):
        with pytest.raises(EstimationError) as raised:
            ik.pool(bcg.assign(a=values, b=[2 * x for x in range(13)]), moderators=["a", "b"])
        assert raised.value.message.key == "pooling.error.moderators_repeat"
    with pytest.raises(EstimationError, match="La caractéristique"):
        ik.pool(bcg.assign(a=[np.nan, *range(12)]), moderators=["a"])


def test_words_as_moderators_are_compared_with_the_first():
    frame, _ = frame_of("bcg")
    found = ik.pool(frame.assign(where=["sud", "nord"] * 6 + ["nord"]), moderators=["where"])
    assert found.terms == ("average", "where=sud")
    assert found.effect.value == pytest.approx(
        found.coefficients.loc["average", "estimate"]
        + 6 / 13 * found.coefficients.loc["where=sud", "estimate"]
    )


def test_a_group_too_small_is_named_and_an_unknown_one_told():
    frame, _ = frame_of("bcg")
    found = ik.pool(frame.assign(g=["a"] * 6 + ["b"] * 5 + ["c", None]), by="g")
    said = dict(found.subgroups)
    assert said["a"].k == 6
    assert said["c"].key == "pooling.error.too_few_actions"
    assert said[""].key == "pooling.error.group_unknown"
    assert found.tidy().loc["c"].isna().all()
    assert found.difference.df1 == 1


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"method": "MLE"}, "REML"),
        ({"hartung_knapp": "yes"}, "truncated"),
        ({"estimate": "effet"}, "std_error"),
        ({"moderators": "std_error"}, "list"),
        ({"moderators": ["std_error"], "by": "std_error"}, "choose"),
        ({"by": "groupe"}, "groupe"),
    ],
)
def test_wrong_arguments_are_named(arguments, match):
    with pytest.raises(ValueError, match=match):
        ik.pool(frame_of("bcg")[0], **arguments)
    with pytest.raises(TypeError, match="DataFrame"):
        ik.pool([1, 2])


def test_it_is_shown_in_a_notebook_and_in_a_terminal():
    found = pooled("bcg")
    assert repr(found).startswith("<Pooled REML: -0.714532 [-1.10844, -0.320621], k=13")
    assert "<table" in found._repr_html_()


effects = st.lists(
    st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=3, max_size=12, unique_by=lambda pair: pair[0]
).filter(lambda pairs: np.ptp([y for y, _ in pairs]) > 0.01)


@settings(max_examples=60, deadline=None)
@given(effects, st.sampled_from(METHODS), st.floats(1e-3, 1e3), st.floats(-10, 10))
def test_units_origin_and_order_change_nothing_but_themselves(pairs, method, unit, origin):
    y, s = np.array(pairs).T
    plain = ik.pool(pd.DataFrame({"estimate": y, "std_error": s}), method=method)
    changed = ik.pool(
        pd.DataFrame({"estimate": unit * (y + origin), "std_error": unit * s})[::-1], method=method
    )
    size = np.abs(y).max() + abs(origin)
    assert changed.tau2 == pytest.approx(unit**2 * plain.tau2, rel=1e-5, abs=1e-8 * unit**2 * size**2)
    assert changed.effect.value == pytest.approx(
        unit * (plain.effect.value + origin), rel=1e-5, abs=1e-7 * unit * size
    )
    assert changed.i2 == pytest.approx(plain.i2, abs=1e-5)
    assert sum(changed.weights) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(effects, st.sampled_from(METHODS))
def test_the_average_lies_among_the_effects_and_shrunken_ones_between(pairs, method):
    y, s = np.array(pairs).T
    found = ik.pool(pd.DataFrame({"estimate": y, "std_error": s}), method=method)
    assert y.min() - 1e-9 <= found.effect.value <= y.max() + 1e-9
    shrunk = found.shrunk()["estimate"].to_numpy()
    low, high = np.minimum(y, found.effect.value), np.maximum(y, found.effect.value)
    assert ((low - 1e-9 <= shrunk) & (shrunk <= high + 1e-9)).all()
    assert found.tau2 >= 0
    assert 0 <= found.i2 <= 1


@settings(max_examples=40, deadline=None)
@given(effects)
def test_one_common_effect_is_the_same_from_parts_pooled_first(pairs):
    y, s = np.array(pairs).T
    whole = ik.pool(pd.DataFrame({"estimate": y, "std_error": s}), method="FE")
    part = ik.pool(pd.DataFrame({"estimate": y[:2], "std_error": s[:2]}), method="FE")
    again = ik.pool(
        pd.DataFrame(
            {
                "estimate": [part.effect.value, *y[2:]],
                "std_error": [part.effect.std_error, *s[2:]],
            }
        ),
        method="FE",
    )
    assert again.effect.value == pytest.approx(whole.effect.value, rel=1e-9, abs=1e-9)
    assert again.effect.std_error == pytest.approx(whole.effect.std_error, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(effects)
def test_paule_and_mandel_solve_their_equation_and_reml_is_highest(pairs):
    y, s = np.array(pairs).T
    X, v = np.ones((len(y), 1)), s**2
    tau2 = between_variance(y=y, v=v, X=X, method="PM")
    q = mean_effects(y=y, v=v, X=X, tau2=tau2).weighted_squares
    assert q == pytest.approx(len(y) - 1) if tau2 > 0 else q <= len(y) - 1 + 1e-9

    def height(value):
        w = 1 / (v + value)
        mean = w @ y / w.sum()
        return 0.5 * np.log(w).sum() - 0.5 * w @ (y - mean) ** 2 - 0.5 * np.log(w.sum())

    found = between_variance(y=y, v=v, X=X, method="REML")
    near = [max(0.0, found + step) for step in (-1e-3, 1e-3)]
    assert all(height(found) >= height(value) - 1e-9 for value in near)


def test_the_trace_without_the_matrix_is_that_of_the_matrix():
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(9), rng.normal(size=(9, 2))])
    v = rng.uniform(0.2, 3, 9)
    fitted = mean_effects(y=rng.normal(size=9), v=v, X=X, tau2=0.7)
    W = np.diag(fitted.weights)
    P = W - W @ X @ np.linalg.inv(X.T @ W @ X) @ X.T @ W
    assert trace_of_p(fitted, X) == pytest.approx(np.trace(P))


def test_the_interval_of_the_average_is_students():
    found = pooled("bcg")
    margin = stats.t.ppf(0.95, 12) * found.effect.std_error
    assert found.effect.interval(0.9) == pytest.approx(
        (found.effect.value - margin, found.effect.value + margin)
    )
    with pytest.raises(ValueError, match="between 0 and 1"):
        found.effect.interval(1.0)


def test_ten_thousand_actions_are_pooled_without_a_square_matrix():
    rng = np.random.default_rng(1)
    s = rng.uniform(0.01, 0.2, 10_000)
    frame = pd.DataFrame({"estimate": rng.normal(0.05, np.sqrt(0.03**2 + s**2)), "std_error": s})
    found = ik.pool(frame)
    assert found.effect.value == pytest.approx(0.05, abs=0.003)
    assert found.tau == pytest.approx(0.03, abs=0.004)
