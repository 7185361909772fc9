"""Event studies and two-way regressions against R (fixest, clubSandwich, didimputation); properties."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.events.alike import alike
from impactkit.estimators.events.imputation import impute
from impactkit.estimators.events.twfe import (
    Panel,
    averages,
    cohort_event_columns,
    combine,
    event_columns,
    exposure_weights,
    regress,
)
from impactkit.estimators.inference.few_clusters import wild_bootstrap
from impactkit.estimators.inference.linear import fit
from impactkit.evidence.build_record import build_record
from references import table

REFERENCES = json.loads((Path(__file__).parent / "reference" / "event_study.json").read_text("utf-8"))

# Closed forms in double precision; references are printed with 15 digits.
CLOSED = 1e-8
# didimputation takes effects out by fixest's iteration, which stops at 1e-6.
ITERATED = 1e-6


def expected(key):
    return REFERENCES[key]["values"]


def codes(values):
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def panel_of(data, *, y, unit, period, start, cluster=None):
    """Return the arrays; ``start`` is the period of entry, infinite for never."""
    periods = np.unique(data[period])
    rank = np.searchsorted(periods, start)
    return Panel(
        y=data[y].to_numpy(float),
        units=codes(data[unit]),
        periods=codes(data[period]),
        clusters=codes(data[cluster or unit]),
        start=np.where(rank < len(periods), rank, 10**6),
    )


def base_did():
    data = table("base_did")
    start = np.where(data["treat"] == 1, 6, np.inf)
    return panel_of(data, y="y", unit="id", period="period", start=start), data["x1"].to_numpy()


def base_stagg():
    data = table("base_stagg")
    panel = panel_of(data, y="y", unit="id", period="year", start=data["year_treated"].to_numpy(float))
    return panel, data["x1"].to_numpy()


def medicaid():
    data = table("ehec")
    data = data[(data["year"] < 2016) & (data["yexp2"] != 2015)]
    return data.assign(entry=np.where(data["yexp2"] == 2014, 2014, 0))


def counties():
    return ik.cohort_from_frame(
        table("mpdta"), unit="countyreal", period="year", entry="first.treat", outcomes=["lemp"]
    )


def county_design(**choices):
    return ik.declare_design(counties(), window=(2003, 2007), **choices)


def errors_of(found):
    return np.sqrt(np.diag(found.covariance))


# --- Arrays against R ------------------------------------------------------------------------------------


def test_two_way_regression_as_fixest_and_clubsandwich():
    panel, x = base_did()
    fitted = regress(panel, np.column_stack([panel.exposed, x]).astype(float))
    values = expected("base_did_twfe")
    found = combine(fitted, np.eye(2), clusters=panel.clusters, errors="CR1")
    assert found.values == pytest.approx([values["est"], values["x1"]], rel=CLOSED)
    assert errors_of(found) == pytest.approx([values["se_cluster_id"], values["se_x1"]], rel=CLOSED)
    assert found.df == pytest.approx([107, 107])
    values = expected("base_did_CR2")
    found = combine(fitted, np.eye(2)[:1], clusters=panel.clusters, errors="CR2")
    assert errors_of(found)[0] == pytest.approx(values["CR2_se"], rel=CLOSED)
    assert found.df[0] == pytest.approx(values["CR2_df"], rel=CLOSED)


def test_clusters_are_gone_through_by_chunks(monkeypatch):
    panel, x = base_did()
    fitted = regress(panel, np.column_stack([panel.exposed, x]).astype(float))
    whole = combine(fitted, np.eye(2), clusters=panel.clusters, errors="CR2")
    for size in (1, 5000):
        monkeypatch.setattr("impactkit.estimators.events.twfe._CHUNK", size)
        parts = combine(fitted, np.eye(2), clusters=panel.clusters, errors="CR2")
        assert parts.covariance == pytest.approx(whole.covariance, rel=1e-10)
        assert parts.df == pytest.approx(whole.df, rel=1e-10)


def test_few_groups_as_clubsandwich():
    data, values = table("few_clusters_did"), expected("few_clusters_did")
    start = np.where(
        data.groupby("g")["D"].transform("max") == 1, data.loc[data["D"] == 1, "t"].min(), np.inf
    )
    panel = panel_of(data, y="y", unit="g", period="t", start=start)
    fitted = regress(panel, panel.exposed.astype(float)[:, None])
    one, two = (combine(fitted, np.ones((1, 1)), clusters=panel.clusters, errors=e) for e in ("CR1", "CR2"))
    assert one.values[0] == pytest.approx(values["att"], rel=CLOSED)
    assert errors_of(one)[0] == pytest.approx(values["se_fixest"], rel=CLOSED)
    assert errors_of(two)[0] == pytest.approx(values["CR2_se"], rel=CLOSED)
    assert two.df[0] == pytest.approx(values["CR2_df"], rel=CLOSED)


def test_event_study_as_fixest():
    panel, x = base_did()
    X, times = event_columns(panel)
    found = combine(
        regress(panel, np.column_stack([X, x])), np.eye(10), clusters=panel.clusters, errors="CR1"
    )
    values = expected("base_did_event_study")  # x1 comes first there
    assert times.tolist() == [-5, -4, -3, -2, 0, 1, 2, 3, 4]
    assert found.values == pytest.approx(np.roll(values["est"], -1), rel=CLOSED)
    assert errors_of(found) == pytest.approx(np.roll(values["se"], -1), rel=CLOSED)


def test_staggered_two_way_regression_as_fixest():
    panel, x = base_stagg()
    fitted = regress(panel, np.column_stack([x, panel.exposed.astype(float)]))
    found = combine(fitted, np.eye(2), clusters=panel.clusters, errors="CR1")
    values = expected("base_stagg_twfe")
    assert found.values == pytest.approx(values["est"], rel=CLOSED)
    assert errors_of(found) == pytest.approx(values["se"], rel=CLOSED)


def test_sun_and_abraham_as_fixest():
    panel, x = base_stagg()
    X, entries, times, sizes = cohort_event_columns(panel)
    fitted = regress(panel, np.column_stack([X, x]))
    after = np.where(times >= 0, sizes, 0.0)
    values = expected("base_stagg_sunab")
    for kind, contrasts in (
        ("period", averages(times, sizes)[1]),
        ("att", (after / after.sum())[None]),
        ("cohort", np.vstack([np.where(entries == g, after, 0) for g in np.unique(entries)])),
    ):
        contrasts = contrasts / contrasts.sum(axis=1, keepdims=True)
        found = combine(fitted, contrasts, clusters=panel.clusters, errors="CR1")
        assert found.values == pytest.approx(values[kind]["est"][1:], rel=CLOSED)
        assert errors_of(found) == pytest.approx(values[kind]["se"][1:], rel=CLOSED)


def test_missing_periods_and_weights_as_a_regression_with_all_dummies():
    panel, x = base_stagg()
    rng = np.random.default_rng(0)
    kept = rng.random(len(x)) < 0.8
    weights = rng.uniform(0.5, 2, size=95)[panel.units[kept]]
    part = Panel(
        y=panel.y[kept],
        units=codes(panel.units[kept]),
        periods=panel.periods[kept],
        clusters=codes(panel.clusters[kept]),
        start=panel.start[kept],
        weights=weights,
    )
    X = np.column_stack([part.exposed, x[kept]]).astype(float)
    dummies = np.column_stack(
        [part.units[:, None] == np.arange(95), part.periods[:, None] == np.arange(1, 10)]
    )
    root = np.sqrt(weights)
    dense = np.linalg.lstsq(np.column_stack([X, dummies]) * root[:, None], part.y * root, rcond=None)[0]
    assert regress(part, X).coef[:2] == pytest.approx(dense[:2], rel=CLOSED)


def many(seed, *, missing, weighted, per_cluster):
    """People of whom many are alike: three dates of entry, a few patterns of periods and weights."""
    rng = np.random.default_rng(seed)
    n, T = 240, 5
    start = np.array([2, 3, 2**31])[rng.integers(0, 3, n)]
    gap = np.where(rng.random(n) < missing, rng.integers(0, T, n), T)
    rows = np.arange(T)[None, :] != gap[:, None]
    units, periods = np.nonzero(rows)
    weight = rng.choice([0.5, 1.0, 3.0], n)
    site = codes(rng.integers(0, n // per_cluster, n)) if per_cluster > 1 else np.arange(n)
    return Panel(
        y=rng.normal(size=len(units)) + rng.normal(size=n)[units],
        units=units,
        periods=periods,
        clusters=site[units],
        start=start[units],
        weights=weight[units] if weighted else None,
    )


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("per_cluster", [1, 6])
@pytest.mark.parametrize("errors", ["CR1", "CR2"])
def test_profiles_give_the_numbers_of_people(missing, weighted, per_cluster, errors, monkeypatch):
    panel = many(5, missing=missing, weighted=weighted, per_cluster=per_cluster)
    monkeypatch.setattr("impactkit.estimators.events.alike._CHUNK", 700)
    monkeypatch.setattr("impactkit.estimators.events.alike._FEWER", 1)
    told = alike(panel)
    assert len(told.profiles.y) < len(panel.y)
    for columns in (event_columns, cohort_event_columns):
        X, small = columns(panel)[0], columns(told.profiles)[0]
        contrasts = np.vstack([np.eye(X.shape[1]), np.ones(X.shape[1])])
        dense = combine(regress(panel, X), contrasts, clusters=panel.clusters, errors=errors)
        found = told.combine(regress(told.profiles, small), contrasts, errors=errors)
        assert found.values == pytest.approx(dense.values, rel=CLOSED)
        assert found.covariance == pytest.approx(dense.covariance, rel=CLOSED, abs=1e-12)
        assert found.df == pytest.approx(dense.df, rel=CLOSED)
    entered = panel.ever & (panel.event_time == 0)
    assert told.count(told.profiles.ever & (told.profiles.event_time == 0)) == len(
        np.unique(panel.units[entered])
    )


def test_people_too_unlike_are_not_told_by_profiles():
    panel = many(5, missing=0.0, weighted=False, per_cluster=1)
    unlike = replace(panel, weights=np.random.default_rng(0).uniform(1, 2, 240)[panel.units])
    assert alike(unlike).profiles is unlike
    assert alike(panel).profiles is not panel


@pytest.mark.parametrize(("sites", "treated"), [(20, 3), (20, 10)])
def test_no_effect_is_seldom_found_with_few_sites(sites, treated):
    """At a nominal 5 %, with sites that drift: 8 % at most, up to three Monte-Carlo errors of 0.015."""
    rng = np.random.default_rng(7)
    units, periods = np.repeat(np.arange(sites * 4), 6), np.tile(np.arange(6), sites * 4)
    clusters = units // 4
    start = np.where(clusters < treated, 3, 10**6)
    found = 0
    for _ in range(200):
        drift = 0.5 * rng.normal(size=(sites, 6)).cumsum(axis=1)[clusters, periods]
        y = drift + rng.normal(size=units.size)
        panel = Panel(y=y, units=units, periods=periods, clusters=clusters, start=start)
        X, _, times, sizes = cohort_event_columns(panel)
        after = np.where(times >= 0, sizes, 0.0)[None] / sizes[times >= 0].sum()
        result = combine(regress(panel, X), after, clusters=clusters, errors="CR2")
        found += abs(result.values[0]) > stats.t.isf(0.025, result.df[0]) * errors_of(result)[0]
    assert found / 200 < 0.08 + 3 * 0.015


# --- From a design ---------------------------------------------------------------------------------------


def test_counties_with_sun_and_abraham_as_fixest():
    values = expected("mpdta_sunab")
    estimate = ik.event_study(county_design(), errors="CR1")
    assert estimate.effect.value == pytest.approx(values["att"], rel=CLOSED)
    assert estimate.effect.std_error == pytest.approx(values["att_se"], rel=CLOSED)
    assert [effect.event_time for effect in estimate.path] == [-4, -3, -2, 0, 1, 2, 3]
    assert [effect.value for effect in estimate.path] == pytest.approx(values["est"], rel=CLOSED)
    assert [effect.std_error for effect in estimate.path] == pytest.approx(values["se"], rel=CLOSED)
    assert [effect.n_treated for effect in estimate.path] == [131, 171, 171, 191, 60, 20, 20]
    assert estimate.effect.n_comparison == 309
    not_yet = ik.event_study(county_design(comparison="not_yet_treated"), errors="CR1")
    assert not_yet.effect.value == estimate.effect.value


def test_counties_with_imputation_as_didimputation():
    values = expected("mpdta_did_imputation")
    estimate = ik.event_study(county_design(), method="imputation")
    assert estimate.effect.value == pytest.approx(values["static"]["estimate"], rel=ITERATED)
    assert estimate.effect.std_error == pytest.approx(values["static"]["std.error"], rel=ITERATED)
    assert [e.value for e in estimate.path] == pytest.approx(values["horizon"]["estimate"], rel=ITERATED)
    assert [e.std_error for e in estimate.path] == pytest.approx(values["horizon"]["std.error"], rel=ITERATED)


def test_counties_in_two_stages_as_did2s():
    values = expected("mpdta_did2s")
    estimate = ik.event_study(county_design(), method="imputation", errors="two_stage")
    assert estimate.effect.value == pytest.approx(values["att"], rel=ITERATED)
    assert estimate.effect.std_error == pytest.approx(values["se"], rel=ITERATED)
    assert estimate.settings["errors"] == "two_stage"
    with pytest.raises(ValueError, match="are for imputation"):
        ik.event_study(county_design(), errors="two_stage")


def test_medicaid_as_fixest():
    cohort = ik.cohort_from_frame(medicaid(), unit="stfips", period="year", entry="entry", outcomes=["dins"])
    design = ik.declare_design(cohort)
    values = expected("ehec_event_study")
    for method in ("twfe", "sun_abraham"):  # one date of entry: the same
        estimate = ik.event_study(design, method=method, errors="CR1")
        assert [effect.value for effect in estimate.path] == pytest.approx(values["est"], rel=CLOSED)
        assert estimate.vcov == pytest.approx(np.array(values["sigma"]), rel=CLOSED)
        assert estimate.notes == ()


def test_imputation_is_least_squares_with_dummies():
    panel, _ = base_stagg()
    untreated = ~panel.exposed
    Z = np.column_stack(
        [panel.units[:, None] == np.arange(95), panel.periods[:, None] == np.arange(1, 10)]
    ).astype(float)
    coef = np.linalg.lstsq(Z[untreated], panel.y[untreated], rcond=None)[0]
    gains = panel.y - Z @ coef
    groups = np.vstack([panel.exposed, panel.exposed & (panel.event_time == 2)])
    found = impute(panel, groups)
    assert found.values == pytest.approx([gains[group].mean() for group in groups], rel=CLOSED)


def test_counties_with_two_way_effects_are_warned_about():
    estimate = ik.event_study(county_design(), method="twfe")
    assert [note.key for note in estimate.notes] == [
        "estimators.note.twfe_negative_weights",
        "estimators.events.forbidden_comparisons",
    ]
    assert "1\u202f%" in estimate.notes[0].text("fr")
    table = ik.goodman_bacon(county_design())
    forbidden = table.loc[table["type"] == "later_vs_earlier", "weight"].sum()
    assert estimate.settings["forbidden_comparisons"] == round(forbidden, 2)
    assert f"{100 * forbidden:.0f}\u202f%" in estimate.notes[1].text("fr")
    assert 0 < estimate.settings["negative_weights"] < 0.05


def test_errors_are_cr2_by_default():
    """More cautious than fixest's at the times that twenty counties carry, with the degrees to match."""
    default, usual = (ik.event_study(county_design(), errors=errors) for errors in (None, "CR1"))
    assert default.effect.std_error > usual.effect.std_error
    assert default.path[-1].std_error > 1.01 * usual.path[-1].std_error
    assert default.path[-1].df < 22
    assert usual.path[-1].df == 499


