"""Sensitivity to what was not observed: the values of R, definitions by hand, and what must not move them."""

import json
import math
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from impactkit.evidence.sensitivity import (
    benchmark_bounds,
    benchmarks,
    e_value,
    e_value_risk_difference,
    e_value_standardised,
    gamma_star,
    oster_beta,
    oster_delta,
    partial_r2,
    robustness_value,
    rosenbaum_bounds,
    rosenbaum_bounds_binary,
)
from references import table

# Closed forms, and R's sensemakr, EValue, rbounds: the same double-precision numbers.
EXACT = 1e-10


@cache
def reference(key):
    path = Path(__file__).parent / "reference" / "sensitivity.json"
    return json.loads(path.read_text(encoding="utf-8"))[key]["values"]


# ------------------------------------------------------------------ E-values


@pytest.mark.parametrize(
    ("key", "arguments", "kind"),
    [
        ("evalue.rr.hammond", (10.73, 8.02, 14.36), "risk_ratio"),
        ("evalue.or.rare.victora", (3.9, 1.8, 8.7), "odds_ratio"),
        ("evalue.rr.protective", (0.80, 0.71, 0.91), "risk_ratio"),
        ("evalue.or.common", (2.5, 1.4, 4.2), "odds_ratio_common"),
    ],
)
def test_e_values_are_r_s(key, arguments, kind):
    found, said = e_value(*arguments, kind=kind), reference(key)
    assert found.point == pytest.approx(said["point"], rel=EXACT)
    assert found.limit == pytest.approx(said["lower"] or said["upper"], rel=EXACT)


def test_the_e_value_of_a_standardised_difference_and_of_another_null_are_r_s():
    found, said = e_value_standardised(0.42, 0.14), reference("evalue.md")
    assert found.point == pytest.approx(said["point"], rel=EXACT)
    assert found.limit == pytest.approx(said["lower"], rel=EXACT)
    assert e_value(2.5, null=1.5).point == pytest.approx(reference("evalue.true15")["point"], rel=EXACT)


def test_an_interval_that_holds_the_null_needs_no_factor():
    assert e_value(1.3, 0.9, 1.8).limit == 1.0
    assert e_value(0.8, 0.5, 1.1).limit == 1.0
    assert e_value(1.0, 0.9, 1.1).point == 1.0
    assert e_value(2.0).limit is None
    assert e_value(2.0, high=3.0).limit is None


def test_a_difference_of_shares_is_the_ratio_it_makes():
    assert e_value_risk_difference(0.40, 0.20, 0.10, 0.30) == e_value(2.0, 4 / 3, 4.0)
    assert e_value_risk_difference(0.20, 0.20) is None  # nobody without the action: no ratio
    assert e_value_risk_difference(0.40, 0.20, 0.10, 0.45).limit == e_value(4 / 3).point


@given(st.floats(0.05, 20), st.floats(0.1, 10))
def test_an_e_value_is_the_same_for_a_ratio_and_its_inverse(ratio, null):
    assert e_value(ratio, null=null).point == pytest.approx(e_value(1 / ratio, null=1 / null).point)
    assert e_value(ratio, null=null).point >= 1


@given(st.floats(1.01, 20))
def test_a_factor_as_strong_as_the_e_value_explains_the_ratio_and_no_more(ratio):
    # Ding and VanderWeele's bounding factor at RR_UD = RR_EU = E.
    e = e_value(ratio).point
    assert e * e / (2 * e - 1) == pytest.approx(ratio)


def test_rare_and_common_hazards():
    assert e_value(2.0, kind="hazard_ratio") == e_value(2.0)
    by_hand = (1 - 0.5 ** math.sqrt(2)) / (1 - 0.5 ** math.sqrt(0.5))
    assert e_value(2.0, kind="hazard_ratio_common") == e_value(by_hand)


def test_what_is_no_ratio_is_refused():
    for arguments in ((0,), (-1,), (math.nan,), (2, 3, 4), (2, 1, 1.5), (2, -1, 3)):
        with pytest.raises(ValueError, match=r"ratio"):
            e_value(*arguments)
    with pytest.raises(ValueError, match="expected one of"):
        e_value(2.0, kind="odds")
    with pytest.raises(ValueError, match="share"):
        e_value_risk_difference(1.2, 0.1)


