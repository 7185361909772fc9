"""The rules of the verdict, each by hand, and the verdict's own size in worlds whose truth is known."""

import math

import numpy as np
import pytest
from scipy import stats

from impactkit.evidence import rules


@pytest.mark.parametrize(
    ("n", "regime"),
    [
        (10, "qualitative"),
        (11, "descriptive"),
        (29, "descriptive"),
        (30, "exploratory"),
        (59, "exploratory"),
        (60, "main"),
    ],
)
def test_size_regimes(n, regime):
    assert rules.size_regime(n) == regime


@pytest.mark.parametrize(
    ("method", "comparison", "adjusted", "start"),
    [
        ("compare_groups", "randomised", False, 5),
        ("did", "randomised", True, 5),
        ("did", "waiting_list", True, 3),
        ("compare_groups", "waiting_list", True, 2),
        ("compare_groups", "external", False, 1),
        ("before_after", "none", False, 1),
        ("interrupted_series", "neighbouring_territory", False, 1),
    ],
)
def test_design_start(method, comparison, adjusted, start):
    assert rules.design_start(method, comparison=comparison, adjusted=adjusted) == start


@pytest.mark.parametrize(
    ("overall", "differential", "status", "cap"),
    [
        (0.10, 0.06, "ok", 5),  # WWC table: 6.3 points allowed at 10 %
        (0.10, 0.08, "caution", 4),  # between 6.3 and 10.9 points
        (0.10, 0.12, "fail", 3),
    ],
)
def test_attrition_of_a_randomised_design_follows_the_wwc_boundary(overall, differential, status, cap):
    assert rules.attrition_cap(randomised=True, overall=overall, differential=differential) == rules.Capped(
        status, cap
    )


def test_beyond_the_wwc_table_only_equal_losses_are_allowed():
    assert rules.wwc_boundary(0.60, rules.WWC_CAUTIOUS) == 0.0
    assert rules.wwc_boundary(0.105, rules.WWC_CAUTIOUS) == pytest.approx(
        0.0625
    )  # between 6.3 and 6.2 points


@pytest.mark.parametrize(
    ("overall", "differential", "status", "cap"),
    [
        (0.10, 0.0, "ok", 5),
        (0.11, 0.0, "ok", 4),
        (0.21, 0.0, "caution", 3),
        (0.31, 0.0, "fail", 2),
        (0.55, 0.0, "fail", 0),
        (0.05, 0.11, "fail", 2),
    ],
)
def test_attrition_without_lots_follows_the_bands(overall, differential, status, cap):
    assert rules.attrition_cap(randomised=False, overall=overall, differential=differential) == rules.Capped(
        status, cap
    )


@pytest.mark.parametrize(
    ("worst", "adjusted", "alike", "status", "cap"),
    [
        (0.05, False, True, "ok", 5),
        (0.06, False, True, "fail", 1),
        (0.25, True, True, "ok", 5),
        (0.26, True, True, "fail", 1),
        (0.10, True, False, "caution", 2),
    ],
)
def test_balance(worst, adjusted, alike, status, cap):
    answer = rules.balance_cap(worst=worst, adjusted=adjusted, variances_alike=alike, start=3)
    assert answer == rules.Capped(status, cap)


def test_smallest_detectable_effect_is_bloom_s_multiple():
    # Bloom (1995): 2.8016 standard errors at 80 % power, 5 % two-sided; published as 2.80.
    assert rules.smallest_detectable(1.0, math.inf) == pytest.approx(2.8015852, abs=1e-6)
    law = stats.t(20)
    assert rules.smallest_detectable(2.0, 20) == pytest.approx(2 * (law.ppf(0.975) + law.ppf(0.8)))


@pytest.mark.parametrize(
    ("size", "note"), [(0.19, 5), (0.2, 4), (0.39, 3), (0.45, 2), (0.59, 1), (0.6, 0), (3, 0)]
)
def test_precision_bands(size, note):
    assert rules.precision_note(size) == note


@pytest.mark.parametrize(
    ("low", "high", "up", "minimum", "conclusion"),
    [
        (0.01, 0.10, True, 0.05, "improvement"),
        (0.01, 0.10, False, 0.05, "deterioration"),
        (-0.10, -0.01, False, 0.05, "improvement"),
        (-0.10, 0.10, True, 0.05, "inconclusive"),
        (-0.04, 0.04, True, 0.05, "no_meaningful_difference"),
        (0.01, 0.04, True, 0.05, "no_meaningful_difference"),  # sure, but too small to matter
        (-0.04, 0.04, True, None, "inconclusive"),  # nothing declared: absence cannot be said
        (-0.01, 0.051, True, 0.05, "inconclusive"),
    ],
)
def test_conclusions(low, high, up, minimum, conclusion):
    assert rules.conclude(low, high, better_up=up, minimum_effect=minimum) == conclusion