def followed(seed, *, people=40, periods=6, missing=0.0, dates=(2, 3, 5, 0)):
    rng = np.random.default_rng(seed)
    entry = np.resize(dates, people)
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(people), periods),
            "time": np.tile(np.arange(periods), people),
            "entry": np.repeat(entry, periods),
            "site": np.repeat(np.arange(people) // 2, periods),
        }
    )
    since = np.where(frame["entry"] > 0, frame["time"] - frame["entry"], -1)
    frame["y"] = (
        np.repeat(rng.normal(size=people), periods)
        + 0.3 * frame["time"]
        + np.where(since >= 0, 1.0 + since, 0)
        + rng.normal(size=len(frame))
    )
    return frame[rng.random(len(frame)) >= missing]


def design_of(frame, **names):
    cohort = ik.cohort_from_frame(frame, unit="id", period="time", entry="entry", outcomes=["y"], **names)
    never = (frame["entry"] == 0).any()
    return ik.declare_design(
        cohort,
        window=(0, frame["time"].max() if never else frame["entry"].max() - 1),
        comparison="never_treated" if never else "not_yet_treated",
    )


def test_every_method_finds_a_known_path_with_little_noise():
    frame = followed(0, people=80)
    frame["y"] = (
        np.where(
            (frame["entry"] > 0) & (frame["time"] >= frame["entry"]), 1.0 + frame["time"] - frame["entry"], 0
        )
        + 1e-3 * np.random.default_rng(1).normal(size=len(frame))
        + frame["id"]
        + frame["time"] ** 2
    )
    for method in ("sun_abraham", "imputation"):
        for effect in ik.event_study(design_of(frame), method=method).path:
            assert effect.value == pytest.approx(max(1 + effect.event_time, 0), abs=5e-3)


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["sun_abraham", "imputation", "twfe"]),
    st.sampled_from([0.0, 0.15]),
    st.sampled_from([None, "site"]),
)
def test_shifting_scaling_shuffling_and_relabelling(seed, method, missing, cluster):
    frame = followed(seed, missing=missing)

    def result(frame, **names):
        estimate = ik.event_study(design_of(frame, cluster=cluster, **names), method=method)
        tidy = estimate.tidy()
        return tidy[["estimate", "std_error"]].to_numpy(), estimate.effect.df

    base, df = result(frame)
    close = {"rel": 1e-6, "abs": 1e-8}
    scaled = frame.assign(y=7 - 3 * frame["y"] + frame["id"] + 2 * frame["time"])
    assert result(scaled)[0] == pytest.approx(base * [-3, 3], **close)
    renamed = frame.sample(frac=1, random_state=1).assign(id="P" + (999 - frame["id"]).astype(str))
    assert result(renamed)[0] == pytest.approx(base, **close)
    assert result(renamed)[1] == pytest.approx(df, rel=1e-6)
    assert result(frame.assign(w=2.5), weight="w")[0] == pytest.approx(base, **close)


