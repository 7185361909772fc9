"""Bounds, weights and imputation for people lost: small tables, reference values, properties."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.attrition.imputation import impute, rubin
from impactkit.estimators.attrition.region import Region
from impactkit.estimators.attrition.trimming import lee_bounds
from impactkit.estimators.attrition.weighting import independent_columns, weighted_difference
from impactkit.text import Message
from references import table

CLOSED = 1e-10
_VALUES = json.loads((Path(__file__).parent / "reference" / "losses.json").read_text(encoding="utf-8"))


def design_of(frame, *, outcome="y", arm="d", covariates=(), **choices):
    frame = frame.reset_index(drop=True).assign(person=range(len(frame)))
    cohort = ik.cohort_from_frame(
        frame,
        unit="person",
        arm=arm,
        outcomes=[outcome],
        covariates=covariates,
        cluster=choices.pop("cluster", None),
        weight=choices.pop("weight", None),
    )
    return ik.declare_design(cohort, covariates=covariates, **choices)


def jobcorps(**choices):
    frame = table("jobcorps")
    frame["wage"] = np.log(frame["earny4"].where(frame["earny4"] > 0))
    return design_of(frame, outcome="wage", arm="assignment", **choices)


@pytest.mark.parametrize(("trimming", "name"), [("fractional", "frac"), ("quantile", "q")])
def test_lee_bounds_of_job_corps_earnings(trimming, name):
    expected = _VALUES["lee.jobcorps.lnearny4"]["values"]
    found = ik.bounds(jobcorps(), trimming=trimming)
    assert found.lower == pytest.approx(expected[f"lower_{name}"], rel=CLOSED)
    assert found.upper == pytest.approx(expected[f"upper_{name}"], rel=CLOSED)
    assert found.settings["trimmed"] == pytest.approx(expected["q"], rel=CLOSED)
    assert found.settings["share_treated"] == pytest.approx(expected["p1"], rel=CLOSED)
    assert found.settings["share_comparison"] == pytest.approx(expected["p0"], rel=CLOSED)


def test_lee_standard_errors_are_those_of_the_formula_of_the_paper():
    # Proposition 3, written out with the sample's moments.
    frame = table("jobcorps")
    d, s = frame["assignment"].to_numpy() == 1, frame["earny4"].to_numpy() > 0
    y = np.where(s, np.log(frame["earny4"].where(s)), np.nan)
    p1, p0 = s[d].mean(), s[~d].mean()
    keep = p0 / p1
    treated = np.sort(y[d & s])
    cut = treated[int(np.ceil(keep * len(treated))) - 1]
    below = treated[treated <= cut]
    mean = below.mean()
    own = below.var() / (len(treated) * keep) + (cut - mean) ** 2 * (1 - keep) / (len(treated) * keep)
    share = (cut - mean) ** 2 * ((1 - p1) / (p1 * d.sum()) + (1 - p0) / (p0 * (~d).sum()))
    base = y[~d & s].var() / (~d & s).sum()
    found = ik.bounds(jobcorps(), trimming="quantile").region
    assert found.se_lower == pytest.approx(np.sqrt(own + share + base), rel=1e-3)  # n or n - 1


def test_the_worst_case_of_a_share():
    expected = _VALUES["manski.worstcase"]["values"]
    found = ik.bounds(design_of(table("attrition_sim")), method="manski")
    assert found.lower == pytest.approx(expected["lower"], rel=CLOSED)
    assert found.upper == pytest.approx(expected["upper"], rel=CLOSED)
    difference = _VALUES["attrition.difftest"]["values"]
    assert found.settings["share_treated"] - found.settings["share_comparison"] == pytest.approx(
        difference["diff"], rel=CLOSED
    )
    assert found.settings["differential_p"] == pytest.approx(difference["p"], rel=1e-6)
    table_ = ik.losses(design_of(table("attrition_sim"))).set_index("method")
    assert table_.loc["complete", "estimate"] == pytest.approx(expected["naive"], rel=CLOSED)


def test_lee_by_hand():
    # 4 of 4 helped followed, 2 of 4 others: keep half of 1, 2, 3, 4, that is 1.5 or 3.5, against 2.
    y = np.array([1.0, 2, 3, 4, 1, 3, np.nan, np.nan])
    treated = np.arange(8) < 4
    found = lee_bounds(y=y, treated=treated)
    assert (found.region.lower, found.region.upper) == pytest.approx((-0.5, 1.5))
    assert found.more_followed == "treated"
    turned = lee_bounds(y=y, treated=~treated)
    assert (turned.region.lower, turned.region.upper) == pytest.approx((-1.5, 0.5))
    assert turned.more_followed == "comparison"
    assert turned.region.se_lower == pytest.approx(found.region.se_upper)


def test_the_interval_of_imbens_and_manski():
    met = Region(lower=1.0, upper=1.0, se_lower=0.5, se_upper=0.5)
    assert met.interval() == pytest.approx((1 - 1.959964 * 0.5, 1 + 1.959964 * 0.5), rel=1e-6)
    apart = Region(lower=0.0, upper=100.0, se_lower=1.0, se_upper=1.0)
    assert apart.interval() == pytest.approx((-1.644854, 101.644854), rel=1e-6)
    with pytest.raises(ValueError, match="level"):
        met.interval(1.0)


@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_bounds_follow_the_unit_of_the_outcome_and_hold_the_plain_difference(seed, shift, scale):
    rng = np.random.default_rng(seed)
    y, treated = rng.normal(size=60), np.arange(60) < 30
    lost = rng.random(60) < np.where(treated, 0.1, 0.3)
    y[lost] = np.nan
    one = lee_bounds(y=y, treated=treated).region
    other = lee_bounds(y=shift + scale * y, treated=treated).region
    plain = np.nanmean(y[treated]) - np.nanmean(y[~treated])
    assert one.lower <= plain + 1e-12
    assert plain - 1e-12 <= one.upper
    assert (other.lower, other.upper) == pytest.approx((scale * one.lower, scale * one.upper), abs=1e-9)
    assert other.se_lower == pytest.approx(scale * one.se_lower, abs=1e-9)


def test_weights_count_as_that_many_people():
    rng = np.random.default_rng(4)
    y, treated = rng.normal(size=40), np.arange(40) < 20
    y[rng.random(40) < np.where(treated, 0.1, 0.4)] = np.nan
    weights = rng.integers(1, 4, size=40)
    repeated = np.repeat(np.arange(40), weights)
    one = lee_bounds(y=y, treated=treated, weights=weights.astype(float)).region
    many = lee_bounds(y=y[repeated], treated=treated[repeated]).region
    assert (one.lower, one.upper) == pytest.approx((many.lower, many.upper), rel=1e-12)


def test_a_category_tightens_lee_bounds():
    rng = np.random.default_rng(0)
    n = 4_000
    frame = pd.DataFrame({"d": np.arange(n) % 2, "kind": np.where(rng.random(n) < 0.5, "a", "b")})
    level = np.where(frame["kind"] == "a", 0.0, 5.0)
    frame["y"] = level + rng.normal(size=n)
    frame.loc[rng.random(n) < np.where(frame["d"] == 1, 0.1, 0.3), "y"] = np.nan
    design = design_of(frame, covariates=["kind"])
    plain, tight = ik.bounds(design), ik.bounds(design, by="kind")
    assert tight.upper - tight.lower < 0.6 * (plain.upper - plain.lower)
    one = design_of(frame.assign(kind="a"), covariates=["kind"])
    assert ik.bounds(one, by="kind").tidy().equals(plain.tidy())


def test_losses_that_go_both_ways_are_refused():
    frame = pd.DataFrame({"d": [1, 0] * 40, "kind": ["a"] * 40 + ["b"] * 40, "y": np.arange(80.0)})
    frame.loc[[0, 2, 4, 41], "y"] = np.nan
    frame.loc[[43, 45, 47, 49, 51], "y"] = np.nan
    with pytest.raises(EstimationError) as error:
        ik.bounds(design_of(frame, covariates=["kind"]), by="kind")
    assert error.value.message.key == "losses.error.cells_disagree"


def test_rubins_rules_by_hand():
    # Q = 1, 2, 3 and U = 1, 1, 1: B = 1, T = 1 + 4/3 = 7/3, lambda = 4/7.
    pooled = rubin(values=np.array([1.0, 2, 3]), variances=np.ones(3), df_complete=100.0)
    share = 4 / 7
    old, seen = 2 / share**2, 101 / 103 * 100 * (1 - share)
    assert pooled.contrast.value == 2
    assert pooled.contrast.std_error == pytest.approx(np.sqrt(7 / 3))
    assert pooled.missing_information == pytest.approx(share)
    assert pooled.contrast.df == pytest.approx(old * seen / (old + seen))
    same = rubin(values=np.ones(5), variances=np.ones(5), df_complete=np.inf)
    assert same.contrast.df == np.inf
    assert rubin(values=np.array([1.0, 2, 3]), variances=np.ones(3), df_complete=np.inf).contrast.df == (
        pytest.approx(old)
    )


def test_weighting_by_a_category_is_weighting_by_its_share_followed():
    rng = np.random.default_rng(1)
    n = 600
    kind, treated = rng.random(n) < 0.4, np.arange(n) < 300
    y = 3.0 * kind + rng.normal(size=n)
    y[rng.random(n) < np.where(kind, 0.4, 0.1)] = np.nan
    found = weighted_difference(y=y, treated=treated, X=kind.astype(float)[:, None])
    means = []
    for group in (treated, ~treated):
        cells = [(np.nanmean(y[group & (kind == k)]), (kind[group] == k).mean()) for k in (False, True)]
        means.append(sum(mean * share for mean, share in cells))
    assert found.value == pytest.approx(means[0] - means[1], rel=1e-9)
    # Post-stratification: its variance within categories, plus that of the categories' shares.
    variance = 0.0
    for group, mean in zip((treated, ~treated), means, strict=True):
        for k in (False, True):
            seen, share = y[group & (kind == k)], (kind[group] == k).mean()
            variance += share**2 * np.nanvar(seen) / (~np.isnan(seen)).sum()
            variance += share * (np.nanmean(seen) - mean) ** 2 / group.sum()
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=3e-3)  # n or n - 1


def test_redundant_columns_go():
    X = np.column_stack([np.ones(5), np.arange(5.0), 2 * np.arange(5.0) + 1, np.array([1, 0, 0, 0, 0])])
    assert independent_columns(X).shape == (5, 3)


def test_imputed_outcomes_are_kind_and_reproducible():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 2))
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(float)
    y[:40] = np.nan
    one, two = (impute(y=y, X=X, binary=True, number=5, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, two)
    assert set(np.unique(one)) == {0.0, 1.0}
    assert np.array_equal(one[:, 40:], np.tile(y[40:], (5, 1)))
    apart = (X[:, 0] > 0).astype(float)  # perfect separation
    apart[:40] = np.nan
    drawn = impute(y=apart, X=X, binary=True, number=200, rng=np.random.default_rng(3))[:, :40].mean(axis=0)
    assert drawn[X[:40, 0] > 0.5].min() > 0.6
    assert drawn[X[:40, 0] < -0.5].max() < 0.4


def test_all_ways_side_by_side():
    design = design_of(table("attrition_sim").assign(x=lambda t: np.arange(len(t)) % 7), covariates=["x"])
    found = ik.losses(design, imputations=5)
    assert list(found["method"]) == ["complete", "weighted", "imputed", "lee", "manski"]
    assert (found["reason"] == "").all()
    rows = found.set_index("method")
    points = rows.loc[["complete", "weighted", "imputed"]]
    assert np.allclose(points["estimate"], rows.loc["complete", "estimate"], atol=0.01)
    assert rows.loc[["lee", "manski"], "estimate"].isna().all()
    assert (rows["conf_low"] < rows["low"]).all()
    assert (rows["high"] < rows["conf_high"]).all()
    assert rows.loc["complete", "n"] == 7568
    assert rows.loc["manski", "n"] == 9240
    assert found.equals(ik.losses(design, imputations=5))
    assert not found.equals(ik.losses(design, imputations=5, seed=1))


def test_a_way_that_cannot_be_taken_says_why():
    rows = ik.losses(jobcorps()).set_index("method")
    reasons = {"weighted": "nothing_known", "imputed": "nothing_known", "manski": "range_needed"}
    for method, key in reasons.items():
        assert rows.loc[method, "reason"] == Message(f"losses.error.{key}").text()
        assert np.isnan(rows.loc[method, "conf_low"])
    assert rows.loc["complete", "reason"] == ""


def test_few_people_lost_are_not_counted():
    frame = pd.DataFrame({"d": [1, 0] * 50, "y": np.arange(100) % 3, "x": np.arange(100) % 5}).astype(float)
    frame.loc[[3, 10, 20], "y"] = np.nan
    rows = ik.losses(design_of(frame, covariates=["x"])).set_index("method")
    assert rows.loc["complete", "n"] == 97
    assert rows["n"].isna()["manski"]


def test_clusters_and_sampling_weights_enter_every_row():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"d": np.arange(400) // 10 % 2, "site": np.arange(400) // 10})
    frame["x"] = rng.normal(size=400)
    frame["y"] = frame["x"] + rng.normal(size=40)[frame["site"]] + rng.normal(size=400)
    frame["w"] = rng.uniform(1, 3, size=400)
    frame.loc[rng.random(400) < 0.2 + 0.1 * frame["d"], "y"] = np.nan
    plain = ik.losses(design_of(frame, covariates=["x"]), outcome_range=(-20, 20))
    sites = ik.losses(design_of(frame, covariates=["x"], cluster="site"), outcome_range=(-20, 20))
    width = lambda found: found["conf_high"] - found["conf_low"]  # noqa: E731
    assert (width(sites)[:4] > 1.2 * width(plain)[:4]).all()
    assert np.allclose(sites["low"], plain["low"])
    weighted = ik.losses(design_of(frame, covariates=["x"], weight="w"), outcome_range=(-20, 20))
    assert not np.isclose(weighted["low"], plain["low"]).any()
    assert (weighted["reason"] == "").all()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"method": "horowitz"}, "unknown method"),
        ({"trimming": "half"}, "unknown trimming"),
        ({"method": "manski", "by": "x"}, "by tightens"),
        ({"outcome_range": (0, 1)}, "outcome_range is for"),
        ({"method": "manski", "outcome_range": (1, 0)}, "smallest, largest"),
        ({"by": "z"}, "not a covariate"),
    ],
)
def test_wrong_calls_name_what_is_allowed(choices, words):
    with pytest.raises(ValueError, match=words):
        ik.bounds(design_of(table("attrition_sim").head(300)), **choices)


def test_outcomes_out_of_range_and_designs_without_comparison_are_refused():
    design = design_of(table("attrition_sim").head(300))
    with pytest.raises(EstimationError) as error:
        ik.bounds(design, method="manski", outcome_range=(0.2, 0.8))
    assert error.value.message.key == "losses.error.out_of_range"
    frame = pd.DataFrame({"id": range(20), "y": np.arange(20.0)})
    alone = ik.declare_design(ik.cohort_from_frame(frame, unit="id", outcomes=["y"]))
    with pytest.raises(EstimationError):
        ik.losses(alone)


def test_bounds_by_category_are_averaged_over_the_people_followed_of_the_group_that_lost_more():
    rng = np.random.default_rng(7)
    n = 900
    treated, cells = np.arange(n) % 2 == 1, rng.integers(0, 3, n)
    y = cells + rng.normal(size=n)
    y[rng.random(n) < np.where(treated, 0.1, 0.3)] = np.nan
    found = lee_bounds(y=y, treated=treated, cells=cells).region
    each = [lee_bounds(y=y[cells == k], treated=treated[cells == k]).region for k in range(3)]
    shares = np.bincount(cells[~treated & ~np.isnan(y)]) / (~treated & ~np.isnan(y)).sum()
    assert found.lower == pytest.approx(shares @ [item.lower for item in each])
    assert found.upper == pytest.approx(shares @ [item.upper for item in each])
