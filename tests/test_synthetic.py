"""`synthetic_control` and `synthetic_did` against R's synthdid, their placebos, properties and refusals.

Tolerance. The weights come from a descent that stops when a step gains less than (1e-5 σ)², by the same steps
as synthdid: the stopping point itself is reproduced, and estimates agree to 1e-10. The reference's weights
are given to six decimals.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.events.twfe import Panel, regress
from impactkit.estimators.result import StudentT
from impactkit.estimators.synthetic.frank_wolfe import simplex_weights
from impactkit.text import Message
from references import series_reference, table

R = 1e-10
METHODS = {"sdid": ik.synthetic_did, "sc": ik.synthetic_control}
BOTH = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@pytest.fixture(scope="module")
def california():
    data = table("prop99")
    data["entry"] = np.where(data["State"] == "California", 1989, 0)
    cohort = ik.cohort_from_frame(
        data, unit="State", period="Year", entry="entry", outcomes=["PacksPerCapita"]
    )
    design = ik.declare_design(cohort)
    return {name: method(design) for name, method in METHODS.items()}


def made(seed=0, *, donors=6, treated=1, before=10, after=4, effect=3.0):
    """Territories that share two factors, and the treated ones' effect from period 0."""
    draw = np.random.default_rng(seed)
    times = np.arange(-before, after)
    factors = draw.normal(size=(2, before + after)).cumsum(axis=1)
    rows = []
    for i in range(treated + donors):
        y = 50 + draw.dirichlet([1, 1]) @ factors + 0.3 * draw.normal(size=before + after)
        y += effect * (times >= 0) * (i < treated)
        name = f"t{i}" if i < treated else f"d{i - treated}"
        rows += [
            {"place": name, "time": t, "y": v, "entry": 0.0 if i < treated else np.inf}
            for t, v in zip(times, y, strict=True)
        ]
    return pd.DataFrame(rows)


def design_of(frame):
    # Period 0 counts as "never" in a frame's entry column: the start is at 100.
    shifted = frame.assign(time=frame["time"] + 100, entry=frame["entry"] + 100)
    cohort = ik.cohort_from_frame(shifted, unit="place", period="time", entry="entry", outcomes=["y"])
    return ik.declare_design(cohort)


# ------------------------------------------------------------------ R
@pytest.mark.parametrize("name", METHODS)
def test_the_californian_programme_as_synthdid(california, name):
    values = series_reference("prop99_synthdid")[name]
    estimate = california[name]
    assert estimate.effect.value == pytest.approx(values["est"], rel=R)
    weights = estimate.unit_weights.set_index("unit")["weight"]
    for unit, weight in values["omega_top"].items():
        assert weights[unit] == pytest.approx(weight, abs=6e-7)
    assert weights.sum() == pytest.approx(1)
    periods = estimate.time_weights.set_index("period")["weight"]
    given_weights = {float(year): weight for year, weight in (values["lambda"] or {}).items()}
    assert periods[periods > 0].to_dict() == pytest.approx(given_weights, abs=6e-7)


@pytest.mark.parametrize("name", METHODS)
def test_every_placebo_as_synthdid(california, name):
    (values,) = [item for item in series_reference("prop99_exact_placebo") if item["method"] == name]
    estimate = california[name]
    found = estimate.placebos.set_index("unit")["estimate"]
    assert set(found.index) == set(values["placebo"])
    for unit, value in values["placebo"].items():
        assert found[unit] == pytest.approx(value, abs=1e-10)
    assert estimate.effect.std_error == pytest.approx(values["sd_n1"], rel=R)
    assert estimate.settings["rank_p"] == pytest.approx(values["rank_p_two"], rel=1e-12)
    assert estimate.settings["smallest_p"] == 1 / 39
    assert estimate.effect.reference == StudentT(37)


def test_the_californian_programme_and_its_placebos_in_two_way_effects():
    """The row "DiD" of the article, -27.3, and the same for each of the 38 other states."""
    (values,) = [item for item in series_reference("prop99_exact_placebo") if item["method"] == "did"]
    data = table("prop99")

    def effect(treated, rows):
        panel = Panel(
            y=rows["PacksPerCapita"].to_numpy(dtype=float),
            units=np.unique(rows["State"], return_inverse=True)[1],
            periods=rows["Year"].to_numpy() - 1970,
            clusters=np.unique(rows["State"], return_inverse=True)[1],
            start=np.where(rows["State"] == treated, 19, 10**6),
        )
        return regress(panel, panel.exposed.astype(float)[:, None]).coef[0]

    assert effect("California", data) == pytest.approx(values["est"], rel=R)
    assert values["est"] == series_reference("prop99_synthdid")["did"]["est"]
    others = data[data["State"] != "California"]
    for state, value in values["placebo"].items():
        assert effect(state, others) == pytest.approx(value, abs=1e-10), state


