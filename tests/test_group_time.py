"""`did` by date of entry against R did 2.5.1 (values in reference/group_time.json), and its properties."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import before_after, compare_groups, did
from impactkit.estimators.panel.change import _balancing_odds, change_effect
from impactkit.estimators.panel.change_between import change_between
from references import nsw_and_cps, reference, table

# Closed forms in double precision, references printed with 15 digits.
CLOSED = 1e-8
# The logit of R stops when the deviance moves by 1e-8: its estimates differ from the optimum by that order.
LOGIT = 1e-6
AGGREGATES = {"simple": "simple", "dynamic": "dynamic", "group": "group_agg", "calendar": "calendar"}


@cache
def values(key):
    file = Path(__file__).parent / "reference" / "group_time.json"
    return json.loads(file.read_text(encoding="utf-8"))[key]["values"]


def mpdta(**changes):
    return table("mpdta").assign(**changes)


def design_of(frame, *, comparison="never_treated", covariates=(), unit="countyreal", **choices):
    cohort = cohort_from_frame(
        frame,
        unit=unit,
        period="year",
        entry="first.treat",
        outcomes=["lemp"],
        covariates=covariates,
        **choices,
    )
    return declare_design(cohort, comparison=comparison, covariates=covariates)


def check(design, wanted, rtol, **choices):
    for aggregate, name in AGGREGATES.items():
        estimate = did(design, aggregate=aggregate, errors="analytic", **choices)
        average = wanted[name]
        assert estimate.effect.value == pytest.approx(average["overall_att"], rel=rtol)
        assert estimate.effect.std_error == pytest.approx(average["overall_se"], rel=rtol)
        if average["egt"] is not None:
            place = {"dynamic": "event_time", "group": "entry", "calendar": "period"}[aggregate]
            assert [getattr(effect, place) for effect in estimate.path] == average["egt"]
            np.testing.assert_allclose([e.value for e in estimate.path], average["att"], rtol=rtol)
            np.testing.assert_allclose([e.std_error for e in estimate.path], average["se"], rtol=rtol)
            np.testing.assert_allclose(np.sqrt(np.diag(estimate.vcov)), average["se"], rtol=rtol)
    test = estimate.pre_test
    assert test.statistic == pytest.approx(wanted["wald_pretest_W"][0][0], rel=rtol)
    assert test.p_value == pytest.approx(wanted["wald_pretest_p"][0][0], abs=5e-6)  # printed with 5 digits
    cells = estimate.cells
    assert cells["entry"].to_list() == wanted["group"]
    assert cells["period"].to_list() == wanted["t"]
    np.testing.assert_allclose(cells["estimate"], wanted["att"], rtol=rtol)
    np.testing.assert_allclose(cells["std_error"], wanted["se"], rtol=rtol)


@pytest.mark.parametrize(("comparison", "key"), [("never_treated", "never"), ("not_yet_treated", "notyet")])
def test_without_covariates_as_r(comparison, key):
    check(design_of(mpdta(), comparison=comparison), values(f"mpdta_cs_nocov_{key}"), CLOSED)


@pytest.mark.parametrize(
    ("comparison", "method", "key"),
    [
        ("never_treated", "dr", "dr_never"),
        ("never_treated", "reg", "reg_never"),
        ("not_yet_treated", "dr", "dr_notyet"),
    ],
)
def test_with_covariates_as_r(comparison, method, key):
    design = design_of(mpdta(), comparison=comparison, covariates=["lpop"])
    check(design, values(f"mpdta_cs_lpop_{key}"), CLOSED if method == "reg" else LOGIT, method=method)


def test_repeated_cross_sections_as_r():
    design = design_of(mpdta(row=np.arange(2500)), unit="row")
    check(design, values("mpdta_cs_rc"), CLOSED, panel="repeated")


def test_bootstrap_as_r():
    """25,000 draws on each side: an interquartile range then has an error of 1.2 / sqrt(2 B), 0.6 %.

    Errors of two independent sets: 4 of their standard deviations are 3.2 %; the critical value is a quantile
    whose own error is near 0.5 %.
    """
    wanted = values("mpdta_cs_bootstrap25000")
    estimate = did(design_of(mpdta()), aggregate="dynamic", errors="bootstrap", draws=25_000, seed=1)
    np.testing.assert_allclose(estimate.cells["std_error"], wanted["se"], rtol=0.033)
    assert estimate.effect.std_error == pytest.approx(wanted["dyn_overall_se"], rel=0.033)
    assert estimate.band_critical() == pytest.approx(wanted["dyn_crit"], rel=0.02)


def test_bands_hold_together_and_draws_can_be_had_again():
    design = design_of(mpdta())
    first = did(design, aggregate="dynamic", errors="bootstrap", seed=3)
    again = did(design, aggregate="dynamic", errors="bootstrap", seed=3)
    assert first.tidy().equals(again.tidy())
    wide, narrow = first.tidy(simultaneous=True), first.tidy()
    assert (wide["conf_low"][1:] < narrow["conf_low"][1:]).all()
    assert wide.loc[0].equals(narrow.loc[0])
    analytic = did(design, aggregate="dynamic")
    law = stats.multivariate_normal(cov=analytic.vcov, seed=0)
    edge = analytic.band_critical() * np.sqrt(np.diag(analytic.vcov))
    # 20 000 draws: the level reached has a standard deviation of 0.0015.
    assert law.cdf(edge, lower_limit=-edge) == pytest.approx(0.95, abs=0.005)
    with pytest.raises(ValueError, match="aggregate"):
        did(design).tidy(simultaneous=True)


def universal(frame, **choices):
    return did(design_of(frame), base="universal", aggregate="dynamic", **choices)


def test_the_universal_base_changes_only_what_precedes_entry():
    varying, fixed = did(design_of(mpdta())).cells, universal(mpdta()).cells
    merged = varying.merge(fixed, on=["entry", "period"], suffixes=("", "_fixed"))
    after = merged["period"] >= merged["entry"]
    np.testing.assert_allclose(merged["estimate"][after], merged["estimate_fixed"][after], rtol=CLOSED)
    np.testing.assert_allclose(merged["std_error"][after], merged["std_error_fixed"][after], rtol=CLOSED)
    base = fixed[fixed["period"] == fixed["entry"] - 1]
    assert base["estimate"].eq(0).all()
    assert base["std_error"].isna().all()
    # Steps between neighbouring periods add up to the distance from the base.
    steps = varying[(varying["entry"] == 2007) & (varying["period"] < 2007)]["estimate"].sum()
    first = fixed[(fixed["entry"] == 2007) & (fixed["period"] == 2003)]["estimate"].item()
    assert first == pytest.approx(-steps, rel=CLOSED)
    assert -1.0 not in [effect.event_time for effect in universal(mpdta()).path]


def test_anticipation_moves_the_base_back():
    estimate = did(design_of(mpdta()), anticipation=1)
    assert sorted(set(estimate.cells["entry"])) == [2006, 2007]
    wide = mpdta().pivot(index="countyreal", columns="year", values="lemp")
    entry = mpdta().groupby("countyreal")["first.treat"].first()
    change = wide[2007] - wide[2004]
    wanted = change[entry == 2006].mean() - change[entry == 0].mean()
    cells = estimate.cells.set_index(["entry", "period"])["estimate"]
    assert cells[2006, 2007] == pytest.approx(wanted, rel=CLOSED)
    steps = {step.key: step.n for step in estimate.counts if step.arm == "treated"}
    assert steps["entered"] - steps["time_before"] == (entry == 2004).sum()


@pytest.mark.parametrize("errors", ["analytic", "bootstrap"])
@pytest.mark.parametrize("covariates", [(), ("lpop",)])
def test_weights_of_ones_are_none(errors, covariates):
    plain = did(design_of(mpdta(), covariates=covariates), errors=errors)
    weighted = did(design_of(mpdta(w=2.5), covariates=covariates, weight="w"), errors=errors)
    assert weighted.effect.value == pytest.approx(plain.effect.value, rel=1e-12)
    assert weighted.effect.std_error == pytest.approx(plain.effect.std_error, rel=1e-9)


def test_weights_count_people():
    """A person of weight 2 counts in the effect as two people."""
    frame = mpdta()
    frame["w"] = 1.0 + frame["countyreal"] % 2
    twice = frame[frame["w"] == 2].assign(countyreal=lambda rows: -rows["countyreal"])
    weighted = did(design_of(frame, weight="w"), aggregate="group")
    doubled = did(design_of(pd.concat([frame, twice])), aggregate="group")
    assert weighted.effect.value == pytest.approx(doubled.effect.value, rel=CLOSED)
    np.testing.assert_allclose(weighted.cells["estimate"], doubled.cells["estimate"], rtol=CLOSED)
    # Twins in one cluster are one person: the same errors too.
    clusters = pd.concat([frame, twice]).assign(site=lambda rows: rows["countyreal"].abs())
    clustered = did(design_of(clusters, cluster="site"), aggregate="group")
    assert clustered.effect.std_error == pytest.approx(weighted.effect.std_error, rel=CLOSED)


@pytest.mark.parametrize("covariates", [(), ("lpop",)])
def test_each_person_her_own_cluster_is_no_cluster(covariates):
    plain = did(design_of(mpdta(), covariates=covariates), aggregate="dynamic")
    frame = mpdta()
    frame["site"] = frame["countyreal"]
    clustered = did(design_of(frame, covariates=covariates, cluster="site"), aggregate="dynamic")
    np.testing.assert_allclose(plain.tidy()["std_error"], clustered.tidy()["std_error"], rtol=1e-9)
    np.testing.assert_allclose(plain.vcov, clustered.vcov, rtol=1e-9, atol=1e-15)


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_shifting_scaling_permuting_relabelling(shift, scale, seed):
    plain = did(design_of(mpdta()), aggregate="calendar").tidy()
    rng = np.random.default_rng(seed)
    frame = mpdta(lemp=lambda rows: shift + scale * rows["lemp"]).sample(frac=1, random_state=rng)
    people = frame["countyreal"].unique()
    names = dict(zip(people, rng.permutation([f"p{i}" for i in range(people.size)]), strict=True))
    frame["countyreal"] = frame["countyreal"].map(names)
    changed = did(design_of(frame), aggregate="calendar").tidy()
    tolerance = 1e-9 * (1 + abs(shift) / scale)
    np.testing.assert_allclose(changed["estimate"], scale * plain["estimate"], rtol=tolerance * 1e3)
    np.testing.assert_allclose(changed["std_error"], scale * plain["std_error"], rtol=tolerance)


def test_one_date_and_two_periods_is_the_textbook_difference():
    """All is the same by default; the analytic error is HC0."""
    frame = mpdta()
    frame = frame[frame["first.treat"].isin([0, 2007]) & frame["year"].isin([2006, 2007])]
    design = design_of(frame)
    textbook, by_date = did(design), did(design, aggregate="simple")
    assert textbook.cells is None
    assert textbook.settings["errors"] == by_date.settings["errors"] == "CR2"
    for name in ("value", "std_error", "df", "p_value"):
        assert getattr(by_date.effect, name) == pytest.approx(getattr(textbook.effect, name), rel=1e-10)
    plain, as_r = did(design, errors="HC0"), did(design, errors="analytic")
    assert as_r.effect.std_error == pytest.approx(plain.effect.std_error, rel=1e-9)
    adjusted = design_of(frame, covariates=["lpop"])
    value = did(adjusted).effect.value
    assert did(adjusted, method="reg", errors="analytic").effect.value == pytest.approx(value, rel=1e-9)


def test_those_who_enter_last_are_compared_when_nobody_stays_out():
    frame = mpdta()
    frame = frame[frame["first.treat"] != 0]
    estimate = did(design_of(frame, comparison="not_yet_treated"))
    assert set(estimate.cells["entry"]) == {2004, 2006}
    assert estimate.cells["period"].max() == 2006
    means = frame.groupby(["first.treat", "year"])["lemp"].mean()
    wanted = means[2006, 2006] - means[2006, 2005] - means[2007, 2006] + means[2007, 2005]
    cells = estimate.cells.set_index(["entry", "period"])["estimate"]
    assert cells[2006, 2006] == pytest.approx(wanted, rel=CLOSED)


@pytest.mark.parametrize("panel", ["unbalanced", "repeated"])
def test_everyone_seen_always_gives_the_same_effects(panel):
    whole, other = did(design_of(mpdta())), did(design_of(mpdta()), panel=panel)
    np.testing.assert_allclose(whole.cells["estimate"], other.cells["estimate"], rtol=CLOSED)
    if panel == "unbalanced":
        np.testing.assert_allclose(whole.cells["std_error"], other.cells["std_error"], rtol=CLOSED)
    else:
        assert [note.key for note in other.notes] == ["estimators.note.repeated_people"]


def test_missing_outcomes_are_counted_and_the_rule_is_declared():
    frame = mpdta()
    lost = frame["countyreal"].drop_duplicates().iloc[:40]
    gone = frame["countyreal"].isin(lost) & (frame["year"] == 2005)
    frame.loc[gone, "lemp"] = np.nan
    balanced = did(design_of(frame))
    kept = did(design_of(frame[~frame["countyreal"].isin(lost)]))
    assert balanced.effect.value == pytest.approx(kept.effect.value, rel=1e-12)
    assert balanced.effect.std_error == pytest.approx(kept.effect.std_error, rel=1e-12)
    n = {step.key: step.n for step in balanced.counts if step.arm == "treated"}
    m = {step.key: step.n for step in balanced.counts if step.arm == "comparison"}
    assert n["entered"] + m["entered"] - n["every_period"] - m["every_period"] == 40
    # Each mean over those known at its period.
    unbalanced = did(design_of(frame), panel="unbalanced")
    means = frame.groupby(["first.treat", "year"])["lemp"].mean()
    wanted = means[2006, 2006] - means[2006, 2005] - means[0, 2006] + means[0, 2005]
    cells = unbalanced.cells.set_index(["entry", "period"])["estimate"]
    assert cells[2006, 2006] == pytest.approx(wanted, rel=CLOSED)
    assert did(design_of(frame.dropna()), panel="unbalanced").tidy().equals(unbalanced.tidy())


@pytest.mark.parametrize("panel", ["balanced", "unbalanced"])
def test_a_period_without_the_outcome_is_no_period(panel):
    frame = mpdta()
    empty = frame["year"] == 2005
    absent = did(design_of(frame[~empty]), aggregate="dynamic")
    frame.loc[empty, "lemp"] = np.nan
    missing = did(design_of(frame), aggregate="dynamic", panel=panel)
    assert missing.cells.equals(absent.cells)
    assert not missing.notes


def test_a_group_of_one_person_has_no_error_and_a_note():
    frame = mpdta()
    alone = frame.loc[frame["first.treat"] == 2004, "countyreal"].iloc[0]
    frame = frame[(frame["first.treat"] != 2004) | (frame["countyreal"] == alone)]
    estimate = did(design_of(frame), aggregate="group")
    cells = estimate.cells.set_index("entry")
    assert cells.loc[2004, "std_error"].isna().all()
    assert np.isfinite(cells.loc[2004, "estimate"]).all()
    assert cells.loc[[2006, 2007], "std_error"].notna().all()
    assert [effect.entry for effect in estimate.path] == [2006, 2007]
    assert np.isfinite(estimate.effect.std_error)
    assert [note.key for note in estimate.notes] == ["estimators.note.single_person_groups_borrowed"]
    assert estimate.tidy().drop(columns="event_time").notna().all(axis=None)


def test_a_group_of_three_people_is_noted():
    frame = mpdta()
    few = frame.loc[frame["first.treat"] == 2004, "countyreal"].unique()[:3]
    frame = frame[(frame["first.treat"] != 2004) | frame["countyreal"].isin(few)]
    assert [note.key for note in did(design_of(frame)).notes] == ["estimators.note.small_groups"]


def raised(function, *args, **choices):
    with pytest.raises(EstimationError) as error:
        function(*args, **choices)
    assert str(error.value)
    return error.value.message.key.removeprefix("estimators.error.")


def test_what_cannot_be_estimated_is_refused_in_words():
    design = design_of(mpdta())
    assert raised(before_after, design) == "several_entries"
    assert raised(compare_groups, design) == "several_entries"
    assert raised(did, design_of(mpdta(lemp=1.0))) == "no_variation"
    first = mpdta().drop_duplicates("first.treat")["countyreal"]
    few = mpdta()
    few = few[(few["first.treat"] == 0) | few["countyreal"].isin(first)]
    assert raised(did, design_of(few)) == "single_people"
    twice = mpdta(double=lambda rows: 2 * rows["lpop"])
    assert raised(did, design_of(twice, covariates=["lpop", "double"])) == "redundant_columns"
    sites = mpdta(site=lambda rows: np.where(rows["first.treat"] > 0, -1, rows["countyreal"]))
    assert raised(did, design_of(sites, cluster="site")) == "one_cluster_treated"
    sites = mpdta(site=lambda rows: np.where(rows["first.treat"] == 0, -1, rows["countyreal"]))
    assert raised(did, design_of(sites, cluster="site")) == "one_cluster_comparison"
    apart = mpdta(told=lambda rows: (rows["first.treat"] > 0).astype(float))
    assert raised(did, design_of(apart, covariates=["told"]), method="ipw") == "no_overlap"


@pytest.mark.parametrize(
    "choices",
    [
        {"method": "twfe"},
        {"base": "long"},
        {"panel": "wide"},
        {"aggregate": "mean"},
        {"errors": "HC2"},
        {"errors": "CR1"},
        {"anticipation": -1},
        {"draws": 1},
        {"draws": float("nan")},
        {"seed": -1},
        {"seed": 0.5},
    ],
)
def test_unknown_options_name_those_known(choices):
    with pytest.raises(ValueError, match=r"expected one of|or more"):
        did(design_of(mpdta()), **choices)


def test_an_outcome_a_billion_times_larger():
    plain, large = did(design_of(mpdta())), did(design_of(mpdta(lemp=lambda rows: 1e9 * rows["lemp"])))
    assert large.effect.value == pytest.approx(1e9 * plain.effect.value, rel=1e-9)
    assert large.effect.std_error == pytest.approx(1e9 * plain.effect.std_error, rel=1e-9)


@pytest.mark.parametrize("method", ["dr", "ipw"])
def test_doubly_robust_weighting_balances_what_it_adjusts(method):
    """A change that is exactly linear in X, plus 3 for the treated: dr finds 3 whatever the chances are."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    treated = rng.random(400) < 1 / (1 + np.exp(-x))
    change = 2 * x + 3 * treated
    found = change_effect(
        change=change,
        treated=treated,
        X=np.column_stack([np.ones(400), x]),
        weights=np.ones(400),
        method=method,
    )
    assert found.value == pytest.approx(3, abs=1e-10 if method == "dr" else 0.6)
    assert found.influence.mean() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    ("method", "key"),
    [("dr", "drdid_trad"), ("reg", "ordid"), ("ipw", "std_ipw"), ("dr_improved", "drdid_imp")],
)
def test_the_experiment_s_controls_against_the_cps_as_drdid(method, key):
    """Nobody here was in the action: the effect should be 0, and is not. The CPS file has fewer digits."""
    covariates = ["age", "educ", "black", "marr", "nodegree", "hisp", "re74"]
    columns = [*covariates, "re75", "re78"]
    pool = nsw_and_cps().query("treat == 0").iloc[-15992:]
    people = pd.concat([table("nsw_controls")[columns], pool[columns]])
    found = change_effect(
        change=(people["re78"] - people["re75"]).to_numpy(),
        treated=np.arange(len(people)) < 425,
        X=np.column_stack([np.ones(len(people)), people[covariates]]).astype(float),
        weights=np.ones(len(people)),
        method=method,
    )
    expected = reference("nsw_drdid")[key]
    assert found.value == pytest.approx(expected["att"], rel=LOGIT)
    assert np.sqrt((found.influence**2).sum()) / len(people) == pytest.approx(expected["se"], rel=LOGIT)


