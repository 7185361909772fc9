"""Few clusters through `compare_groups` and `did`: the same tests, in the effect and beside it."""

import itertools

import numpy as np
import pandas as pd
import pytest

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import compare_groups, did
from impactkit.estimators.inference.few_clusters import cluster_jackknife, randomisation, wild_bootstrap
from impactkit.estimators.inference.linear import fit
from impactkit.estimators.result import Effect, Exact, MostCautious, StudentT
from impactkit.evidence import assess
from impactkit.text import Message
from references import reference, table


def world(*, sites=10, chosen=4, effect=1.0, seed=1, crossed=False, clustered=True):
    """People of sites of unequal size at two times; a site's beneficiaries enter at the second."""
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(sites), rng.integers(4, 9, sites))
    n = len(site)
    helped = rng.random(n) < 0.5 if crossed else site < chosen
    before = rng.normal(size=sites)[site] + rng.normal(size=n)
    after = before + effect * helped + rng.normal(size=sites)[site] + rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "id": np.tile(np.arange(n), 2),
            "time": np.repeat([0, 1], n),
            "helped": np.tile(helped, 2).astype(int),
            "site": np.tile(site, 2),
            "y": np.concatenate([before, after]),
        }
    )
    cohort = cohort_from_frame(
        frame,
        unit="id",
        period="time",
        arm="helped",
        outcomes=["y"],
        cluster="site" if clustered else None,
    )
    return declare_design(cohort), before, after, helped, site


def columns(helped):
    return np.column_stack([np.ones(len(helped)), helped.astype(float)])


def test_both_stand_beside_the_default_when_clusters_are_few():
    design, before, after, helped, site = world()
    estimate = did(design)
    assert estimate.settings["errors"] == "CR2"
    found = estimate.alternatives.set_index("method")
    assert list(found.index) == ["wild", "randomisation"]
    fitted = fit(X=columns(helped), y=after - before)
    wild = wild_bootstrap(fitted, np.array([0.0, 1.0]), clusters=site)
    chance = randomisation(y=after - before, treated=helped, clusters=site)
    for test, label in ((wild, "wild"), (chance, "randomisation")):
        assert found.loc[label, "p_value"] == test.p_value()
        assert tuple(found.loc[label, ["conf_low", "conf_high"]]) == pytest.approx(test.interval())
        assert found.loc[label, "estimate"] == pytest.approx(estimate.effect.value)


@pytest.mark.parametrize("estimator", [compare_groups, did])
@pytest.mark.parametrize("errors", ["wild", "randomisation"])
def test_what_is_asked_for_is_the_headline_and_its_interval_agrees_with_its_p_value(estimator, errors):
    for seed, effect in itertools.product(range(3), (0.0, 1.0, -2.0)):
        estimate = estimator(world(seed=seed, effect=effect)[0], errors=errors)
        beside = estimate.alternatives.set_index("method").loc[errors]
        assert isinstance(estimate.effect.reference, Exact)
        assert estimate.effect.p_value == beside["p_value"]
        assert estimate.effect.interval() == tuple(beside[["conf_low", "conf_high"]])
        assert estimate.settings["errors"] == errors
        assert estimate.settings["clusters"] == 10
        default = estimator(world(seed=seed, effect=effect)[0])
        assert estimate.effect.value == default.effect.value
        assert estimate.effect.std_error == default.effect.std_error
        assert estimate.effect.df == default.effect.df
        for level in (0.8, 0.9, 0.95):
            low, high = estimate.effect.interval(level)
            assert (low <= 0 <= high) == (estimate.effect.p_value > 1 - level + 1e-12)


def test_the_jackknife_as_an_error():
    design, before, after, helped, site = world()
    effect = did(design, errors="CR3").effect
    expected = cluster_jackknife(
        fit(X=columns(helped), y=after - before), np.array([0.0, 1.0]), clusters=site
    )
    assert effect.std_error == pytest.approx(expected.std_error)
    assert effect.df == 9
    assert did(design, errors="CR3").settings["df_rule"] == "clusters"


def test_sites_with_both_groups_have_no_draw_to_replay():
    design = world(crossed=True)[0]
    assert list(did(design).alternatives["method"]) == ["wild"]
    with pytest.raises(EstimationError) as error:
        did(design, errors="randomisation")
    assert error.value.message.key == "estimators.error.clusters_cross_arms"


def test_many_sites_or_none_need_nothing_beside():
    assert did(world(sites=40, chosen=20)[0]).alternatives.empty
    assert not did(world(sites=40, chosen=5)[0]).alternatives.empty
    assert did(world(clustered=False)[0]).alternatives.empty
    assert did(world()[0], errors="HC2").alternatives.empty  # sites set aside


def test_without_clusters_each_person_is_drawn():
    design, before, after, helped, _ = world(clustered=False)
    effect = did(design, errors="randomisation").effect
    expected = randomisation(y=after - before, treated=helped, clusters=np.arange(len(helped)))
    assert effect.p_value == expected.p_value()
    assert did(design, errors="wild").effect.p_value < 0.05


def test_randomisation_goes_with_one_slope():
    design = world()[0]
    adjusted = compare_groups(design, adjust="ancova", errors="randomisation")
    low, high = adjusted.effect.interval()
    assert low <= adjusted.effect.value <= high
    assert adjusted.effect.reference.test.value == pytest.approx(adjusted.effect.value)
    assert compare_groups(design, adjust="lin", errors="wild").effect.interval()[0] < 2
    with pytest.raises(EstimationError) as error:
        compare_groups(design, adjust="lin", errors="randomisation")
    assert error.value.message.key == "estimators.error.randomisation_one_slope"


