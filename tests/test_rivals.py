"""The checks that look for another explanation than the action, on cohorts of known truth."""

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.evidence import rules_rivals
from worlds import as_share, two_waves

FOUR = (-18, -12, -6, 0, 6)


def cohort_of(frame, outcomes=("y",), **options):
    return ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=list(outcomes), **options
    )


def evidence_of(frame, *, method="did", comparison="waiting_list", outcomes=("y",), cluster=None, **declared):
    cohort = cohort_of(frame, outcomes, cluster=cluster)
    if method != "event_study" and len(cohort.periods) > 2:
        declared.setdefault("window", (0, 6))
    design = ik.declare_design(cohort, comparison=comparison, **declared)
    return ik.assess(getattr(ik, method)(design))


def check_of(key, frame, **options):
    return {check.key: check for check in evidence_of(frame, **options).checks}[key]


def said(check):
    """Return the key of the sentence, and make sure that it can be written in both languages."""
    assert all("{" not in check.reason.text(lang) for lang in ("fr", "en"))
    return check.reason.key.removeprefix(f"check.{check.key}.")


def thinned(frame, waves, share=0.6):
    """Return the world in which this share of people were not seen at these waves."""
    people = frame["id"].str[-4:].astype(int) % 10 < 10 * share
    return frame.assign(y=frame["y"].mask(people & frame["wave"].isin(waves)))


BOTH = pytest.mark.parametrize("method", ["did", "event_study"])


# ------------------------------------------------------------------ trends before entry
@BOTH
def test_a_divergence_seen_over_the_whole_time_before_fails(method):
    check = check_of("pre_trends", two_waves(200, effect=1.0, trend_gap=0.15, waves=FOUR), method=method)
    assert (check.status, said(check)) == ("fail", "diverging")
    assert check.value == pytest.approx(0.45, abs=0.15)
    assert check.cap == 1


@BOTH
def test_what_is_detectable_before_is_told_at_the_pace_of_the_time_after(method):
    world = two_waves(200, effect=1.0, waves=FOUR)
    whole = check_of("pre_trends", world, method=method)
    short = check_of("pre_trends", world[world["wave"] >= -6], method=method)
    assert (whole.status, said(whole)) == ("ok", "parallel")
    # Three steps before tell the pace three times as surely as one.
    detectable = [check.reason.params["amount"].value.value for check in (whole, short)]
    assert detectable[0] == pytest.approx(detectable[1] / 3, rel=0.25)


def test_trends_are_never_passed_for_want_of_people():
    check = check_of("pre_trends", two_waves(30, effect=0.1, waves=FOUR))
    assert (check.status, said(check)) == ("caution", "too_few")


def test_one_time_before_and_people_not_seen_there_are_told_apart():
    one = evidence_of(two_waves(100, effect=1.0))
    assert said(next(check for check in one.checks if check.key == "pre_trends")) == "one_time_before"
    undone = next(check for check in one.checks if check.key == "honest_trends")
    low, _ = one.estimate.effect.interval()
    assert (undone.status, said(undone)) == ("caution", "one_time_before")
    assert undone.reason.params["amount"].value.value == pytest.approx(low)
    world = thinned(two_waves(100, effect=1.0, waves=(-6, 0, 6)), [-6])
    for key in ("pre_trends", "honest_trends"):
        few = check_of(key, world)
        assert (few.status, said(few)) == ("not_run", "not_seen_before")


def test_an_action_allowed_to_act_before_entry_leaves_no_time_to_judge_by():
    cohort = cohort_of(two_waves(100, effect=1.0, waves=FOUR))
    design = ik.declare_design(cohort, comparison="never_treated")
    estimate = ik.did(design, anticipation=1, method="reg")
    checks = {check.key: check for check in ik.assess(estimate).checks}
    assert {said(checks[key]) for key in ("placebo_date", "anticipation", "honest_trends")} == {"anticipated"}


# ------------------------------------------------------------------ earlier dates
@BOTH
def test_no_effect_at_an_earlier_date_is_told_with_what_would_have_been_seen(method):
    check = check_of("placebo_date", two_waves(200, effect=1.0, waves=FOUR), method=method)
    assert (check.status, said(check)) == ("ok", "nothing_before")
    assert 0.05 < check.reason.params["amount"].value.value < 1.0


@BOTH
def test_an_effect_that_started_before_the_action_fails(method):
    world = two_waves(200, effect=1.0, shifts={-18: 0.6}, waves=FOUR)
    check = check_of("placebo_date", world, method=method)
    assert (check.status, said(check), check.cap) == ("fail", "effect_before", 1)