def test_the_improved_weights_balance_what_they_adjust():
    """A change linear in X among those compared: the effect is exact; and beyond them there is none."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    treated = rng.random(400) < 1 / (1 + np.exp(-x))
    given = {"treated": treated, "X": np.column_stack([np.ones(400), x]), "weights": np.ones(400)}
    found = change_effect(change=2 * x + 3 * treated, method="dr_improved", **given)
    assert found.value == pytest.approx(3, abs=1e-10)
    assert found.influence.mean() == pytest.approx(0, abs=1e-10)
    odds = _balancing_odds(treated.astype(float), given["X"], given["weights"])
    assert np.average(x[~treated], weights=odds[~treated]) == pytest.approx(x[treated].mean(), abs=1e-10)
    apart = np.column_stack([np.ones(400), np.where(treated, 5.0 + x**2, x.clip(-1, 1))])
    with pytest.raises(EstimationError) as error:
        change_effect(change=x, method="dr_improved", **given | {"X": apart})
    assert error.value.message.key == "estimators.error.no_overlap"


def test_the_improved_method_follows_the_same_people():
    frame = mpdta()
    frame.loc[frame.index[::50], "lemp"] = np.nan
    design = design_of(frame, covariates=["lpop"])
    estimate = did(design, method="dr_improved")
    assert estimate.effect.value == pytest.approx(did(design).effect.value, abs=5e-3)
    beside = estimate.alternatives.set_index("method").loc["available", "estimate"]
    assert beside == did(design, panel="unbalanced").effect.value
    with pytest.raises(ValueError, match="expected panel 'balanced'"):
        did(design, method="dr_improved", panel="unbalanced")


def test_the_verdict_is_reached():
    estimate = did(design_of(mpdta(), covariates=["lpop"]), aggregate="dynamic")
    evidence = ik.assess(estimate)
    assert [check.key for check in evidence.checks] == [
        "sample_size", "comparison_group", "attrition", "baseline_balance", "pre_trends", "placebo_date",
        "anticipation", "honest_trends", "precision",
    ]  # fmt: skip
    assert estimate.placebo is not None
    pre = {check.key: check for check in evidence.checks}["pre_trends"]
    assert pre.value == pytest.approx(estimate.placebo.value)
    record = evidence.record
    assert record.effect is not None
    assert record.effect.estimate == pytest.approx(estimate.effect.value, abs=0.0005)
    assert {step.step for step in record.flow} >= {"entered", "every_period", "analysed"}


def test_covariates_that_change_are_taken_at_the_earlier_period():
    rng = np.random.default_rng(8)
    frame = mpdta(moving=lambda rows: rows["lpop"] + rng.normal(size=len(rows)))
    cells = did(design_of(frame, covariates=["moving"]), method="reg").cells.set_index(["entry", "period"])
    wide = frame.pivot(index="countyreal", columns="year", values=["lemp", "moving"])
    entry = frame.groupby("countyreal")["first.treat"].first()
    for group, period, base in [(2006, 2007, 2005), (2007, 2005, 2004)]:
        change = (wide["lemp"][period] - wide["lemp"][base]).to_numpy()
        x = wide["moving"][base].to_numpy()
        never, treated = (entry == 0).to_numpy(), (entry == group).to_numpy()
        slope, level = np.polyfit(x[never], change[never], 1)
        wanted = (change - level - slope * x)[treated].mean()
        assert cells["estimate"][group, period] == pytest.approx(wanted, rel=CLOSED)


@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
def test_rows_of_the_same_people_give_the_effect_of_their_changes(method):
    """With covariates that do not change, both estimators have the same value (Sant'Anna & Zhao 2020)."""
    design = design_of(mpdta(), covariates=["lpop"])
    whole = did(design, method=method, errors="analytic")
    rows = did(design, method=method, panel="repeated")
    np.testing.assert_allclose(rows.cells["estimate"], whole.cells["estimate"], rtol=1e-7, atol=1e-10)
    # Somebody of almost no weight makes the panel incomplete: rows are then matched by person.
    other = pd.DataFrame(
        {"year": [2003], "countyreal": [-1], "lpop": [3.0], "lemp": [5.0], "first.treat": [0], "w": [1e-9]}
    )
    frame = pd.concat([mpdta(w=1.0), other])
    design = design_of(frame, covariates=["lpop"], weight="w")
    unbalanced = did(design, method=method, panel="unbalanced", errors="analytic")
    np.testing.assert_allclose(unbalanced.cells["estimate"], whole.cells["estimate"], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(unbalanced.cells["std_error"], whole.cells["std_error"], rtol=1e-5)
    assert unbalanced.effect.std_error == pytest.approx(whole.effect.std_error, rel=1e-5)


@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
def test_rows_of_different_people_as_drdid(method):
    """Every fifth row left out, weights, and a covariate that moves."""
    frame = mpdta()
    frame = frame[frame["first.treat"].isin([0, 2007]) & frame["year"].isin([2006, 2007])]
    frame = frame[np.arange(len(frame)) % 5 != 0]
    at = np.arange(len(frame))
    post = (frame["year"] == 2007).to_numpy()
    found = change_between(
        y=frame["lemp"].to_numpy(),
        post=post,
        treated=(frame["first.treat"] == 2007).to_numpy(),
        X=np.column_stack([np.ones(len(frame)), frame["lpop"] + 0.1 * post * np.sin(at)]),
        weights=1 + 0.5 * (at % 3),
        method=method,
    )
    value, std_error = values("mpdta_rows_left_out")[method]
    assert found.value == pytest.approx(value, rel=CLOSED)
    assert np.sqrt((found.influence**2).sum()) / len(frame) == pytest.approx(std_error, rel=CLOSED)


def test_who_enters_after_the_last_period_is_never_seen_in_the_action():
    """As in R's did, which sets such dates of entry to never."""
    frame = table("mpdta")
    late = frame["first.treat"] == 2007
    seen = frame[frame["year"] < 2007]
    estimate = did(design_of(seen), errors="analytic")
    never = did(
        design_of(seen.assign(**{"first.treat": seen["first.treat"].where(~late, 0)})), errors="analytic"
    )
    assert estimate.effect.value == pytest.approx(never.effect.value, rel=1e-12)
    assert estimate.effect.std_error == pytest.approx(never.effect.std_error, rel=1e-12)
