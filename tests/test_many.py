"""Many actions in one pass: the numbers and reasons of one by one, on messy actions and reference data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import DesignError
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.many import balance_door, door
from impactkit.evidence.rules import smallest_detectable
from one_by_one import assert_same, assert_same_balance, balance_one_by_one, estimate_of, one_by_one
from references import NSW_COVARIATES, nsw, reference, table

CLOSED = 1e-8
PANEL = {"unit": "id", "outcome": "y", "period": "t"}
ONCE = {"unit": "id", "outcome": "y"}


def messy_action(rng, *, periods):
    """One action of up to 40 people: losses, missing values, clusters, weights, sometimes a flaw."""
    n = int(rng.integers(1, 41))
    people = pd.DataFrame(
        {
            "id": rng.permutation(200)[:n],
            "T": rng.integers(0, 2, n),
            # By half years. Two people a hundredth of a year apart, facing a third, give her a leverage h
            # with 1 - h of 1e-7: HC2 divides by it, and no two orders of addition agree beyond 1e-9.
            "x": (2 * rng.normal(50, 10, n)).round() / 2,
            "kind": rng.choice(list("abcd")[: int(rng.integers(1, 5))], n),
            "b": rng.integers(0, 2, n),
            "site": rng.integers(0, int(rng.integers(1, 12)), n).astype(float),
            "w": rng.uniform(0.2, 3, n),
        }
    )
    if rng.random() < 0.3:
        people["T"] = (people["site"] % 2).astype(int)
    people.loc[rng.random(n) < 0.05, "x"] = np.nan
    people.loc[rng.random(n) < 0.05, "kind"] = None
    flaw = rng.random()
    if flaw < 0.06:
        people["x"] = 3.0
    elif flaw < 0.12:
        people["b"] = people["x"] * 2
    elif flaw < 0.16:
        people.loc[people.index[:2], "site"] = np.nan
    elif flaw < 0.2:
        people.loc[people.index[:1], "kind"] = "rare"
    rows = []
    for period in periods:
        seen = people.assign(t=float(period), y=rng.normal(size=n) + period * people["T"])
        seen.loc[rng.random(n) < 0.08, "y"] = np.nan
        rows.append(seen[rng.random(n) > 0.07] if len(periods) > 1 else seen)
    return pd.concat(rows)


def messy(seed, *, panel=True, actions=10):
    rng = np.random.default_rng(seed)
    found = []
    for i in range(actions):
        periods = ([0, 1], [0, 1], [0, 1, 2], [5])[int(rng.integers(0, 4))] if panel else [0]
        found.append(messy_action(rng, periods=periods).assign(action=f"a{i:02d}"))
    frame = pd.concat(found, ignore_index=True)
    if rng.random() < 0.5:
        frame = frame.sample(frac=1, random_state=seed, ignore_index=True)
    return frame.assign(id="p" + frame["id"].astype(str)) if rng.random() < 0.5 else frame


def healthy(*, actions=("A", "B"), n=30, seed=5):
    """Two times, both arms, sites and weights: nothing to refuse."""
    rng = np.random.default_rng(seed)
    frames = []
    for action in actions:
        people = pd.DataFrame({"id": np.arange(n), "T": np.arange(n) % 2, "site": np.arange(n) // 2 % 7})
        people = people.assign(x=rng.normal(size=n), w=rng.uniform(1, 2, n), action=action)
        frames += [people.assign(t=t, y=rng.normal(size=n) + t * people["T"]) for t in (0, 1)]
    return pd.concat(frames, ignore_index=True)


CLUSTERS_AND_WEIGHTS = {"cluster": "site", "weight": "w"}
SETTINGS = [
    {"method": "before_after"},
    {"method": "compare_groups", "treated": "T"},
    {"method": "compare_groups", "treated": "T", "adjust": "lin", "covariates": ("x", "kind")},
    {"method": "compare_groups", "treated": "T", "adjust": "ancova", "covariates": ("b", "x")},
    {"method": "compare_groups", "treated": "T", "adjust": "lin", "estimand": "ATE"},
    {"method": "did", "treated": "T"},
    {"method": "did", "treated": "T", "covariates": ("x", "kind")},
    {"method": "did", "treated": "T", "covariates": ("x",), "estimand": "ATE"},
]


@pytest.mark.parametrize(
    "extra", [{}, {"cluster": "site"}, {"weight": "w"}, {"cluster": "site", "weight": "w"}]
)
@pytest.mark.parametrize("choices", SETTINGS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=2, deadline=None)
def test_the_numbers_and_reasons_of_one_by_one(choices, extra, seed):
    frame = messy(seed)
    many = ik.estimate_many(frame, **PANEL, **choices, **extra)
    assert_same(many, one_by_one(frame, **PANEL, **choices, **extra))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=3, deadline=None)
def test_the_same_without_periods(seed):
    frame = messy(seed, panel=False)
    for choices in ({}, {"adjust": "lin", "covariates": ("x", "kind")}, {"weight": "w"}, {"cluster": "site"}):
        choices = {"method": "compare_groups", "treated": "T"} | choices
        many = ik.estimate_many(frame, **ONCE, **choices)
        assert_same(many, one_by_one(frame, **ONCE, **choices))


@given(seed=st.integers(0, 10_000), panel=st.booleans(), weight=st.sampled_from([None, "w"]))
@settings(max_examples=4, deadline=None)
def test_the_balance_tables_of_one_by_one(seed, panel, weight):
    frame = messy(seed, panel=panel)
    for estimand in ("ATT", "ATE"):
        choices = {**(PANEL if panel else ONCE), "treated": "T", "weight": weight, "estimand": estimand}
        choices["covariates"] = ("x", "kind", "b")
        assert_same_balance(ik.balance_many(frame, **choices), balance_one_by_one(frame, **choices))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=3, deadline=None)
def test_rows_in_another_order_and_other_names_change_nothing(seed):
    frame = messy(seed)
    choices = {**PANEL, "method": "did", "treated": "T", "covariates": ("x", "kind"), "cluster": "site"}
    expected = ik.estimate_many(frame, **choices)
    moved = frame.sample(frac=1, random_state=seed)
    numbers = list(expected.select_dtypes("number").columns)
    found = ik.estimate_many(moved, **choices)
    pd.testing.assert_frame_equal(found[numbers], expected[numbers], rtol=1e-9, atol=1e-11)
    assert found["reason"].tolist() == expected["reason"].tolist()
    # Actions renamed so that they stand in the opposite order, people so that they are texts.
    last = {name: f"z{99 - i}" for i, name in enumerate(sorted(frame["action"].unique()))}
    renamed = moved.assign(action=moved["action"].map(last), id=moved["id"].astype(str) + "x")
    found = ik.estimate_many(renamed, **choices).iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[numbers], expected[numbers], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("rows", [1, 60, 500])
def test_blocks_of_actions_change_nothing(rows, monkeypatch):
    frame = messy(3)
    choices = {**PANEL, "treated": "T", "covariates": ("x", "kind")}
    expected = ik.estimate_many(frame, method="did", cluster="site", **choices)
    balance = ik.balance_many(frame, **choices)
    monkeypatch.setattr(door, "ROWS_AT_ONCE", rows)
    monkeypatch.setattr(balance_door, "ROWS_AT_ONCE", rows)
    found = ik.estimate_many(frame, method="did", cluster="site", **choices)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-10, atol=1e-12)
    pd.testing.assert_frame_equal(ik.balance_many(frame, **choices), balance, rtol=1e-10, atol=1e-12)


def spoilt(change):
    """Return healthy actions between which stands one that ``change`` spoils."""
    bad = change(healthy(actions=("bad",)))
    return pd.concat([healthy(actions=("a",)), bad, healthy(actions=("z",))], ignore_index=True)


def with_first(frame, **values):
    """Return the frame with other values in its first row."""
    frame = frame.astype({name: object if value is None else float for name, value in values.items()})
    for name, value in values.items():
        frame.loc[frame.index[0], name] = value
    return frame


FLAWS = {
    "cohort.error.arm_missing": lambda f: with_first(f, T=np.nan),
    "cohort.error.arm_not_binary": lambda f: f.assign(T=2),
    "cohort.error.weight_not_positive": lambda f: with_first(f, w=0),
    "cohort.error.outcome_not_number": lambda f: with_first(f, y=np.inf),
    "cohort.error.unit_missing": lambda f: with_first(f, id=np.nan),
    "cohort.error.period_not_number": lambda f: with_first(f, t=np.nan),
    "cohort.error.duplicate_unit_period": lambda f: pd.concat([f, f.iloc[:3]]),
    "cohort.error.arm_changes": lambda f: with_first(f, T=1),
    "cohort.error.cluster_changes": lambda f: with_first(f, site=99),
    "cohort.error.weight_changes": lambda f: with_first(f, w=99),
    "design.error.nobody_enters": lambda f: f.assign(T=0),
    "design.error.nobody_compared": lambda f: f.assign(T=1),
    "estimators.error.no_baseline": lambda f: f[f["t"] == 1],
    "estimators.error.too_few_treated": lambda f: f[(f["T"] == 0) | (f["id"] == 1)],
    "estimators.error.too_few_comparison": lambda f: f[(f["T"] == 1) | (f["id"] == 0)],
    "estimators.error.cluster_unknown": lambda f: f.assign(site=f["site"].where(f["id"] > 2)),
    "estimators.error.one_cluster_treated": lambda f: f.assign(site=f["site"].where(f["T"] == 0, 50)),
    "estimators.error.one_cluster_comparison": lambda f: f.assign(site=f["site"].where(f["T"] == 1, 50)),
    "estimators.error.too_many_columns": lambda f: f[f["id"] < 4].assign(site=f["id"]),
    "estimators.error.redundant_columns": lambda f: f.assign(x=1.0),
    "estimators.error.no_variation": lambda f: f.assign(y=3.0),
}


@pytest.mark.parametrize("key", FLAWS)
def test_a_flaw_gives_its_reason_and_does_not_stop_the_others(key):
    frame = spoilt(FLAWS[key])
    choices = {"method": "did", "treated": "T", "covariates": ("x",), "cluster": "site", "weight": "w"}
    many = ik.estimate_many(frame, **PANEL, **choices)
    assert many["reason"].tolist() == [None, key, None]
    assert_same(many, one_by_one(frame, **PANEL, **choices))
    refused = many.iloc[1]
    assert refused["explanation"]
    assert refused[["estimate", "std_error", "df", "p_value", "conf_low", "detectable"]].isna().all()


def test_a_weight_that_outweighs_all_others_is_refused():
    frame = spoilt(lambda f: f.assign(w=np.where(f["id"] == 0, 1e12, 1.0)))
    for method in ("compare_groups", "did"):
        choices = {"method": method, "treated": "T", "weight": "w"}
        many = ik.estimate_many(frame, **PANEL, **choices)
        assert many["reason"].tolist() == [None, "estimators.error.rests_on_one", None]
        assert_same(many, one_by_one(frame, **PANEL, **choices))


def test_nothing_to_adjust_on_is_said():
    frame = healthy().query("t == 1")
    many = ik.estimate_many(frame, **ONCE, method="compare_groups", treated="T", adjust="lin")
    assert set(many["reason"]) == {"estimators.error.nothing_to_adjust"}


def test_reasons_are_told_in_the_language_of_the_session():
    frame = spoilt(FLAWS["estimators.error.no_variation"])
    choices = {**PANEL, "method": "did", "treated": "T"}
    try:
        ik.set_language("en")
        assert "does not vary" in ik.estimate_many(frame, **choices)["explanation"][1]
        ik.set_language("fr")
        assert "ne varie pas" in ik.estimate_many(frame, **choices)["explanation"][1]
    finally:
        ik.set_language("fr")


def test_arms_by_name_take_the_one_compared():
    frame = healthy()
    names = np.where(
        frame["T"] == 1, "beneficiary", np.where(frame["id"] % 4 == 0, "refused", "waiting_list")
    )
    frame["T"] = names
    for comparison in ("never_treated", "waiting_list"):
        choices = {"method": "did", "treated": "T", "comparison": comparison}
        many = ik.estimate_many(frame, **PANEL, **choices)
        assert_same(many, one_by_one(frame, **PANEL, **choices))
    assert many["n_comparison"].tolist() == [7, 7]


def test_lots_drawn_centre_on_everyone():
    frame = healthy()
    choices = {"method": "compare_groups", "treated": "T", "adjust": "lin", "covariates": ("x",)}
    choices |= {"comparison": "randomised"}
    assert_same(ik.estimate_many(frame, **PANEL, **choices), one_by_one(frame, **PANEL, **choices))


def as_reference(row, expected):
    for mine, theirs in (
        ("estimate", "estimate"), ("std_error", "std.error"), ("df", "df"), ("conf_low", "conf.low"),
    ):  # fmt: skip
        assert row[mine] == pytest.approx(expected[theirs], rel=CLOSED if mine != "conf_low" else 1e-7)


@pytest.mark.parametrize(("key", "adjust"), [("nsw.dim", None), ("nsw.lin", "lin"), ("nsw.ancova", "ancova")])
def test_the_nsw_experiment_as_estimatr(key, adjust):
    frame = nsw().assign(action="nsw")
    frame["id"] = np.arange(len(frame))
    covariates = NSW_COVARIATES if adjust else ()
    many = ik.estimate_many(
        frame, unit="id", outcome="re78", method="compare_groups", treated="treat", adjust=adjust,
        covariates=covariates, estimand="ATE",
    )  # fmt: skip
    as_reference(many.iloc[0], reference(key))


def test_clusters_as_estimatr():
    frame = table("cluster_sim").assign(action=1)
    frame["id"] = np.arange(len(frame))
    many = ik.estimate_many(frame, unit="id", outcome="y", method="compare_groups", treated="z", cluster="cl")
    as_reference(many.iloc[0], reference("cluster.dim"))
    assert many.loc[0, "n_clusters"] == 40
    assert not many.loc[0, "few_clusters"]


def test_sleep_as_r():
    """R: t.test(extra ~ group, data = sleep, paired = TRUE), t = -4.0621, p = .002833."""
    frame = table("sleep").assign(action="sleep")
    frame["group"] = frame["group"].astype(int)
    many = ik.estimate_many(frame, unit="ID", outcome="extra", period="group", method="before_after")
    assert many.loc[0, "statistic"] == pytest.approx(4.06212768338, rel=CLOSED)
    assert many.loc[0, "p_value"] == pytest.approx(0.00283289019738, rel=CLOSED)


def test_card_krueger_as_clubsandwich():
    """People seen at both times; errors by restaurant."""
    expected = reference("card_krueger_balanced")
    frame = table("card_krueger").assign(action="nj")
    many = ik.estimate_many(frame, unit="id", outcome="fte", period="d", method="did", treated="nj")
    row = many.iloc[0]
    assert row["estimate"] == pytest.approx(expected["fe_att"], rel=CLOSED)
    assert row["std_error"] == pytest.approx(expected["CR2_se"], rel=CLOSED)
    assert row["df"] == pytest.approx(expected["CR2_df"], rel=CLOSED)


def test_counts_add_up_and_say_why():
    frame = messy(11)
    many = ik.estimate_many(frame, **PANEL, method="did", treated="T", covariates=("x",))
    entered = many["entered_treated"] + many["entered_comparison"]
    assert (entered - many["n_treated"] - many["n_comparison"]).equals(many["n_dropped"])
    assert (many["no_baseline"] + many["not_followed"] + many["no_covariates"]).equals(many["n_dropped"])


def test_few_clusters_are_marked():
    many = ik.estimate_many(healthy(), **PANEL, method="did", treated="T", cluster="site")
    assert many["n_clusters"].tolist() == [7, 7]
    assert many["few_clusters"].all()
    assert not ik.estimate_many(healthy(), **PANEL, method="did", treated="T")["few_clusters"].any()


def test_the_detectable_effect_is_that_of_the_verdict():
    many = ik.estimate_many(healthy(), **PANEL, method="did", treated="T", level=0.9)
    for row in many.itertuples():
        assert row.detectable == pytest.approx(smallest_detectable(row.std_error, row.df), rel=1e-12)
    low, high = estimate_of(healthy(actions=("A",)), method="did", treated="T", **PANEL).effect.interval(0.9)
    assert many.loc[0, ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high], rel=1e-10)


def test_p_values_are_corrected_for_all_actions():
    frame = spoilt(FLAWS["estimators.error.no_variation"])
    for name in ("holm", "bh"):
        many = ik.estimate_many(frame, **PANEL, method="did", treated="T", multiplicity=name)
        expected = adjust_p(many["p_value"].fillna(1.0), name)
        assert many["p_adjusted"][[0, 2]].tolist() == pytest.approx(expected[[0, 2]].tolist())
        assert np.isnan(many["p_adjusted"][1])


def test_an_action_not_known_is_an_error_with_its_count():
    frame = with_first(healthy(), action=None)
    for order in (frame, frame.sample(frac=1, random_state=1)):
        with pytest.raises(DesignError) as caught:
            ik.estimate_many(order, **PANEL, method="did", treated="T")
        assert caught.value.message.key == "many.error.action_missing"
        assert caught.value.message.params == {"n": 1}


@pytest.mark.parametrize("dtypes", [
    {"action": "category", "id": "category", "site": "category"},
    {"action": "string", "id": "string", "T": "boolean", "y": "Float64", "site": "string"},
    {"action": "str", "id": "Int64", "T": "Int64", "t": "Int64", "w": "Float64"},
])  # fmt: skip
def test_columns_of_other_types_give_the_same(dtypes):
    frame = healthy()
    choices = {
        **PANEL,
        "method": "did",
        "treated": "T",
        "cluster": "site",
        "weight": "w",
        "covariates": ("x",),
    }
    expected = ik.estimate_many(frame, **choices)
    numbers = list(expected.select_dtypes("number").columns)
    found = ik.estimate_many(frame.astype(dtypes), **choices)
    pd.testing.assert_frame_equal(found[numbers], expected[numbers], rtol=1e-10)
    assert found["action"].tolist() == ["A", "B"]


@given(shift=st.sampled_from([0.0, 1e6, -1e9]), scale=st.sampled_from([1e-9, -3.0, 1e9]))
@settings(max_examples=9, deadline=None)
def test_shifting_and_scaling_the_outcome(shift, scale):
    """A shift costs the digits that it takes from the outcome itself."""
    frame = healthy()
    moved = frame.assign(y=scale * (frame["y"] + shift))
    rel = 1e-9 + 1e-15 * abs(shift) * 100
    for choices in ({"method": "did"}, {"method": "compare_groups", "adjust": "lin", "covariates": ("x",)}):
        before = ik.estimate_many(frame, **PANEL, treated="T", **choices)
        after = ik.estimate_many(moved, **PANEL, treated="T", **choices)
        gap = after["estimate"] - scale * before["estimate"]
        assert (gap.abs() <= rel * abs(scale) * before["std_error"]).all()
        np.testing.assert_allclose(after["std_error"], abs(scale) * before["std_error"], rtol=rel)


def test_a_balance_table_needs_something_to_compare():
    with pytest.raises(ValueError, match="nothing to compare"):
        ik.balance_many(healthy(), **ONCE, treated="T")
    found = ik.balance_many(healthy(), **PANEL, treated="T")
    assert found["covariate"].tolist() == ["y", "y"]
    assert ik.balance_many(healthy().query("t == 1"), **PANEL, treated="T").empty


def test_no_rows_give_an_empty_table():
    assert ik.balance_many(healthy().iloc[:0], **PANEL, treated="T", covariates=("x",)).empty
    many = ik.estimate_many(healthy().iloc[:0], **PANEL, method="did", treated="T")
    assert len(many) == 0
    assert {"action", "estimate", "reason"} <= set(many.columns)


def test_the_frame_is_left_unchanged():
    frame = messy(2)
    copy = frame.copy(deep=True)
    ik.estimate_many(frame, **PANEL, method="did", treated="T", covariates=("x", "kind"), weight="w")
    ik.balance_many(frame, **PANEL, treated="T", covariates=("x", "kind"), weight="w")
    pd.testing.assert_frame_equal(frame, copy)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "matching"}, "unknown method"),
        ({"comparison": "none"}, "unknown comparison"),
        ({"estimand": "LATE"}, "unknown estimand"),
        ({"adjust": "loess"}, "unknown adjust"),
        ({"multiplicity": "bonferroni"}, "unknown multiplicity"),
        ({"level": 1.0}, "level"),
        ({"treated": None}, "treated must name"),
        ({"method": "did", "adjust": "lin"}, "adjust is for compare_groups"),
        ({"covariates": ("x",)}, "covariates are taken into account"),
        ({"adjust": "lin", "covariates": "x"}, "list of names"),
        ({"adjust": "lin", "covariates": ("y",)}, "two roles"),
        ({"outcome": "nothing"}, "not in the frame"),
        ({"by": "term"}, "rename"),
    ],
)
def test_wrong_calls_are_refused(options, said):
    options = {**PANEL, "method": "compare_groups", "treated": "T"} | options
    with pytest.raises(ValueError, match=said):
        ik.estimate_many(healthy().assign(term=1), **options)