def test_an_earlier_date_is_never_passed_for_want_of_people():
    check = check_of("placebo_date", two_waves(30, effect=0.1, waves=FOUR))
    assert (check.status, said(check)) == ("caution", "too_few")


def test_an_earlier_date_at_which_too_few_were_seen_is_not_judged():
    check = check_of("placebo_date", thinned(two_waves(200, effect=1.0, waves=FOUR), [-18, -12]))
    assert (check.status, said(check)) == ("not_run", "not_seen_before")


def steady(frame, waves, value=0.0):
    """Return the world in which everyone has this outcome at these waves: nobody in employment, say."""
    return frame.assign(y=frame["y"].mask(frame["wave"].isin(waves), value))


@pytest.mark.parametrize("key", ["pre_trends", "placebo_date", "anticipation", "honest_trends"])
def test_an_outcome_that_did_not_change_before_entry_tells_nothing(key):
    """An event study refuses it in words of its own: it counts from the same last time before entry."""
    check = check_of(key, steady(two_waves(200, effect=3.0, waves=FOUR), [-18, -12, -6, 0]))
    assert (check.status, said(check)) == ("not_run", "did_not_vary")


@BOTH
def test_waves_that_repeat_each_other_count_once(method):
    world = two_waves(200, effect=1.0, waves=FOUR)
    twice = steady(world, [-18, -12])
    once = twice[twice["wave"] != -18]
    (one,) = [check for check in evidence_of(once, method=method).checks if check.key == "pre_trends"]
    (two,) = [check for check in evidence_of(twice, method=method).checks if check.key == "pre_trends"]
    assert two.status == one.status


def test_the_question_does_not_arise_with_two_times_before_or_lots_drawn():
    two = evidence_of(two_waves(100, effect=1.0, waves=(-6, 0, 6)))
    lots = two_waves(100, effect=1.0, waves=FOUR, arms=("beneficiary", "randomised"))
    drawn = evidence_of(lots, comparison="randomised")
    for evidence in (two, drawn):
        assert not {"placebo_date", "anticipation"} & {check.key for check in evidence.checks}


def territories(n_before=24, *, effect=3.0, before=0.0, noise=0.5, seed=1):
    """Two territories month by month: a break of ``before`` in the middle of the time before."""
    rng = np.random.default_rng(seed)
    months = np.arange(n_before + 12)
    y = 20 + 0.1 * months + rng.normal(0, noise, len(months))
    y += effect * (months >= n_before) + before * (months >= n_before // 2)
    return pd.DataFrame({"id": "T", "wave": months, "arm": "beneficiary", "entry": n_before, "y": y})


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        ({"n_before": 40}, "ok", "nothing_before"),
        ({"n_before": 40, "before": 3.0}, "fail", "effect_before"),
        ({"n_before": 20, "effect": 0.3}, "caution", "too_few"),
        ({"n_before": 12}, "not_run", "short_series"),
    ],
)
def test_a_series_is_broken_at_dates_before_the_start(options, status, sentence):
    design = ik.declare_design(cohort_of(territories(**options)), comparison="none")
    evidence = ik.assess(ik.interrupted_series(design))
    check = {check.key: check for check in evidence.checks}["placebo_date"]
    assert (check.status, said(check)) == (status, sentence)


# ------------------------------------------------------------------ just before entry
@BOTH
@pytest.mark.parametrize(
    ("shift", "status", "sentence"),
    [(-0.8, "caution", "dip"), (0.8, "caution", "ahead"), (0.0, "ok", "none")],
)
def test_a_jump_just_before_entry_is_a_reserve(method, shift, status, sentence):
    world = two_waves(300, effect=1.5, trend_gap=0.1, shifts={0: shift}, waves=FOUR)
    check = check_of("anticipation", world, method=method)
    assert (check.status, said(check)) == (status, sentence)


def test_a_jump_that_too_few_people_could_show_is_not_answered():
    check = check_of("anticipation", two_waves(30, effect=0.1, waves=FOUR))
    assert (check.status, said(check)) == ("not_run", "too_few")
    assert not check.about_comparison
    check = check_of("anticipation", thinned(two_waves(200, effect=1.0, waves=FOUR), [-18, -12]))
    assert (check.status, said(check)) == ("not_run", "not_seen_before")


