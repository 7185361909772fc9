"""What could overturn a conclusion: each check answers rightly on worlds where the answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import EstimationError, ReportError
from impactkit.estimators.inference.left_out import change_without, cluster_changes
from impactkit.estimators.inference.linear import fit
from impactkit.evidence import rules_sensitivity as rules
from impactkit.evidence.checks.confounding import confounding
from impactkit.evidence.checks.influence import influence
from impactkit.evidence.checks.leave_one_cluster_out import leave_one_cluster_out
from impactkit.evidence.checks.missing_bounds import missing_bounds
from impactkit.evidence.checks.specification import specification
from impactkit.evidence.claim import claim_of
from impactkit.evidence.regression import regression_of
from impactkit.evidence.sensitivity import benchmark_bounds, robustness_value
from references import table
from worlds import as_share, two_waves


def chosen(n=400, *, effect=1.0, pull=0.5, weight=1.0, seed=1):
    """Return people seen once, who enter the more the higher their x, which counts ``weight`` in y."""
    rng = np.random.default_rng(seed)
    x, other = rng.normal(size=(2, n))
    helped = (pull * x + rng.normal(size=n) > 0).astype(int)
    y = effect * helped + weight * x + 0.3 * other + rng.normal(size=n)
    return pd.DataFrame({"id": range(n), "helped": helped, "x": x, "other": other, "y": y})


def adjusted(frame, *, comparison="waiting_list", minimum_effect=None, adjust="ancova", **asked):
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["y"], covariates=["x", "other"])
    design = ik.declare_design(
        cohort, covariates=["x", "other"], comparison=comparison, minimum_effect=minimum_effect
    )
    return ik.compare_groups(design, adjust=adjust, **asked)


def asked_of(estimate):
    return {check.key: check for check in ik.assess(estimate).checks}


def changes(frame, *, comparison="waiting_list", minimum_effect=None, cluster=None, **declared):
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"], cluster=cluster
    )
    return ik.declare_design(cohort, comparison=comparison, minimum_effect=minimum_effect, **declared)


# ------------------------------------------------------------------ what is concluded


def test_a_claim_is_overturned_where_it_would_say_the_contrary():
    claim = claim_of(adjusted(chosen(effect=1.0)))
    assert claim.is_made
    assert not claim.is_absence
    assert claim.against == -1.0
    assert claim.overturned_at(-0.1)
    assert claim.overturned_at(0.0)
    assert not claim.overturned_at(0.1)
    assert claim.kept_by(0.1, 2.0)
    assert not claim.kept_by(-0.1, 2.0)


def test_an_absence_is_overturned_by_an_effect_worth_having():
    claim = claim_of(adjusted(chosen(4000, effect=0.02), minimum_effect=0.3))
    assert claim.is_absence
    assert claim.against == np.sign(claim.value)
    assert claim.overturned_at(0.3)
    assert claim.overturned_at(-0.3)
    assert not claim.overturned_at(0.2)


def test_nothing_is_asked_of_a_result_that_concludes_nothing():
    asked = set(asked_of(adjusted(chosen(60, effect=0.0, weight=0.0))))
    assert asked & {"confounding", "influence", "specification", "missing_bounds"} == set()


def test_nothing_is_asked_of_groups_too_small_for_a_figure():
    frame = chosen(200, effect=6.0)
    few = pd.concat([frame[frame["helped"] == 1].head(8), frame[frame["helped"] == 0]])
    estimate = adjusted(few)
    assert claim_of(estimate).is_made
    assert set(asked_of(estimate)) & {"confounding", "influence", "specification"} == set()


# ------------------------------------------------------------------ a factor not observed


@pytest.mark.parametrize(
    ("effect", "status", "cap"), [(2.0, "ok", 5), (0.8, "caution", 1), (0.25, "fail", 0)]
)
def test_a_factor_as_strong_as_the_strongest_characteristic(effect, status, cap):
    estimate = adjusted(chosen(effect=effect, weight=0.6, seed=5))
    found = confounding(estimate)
    assert (found.status, found.cap) == (status, cap)
    assert "x" in found.reason.text("fr")


def test_its_bound_is_sensemakr_s_on_the_regression_itself():
    """Darfur, without the villages: the decision is that of the adjusted estimate and interval of R's."""
    frame = table("darfur").reset_index(names="id")
    names = ["female", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur"]
    cohort = ik.cohort_from_frame(
        frame, unit="id", arm="directlyharmed", outcomes=["peacefactor"], covariates=names
    )
    design = ik.declare_design(cohort, covariates=names, comparison="external")
    estimate = ik.compare_groups(design, adjust="ancova", errors="classic")
    y, d = frame["peacefactor"].to_numpy(), frame["directlyharmed"].to_numpy()
    X = frame[names].to_numpy(float)
    bounds = [benchmark_bounds(y=y, treatment=d, X=X, benchmark=[at], times=(1,))[0] for at in range(6)]
    worst = max(bounds, key=lambda bound: bound.bias)
    found = confounding(estimate)
    effect = estimate.effect
    assert found.value == pytest.approx(robustness_value(effect.value / effect.std_error, effect.df))
    assert found.status == ("ok" if worst.low > 0 else "caution" if worst.estimate > 0 else "fail")
    assert names[bounds.index(worst)] in found.reason.text("en")


def test_what_is_balanced_by_weights_is_still_what_a_factor_is_held_against():
    frame = chosen(effect=0.25, weight=0.6, seed=5)
    weighted = ik.compare_groups(ik.weight(adjusted(frame).design, method="entropy"))
    assert confounding(weighted).status == "fail"


def test_with_nothing_taken_into_account_there_is_nothing_to_compare_a_factor_with():
    found = confounding(adjusted(chosen(effect=2.0), adjust=None))
    assert (found.status, found.reason.key) == ("not_run", "check.confounding.nothing_known")


def test_characteristics_that_repeat_each_other_leave_it_unknown():
    frame = chosen(effect=2.0)
    estimate = adjusted(frame)
    cohort = ik.cohort_from_frame(
        frame.assign(other=2 * frame["x"]), unit="id", arm="helped", outcomes=["y"], covariates=["x", "other"]
    )
    repeated = replace(estimate, design=ik.declare_design(cohort, covariates=["x", "other"]))
    assert confounding(repeated).reason.key == "check.confounding.too_few"


def test_lots_leave_no_factor_to_fear():
    assert "confounding" not in asked_of(adjusted(chosen(effect=2.0, pull=0.0), comparison="randomised"))
    assert "confounding" in asked_of(adjusted(chosen(effect=2.0)))


def test_a_characteristic_that_explains_half_of_the_entries_bounds_nothing():
    frame = chosen(effect=2.0)
    frame["x"] = frame["helped"] + 0.1 * frame["x"]
    assert confounding(adjusted(frame)).status == "fail"


def test_an_absence_of_effect_can_hide_behind_a_factor_too():
    weak = adjusted(chosen(4000, effect=0.02, pull=0.02, weight=0.1), minimum_effect=0.4)
    strong = adjusted(chosen(4000, effect=0.02, pull=1.5, weight=1.5), minimum_effect=0.4)
    assert confounding(weak).status == "ok"
    assert confounding(strong).status == "fail"


# ------------------------------------------------------------------ the people lost


def lost_more(effect, lost, *, n=100):
    """Return groups of which ``lost`` treated people, and nobody else, are not seen at the end."""
    return two_waves(n, effect=effect, lost=(lost, 0))


@pytest.mark.parametrize(
    ("effect", "lost", "status", "kind"),
    [(1.0, 1, "ok", "even"), (2.0, 30, "ok", "kept"), (0.3, 50, "caution", "overturned")],
)
def test_people_lost_in_excess_can_overturn_a_small_effect_and_not_a_large_one(effect, lost, status, kind):
    found = missing_bounds(ik.did(changes(lost_more(effect, lost))))
    assert (found.status, found.reason.key) == (status, f"check.missing_bounds.{kind}")
    assert found.cap == (2 if status == "caution" else 5)


def test_without_adjustment_the_bounds_are_lee_s_own():
    frame = two_waves(150, effect=0.9, lost=(40, 5), seed=4)
    for effect in (0.0, 0.9):
        design = changes(frame.assign(y=frame["y"] + effect * (frame["arm"] == "beneficiary")))
        estimate = ik.compare_groups(design)
        bounds = ik.bounds(design, method="lee")
        expected = "ok" if bounds.lower > 0 else "caution"
        assert missing_bounds(estimate).status == expected


def test_groups_made_alike_are_not_bounded_when_losses_differ():
    rng = np.random.default_rng(1)
    frame = chosen(effect=2.0)
    frame.loc[(frame["helped"] == 1) & (rng.random(len(frame)) < 0.4), "y"] = np.nan
    design = adjusted(frame, adjust="ancova").design
    estimate = ik.compare_groups(ik.weight(design))
    assert missing_bounds(estimate).reason.key == "check.missing_bounds.not_bounded"


def test_weights_that_the_doubly_robust_estimate_made_itself_do_not_prevent_bounds():
    rng = np.random.default_rng(1)
    frame = seen_twice(600, effect=3.0)
    lost = (frame["arm"] == "beneficiary") & (frame["wave"] > 0) & (rng.random(len(frame)) < 0.3)
    estimate = ik.doubly_robust(with_x(frame.assign(y=frame["y"].mask(lost))))
    assert missing_bounds(estimate).reason.key == "check.missing_bounds.kept"


def test_it_is_not_asked_when_nobody_is_lost():
    assert "missing_bounds" not in asked_of(ik.did(changes(two_waves(100, effect=1.0))))
    assert "missing_bounds" in asked_of(ik.did(changes(lost_more(1.0, 5))))


# ------------------------------------------------------------------ a few people


def with_giants(height, *, giants=3, n=200, effect=0.0):
    frame = two_waves(n, effect=effect)
    ids = frame["id"].unique()[:giants]
    return frame.assign(y=frame["y"] + height * ((frame["wave"] > 0) & frame["id"].isin(ids)))


@pytest.mark.parametrize(
    ("world", "status"),
    [
        (two_waves(200, effect=0.5), "ok"),
        (with_giants(30.0, effect=0.3), "caution"),
        (with_giants(90.0, effect=-0.8, giants=4), "fail"),
    ],
)
def test_a_few_giants_make_a_result_and_many_people_do_not(world, status):
    estimate = ik.did(changes(world))
    value = estimate.effect.value
    sure = replace(estimate, effect=replace(estimate.effect, std_error=abs(value) / 3))
    found = influence(sure)
    assert found.status == status
    assert found.cap == (rules.CAP_RESTS_ON_FEW if status == "fail" else 5)


def test_the_few_are_three_in_a_hundred_and_five_at_most():
    assert [rules.few_people(n) for n in (22, 66, 67, 120, 166, 167, 100_000)] == [1, 1, 2, 3, 4, 5, 5]


def test_an_effect_so_small_that_nobody_makes_it_stays_small():
    found = influence(ik.did(changes(two_waves(400), minimum_effect=0.5)))
    assert (found.status, found.reason.key) == ("ok", "check.influence.absence")


def test_one_person_who_is_the_whole_group_leaves_it_unknown():
    estimate = ik.did(changes(two_waves(100, effect=1.0)))
    alone = [name for name in estimate.analysed if "waiting" in name]
    one = np.array([*alone, next(name for name in estimate.analysed if "beneficiary" in name)])
    assert influence(replace(estimate, analysed=one)).reason.key == "check.influence.too_few"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_an_effect_without_some_people_is_that_of_a_fit_without_them(seed, few):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(40), rng.integers(0, 2, 40), rng.normal(size=(40, 2))])
    X[:2, 1] = (0, 1)
    y, weights = rng.normal(size=40), rng.uniform(0.5, 2, 40)
    people = rng.choice(np.arange(2, 40), few, replace=False)
    c = np.array([0.0, 1.0, 0.0, 0.0])
    whole = fit(X=X, y=y, weights=weights)
    rest = np.setdiff1d(np.arange(40), people)
    without = fit(X=X[rest], y=y[rest], weights=weights[rest])
    change = change_without(whole, c, people)
    assert whole.coef[1] - change == pytest.approx(without.coef[1], rel=1e-8, abs=1e-10)


