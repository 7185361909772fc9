"""`declare_design`: who is compared with whom, between which times; and the method a study declares."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.design.comparable import Comparable
from impactkit.errors import DesignError
from impactkit.estimators import (
    Estimate,
    NotEstimated,
    compare_groups,
    did,
    estimate,
    estimate_secondary,
    interrupted_series,
)
from impactkit.files.model import Action, Outcome, Study

PERIODS = (2018, 2019, 2020, 2021, 2022)


def panel(entries, arms=None, periods=PERIODS, **columns):
    """One row per person and period; the outcome is 100 × person + period, so that it says what it is."""
    n = len(entries)
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), len(periods)),
            "year": np.tile(periods, n),
            "g": np.repeat(entries, len(periods)),
        }
    )
    frame["y"] = 100.0 * frame["id"] + frame["year"] - 2000
    if arms is not None:
        frame["arm"] = np.repeat(arms, len(periods))
    for name, values in columns.items():
        frame[name] = np.repeat(values, len(periods))
    return cohort_from_frame(
        frame,
        unit="id",
        period="year",
        entry="g",
        arm="arm" if arms is not None else None,
        outcomes=["y"],
        covariates=[name for name in columns if name not in ("site", "w")],
        cluster="site" if "site" in columns else None,
        weight="w" if "w" in columns else None,
    )


def roles(design):
    return design.units()["treated"].to_dict()


def key(cohort, **choices):
    with pytest.raises(DesignError) as error:
        declare_design(cohort, **choices)
    assert str(error.value)
    return error.value.message.key.removeprefix("design.error.")


def test_the_last_time_before_entry_and_the_last_time():
    design = declare_design(panel([2020, 2020, 0, 0]))
    assert design.window == (2019, 2022)
    assert design.comparison == "never_treated"
    assert roles(design) == {0: True, 1: True, 2: False, 3: False}
    assert design.units()["baseline"].to_list() == [19.0, 119.0, 219.0, 319.0]


def test_without_anyone_else_there_is_no_comparison():
    design = declare_design(panel([2020, 2020]))
    assert design.comparison == "none"
    assert roles(design) == {0: True, 1: True}


def test_one_time_has_no_before():
    frame = pd.DataFrame({"id": [1, 2], "arm": [1, 0], "y": [1.0, 2.0], "age": [30, 40]})
    cohort = cohort_from_frame(frame, unit="id", arm="arm", outcomes=["y"], covariates=["age"])
    design = declare_design(cohort, covariates=["age"])
    assert not design.has_baseline
    assert design.units()["baseline"].isna().all()
    assert design.units()["age"].to_list() == [30, 40]


def test_several_entries_take_part_at_all_periods():
    design = declare_design(panel([2020, 2021, 0, 0]))
    assert design.staggered
    assert design.window == (2019, 2022)
    assert design.entries == (2020, 2021)
    assert design.periods == PERIODS
    assert design.units()["entry"].to_list() == [2020, 2021, np.inf, np.inf]
    assert design.units()["baseline"].to_list() == [19.0, 119.0, 219.0, 319.0]


@pytest.mark.parametrize(
    "choices", [{"comparison": "waiting_list"}, {"estimand": "ATE"}, {"estimand": "ITT"}]
)
def test_several_entries_answer_one_question_only(choices):
    assert key(panel([2020, 2021, 0, 0]), **choices) == "several_entries"


def test_those_who_enter_last_are_compared_until_they_do():
    design = declare_design(panel([2019, 2020, 2022, 2022]), comparison="not_yet_treated")
    assert design.window == (2018, 2021)
    assert design.entries == (2019, 2020)
    assert roles(design) == {0: True, 1: True, 2: False, 3: False}


def test_a_window_keeps_two_periods():
    cohort = panel([2020, 2021, 0, 0])
    first = declare_design(cohort, window=(2019, 2020))
    assert roles(first) == {0: True, 2: False, 3: False}
    assert not first.staggered
    assert first.periods == (2019, 2020)
    assert roles(declare_design(cohort, window=(2020, 2022))) == {1: True, 2: False, 3: False}


def test_those_not_yet_entered_are_compared_before_they_enter():
    cohort = panel([2020, 2022, 2022, 0])
    design = declare_design(cohort, comparison="not_yet_treated", window=(2019, 2021))
    assert roles(design) == {0: True, 1: False, 2: False, 3: False}


def test_no_time_between_two_entries():
    assert declare_design(panel([2019.3, 2019.6, 0])).entries == (2019.3, 2019.6)
    assert key(panel([2019.3, 2019.6]), comparison="not_yet_treated") == "nobody_enters"


def test_those_already_in_at_the_first_time_have_no_part():
    design = declare_design(panel([2015, 2020, 0]))
    assert design.window == (2019, 2022)
    assert roles(design) == {1: True, 2: False}


@pytest.mark.parametrize("comparison", ["randomised", "waiting_list", "never_treated"])
def test_the_unnamed_arm_of_a_frame_takes_the_name_it_is_given(comparison):
    cohort = panel([2020, 2020, 0, 0], arms=[1, 1, 0, 0])
    assert roles(declare_design(cohort, comparison=comparison)) == {0: True, 1: True, 2: False, 3: False}


def test_named_arms_are_compared_one_at_a_time():
    cohort = panel([2020, 2020, 0, 0], arms=["beneficiary", "beneficiary", "refused", "ineligible"])
    assert roles(declare_design(cohort, comparison="refused")) == {0: True, 1: True, 2: False}
    assert roles(declare_design(cohort, comparison="never_treated")) == {0: True, 1: True, 2: False, 3: False}
    assert key(cohort, comparison="waiting_list") == "nobody_compared"


def test_a_waiting_list_counts_until_it_enters():
    cohort = panel(
        [2020, 2020, 2021, 2022], arms=["beneficiary", "beneficiary", "waiting_list", "waiting_list"]
    )
    assert roles(declare_design(cohort, comparison="waiting_list", window=(2019, 2021))) == {
        0: True,
        1: True,
        3: False,
    }


def test_the_effect_of_the_offer_keeps_everyone_in_the_arm_drawn():
    """A beneficiary who never came and someone of the other arm who did: out of the ATT, kept by the ITT."""
    cohort = panel([2020, 0, 0, 2020], arms=["beneficiary", "beneficiary", "randomised", "randomised"])
    choices = {"comparison": "randomised", "window": (2019, 2022)}
    assert roles(declare_design(cohort, **choices)) == {0: True, 2: False}
    assert roles(declare_design(cohort, estimand="ITT", **choices)) == {0: True, 1: True, 2: False, 3: False}


def test_people_seen_at_neither_time_are_not_in_the_design():
    cohort = panel([2020, 2020, 0, 0])
    seen = cohort.panel.query("not (_unit == 1 and _period in (2019, 2022))")
    partly = seen.query("not (_unit == 2 and _period == 2019)")
    units = declare_design(replace(cohort, _panel=partly)).units()
    assert units.index.to_list() == [0, 2, 3]
    assert np.isnan(units.loc[2, "baseline"])


def test_clusters_and_weights_come_along():
    design = declare_design(panel([2020, 0], site=["a", "b"], w=[1.0, 2.0]))
    assert design.clustered
    assert design.units()["cluster"].to_list() == ["a", "b"]
    assert design.units()["weight"].to_list() == [1.0, 2.0]
    aside = declare_design(panel([2020, 0], site=["a", "b"]), cluster="none")
    assert not aside.clustered
    assert "cluster" not in aside.units()


def test_people_without_a_balancing_weight_are_not_in_the_design():
    """Weights are found by identifier, whatever their order; someone they do not name has none."""
    design = declare_design(panel([2020, 2020, 0, 0, 0]))
    comparable = Comparable(
        method="made",
        settings={},
        on=(),
        people=np.array([3, 2, 1, 0]),
        weights=np.array([0.0, 0.5, 1.0, 1.0]),
        reasons=np.array(["outside", "", "", ""]),
    )
    balanced = replace(design, comparable=comparable)
    assert balanced.units()["balancing"].to_dict() == {0: 1.0, 1: 1.0, 2: 0.5}
    assert balanced.members().treated.tolist() == [True, True, False]
    assert balanced.units()["baseline"].to_list() == design.units()["baseline"].to_list()[:3]


def test_no_outcome_after_entry_is_read():
    cohort = panel([2020, 2020, 0, 0], age=[30, 40, 50, 60])
    blind = cohort.panel
    blind.loc[blind["_period"] >= 2020, "y"] = -1e9
    seen, unseen = (
        declare_design(item, covariates=["age"]) for item in (cohort, replace(cohort, _panel=blind))
    )
    pd.testing.assert_frame_equal(seen.units(), unseen.units())
    pd.testing.assert_frame_equal(seen.balance(), unseen.balance())


def test_what_cannot_be_compared_says_why():
    cohort = panel([2020, 2020, 0, 0], age=[30, 40, 50, 60])
    assert key(cohort, window=(2019, 2030)) == "no_such_period"
    assert key(cohort, window=(2020, 2022)) == "nobody_enters"
    assert key(panel([0, 0])) == "nobody_enters"
    assert key(panel([2050, 0])) == "nobody_enters"
    assert key(panel([2020, 2020]), comparison="never_treated") == "nobody_compared"
    assert key(panel([2020, 0], baseline=[1, 2]), covariates=["baseline"]) == "reserved_name"
    assert key(cohort, covariates=["y"]) == "outcome_is_covariate"


def test_wrong_calls():
    cohort = panel([2020, 0], age=[1, 2])
    for choices, words in (
        ({"outcome": "z"}, "unknown outcome 'z': expected one of y"),
        ({"comparison": "never_treate"}, "did you mean 'never_treated'"),
        ({"estimand": "LATE"}, "unknown estimand 'LATE'"),
        ({"covariates": ["height"]}, "covariates not in the cohort: height"),
        ({"covariates": "age"}, "covariates is a list"),
        ({"cluster": "site"}, "names no clusters"),
        ({"minimum_effect": 0}, "minimum_effect must be positive"),
        ({"window": (2022, 2019)}, "window is"),
    ):
        with pytest.raises(ValueError, match=words):
            declare_design(cohort, **choices)


# ------------------------------------------------------------------ the method a study declares


def study_cohort(
    method, comparison, *, outcomes=("y",), periods=(0, 1), n=6, adjust=None, covariates=(), season=0.0
):
    """A cohort with a study behind it, as `build_cohort` makes them."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": np.repeat(np.arange(n), len(periods)), "t": np.tile(periods, n)})
    frame["arm"] = (frame["id"] < n // 2).astype(int)
    for name in outcomes:
        frame[name] = rng.normal(size=len(frame)) + season * np.sin(frame["t"] * np.pi / 6)
    cohort = cohort_from_frame(
        frame, unit="id", period="t", arm=None if comparison == "none" else "arm", outcomes=list(outcomes)
    )
    declared = tuple(
        Outcome(variable=name, primary=i == 0, direction="decrease", minimum_effect=0.1 * (i + 1))
        for i, name in enumerate(outcomes)
    )
    action = Action(
        id="a",
        title="A",
        need="n",
        intended_effect="e",
        start=dt.date(2024, 1, 1),
        files=("f",),
        outcomes=declared,
        method=method,
        comparison=comparison,
        adjust=adjust,
        covariates=covariates,
    )
    study = Study.model_validate(
        {
            "format": 1,
            "kind": "cls",
            "id": "s",
            "title": "S",
            "territory": {"name": "T"},
            "variables": {name: {"label": name, "type": "number"} for name in outcomes},
            "files": [{"id": "f", "path": "f.csv", "columns": {"unit": "id"}}],
            "actions": [action],
        }
    )
    return replace(cohort, study=study, action=action, outcomes=declared)


@pytest.mark.parametrize(
    ("method", "comparison"),
    [("before_after", "none"), ("compare_groups", "waiting_list"), ("did", "waiting_list")],
)
def test_the_study_names_the_estimator(method, comparison):
    design = declare_design(study_cohort(method, comparison))
    assert design.direction == "decrease"
    assert design.minimum_effect == pytest.approx(0.1)
    result = estimate(design)
    assert result.method == method
    by_hand = {"compare_groups": compare_groups, "did": did}.get(method)
    if by_hand is not None:
        assert result.effect == by_hand(design).effect


def test_the_study_names_the_adjustment():
    design = declare_design(study_cohort("compare_groups", "waiting_list", adjust="ancova", n=12))
    assert estimate(design).settings["adjust"] == "ancova"


def test_without_a_declared_method_call_one_by_name():
    with pytest.raises(ValueError, match="declares no method"):
        estimate(declare_design(panel([2020, 2020, 0, 0])))


def test_other_outcomes_by_the_same_method_each_with_its_own_terms():
    cohort = study_cohort("did", "waiting_list", outcomes=("y", "income", "health"))
    blank = cohort.panel
    blank.loc[blank["_period"] == 1, "health"] = np.nan
    others = estimate_secondary(declare_design(replace(cohort, _panel=blank)))
    assert [item.design.outcome for item in others] == ["income", "health"]
    assert isinstance(others[0], Estimate)
    assert others[0].design.minimum_effect == pytest.approx(0.2)
    direct = did(declare_design(cohort, outcome="income"))
    assert others[0].effect == direct.effect
    assert isinstance(others[1], NotEstimated)
    assert others[1].reason.key == "estimators.error.too_few_treated"


def test_no_other_outcome():
    assert estimate_secondary(declare_design(study_cohort("did", "waiting_list"))) == ()


def test_calendar_months_are_taken_into_account_in_a_study_with_two_years_before():
    """A season ten times the noise: without its terms the error would be several times larger."""
    months = tuple(range(24_000, 24_048))
    cohort = study_cohort("interrupted_series", "none", periods=months, n=1, season=10.0)
    entered = cohort.panel.assign(_entry=24_030.0)
    with_seasons = estimate(declare_design(replace(cohort, _panel=entered)))
    assert with_seasons.settings["seasons"] is True
    assert 2 < with_seasons.effect.df <= 48 - 14  # Satterthwaite's, with 14 terms at most the residual ones
    assert abs(with_seasons.effect.value) < 4 * with_seasons.effect.std_error < 4
    late = cohort.panel.assign(_entry=24_023.0)
    short = interrupted_series(declare_design(replace(cohort, _panel=late)))
    assert short.settings["seasons"] is False
