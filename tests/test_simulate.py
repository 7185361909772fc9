"""Made cohorts: their truth is the one asked for, and each parameter does what it says."""

import inspect
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.cohort.cohort import ARM, BENEFICIARY, CLUSTER, ENTRY, PERIOD, UNIT
from impactkit.simulate import World, cohort, draw

MANY = 40_000
# Five standard errors of a difference of two means of MANY: what chance allows in a fixed draw.
NEAR = 5 * (2 / MANY) ** 0.5
OF_PEOPLE = ("randomised", "before_after", "compare_groups", "did", "staggered", "threshold", "encouragement")
OF_TERRITORIES = ("interrupted_series", "synthetic")


def wide(made, column="y"):
    """Return people by times, and who is a beneficiary."""
    panel = made.panel
    table = panel.pivot(index=UNIT, columns=PERIOD, values=column)
    return table, (panel.groupby(UNIT)[ARM].first() == BENEFICIARY).loc[table.index].to_numpy()


def gap(made, time, column="y"):
    table, treated = wide(made, column)
    return table.loc[treated, time].mean() - table.loc[~treated, time].mean()


def effects(world, seed=0):
    """Return what the action did to each row: the same draw with it and without it."""
    return (
        draw(world, seed=seed).panel["y"]
        - draw(replace(world, effect=0.0, heterogeneity=0.0), seed=seed).panel["y"]
    )


# ------------------------------------------------------------------ the door


def test_the_door_has_the_parameters_of_a_world_and_their_defaults():
    door = {name: p.default for name, p in inspect.signature(cohort).parameters.items() if name != "seed"}
    assert door == {field.name: field.default for field in fields(World)}


def test_it_works_with_nothing_said_and_is_the_same_again():
    pd.testing.assert_frame_equal(ik.simulate.cohort().panel, cohort(seed=0).panel)
    assert not ik.simulate.cohort().panel["y"].equals(cohort(seed=1).panel["y"])
    assert not cohort(seed=None).panel["y"].equals(cohort(seed=None).panel["y"])


@pytest.mark.parametrize("design", [*OF_PEOPLE, *OF_TERRITORIES])
def test_the_door_draws_what_a_world_draws_and_frames_would_make_the_same_cohort(design):
    world = World(design=design, n=3 if design in OF_TERRITORIES else 20, effect=0.4, minimum_effect=0.2)
    made = cohort(design=design, n=world.n, effect=0.4, minimum_effect=0.2, seed=3)
    pd.testing.assert_frame_equal(made.panel, draw(world, seed=3).panel)
    panel = made.panel
    frame = pd.DataFrame({name.strip("_"): panel[name] for name in panel})
    again = ik.cohort_from_frame(
        frame.assign(arm=(panel[ARM] == BENEFICIARY).astype(int)),
        unit="unit",
        period="period",
        arm="arm",
        entry="entry",
        outcomes=["y"],
        covariates=list(made.covariates),
    )
    pd.testing.assert_frame_equal(again.panel[list(panel)], panel, check_dtype=False)
    assert (again.variables, again.covariates, again.steps) == (made.variables, made.covariates, made.steps)
    assert made.outcomes == (again.outcomes[0].model_copy(update={"minimum_effect": 0.2}),)


def test_the_cohort_knows_nothing_of_the_truth():
    made = cohort(effect=0.123, hidden=0.456, clusters=10)
    assert set(made.panel) == {UNIT, PERIOD, ARM, ENTRY, CLUSTER, "y", "x1", "x2"}
    assert "0.123" not in repr(made)
    assert "0.456" not in repr(made)


# ------------------------------------------------------------------ the truth


@pytest.mark.parametrize("design", OF_PEOPLE)
def test_the_action_does_to_beneficiaries_what_is_asked(design):
    world = World(design=design, effect=0.3, n=200)
    made, done = draw(world), effects(world)
    reached = made.panel[PERIOD] >= made.panel[ENTRY]
    np.testing.assert_allclose(done[reached], 0.3, atol=1e-12)
    np.testing.assert_allclose(done[~reached], 0.0, atol=1e-12)


@pytest.mark.parametrize("design", ["randomised", "before_after", "compare_groups", "did", "staggered"])
@pytest.mark.parametrize("effect", [0.15, -0.2])
def test_yes_and_no_turn_over_in_the_share_asked(design, effect):
    world = World(design=design, outcome="boolean", effect=effect, n=MANY)
    made, done = draw(world), effects(world)
    reached = made.panel[PERIOD] >= made.panel[ENTRY]
    assert done[reached].mean() == pytest.approx(effect, abs=NEAR / 2)
    assert (done[~reached] == 0).all()
    assert set(done.unique()) <= {0.0, np.sign(effect)}