# ------------------------------------------------------------------ one site


def in_sites(frame, sites=10):
    number = frame["id"].str[-4:].astype(int) % sites
    return frame.assign(site=frame["arm"] + number.astype(str))


def one_site_does_it(height, effect=0.0):
    frame = in_sites(two_waves(100, effect=effect))
    there = (frame["site"] == "beneficiary0") & (frame["wave"] > 0)
    return frame.assign(y=frame["y"] + height * there)


@pytest.mark.parametrize(
    ("world", "status"),
    [
        (in_sites(two_waves(100, effect=0.5)), "ok"),
        (one_site_does_it(6.0, 0.3), "caution"),
        (one_site_does_it(8.0, -0.3), "fail"),
    ],
)
def test_one_site_can_make_a_result(world, status):
    estimate = ik.did(changes(world, cluster="site"), errors="HC2")
    found = leave_one_cluster_out(estimate)
    assert found.status == status
    assert found.cap == (rules.CAP_RESTS_ON_FEW if status == "fail" else 5)


def test_a_site_without_which_nothing_can_be_computed_leaves_it_unknown():
    estimate = ik.did(changes(in_sites(two_waves(100, effect=1.0)), cluster="site"), errors="HC2")
    kept = [name for name in estimate.analysed if "waiting" in name or name.endswith("0")]
    single = replace(estimate, analysed=np.array(kept))
    assert leave_one_cluster_out(single).reason.key == "check.leave_one_cluster_out.needed"


