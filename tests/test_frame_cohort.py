"""`cohort_from_frame`: what it reads, what it implies, and what it refuses."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from impactkit.cohort.frame import COMPARISON, check_panel, cohort_from_frame
from impactkit.errors import DesignError


def people(**columns):
    return pd.DataFrame({"id": [3, 1, 2], "y": [1.0, 2.0, 4.0]} | columns)


def refused(frame, **choices):
    with pytest.raises(DesignError) as error:
        cohort_from_frame(frame, unit="id", outcomes=["y"], **choices)
    assert str(error.value)  # in the catalogue
    return error.value.message.key.removeprefix("cohort.error."), error.value.message.params.get("n")


def test_without_arm_all_are_beneficiaries():
    cohort = cohort_from_frame(people(), unit="id", outcomes=["y"])
    assert cohort.arms == ("beneficiary",)
    assert cohort.periods == (0.0,)
    assert cohort.n_units == 3
    assert cohort.panel["_unit"].to_list() == [1, 2, 3]
    assert cohort.panel["y"].to_list() == [2.0, 4.0, 1.0]


def test_the_frame_is_left_unchanged():
    frame = people(arm=[1, 0, 0])
    before = frame.copy()
    cohort_from_frame(frame, unit="id", outcomes=["y"], arm="arm")
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    "values",
    [
        [1, 0, 0],
        [True, False, False],
        [1.0, 0.0, 0.0],
        pd.array([True, False, False], dtype="boolean"),
        pd.array([1, 0, 0], dtype="Int64"),
        pd.Series([True, False, False], dtype=object),
    ],
)
def test_arms_of_every_dtype(values):
    cohort = cohort_from_frame(people(arm=values), unit="id", outcomes=["y"], arm="arm")
    assert cohort.panel.set_index("_unit")["_arm"].to_dict() == {
        3: "beneficiary",
        1: COMPARISON,
        2: COMPARISON,
    }


def test_arms_by_name():
    names = ["beneficiary", "waiting_list", "refused"]
    cohort = cohort_from_frame(people(arm=names), unit="id", outcomes=["y"], arm="arm")
    assert set(cohort.arms) == set(names)


@pytest.mark.parametrize("never", [0, np.nan, np.inf, None])
def test_who_never_enters(never):
    frame = people(entry=pd.Series([2020, never, 2021], dtype=object), year=2021)
    cohort = cohort_from_frame(frame, unit="id", outcomes=["y"], period="year", entry="entry")
    panel = cohort.panel.set_index("_unit")
    assert panel["_arm"].to_dict() == {3: "beneficiary", 1: COMPARISON, 2: "beneficiary"}
    assert panel["_entry"].to_dict() == {3: 2020.0, 1: np.inf, 2: 2021.0}


def test_arms_imply_entry_at_the_second_period():
    frame = pd.DataFrame({"id": [1, 2] * 3, "t": [5, 5, 6, 6, 9, 9], "arm": [1, 0] * 3, "y": range(6)})
    cohort = cohort_from_frame(frame, unit="id", outcomes=["y"], period="t", arm="arm")
    assert cohort.panel.groupby("_unit")["_entry"].first().to_dict() == {1: 6.0, 2: np.inf}


def test_with_one_time_whoever_has_an_entry_has_entered():
    cohort = cohort_from_frame(people(entry=[2020, 0, 2021]), unit="id", outcomes=["y"], entry="entry")
    assert cohort.panel.set_index("_unit")["_entry"].to_dict() == {3: 0.0, 1: np.inf, 2: 0.0}


def test_variables_know_their_type():
    frame = people(job=[1, 0, None], sex=["f", None, "m"], age=[30, 40, 50], lone=[True, False, True])
    cohort = cohort_from_frame(frame, unit="id", outcomes=["y", "job"], covariates=["sex", "age", "lone"])
    assert {name: variable.type for name, variable in cohort.variables.items()} == {
        "y": "number",
        "job": "boolean",
        "sex": "category",
        "age": "number",
        "lone": "boolean",
    }
    assert [outcome.primary for outcome in cohort.outcomes] == [True, False]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float64", "object", "string"])
def test_outcomes_of_every_dtype_keep_what_is_missing(dtype):
    frame = people().drop(columns="y").assign(y=pd.Series([1, None, 4], dtype=dtype))
    cohort = cohort_from_frame(frame, unit="id", outcomes=["y"])
    np.testing.assert_array_equal(cohort.panel["y"], [np.nan, 4.0, 1.0])


def test_texts_identify_people():
    frame = people().assign(id=["b", "c", "a"])
    assert cohort_from_frame(frame, unit="id", outcomes=["y"]).panel["_unit"].to_list() == ["a", "b", "c"]


def test_one_error_for_each_thing_that_is_wrong():
    assert refused(people(id=[1, 1, 2])) == ("duplicate_unit_period", 1)
    assert refused(people(id=[1, None, 2])) == ("unit_missing", 1)
    assert refused(people(arm=[1, None, 0]), arm="arm") == ("arm_missing", 1)
    assert refused(people(arm=[1, 2, 0]), arm="arm") == ("arm_not_binary", None)
    assert refused(people(arm=["yes", "no", "no"]), arm="arm") == ("arm_not_binary", None)
    assert refused(people(w=[1, 0, 2]), weight="w") == ("weight_not_positive", 1)
    assert refused(people(w=[1, -1, np.inf]), weight="w") == ("weight_not_positive", 2)
    assert refused(people(w=[1, None, 1]), weight="w") == ("weight_not_positive", 1)
    assert refused(people().assign(y=["1", "a lot", None])) == ("outcome_not_number", 1)
    assert refused(people().assign(y=[1, np.inf, 2])) == ("outcome_not_number", 1)
    assert refused(people(t=[1, None, 2]), period="t") == ("period_not_number", 1)
    assert refused(people(t=["a", "b", "c"]), period="t") == ("period_not_number", 3)
    assert refused(people(t=[dt.datetime(2024, 1, 1)] * 3), period="t") == ("period_not_number", 3)
    assert refused(people(e=["2024-01", None, "never"]), entry="e") == ("entry_not_number", 2)
    for lasting in (pd.PeriodIndex(["2024-01"] * 3, freq="M"), pd.to_timedelta([1, 2, 3], unit="D")):
        assert refused(people(t=lasting), period="t") == ("period_not_number", 3)
    assert refused(people(e=[dt.datetime(2024, 1, 1), None, None]), entry="e") == ("entry_not_number", 1)


@pytest.mark.parametrize(
    ("column", "role", "key"),
    [
        ("arm", "arm", "arm_changes"),
        ("entry", "entry", "entry_changes"),
        ("site", "cluster", "cluster_changes"),
        ("w", "weight", "weight_changes"),
    ],
)
def test_what_belongs_to_a_person_does_not_change(column, role, key):
    frame = pd.DataFrame(
        {"id": [1, 1, 2, 2, 3, 3], "t": [0, 1] * 3, "y": range(6), column: [1, 1, 1, 0.5, 1, 0.5]}
    )
    if column == "arm":
        frame[column] = [1, 1, 1, 0, 1, 0]
    assert refused(frame, period="t", **{role: column}) == (key, 2)


def test_a_site_that_is_missing_once_changes():
    panel = pd.DataFrame({"_unit": [1, 1], "_period": [0, 1], "_arm": "beneficiary", "_cluster": ["a", None]})
    with pytest.raises(DesignError):
        check_panel(panel)


def test_no_message_holds_a_value_of_a_person():
    frame = people().assign(id=["DUPONT", "DUPONT", "MARTIN"], y=[1, 2, 3])
    with pytest.raises(DesignError) as error:
        cohort_from_frame(frame, unit="id", outcomes=["y"])
    assert "DUPONT" not in str(error.value)
    frame = people().assign(y=["1", "vingt-deux", "3"])
    with pytest.raises(DesignError) as error:
        cohort_from_frame(frame, unit="id", outcomes=["y"])
    assert "vingt" not in str(error.value)


def test_wrong_calls():
    with pytest.raises(ValueError, match="columns not in the frame: 'arms', 'age'"):
        cohort_from_frame(people(), unit="id", outcomes=["y"], arm="arms", covariates=["age"])
    with pytest.raises(ValueError, match="outcomes is a list"):
        cohort_from_frame(people(), unit="id", outcomes="y")
    with pytest.raises(ValueError, match="at least one"):
        cohort_from_frame(people(), unit="id", outcomes=[])
    with pytest.raises(ValueError, match="names of columns must be texts, not 2020"):
        cohort_from_frame(people().rename(columns={"y": 2020}), unit="id", outcomes=[2020])
    with pytest.raises(ValueError, match="stand twice in the frame: 'y'"):
        cohort_from_frame(pd.concat([people(), people()[["y"]]], axis=1), unit="id", outcomes=["y"])
    with pytest.raises(ValueError, match="columns with two roles: 'y'"):
        cohort_from_frame(people(), unit="id", outcomes=["y"], covariates=["y"])


def test_who_enters_after_the_last_period_is_never_seen_exposed():
    frame = people(entry=pd.Series([2020, 2022, 2021], dtype=object), year=2021)
    cohort = cohort_from_frame(frame, unit="id", outcomes=["y"], period="year", entry="entry")
    panel = cohort.panel.set_index("_unit")
    assert panel["_arm"].to_dict() == {3: "beneficiary", 1: COMPARISON, 2: "beneficiary"}
    assert panel["_entry"].to_dict() == {3: 2020.0, 1: 2022.0, 2: 2021.0}
