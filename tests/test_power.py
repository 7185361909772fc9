"""Power, detectable effects and sample sizes against R, and that each undoes the other."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.power.detectable import multiplier, noncentrality, power_of_test
from impactkit.evidence import rules

CLOSED = 1e-8
# R's pwr stops its searches at 1.2e-4 (uniroot's default); the same equations solved tightly are beside.
PWR = 1.2e-4
_FILE = json.loads((Path(__file__).parent / "reference" / "power.json").read_text(encoding="utf-8"))
LOOSE, TIGHT = _FILE["power.pwr"]["values"], _FILE["power.tight"]["values"]
detect = ik.minimum_detectable_effect


def test_two_groups_as_r():
    assert detect(n_treated=50) == pytest.approx(TIGHT["t_mde_n50"], rel=CLOSED)
    assert detect(n_treated=50) == pytest.approx(LOOSE["t_mde_n50"], abs=PWR)
    assert detect(n_treated=30, n_comparison=90) == pytest.approx(TIGHT["t2n_mde"], rel=CLOSED)
    assert detect(n_treated=30, n_comparison=90) == pytest.approx(LOOSE["t2n_mde"], abs=PWR)
    assert ik.sample_size(0.5).exact == pytest.approx(TIGHT["t_n"], rel=CLOSED)
    assert ik.sample_size(0.2).exact == pytest.approx(TIGHT["t_n_d02"], rel=CLOSED)
    assert ik.sample_size(0.2).exact == pytest.approx(LOOSE["t_n_d02"], rel=1e-6)
    assert power_of_test(0.5 * math.sqrt(15), 58, level=0.95) == pytest.approx(LOOSE["t_power"], rel=CLOSED)


def test_shares_as_r():
    found = detect(n_treated=200, share=0.3)
    assert 0.3 + found == pytest.approx(TIGHT["prop_p2"], rel=CLOSED)
    assert ik.sample_size(0.15, share=0.5, power=0.9).exact == pytest.approx(LOOSE["p_prop"], rel=CLOSED)
    # Cohen's h has a variance known: the normal law.
    h = 2 * math.asin(math.sqrt(0.65)) - 2 * math.asin(math.sqrt(0.5))
    lam = noncentrality(math.inf, power=0.8, level=0.95)
    assert 2 * (lam / h) ** 2 == pytest.approx(LOOSE["p2_n"], rel=1e-6)
    assert lam * math.sqrt(1 / 100 + 1 / 200) == pytest.approx(TIGHT["p2n_h"], rel=CLOSED)


def test_the_same_people_before_and_after_as_r():
    # A correlation of 1/2 gives changes the outcome's own standard deviation.
    found = detect(design="before_after", n_treated=20, baseline_correlation=0.5)
    assert power_of_test(0.4 * math.sqrt(20), 19, level=0.95) == pytest.approx(
        TIGHT["paired_power"], rel=CLOSED
    )
    assert power_of_test(found * math.sqrt(20), 19, level=0.95) == pytest.approx(0.8, rel=CLOSED)
    size = ik.sample_size(0.4, design="before_after", baseline_correlation=0.5, power=0.9)
    assert size.exact == pytest.approx(TIGHT["one_sample_n"], rel=CLOSED)
    assert (size.n_treated, size.n_comparison) == (68, 0)


def test_clusters_as_powerup():
    found = detect(design="clusters", n_treated=400, icc=0.1, cluster_size=20)
    assert found == pytest.approx(0.346265, abs=5e-7)
    t = stats.t(38)
    expected = (t.ppf(0.975) + t.ppf(0.8)) * math.sqrt(0.1 / 10 + 0.9 / 200)
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_multiplier_is_the_verdict_s():
    assert multiplier(math.inf, power=0.8, level=0.95) == pytest.approx(2.8016, abs=5e-5)
    assert rules.smallest_detectable(2.0, 30) == 2 * multiplier(30, power=0.8, level=0.95)
    for df in (1, 2, 5, 10, 38, 1000):
        exact = noncentrality(df, power=0.8, level=0.95)
        assert power_of_test(exact, df, level=0.95) == pytest.approx(0.8, abs=1e-10)
        if df >= 10:
            assert exact == pytest.approx(multiplier(df, power=0.8, level=0.95), rel=0.005)


def test_what_each_design_changes():
    plain = detect(n_treated=5_000)
    assert detect(design="ancova", n_treated=5_000, baseline_correlation=0.6) == pytest.approx(
        0.8 * plain, rel=1e-5
    )
    assert detect(design="did", n_treated=5_000, baseline_correlation=0.5) == pytest.approx(plain)
    assert detect(n_treated=5_000, attrition=0.2) == pytest.approx(detect(n_treated=4_000))
    assert detect(n_treated=5_000, sd=400.0) == pytest.approx(400 * plain)
    inside = detect(design="clusters", n_treated=5_000, icc=0.05, cluster_size=25, attrition=0.2)
    assert inside == pytest.approx(detect(design="clusters", n_treated=4_000, icc=0.05, cluster_size=20))
    assert detect(design="clusters", n_treated=5_000, icc=1.0, cluster_size=50, share=0.4) > 0.1


@given(
    st.sampled_from(["two_arms", "clusters", "before_after", "did", "ancova"]),
    st.floats(8, 3_000),
    st.floats(0.3, 4),
    st.floats(0, 0.8),
    st.floats(0, 0.5),
    st.floats(0.6, 0.95),
)
@settings(max_examples=80, deadline=None)
def test_sizes_and_effects_undo_each_other(design, n, ratio, rho, attrition, power):
    choices = {"design": design, "attrition": attrition, "power": power}
    if design not in ("two_arms", "clusters"):
        choices["baseline_correlation"] = rho
    if design == "clusters":
        choices |= {"icc": 0.05, "cluster_size": 2.0}
    compared = {} if design == "before_after" else {"n_comparison": ratio * n}
    found = detect(n_treated=n, **compared, **choices)
    ratios = {} if design == "before_after" else {"ratio": ratio}
    assert ik.sample_size(found, **ratios, **choices).exact == pytest.approx(n, rel=1e-6)


@given(st.floats(20, 5_000), st.floats(0.05, 0.8), st.floats(0.4, 3))
@settings(max_examples=40, deadline=None)
def test_sizes_and_rises_of_a_share_undo_each_other(n, share, ratio):
    try:
        found = detect(n_treated=n, n_comparison=ratio * n, share=share)
    except EstimationError:
        return
    if share + found < 1:
        assert ik.sample_size(found, share=share, ratio=ratio).exact == pytest.approx(n, rel=1e-6)


def test_the_power_is_the_one_promised():
    rng = np.random.default_rng(0)
    effect = detect(n_treated=25, n_comparison=40)
    y1, y0 = rng.normal(effect, 1, (4_000, 25)), rng.normal(0, 1, (4_000, 40))
    found = (stats.ttest_ind(y1, y0, axis=1).pvalue < 0.05).mean()
    assert found == pytest.approx(0.8, abs=0.02)


def test_numbers_are_rounded_up_to_people_and_clusters():
    assert (ik.sample_size(0.5).n_treated, ik.sample_size(0.5, ratio=2).n_comparison) == (64, 96)
    sites = ik.sample_size(0.3, design="clusters", icc=0.05, cluster_size=12)
    assert sites.n_treated % 12 == 0
    assert sites.n_treated >= sites.exact


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"design": "rct"}, "unknown design"),
        ({"n_treated": 0}, "n_treated"),
        ({"power": 0.01}, "power"),
        ({"level": 95}, "level"),
        ({"icc": 0.1}, "icc goes with"),
        ({"attrition": 1.0}, "attrition"),
        ({"baseline_correlation": 0.5}, "baseline_correlation"),
        ({"share": 1.2}, "share"),
        ({"share": 0.2, "design": "did"}, "share goes with"),
        ({"sd": 0}, "sd"),
        ({"design": "before_after", "n_comparison": 10}, "before/after"),
    ],
)
def test_wrong_calls_name_what_is_allowed(choices, words):
    with pytest.raises(ValueError, match=words):
        detect(**({"n_treated": 50} | choices))


def test_wrong_sizes_name_what_is_allowed():
    for wrong, words in (({"effect": 0}, "effect"), ({"effect": 0.5, "ratio": 0}, "ratio")):
        with pytest.raises(ValueError, match=words):
            ik.sample_size(**wrong)
    with pytest.raises(ValueError, match="share"):
        ik.sample_size(0.6, share=0.5)


def test_what_no_number_can_do_is_said():
    for call, key in (
        (lambda: detect(n_treated=1), "too_few"),
        (lambda: detect(n_treated=3, share=0.9), "no_rise"),
        (lambda: ik.sample_size(1e-6), "never_enough"),
        (lambda: detect(design="clusters", n_treated=20, icc=0.1, cluster_size=20), "too_few"),
    ):
        with pytest.raises(EstimationError) as error:
            call()
        assert error.value.message.key == f"power.error.{key}"