def test_it_is_asked_of_sites_only():
    world = in_sites(two_waves(100, effect=1.0))
    assert "leave_one_cluster_out" in asked_of(ik.did(changes(world, cluster="site")))
    assert "leave_one_cluster_out" not in asked_of(ik.did(changes(world)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_an_effect_without_each_site_is_that_of_a_fit_without_it(seed):
    rng = np.random.default_rng(seed)
    sites = np.repeat(np.arange(6), 8)
    X = np.column_stack([np.ones(48), sites % 2, rng.normal(size=48)])
    y = rng.normal(size=48)
    c = np.array([0.0, 1.0, 0.0])
    whole = fit(X=X, y=y)
    without = [fit(X=X[sites != g], y=y[sites != g]).coef[1] for g in range(6)]
    found = whole.coef[1] - cluster_changes(whole, c, clusters=sites)
    assert found == pytest.approx(without, rel=1e-8, abs=1e-10)


# ------------------------------------------------------------------ the other analyses


def seen_twice(n=300, *, effect=0.5, gap=0.0, keep=1.0, seed=2):
    """Return two waves whose beneficiaries start ``gap`` higher, of which a share ``keep`` remains."""
    rng = np.random.default_rng(seed)
    helped = np.arange(n) % 2
    before = rng.normal(size=n) + gap * helped
    after = keep * before + effect * helped + 0.5 * rng.normal(size=n)
    frame = pd.DataFrame({"id": np.tile(np.arange(n), 2), "wave": np.repeat([0, 6], n)})
    frame["arm"] = np.tile(np.where(helped, "beneficiary", "waiting_list"), 2)
    frame["entry"] = np.where(frame["arm"] == "beneficiary", 6.0, np.inf)
    frame["x"] = np.tile(rng.normal(size=n), 2)
    return frame.assign(y=np.concatenate([before, after]))


def with_x(frame, comparison="waiting_list"):
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"], covariates=["x"]
    )
    return ik.declare_design(cohort, comparison=comparison, covariates=["x"])


@pytest.mark.parametrize(
    ("world", "status", "kind"),
    [
        (seen_twice(), "ok", "agree"),
        # Half of a large gap fades by itself: changes lose it, the ANCOVA does not.
        (seen_twice(effect=0.2, gap=-1.5, keep=0.4), "caution", "differ"),
        (seen_twice(effect=-0.3, gap=-1.5, keep=0.4), "fail", "contrary"),
    ],
)
def test_analyses_that_say_something_else(world, status, kind):
    found = specification(ik.did(with_x(world)))
    assert (found.status, found.reason.key) == (status, f"check.specification.{kind}")


def test_too_few_analyses_are_possible_without_a_time_before_nor_characteristics():
    frame = chosen(effect=2.0)[["id", "helped", "y"]]
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["y"])
    estimate = ik.compare_groups(ik.declare_design(cohort))
    assert specification(estimate).status == "not_run"


