"""The rows of a cohort in order, and where each person and each period stands in them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactkit.cohort.frame import cohort_from_frame
from impactkit.cohort.rows import Rows
from impactkit.design.covariates import columns_at, columns_of


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


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=18, unique=True),
    kept=st.lists(st.booleans(), min_size=6, max_size=6),
    sites=st.lists(st.sampled_from(["n", "s", "e"]), min_size=6, max_size=6),
)
def test_the_rows_of_some_people_are_those_that_would_be_made_of_them_alone(cells, kept, sites):
    data = pd.DataFrame(cells, columns=["id", "t"]).assign(y=1.0)
    data["g"] = data["id"] % 3
    data["site"] = [sites[i] for i in data["id"]]
    rows = cohort(data, cluster="site").rows
    people = np.array([kept[i] for i in rows.people])
    if not people.any():
        return
    rows.column("y")
    part = rows.only(people)
    alone = Rows.of(rows.frame[rows.frame["_unit"].isin(rows.people[people])])
    pd.testing.assert_frame_equal(part.frame, alone.frame)
    pd.testing.assert_index_equal(part.people, alone.people)
    for name in ("periods", "person", "period", "first", "arms", "arm", "entry", "cluster"):
        np.testing.assert_array_equal(getattr(part, name), getattr(alone, name), err_msg=name)
    np.testing.assert_array_equal(part.column("y"), alone.column("y"))


@settings(max_examples=60, deadline=None)
@given(
    people=st.lists(
        st.tuples(st.sampled_from(["b", "a", "c", None]), st.sampled_from([1.0, 0.0, np.nan]), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    absent=st.sets(st.integers(0, 11)),
)
def test_characteristics_read_in_the_rows_are_those_of_a_table(people, absent):
    """Missing for whoever has no row; the reference is of the levels that people read have."""
    data = pd.DataFrame(people, columns=["sex", "skilled", "treated"]).astype({"sex": object})
    rows = cohort_from_frame(
        data.assign(id=range(len(data)), arm=1, y=1.0),
        unit="id",
        arm="arm",
        outcomes=["y"],
        covariates=["sex", "skilled"],
    ).rows
    at = np.array([-1 if i in absent else i for i in range(len(data))])
    table = data.copy()
    table.loc[at < 0, ["sex", "skilled"]] = None
    treated = data["treated"].to_numpy()
    for drop in (False, True):
        found = columns_at(rows, at, ["sex", "skilled"], reference_of=treated if drop else None)
        expected = columns_of(table, ["sex", "skilled"], drop_reference=drop)
        assert [(one.name, one.level, one.binary) for one in found] == [
            (one.name, one.level, one.binary) for one in expected
        ]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.numbers, other.numbers)