def test_weights_stand_for_people():
    """Weights of 2 on some: the effects with these people twice."""
    frame = followed(3).assign(w=lambda data: 1.0 + (data["id"] % 3 == 0))
    twice = pd.concat([frame, frame[frame["w"] == 2].assign(id=lambda data: data["id"] + 1000)])
    for method in ("sun_abraham", "imputation", "twfe"):
        weighted = ik.event_study(design_of(frame, weight="w"), method=method).tidy()["estimate"]
        repeated = ik.event_study(design_of(twice), method=method).tidy()["estimate"]
        assert weighted.tolist() == pytest.approx(repeated.tolist(), rel=1e-8, abs=1e-10)


def test_everyone_enters_in_the_end():
    """The last to enter are the comparison until they do; nothing is said of later periods."""
    estimate = ik.event_study(design_of(followed(5, dates=(2, 3, 5))))
    assert [effect.event_time for effect in estimate.path] == [-3, -2, 0, 1, 2]
    assert [note.key for note in estimate.notes] == ["estimators.note.periods_left_out"]
    assert estimate.settings["periods"] == 5


def test_what_cannot_be_computed_says_why():
    def key(design, **choices):
        with pytest.raises(EstimationError) as error:
            ik.event_study(design, **choices)
        return error.value.message.key.removeprefix("estimators.error.")

    frame = followed(1)
    alone = frame[(frame["entry"] != 3) | (frame["id"] == 1)]
    assert key(design_of(alone)) == "entry_of_one"
    assert ik.event_study(design_of(alone), method="imputation").effect.std_error > 0
    assert key(design_of(frame.assign(y=frame["id"] + frame["time"]))) == "no_variation"
    before = frame[(frame["entry"] != 3) | (frame["time"] != 2)]
    assert key(design_of(before)) == "no_reference_period"
    assert key(county_design(comparison="none")) == "no_comparison"
    one = frame[(frame["entry"] == 0) | (frame["id"] == 1)]
    assert key(design_of(one)) == "too_few_treated"
    with pytest.raises(ValueError, match="estimand"):
        ik.event_study(county_design(estimand="ITT"))
    with pytest.raises(ValueError, match="unknown method"):
        ik.event_study(county_design(), method="sunab")
    with pytest.raises(ValueError, match="errors of its own"):
        ik.event_study(county_design(), method="imputation", errors="CR1")