def test_the_curve_holds_each_estimator_s_own_numbers():
    design = with_x(seen_twice())
    curve = ik.specification_curve(design)
    plain = replace(design, covariates=())
    expected = {
        "difference": ik.compare_groups(plain),
        "ancova_baseline": ik.compare_groups(plain, adjust="ancova"),
        "ancova": ik.compare_groups(design, adjust="ancova"),
        "lin": ik.compare_groups(design, adjust="lin"),
        "did": ik.did(plain),
        "did_adjusted": ik.did(design),
        "doubly_robust": ik.doubly_robust(design),
        "weighted": ik.compare_groups(ik.weight(design)),
        "matched": ik.compare_groups(ik.match(design)),
    }
    shown = curve.tidy().set_index("analysis")
    assert set(shown.index) == set(expected)
    assert shown["estimate"].is_monotonic_increasing
    for name, estimate in expected.items():
        assert shown.loc[name, "estimate"] == estimate.effect.value
        assert shown.loc[name, "std_error"] == estimate.effect.std_error
    assert list(shown.index[~shown["defensible"]]) == ["difference"]
    assert curve.refused == {}


def test_with_lots_every_analysis_can_be_defended():
    frame = seen_twice().replace("waiting_list", "randomised")
    assert ik.specification_curve(with_x(frame, comparison="randomised")).tidy()["defensible"].all()