# ------------------------------------------------------------------ trends after entry
@BOTH
@pytest.mark.parametrize(
    ("effect", "apart", "status", "sentence"),
    [
        (3.0, 0.0, "ok", "most"),
        (0.8, 0.0, "ok", "enough"),
        (0.24, 0.0, "caution", "little"),
        (0.24, 2.0, "caution", "none"),
    ],
)
def test_how_far_trends_may_diverge_after_entry(method, effect, apart, status, sentence):
    world = two_waves(200, effect=effect, shifts={-6: apart}, waves=(-6, 0, 6))
    check = check_of("honest_trends", world, method=method)
    assert (check.status, said(check)) == (status, sentence)
    assert check.threshold == 1.0
    assert (check.value >= 1.0) == (status == "ok")


def test_a_divergence_that_goes_on_at_the_same_pace_never_survives():
    # Without effect, trends that diverge evenly: what is measured is what the time before already showed.
    for seed in range(10):
        world = two_waves(200, trend_gap=0.5, waves=FOUR, seed=seed)
        assert check_of("honest_trends", world).value < 1.0


def test_the_question_arises_only_for_an_effect_that_chance_does_not_explain():
    assert "honest_trends" not in {check.key for check in evidence_of(two_waves(100)).checks}


# ------------------------------------------------------------------ what the action cannot change
def with_others(frame, *, moved=0.0, noise=1.0, names=("z",), seed=5):
    """Return the world with outcomes out of reach; the last one moves all the same, for beneficiaries."""
    rng = np.random.default_rng(seed)
    after = (frame["arm"] == "beneficiary") & (frame["wave"] > 0)
    others = {name: rng.normal(0, noise, len(frame)) for name in names}
    others[names[-1]] = others[names[-1]] + moved * after
    return frame.assign(**others)


PLACEBO = {"outcomes": ("y", "z"), "placebo_outcomes": ["z"]}


def test_no_effect_on_what_the_action_cannot_change():
    check = check_of("placebo_outcome", with_others(two_waves(200, effect=1.0)), **PLACEBO)
    assert (check.status, said(check)) == ("ok", "unchanged")


def test_an_effect_on_what_the_action_cannot_change_fails_and_names_it():
    check = check_of("placebo_outcome", with_others(two_waves(200, effect=1.0), moved=0.8), **PLACEBO)
    assert (check.status, said(check), check.cap) == ("fail", "changed", 1)
    assert "« z »" in check.reason.text("fr").replace("\u00a0", " ")


def test_after_lots_a_false_effect_takes_the_lots_away():
    world = two_waves(200, effect=1.0, arms=("beneficiary", "randomised"))
    evidence = evidence_of(
        with_others(world, moved=0.8), method="compare_groups", comparison="randomised", **PLACEBO
    )
    assert {check.key: check.cap for check in evidence.checks}["placebo_outcome"] == 3


def test_no_false_effect_is_never_passed_for_want_of_people():
    check = check_of("placebo_outcome", with_others(two_waves(40, effect=0.3), noise=3.0), **PLACEBO)
    assert (check.status, said(check)) == ("caution", "too_few")


def test_several_share_the_level():
    names = ("z", "v", "w")
    world = with_others(two_waves(200, effect=1.5), moved=0.22, names=names)
    alone = check_of("placebo_outcome", world, outcomes=("y", *names), placebo_outcomes=["w"])
    shared = check_of("placebo_outcome", world, outcomes=("y", *names), placebo_outcomes=list(names))
    assert shared.value == pytest.approx(3 * alone.value)
    assert "3" in check_of(
        "placebo_outcome",
        with_others(two_waves(200, effect=1.0), names=names),
        outcomes=("y", *names),
        placebo_outcomes=list(names),
    ).reason.text("fr")


def test_one_that_never_changes_cannot_be_estimated():
    world = two_waves(100, effect=1.0).assign(z=1.0)
    check = check_of("placebo_outcome", world, **PLACEBO)
    assert (check.status, said(check)) == ("not_run", "not_estimated")


def test_a_method_that_cannot_be_repeated_says_so():
    frame = territories(40)
    frame["z"] = np.random.default_rng(2).normal(size=len(frame))
    design = ik.declare_design(cohort_of(frame, ("y", "z")), comparison="none", placebo_outcomes=["z"])
    check = {c.key: c for c in ik.assess(ik.interrupted_series(design)).checks}["placebo_outcome"]
    assert (check.status, said(check)) == ("not_run", "other_method")


