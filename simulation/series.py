"""How often an interrupted series without any effect shows a break.

    python simulation/series.py [worlds] [seed]

Prints tables in Markdown: the share of series without effect in which each kind of errors says p ≤ 5 %.
Series have a trend and a break in the middle; errors are normal, or counts with a normal departure in
their logarithm, and carry over from one period to the next. A run is kept in ``docs/validation/series.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from scipy import stats

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Contrast, contrast, fit
from impactkit.estimators.series.autoregression import fit_autoregression
from impactkit.estimators.series.counts import fit_negative_binomial, fit_poisson
from impactkit.estimators.series.hac import hac_contrast

LENGTHS = (16, 24, 36, 60, 120)
CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.9)
METHODS = ("`hac`", "`hac`, `lags`", "`ar1`", "`classic`")
COUNT_METHODS = ("Poisson `hac`", "Poisson `quasi`", "binomiale négative `hac`", "b. n. `classic`")
BURN_IN = 60


def columns(n: int, *, slope: bool) -> np.ndarray:
    """Return the columns of a segmented regression with a break in the middle."""
    time = np.arange(n, dtype=float)
    after = time >= n // 2
    change = [np.where(after, time - (n // 2 - 1), 0.0)] if slope else []
    return np.column_stack([np.ones(n), time - time.mean(), after, *change])


def carried(rng: np.random.Generator, n: int, *weights: float) -> np.ndarray:
    """Draw errors of which these shares of those just before go over."""
    new, errors = rng.normal(size=n + BURN_IN), np.zeros(n + BURN_IN)
    for t in range(n + BURN_IN):
        errors[t] = new[t] + sum(w * errors[t - i - 1] for i, w in enumerate(weights) if t > i)
    return errors[BURN_IN:]


def p_value(found: Contrast) -> float:
    """Return the two-sided p-value of a contrast."""
    return float(2 * stats.t.sf(abs(found.value) / found.std_error, found.df))


def p_values(X: np.ndarray, y: np.ndarray, c: np.ndarray) -> list[float]:
    """Return the p-value of each method, in the order of `METHODS`; 1 where it refuses."""
    fitted, lags = fit(X=X, y=y), int(0.75 * len(y) ** (1 / 3))
    try:
        by_likelihood = p_value(fit_autoregression(X=X, y=y).contrast(c))
    except EstimationError:
        by_likelihood = 1.0
    return [
        p_value(hac_contrast(fitted, c, lags=None).contrast),
        p_value(hac_contrast(fitted, c, lags=lags).contrast),
        by_likelihood,
        p_value(contrast(fitted, c, errors="classic")),
    ]


def count_p_values(X: np.ndarray, y: np.ndarray, c: np.ndarray) -> list[float]:
    """Return the p-value of each method, in the order of `COUNT_METHODS`."""
    poisson = fit_poisson(X=X, y=y, offset=np.zeros(len(y)))
    found = [hac_contrast(poisson.weighted, c, lags=None).contrast, poisson.contrast(c, dispersed=True)]
    try:
        binomial = fit_negative_binomial(X=X, y=y, offset=np.zeros(len(y)))
    except EstimationError:  # counts vary no more than Poisson's, which is then the answer
        binomial = poisson
    found += [hac_contrast(binomial.weighted, c, lags=None).contrast, binomial.contrast(c, dispersed=False)]
    return [p_value(item) for item in found]


def row(name: str, found: list[list[float]]) -> str:
    """Write a row of the table: the share of worlds refused by each method."""
    shares = (np.array(found) <= 0.05).mean(axis=0)
    return f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} |"


def sizes(worlds: int, seed: int) -> Iterator[str]:
    """Yield the rows of the tables."""
    yield f"| périodes | pente | ressemblance | {' | '.join(METHODS)} |"
    yield "|---" * (len(METHODS) + 3) + "|"
    cases = [(n, False, (rho,)) for n in LENGTHS for rho in CORRELATIONS]
    cases += [(n, True, (rho,)) for n in (24, 60) for rho in (0.0, 0.3, 0.5)]
    cases += [(n, False, (0.5, 0.2)) for n in (24, 60, 120)]
    for n, slope, weights in cases:
        rng = np.random.default_rng([seed, n, round(100 * sum(weights)), slope])
        X = columns(n, slope=slope)
        c = np.eye(X.shape[1])[2]
        found = [p_values(X, carried(rng, n, *weights), c) for _ in range(worlds)]
        like = " puis ".join(f"{w:.1f}" for w in weights)
        yield row(f"{n} | {'libre' if slope else 'commune'} | {like}", found)
    yield ""
    yield f"| périodes | ressemblance | variance / moyenne | {' | '.join(COUNT_METHODS)} |"
    yield "|---" * (len(COUNT_METHODS) + 3) + "|"
    for n in (24, 60):
        for rho in (0.0, 0.5):
            for spread in (0.0, 0.15):
                rng = np.random.default_rng([seed, n, round(10 * rho), round(100 * spread), 7])
                X, c = columns(n, slope=False), np.array([0.0, 0.0, 1.0])
                scale = spread * np.sqrt(1 - rho**2)
                rates = [np.exp(np.log(100) + scale * carried(rng, n, rho)) for _ in range(worlds)]
                found = [count_p_values(X, rng.poisson(rate).astype(float), c) for rate in rates]
                yield row(f"{n} | {rho:.1f} | {1 + 100 * spread**2:.1f}", found)


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for line in sizes(worlds, int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        print(line, flush=True)