def test_the_curve_keeps_the_way_that_groups_were_made_alike_and_says_what_it_could_not_do():
    design = with_x(seen_twice())
    made = ik.weight(design, method="entropy")
    curve = ik.specification_curve(made)
    assert curve.estimates["comparable"].effect.value == ik.compare_groups(made).effect.value
    apart = seen_twice()
    apart["x"] = (apart["arm"] == "beneficiary") + 0.01 * apart["x"]
    refused = ik.specification_curve(with_x(apart)).refused
    assert "weighted" in refused
    assert refused["weighted"].text("fr")


def test_the_curve_refuses_what_has_nobody_to_compare_or_several_dates():
    frame = two_waves(30)
    with pytest.raises(EstimationError, match="compar"):
        ik.specification_curve(changes(frame, comparison="none"))
    frame = two_waves(30, waves=(0, 6, 12), arms=("beneficiary", "waiting_list"))
    late = frame["id"].str[-4:].astype(int) % 2 == 0
    frame.loc[(frame["arm"] == "beneficiary") & late, "entry"] = 12
    with pytest.raises(EstimationError, match="dates"):
        ik.specification_curve(changes(frame, comparison="never_treated"))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_figure_says_its_numbers(lang):
    curve = ik.specification_curve(with_x(seen_twice()))
    axes = ik.plot.specifications(curve, language=lang)
    assert len(axes.get_yticklabels()) == len(curve.estimates) == 9
    assert all(axes.alt.count(word) == 9 for word in ("95",))
    assert axes.texts[0].get_text().startswith("Cercle" if lang == "fr" else "Hollow")
    assert ik.plot.specifications(curve, ax=axes, language=lang) is axes


def test_the_figure_writes_shares_in_points_and_shows_no_group_of_ten():
    curve = ik.specification_curve(changes(as_share(two_waves(100, effect=1.0), 10.0)))
    assert "points" in ik.plot.specifications(curve, language="fr").get_xlabel()
    with pytest.raises(ReportError):
        ik.plot.specifications(ik.specification_curve(changes(two_waves(10, effect=1.0))))


# ------------------------------------------------------------------ the regression behind


@pytest.mark.parametrize("adjust", [None, "ancova"])
def test_the_regression_behind_is_the_estimate_itself(adjust):
    estimate = adjusted(chosen(), adjust=adjust)
    found = regression_of(estimate)
    coef = fit(X=found.with_treatment, y=found.y).coef[1]
    assert coef == pytest.approx(estimate.effect.value, rel=1e-10)


def test_it_is_so_for_changes_and_for_matched_people():
    design = with_x(seen_twice())
    plain = ik.did(replace(design, covariates=()))
    found = regression_of(plain)
    assert fit(X=found.with_treatment, y=found.y).coef[1] == pytest.approx(plain.effect.value, rel=1e-10)
    matched = ik.compare_groups(ik.match(design), adjust=None, errors="CR1")
    found = regression_of(matched)
    bare = fit(X=found.with_treatment[:, :2], y=found.y, weights=found.weights)
    assert bare.coef[1] == pytest.approx(matched.effect.value, rel=1e-10)


# ------------------------------------------------------------------ the rules


def test_the_rules_take_away_what_they_say():
    assert rules.confounding_cap(kept=True, overturned=False, start=3).cap == 5
    assert rules.confounding_cap(kept=False, overturned=False, start=3).cap == 2
    assert rules.confounding_cap(kept=False, overturned=True, start=3).cap == 1
    assert rules.confounding_cap(kept=False, overturned=True, start=1).cap == 0
    assert rules.resting_cap(left=0.49, overturned=False).status == "caution"
    assert rules.resting_cap(left=0.5, overturned=False).status == "ok"
    assert rules.specification_cap(overturned=0.5, small=0.0, start=3).status == "caution"
    assert rules.specification_cap(overturned=0.6, small=0.0, start=3).cap == 2
    assert rules.specification_cap(overturned=0.0, small=0.6, start=3).status == "caution"
    assert rules.specification_cap(overturned=0.0, small=0.5, start=3).status == "ok"


@pytest.mark.parametrize("made", ["doubly_robust", "matched", "weighted"])
def test_every_way_of_making_groups_alike_is_asked_the_same_questions(made):
    design = with_x(seen_twice(400, effect=0.8))
    if made == "doubly_robust":
        estimate = ik.doubly_robust(design)
    else:
        estimate = ik.compare_groups(ik.match(design) if made == "matched" else ik.weight(design))
    asked = asked_of(estimate)
    for key in ("confounding", "influence", "specification"):
        assert asked[key].status == "ok"
        assert asked[key].cap == 5