def test_what_is_used_otherwise_cannot_be_a_placebo():
    cohort = cohort_of(with_others(two_waves(50)), ("y", "z"))
    with pytest.raises(ik.DesignError, match="liste"):
        ik.declare_design(cohort, comparison="waiting_list", placebo_outcomes=["y"])
    with pytest.raises(ValueError, match="not in the cohort"):
        ik.declare_design(cohort, comparison="waiting_list", placebo_outcomes=["q"])
    with pytest.raises(ValueError, match="a list of names"):
        ik.declare_design(cohort, comparison="waiting_list", placebo_outcomes="z")


# ------------------------------------------------------------------ those compared who were reached
def entered(frame, share):
    """Return the world in which this share of those compared entered the action in the window."""
    compared = frame["arm"] != "beneficiary"
    enter = compared & (frame["id"].str[-4:].astype(int) % 100 < 100 * share)
    return frame.assign(entry=frame["entry"].mask(enter, 6))


@pytest.mark.parametrize(
    ("share", "estimand", "arm", "status", "sentence", "cap"),
    [
        (0.0, "ATT", "waiting_list", "ok", "none", 5),
        (0.05, "ATT", "waiting_list", "ok", "few", 5),
        (0.2, "ATT", "waiting_list", "caution", "some_left_out", 5),
        (0.2, "ATT", "randomised", "caution", "some_left_out", 3),
        (0.4, "ATT", "waiting_list", "fail", "many_left_out", 2),
        (0.2, "ITT", "randomised", "caution", "some_kept", 5),
        (0.4, "ITT", "randomised", "caution", "many_kept", 5),
    ],
)
def test_those_compared_who_entered(share, estimand, arm, status, sentence, cap):
    world = entered(two_waves(200, effect=1.0, arms=("beneficiary", arm)), share)
    check = check_of("spillover", world, comparison=arm, estimand=estimand)
    assert (check.status, said(check), check.cap) == (status, sentence, cap)
    assert check.value in (0.0, 0.1, 0.3, None)


@pytest.mark.parametrize(("same", "sentence"), [(True, "same_sites"), (False, "none")])
def test_those_compared_at_a_site_of_beneficiaries_may_have_been_reached(same, sentence):
    world = two_waves(200, effect=1.0)
    apart = "" if same else world["arm"].str[0]
    world["site"] = "S" + (world["id"].str[-4:].astype(int) % 20).astype(str) + apart
    check = check_of("spillover", world, cluster="site")
    assert said(check) == sentence
    assert check.status == ("caution" if same else "ok")


@pytest.mark.parametrize(
    ("switched", "same_site", "kind"),
    [
        (0.10, 0.10, "few"),
        (0.101, 0.0, "some_left_out"),
        (0.30, 1.0, "some_left_out"),
        (0.301, 0.0, "many_left_out"),
    ],
)
def test_the_limits_themselves_are_allowed(switched, same_site, kind):
    answer = rules_rivals.spillover_cap(switched=switched, same_site=same_site, kept=False, randomised=False)
    assert answer.kind == kind


def test_the_question_is_not_put_to_those_who_never_enter():
    world = two_waves(100, effect=1.0)
    assert "spillover" not in {check.key for check in evidence_of(world, comparison="never_treated").checks}


# ------------------------------------------------------------------ a group alone
ALONE = {"method": "before_after", "comparison": "none"}


@pytest.mark.parametrize(
    ("shifts", "sentence", "size"),
    [
        ({0: -0.8}, "expected", 0.8),
        ({}, "at_most", 0.1),
        ({0: 0.8, 6: 0.8}, "other_way", None),
    ],
)
def test_how_much_of_a_change_would_have_come_by_itself(shifts, sentence, size):
    world = two_waves(200, effect=1.0, shifts=shifts, waves=(-6, 0, 6))
    check = check_of("regression_to_mean", world, **ALONE)
    assert (check.status, said(check), check.cap) == ("caution", sentence, 1)
    if size is not None:
        assert check.reason.params["amount"].value.value == pytest.approx(size, abs=0.15)


def test_a_fall_is_told_like_a_rise():
    world = two_waves(200, effect=-1.0, shifts={0: 0.8}, waves=(-6, 0, 6))
    check = check_of("regression_to_mean", world, **ALONE)
    assert said(check) == "expected"
    assert check.reason.params["amount"].value.value == pytest.approx(0.8, abs=0.15)
    assert check.reason.params["change"].value.value > 0