# ------------------------------------------------------------------ robustness values


def test_robustness_values_are_sensemakr_s():
    said = reference("sensemakr.darfur")["stats"]
    t, df = said["t_statistic"], said["dof"]
    assert robustness_value(t, df) == pytest.approx(said["rv_q"], rel=EXACT)
    assert robustness_value(t, df, alpha=0.05) == pytest.approx(said["rv_qa"], rel=EXACT)
    assert partial_r2(t, df) == pytest.approx(said["r2yd.x"], rel=EXACT)
    half = reference("sensemakr.rv_from_t")["rv_half"]
    assert robustness_value(4.18445, 783, q=0.5, alpha=0.05) == pytest.approx(half, rel=1e-9)


@given(st.floats(0.01, 50), st.integers(5, 2000), st.floats(0.1, 2))
def test_a_factor_as_strong_as_the_robustness_value_takes_that_share_away(t, df, q):
    rv = robustness_value(t, df, q)
    # bias / estimate = sqrt(R²_Y R²_D / (1 - R²_D) df) / t, with both R² at the robustness value.
    assert math.sqrt(rv * rv / (1 - rv) * df) / t == pytest.approx(q, rel=1e-6)


@given(st.floats(0, 30), st.integers(5, 500))
def test_more_certain_needs_more_and_a_test_needs_less(t, df):
    assert 0 <= robustness_value(t, df, alpha=0.05) <= robustness_value(t, df) < 1
    assert robustness_value(t, df) <= robustness_value(t + 1, df)
    assert robustness_value(-t, df) == robustness_value(t, df)


def test_a_coefficient_that_does_not_differ_needs_nothing():
    assert robustness_value(1.9, 100, alpha=0.05) == 0.0
    assert robustness_value(2.0, 4, alpha=0.05) == 0.0  # t* is 3.18 with 3 degrees of freedom


def test_robustness_values_refuse_what_is_out_of_range():
    for arguments in ((2, 0), (2, 10, 0), (2, 10, 1, 0), (2, 1, 1, 0.05)):
        with pytest.raises(ValueError, match=r"df|alpha"):
            robustness_value(*arguments)


# ------------------------------------------------------------------ as strong as a characteristic


def darfur():
    frame = table("darfur")
    names = ["female", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur"]
    X = pd.get_dummies(frame[[*names, "village"]], columns=["village"], drop_first=True).to_numpy(float)
    return frame["peacefactor"].to_numpy(), frame["directlyharmed"].to_numpy(), X


def test_bounds_of_the_darfur_survey_are_sensemakr_s():
    y, d, X = darfur()
    for found, said in zip(
        benchmark_bounds(y=y, treatment=d, X=X, benchmark=[0]),
        reference("sensemakr.darfur")["bounds"],
        strict=True,
    ):
        assert found.r2_treatment == pytest.approx(said["r2dz.x"], rel=EXACT)
        assert found.r2_outcome == pytest.approx(said["r2yz.dx"], rel=EXACT)
        assert found.estimate == pytest.approx(said["adjusted_estimate"], rel=EXACT)
        assert found.std_error == pytest.approx(said["adjusted_se"], rel=EXACT)
        assert found.t == pytest.approx(said["adjusted_t"], rel=EXACT)
        assert (found.low, found.high) == pytest.approx(
            (said["adjusted_lower_CI"], said["adjusted_upper_CI"]), rel=1e-9
        )


def confounded(seed, n=300):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    d = (0.6 * x[:, 0] + 0.3 * x[:, 2] + rng.normal(size=n) > 0).astype(float)
    return d + x @ [0.8, 0.4, 0.2] + rng.normal(size=n), d, x


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_bias_of_a_factor_really_left_out_is_what_its_strength_says(seed):
    """Cinelli and Hazlett's identity, on a covariate left out, measured by two regressions."""
    y, d, x = confounded(seed)
    ones = np.ones_like(d)
    short, full = (np.column_stack(columns) for columns in ([ones, d, x[:, 1:]], [ones, d, x]))
    kept = [np.linalg.lstsq(each, y, rcond=None)[0] for each in (short, full)]
    rest = [y - each @ b for each, b in zip((short, full), kept, strict=True)]
    r2_outcome = 1 - rest[1] @ rest[1] / (rest[0] @ rest[0])
    without = [np.column_stack([ones, x[:, 1:]]), np.column_stack([ones, x])]
    left = [d - w @ np.linalg.lstsq(w, d, rcond=None)[0] for w in without]
    r2_treatment = 1 - left[1] @ left[1] / (left[0] @ left[0])
    df = len(y) - short.shape[1]
    se = math.sqrt(rest[0] @ rest[0] / df / (left[0] @ left[0]))
    bias = se * math.sqrt(df * r2_outcome * r2_treatment / (1 - r2_treatment))
    assert bias == pytest.approx(abs(kept[0][1] - kept[1][1]), rel=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-5, 5))
