"""Effect sizes, exact tests and blocks against R, published tables and statsmodels."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.nonparametric import rank_compare_2indep
from statsmodels.stats.proportion import confint_proportions_2indep

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.inference.permutation import two_sample_permutation
from impactkit.estimators.inference.shares import (
    TwoShares,
    difference_interval,
    difference_score,
    newcombe,
    odds_interval,
    ratio_interval,
)
from impactkit.estimators.sizes.ordered import cumulative_logit, probability_of_superiority
from impactkit.estimators.sizes.ratio import ratio_of_means
from impactkit.estimators.sizes.standardised import (
    Group,
    cohens_d,
    glass_delta,
    hedges_g,
    small_sample_factor,
)
from references import NSW_COVARIATES, nsw, table

CLOSED = 1e-8
VALUES = {
    key: entry["values"]
    for key, entry in json.loads(
        (Path(__file__).parent / "reference" / "groups.json").read_text(encoding="utf-8")
    ).items()
}


def design_of(frame, *, outcome, arm, covariates=(), **choices):
    frame = frame.reset_index(drop=True).assign(person=range(len(frame)))
    roles = {name: choices.pop(name) for name in ("cluster", "weight") if name in choices}
    cohort = ik.cohort_from_frame(
        frame, unit="person", arm=arm, outcomes=[outcome], covariates=covariates, **roles
    )
    return ik.declare_design(cohort, covariates=covariates, estimand="ATE", **choices)


def shares_frame(x1, n1, x0, n0):
    helped = [1] * n1 + [0] * n0
    return pd.DataFrame({"d": helped, "y": [1] * x1 + [0] * (n1 - x1) + [1] * x0 + [0] * (n0 - x0)})


# ------------------------------------------------------------------ standardised differences
def test_standardised_differences_of_the_nsw_experiment():
    frame, expected = nsw(), VALUES["es.nsw"]
    zero, one = (
        Group(mean=y.mean(), sd=y.std(), n=len(y))
        for y in (frame.loc[frame["treat"] == d, "re78"] for d in (0, 1))
    )
    for function, key, name in (
        (hedges_g, "g", "Hedges_g"),
        (cohens_d, "d", "Cohens_d"),
        (glass_delta, "delta", "Glass_delta"),
    ):
        found = function(zero, one)
        assert found.value == pytest.approx(expected[key][name], rel=CLOSED)
        # R's search for the non-centrality stops at 1e-7.
        assert found.low == pytest.approx(expected[key]["CI_low"], rel=1e-6)
        assert found.high == pytest.approx(expected[key]["CI_high"], rel=1e-6)


def test_hedges_factor_is_exact():
    expected = VALUES["hedges_J"]
    assert small_sample_factor(443) == pytest.approx(expected["df443"], rel=1e-12)
    assert small_sample_factor(20) == pytest.approx(expected["df20"], rel=1e-12)


def test_the_verb_on_a_design_and_on_an_estimate():
    design = design_of(nsw(), outcome="re78", arm="treat", covariates=NSW_COVARIATES)
    plain = ik.effect_sizes(design).set_index("measure")
    assert list(plain.index) == ["hedges_g", "cohens_d", "glass_delta", "probability_of_superiority"]
    assert plain.loc["hedges_g", "estimate"] == pytest.approx(-VALUES["es.nsw"]["g"]["Hedges_g"], rel=CLOSED)
    assert (plain["reason"] == "").all()
    estimate = ik.compare_groups(design, adjust="lin")
    adjusted = ik.effect_sizes(estimate).set_index("measure")
    ratio = adjusted.loc["cohens_d", "estimate"] / plain.loc["cohens_d", "estimate"]
    assert ratio == pytest.approx(estimate.effect.value / ik.compare_groups(design).effect.value)
    low, high = estimate.effect.interval()
    sd = estimate.effect.value / adjusted.loc["cohens_d", "estimate"]
    assert adjusted.loc["cohens_d", ["conf_low", "conf_high"]].tolist() == pytest.approx(
        [low / sd, high / sd]
    )


# ------------------------------------------------------------------ shares
# Newcombe (1998), Stat. Med. 17(8), table II: methods 6 (Miettinen-Nurminen) and 10.
PUBLISHED = [
    ((56, 70, 48, 80), (0.0528, 0.3382), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1700, 0.8406), (0.1705, 0.8090)),
    ((5, 56, 0, 29), (-0.0326, 0.1933), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1658, 0.2844), (-0.1611, 0.2775)),
]


@pytest.mark.parametrize(("counts", "nurminen", "tenth"), PUBLISHED)
def test_intervals_of_a_difference_of_shares_as_published(counts, nurminen, tenth):
    shares = TwoShares(x1=counts[0], n1=counts[1], x0=counts[2], n0=counts[3])
    assert difference_interval(shares) == pytest.approx(nurminen, abs=6e-5)
    assert newcombe(shares) == pytest.approx(tenth, abs=6e-5)


@pytest.mark.parametrize("counts", [(83, 86, 90, 93), (7, 34, 1, 34), (56, 70, 48, 80)])
def test_ratio_intervals_as_statsmodels(counts):
    shares = TwoShares(x1=counts[0], n1=counts[1], x0=counts[2], n0=counts[3])
    for compare, function in (("ratio", ratio_interval), ("odds-ratio", odds_interval)):
        expected = confint_proportions_2indep(*counts, method="score", compare=compare, correction=True)
        assert function(shares) == pytest.approx(expected, rel=CLOSED)


def most_likely(shares, delta):
    """Return the score statistic with the constrained shares found by brute force."""

    def minus(p0):
        return -(
            stats.binom.logpmf(shares.x1, shares.n1, p0 + delta)
            + stats.binom.logpmf(shares.x0, shares.n0, p0)
        )

    low, high = max(0, -delta) + 1e-12, min(1, 1 - delta) - 1e-12
    p0 = optimize.minimize_scalar(minus, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    p1, n = p0 + delta, shares.n1 + shares.n0
    variance = (p1 * (1 - p1) / shares.n1 + p0 * (1 - p0) / shares.n0) * n / (n - 1)
    return (shares.p1 - shares.p0 - delta) / math.sqrt(variance)


@given(st.integers(2, 30), st.integers(2, 30), st.floats(0, 1), st.floats(0, 1), st.floats(-0.9, 0.9))
@settings(max_examples=60, deadline=None)
def test_the_constrained_shares_are_the_most_likely(n1, n0, a, b, delta):
    shares = TwoShares(x1=round(a * n1), n1=n1, x0=round(b * n0), n0=n0)
    expected = most_likely(shares, delta)
    assert difference_score(shares, delta) == pytest.approx(expected, rel=2e-3, abs=2e-3)


@example(n1=1, n0=2, a=1.0, b=0.5)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_intervals_of_shares_turn_round_with_the_groups(n1, n0, a, b):
    one = TwoShares(x1=round(a * n1), n1=n1, x0=round(b * n0), n0=n0)
    other = TwoShares(x1=one.x0, n1=n0, x0=one.x1, n0=n1)
    for function in (newcombe, difference_interval):
        low, high = function(one)
        assert function(other) == pytest.approx((-high, -low), abs=1e-9)
        assert -1 <= low <= one.p1 - one.p0 <= high <= 1
    if 0 < one.x1 + one.x0 < n1 + n0:
        low, high = odds_interval(one)
        turned = odds_interval(other)
        assert turned[0] == pytest.approx(1 / high if high > 0 else math.inf, rel=1e-6)
        assert low <= high


def test_measures_of_shares():
    found = ik.effect_sizes(design_of(shares_frame(83, 86, 90, 93), outcome="y", arm="d")).set_index(
        "measure"
    )
    assert found.loc["risk_difference", "estimate"] == pytest.approx(VALUES["es.rd"]["diff"], rel=CLOSED)
    assert found.loc["number_needed", "estimate"] == pytest.approx(1 / VALUES["es.rd"]["diff"], rel=CLOSED)
    assert math.isnan(found.loc["number_needed", "conf_low"])
    assert found.loc["number_needed", "reason"]
    odds = 83 * 3 / (3 * 90)
    assert found.loc["odds_ratio", "estimate"] == pytest.approx(odds)
    assert found.loc["cox_index", "estimate"] == pytest.approx(math.log(odds) / 1.65)
    h = 2 * math.asin(math.sqrt(83 / 86)) - 2 * math.asin(math.sqrt(90 / 93))
    assert found.loc["cohens_h", "estimate"] == pytest.approx(h)
    clear = ik.effect_sizes(design_of(shares_frame(60, 80, 30, 80), outcome="y", arm="d")).set_index(
        "measure"
    )
    low, high = clear.loc["risk_difference", ["conf_low", "conf_high"]]
    assert clear.loc["number_needed", ["conf_low", "conf_high"]].tolist() == pytest.approx(
        [1 / high, 1 / low]
    )
    assert clear.loc["risk_ratio", "estimate"] == pytest.approx(2)


def test_a_measure_without_a_finite_value_says_so():
    found = ik.effect_sizes(design_of(shares_frame(10, 20, 0, 20), outcome="y", arm="d")).set_index("measure")
    assert found.loc[["risk_ratio", "odds_ratio", "cox_index"], "estimate"].isna().all()
    assert (found.loc[["risk_ratio", "odds_ratio", "cox_index"], "reason"] != "").all()
    assert found.loc["risk_difference", "reason"] == ""


def test_with_sites_or_weights_no_interval_that_takes_people_as_independent():
    frame = shares_frame(60, 80, 30, 80).assign(
        site=lambda t: np.arange(len(t)) // 8, w=lambda t: 1.0 + t["y"]
    )
    sites = ik.effect_sizes(design_of(frame, outcome="y", arm="d", cluster="site")).set_index("measure")
    assert sites["conf_low"].isna().all()
    assert (sites["reason"] != "").all()
    weighted = ik.effect_sizes(design_of(frame, outcome="y", arm="d", weight="w")).set_index("measure")
    assert weighted.loc["risk_difference", "estimate"] == pytest.approx(120 / 140 - 60 / 110)
    numbers = design_of(nsw().assign(w=1.0), outcome="re78", arm="treat", weight="w")
    assert ik.effect_sizes(numbers).set_index("measure")["estimate"].isna()["probability_of_superiority"]
    assert ik.effect_sizes(ik.compare_groups(numbers))["conf_low"].notna()[:3].all()


# ------------------------------------------------------------------ levels and counts
def test_the_cumulative_logit_of_the_wines():
    frame, expected = table("wine"), VALUES["ordinal.wine"]
    X = np.column_stack([frame["temp"] == "warm", frame["contact"] == "yes"]).astype(float)
    found = cumulative_logit(y=frame["rating"].to_numpy(dtype=float), X=X)
    assert [*found.thresholds, *found.coef] == pytest.approx(list(expected["coef"].values()), rel=CLOSED)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(list(expected["se"].values()), rel=1e-7)
    assert found.log_likelihood == pytest.approx(expected["loglik"], rel=CLOSED)
    separated = (X[:, 0] > 0).astype(float)
    with pytest.raises(EstimationError):
        cumulative_logit(y=separated, X=X[:, :1])


def test_superiority_as_statsmodels_and_by_hand():
    rng = np.random.default_rng(0)
    y1, y0 = rng.integers(0, 6, 25).astype(float), rng.integers(0, 5, 30).astype(float)
    found, expected = probability_of_superiority(y1=y1, y0=y0), rank_compare_2indep(y1, y0)
    pairs = np.mean([(a > b) + (a == b) / 2 for a, b in itertools.product(y1, y0)])
    assert found.size.value == pytest.approx(pairs)
    assert found.p_value == pytest.approx(expected.pvalue, rel=CLOSED)
    assert found.df == pytest.approx(expected.df, rel=CLOSED)
    assert 0 < found.size.low < pairs < found.size.high < 1
    with pytest.raises(EstimationError):
        probability_of_superiority(y1=y1 + 10, y0=y0)


def test_ordinal_and_count_measures():
    frame = table("wine").assign(d=lambda t: (t["temp"] == "warm").astype(int))
    design = design_of(frame, outcome="rating", arm="d")
    ordinal = ik.effect_sizes(design, kind="ordinal").set_index("measure")
    fitted = cumulative_logit(y=frame["rating"].to_numpy(dtype=float), X=frame[["d"]].to_numpy(dtype=float))
    assert math.log(ordinal.loc["cumulative_odds_ratio", "estimate"]) == pytest.approx(fitted.coef[0])
    counts = ik.effect_sizes(design, kind="count").set_index("measure").loc["rate_ratio"]
    X = sm.add_constant(frame["d"].to_numpy(dtype=float))
    poisson = sm.GLM(frame["rating"], X, family=sm.families.Poisson()).fit(cov_type="HC0")
    assert math.log(counts["estimate"]) == pytest.approx(poisson.params.iloc[1])
    # The same robust variance but for n or n - 1, and Welch's degrees of freedom.
    half = (math.log(counts["conf_high"]) - math.log(counts["conf_low"])) / 2
    error = poisson.bse.iloc[1] * math.sqrt(36 / 35)
    assert half / error == pytest.approx(stats.t.isf(0.025, 69), abs=0.02)
    groups = [frame.loc[frame["d"] == d, "rating"] for d in (1, 0)]
    one, other = (Group(mean=y.mean(), sd=y.std(), n=len(y)) for y in groups)
    found = ratio_of_means(one, other)
    wide = ratio_of_means(one, other, 1 - found.p_value).size  # its end is 1: what p says
    assert min(abs(wide.low - 1), abs(wide.high - 1)) < 1e-9
    with pytest.raises(EstimationError):
        ratio_of_means(one, Group(mean=0.0, sd=0.0, n=5))


@pytest.mark.parametrize(
    ("kind", "key"), [("binary", "not_binary"), ("count", "not_count"), ("ordinal", "not_ordinal")]
)
def test_an_outcome_of_another_kind_is_refused(kind, key):
    with pytest.raises(EstimationError) as error:
        ik.effect_sizes(design_of(nsw(), outcome="re78", arm="treat"), kind=kind)
    assert error.value.message.key == f"groups.error.{key}"


def test_wrong_calls_name_what_is_allowed():
    design = design_of(nsw(), outcome="re78", arm="treat")
    with pytest.raises(ValueError, match="unknown kind"):
        ik.effect_sizes(design, kind="ratio")
    with pytest.raises(ValueError, match="level"):
        ik.effect_sizes(design, level=95)


# ------------------------------------------------------------------ exact tests
def test_all_splits_of_hollander_and_wolfe():
    expected = VALUES["perm.exact.hollander"]
    found = two_sample_permutation(y1=np.array(expected["a"]), y0=np.array(expected["b"]))
    assert found.exact
    assert found.value == pytest.approx(expected["obs"], rel=CLOSED)
    assert found.p_value == pytest.approx(expected["p_two"], rel=1e-12)
    assert found.p_greater == pytest.approx(expected["p_greater"], rel=1e-12)


@given(
    st.lists(st.integers(0, 4), min_size=2, max_size=5), st.lists(st.integers(0, 4), min_size=2, max_size=5)
)
@settings(max_examples=60, deadline=None)
def test_splits_are_counted_as_by_brute_force(first, second):
    both = np.array([*first, *second], dtype=float)
    if np.ptp(both) == 0:
        return
    observed = np.mean(first) - np.mean(second)
    gaps = []
    for chosen in itertools.combinations(range(len(both)), len(first)):
        rest = np.delete(both, list(chosen))
        gaps.append(both[list(chosen)].mean() - rest.mean())
    found = two_sample_permutation(y1=np.array(first, dtype=float), y0=np.array(second, dtype=float))
    assert found.p_value == pytest.approx(np.mean(np.abs(gaps) >= abs(observed) - 1e-9))
    assert found.p_greater == pytest.approx(np.mean(np.array(gaps) >= observed - 1e-9))


def test_drawn_splits_are_near_the_t_test_and_never_zero():
    rng = np.random.default_rng(5)
    y1, y0 = rng.normal(0.4, 1, 60), rng.normal(0, 1, 60)
    found = two_sample_permutation(y1=y1, y0=y0)
    assert not found.exact
    assert found.p_value == pytest.approx(stats.ttest_ind(y1, y0).pvalue, abs=0.01)
    assert two_sample_permutation(y1=y1 + 50, y0=y0).p_value == 1 / 10_000
    with pytest.raises(EstimationError):
        two_sample_permutation(y1=np.ones(3), y0=np.ones(3))


def test_companions_of_a_plain_comparison():
    tea = shares_frame(3, 4, 1, 4)
    beside = ik.compare_groups(design_of(tea, outcome="y", arm="d")).alternatives.set_index("method")
    assert list(beside.index) == ["newcombe", "miettinen_nurminen", "fisher"]
    assert beside.loc["fisher", "p_value"] == pytest.approx(2 * VALUES["fisher.tea"]["p"])  # symmetric
    expected = VALUES["perm.exact.hollander"]
    numbers = pd.DataFrame({"d": [1] * 10 + [0] * 5, "y": expected["a"] + expected["b"]})
    beside = ik.compare_groups(design_of(numbers, outcome="y", arm="d")).alternatives.set_index("method")
    assert beside.loc["permutation", "p_value"] == pytest.approx(expected["p_two"])
    assert ik.compare_groups(design_of(nsw(), outcome="re78", arm="treat")).alternatives.empty
    sites = tea.assign(site=[1, 1, 2, 2, 3, 3, 4, 4])
    clustered = ik.compare_groups(design_of(sites, outcome="y", arm="d", cluster="site"))
    assert "newcombe" not in set(clustered.alternatives["method"])


# ------------------------------------------------------------------ blocks
def agrees(effect, key):
    expected = VALUES[key]
    assert effect.value == pytest.approx(expected["estimate"], rel=CLOSED)
    assert effect.std_error == pytest.approx(expected["std.error"], rel=CLOSED)
    assert effect.df == pytest.approx(expected["df"])
    assert effect.p_value == pytest.approx(expected["p.value"], rel=1e-7)


def test_blocks_and_pairs_as_estimatr():
    frame = nsw().assign(block=lambda t: t["black"].astype(str) + " " + t["nodegree"].astype(str))
    found = ik.compare_groups(
        design_of(frame, outcome="re78", arm="treat", covariates=["block"]), blocks="block"
    )
    agrees(found.effect, "blocks.nsw")
    assert found.settings["block_kind"] == "blocked"
    sleep = table("sleep").assign(d=lambda t: (t["group"] == 2).astype(int))
    found = ik.compare_groups(design_of(sleep, outcome="extra", arm="d", covariates=["ID"]), blocks="ID")
    agrees(found.effect, "pairs.sleep")
    assert found.settings["block_kind"] == "pairs"


def test_blocks_and_pairs_of_clusters_as_estimatr():
    frame = table("cluster_sim").assign(block=lambda t: t["cl"] % 3)
    design = design_of(frame, outcome="y", arm="z", covariates=["block"], cluster="cl")
    agrees(ik.compare_groups(design, blocks="block").effect, "blocks.cluster_sim")
    sites = frame[["cl", "z"]].drop_duplicates().sort_values("cl")
    sites["pair"] = sites.groupby("z").cumcount()
    paired = frame.merge(sites[sites["pair"] < (sites["z"] == 1).sum()], on=["cl", "z"])
    design = design_of(paired, outcome="y", arm="z", covariates=["pair"], cluster="cl")
    agrees(ik.compare_groups(design, blocks="pair").effect, "pairs.cluster_sim")


@pytest.mark.parametrize(
    ("block", "key"),
    [
        ([1, 1, 1, 1, 2, 2, 2, 2], "block_without_group"),
        ([1, 1, 1, 2, 1, 1, 1, 2], "block_too_small"),
        ([1, 1, 2, None, 1, 1, 2, 2], "block_unknown"),
    ],
)
def test_blocks_that_cannot_be_compared_are_refused(block, key):
    frame = pd.DataFrame({"d": [1] * 4 + [0] * 4, "y": np.arange(8.0) ** 2, "block": block})
    design = design_of(frame, outcome="y", arm="d", covariates=["block"])
    with pytest.raises(EstimationError) as error:
        ik.compare_groups(design, blocks="block")
    assert error.value.message.key == f"groups.error.{key}"
    with pytest.raises(ValueError, match="not a covariate"):
        ik.compare_groups(design, blocks="site")
    with pytest.raises(EstimationError):
        ik.compare_groups(design, blocks="block", adjust="lin")


def test_blocks_can_be_judged():
    frame = nsw().assign(block=lambda t: t["nodegree"].astype(str))
    found = ik.compare_groups(
        design_of(frame, outcome="re78", arm="treat", covariates=["block"]), blocks="block"
    )
    assert ik.assess(found).credibility >= 0
    assert found.settings["blocks"] == "block"