def test_without_an_earlier_measure_or_with_few_people_nothing_is_quantified():
    assert said(check_of("regression_to_mean", two_waves(100, effect=1.0), **ALONE)) == "single_group"
    few = two_waves(10, effect=1.0, shifts={0: -0.8}, waves=(-6, 0, 6))
    assert said(check_of("regression_to_mean", few, **ALONE)) == "single_group"


def test_a_share_is_told_in_points():
    world = as_share(two_waves(300, effect=1.0, shifts={0: -0.8}, waves=(-6, 0, 6)), cut=10.0)
    check = check_of("regression_to_mean", world, **ALONE)
    assert said(check) == "expected"
    assert "points" in check.reason.text("fr")


# ------------------------------------------------------------------ how many effects
def test_one_outcome_alone_raises_no_question():
    assert "multiplicity" not in {check.key for check in evidence_of(two_waves(100)).checks}
    world = with_others(two_waves(200, effect=1.0))
    assert "multiplicity" not in {check.key for check in evidence_of(world, **PLACEBO).checks}


def test_an_outcome_that_nobody_declared_first_is_told():
    check = check_of("multiplicity", with_others(two_waves(100)), outcomes=("y", "z"))
    assert (check.status, said(check), check.value) == ("caution", "not_declared", 1)
    assert not check.about_comparison


def test_the_tests_of_a_study_are_counted():
    study = ik.read_study(ik.sample("insertion_emploi"))
    for action in study.actions:
        cohort = ik.build_cohort(study, action=action.id)
        if len(action.outcomes) > 1:
            break
    design = ik.declare_design(cohort)
    secondary = ik.estimate_secondary(design)
    check = {c.key: c for c in ik.assess(ik.estimate(design), secondary=secondary).checks}["multiplicity"]
    assert (check.status, said(check), check.value) == ("ok", "declared", len(action.outcomes))
    other = ik.declare_design(cohort, outcome=action.outcomes[1].variable)
    check = {c.key: c for c in ik.assess(ik.estimate(other)).checks}["multiplicity"]
    assert (check.status, said(check)) == ("caution", "not_the_primary")


# ------------------------------------------------------------------ people found again in another file
def linked(found):
    """Return the table of links when these shares of each arm were found without doubt."""
    world = two_waves(100, effect=1.0)
    cohort = cohort_of(world)
    people = world["id"].unique()
    sure = [
        i
        for i, person in enumerate(people)
        if int(person[-4:]) < 100 * found["beneficiary" if "beneficiary" in person else "waiting_list"]
    ]
    links = pd.DataFrame({"left": sure, "right": sure, "score": 1.0, "status": "auto"})
    design = ik.declare_design(cohort, comparison="waiting_list")
    return ik.did(design), cohort.link_quality, links, people


@pytest.mark.parametrize(
    ("found", "status", "sentence"),
    [
        ({"beneficiary": 1.0, "waiting_list": 0.95}, "ok", "sure"),
        ({"beneficiary": 0.85, "waiting_list": 0.8}, "caution", "some_missed"),
        ({"beneficiary": 1.0, "waiting_list": 0.85}, "caution", "uneven"),
    ],
)
def test_links_are_judged_when_they_are_given(found, status, sentence):
    estimate, quality, links, people = linked(found)
    evidence = ik.assess(estimate, links=quality(links, people=people, masked=False))
    check = {check.key: check for check in evidence.checks}["link_quality"]
    assert (check.status, said(check)) == (status, sentence)
    assert check.value in (0.1, 0.2)


@pytest.mark.parametrize(
    ("not_sure", "apart", "kind"),
    [(0.10, 0.10, "sure"), (0.101, 0.10, "some_missed"), (0.0, 0.101, "uneven")],
)
def test_the_limits_of_links_themselves_are_allowed(not_sure, apart, kind):
    assert rules_rivals.links_kind(not_sure=not_sure, apart=apart) == kind


def test_links_that_cannot_be_judged_say_why():
    estimate, quality, links, people = linked({"beneficiary": 1.0, "waiting_list": 0.95})
    for table, sentence in (
        (quality(links, people=people), "hidden"),
        (quality(links, people=[f"autre {i}" for i in range(len(people))], masked=False), "nobody"),
    ):
        check = {check.key: check for check in ik.assess(estimate, links=table).checks}["link_quality"]
        assert (check.status, said(check)) == ("not_run", sentence)
    with pytest.raises(ValueError, match="link_quality returns"):
        ik.assess(estimate, links=links)
