"""The rows of a cohort in order, and where each person and each period stands in them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactkit.cohort.frame import cohort_from_frame


def frame():
    """Three people; one is missing at a period, and one's outcome there is not known."""
    return pd.DataFrame(
        {
            "id": ["b", "a", "c", "a", "b", "a", "c", "b"],
            "t": [2, 1, 1, 3, 1, 2, 3, 3],
            "y": [20.0, 11.0, 31.0, 13.0, 21.0, np.nan, 33.0, 23.0],
            "g": [3, 0, 2, 0, 3, 0, 2, 3],
            "sex": ["f", "m", None, "m", "f", "m", None, "f"],
        }
    )


def cohort(data, **choices):
    return cohort_from_frame(data, unit="id", period="t", entry="g", outcomes=["y"], **choices)


def test_rows_stand_by_person_then_period_with_their_positions():
    rows = cohort(frame()).rows
    assert rows.people.to_list() == ["a", "b", "c"]
    assert rows.periods.tolist() == [1, 2, 3]
    assert rows.frame[["_unit", "_period"]].to_numpy().tolist() == [
        [unit, period] for unit in "abc" for period in (1, 2, 3) if (unit, period) != ("c", 2)
    ]
    assert rows.person.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert rows.period.tolist() == [0, 1, 2, 0, 1, 2, 0, 2]
    assert rows.first.tolist() == [0, 3, 6]
    assert rows.entry.tolist() == [np.inf, 3, 2]
    assert rows.in_arms(["beneficiary"]).tolist() == [False, True, True]
    assert not rows.complete


def test_positions_of_a_period_and_what_is_not_there():
    rows = cohort(frame(), covariates=["sex"]).rows
    assert rows.at(2).tolist() == [1, 4, -1]
    assert rows.at(2.5).tolist() == rows.at(9).tolist() == [-1, -1, -1]
    assert rows.seen([2]).tolist() == [True, True, False]
    assert rows.seen([2, 3]).all()
    assert not rows.seen([2.5]).any()
    assert rows.numbers("y", rows.at(3)).tolist() == [13, 23, 33]
    np.testing.assert_equal(rows.numbers("y", rows.at(2)), [np.nan, 20, np.nan])
    assert rows.values("sex", rows.at(2)).isna().tolist() == [False, False, True]
    assert rows.values("sex", rows.at(1)).to_list()[:2] == ["m", "f"]


@pytest.mark.parametrize("without", [[], ["c"]])
def test_a_table_of_some_people_and_periods(without):
    """Also when everyone has a row at every period, which is read without looking each one up."""
    rows = cohort(frame()[~frame()["id"].isin(without)]).rows
    assert rows.complete == bool(without)
    whole = {("a", 1): 11, ("a", 3): 13, ("b", 1): 21, ("b", 2): 20, ("b", 3): 23, ("c", 1): 31, ("c", 3): 33}
    for people in ([0, 1], list(range(len(rows.people)))):
        for periods in ([0, 1, 2], [0, 2], [1]):
            expected = [[whole.get(("abc"[i], j + 1), np.nan) for j in periods] for i in people]
            found = rows.table("y", people=np.array(people), periods=np.array(periods))
            np.testing.assert_equal(found, expected)


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(8)))
def test_the_order_of_the_file_is_without_effect(order):
    one, two = cohort(frame()), cohort(frame().iloc[list(order)])
    pd.testing.assert_frame_equal(one.panel, two.panel)


def test_the_frame_given_is_left_as_it_was_and_a_copy_is_handed_out():
    data = frame()
    before = data.copy()
    made = cohort(data)
    copy = made.panel
    copy["y"] = 0.0
    pd.testing.assert_frame_equal(data, before)
    assert made.rows.column("y")[0] == 11
