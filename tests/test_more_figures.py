"""The power curve, the contour of sensitivity and the distribution: right numbers, and nobody to be seen."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit import plot
from impactkit.disclosure import DEFAULT_PROFILE
from impactkit.errors import ReportError
from impactkit.evidence import Evidence
from impactkit.evidence.record import EffectRecord
from impactkit.plot.spread import safe_edges
from records import DEBT, before_after_record, did_record, too_few_record, w

# ------------------------------------------------------------------ power


def test_the_power_at_each_effect_is_that_of_the_t_test() -> None:
    record = did_record(
        effect=EffectRecord(
            estimate=0.1, std_error=0.04, df=50.0, conf_low=0.02, conf_high=0.18, p_value=0.02
        )
    )
    data = plot.power_data(record)
    assert data["power"].iloc[0] == pytest.approx(0.05)
    critical = stats.t.isf(0.025, 50)
    for effect, power in data.iloc[::20].itertuples(index=False):
        law = stats.nct(50, effect / 0.04) if effect else stats.t(50)
        assert power == pytest.approx(law.sf(critical) + law.cdf(-critical), abs=1e-9)
    assert data["power"].is_monotonic_increasing
    # It rests on the standard error alone.
    other = record.model_copy(update={"effect": record.effect.model_copy(update={"estimate": -0.3})})
    pd.testing.assert_frame_equal(plot.power_data(other), data)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_power_curve_says_its_numbers(language: str) -> None:
    for record in (did_record(), before_after_record()):
        axes = plot.power_curve(record, language=language)
        assert "nan" not in axes.alt
        assert any(char.isdigit() for char in axes.alt)
    long = did_record(outcome=DEBT.model_copy(update={"label": w("un très long libellé d'indicateur " * 4)}))
    assert plot.power_curve(long, language=language).get_xlabel().count("\n") <= 1


def test_without_an_effect_there_is_no_power_curve() -> None:
    with pytest.raises(ReportError):
        plot.power_curve(too_few_record())


# ------------------------------------------------------------------ sensitivity


@cache
def nsw(action: str) -> Evidence:
    cohort = ik.build_cohort(ik.read_study(ik.sample("nsw")), action=action)
    return ik.assess(ik.estimate(ik.make_comparable(ik.declare_design(cohort))))


def test_the_contour_is_zero_where_the_annex_says_that_nothing_is_left() -> None:
    evidence = nsw("appariement_cps")
    told = {item.key: item.value for item in evidence.record.sensitivity}
    data = plot.contour_data(evidence)
    alike = data[np.isclose(data["of_participation"], data["of_outcome"])]
    crossing = np.interp(0.0, -alike["left"], alike["of_participation"])
    assert told["robustness"] is not None
    assert crossing == pytest.approx(told["robustness"], abs=5e-4)
    assert data.loc[data["of_participation"] == 0, "left"].eq(1.0).all()
    for language in ("fr", "en"):
        alt = plot.sensitivity_contour(evidence, language=language).alt
        assert ("2,2" if language == "fr" else "2.2") in alt


def test_what_the_annex_does_not_tell_is_not_drawn() -> None:
    with pytest.raises(ReportError):
        plot.sensitivity_contour(nsw("experience"))


# ------------------------------------------------------------------ distribution


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 200),
    st.sampled_from(["normal", "lumps", "tail", "one"]),
    st.integers(0, 9),
)
def test_every_band_holds_enough_people_of_every_group(n: int, m: int, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    draw = {
        "normal": lambda size: rng.normal(10, 3, size),
        "lumps": lambda size: rng.integers(0, 4, size).astype(float),
        "tail": lambda size: rng.lognormal(6, 2, size),
        "one": lambda size: np.full(size, 5.0),
    }[kind]
    groups = [draw(n), draw(m)]
    try:
        edges = safe_edges(groups, DEFAULT_PROFILE)
    except ReportError:
        return
    for values in groups:
        counts = np.histogram(values, [-np.inf, *edges, np.inf])[0]
        assert counts.min() >= DEFAULT_PROFILE.minimum
    # Limits are round numbers, whatever the people's values.
    steps = np.diff(edges)
    assert np.allclose(edges, np.round(edges, 6))
    assert (steps > 0).all()


def test_shares_are_those_of_the_people_and_sum_to_one() -> None:
    design = nsw("experience").estimate.design
    data = plot.distribution_data(design)
    assert data.groupby("group")["share"].sum().to_numpy() == pytest.approx([1, 1], abs=0.04)
    assert data.groupby("group")[["low", "high"]].apply(lambda band: band.isna().sum().tolist()).tolist() == [
        [1, 1],
        [1, 1],
    ]
    for language in ("fr", "en"):
        axes = plot.distribution(design, time="before", language=language)
        assert "nan" not in axes.alt
        assert len(axes.patches) == len(plot.distribution_data(design, time="before"))


def test_a_yes_no_or_few_people_have_no_distribution() -> None:
    people = pd.DataFrame({"id": range(40), "arm": [1, 0] * 20, "job": [True, False] * 20})
    cohort = ik.cohort_from_frame(people, unit="id", arm="arm", outcomes=["job"])
    with pytest.raises(ValueError, match="yes/no"):
        plot.distribution(ik.declare_design(cohort))
    few = people.assign(job=np.arange(40) / 7).head(30)
    design = ik.declare_design(ik.cohort_from_frame(few, unit="id", arm="arm", outcomes=["job"]))
    with pytest.raises(ReportError):
        plot.distribution(design)
    with pytest.raises(ValueError, match="time must be"):
        plot.distribution(design, time="later")  # type: ignore[arg-type]


# ------------------------------------------------------------------ time since entry


@cache
def staggered() -> ik.Estimate:
    study = ik.read_study(ik.sample("insertion_emploi"))
    return ik.event_study(ik.declare_design(ik.build_cohort(study, action="garde_enfants")))


def test_the_effects_since_entry_are_those_of_the_estimate() -> None:
    estimate = staggered()
    data = plot.event_path_data(estimate)
    assert data["event_time"].tolist() == sorted(effect.event_time for effect in estimate.path)
    assert data["estimate"].tolist() == [effect.value for effect in estimate.path]
    for language in ("fr", "en"):
        axes = plot.event_path(estimate, language=language)
        assert axes.alt.count(":") >= len(data)
        hollow = [
            line
            for line in axes.lines
            if line.get_marker() == "o" and line.get_markerfacecolor() == "#ffffff"
        ]
        assert len(hollow) == int((data["event_time"] < 0).sum())


def test_what_has_no_path_is_not_drawn() -> None:
    with pytest.raises(ReportError):
        plot.event_path(nsw("experience").estimate)
