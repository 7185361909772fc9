"""Exact tests of a change against R, against plain enumeration, and as what they claim to be."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from impactkit.errors import EstimationError
from impactkit.estimators.inference.exact import sign_flip, sign_test, signed_rank
from impactkit.estimators.paired.mcnemar import paired_shares
from references import table

# Counts over a number of possibilities: only the last division and R's printing round.
CLOSED = 1e-10
FEW = json.loads((Path(__file__).parent / "reference" / "few_people.json").read_text(encoding="utf-8"))


def sleep():
    wide = table("sleep").pivot(index="ID", columns="group", values="extra")
    return (wide[1] - wide[2]).to_numpy()


def subset_means(change, size=None):
    size = np.ones(len(change)) if size is None else size
    sets = [np.array(flips) for flips in itertools.product([0, 1], repeat=len(change)) if any(flips)]
    return np.array([(flips @ change) / (flips @ size) for flips in sets])


# ------------------------------------------------------------------ references


def test_sleep_as_r():
    change, wilcoxon = sleep(), FEW["sleep_wilcoxon"]["values"]
    assert sign_flip(change=change).p_value == FEW["sleep_signflip_exact"]["values"]["p"]
    assert signed_rank(change=change).p_value == pytest.approx(wilcoxon["p_exact_zero_dropped"], rel=CLOSED)
    assert signed_rank(change=change, zeros="pratt").p_value == pytest.approx(
        wilcoxon["coin_pratt_exact_p"], rel=CLOSED
    )
    assert sign_test(change=change).p_value == pytest.approx(wilcoxon["sign_test_p"], rel=CLOSED)


@pytest.mark.parametrize(
    ("key", "table"), [("approval_mcnemar", (794, 150, 86, 570)), ("small_mcnemar", (59, 16, 6, 80))]
)
def test_mcnemar_as_r(key, table):
    expected = FEW[key]["values"]
    both, gained, lost, neither = table
    found = paired_shares(both=both, gained=gained, lost=lost, neither=neither)
    assert found.chi2 == pytest.approx(expected["chi2"], rel=CLOSED)
    assert found.p_chi2 == pytest.approx(expected["p"], rel=CLOSED)
    assert found.chi2_corrected == pytest.approx(expected["chi2_cc"], rel=CLOSED)
    assert found.p_corrected == pytest.approx(expected["p_cc"], rel=CLOSED)
    assert found.p_exact == pytest.approx(expected["p_exact"], rel=CLOSED)
    assert found.p_mid == pytest.approx(expected["p_mid"], rel=CLOSED)
    if "diff" in expected:
        assert found.value == pytest.approx(expected["diff"], rel=CLOSED)


def test_newcombe_s_interval_as_published():
    """Airway reactivity before and after a transplant: (-0.507, -0.026) in Fagerland et al. (2014)."""
    found = paired_shares(both=1, gained=1, lost=7, neither=12)
    assert (found.low, found.high) == pytest.approx((-0.507, -0.026), abs=5e-4)
    assert found.p_mid == pytest.approx(0.039, abs=5e-4)


# ------------------------------------------------------------------ by enumeration


@pytest.mark.parametrize("n", [6, 7, 9])
def test_sign_flips_as_all_of_them(n):
    rng = np.random.default_rng(n)
    change, size = rng.normal(0.5, 1, n).round(1), rng.integers(1, 5, n).astype(float)
    change[0] = 0.0
    signs = np.array(list(itertools.product([-1, 1], repeat=n)))
    for weight in (None, size):
        found = sign_flip(change=change, size=weight)
        sums = np.abs(signs @ change)
        assert found.p_value == np.mean(sums >= abs(change.sum()) - 1e-9)
        means, rank = np.sort(subset_means(change, weight)), int(2**n * 0.025)
        assert (found.low, found.high) == pytest.approx((means[rank - 1], means[-rank]), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("zeros", ["wilcoxon", "pratt"])
def test_signed_ranks_as_all_signs_with_ties_and_zeros(zeros):
    rng = np.random.default_rng(5)
    for _ in range(20):
        change = rng.integers(-2, 5, 9).astype(float)
        moved = change[change != 0]
        ranks = stats.rankdata(np.abs(moved if zeros == "wilcoxon" else change))
        ranks = ranks if zeros == "wilcoxon" else ranks[change != 0]
        signs = np.array(list(itertools.product([-1, 1], repeat=len(moved))))
        expected = np.mean(np.abs(signs @ ranks) >= abs(np.sign(moved) @ ranks) - 1e-9)
        assert signed_rank(change=change, zeros=zeros).p_value == pytest.approx(expected, rel=CLOSED)


def test_signed_ranks_without_ties_as_scipy_and_as_walsh_averages():
    change = np.random.default_rng(3).normal(0.4, 1, 25)
    found = signed_rank(change=change)
    assert found.p_value == pytest.approx(stats.wilcoxon(change, method="exact").pvalue, rel=CLOSED)
    i, j = np.triu_indices(25)
    walsh = np.sort((change[i] + change[j]) / 2)
    assert found.value == pytest.approx(np.median(walsh), rel=CLOSED)
    # qsignrank(0.025, 25) is 90 in R, and so in the tables.
    assert (found.low, found.high) == (walsh[89], walsh[-90])


def test_many_changes_by_halving_as_all_their_pairs():
    change = np.random.default_rng(4).normal(0.1, 1, 800).round(2)
    found = signed_rank(change=change)
    i, j = np.triu_indices(800)
    walsh = np.sort((change[i] + change[j]) / 2)
    assert found.value == pytest.approx(np.median(walsh), abs=1e-12)
    assert found.low in walsh + 0.0
    assert not found.exact
    assert found.p_value == pytest.approx(
        stats.wilcoxon(change, method="asymptotic", correction=False).pvalue, rel=1e-9
    )


def test_drawn_signs_near_all_of_them():
    """31 changes are drawn; the 2^31 counted in two halves give the law. Monte-Carlo error 0.3 points."""
    change = np.random.default_rng(8).normal(0.3, 1, 31)
    drawn = sign_flip(change=change, seed=1)
    assert not drawn.exact
    half = [np.array(list(itertools.product([-1, 1], repeat=k))) @ c for k, c in
            ((16, change[:16]), (15, change[16:]))]  # fmt: skip
    total, first = abs(change.sum()), np.sort(half[0])
    beyond = (len(first) - np.searchsorted(first, total - half[1] - 1e-9)).sum()
    assert drawn.p_value == pytest.approx(2 * beyond / 2**31, abs=0.01)
    assert drawn == sign_flip(change=change, seed=1)
    assert drawn != sign_flip(change=change, seed=2)


# ------------------------------------------------------------------ properties

CHANGES = st.lists(st.integers(-4, 6), min_size=2, max_size=12).filter(any)


@settings(max_examples=200, deadline=None)
@given(CHANGES, st.sampled_from([0.8, 0.9, 0.95]))
def test_the_interval_and_the_p_value_of_sign_flips_agree(changes, level):
    found = sign_flip(change=np.array(changes) / 10, level=level)
    assert (found.low <= 0 <= found.high) == (found.p_value > 1 - level + 1e-12)
    assert found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12


@settings(max_examples=50, deadline=None)
@given(CHANGES, st.sampled_from([1e-9, 3.0, 1e9]))
def test_units_change_nothing_and_the_other_side_mirrors(changes, unit):
    change = np.array(changes, dtype=float)
    for test in (sign_flip, signed_rank, sign_test):
        plain, scaled, mirrored = test(change=change), test(change=change * unit), test(change=-change)
        assert scaled.p_value == pytest.approx(plain.p_value, rel=CLOSED)
        assert mirrored.p_value == pytest.approx(plain.p_value, rel=CLOSED)
        assert scaled.low == pytest.approx(plain.low * unit, abs=1e-9 * unit)
        assert mirrored.low == pytest.approx(-plain.high, abs=1e-9)


def test_drawn_signs_agree_with_their_interval():
    rng = np.random.default_rng(2)
    for shift in np.linspace(0.1, 0.6, 15):
        found = sign_flip(change=rng.normal(shift, 1, 40).round(1), draws=199)
        assert (found.low <= 0 <= found.high) == (found.p_value > 0.05 + 1e-12)


def test_too_few_to_bound_is_said_by_no_bound():
    for test in (sign_flip, signed_rank, sign_test):
        found = test(change=np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
        assert found.p_value == 2 / 32
        assert (found.low, found.high) == (-np.inf, np.inf)
        assert test(change=np.array([1.0, 2, 3, 4, 5, 6])).low > 0  # 2/64 is below 5 %
        assert test(change=np.array([1.0, 2.0])).p_value == 0.5


@pytest.mark.parametrize("test", [sign_flip, signed_rank, sign_test])
@pytest.mark.parametrize(
    ("change", "key"),
    [([0.0, 0.0, 0.0], "no_variation"), ([1.0], "too_few_treated"), ([], "too_few_treated")],
)
def test_no_change_at_all_has_no_test(test, change, key):
    with pytest.raises(EstimationError) as error:
        test(change=np.array(change))
    assert error.value.message.key == f"estimators.error.{key}"


def test_all_changes_equal_have_a_test_and_no_width():
    found = sign_flip(change=np.full(8, 2.0))
    assert (found.value, found.p_value, found.low, found.high) == (2.0, 2 / 256, 2.0, 2.0)


def test_shares_where_nobody_or_everybody_changes():
    still = paired_shares(both=10, gained=0, lost=0, neither=20)
    assert (still.p_exact, still.p_mid, still.p_chi2) == (1.0, 1.0, 1.0)
    assert still.low < 0 < still.high
    all_gain = paired_shares(both=0, gained=10, lost=0, neither=0)
    assert all_gain.value == 1.0
    assert all_gain.low < all_gain.high <= 1.0
    even = paired_shares(both=3, gained=4, lost=4, neither=3)
    assert even.p_exact == 1.0
    assert even.p_mid == pytest.approx(1 - stats.binom.pmf(4, 8, 0.5) / 2)


# ------------------------------------------------------------------ coverage


def test_newcombe_s_interval_covers_by_enumeration():
    """Every table of 15 people, in nine worlds: never under 92 %, 95.5 % on average."""
    n, found = 15, []
    tables = [
        (b, g, x, n - b - g - x) for b in range(n + 1) for g in range(n + 1 - b) for x in range(n + 1 - b - g)
    ]
    intervals = [paired_shares(both=b, gained=g, lost=x, neither=o) for b, g, x, o in tables]
    low, high = (np.array([getattr(i, end) for i in intervals]) for end in ("low", "high"))
    for gain in (0.1, 0.25, 0.4):
        for loss in (0.05, 0.1, 0.25):
            rest = 1 - gain - loss
            law = stats.multinomial.pmf(tables, n, [rest * 0.4, gain, loss, rest * 0.6])
            found.append(law[(low <= gain - loss) & (gain - loss <= high)].sum())
    assert min(found) > 0.92
    assert 0.945 < np.mean(found) < 0.975


def test_the_sign_flip_interval_covers_a_skew_free_law_at_its_level():
    """Uniform changes, 8 people: level 1 - 2*6/256 = 95.3 %; 1 000 draws, error 0.7 points."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(1000):
        found = sign_flip(change=rng.uniform(-1, 1, 8) + 0.7)
        inside += found.low <= 0.7 <= found.high
    assert inside / 1000 == pytest.approx(1 - 12 / 256, abs=0.02)
