"""`encouragement` against R's AER and clubSandwich, its properties, the weak offer and what it refuses.

Everything is a closed form: 1e-8, but the ends of Anderson and Rubin's interval, which R finds by a search.
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.offers.instrument import AndersonRubin, instrumented
from impactkit.estimators.result import Exact, StudentT
from references import table
from test_page import page_of

CLOSED = 1e-8
VALUES = json.loads((Path(__file__).parent / "reference" / "encouragement.json").read_text(encoding="utf-8"))
CARD = VALUES["card"]["values"]


def card(errors):
    data = table("card")
    X = np.column_stack([data["exper"], data["exper"] ** 2, data[["black", "south", "smsa"]]])
    return instrumented(
        y=data["lwage"].to_numpy(),
        takeup=data["educ"].to_numpy(dtype=float),
        offer=data["nearc4"].to_numpy(dtype=float),
        X=X.astype(float),
        errors=errors,
        clusters=pd.factorize(data["age"])[0] if errors.startswith("CR") else None,
    )


def offers(n=400, *, taken=0.6, others=0.0, effect=2.0, seed=1, sites=None):
    """Half the people are offered; ``taken`` of them enter, ``others`` of the rest too."""
    rng = np.random.default_rng(seed)
    offered = np.repeat([1, 0], n // 2)
    able = rng.normal(size=n)
    enters = (rng.random(n) < np.where(offered == 1, taken, others)).astype(int)
    frame = pd.DataFrame({"id": range(n), "offered": offered, "entry": enters, "able": able})
    frame["score"] = 10 + effect * enters + 2 * able + rng.normal(size=n)
    if sites is not None:
        frame["site"] = np.arange(n) % sites
        frame["score"] += rng.normal(0, 1, sites)[frame["site"]]
    return frame


def by_arm(frame, *, covariates=(), minimum_effect=None, **options):
    cohort = ik.cohort_from_frame(
        frame,
        unit="id",
        arm="offered",
        entry="entry",
        outcomes=["score"],
        covariates=["able"],
        cluster="site" if "site" in frame else None,
    )
    design = ik.declare_design(
        cohort, comparison="randomised", estimand="ITT", covariates=covariates, minimum_effect=minimum_effect
    )
    return ik.encouragement(design, instrument="arm", **options)


def by_column(frame, instrument="offered", **options):
    cohort = ik.cohort_from_frame(
        frame, unit="id", arm="entry", outcomes=["score"], covariates=["offered", "able"]
    )
    return ik.encouragement(ik.declare_design(cohort), instrument=instrument, **options)


# ------------------------------------------------------------------ R
@pytest.mark.parametrize(
    ("errors", "key"),
    [
        ("classic", "se_classic"),
        ("HC0", "se_HC0"),
        ("HC1", "se_HC1"),
        ("HC2", "se_HC2"),
        ("CR0", "se_CR0"),
        ("CR1", "se_CR1S"),
        ("CR2", "se_CR2"),
    ],
)
def test_the_return_to_schooling_is_ivreg(errors, key):
    found = card(errors)
    assert found.effect.value == pytest.approx(CARD["estimate"], rel=CLOSED)
    assert found.effect.std_error == pytest.approx(CARD[key], rel=CLOSED)
    assert found.first_stage.value == pytest.approx(CARD["first_stage"], rel=CLOSED)
    assert found.offer.value == pytest.approx(CARD["offer"], rel=CLOSED)


def test_the_first_stage_and_anderson_rubin_are_lm():
    classic, robust = card("classic"), card("HC1")
    assert classic.f_statistic == pytest.approx(CARD["F_classic"], rel=CLOSED)
    assert robust.f_statistic == pytest.approx(CARD["F_HC1"], rel=CLOSED)
    assert robust.offer.std_error == pytest.approx(CARD["offer_se_HC1"], rel=CLOSED)
    assert classic.anderson_rubin.interval() == pytest.approx(CARD["ar_classic"], rel=1e-7)
    assert robust.anderson_rubin.interval() == pytest.approx(CARD["ar_HC1"], rel=1e-7)


# ------------------------------------------------------------------ by hand
def test_without_covariates_it_is_walds_ratio():
    frame = offers()
    found = by_arm(frame)
    means = frame.groupby("offered")[["score", "entry"]].mean()
    ratio = (means.loc[1] - means.loc[0])["score"] / (means.loc[1] - means.loc[0])["entry"]
    assert found.effect.value == pytest.approx(ratio, rel=1e-12)
    assert found.settings["complier_share"] == pytest.approx((means.loc[1] - means.loc[0])["entry"])


def test_the_ends_of_anderson_rubin_are_where_it_just_refuses():
    test = by_arm(offers()).anderson_rubin
    for end in test.interval():
        assert test.p_value(end) == pytest.approx(0.05, rel=1e-9)
    assert test.p_value(test.value) == pytest.approx(1)
    # For the null of no effect it is the test of the offer.
    found = by_arm(offers())
    offer = found.alternatives.set_index("method").loc["offer"]
    assert test.p_value(0.0) == pytest.approx(offer["p_value"], rel=1e-12)


def test_the_set_can_be_everything_or_what_is_outside_two_values():
    shapes = {
        "interval": AndersonRubin(outcome=1.0, takeup=1.0, v_outcome=0.01, v_takeup=0.01, v_both=0.0, df=100),
        "outside": AndersonRubin(outcome=1.0, takeup=0.1, v_outcome=0.01, v_takeup=0.01, v_both=0.0, df=100),
        "everything": AndersonRubin(
            outcome=0.1, takeup=0.1, v_outcome=0.01, v_takeup=0.01, v_both=0.0, df=100
        ),
    }
    for shape, test in shapes.items():
        assert test.shape() == shape
        for null in np.linspace(-50, 50, 401):
            low, high = test.ends()
            kept = {
                "interval": low <= null <= high,
                "outside": not low < null < high,
                "everything": True,
            }[shape]
            assert (test.p_value(null) >= 0.05) == kept
    assert shapes["outside"].interval() == (-math.inf, math.inf)


# ------------------------------------------------------------------ properties
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.001, 1000), move=st.floats(-100, 100))
def test_units_and_order_do_not_matter(seed, scale, move):
    frame = offers(seed=seed, others=0.1)
    base = by_arm(frame, covariates=["able"])
    other = frame.assign(score=scale * frame["score"] + move).sample(frac=1, random_state=seed)
    found = by_arm(other, covariates=["able"])
    assert found.effect.value == pytest.approx(scale * base.effect.value, rel=1e-6, abs=1e-9 * scale)
    assert found.effect.std_error == pytest.approx(scale * base.effect.std_error, rel=1e-6)
    assert found.anderson_rubin.interval() == pytest.approx(
        [scale * end for end in base.anderson_rubin.interval()], rel=1e-6, abs=1e-7 * scale
    )


def test_an_offer_that_all_follow_is_the_comparison_of_the_groups():
    frame = offers(taken=1.0)
    found = by_arm(frame)
    cohort = ik.cohort_from_frame(frame, unit="id", arm="offered", outcomes=["score"])
    plain = ik.compare_groups(ik.declare_design(cohort, comparison="randomised", estimand="ITT"))
    assert found.effect.value == pytest.approx(plain.effect.value, rel=1e-12)
    assert found.effect.std_error == pytest.approx(plain.effect.std_error, rel=1e-12)
    assert found.settings["first_stage_f"] is None
    assert found.first_stage_f == math.inf
    assert any(note.key == "encouragement.note.follows_offer" for note in found.notes)


def test_the_arm_and_the_column_say_the_same():
    frame = offers(others=0.1)
    arm, column = by_arm(frame), by_column(frame)
    assert column.effect.value == pytest.approx(arm.effect.value, rel=1e-12)
    assert column.effect.std_error == pytest.approx(arm.effect.std_error, rel=1e-12)
    assert column.effect.n_treated == int(frame["entry"].sum())
    assert arm.effect.n_treated == 200


def test_sites_widen_the_interval_and_a_person_twice_is_one_person():
    frame = offers()
    twice = pd.concat([frame, frame.assign(id=frame["id"] + 1000)]).assign(site=lambda f: f["id"] % 1000)
    once, double = by_arm(frame, errors="HC2"), by_arm(twice)
    assert double.effect.value == pytest.approx(once.effect.value, rel=1e-12)
    assert double.effect.std_error == pytest.approx(once.effect.std_error, rel=1e-3)
    assert double.settings["errors"] == "CR2"


# ------------------------------------------------------------------ a weak offer
def weak(shape):
    for seed in range(300):
        found = by_arm(offers(n=200, taken=0.34, others=0.2, seed=seed))
        if found.settings["ar_shape"] == shape and found.first_stage_f < 10:
            return found
    raise AssertionError(shape)


def test_a_weak_offer_is_told_by_anderson_rubin():
    found = weak("interval")
    assert isinstance(found.effect.reference, Exact)
    assert found.effect.interval() == found.anderson_rubin.interval()
    assert list(found.alternatives["method"]) == ["anderson_rubin", "two_stage", "offer"]
    assert any(note.key == "encouragement.note.weak" for note in found.notes)
    assert isinstance(by_arm(offers()).effect.reference, StudentT)


@pytest.mark.parametrize("shape", ["outside", "everything"])
def test_an_effect_without_bounds_is_said_in_words_and_never_concluded_on(shape):
    found = weak(shape)
    row = found.alternatives.set_index("method").loc["anderson_rubin"]
    assert (row["conf_low"], row["conf_high"]) == (-math.inf, math.inf)
    evidence = ik.assess(found)
    record = evidence.record
    assert evidence.conclusion == "inconclusive"
    assert evidence.credibility == 0
    assert record.effect is None
    assert json.loads(record.model_dump_json(), parse_constant=lambda name: pytest.fail(name))
    assert "aucun intervalle" in record.sentences.interval.fr
    page = page_of(record.model_copy(update={"action": "parcours_mobilite"}))
    for section in ("headline", "effect", "checks", "annex", "saying"):
        assert "inf" not in [cell.strip() for cell in getattr(page, section)()._repr_html_().split(">")]


def test_the_verdict_follows_the_first_stage():
    strong = ik.assess(by_arm(offers(n=1000, effect=3.0), minimum_effect=0.5))
    assert strong.credibility == 4
    assert strong.attribution == "attributable"
    assert {check.key for check in strong.checks} >= {"first_stage", "baseline_balance", "comparison_group"}
    assert ik.assess(weak("interval")).credibility == 1
    drawn_by_nobody = ik.assess(by_column(offers(n=1000, effect=3.0)))
    assert drawn_by_nobody.credibility == 1
    assert drawn_by_nobody.attribution == "change_not_attributed"
    assert drawn_by_nobody.reasons[0].key == "verdict.design.encouragement_not_drawn"
    assert "baseline_balance" not in {check.key for check in ik.assess(by_column(offers())).checks}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_record_makes_a_page(language):
    record = ik.assess(by_arm(offers(n=1000), covariates=["able"])).record
    page = page_of(record.model_copy(update={"action": "parcours_mobilite"}), language)
    for section in ("header", "headline", "flow", "method", "balance", "effect", "checks", "annex", "saying"):
        assert getattr(page, section)() is not None
    assert {item.method for item in record.alternatives} == {"anderson_rubin", "offer"}


# ------------------------------------------------------------------ bad input
def refused(key, call, *arguments, **options):
    with pytest.raises(EstimationError) as caught:
        call(*arguments, **options)
    assert caught.value.message.key == key
    assert caught.value.message.text("fr") != caught.value.message.text("en")


def test_offers_that_cannot_answer_are_refused_with_a_reason():
    same = offers()
    same["entry"] = np.tile([1, 0], 200)
    refused("encouragement.error.offer_changes_nothing", by_arm, same)
    refused("encouragement.error.offer_constant", by_column, offers().assign(offered=1))
    refused("estimators.error.no_variation", by_arm, offers().assign(score=5.0))
    frame = offers().assign(score=np.nan)
    refused("estimators.error.too_few_treated", by_arm, frame)


def test_people_whose_offer_is_not_known_are_counted():
    frame = offers().astype({"offered": float})
    frame.loc[[0, 5, 399], "offered"] = np.nan
    found = by_column(frame)
    steps = [step for step in found.counts if step.key == "offer_known"]
    assert sum(step.n for step in steps) == 397 == len(found.analysed)
    assert all(step.reason is not None for step in steps)


def test_wrong_calls_name_what_is_allowed():
    frame = offers()
    cohort = ik.cohort_from_frame(frame, unit="id", arm="offered", entry="entry", outcomes=["score"])
    with pytest.raises(ValueError, match="estimand='ITT'"):
        ik.encouragement(ik.declare_design(cohort, comparison="randomised"), instrument="arm")
    with pytest.raises(ValueError, match="covariate of the cohort"):
        by_column(frame, instrument="tirage")
    with pytest.raises(ValueError, match="HC2"):
        by_column(frame, errors="hc9")