def test_an_effect_that_varies_keeps_its_mean_among_beneficiaries():
    world = World(effect=0.2, heterogeneity=0.5, selection=0.4, n=MANY)
    done = effects(world)
    panel = draw(world).panel
    reached = panel[PERIOD] >= panel[ENTRY]
    assert done[reached].mean() == pytest.approx(0.2, abs=NEAR)
    slope = np.polyfit(panel.loc[reached, "x1"], done[reached], 1)[0]
    assert slope == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("outcome", ["number", "boolean"])
@pytest.mark.parametrize(
    ("design", "wrong"),
    [
        ("randomised", {"regression_to_mean": 0.1}),
        ("compare_groups", {}),
        ("did", {"selection": 0.5, "hidden": 0.5, "trend": 0.05}),
        ("staggered", {"selection": 0.5, "hidden": 0.5, "trend": 0.05}),
    ],
)
def test_where_assumptions_hold_changes_or_levels_give_the_truth(design, outcome, wrong):
    made = draw(World(design=design, outcome=outcome, effect=0.1, n=MANY, **wrong), seed=2)
    table, treated = wide(made)
    last = table.columns[-1]
    found = table[last] - table[0.0] if design in ("did", "staggered") else table[last]
    assert found[treated].mean() - found[~treated].mean() == pytest.approx(0.1, abs=NEAR)


def test_an_offer_gives_the_effect_on_those_it_makes_take_part():
    made = draw(World(design="encouragement", effect=0.5, n=MANY, take_up=0.6, take_up_without=0.1), seed=1)
    table, offered = wide(made)
    part = np.isfinite(made.panel.groupby(UNIT)[ENTRY].first().loc[table.index])
    assert part[offered].mean() == pytest.approx(0.6, abs=0.01)
    assert part[~offered].mean() == pytest.approx(0.1, abs=0.01)
    assert gap(made, 1.0) / (part[offered].mean() - part[~offered].mean()) == pytest.approx(0.5, abs=2 * NEAR)
    # Who takes part has a hidden advantage: a plain comparison would be wrong.
    naive = table.loc[part.to_numpy(), 1.0].mean() - table.loc[~part.to_numpy(), 1.0].mean()
    assert abs(naive - 0.5) > 0.1


def test_a_threshold_gives_the_effect_there():
    panel = draw(World(design="threshold", effect=0.5, n=MANY), seed=1).panel
    slopes = [np.polyfit(side["score"], side["y"], 1)[1] for _, side in panel.groupby(panel[ARM])]
    assert slopes[0] - slopes[1] == pytest.approx(0.5, abs=3 * NEAR)
    assert ((panel["score"] < 0) == (panel[ARM] == BENEFICIARY)).all()


@pytest.mark.parametrize("design", OF_TERRITORIES)
def test_territories_rise_by_the_effect_from_the_start_on(design):
    world = World(design=design, effect=0.7, ratio=5)
    done = effects(world)
    made = draw(world).panel
    np.testing.assert_allclose(done, 0.7 * ((made[ARM] == BENEFICIARY) & (made[PERIOD] >= 1)), atol=1e-12)


# ------------------------------------------------------------------ people without the action


@pytest.mark.parametrize("clusters", [0, 2000])
def test_a_number_has_variance_1_and_the_correlation_asked(clusters):
    made = draw(World(n=MANY, before=2, baseline_correlation=0.7, clusters=clusters, icc=0.1), seed=4)
    table, _ = wide(made)
    np.testing.assert_allclose(table.var(), 1, atol=0.03)
    np.testing.assert_allclose(np.corrcoef(table.T)[np.triu_indices(3, 1)], 0.7, atol=0.02)


def test_a_share_is_that_of_the_people_compared():
    table, treated = wide(draw(World(outcome="boolean", share=0.3, hidden=1.0, n=MANY)))
    np.testing.assert_allclose(table[~treated].mean(), 0.3, atol=NEAR / 2)
    assert (table[treated].mean() > 0.4).all()


@pytest.mark.parametrize("covariates", [1, 3])
def test_characteristics_explain_the_share_asked(covariates):
    made = draw(World(design="compare_groups", n=MANY, covariates=covariates, explained=0.3), seed=5)
    X = made.panel[list(made.covariates)].to_numpy()
    assert made.covariates == tuple(f"x{k + 1}" for k in range(covariates))
    y = made.panel["y"].to_numpy()
    residual = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    assert 1 - residual.var() / y.var() == pytest.approx(0.3, abs=0.02)


def test_selection_sets_every_observed_characteristic_apart_by_what_is_asked():
    made = draw(World(selection=0.4, n=MANY), seed=1)
    for name in ("x1", "x2"):
        assert gap(made, 0.0, name) == pytest.approx(0.4, abs=NEAR)
    # Two characteristics that explain 0.2 together: 0.4 × 2 × sqrt(0.1).
    assert gap(made, 0.0) == pytest.approx(0.4 * 2 * 0.1**0.5, abs=NEAR)
    assert ik.declare_design(made, covariates=["x1"]).balance().query("variable == 'x1'")[
        "smd_before"
    ].item() == pytest.approx(0.4, abs=NEAR)