def attribute(conclusion, *, compared=True, credibility=3, reserves=False, regime="main", alike=False):
    how_surely = rules.imputation(
        compared=compared,
        credibility=credibility,
        reserves=reserves,
        regime=regime,
        alike_by_choice=alike,
    )
    return rules.attribute(conclusion, how_surely=how_surely, regime=regime)


def test_attribution_needs_a_credible_comparison():
    assert attribute("improvement", credibility=5) == "attributable"
    assert attribute("improvement", credibility=4, reserves=True) == "attributable"
    assert attribute("improvement", credibility=3) == "attributable"
    assert attribute("improvement", credibility=3, reserves=True) == "probably_attributable"
    assert attribute("improvement", credibility=2) == "change_not_attributed"
    assert attribute("improvement", credibility=3, alike=True) == "probably_attributable"
    assert attribute("deterioration", credibility=3) == "adverse_effect"
    assert attribute("deterioration", credibility=1) == "change_not_attributed"


@pytest.mark.parametrize(
    "conclusion", ["improvement", "deterioration", "no_meaningful_difference", "inconclusive"]
)
@pytest.mark.parametrize("regime", ["descriptive", "exploratory", "main"])
def test_a_change_of_the_same_people_alone_is_never_attributed(conclusion, regime):
    verdict = attribute(conclusion, compared=False, credibility=5, regime=regime)
    assert verdict in ("change_not_attributed", "inconclusive")


def test_small_groups_limit_what_is_said():
    assert attribute("improvement", credibility=5, regime="qualitative") == "inconclusive"
    assert attribute("improvement", credibility=5, regime="descriptive") == "change_not_attributed"
    assert attribute("improvement", credibility=5, regime="exploratory") == "probably_attributable"
    assert attribute("no_meaningful_difference", credibility=5, regime="descriptive") == "inconclusive"


# ------------------------------------------------------------------ the verdict's own size

DRAWS = 20_000


def verdicts(effect: float, n: int, seed: int) -> np.ndarray:
    """Return the verdicts on randomised worlds of two groups of n, outcome of standard deviation 1."""
    rng = np.random.default_rng(seed)
    error = math.sqrt(2 / n)
    estimates = rng.normal(effect, error, DRAWS)
    errors = error * np.sqrt(rng.chisquare(2 * n - 2, DRAWS) / (2 * n - 2))
    margin = stats.t.ppf(0.975, 2 * n - 2) * errors
    return np.array(
        [
            attribute(rules.conclude(value - m, value + m, better_up=True, minimum_effect=0.3), credibility=5)
            for value, m in zip(estimates, margin, strict=True)
        ]
    )


@pytest.mark.parametrize("n", [60, 200])
def test_without_effect_imputable_is_said_in_at_most_two_and_a_half_percent_of_worlds(n):
    share = np.mean(verdicts(0.0, n, seed=n) == "attributable")
    assert share <= 0.025 + 3 * math.sqrt(0.025 * 0.975 / DRAWS)


@pytest.mark.parametrize("n", [60, 200, 1000])
def test_no_effect_is_said_in_at_most_five_percent_of_worlds_with_a_useful_effect(n):
    share = np.mean(verdicts(0.3, n, seed=n) == "no_meaningful_effect")
    assert share <= 0.05


def test_a_large_effect_is_found():
    assert np.mean(verdicts(0.6, 200, seed=1) == "attributable") > 0.99


@pytest.mark.parametrize(
    ("laws", "clusters", "cap"),
    [
        (["CR1"], None, 5),
        (["CR1"], 40, 5),
        (["CR1"], 39, 2),
        (["HC3"], 12, 2),
        (["CR2"], 12, 5),
        (["imputation", "wild"], 12, 5),
        (["bootstrap"], 12, 2),
    ],
)
def test_usual_errors_with_few_clusters_cap_the_precision(laws, clusters, cap):
    assert rules.precision_cap(laws, clusters=clusters) == cap


def test_a_deterioration_is_attributed_by_the_same_rule_as_an_improvement():
    assert rules.imputation(compared=True, credibility=5, reserves=True, regime="main") == "established"
    assert rules.imputation(compared=True, credibility=3, reserves=True, regime="main") == "probable"
    assert rules.imputation(compared=True, credibility=5, reserves=False, regime="exploratory") == "probable"
    assert rules.imputation(compared=False, credibility=5, reserves=False, regime="main") == "not_established"
    assert attribute("deterioration", credibility=5) == "adverse_effect"


@pytest.mark.parametrize(
    ("overall", "differential", "said"),
    [(0.09, 0.06, "even"), (0.09, 0.08, "between"), (0.50, 0.02, "between"), (0.09, 0.101, "uneven")],
)
def test_losses_are_called_even_only_within_the_cautious_boundary(overall, differential, said):
    assert rules.loss_gap(overall=overall, differential=differential) == said