def test_the_path_is_the_gap_by_year_and_averages_to_the_effect(california):
    for estimate in california.values():
        after = [effect.value for effect in estimate.path if effect.event_time >= 0]
        assert len(after) == 12
        assert np.mean(after) == pytest.approx(estimate.effect.value, rel=1e-12)
        assert np.isfinite(estimate.tidy().drop(columns=["term", "event_time"]).to_numpy(dtype=float)).all()


def test_without_a_donor(california):
    left_out = california["sc"].leave_one_out
    assert left_out["unit"].tolist()[:3] == ["Utah", "Montana", "Nevada"]
    assert (left_out["weight"] > 0).all()
    data = table("prop99").query("State != 'Utah'")
    data["entry"] = np.where(data["State"] == "California", 1989, 0)
    cohort = ik.cohort_from_frame(
        data, unit="State", period="Year", entry="entry", outcomes=["PacksPerCapita"]
    )
    without = ik.synthetic_control(ik.declare_design(cohort)).effect.value
    assert left_out["estimate"].iloc[0] == pytest.approx(without, rel=R)


# ------------------------------------------------------------------ the optimiser
def test_the_weights_are_those_of_a_general_optimiser():
    draw = np.random.default_rng(2)
    A, b = draw.normal(size=(1, 12, 5)), draw.normal(size=(1, 12))
    zeta = np.array([0.3])
    ours = simplex_weights(A, b, zeta=zeta, floor=np.array([1e-7]))[0]

    def objective(x):
        return np.sum((A[0] @ x - b[0]) ** 2) / 12 + zeta[0] ** 2 * np.sum(x**2)

    peer = optimize.minimize(
        objective,
        np.full(5, 0.2),
        bounds=[(0, 1)] * 5,
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert objective(ours) <= peer.fun + 1e-9
    assert ours == pytest.approx(peer.x, abs=1e-3)


def test_problems_solved_together_are_those_solved_alone():
    draw = np.random.default_rng(3)
    A, b = draw.normal(size=(7, 9, 4)), draw.normal(size=(7, 9))
    zeta, floor = np.full(7, 0.1), np.full(7, 1e-4)
    together = simplex_weights(A, b, zeta=zeta, floor=floor)
    for i in range(7):
        alone = simplex_weights(A[[i]], b[[i]], zeta=zeta[[i]], floor=floor[[i]])
        assert together[i] == pytest.approx(alone[0], abs=1e-12)


# ------------------------------------------------------------------ properties
@BOTH
def test_a_true_effect_is_found(method):
    found = [method(design_of(made(seed))).effect.value for seed in range(3)]
    assert np.mean(found) == pytest.approx(3, abs=0.6)


@settings(max_examples=3, deadline=None)
@given(
    method=st.sampled_from(list(METHODS.values())),
    scale=st.floats(-9, 9).map(lambda power: 10.0**power),
    shift=st.floats(-100, 100),
    seed=st.integers(0, 1000),
)
def test_scale_shift_order_and_names(method, scale, shift, seed):
    frame = made(seed)
    base = method(design_of(frame))
    names = {name: f"{37 * (i + 1) % 11}-{name}" for i, name in enumerate(frame["place"].unique())}
    other = frame.assign(y=scale * (frame["y"] + shift), place=frame["place"].map(names))
    changed = method(design_of(other.sample(frac=1, random_state=seed)))
    size = abs(base.effect.value) + base.effect.std_error
    assert changed.effect.value / scale == pytest.approx(base.effect.value, abs=1e-6 * size)
    assert changed.effect.std_error / scale == pytest.approx(base.effect.std_error, rel=1e-6)
    assert changed.settings["rank_p"] == base.settings["rank_p"]


def test_a_level_of_its_own_changes_nothing_in_differences_but_all_in_a_control():
    frame = made(4)
    higher = frame.assign(y=frame["y"] + 20 * (frame["place"] == "t0"))
    same = ik.synthetic_did(design_of(higher)).effect.value
    assert same == pytest.approx(ik.synthetic_did(design_of(frame)).effect.value, rel=1e-9)
    assert abs(ik.synthetic_control(design_of(higher)).effect.value) > 15


@BOTH
def test_with_two_donors_the_range_is_wide_and_the_rank_at_most_one_in_three(method):
    estimate = method(design_of(made(5, donors=2)))
    assert estimate.effect.reference == StudentT(1)
    assert estimate.settings["smallest_p"] == 1 / 3
    assert [note.key for note in estimate.notes] == [
        "estimators.note.placebo_rank",
        "estimators.note.few_donors",
    ]


@BOTH
def test_several_treated_are_averaged_and_placebos_are_sets_of_as_many(method):
    frame = made(6, treated=2, donors=5)
    estimate = method(design_of(frame))
    assert (estimate.effect.n_treated, estimate.effect.n_comparison) == (2, 5)
    assert set(estimate.placebos["unit"]) == set(itertools.combinations([f"d{i}" for i in range(5)], 2))
    assert estimate.settings["smallest_p"] == 1 / 11
    # Two donors in the place of the two treated, by hand.
    placed = frame[~frame["place"].isin(["t0", "t1"])]
    placed = placed.assign(entry=np.where(placed["place"].isin(["d1", "d3"]), 0.0, np.inf))
    by_hand = method(design_of(placed)).effect.value
    found = estimate.placebos.set_index("unit")["estimate"]
    assert found.loc[[("d1", "d3")]].iloc[0] == pytest.approx(by_hand, rel=1e-9)


def test_more_treated_than_donors_leaves_single_placebos():
    estimate = ik.synthetic_did(design_of(made(7, treated=4, donors=3)))
    assert estimate.placebos["unit"].tolist() == ["d0", "d1", "d2"]


def test_a_period_where_no_gap_is_possible_is_left_out_of_the_path():
    frame = made(8, donors=12)
    frame.loc[frame["time"] == -10, "y"] = 50.0
    estimate = ik.synthetic_control(design_of(frame))
    assert [effect.event_time for effect in estimate.path] == list(range(-9, 4))
    assert np.isfinite(estimate.tidy()["p_value"]).all()


# ------------------------------------------------------------------ the verdict
@BOTH
@pytest.mark.parametrize("effect", [0.0, 30.0])
def test_the_verdict_never_attributes_a_territory_alone(method, effect):
    estimate = method(design_of(made(9, donors=12, effect=effect)))
    evidence = ik.assess(estimate)
    assert evidence.credibility == 1
    assert evidence.attribution == ("change_not_attributed" if effect else "inconclusive")
    assert [check.key for check in evidence.checks] == ["single_territory", "precision"]
    assert evidence.checks[0].reason.key == "check.single_territory.mix"
    record = evidence.record
    assert (record.n_treated, record.n_comparison) == (1, 12)
    assert record.balance == ()
    assert record.series is None
    for language in ("fr", "en"):
        assert record.sentences.method.text(language)
        assert record.sentences.smallest_effect.text(language)
        assert evidence.bound_by.text(language)
        assert Message(f"report.method.analysis_of.{estimate.method}").text(language)


# ------------------------------------------------------------------ refusals
@BOTH
@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda f: f.drop(index=[3]), "territory_gap"),
        (lambda f: f.assign(y=f["y"].where(f.index != 20)), "territory_gap"),
        (lambda f: f[f["place"].isin(["t0", "d1"])], "too_few_donors"),
        (lambda f: f[f["time"] >= -2], "too_few_donors"),
        (lambda f: f.assign(y=f["time"] * 2.0), "no_variation"),
        (lambda f: f.assign(y=7.0), "no_variation"),
    ],
)
def test_data_that_cannot_be_used(method, change, key):
    with pytest.raises(EstimationError) as error:
        method(design_of(change(made(10))))
    assert error.value.message.key == f"estimators.error.{key}"
    assert error.value.message.text("fr")


