"""The time before an event against R survival and survRM2, by hand, and what the figure reveals."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import EstimationError, ReportError
from impactkit.estimators.duration.at_risk import risk_table
from impactkit.estimators.duration.curves import restricted_mean, time_lost, with_event, without_event
from references import table

CLOSED = 1e-8
VALUES = {
    key: entry["values"]
    for key, entry in json.loads(
        (Path(__file__).parent / "reference" / "duration.json").read_text(encoding="utf-8")
    ).items()
}
SEXES = (1, 2)


def lung():
    frame = table("lung")
    frame["dead"] = (frame["status"] == 2).astype(int)
    third = (np.arange(len(frame)) + 1) % 3 == 0
    frame["cause"] = np.where((frame["dead"] == 1) & third, 2, frame["dead"])
    return frame.assign(woman=(frame["sex"] == 2).astype(int), person=range(len(frame)))


def design_of(frame, *, outcomes=("time", "dead"), arm="woman", **roles):
    frame = frame.assign(person=range(len(frame)))
    return ik.declare_design(
        ik.cohort_from_frame(frame, unit="person", arm=arm, outcomes=list(outcomes), **roles)
    )


def exits(frame=None, *, event="dead", horizon=700, **roles):
    frame = lung() if frame is None else frame
    design = design_of(frame, outcomes=("time", event), **roles)
    return ik.time_to_event(design, time="time", event=event, horizon=horizon)


def test_kaplan_meier_with_greenwood_as_survfit():
    expected, frame = VALUES["surv.lung.km"], lung()
    rows = zip(expected["strata"], expected["time"], strict=True)
    for i, (stratum, time) in enumerate(rows):
        people = frame[frame["sex"] == int(stratum[-1])]
        found = risk_table(time=people["time"].to_numpy(dtype=float), event=people["dead"].to_numpy())
        curve = without_event(found)
        at = np.searchsorted(found.times, time, side="right") - 1
        for name, values in (
            ("surv", curve.share),
            ("se", curve.std_error),
            ("lower", curve.low),
            ("upper", curve.high),
        ):
            assert values[at] == pytest.approx(expected[name][i], rel=CLOSED)


def test_restricted_means_as_survrm2():
    expected, found = VALUES["surv.lung.rmst700"], exits()
    effect, groups = found.effect, found.groups.set_index("arm")
    assert effect.term == "rmst_difference"
    assert effect.value == pytest.approx(expected["diff"]["Est."], rel=CLOSED)
    assert effect.interval() == pytest.approx(
        (expected["diff"]["lower .95"], expected["diff"]["upper .95"]), rel=CLOSED
    )
    assert effect.p_value == pytest.approx(expected["diff"]["p"], rel=1e-7)
    for arm, name in (("treated", "arm1"), ("comparison", "arm0")):
        assert groups.loc[arm, "mean"] == pytest.approx(expected[name]["Est."], rel=CLOSED)
        assert groups.loc[arm, "std_error"] == pytest.approx(expected[name]["se"], rel=CLOSED)
    ratio = found.ratio
    assert ratio.value == pytest.approx(expected["ratio"]["Est."], rel=CLOSED)
    assert (ratio.low, ratio.high) == pytest.approx(
        (expected["ratio"]["lower .95"], expected["ratio"]["upper .95"]), rel=CLOSED
    )
    assert ratio.p_value == pytest.approx(expected["ratio"]["p"], rel=1e-7)
    medians = VALUES["surv.lung.km"]["median"]
    assert groups["median"].tolist() == [medians["sex=2"], medians["sex=1"]]


def test_log_rank_as_survdiff():
    expected = VALUES["surv.lung.logrank"]
    test = exits().log_rank
    assert test.statistic == pytest.approx(expected["chisq"], rel=CLOSED)
    assert test.p_value == pytest.approx(expected["p"], rel=1e-7)


def test_the_discrete_hazard_ratio_as_glm():
    expected, found = VALUES["lung.discrete"], exits().hazard_ratio
    assert np.log(found.value) == pytest.approx(expected["coef"], rel=CLOSED)
    half = (np.log(found.high) - np.log(found.low)) / 2
    assert half / 1.959963984540054 == pytest.approx(expected["se"], rel=1e-6)


def test_competing_exits_as_survfit():
    expected, frame = VALUES["lung.competing"], lung()
    for i, sex in enumerate(SEXES):
        people = frame[frame["sex"] == sex]
        time, event = people["time"].to_numpy(dtype=float), people["cause"].to_numpy()
        found = risk_table(time=time, event=event)
        curve = with_event(found)
        for j in range(3 * i, 3 * i + 3):
            at = np.searchsorted(found.times, expected["time"][j], side="right") - 1
            assert curve.share[at] == pytest.approx(expected["share"][j], rel=CLOSED)
            assert curve.std_error[at] == pytest.approx(expected["se"][j], rel=CLOSED)
        area = time_lost(time=time, event=event, horizon=700.0)
        assert area.value == pytest.approx(expected["area"][i], rel=CLOSED)
        assert area.std_error == pytest.approx(expected["area_se"][i], rel=CLOSED)
    found = exits(event="cause")
    assert found.effect.term == "time_lost_difference"
    assert found.effect.value == pytest.approx(expected["area"][1] - expected["area"][0], rel=CLOSED)
    assert found.effect.std_error == pytest.approx(np.hypot(*expected["area_se"]), rel=CLOSED)


@given(st.integers(0, 10_000), st.integers(5, 40))
@settings(max_examples=40, deadline=None)
def test_greenwood_is_the_sum_of_squared_influences(seed, n):
    rng = np.random.default_rng(seed)
    time, event = np.ceil(rng.exponential(5, n)), rng.integers(0, 3, n)
    for area in (restricted_mean, time_lost):
        found = area(time=time, event=event, horizon=8.0)
        assert found.contributions.sum() == pytest.approx(0, abs=1e-9)
        assert found.std_error**2 == pytest.approx(found.contributions @ found.contributions, abs=1e-10)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_without_censoring_the_curve_is_the_share_and_the_area_the_mean(seed):
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(5, 30))
    found = risk_table(time=time, event=np.ones(30, dtype=int))
    curve = without_event(found)
    shares = np.array([(time > at).mean() for at in found.times])
    assert curve.share == pytest.approx(shares, abs=1e-12)
    assert curve.std_error == pytest.approx(np.sqrt(shares * (1 - shares) / 30), abs=1e-12)
    area = restricted_mean(time=time, event=np.ones(30, dtype=int), horizon=6.0)
    assert area.value == pytest.approx(np.minimum(time, 6).mean())
    assert area.std_error == pytest.approx(np.minimum(time, 6).std() / np.sqrt(30))


def test_the_unit_of_time_is_free():
    days, weeks = exits(), exits(lung().assign(time=lambda t: t["time"] / 7), horizon=100)
    assert weeks.effect.value == pytest.approx(days.effect.value / 7)
    assert weeks.effect.p_value == pytest.approx(days.effect.p_value)
    assert weeks.hazard_ratio.value == pytest.approx(days.hazard_ratio.value)


def test_clusters_of_one_person_change_only_the_small_sample_factor():
    plain = exits()
    sites = exits(lung().assign(site=range(228)), cluster="site")
    assert sites.effect.value == plain.effect.value
    assert sites.effect.std_error == pytest.approx(plain.effect.std_error * np.sqrt(228 / 227))
    assert sites.effect.df == 227
    assert sites.log_rank is None
    assert sites.hazard_ratio is None
    weighted = exits(lung().assign(w=2.0), weight="w")
    assert weighted.effect.value == pytest.approx(plain.effect.value)
    assert weighted.effect.std_error == pytest.approx(plain.effect.std_error, rel=0.01)


def test_the_curves_run_from_zero_to_the_horizon():
    curves = exits(horizon=600).curves
    for arm, n in (("treated", 90), ("comparison", 138)):
        rows = curves[curves["arm"] == arm]
        assert rows["time"].iloc[[0, -1]].tolist() == [0, 600]
        assert rows["at_risk"].iloc[0] == n
        assert rows["share"].iloc[0] == 1
        assert rows["at_risk"].is_monotonic_decreasing


def problem(frame, key, **choices):
    with pytest.raises(EstimationError) as error:
        exits(frame, **choices)
    assert error.value.message.key == key


def test_data_that_cannot_be_used_say_why():
    frame = lung()
    problem(frame.assign(time=-frame["time"]), "duration.error.negative_time")
    problem(frame.assign(dead=0.5), "duration.error.event_codes")
    problem(frame.assign(dead=0), "duration.error.no_event")
    problem(frame, "duration.error.horizon_treated", horizon=2000)
    with pytest.raises(ValueError, match="not an outcome"):
        ik.time_to_event(design_of(frame), time="months", event="dead", horizon=10)
    for wrong in ({"horizon": 0}, {"horizon": 700, "intervals": 0}):
        with pytest.raises(ValueError, match=next(reversed(wrong))):
            ik.time_to_event(design_of(frame), time="time", event="dead", **wrong)


def test_people_whose_time_is_unknown_are_counted():
    frame = lung().astype({"time": float})
    frame.loc[:29, "time"] = np.nan
    found = exits(frame)
    steps = [(step.key, step.n) for step in found.counts if step.arm == "comparison"]
    lost = int((frame.loc[:29, "woman"] == 0).sum())
    assert steps == [("entered", 138), ("followed", 138 - lost), ("analysed", 138 - lost)]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("event", ["dead", "cause"])
def test_the_figure_shows_no_point_that_rests_on_few(language, event):
    found = exits(event=event)
    axes = ik.plot.survival(found, language=language)
    for line, arm in zip(axes.get_lines(), ("treated", "comparison"), strict=True):
        rows = found.curves[found.curves["arm"] == arm]
        times = line.get_xdata()
        assert len(times) >= 3
        for before, time in itertools.pairwise(times):
            since = rows.loc[(rows["time"] > before) & (rows["time"] <= time), "events"].sum()
            assert since == 0 or since >= 11
            assert rows.loc[rows["time"] >= time, "at_risk"].iloc[0] >= 11
    assert axes.alt
    assert str(abs(round(found.effect.value))) in axes.alt
    counts = [text.get_text() for text in axes.texts]
    assert all(int(text) >= 11 for text in counts if text.isdigit())
    for y in (-60, -72):  # the two lines of numbers still followed
        line = [(text.xy[0], text.get_text()) for text in axes.texts if text.xyann[1] == y]
        rows = found.curves[found.curves["arm"] == ("treated" if y == -60 else "comparison")]
        shown = [(time, int(text)) for time, text in line if text.isdigit()]
        assert shown[0] == (0, rows["at_risk"].iloc[0])
        for (start, n), (end, left) in itertools.pairwise(shown):
            events = rows.loc[(rows["time"] >= start) & (rows["time"] < end), "events"].sum()
            assert not 0 < n - left < 11
            assert not 0 < n - left - events < 11


def test_too_few_people_are_not_drawn():
    frame = lung()
    few = frame[(frame["woman"] == 0) | (frame.index.isin(frame.index[frame["woman"] == 1][:10]))]
    with pytest.raises(ReportError):
        ik.plot.survival(exits(few, horizon=300))
