"""`interrupted_series`: the segmented regression, what it refuses, and the true step of a made series."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from impactkit.cohort.frame import cohort_from_frame
from impactkit.design import declare_design
from impactkit.errors import EstimationError
from impactkit.estimators import interrupted_series
from references import table

# Closed forms in double precision.
CLOSED = 1e-8


def design_of(series, start, *, comparison=None, **choices):
    """A treated territory (or several) with its periods, and those it is compared with."""
    rows = []
    for arm, group in ((1, series), (0, comparison or {})):
        for name, values in group.items():
            rows += [
                {"place": name, "time": time, "arm": arm, "entry": start if arm else np.inf, "y": y}
                for time, y in enumerate(values)
            ]
    cohort = cohort_from_frame(
        pd.DataFrame(rows), unit="place", period="time", entry="entry", arm="arm", outcomes=["y"]
    )
    return declare_design(cohort, comparison="neighbouring_territory" if comparison else "none", **choices)


def noise(n, seed):
    return np.random.default_rng(seed).normal(size=n)


def test_a_step_on_a_line_is_found():
    time = np.arange(30)
    y = 5 + 0.5 * time - 3 * (time >= 18) + 0.01 * noise(30, 1)
    estimate = interrupted_series(design_of({"a": y}, 18))
    assert estimate.effect.term == "step"
    assert estimate.effect.value == pytest.approx(-3, abs=0.02)
    assert estimate.path == ()
    assert estimate.settings["periods_before"] == 18
    assert estimate.settings["periods_after"] == 12
    assert estimate.settings["seasons"] is False
    assert [(m.time, m.n) for m in estimate.means] == [("before", 18), ("after", 12)]


@pytest.mark.parametrize("lags", [0, 3, 5])
def test_the_nile_with_a_trend_as_statsmodels(lags):
    data = table("nile")
    frame = data.assign(place="Aswan", entry=1899)
    cohort = cohort_from_frame(frame, unit="place", period="year", entry="entry", outcomes=["flow"])
    estimate = interrupted_series(declare_design(cohort), lags=lags)
    X = np.column_stack([np.ones(100), data["year"] - 1900, data["year"] >= 1899]).astype(float)
    peer = sm.OLS(data["flow"].to_numpy(dtype=float), X).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    assert estimate.settings["lags"] == lags
    assert estimate.effect.value == pytest.approx(peer.params[2], rel=CLOSED)
    assert estimate.effect.std_error == pytest.approx(peer.bse[2], rel=CLOSED)
    assert estimate.effect.df == 97
    assert estimate.effect.p_value == pytest.approx(peer.pvalues[2], rel=1e-6)


def test_what_moves_both_territories_is_not_the_effect():
    shock = 10 * noise(40, 2).cumsum()
    own = 0.1 * noise(40, 3) + 2 * (np.arange(40) >= 25)
    alone = interrupted_series(design_of({"a": shock + own}, 25)).effect
    compared = interrupted_series(design_of({"a": shock + own}, 25, comparison={"b": shock}))
    assert compared.effect.value == pytest.approx(2, abs=0.2)
    assert compared.effect.std_error < alone.std_error / 10
    assert (compared.effect.n_treated, compared.effect.n_comparison) == (1, 1)
    assert [(m.group, m.time) for m in compared.means] == [
        ("treated", "before"),
        ("treated", "after"),
        ("comparison", "before"),
        ("comparison", "after"),
    ]
    assert [(step.arm, step.key, step.n) for step in compared.counts] == [
        ("treated", "entered", 1),
        ("treated", "analysed", 1),
        ("comparison", "entered", 1),
        ("comparison", "analysed", 1),
    ]


def test_several_territories_are_averaged():
    one, two, other = (noise(30, seed) for seed in (4, 5, 6))
    mean = interrupted_series(design_of({"m": (one + two) / 2}, 15, comparison={"z": other})).effect
    several = interrupted_series(design_of({"a": one, "b": two}, 15, comparison={"z": other})).effect
    assert several.value == pytest.approx(mean.value, rel=CLOSED)
    assert several.std_error == pytest.approx(mean.std_error, rel=CLOSED)
    assert several.n_treated == 2


@pytest.mark.parametrize(
    ("start", "n", "short"), [(7, 30, True), (8, 30, False), (20, 27, True), (20, 28, False)]
)
def test_eight_periods_are_needed_on_each_side(start, n, short):
    design = design_of({"a": noise(n, 7)}, start)
    if not short:
        assert np.isfinite(interrupted_series(design).effect.std_error)
        return
    with pytest.raises(EstimationError) as error:
        interrupted_series(design)
    assert error.value.message.key == "estimators.error.series_too_short"


@pytest.mark.parametrize("how", ["unknown", "absent"])
def test_a_missing_period_is_not_a_zero(how):
    data = table("nile").assign(place="Aswan", entry=1899)
    if how == "unknown":
        data["flow"] = data["flow"].astype(float)
        data.loc[[40, 41], "flow"] = np.nan
    else:
        data = data.drop(index=[40, 41])
    cohort = cohort_from_frame(data, unit="place", period="year", entry="entry", outcomes=["flow"])
    with pytest.raises(EstimationError) as error:
        interrupted_series(declare_design(cohort))
    assert error.value.message.key == "estimators.error.series_gap"
    assert error.value.message.params["n"] == 2


def test_a_straight_line_has_no_error():
    with pytest.raises(EstimationError) as error:
        interrupted_series(design_of({"a": 0.1 * np.arange(30)}, 15))
    assert error.value.message.key == "estimators.error.no_variation"


def test_several_starts_are_refused():
    data = pd.DataFrame(
        {
            "place": np.repeat(["a", "b"], 40),
            "time": np.tile(np.arange(40), 2),
            "entry": np.repeat([20, 25], 40),
            "y": noise(80, 8),
        }
    )
    cohort = cohort_from_frame(data, unit="place", period="time", entry="entry", outcomes=["y"])
    with pytest.raises(EstimationError) as error:
        interrupted_series(declare_design(cohort, window=(19, 39)))
    assert error.value.message.key == "estimators.error.several_starts"


@pytest.mark.parametrize("lags", [-1, 30])
def test_impossible_lags(lags):
    with pytest.raises(ValueError, match="lags must lie between 0 and 29"):
        interrupted_series(design_of({"a": noise(30, 9)}, 15), lags=lags)
