"""`discontinuity` against rdrobust and rddensity, its properties, what it refuses, and its figure.

Tolerances. Estimates and errors at given bandwidths are closed forms: 1e-8. Chosen bandwidths, and what
follows from them, to 1e-6: the reference adds 1e-8 to the range of the data, in its unit.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit import plot
from impactkit.disclosure import DEFAULT_PROFILE
from impactkit.errors import EstimationError, ReportError
from impactkit.estimators.threshold.bandwidths import select
from impactkit.estimators.threshold.bins import binned_means
from impactkit.estimators.threshold.density import density_jump
from impactkit.estimators.threshold.local import Side, residuals, smooth
from impactkit.evidence import rules
from references import table
from test_page import page_of

CLOSED = 1e-8
CHOSEN = 1e-6
VALUES = json.loads((Path(__file__).parent / "reference" / "threshold.json").read_text(encoding="utf-8"))
SENATE = {
    "default": {},
    "p2": {"order": 2},
    "uniform": {"kernel": "uniform"},
    "epan": {"kernel": "epanechnikov"},
    "hc1": {"errors": "hc1"},
    "hc3": {"errors": "hc3"},
}
MADE = {
    "plain": {},
    "covariates": {"covariates": ["z1", "z2"]},
    "fuzzy": {"fuzzy": "t"},
    "fuzzy_covariates": {"fuzzy": "t", "covariates": ["z1", "z2"]},
    "clusters": {"cluster": "cluster"},
    "fuzzy_clusters": {"fuzzy": "t", "cluster": "cluster"},
    "hc2": {"errors": "hc2"},
    "two": {"selector": "msetwo"},
    "given": {"bandwidth": 0.4, "bias_bandwidth": 0.7},
    "coarse": {"running": "coarse"},
}


def senate(**options):
    return ik.discontinuity(table("rd_senate"), running="margin", cutoff=0, outcome="vote", **options)


def made(**options):
    options = {"running": "x", "cutoff": 0.0, "outcome": "y"} | options
    return ik.discontinuity(table("threshold_made"), **options)


def world(n=400, *, jump=0.0, seed=1, sorted_share=0.0, decimals=None):
    """People with an income, a ceiling at 1000 and a jump of the score for those below it."""
    rng = np.random.default_rng(seed)
    income = rng.uniform(500, 1500, n)
    over = (income > 1000) & (income < 1100) & (rng.random(n) < sorted_share)
    income = np.where(over, income - 100, income)
    if decimals is not None:
        income = income.round(decimals)
    age = rng.normal(40, 10, n)
    score = 30 - income / 100 + (income / 1000) ** 2 + 0.05 * age + jump * (income <= 1000)
    return pd.DataFrame({"income": income, "age": age, "score": score + rng.normal(0, 1, n)})


def ceiling(frame, **options):
    options = {"running": "income", "cutoff": 1000, "outcome": "score", "treated": "below"} | options
    return ik.discontinuity(frame, **options)


def compare(estimate, values, tolerance):
    settings_ = estimate.settings
    found = {
        "h": (settings_["bandwidth_below"], settings_["bandwidth_above"]),
        "b": (settings_["bias_bandwidth_below"], settings_["bias_bandwidth_above"]),
    }
    assert found["h"] == pytest.approx((values["bws"]["left"][0], values["bws"]["right"][0]), rel=tolerance)
    assert found["b"] == pytest.approx((values["bws"]["left"][1], values["bws"]["right"][1]), rel=tolerance)
    assert settings_["conventional"] == pytest.approx(values["coef"]["Conventional"], rel=tolerance)
    assert settings_["conventional_std_error"] == pytest.approx(values["se"]["Conventional"], rel=tolerance)
    assert estimate.effect.value == pytest.approx(values["coef"]["Robust"], rel=tolerance)
    assert estimate.effect.std_error == pytest.approx(values["se"]["Robust"], rel=tolerance)


# ------------------------------------------------------------------ reference software
@pytest.mark.parametrize("name", SENATE)
def test_the_senate_is_rdrobust(name):
    values = VALUES[f"rd.senate.{name}"]["values"]
    estimate = senate(**SENATE[name])
    compare(estimate, values, CHOSEN)
    assert estimate.effect.interval() == pytest.approx(values["ci"]["Robust"], rel=CHOSEN)
    assert estimate.effect.p_value == pytest.approx(values["pv"]["Robust"], rel=1e-5)
    assert [estimate.effect.n_comparison, estimate.effect.n_treated] == values["N_h"]
    usual = estimate.alternatives.set_index("method").loc["conventional"]
    assert [usual["conf_low"], usual["conf_high"]] == pytest.approx(values["ci"]["Conventional"], rel=CHOSEN)


@pytest.mark.parametrize("name", SENATE)
def test_at_the_same_bandwidths_the_senate_is_rdrobust_to_the_last_digits(name):
    values = VALUES[f"rd.senate.{name}"]["values"]
    widths = {"bandwidth": values["bws"]["left"][0], "bias_bandwidth": values["bws"]["left"][1]}
    compare(senate(**SENATE[name], **widths), values, CLOSED)


@pytest.mark.parametrize(
    "row", VALUES["rd.senate.rdbwselect_all"]["values"]["table"], ids=lambda r: r["_row"]
)
def test_every_selector_is_rdbwselect(row):
    found = senate(selector=row["_row"]).settings
    names = ("bandwidth_below", "bandwidth_above", "bias_bandwidth_below", "bias_bandwidth_above")
    expected = [row[f"{width} ({side})"] for width in "hb" for side in ("left", "right")]
    assert [found[name] for name in names] == pytest.approx(expected, rel=CHOSEN)


@pytest.mark.parametrize("name", MADE)
def test_made_people_are_rdrobust(name):
    compare(made(**MADE[name]), VALUES[f"made.{name}"]["values"], CLOSED if name == "given" else CHOSEN)


def test_the_density_test_is_rddensity():
    values = VALUES["rd.senate.rddensity"]["values"]
    found = senate().density_test()
    assert found.statistic == pytest.approx(values["test"]["t_jk"], rel=CHOSEN)
    assert found.p_value == pytest.approx(values["test"]["p_jk"], rel=CHOSEN)
    assert found.std_error == pytest.approx(values["sd_jk"]["diff"], rel=CHOSEN)
    assert (found.below, found.above) == pytest.approx(
        (values["hat"]["left"], values["hat"]["right"]), CHOSEN
    )
    assert found.bandwidths == pytest.approx((values["h"]["left"], values["h"]["right"]), rel=CHOSEN)
    assert (found.n_below, found.n_above) == (values["N"]["eff_left"], values["N"]["eff_right"])


def test_the_density_test_of_made_people_is_rddensity():
    values = VALUES["made.density"]["values"]
    found = density_jump(table("threshold_made")["x"].to_numpy())
    assert found.bandwidths == pytest.approx(values["h"], rel=CHOSEN)
    assert found.p_value == pytest.approx(values["p"], rel=CHOSEN)


# ------------------------------------------------------------------ by hand
def test_neighbours_at_the_same_distance_all_count():
    x = np.array([0.0, 1.0, 2.0, 3.0, 10.0])
    y = np.array([1.0, 3.0, 5.0, 7.0, 20.0])
    fitted = smooth(x, bandwidth=20.0, degree=0, kernel="uniform")
    found = residuals(x, y, fitted, inside=fitted.inside, errors="nn")
    # From 1: the nearest are 0 and 2, then 3. From 10: 3, 2, 1.
    assert found[1] == pytest.approx((3 / 4) ** 0.5 * (3 - (1 + 5 + 7) / 3))
    assert found[4] == pytest.approx((3 / 4) ** 0.5 * (20 - (7 + 5 + 3) / 3))
    tied = np.array([0.0, 0.0, 0.0, 0.0, 0.0])
    fitted = smooth(np.arange(5.0), bandwidth=20.0, degree=0, kernel="uniform")
    found = residuals(tied, y, fitted, inside=fitted.inside, errors="nn")
    assert found[0] == pytest.approx((4 / 5) ** 0.5 * (1 - (3 + 5 + 7 + 20) / 4))


def test_a_straight_line_on_each_side_gives_the_jump_exactly():
    x = np.linspace(-1, 1, 80)
    noise = np.tile([0.01, -0.01], 40)
    frame = pd.DataFrame({"x": x, "y": 2 + 3 * x + 5 * (x >= 0) + noise})
    found = ik.discontinuity(frame, running="x", cutoff=0, outcome="y", bandwidth=0.9)
    assert found.effect.value == pytest.approx(5, abs=0.02)


def test_the_local_draw_is_the_exact_permutation_of_the_few_people_in_the_window():
    frame = pd.DataFrame({"x": [-3, -2, -1.5, -1, 1, 1.2, 2, 3.0] * 3, "y": np.arange(24.0) ** 1.5})
    frame["x"] += np.arange(24) / 1000
    estimate = ik.discontinuity(frame, running="x", cutoff=0, outcome="y", bandwidth=4, local_window=1.3)
    row = estimate.alternatives.set_index("method").loc["local_randomisation"]
    near = frame[frame["x"].abs() <= 1.3]
    y, treated = near["y"].to_numpy(), near["x"].to_numpy() >= 0
    gap = y[treated].mean() - y[~treated].mean()
    assert row["estimate"] == pytest.approx(gap)
    result = stats.permutation_test(
        (y[treated], y[~treated]),
        lambda a, b: a.mean() - b.mean(),
        n_resamples=np.inf,
    )
    assert row["p_value"] == pytest.approx(result.pvalue, abs=1e-12)


# ------------------------------------------------------------------ properties
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.01, 100),
    move=st.floats(-1000, 1000),
    unit=st.floats(0.01, 100),
)
def test_units_and_origins_do_not_matter(seed, scale, move, unit):
    frame = world(seed=seed, jump=1.0)
    base = ceiling(frame)
    other = ceiling(
        frame.assign(score=scale * frame["score"] + move, income=unit * frame["income"] + move),
        cutoff=unit * 1000 + move,
    )
    assert other.effect.value == pytest.approx(scale * base.effect.value, rel=1e-5, abs=1e-6 * scale)
    assert other.effect.std_error == pytest.approx(scale * base.effect.std_error, rel=1e-5)
    assert other.density_test().p_value == pytest.approx(base.density_test().p_value, rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_and_the_side_named_do_not_matter(seed):
    frame = world(seed=seed, jump=1.0)
    base = ceiling(frame)
    mixed = ceiling(frame.sample(frac=1, random_state=seed))
    turned = ceiling(frame.assign(income=-frame["income"]), cutoff=-1000, treated="above")
    for other in (mixed, turned):
        assert other.effect.value == pytest.approx(base.effect.value, rel=1e-8)
        assert other.effect.std_error == pytest.approx(base.effect.std_error, rel=1e-8)
    assert turned.density_test().p_value == pytest.approx(base.density_test().p_value, rel=1e-9)
    assert turned.density_test().below == pytest.approx(base.density_test().above, rel=1e-9)


@pytest.mark.parametrize("errors", ["nn", "hc0", "hc3"])
def test_a_perfect_take_up_is_the_sharp_design(errors):
    frame = world(jump=2.0).assign(taken=lambda f: (f["income"] <= 1000).astype(int))
    sharp, fuzzy = ceiling(frame, errors=errors), ceiling(frame, errors=errors, fuzzy="taken")
    assert fuzzy.effect.value == pytest.approx(sharp.effect.value, rel=1e-9)
    assert fuzzy.effect.std_error == pytest.approx(sharp.effect.std_error, rel=1e-9)
    assert fuzzy.settings["takeup_jump"] == pytest.approx(1)
    assert fuzzy.settings["first_stage_f"] is None


def test_a_wider_hole_leaves_fewer_people():
    estimate = ceiling(world(n=2000), bandwidth=400.0)
    sizes = estimate.donut_sensitivity([0, 50, 100, 200])
    for column in ("n_treated", "n_comparison"):
        assert sizes[column].notna().all()
        assert sizes[column].is_monotonic_decreasing
        assert sizes[column].iloc[-1] < sizes[column].iloc[0]


def test_tables_do_not_tell_small_numbers_of_people():
    sizes = ceiling(world(n=400), bandwidth=400.0).donut_sensitivity([0, 1, 2, 50])
    for column in ("n_treated", "n_comparison"):
        shown = sorted(set(sizes[column].dropna()))
        assert all(b - a >= DEFAULT_PROFILE.minimum for a, b in pairwise(shown))
        assert sizes[column].isna().any()
    assert "[" not in repr(ceiling(world()).around)


@pytest.mark.parametrize(
    ("options", "fewest"),
    [
        ({"cluster": "site"}, 3),
        ({"cluster": "site", "order": 2}, 4),
        *(({"errors": errors}, 3) for errors in ("hc0", "hc1", "hc2", "hc3")),
    ],
)
def test_a_curve_through_everyone_has_no_uncertainty(options, fewest):
    # As many people known on one side as the bias's polynomial has coefficients, then one more.
    frame = world(n=300).assign(site=lambda f: np.arange(len(f)) % 40)
    treated = frame.index[frame["income"] <= 1000]
    options = options | {"bandwidth": 2000.0}
    exact, enough = (
        frame.assign(score=frame["score"].mask(frame.index.isin(treated[n:]))) for n in (fewest, fewest + 1)
    )
    refused("threshold.error.exact_fit", exact, **options)
    assert ceiling(enough, **options).effect.std_error > 1e-3


@pytest.mark.parametrize("known", range(16))
@pytest.mark.parametrize("options", [{}, {"cluster": "site"}, {"fuzzy": "taken"}, {"errors": "hc2"}])
@pytest.mark.filterwarnings("error")
def test_nearly_all_outcomes_missing_is_told_in_words(options, known):
    draw = np.random.default_rng(known)
    frame = world(n=60).assign(site=lambda f: np.arange(len(f)) % 20)
    frame["taken"] = ((frame["income"] <= 1000) ^ (draw.random(60) < 0.2)).astype(float)
    frame.loc[draw.permutation(60)[known:], "score"] = np.nan
    try:
        found = ceiling(frame, **options)
    except ik.EstimationError:
        return
    assert found.effect.std_error > 1e-6


def test_one_cluster_on_a_side_is_refused():
    frame = world().assign(site=lambda f: np.where(f["income"] <= 1000, 0, 1 + np.arange(len(f)) % 9))
    refused("estimators.error.one_cluster_treated", frame, cluster="site")


def test_each_person_twice_in_her_own_cluster_is_each_person_once():
    frame = world(n=300).assign(person=range(300))
    twice = pd.concat([frame, frame], ignore_index=True)
    widths = {"bandwidth": 300.0, "bias_bandwidth": 400.0, "cluster": "person"}
    once, double = ceiling(frame, **widths), ceiling(twice, **widths)
    assert double.effect.value == pytest.approx(once.effect.value, rel=1e-10)
    # The factor (n - 1)/(n - k) is all that changes.
    assert double.effect.std_error == pytest.approx(once.effect.std_error, rel=0.02)
    alone = ceiling(twice, bandwidth=300.0, bias_bandwidth=400.0, errors="hc0")
    assert double.effect.std_error > 1.3 * alone.effect.std_error


# ------------------------------------------------------------------ what it says
def test_a_ceiling_is_read_from_below():
    estimate = ceiling(world(n=1500, jump=3.0))
    assert estimate.effect.interval()[0] < 3 < estimate.effect.interval()[1]
    assert estimate.settings["treated"] == "below"
    jumps = ceiling(world(n=1500, jump=3.0), covariates=["age"]).covariate_jumps()
    assert list(jumps["covariate"]) == ["age"]
    assert jumps["p_holm"].iloc[0] == jumps["p_value"].iloc[0]


def test_people_at_the_threshold_stand_where_they_are_said_to():
    frame = world(decimals=-1)
    at = int((frame["income"] == 1000).sum())
    assert at
    eligible = ceiling(frame, bandwidth=200.0)
    not_eligible = ceiling(frame, bandwidth=200.0, at_cutoff="comparison")
    assert eligible.effect.n_treated - not_eligible.effect.n_treated == at
    assert eligible.density_test().n_below > not_eligible.density_test().n_below


def test_everyone_is_counted_from_the_rows_to_the_window():
    frame = world(n=600)
    frame.loc[:19, "income"] = np.nan
    frame.loc[30:50, "score"] = np.nan
    frame.loc[60:70, "age"] = np.nan
    estimate = ceiling(frame, covariates=["age"], donut=5.0)
    for arm in ("treated", "comparison"):
        chain = [step for step in estimate.counts if step.arm == arm]
        assert [step.key for step in chain] == [
            "entered", "outside_donut", "near_threshold", "followed", "covariates_known", "analysed",
        ]  # fmt: skip
        assert all(a.n >= b.n for a, b in pairwise(chain))
        assert all(step.reason is not None for step in chain[1:-1])
    assert sum(step.n for step in estimate.counts if step.key == "entered") == 580
    assert sum(step.n for step in estimate.counts if step.key == "analysed") == len(estimate.analysed)
    assert any(note.key == "threshold.note.running_unknown" for note in estimate.notes)


def test_placebo_thresholds_use_one_side_each_and_bandwidths_move():
    estimate = ceiling(world(n=2000, jump=5.0))
    placebo = estimate.placebo_cutoffs()
    assert len(placebo) == 6
    assert (placebo["estimate"].abs() < 4).all()
    moved = estimate.bandwidth_sensitivity()
    here = moved[moved["factor"] == 1.0].iloc[0]
    assert here["estimate"] == pytest.approx(estimate.effect.value, rel=1e-12)
    with pytest.raises(ValueError, match="another than the threshold"):
        estimate.placebo_cutoffs([1000])


def test_a_design_follows_its_arms_or_says_that_it_does_not():
    frame = world(n=500, jump=2.0).assign(id=range(500), helped=lambda f: (f["income"] <= 1000).astype(int))
    cohort = ik.cohort_from_frame(
        frame, unit="id", arm="helped", outcomes=["score"], covariates=["income", "age"]
    )
    design = ik.declare_design(cohort, comparison="ineligible", covariates=["age"])
    found = ik.discontinuity(design, running="income", cutoff=1000)
    same = ceiling(frame, covariates=["age"])
    assert found.effect.value == pytest.approx(same.effect.value, rel=1e-10)
    assert found.settings["treated"] == "below"
    frame.loc[:30, "helped"] = 1 - frame.loc[:30, "helped"]
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["income"])
    design = ik.declare_design(cohort, comparison="ineligible")
    with pytest.raises(EstimationError) as caught:
        ik.discontinuity(design, running="income", cutoff=1000)
    assert caught.value.message.key == "threshold.error.not_sharp"
    fuzzy = ik.discontinuity(design, running="income", cutoff=1000, fuzzy=True)
    assert 0.5 < fuzzy.settings["takeup_jump"] < 1


# ------------------------------------------------------------------ the verdict
def test_the_verdict_starts_at_four_and_people_who_sort_themselves_lower_it():
    clean = ik.assess(ceiling(world(n=3000, jump=3.0), covariates=["age"]))
    assert clean.credibility == rules.THRESHOLD_OR_OFFER
    assert clean.attribution == "attributable"
    sorted_ = ik.assess(ceiling(world(n=3000, jump=3.0, sorted_share=0.9), covariates=["age"]))
    assert {check.key: check.status for check in sorted_.checks}["sorting"] == "caution"
    assert sorted_.credibility == 3


def test_rules_of_thresholds():
    assert rules.sorting_cap(people_jump=True, characteristics_jump=True).cap == 2
    assert rules.sorting_cap(people_jump=False, characteristics_jump=True).cap == 3
    assert rules.sorting_cap(people_jump=False, characteristics_jump=False).cap == 5
    assert [rules.first_stage_cap(f).cap for f in (9.9, 10.0, 15.9, 16.0)] == [1, 2, 2, 5]


def test_few_people_near_are_a_reserve():
    evidence = ik.assess(ceiling(world(n=160, jump=3.0)))
    assert {check.key: check.status for check in evidence.checks}["near_threshold"] == "caution"
    assert evidence.credibility <= 3
    assert any(note.key == "threshold.note.few_near" for note in evidence.estimate.notes)


def test_few_values_of_the_running_variable_are_said_so():
    coarse = world(n=1000).assign(income=lambda f: (f["income"] / 50).round() * 50)
    keys = {note.key for note in ceiling(coarse, bandwidth=300.0).notes}
    assert "threshold.note.few_values" in keys
    assert "threshold.note.few_values" not in {note.key for note in ceiling(world(n=1000)).notes}


def test_losses_are_those_of_people_near_the_threshold():
    frame = world(n=2000)
    frame.loc[frame["income"] < 600, "score"] = np.nan  # far from the threshold: no loss
    check = {item.key: item for item in ik.assess(ceiling(frame, bandwidth=300.0)).checks}["attrition"]
    assert check.reason.key == "check.attrition.none"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_record_makes_a_page(language):
    frame = world(n=2000, jump=3.0).assign(taken=lambda f: (f["income"] <= 1000).astype(int))
    frame.loc[::7, "taken"] = 1 - frame.loc[::7, "taken"]
    for options in ({"covariates": ["age"]}, {"fuzzy": "taken"}):
        record = ik.assess(ceiling(frame, **options)).record
        page = page_of(record.model_copy(update={"action": "parcours_mobilite"}), language)
        for section in ("header", "headline", "flow", "method", "balance", "effect", "checks", "annex"):
            assert getattr(page, section)() is not None
        assert "seuil" in record.sentences.method.fr
        assert record.sentences.per_hundred is None


# ------------------------------------------------------------------ the figure
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_point_of_the_figure_shows_fewer_than_eleven_people(language):
    estimate = ceiling(world(n=700, jump=3.0))
    axes = plot.discontinuity(estimate, language=language)
    points = [line for line in axes.lines if line.get_linestyle() == "None"]
    assert len(points) == 2
    for line, n in zip(points, (estimate.effect.n_comparison, estimate.effect.n_treated), strict=True):
        assert 2 <= len(line.get_xdata()) <= n // DEFAULT_PROFILE.minimum
    assert ("seuil" if language == "fr" else "threshold") in axes.alt


def test_bins_join_ties_and_shares_that_would_tell_a_small_number():
    x = np.repeat(np.arange(10.0), 5)
    bins = binned_means(x, x, np.ones(50, dtype=bool), binary=False, profile=DEFAULT_PROFILE)
    assert len(bins) == 3  # three values of five people each, and the last joins what would remain
    y = np.zeros(60)
    y[:3] = 1
    bins = binned_means(np.arange(60.0), y, np.ones(60, dtype=bool), binary=True, profile=DEFAULT_PROFILE)
    assert bins.empty  # three people of any group could be told


def test_a_figure_of_too_few_people_is_refused():
    estimate = ceiling(world(n=60), bandwidth=150.0)
    with pytest.raises(ReportError):
        plot.discontinuity(estimate)


# ------------------------------------------------------------------ bad input
def refused(key, frame, **options):
    with pytest.raises(EstimationError) as caught:
        ceiling(frame, **options)
    assert caught.value.message.key == key
    assert caught.value.message.text("fr") != caught.value.message.text("en")


def test_data_that_cannot_answer_are_refused_with_a_reason():
    frame = world()
    refused("threshold.error.one_side", frame, cutoff=3000)
    refused("threshold.error.one_side", frame, cutoff=100)
    refused("threshold.error.one_side", frame.assign(income=1000.0))
    refused("threshold.error.one_side", frame.assign(income=np.nan))
    refused("threshold.error.too_few_near", frame, bandwidth=1.0)
    refused(
        "threshold.error.too_few_near", frame.assign(income=np.where(frame["income"] > 1000, 1100.0, 900.0))
    )
    refused("estimators.error.no_variation", frame.assign(score=5.0))
    refused("threshold.error.no_bandwidth", frame.assign(score=1.0 * (frame["income"] <= 1000)))
    refused("threshold.error.not_number", frame.assign(income="beaucoup"))
    refused("threshold.error.no_takeup_jump", frame.assign(taken=1), fuzzy="taken")
    refused(
        "threshold.error.redundant_covariates",
        frame.assign(double=2 * frame["age"]),
        covariates=["age", "double"],
    )
    refused("threshold.error.one_side", frame, donut=5000.0)


def test_wrong_calls_name_what_is_allowed():
    frame = world()
    for options, words in (
        ({"kernel": "gaussian"}, "triangular"),
        ({"selector": "best"}, "mserd"),
        ({"errors": "HC2"}, "hc2"),
        ({"errors": "cr1"}, "clusters"),
        ({"treated": "left"}, "above"),
        ({"order": 0}, "order"),
        ({"bandwidth": -1.0}, "positive"),
        ({"bias_bandwidth": 3.0}, "bandwidth"),
        ({"running": "revenu"}, "not in the frame"),
        ({"outcome": "note"}, "not in the frame"),
        ({"outcome": None}, "outcome"),
        ({"donut": -1.0}, "donut"),
    ):
        with pytest.raises(ValueError, match=words):
            ceiling(frame, **options)


def test_too_few_people_for_the_density_are_said_so():
    with pytest.raises(EstimationError) as caught:
        density_jump(np.concatenate([np.linspace(-1, -0.1, 10), np.linspace(0, 1, 100)]))
    assert caught.value.message.key == "threshold.error.too_few_for_density"


def test_a_flat_outcome_near_the_threshold_has_no_bandwidth():
    x = np.linspace(-1, 1, 101)
    y = np.where(np.abs(x) > 0.9, 1.0, 0.0)
    sides = [Side(x=x[m], y=y[m][:, None]) for m in (x < 0, x >= 0)]
    with pytest.raises(EstimationError):
        select(*sides, order=1, kernel="triangular", errors="nn", selector="mserd")
