"""The balance table against cobalt and MatchIt (R), effectsize (R), and by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.design.balance import cox_index, hedges_factor, weighted_moments, wwc_differences
from impactkit.errors import DesignError
from references import nsw, reference, table

# Closed forms in double precision; references are printed with 15 digits.
CLOSED = 1e-8
LALONDE = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]


def design_of(frame, covariates, *, arm="treat", outcome="re78", weight=None, **choices):
    frame = frame.assign(person=range(len(frame)))
    cohort = cohort_from_frame(
        frame, unit="person", arm=arm, outcomes=[outcome], covariates=covariates, weight=weight
    )
    return declare_design(cohort, covariates=covariates, **choices)


def small(x, **columns):
    """Three beneficiaries then three others."""
    return pd.DataFrame({"treat": [1, 1, 1, 0, 0, 0], "re78": [1.0, 2, 3, 4, 5, 7], "x": x} | columns)


def row(frame, **choices):
    return design_of(frame, ["x"], **choices).balance().iloc[0]


def test_as_cobalt_and_matchit_for_the_att():
    balance = design_of(table("lalonde_matchit"), LALONDE).balance().set_index("covariate")
    cobalt, matchit = reference("lalonde.baltab_un"), reference("lalonde.unmatched_balance")
    for name, expected in cobalt.items():
        mine = balance.loc[name.replace("race_", "race: ")]
        assert mine["mean_treated"] == pytest.approx(expected["M.1.Un"], rel=CLOSED)
        assert mine["mean_comparison"] == pytest.approx(expected["M.0.Un"], rel=CLOSED)
        assert mine["smd"] == pytest.approx(expected["Diff.Un"], rel=CLOSED)
        assert mine["smd"] == pytest.approx(matchit["smd"][name.replace("race_", "race")], rel=CLOSED)
        if expected["V.Ratio.Un"] is None:
            assert math.isnan(mine["variance_ratio"])
        else:
            assert mine["variance_ratio"] == pytest.approx(expected["V.Ratio.Un"], rel=CLOSED)
    assert list(balance.index) == [
        "age", "educ", "race: black", "race: hispan", "race: white", "married", "nodegree", "re74", "re75",
    ]  # fmt: skip
    assert balance.loc["race: black", ["variable", "level"]].to_list() == ["race", "black"]


@pytest.mark.parametrize("estimand", ["ATE", "ITT"])
def test_as_cobalt_with_the_pooled_standard_deviation(estimand):
    balance = design_of(table("lalonde_matchit"), LALONDE, estimand=estimand).balance().set_index("covariate")
    for name, expected in reference("lalonde.baltab_pooled_raw").items():
        if expected["V.Ratio.Un"] is not None:  # that table leaves binary ones raw
            assert balance.loc[name, "smd"] == pytest.approx(expected["Diff.Un"], rel=CLOSED)


def test_hedges_g_as_effectsize():
    """On earnings in 1978, as the reference; its sign is comparison minus treated."""
    frame = nsw().rename(columns={"re78": "x"}).assign(re78=0.0)
    assert row(frame)["wwc"] == pytest.approx(-reference("es.nsw")["g"]["Hedges_g"], rel=CLOSED)
    ratio = reference("es.nsw")["g"]["Hedges_g"] / reference("es.nsw")["d"]["Cohens_d"]
    assert hedges_factor(443) == pytest.approx(ratio, rel=CLOSED)


def test_the_differences_alone_are_those_of_the_table():
    design = design_of(table("lalonde_matchit"), LALONDE)
    alone = wwc_differences(design.units(), LALONDE)
    np.testing.assert_array_equal(alone, design.balance()["wwc"].to_numpy())


def test_cox_index_by_hand():
    """Odds 2 against 1/2: log(4) / 1.65; half a person per cell when one is empty."""
    assert row(small([1, 1, 0, 1, 0, 0]))["wwc"] == pytest.approx(math.log(4) / 1.65)
    assert row(small([1, 1, 1, 1, 0, 0]))["wwc"] == pytest.approx(math.log(3.5 * 2.5 / (0.5 * 1.5)) / 1.65)
    assert cox_index(0.0, 10, 0.0, 500) == 0.0


def test_a_constant_is_balanced():
    for constant in (1.0, 0.1):
        result = row(small([constant] * 6))
        assert (result["smd"], result["wwc"]) == (0.0, 0.0)
        assert math.isnan(result["variance_ratio"])


@pytest.mark.parametrize("x", [[2.0, 2, 2, 1, 2, 3], [2.0, 2, 2, 1, 1, 1]])
def test_a_group_without_spread_is_measured_in_the_spread_of_both(x):
    result = row(small(x))
    everyone = np.std(x, ddof=1)
    assert result["smd"] == pytest.approx((2 - np.mean(x[3:])) / everyone)
    assert math.isfinite(result["wwc"])


def test_all_yes_against_all_no_is_finite():
    result = row(small([1, 1, 1, 0, 0, 0]))
    assert result["smd"] == pytest.approx(1 / 0.5)
    assert result["wwc"] == pytest.approx(math.log(3.5**2 / 0.5**2) / 1.65)


def test_missing_values_are_counted_by_group():
    result = row(small([1.5, None, 2.5, None, None, 4.0]))
    assert (result["n_treated"], result["missing_treated"]) == (2, 1)
    assert (result["n_comparison"], result["missing_comparison"]) == (1, 2)
    assert result["mean_comparison"] == 4.0
    assert math.isnan(result["smd"])
    assert math.isnan(result["wwc"])


def test_missing_categories_belong_to_no_level():
    balance = design_of(small(["a", "b", None, "a", "a", "b"]), ["x"]).balance()
    assert list(balance["covariate"]) == ["x: a", "x: b"]
    assert balance["mean_treated"].to_list() == [0.5, 0.5]
    assert balance["missing_treated"].to_list() == [1, 1]


def test_the_standard_deviation_stays_that_of_everyone_when_people_are_set_aside():
    frame = small([1.0, 2, 6, 2, 3, 4])
    design = design_of(frame, ["x"])
    part = design.balance(people=[0, 1, 3, 4]).iloc[0]
    assert part["mean_treated"] == 1.5
    assert part["n_comparison"] == 2
    assert part["smd"] == pytest.approx((1.5 - 2.5) / np.std([1, 2, 6], ddof=1))
    assert part["wwc"] == pytest.approx((1.5 - 2.5) / math.sqrt(0.5) * hedges_factor(2))


def test_the_outcome_before_entry_comes_first():
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3, 4] * 2,
            "time": [0] * 4 + [1] * 4,
            "arm": [1, 1, 0, 0] * 2,
            "y": [1, 2, 3, 5, 100, 200, 300, 400],
            "age": [30, 40, 50, 60, 99, 99, 99, 99],
        }
    )
    cohort = cohort_from_frame(frame, unit="id", period="time", arm="arm", outcomes=["y"], covariates=["age"])
    balance = declare_design(cohort, covariates=["age"]).balance()
    assert balance["covariate"].to_list() == ["y", "age"]
    assert balance["mean_treated"].to_list() == [1.5, 35.0]
    assert balance["mean_comparison"].to_list() == [4.0, 55.0]


def test_nothing_known_gives_an_empty_table_with_its_columns():
    balance = design_of(small([1] * 6), []).balance()
    assert balance.empty
    assert "smd" in balance


def test_sampling_weights_of_three_as_repeating_the_mean():
    frame = small([1.0, 2, 6, 2, 3, 4], w=[3.0] * 6)
    pd.testing.assert_series_equal(row(frame, weight="w"), row(frame))
    heavy = small([1.0, 2, 6, 2, 3, 4], w=[1.0, 1, 2, 1, 1, 1])
    assert row(heavy, weight="w")["mean_treated"] == pytest.approx(15 / 4)


def test_moments_of_weights():
    values = np.array([1.0, 2, 4])
    assert weighted_moments(values) == pytest.approx((values.mean(), values.std(ddof=1)))
    assert weighted_moments(values, np.full(3, 0.7)) == pytest.approx((values.mean(), values.std(ddof=1)))
    assert math.isnan(weighted_moments(values[:1])[1])
    assert math.isnan(weighted_moments(values[:0])[0])


def test_balance_with_nobody_is_refused():
    design = design_of(small([1.0, 2, 6, 2, 3, 4]), ["x"], comparison="none")
    with pytest.raises(DesignError) as error:
        design.balance()
    assert error.value.message.key == "design.error.no_comparison"