def test_units_do_not_change_what_a_factor_must_explain(seed, scale, shift):
    y, d, x = confounded(seed)
    # Three times one that explains a quarter of the treatment, as some draws have it, is refused.
    before = benchmark_bounds(y=y, treatment=d, X=x, benchmark=[0], times=(0.5, 1, 1.5))
    after = benchmark_bounds(
        y=scale * y + shift, treatment=d, X=2 * x + shift, benchmark=[0], times=(0.5, 1, 1.5)
    )
    for one, other in zip(before, after, strict=True):
        assert other.r2_treatment == pytest.approx(one.r2_treatment, rel=1e-7)
        assert other.r2_outcome == pytest.approx(one.r2_outcome, rel=1e-7)
        assert other.estimate == pytest.approx(scale * one.estimate, rel=1e-6, abs=1e-9)


def test_a_category_is_one_characteristic_whatever_level_is_left_out():
    y, d, x = confounded(3)
    levels = np.digitize(x[:, 0], [-0.5, 0.5])
    dummies = np.eye(3)[levels]
    first = np.column_stack([dummies[:, 1:], x[:, 1:]])
    last = np.column_stack([dummies[:, :2], x[:, 1:]])
    found = [benchmark_bounds(y=y, treatment=d, X=X, benchmark=[0, 1])[0] for X in (first, last)]
    assert found[0].r2_outcome == pytest.approx(found[1].r2_outcome, rel=1e-9)
    assert found[0].estimate == pytest.approx(found[1].estimate, rel=1e-9)


def test_a_factor_that_would_explain_everything_is_refused():
    y, d, x = confounded(1)
    with pytest.raises(ValueError, match="whole treatment"):
        benchmark_bounds(y=y, treatment=d, X=x, benchmark=[0], times=(50,))
    with pytest.raises(ValueError, match="columns of X"):
        benchmark_bounds(y=y, treatment=d, X=x, benchmark=[3])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_what_characteristics_explain_is_what_leaving_them_out_adds(seed, weighted):
    y, d, x = confounded(seed, 80)
    w = np.random.default_rng(seed).uniform(0.5, 2, 80) if weighted else None
    root = np.ones(80) if w is None else np.sqrt(w)
    found = benchmarks(y=y, treatment=d, X=x, characteristics=[[0], [1, 2]], weights=w)

    def left(target, *columns):
        X = root[:, None] * np.column_stack([np.ones(80), *columns])
        return np.sum((root * target - X @ np.linalg.lstsq(X, root * target, rcond=None)[0]) ** 2)

    for which, kept in enumerate((x[:, 1:], x[:, :1])):
        assert found.of_treatment[which] == pytest.approx(1 - left(d, x) / left(d, kept), abs=1e-9)
        assert found.of_outcome[which] == pytest.approx(1 - left(y, d, x) / left(y, d, kept), abs=1e-9)


# ------------------------------------------------------------------ pairs


def lead():
    frame = table("lead_rosenbaum")
    return (frame["treated"] - frame["control"]).to_numpy(float)