# --- The decomposition -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dates", [(2, 3, 5, 0), (2, 4, 5), (3, 0)])
def test_the_decomposition_adds_up_to_the_coefficient(dates):
    design = design_of(followed(2, dates=dates).assign(w=lambda data: 1.0 + data["id"] % 2), weight="w")
    parts = ik.goodman_bacon(design)
    coefficient = ik.event_study(design, method="twfe").effect.value
    assert parts["weight"].sum() == pytest.approx(1, abs=1e-12)
    assert (parts["weight"] > 0).all()
    assert (parts["weight"] * parts["estimate"]).sum() == pytest.approx(coefficient, abs=1e-10)


def test_the_decomposition_of_the_counties():
    parts = ik.goodman_bacon(county_design())
    assert len(parts) == 9
    misleading = parts.loc[parts["type"] == "later_vs_earlier", "weight"].sum()
    assert 0.05 < misleading < 0.06
    with pytest.raises(EstimationError):
        ik.goodman_bacon(design_of(followed(2, missing=0.1)))


def test_negative_weights_are_those_of_late_periods_of_early_entrants():
    panel, _ = base_stagg()
    weights = exposure_weights(panel)
    assert weights.sum() == pytest.approx(1)
    exposed = panel.exposed
    gains = np.where(exposed, 1.0 + panel.event_time, 0.0)
    made = Panel(
        y=gains, units=panel.units, periods=panel.periods, clusters=panel.clusters, start=panel.start
    )
    assert weights @ gains[exposed] == pytest.approx(
        regress(made, exposed.astype(float)[:, None]).coef[0], abs=1e-10
    )
    late = weights[weights < 0]
    assert late.size > 0
    assert panel.start[exposed][weights < 0].max() < panel.start[exposed].max()