def test_what_is_hidden_shows_in_the_outcome_only():
    made = draw(World(hidden=0.5, n=MANY), seed=1)
    assert gap(made, 0.0, "x1") == pytest.approx(0, abs=NEAR)
    assert gap(made, 0.0) == pytest.approx(0.5 * 0.2**0.5, abs=NEAR)
    assert gap(made, 1.0) == pytest.approx(0.5 * 0.2**0.5, abs=NEAR)


@pytest.mark.parametrize("outcome", ["number", "boolean"])
@pytest.mark.parametrize(("since", "before"), [("start", 0.08), ("entry", 0.0)])
def test_trends_diverge_before_or_not(outcome, since, before):
    world = World(n=MANY, trend=0.05, trend_gap=0.08, trend_from=since, outcome=outcome)
    made = draw(world, seed=3)
    assert gap(made, 0.0) - gap(made, -1.0) == pytest.approx(before, abs=NEAR)
    assert gap(made, 1.0) - gap(made, 0.0) == pytest.approx(0.08, abs=NEAR)
    table, treated = wide(made)
    assert (table[1.0] - table[0.0])[~treated].mean() == pytest.approx(0.05, abs=NEAR)


@pytest.mark.parametrize("outcome", ["number", "boolean"])
def test_those_who_enter_at_a_trough_come_out_of_it(outcome):
    made = draw(
        World(design="before_after", before=2, n=MANY, regression_to_mean=0.2, outcome=outcome), seed=3
    )
    means = wide(made)[0].mean()
    assert means[0.0] - means[-1.0] == pytest.approx(-0.2, abs=NEAR)
    assert means[1.0] - means[-1.0] == pytest.approx(0.0, abs=NEAR)


@pytest.mark.parametrize("outcome", ["number", "boolean"])
def test_each_enters_at_a_trough_of_her_own(outcome):
    world = World(design="staggered", n=MANY, regression_to_mean=0.2, outcome=outcome)
    made, usual = draw(world, seed=3), draw(replace(world, regression_to_mean=0.0), seed=3)
    fall = (made.panel["y"] - usual.panel["y"]).groupby([made.panel[ENTRY], made.panel[PERIOD]]).mean()
    for (entry, time), found in fall.items():
        assert found == pytest.approx(-0.2 * (time == entry - 1), abs=NEAR)


@pytest.mark.parametrize("design", OF_PEOPLE)
@given(attrition=st.floats(0.1, 0.5), uneven=st.floats(-0.2, 0.2), slope=st.floats(-2, 2))
@settings(max_examples=10, deadline=None)
def test_the_share_asked_is_lost_in_each_group(design, attrition, uneven, slope):
    uneven = 0.0 if design == "before_after" else uneven
    world = World(
        design=design, n=60, attrition=attrition, attrition_gap=uneven, attrition_slope=slope, effect=0.5
    )
    made = draw(world, seed=1)
    table, treated = wide(made)
    gone = table[1.0].isna()
    for group, share in zip((treated, ~treated), world.losses, strict=True):
        assert abs(gone[group].sum() - share * group.sum()) <= 0.5
    n1, n0 = world.units
    assert (n1 * world.losses[0] + n0 * world.losses[1]) / (n1 + n0) == pytest.approx(attrition)
    assert table.loc[:, table.columns < 1].notna().all().all()


@pytest.mark.parametrize("outcome", ["number", "boolean"])
@pytest.mark.parametrize("slope", [-1.0, 1.0])
def test_losses_depend_on_the_outcome_as_asked(outcome, slope):
    world = World(attrition=0.3, attrition_slope=slope, n=MANY, outcome=outcome)
    whole = wide(draw(replace(world, attrition=0.0)))[0][1.0]
    gone = wide(draw(world))[0][1.0].isna().to_numpy()
    z = (whole - whole.mean()) / whole.std()
    # The slope of a logit on one variable, by Newton's steps.
    X, b = np.column_stack([np.ones(len(z)), z]), np.zeros(2)
    for _ in range(10):
        p = 1 / (1 + np.exp(-X @ b))
        b += np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (gone - p))
    assert b[1] == pytest.approx(slope, abs=0.06)