def test_bounds_of_the_lead_pairs_are_rbounds_and_the_book_s():
    said = reference("rosenbaum.lead.wilcoxon")["full_precision_upper_no_continuity_own"]
    found = rosenbaum_bounds(lead(), [row["Gamma"] for row in said])
    assert found.p_high == pytest.approx([row["upper"] for row in said], rel=EXACT)
    # Rosenbaum's own table ranks the pair that does not differ: 0.0468 at 4.25.
    assert rosenbaum_bounds(lead(), 4.25, zeros="rank").p_high == pytest.approx(
        0.04682514232042165, rel=EXACT
    )
    assert 4.25 < gamma_star(lead(), zeros="rank") < gamma_star(lead()) < 4.5


def test_the_range_of_estimates_of_the_lead_pairs_is_near_rbounds():
    """rbounds moves by steps of 0.1 and leaves out the pair that does not differ: half a unit at most."""
    said = pd.DataFrame(reference("rosenbaum.lead.hl")["table"])
    found = rosenbaum_bounds(lead(), said["Gamma"].to_numpy())
    assert np.abs(found.estimate_low - said["Lower bound"]).max() <= 0.5
    assert np.abs(found.estimate_high - said["Upper bound"]).max() <= 0.5


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-6, 9), min_size=2, max_size=12), st.floats(1.1, 8))
def test_the_range_of_estimates_is_where_the_rank_sum_crosses_what_gamma_expects(values, gamma):
    d = np.array(values, dtype=float)
    assume((d != 0).any())
    found = rosenbaum_bounds(d, gamma)

    def above(tau):
        """Count the means of two differences above tau: the rank sum of ``d - tau`` without ties."""
        i, j = np.triu_indices(len(d))
        return (((d[i] + d[j]) / 2) > tau).sum() / len(i)

    p = gamma / (1 + gamma)
    for end, share in ((float(found.estimate_low), p), (float(found.estimate_high), 1 - p)):
        assert above(end + 1e-6) <= share + 1e-9
        assert above(end - 1e-6) >= share - 1e-9


@settings(max_examples=30, deadline=None)
@given(
    # Differences by the hundredth: those that differ by rounding alone are equal in rank.
    st.lists(st.integers(-500, 900).filter(bool), min_size=2, max_size=9, unique_by=abs),
    st.floats(1, 6),
)
def test_the_exact_bound_is_the_count_of_all_signs(values, gamma):
    d, p = np.array(values) / 100, gamma / (1 + gamma)
    ranks = stats.rankdata(np.abs(d))
    observed = ranks[d > 0].sum()
    total = 0.0
    for signs in product((0, 1), repeat=len(d)):
        if ranks @ signs >= observed - 1e-9:
            total += p ** sum(signs) * (1 - p) ** (len(d) - sum(signs))
    assert rosenbaum_bounds(d, gamma, law="exact").p_high == pytest.approx(total, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-5, 9), min_size=3, max_size=30), st.floats(0.1, 10))
def test_bounds_widen_with_gamma_and_ignore_the_unit(values, scale):
    d = np.array(values)
    assume((np.abs(d) > 1e-3).sum() >= 1)
    d[np.abs(d) <= 1e-3] = 0
    found, other = rosenbaum_bounds(d, [1, 2, 4]), rosenbaum_bounds(scale * d, [1, 2, 4])
    assert (np.diff(found.p_high) >= -1e-12).all()
    assert (np.diff(found.p_low) <= 1e-12).all()
    assert (np.diff(found.estimate_low) <= 1e-12).all()
    assert (np.diff(found.estimate_high) >= -1e-12).all()
    assert other.p_high == pytest.approx(found.p_high)
    assert other.estimate_low == pytest.approx(scale * found.estimate_low)
    assert found.p_low[0] == pytest.approx(found.p_high[0])


def test_at_the_largest_gamma_the_p_value_is_the_level():
    best = gamma_star(lead())
    assert rosenbaum_bounds(lead(), best).p_high == pytest.approx(0.05, rel=1e-9)
    assert gamma_star(-lead()) == 1.0