# --- The verdict -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sun_abraham", "imputation", "twfe"])
def test_a_verdict_is_reached(method):
    evidence = ik.assess(ik.event_study(county_design(), method=method))
    assert evidence.credibility <= 3
    answers = {check.key: check for check in evidence.checks}
    assert answers["attrition"].status == "ok"
    # -0.003 (0.025) from the fourth period before entry to the last: at that pace, a divergence that would
    # make the whole effect had 95 % of chances to be seen for the largest of the three effects only.
    assert answers["pre_trends"].status == ("ok" if method == "imputation" else "caution")
    assert answers["pre_trends"].value == pytest.approx(-0.0033, abs=5e-4)
    assert answers["placebo_date"].status == "caution"
    record = build_record(evidence)
    assert record.method == "event_study"
    assert "en moyenne sur les périodes qui suivent l'entrée" in record.sentences.interval.text("fr")


def test_a_verdict_with_sites():
    evidence = ik.assess(ik.event_study(design_of(followed(8, people=120), cluster="site")))
    answers = {check.key: check for check in evidence.checks}
    assert answers["clusters"].status == "ok"
    assert answers["clusters"].value > 40


# ------------------------------------------------------------------ few clusters


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("method", ["sun_abraham", "twfe"])
def test_the_wild_bootstrap_as_in_the_regression_with_all_dummies(method, weighted):
    """By profiles and by people, for people of several entries in one cluster."""
    rng = np.random.default_rng(8)
    n, T = 120, 5
    clusters = np.repeat(np.arange(10), n // 10)
    start = np.where(clusters < 4, np.where(np.arange(n) % 2, 2, 3), 10**6)
    w = rng.choice([1.0, 2.0], n) if weighted else None
    rows = {"units": np.repeat(np.arange(n), T), "periods": np.tile(np.arange(T), n)}
    panel = Panel(
        y=rng.normal(size=n * T) + rng.normal(size=(10, T))[clusters].ravel(),
        clusters=np.repeat(clusters, T),
        start=np.repeat(start, T),
        weights=None if w is None else np.repeat(w, T),
        **rows,
    )

    def columns(panel):
        if method == "twfe":
            return panel.exposed.astype(float)[:, None], np.ones(1)
        X, _, times, sizes = cohort_event_columns(panel)
        after = np.where(times >= 0, sizes, 0.0)
        return X, after / after.sum()

    people = alike(panel)
    assert people.profiles is not panel
    X, c = columns(people.profiles)
    found = people.wild(regress(people.profiles, X), c)
    X, c = columns(panel)
    one_by_one = replace(people, profiles=panel).wild(regress(panel, X), c)
    dummies = np.column_stack([X, np.eye(n)[rows["units"]], np.eye(T)[rows["periods"]][:, 1:]])
    wanted = wild_bootstrap(
        fit(X=dummies, y=panel.y, weights=panel.weights),
        np.concatenate([c, np.zeros(dummies.shape[1] - len(c))]),
        clusters=panel.clusters,
    )
    for other in (found, one_by_one):
        assert other.value == pytest.approx(wanted.value, rel=CLOSED)
        assert other.p_value() == wanted.p_value()
        assert other.interval() == pytest.approx(wanted.interval(), rel=CLOSED)


def test_few_clusters_keep_the_more_cautious_law_as_the_reference():
    data = table("few_clusters_did")
    data["site"] = data["g"]
    data["entry"] = data["t"].where(data["D"] == 1).groupby(data["g"]).transform("min")
    cohort = ik.cohort_from_frame(data, unit="g", period="t", entry="entry", outcomes=["y"], cluster="site")
    design = ik.declare_design(cohort)
    values = expected("few_clusters_did")
    found = ik.event_study(design, method="twfe")
    wild = found.alternatives.set_index("method").loc["wild"]
    assert wild["p_value"] == values["wcr_exact"]["p_two_tailed_ge"]
    assert found.settings["laws"] == "CR2, wild"
    assert found.effect.value == pytest.approx(values["att"], rel=CLOSED)
    assert found.effect.p_value == pytest.approx(max(values["CR2_p"], wild["p_value"]), rel=1e-6)
    assert ik.event_study(design, method="twfe", errors="CR2").settings["laws"] == "CR2"
    keys = [note.key for note in ik.event_study(design, method="imputation").notes]
    assert "estimators.note.few_clusters_imputation" in keys


def test_the_castle_doctrine_in_two_by_two_comparisons():
    """As R's bacondecomp prints it (its vignette): weights and averages to five decimals, and the total."""
    cohort = ik.cohort_from_frame(
        table("castle"), unit="sid", period="year", entry="entry", outcomes=["l_homicide"]
    )
    design = ik.declare_design(cohort, comparison="never_treated")
    parts = ik.goodman_bacon(design)
    for kind, weight, average in (
        ("earlier_vs_later", 0.05976, -0.00554),
        ("later_vs_earlier", 0.03190, 0.07032),
        ("treated_vs_never", 0.90834, 0.08796),
    ):
        those = parts[parts["type"] == kind]
        assert those["weight"].sum() == pytest.approx(weight, abs=6e-6)
        assert np.average(those["estimate"], weights=those["weight"]) == pytest.approx(average, abs=6e-6)
    effect = ik.event_study(design, method="twfe", errors="CR1").effect
    assert effect.value == pytest.approx(0.0818, abs=6e-5)
    assert parts["weight"] @ parts["estimate"] == pytest.approx(effect.value, rel=1e-10)


# --- Characteristics, each with a trend of its own ---------------------------------------------------------


def adjusted_counties():
    cohort = ik.cohort_from_frame(
        table("mpdta"),
        unit="countyreal",
        period="year",
        entry="first.treat",
        outcomes=["lemp"],
        covariates=["lpop"],
    )
    return ik.declare_design(cohort, window=(2003, 2007), comparison="never_treated", covariates=["lpop"])


@pytest.mark.parametrize(
    ("method", "errors", "key", "column"),
    [
        ("sun_abraham", "CR2", "mpdta_sunab_lpop_trends", "se_CR2"),
        ("sun_abraham", "CR1", "mpdta_sunab_lpop_trends", "se_CR1"),
        ("imputation", None, "mpdta_imputation_lpop_trends", "se"),
        ("imputation", "two_stage", "mpdta_imputation_lpop_trends", "se_two_stage"),
    ],
)
def test_trends_of_characteristics_as_in_r(method, errors, key, column):
    estimate = ik.event_study(adjusted_counties(), method=method, errors=errors)
    values, effects = expected(key), [estimate.effect, *estimate.path]
    assert [effect.event_time for effect in estimate.path] == values["times"]
    assert [effect.value for effect in effects] == pytest.approx(values["est"], rel=CLOSED)
    assert [effect.std_error for effect in effects] == pytest.approx(values[column], rel=CLOSED)
    if errors == "CR2":
        assert [effect.reference.df for effect in effects] == pytest.approx(values["df_CR2"], rel=CLOSED)
    assert estimate.settings["adjusted"]
    assert not estimate.notes


def described(n=60, *, seed=2, periods=(1, 2), entry=2, scale=1.0, shift=0.0):
    """People of whom a third enters, unlike at the start, with a category and a number."""
    rng = np.random.default_rng(seed)
    x, level = rng.normal(size=n), rng.integers(0, 3, n)
    enters = rng.random(n) < 1 / (1 + np.exp(-x))
    T = len(periods)
    y = rng.normal(size=(n, T)) + x[:, None] * np.arange(T) + level[:, None] * np.arange(T)
    return pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), T),
            "t": np.tile(periods, n),
            "g": np.repeat(np.where(enters, entry, 0), T),
            "x": np.repeat(x * scale + shift, T),
            "level": np.repeat(np.array(["a", "b", "c"])[level], T),
            "y": y.ravel(),
        }
    )