@pytest.mark.parametrize("icc", [0.0, 0.2])
def test_sites_have_the_intraclass_correlation_asked_for_levels_and_changes(icc):
    made = draw(World(n=MANY, clusters=4000, icc=icc, baseline_correlation=0.6), seed=2)
    table, _ = wide(made)
    site = made.panel.groupby(UNIT)[CLUSTER].first().loc[table.index].to_numpy()
    for values in (table[0.0], table[1.0] - table[0.0]):
        by_site = values.groupby(site)
        size = by_site.size().mean()
        between, within = size * by_site.mean().var(), by_site.var().mean()
        assert (between - within) / (between + (size - 1) * within) == pytest.approx(icc, abs=0.02)


@pytest.mark.parametrize(("n", "ratio", "clusters"), [(40, 1, 8), (30, 3, 10), (50, 1, 1), (20, 1, 3)])
def test_a_site_is_of_one_group(n, ratio, clusters):
    panel = draw(World(n=n, ratio=ratio, clusters=clusters)).panel
    assert panel.groupby(CLUSTER)[ARM].nunique().eq(1).all()
    assert panel[CLUSTER].nunique() == max(clusters, 2)


def test_the_action_reaches_the_share_of_people_compared_that_is_asked():
    world = World(effect=0.5, spillover=0.25, n=400)
    done, panel = effects(world), draw(world).panel
    compared = (panel[ARM] != BENEFICIARY) & (panel[PERIOD] == 1)
    assert (done[compared] > 0.25).mean() == pytest.approx(0.25, abs=0.002)
    assert np.isinf(panel.loc[compared, ENTRY]).all()  # nobody knows


def test_staggered_entries_are_as_many_at_each_date():
    panel = draw(World(design="staggered", n=90, entries=3)).panel
    assert panel.groupby(UNIT)[ENTRY].first().value_counts().to_dict() == {
        1.0: 30,
        2.0: 30,
        3.0: 30,
        np.inf: 90,
    }


def test_those_who_get_round_a_threshold_leave_a_hole_above_it():
    near = [draw(World(design="threshold", n=MANY, sorting=s), seed=1).panel["score"] for s in (0.0, 0.5)]
    above = [int(((score >= 0) & (score < 0.1)).sum()) for score in near]
    below = [int(((score < 0) & (score >= -0.1)).sum()) for score in near]
    assert above[1] == pytest.approx(above[0] / 2, abs=1)
    assert below[1] - below[0] == pytest.approx(above[0] / 2, abs=1)


def test_series_carry_over_from_one_time_to_the_next():
    made = draw(World(design="interrupted_series", before=5000, baseline_correlation=0.8), seed=1)
    y = made.panel["y"].to_numpy()
    assert np.corrcoef(y[1:], y[:-1])[0, 1] == pytest.approx(0.8, abs=0.04)
    assert y.var() == pytest.approx(1, abs=0.15)


def test_a_mix_of_territories_is_like_the_one_with_the_action():
    made = draw(World(design="synthetic", before=60, after=6, effect=2.0), seed=2)
    found = ik.synthetic_control(ik.declare_design(made))
    assert found.effect.value == pytest.approx(2.0, abs=1.0)


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"design": "rct"}, "unknown design"),
        ({"outcome": "share"}, "unknown outcome"),
        ({"trend_from": "middle"}, "unknown trend_from"),
        ({"attrition": 1.2}, "attrition is a share"),
        ({"effect": float("nan")}, "effect is a finite number"),
        ({"share": 0.0}, "between 0 and 1"),
        ({"baseline_correlation": 1.0}, "less than 1"),
        ({"n": 0}, "at least 1"),
        ({"ratio": 0}, "somebody to compare"),
        ({"before": 0}, "needs a time"),
        ({"after": 0}, "needs a time"),
        ({"clusters": -1}, "counts"),
        ({"minimum_effect": -1.0}, "must be positive"),
        ({"attrition": 0.1, "attrition_gap": 0.4}, "between 0 and 1"),
        ({"explained": 0.5}, "characteristics explain more"),
        ({"design": "staggered", "entries": 9}, "entries go from 1"),
        ({"entries": 2}, "entries has no sense"),
        ({"design": "randomised", "selection": 0.3}, "selection has no sense"),
        ({"design": "before_after", "ratio": 2}, "ratio has no sense"),
        ({"design": "synthetic", "clusters": 4}, "clusters has no sense"),
        ({"outcome": "boolean", "heterogeneity": 1.0}, "same effect for all"),
        ({"design": "threshold", "outcome": "boolean"}, "no threshold"),
        ({"design": "encouragement", "outcome": "boolean", "take_up_without": 0.1}, "take_up_without is 0"),
        ({"design": "compare_groups", "regression_to_mean": 0.3}, "needs a time before"),
    ],
)
def test_what_has_no_sense_is_refused_with_the_reason(wrong, words):
    with pytest.raises(ValueError, match=words):
        World(**wrong)


def test_a_share_cannot_leave_its_bounds():
    with pytest.raises(ValueError, match="beyond 0 or 1"):
        cohort(outcome="boolean", share=0.9, effect=0.3)