def test_pairs_that_differ_in_a_yes_or_no_are_counted_with_the_observed_one():
    found = rosenbaum_bounds_binary(110, 12, [1, 4, 5, 6])
    by_hand = [stats.binom.sf(109, 122, gamma / (1 + gamma)) for gamma in (1, 4, 5, 6)]
    assert found.p_high == pytest.approx(by_hand, rel=EXACT)
    assert found.p_high[2] == pytest.approx(0.023168563842540305, rel=EXACT)  # rbounds: 0.0115, P(> 110)
    one_sided = stats.binomtest(110, 122, alternative="greater").pvalue
    assert found.p_high[0] == pytest.approx(one_sided, rel=1e-9)
    assert found.p_low[0] == pytest.approx(one_sided, rel=1e-9)


def test_pairs_refuse_what_cannot_be_ranked():
    for differences, gamma in (([], 2), ([0, 0], 2), ([1, math.nan], 2), ([1, 2], 0.5)):
        with pytest.raises(ValueError, match=r"differences|gamma"):
            rosenbaum_bounds(differences, gamma)
    with pytest.raises(ValueError, match="both 0"):
        rosenbaum_bounds_binary(0, 0, 1)


# ------------------------------------------------------------------ in proportion to what is observed


def cars():
    frame = table("mtcars")
    return frame["mpg"].to_numpy(float), frame["wt"].to_numpy(float), frame[["hp", "qsec"]].to_numpy(float)


def test_the_delta_of_the_cars_is_robomit_s():
    y, d, X = cars()
    found, said = oster_delta(y=y, treatment=d, X=X, r2_max=0.9), reference("oster.delta.mtcars")
    assert found.delta == pytest.approx(said["delta*"], abs=5e-7)  # robomit rounds to six decimals
    assert found.coef_short == pytest.approx(said["Uncontrolled Coefficient"], rel=EXACT)
    assert found.coef_full == pytest.approx(said["Controlled Coefficient"], rel=EXACT)
    assert found.r2_short == pytest.approx(said["Uncontrolled R-square"], rel=EXACT)
    assert found.r2_full == pytest.approx(said["Controlled R-square"], rel=EXACT)


def test_the_largest_r2_is_oster_s_rule_by_default():
    y, d, x = confounded(1)
    found = oster_delta(y=y, treatment=d, X=x)
    assert found.r2_max == pytest.approx(min(1, 1.3 * found.r2_full))
    y, d, X = cars()
    assert oster_delta(y=y, treatment=d, X=X).r2_max == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 3))
def test_the_effect_of_a_delta_has_that_delta(seed, delta):
    y, d, x = confounded(seed)
    bound = oster_beta(y=y, treatment=d, X=x, delta=delta)
    assert oster_delta(y=y, treatment=d, X=x, beta=bound).delta == pytest.approx(delta, rel=1e-5)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_left_out_in_proportion_is_found_back(seed):
    """With as many alike characteristics observed as not, the bound comes nearer to the truth than b."""
    rng = np.random.default_rng(seed)
    n = 20_000
    seen, unseen = rng.normal(size=(2, n))
    d = seen + unseen + rng.normal(size=n)
    y = d + seen + unseen + rng.normal(size=n)
    X = seen[:, None]
    full = np.column_stack([np.ones(n), d, seen])
    b = np.linalg.lstsq(full, y, rcond=None)[0][1]
    everything = np.column_stack([full, unseen])
    left = y - everything @ np.linalg.lstsq(everything, y, rcond=None)[0]
    r2 = 1 - left @ left / ((y - y.mean()) @ (y - y.mean()))
    bound = oster_beta(y=y, treatment=d, X=X, r2_max=r2)
    assert abs(bound - 1) < 0.15 < abs(b - 1)


def test_oster_refuses_what_says_nothing():
    y, d, x = confounded(1)
    with pytest.raises(ValueError, match="r2_max"):
        oster_delta(y=y, treatment=d, X=x, r2_max=0.1)
    with pytest.raises(ValueError, match="column"):
        oster_delta(y=y, treatment=d, X=np.empty((len(y), 0)))
    with pytest.raises(ValueError, match="must not be 0"):
        oster_beta(y=y, treatment=d, X=x, delta=0)