def described_design(frame, names=("x", "level")):
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="t", entry="g", outcomes=["y"], covariates=list(names)
    )
    return ik.declare_design(cohort, comparison="never_treated", covariates=list(names))


def test_imputation_between_two_periods_is_did_with_the_same_characteristics():
    design = described_design(described())
    assert ik.event_study(design, method="imputation").effect.value == pytest.approx(
        ik.did(design).effect.value, rel=1e-10
    )


@pytest.mark.parametrize("method", ["sun_abraham", "imputation"])
def test_the_scale_of_a_characteristic_does_not_matter(method):
    first, second = (
        ik.event_study(described_design(described(periods=(1, 2, 3, 4), entry=3, **units)), method=method)
        for units in ({}, {"scale": 1e6, "shift": 1e7})
    )
    for one, two in zip((first.effect, *first.path), (second.effect, *second.path), strict=True):
        assert two.value == pytest.approx(one.value, rel=1e-7)
        assert two.std_error == pytest.approx(one.std_error, rel=1e-7)


@pytest.mark.parametrize("method", ["sun_abraham", "imputation"])
def test_people_without_a_characteristic_are_counted_out(method):
    frame = described()
    estimate = ik.event_study(
        described_design(frame.assign(x=frame["x"].where(frame["id"] > 4))), method=method
    )
    alone = ik.event_study(described_design(frame[frame["id"] > 4]), method=method)
    assert estimate.effect.value == pytest.approx(alone.effect.value, rel=1e-10)
    assert estimate.effect.std_error == pytest.approx(alone.effect.std_error, rel=1e-10)
    steps = [step for step in estimate.counts if step.key == "covariates_known"]
    assert sum(step.n for step in steps) == 55