@BOTH
def test_starts_that_differ_and_donors_that_start(method):
    frame = made(11, treated=2)
    frame.loc[frame["place"] == "t1", "entry"] = 2.0
    shifted = frame.assign(time=frame["time"] + 100, entry=frame["entry"] + 100)
    cohort = ik.cohort_from_frame(shifted, unit="place", period="time", entry="entry", outcomes=["y"])
    for comparison, window, key in (
        ("never_treated", (99, 103), "several_starts"),
        ("not_yet_treated", (99, 101), "donor_starts"),
        ("none", (99, 103), "no_comparison"),
    ):
        with pytest.raises(EstimationError) as error:
            method(ik.declare_design(cohort, comparison=comparison, window=window))
        assert error.value.message.key == f"estimators.error.{key}"


@BOTH
def test_weights_are_refused_and_unused_characteristics_said(method):
    frame = made(12).assign(time=lambda f: f["time"] + 100, entry=lambda f: f["entry"] + 100, w=2.0, z=1.0)
    columns = {"unit": "place", "period": "time", "entry": "entry", "outcomes": ["y"]}
    weighted = ik.declare_design(ik.cohort_from_frame(frame, **columns, weight="w"))
    with pytest.raises(ValueError, match="no weights"):
        method(weighted)
    described = ik.cohort_from_frame(frame, **columns, covariates=["z"])
    estimate = method(ik.declare_design(described, covariates=["z"]))
    assert estimate.notes[-1].key == "estimators.note.covariates_unused"