def test_what_has_no_bound_is_no_headline():
    """With 2 of 5 sites, 1/10 is the smallest p-value of the draw replayed: nothing is refused at 5 %."""
    design = world(sites=5, chosen=2, effect=8)[0]
    with pytest.raises(EstimationError) as error:
        did(design, errors="randomisation")
    assert error.value.message.key == "estimators.error.unbounded"
    beside = did(design).alternatives.set_index("method").loc["randomisation"]
    assert list(beside[["conf_low", "conf_high", "p_value"]]) == [-np.inf, np.inf, 0.1]


@pytest.mark.parametrize("errors", ["wild", "randomisation"])
def test_what_is_asked_for_goes_through_to_the_evidence(errors):
    evidence = assess(did(world(sites=12, chosen=6, effect=3)[0], errors=errors))
    found = evidence.to_dict()["effect"]
    low, high = evidence.estimate.effect.interval()
    # The record has the digits of the page.
    assert (found["conf_low"], found["conf_high"]) == pytest.approx((low, high), abs=0.005)
    assert evidence.sentence("fr")


def test_levels_are_between_0_and_1():
    effect: Effect = did(world()[0], errors="wild").effect
    with pytest.raises(ValueError, match="level"):
        effect.interval(1.0)


def test_the_numbers_are_the_same_twice():
    one, two = (did(world(sites=16, chosen=5)[0]).alternatives for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("estimator", [compare_groups, did])
def test_the_headline_is_the_most_cautious_of_those_that_can_speak(estimator):
    for seed, effect in itertools.product(range(4), (0.0, 2.0)):
        design = world(seed=seed, effect=effect, sites=12, chosen=5)[0]
        kept, alone = estimator(design), estimator(design, errors="CR2")
        assert isinstance(kept.effect.reference, MostCautious)
        assert isinstance(alone.effect.reference, StudentT)
        assert (kept.settings["laws"], alone.settings["laws"]) == ("CR2, wild, randomisation", "CR2")
        assert kept.alternatives.equals(alone.alternatives)
        for name in ("value", "std_error", "df"):
            assert getattr(kept.effect, name) == getattr(alone.effect, name)
        beside = kept.alternatives
        assert kept.effect.p_value == max(alone.effect.p_value, *beside["p_value"])
        low, high = kept.effect.interval()
        assert (low, high) == (
            min(alone.effect.interval()[0], *beside["conf_low"]),
            max(alone.effect.interval()[1], *beside["conf_high"]),
        )
        for level in (0.8, 0.9, 0.95):
            low, high = kept.effect.interval(level)
            assert (low <= 0 <= high) == (kept.effect.p_value > 1 - level + 1e-12)


def test_a_test_that_cannot_bound_the_effect_stands_beside_and_a_note_says_so():
    """With 3 of 6 sites, 2/20 is the smallest p-value of the draw replayed; with 2 of 5, 1/10."""
    for sites, chosen in ((6, 3), (5, 2)):
        estimate = did(world(sites=sites, chosen=chosen, effect=6)[0])
        assert "randomisation" not in estimate.settings["laws"]
        assert "estimators.note.silent_randomisation" in [note.key for note in estimate.notes]
        beside = estimate.alternatives.set_index("method")
        assert beside.loc["randomisation", "p_value"] >= 0.1
        assert np.isfinite(estimate.effect.interval()).all()
        alone = did(world(sites=sites, chosen=chosen, effect=6)[0], errors="CR2")
        assert [note.key for note in alone.notes] == ["estimators.note.few_clusters"]


def test_the_page_says_which_laws_the_headline_rests_on():
    said = {
        "cautious_wild_randomisation": (world()[0], None),
        "cautious_wild": (world(crossed=True)[0], None),
        "by_site": (world()[0], "CR2"),
        "asked_wild": (world()[0], "wild"),
        "asked_randomisation": (world()[0], "randomisation"),
        "by_person": (world(clustered=False)[0], None),
    }
    for key, (design, errors) in said.items():
        found = assess(did(design, errors=errors)).record.sentences.uncertainty
        params = {} if key == "by_person" else {"n": 10}
        assert found.fr == Message(f"sentence.uncertainty.{key}", params).text("fr")
        assert found.en == Message(f"sentence.uncertainty.{key}", params).text("en")


def test_the_eight_groups_of_the_reference_by_default():
    """CR2 says .1094, the wild bootstrap 16/256 (ties counted), the draw replayed 1/28: CR2 is kept."""
    data, expected = table("few_clusters_did"), reference("few_clusters_did")
    start = data.loc[data["D"] == 1, "t"].min()
    frame = (
        data.assign(time=(data["t"] >= start).astype(int), helped=data.groupby("g")["D"].transform("max"))
        .groupby(["g", "time", "helped"], as_index=False)["y"]
        .mean()
    )
    frame["site"] = frame["g"]
    cohort = cohort_from_frame(frame, unit="g", period="time", arm="helped", outcomes=["y"], cluster="site")
    estimate = did(declare_design(cohort))
    assert estimate.effect.value == pytest.approx(expected["att"], rel=1e-8)
    assert estimate.effect.p_value == pytest.approx(expected["CR2_p"], rel=1e-7)
    beside = estimate.alternatives.set_index("method")["p_value"]
    assert beside["wild"] == 16 / 256
    assert beside["randomisation"] == pytest.approx(1 / 28)


def test_large_samples_compute_no_test_beside(monkeypatch):
    def refused(*_, **__):
        raise AssertionError("no test is needed with many sites")

    for name in ("wild_bootstrap", "randomisation"):
        monkeypatch.setattr(f"impactkit.estimators.arms.{name}", refused)
    assert did(world(sites=40, chosen=20)[0]).companions == ()
    assert did(world(clustered=False)[0]).companions == ()
