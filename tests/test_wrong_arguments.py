"""A design, an estimate or a cohort where something else stands: one sentence, never an AttributeError."""

import inspect
import re

import pytest

import impactkit as ik
from impactkit.errors import require
from worlds import two_waves

MADE_BY = {"Cohort": "build_cohort", "Design": "declare_design", "Estimate": "did"}
FRAME = two_waves(20)
COHORT = ik.cohort_from_frame(FRAME, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
DESIGN = ik.declare_design(COHORT)
VALUES = {
    "DataFrame": FRAME,
    "None": None,
    "Cohort": COHORT,
    "Design": DESIGN,
    "Estimate": ik.did(DESIGN),
    "text": "etude",
}


def taken_by(name):
    """Return the types that a public function takes first, and a call with what else it must be given."""
    first, *others = inspect.signature(getattr(ik, name)).parameters.values()
    needed = {item.name: "x" for item in others if item.default is item.empty}
    return re.findall(r"\w+", str(first.annotation).replace("pd.", "")), needed


FUNCTIONS = [
    name
    for name in ik.__all__
    if inspect.isfunction(getattr(ik, name))
    and inspect.signature(getattr(ik, name)).parameters
    and set(taken_by(name)[0]) & set(MADE_BY)
]


def test_all_estimators_are_looked_at():
    estimators = {
        "ancova",
        "before_after",
        "bounds",
        "compare_groups",
        "did",
        "discontinuity",
        "encouragement",
    }
    estimators |= {"doubly_robust", "event_study", "interrupted_series", "synthetic_control", "synthetic_did"}
    others = {"advise", "assess", "declare_design", "estimate", "make_comparable", "match", "weight"}
    assert estimators | others < set(FUNCTIONS)


WRONG = [
    (name, given)
    for name in FUNCTIONS
    for given, value in VALUES.items()
    if type(value).__name__ not in taken_by(name)[0]
]


@pytest.mark.parametrize(("name", "given"), WRONG)
def test_the_wrong_thing_is_told_with_what_makes_the_right_one(name, given):
    expected, needed = taken_by(name)
    value = VALUES[given]
    with pytest.raises(TypeError, match=rf"got {type(value).__name__}$") as refused:
        getattr(ik, name)(value, **needed)
    for kind in expected:
        assert kind in str(refused.value)
        assert MADE_BY.get(kind, "") in str(refused.value)


def test_the_sentence():
    with pytest.raises(TypeError, match=r"^expected Design \(made by declare_design\), got Cohort$"):
        ik.did(COHORT)
    require(DESIGN, type(DESIGN))
