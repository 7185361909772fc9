"""The laws of `inference.distributions` are those of scipy.stats, to the last digit."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from impactkit.estimators.inference import distributions as ours
from impactkit.estimators.inference.shares import TwoShares, fisher_exact

INF, NAN = np.inf, np.nan
RNG = np.random.default_rng(20)
MANY = 10_000
WIDE = np.concatenate(
    [
        [-INF, -1e300, -40, -3, -1, -1e-300, -0.0, 0, 1e-300, 1e-8, 0.5, 1, 2, 3, 40, 1e5, 1e300, INF, NAN],
        RNG.normal(size=MANY) * 10,
    ]
)
CHANCES = np.concatenate(
    [
        [0, 1e-300, 1e-20, 1e-5, 0.025, 0.2, 0.5, 0.7, 0.975, 1 - 1e-16, 1, NAN],
        RNG.random(MANY),
        10 ** RNG.uniform(-12, 0, MANY),
    ]
)
EDGE_DF = [-1, 0, 1e-3, 0.5, 1, 1.5, 2, 3, 10.3, 100, 1e4, 1e8, 1e20, INF, NAN]


def same(found, expected):
    """Equal to the last digit, in the same places unknown."""
    np.testing.assert_array_equal(np.asarray(found, dtype=float), np.asarray(expected, dtype=float))


def crossed(values, edges=EDGE_DF):
    """The edges of one crossed with those of the other, and many values with degrees of freedom at random."""
    few, many = values[:19], values[19:]
    x, df = np.array(list(itertools.product(few, edges))).T
    return np.append(x, many), np.append(df, np.exp(RNG.uniform(np.log(0.3), np.log(1e7), len(many))))


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("name", ["sf", "cdf", "pdf", "logpdf", "logsf"])
def test_the_normal_law(name):
    same(getattr(ours, f"normal_{name}")(WIDE), getattr(stats.norm, name)(WIDE))


@pytest.mark.parametrize("name", ["isf", "ppf"])
def test_quantiles_of_the_normal_law(name):
    found = getattr(ours, f"normal_{name}")(CHANCES)
    same(found, getattr(stats.norm, name)(CHANCES))
    assert not np.signbit(found[found == 0]).any()


def test_students_law():
    t, df = crossed(WIDE)
    same(ours.student_sf(t, df), stats.t.sf(t, df))


@pytest.mark.parametrize("name", ["isf", "ppf"])
def test_quantiles_of_students_law(name):
    p, df = crossed(CHANCES)
    found = getattr(ours, f"student_{name}")(p, df)
    same(found, getattr(stats.t, name)(p, df))
    assert not np.signbit(found[found == 0]).any()


def test_the_chi_squared_law():
    finite = [df for df in EDGE_DF if df != INF]
    x, df = crossed(WIDE, finite)
    same(ours.chi2_sf(x, df), stats.chi2.sf(x, df))
    p, df = crossed(CHANCES, finite)
    same(ours.chi2_ppf(p, df), stats.chi2.ppf(p, df))


def test_fishers_law():
    x, df1 = crossed(WIDE, [df for df in EDGE_DF if df != INF])
    df2 = np.append(
        RNG.choice(EDGE_DF[:-2], len(x) - MANY), np.exp(RNG.uniform(np.log(0.3), np.log(1e7), MANY))
    )
    same(ours.f_sf(x, df1, df2), stats.f.sf(x, df1, df2))


@pytest.mark.parametrize("name", ["isf", "ppf"])
def test_quantiles_of_the_beta_law(name):
    p = np.append([0.0, 1.0, 0.025, 0.95], 10 ** RNG.uniform(-8, 0, 20_000))
    a, b = np.exp(RNG.uniform(0, np.log(1e5), (2, len(p)))).round()
    same(getattr(ours, f"beta_{name}")(p, a, b), getattr(stats.beta, name)(p, a, b))


def test_the_binomial_law():
    n = np.exp(RNG.uniform(0, np.log(1e5), MANY)).round()
    p = RNG.random(MANY)
    k = np.clip(np.round(n * p + RNG.normal(size=MANY) * 2 * np.sqrt(n * p * (1 - p))), -1, n - 1)
    same(ours.binomial_sf(k, n, p), stats.binom.sf(k, n, p))
    same(
        ours.binomial_sf([-1, 0, 4, 4], 5, [0.3, 0.0, 1.0, 0.3]),
        stats.binom.sf([-1, 0, 4, 4], 5, [0.3, 0.0, 1.0, 0.3]),
    )


def test_the_binomial_law_of_even_chances():
    k, n = np.array([(k, n) for n in range(120) for k in range(-1, n + 2)]).T
    same(ours.even_cdf(k, n), stats.binom.cdf(k, n, 0.5))
    n = np.exp(RNG.uniform(0, np.log(2e5), MANY)).round()
    k = np.clip(np.round(n / 2 + RNG.normal(size=MANY) * np.sqrt(n)), 0, n)
    same(ours.even_cdf(k, n), stats.binom.cdf(k, n, 0.5))
    k = np.arange(2_000)  # the middle, where both sides have as much
    same(ours.even_cdf(k, 2 * k + 1), stats.binom.cdf(k, 2 * k + 1, 0.5))


def test_fishers_exact_test():
    for _ in range(300):
        n1, n0 = RNG.integers(1, 100, 2).tolist()
        x1, x0 = int(RNG.integers(0, n1 + 1)), int(RNG.integers(0, n0 + 1))
        expected = stats.fisher_exact([[x1, n1 - x1], [x0, n0 - x0]]).pvalue
        assert fisher_exact(TwoShares(x1=x1, n1=n1, x0=x0, n0=n0)) == pytest.approx(expected, rel=1e-11)


def test_scipy_stats_is_not_loaded():
    modules = ("design", "estimators", "evidence.verdict", "report", "synthesis")
    imports = ", ".join(f"impactkit.{module}" for module in modules)
    code = f"import sys, {imports}; print('scipy.stats' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
