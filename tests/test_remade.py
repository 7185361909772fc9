"""What a design made comparable becomes under a second verb: one rule, over all pairs."""

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.design.comparable import Matched

# The verbs that make groups alike, then the one that multiplies weights.
VERBS = {
    "match": lambda design: ik.match(design, caliper=0.5),
    "weight": lambda design: ik.weight(design, method="entropy"),
    "weight_losses": ik.weight_losses,
}

# Estimators that need the people as declared: each says so, and what to do.
NEED_PLAIN = {
    "doubly_robust": ik.doubly_robust,
    "encouragement": lambda design: ik.encouragement(design, instrument="offer"),
    "discontinuity": lambda design: ik.discontinuity(design, running="a", cutoff=0.0),
    "event_study": ik.event_study,
    "before_after": ik.before_after,
    "interrupted_series": ik.interrupted_series,
    "synthetic_control": ik.synthetic_control,
    "bounds": ik.bounds,
    "losses": ik.losses,
    "subgroups": lambda design: ik.subgroups(design, by="b"),
    "time_to_event": lambda design: ik.time_to_event(design, time="y", event="ended", horizon=1.0),
}


def declared() -> ik.Design:
    rng = np.random.default_rng(5)
    treated = np.repeat([1, 0], [60, 120])
    a = rng.normal(size=180) + 0.4 * treated
    frame = pd.DataFrame({"person": range(180), "helped": treated, "a": a, "b": rng.integers(0, 2, 180)})
    frame["offer"] = rng.integers(0, 2, 180)
    frame["y"] = (a + rng.normal(size=180)).round(3)
    frame["ended"] = 1.0
    frame.loc[rng.choice(180, 20, replace=False), "y"] = np.nan
    cohort = ik.cohort_from_frame(
        frame, unit="person", arm="helped", outcomes=["y", "ended"], covariates=["a", "b", "offer"]
    )
    return ik.declare_design(cohort, outcome="y", covariates=["a", "b"])


def same(one: ik.Design, other: ik.Design) -> None:
    pd.testing.assert_series_equal(one.weights, other.weights)
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    pd.testing.assert_frame_equal(one.left_out, other.left_out)
    assert one.comparable.settings == other.comparable.settings
    found, expected = ik.compare_groups(one).effect, ik.compare_groups(other).effect
    assert (found.value, found.std_error) == (expected.value, expected.std_error)


@pytest.mark.parametrize("second", ["match", "weight"])
@pytest.mark.parametrize("first", [*VERBS, "both", "estimated"])
def test_match_and_weight_start_again_from_the_people_declared(first, second):
    design = declared()
    before = {
        "both": lambda: ik.weight_losses(ik.weight(design)),
        "estimated": lambda: ik.doubly_robust(design).design,
    }.get(first, lambda: VERBS[first](design))()
    again = VERBS[second](before)
    same(again, VERBS[second](design))
    forgotten = [note.key for note in again.comparable.notes if "losses" in note.key]
    assert forgotten == (["weighting.note.losses_replaced"] if first in ("weight_losses", "both") else [])


def test_weights_for_losses_multiply_those_of_weight_and_replace_their_own():
    design = declared()
    once = ik.weight_losses(ik.weight(design))
    same(ik.weight_losses(once), once)
    same(
        ik.weight_losses(ik.weight_losses(once, on=["a"]), on=["b"]),
        ik.weight_losses(ik.weight(design), on=["b"]),
    )
    same(ik.weight_losses(ik.weight_losses(design)), ik.weight_losses(design))
    w = ik.weight(design).weights * ik.weight_losses(design).weights
    np.testing.assert_allclose(once.weights, w, rtol=1e-12)


@pytest.mark.parametrize("made", ["match", "estimated"])
def test_losses_of_people_matched_are_not_weighted(made):
    design = declared()
    made_comparable = ik.match(design) if made == "match" else ik.doubly_robust(design).design
    with pytest.raises(ik.DesignError) as caught:
        ik.weight_losses(made_comparable)
    assert caught.value.message.key == "weighting.error.losses_of_matched"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("estimator", NEED_PLAIN)
def test_estimators_that_would_forget_it_refuse_in_words(estimator, verb):
    design = VERBS[verb](declared())
    with pytest.raises(ik.EstimationError) as caught:
        NEED_PLAIN[estimator](design)
    words = caught.value.message.text("fr")
    assert "appari" in words
    assert "pondér" in words
    assert "plan" in words


@pytest.mark.parametrize("verb", VERBS)
def test_the_others_use_it(verb):
    design = VERBS[verb](declared())
    estimate = ik.compare_groups(design)
    assert estimate.design.comparable is design.comparable
    assert isinstance(design.comparable, Matched) == (verb == "match")