@pytest.mark.parametrize("method", ["sun_abraham", "imputation"])
def test_a_characteristic_that_adds_nothing_is_refused(method):
    frame = described()
    for values in (3.0, 2 * frame["x"]):
        with pytest.raises(EstimationError) as error:
            ik.event_study(described_design(frame.assign(z=values), ["x", "z"]), method=method)
        assert error.value.message.key == "estimators.error.redundant_columns"


def test_the_two_way_regression_says_that_it_does_not_adjust():
    estimate = ik.event_study(described_design(described()), method="twfe")
    assert [note.key for note in estimate.notes] == ["estimators.note.covariates_unused"]
    assert not estimate.settings["adjusted"]


@pytest.mark.parametrize("method", ["sun_abraham", "imputation"])
def test_trends_of_their_own_give_back_the_effect_that_selection_hides(method):
    """Those who enter grow faster for what they were at the start; the effect is 2."""
    rng = np.random.default_rng(5)
    frame = described(200, periods=(1, 2, 3, 4, 5), entry=3)
    exposed = (frame["g"] > 0) & (frame["t"] >= frame["g"])
    frame["y"] = frame["x"] * frame["t"] ** 2 + 2 * exposed + 1e-6 * rng.normal(size=len(frame))
    told, untold = (
        ik.event_study(described_design(frame, names), method=method) for names in (("x", "level"), ())
    )
    assert [effect.value for effect in told.path if effect.event_time >= 0] == pytest.approx(
        [2] * 3, abs=1e-5
    )
    assert told.effect.value == pytest.approx(2, abs=1e-5)
    assert untold.effect.value > 4
