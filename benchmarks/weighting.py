"""Entropy balancing against its peers, and a Lin-adjusted estimate at the size of an action.

    python benchmarks/weighting.py [rows ...]

Entropy balancing of 70 % of the rows (those compared) on 8 characteristics, to the means of the others:
`tilt` (to a balance of 1e-10), against statsmodels' logit of the group on the same columns (what a weighting
by score costs there) and a quasi-Newton search on the same dual (scipy's L-BFGS, as other packages do). The
least is one pass of what any Newton step reads: the columns once, and an exponential. R's ``ebal`` is not in
Debian: the project's measures put it at 2 times its prototype. Memory is the peak above the arrays given
(tracemalloc).

Then `difference` (Lin, HC2) for 150 people and 8 characteristics, warm, against statsmodels on arrays. Every
arm runs in turn in one process; the same numbers are asserted.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.optimize import minimize

import impactkit as ik
from impactkit.design.convex import weighted_gram
from impactkit.design.weighting.entropy import BALANCED, tilt
from impactkit.estimators.arms import difference


def made(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    treated = np.arange(n) < 3 * n // 10
    X = rng.normal(size=(n, 8)) + 0.3 * treated[:, None]
    return X, treated


def quasi_newton(Z: np.ndarray) -> np.ndarray:
    def dual(b: np.ndarray) -> tuple[float, np.ndarray]:
        index = Z @ b
        top = index.max()
        powers = np.exp(index - top)
        total = powers.sum()
        return top + np.log(total), Z.T @ powers / total

    options = {"gtol": 1e-10, "ftol": 1e-16, "maxiter": 500}
    return minimize(dual, np.zeros(Z.shape[1]), jac=True, method="L-BFGS-B", options=options).x


def least(Z: np.ndarray) -> np.ndarray:
    powers = np.exp(Z @ np.full(Z.shape[1], 0.1))
    return weighted_gram(Z, powers)


def timed(calls: dict[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the best time of each call, taken in turn, and what it returned."""
    seconds = dict.fromkeys(calls, np.inf)
    results = {}
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            results[name] = call()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds, results


def peak(call: Callable[[], Any]) -> float:
    """Return the most memory that a call adds, in megabytes."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def balancing(n: int) -> str:
    X, treated = made(n)
    Z = X[~treated] - X[treated].mean(axis=0)
    weights, columns = np.ones(len(Z)), sm.add_constant(X)
    seconds, results = timed(
        {
            "own": lambda: tilt(Z, weights=weights),
            "logit": lambda: sm.Logit(treated.astype(float), columns).fit(disp=0),
            "quasi": lambda: quasi_newton(Z),
            "least": lambda: least(Z),
        },
        3 if n >= 1_000_000 else 7,
    )
    assert results["own"].gap <= BALANCED
    np.testing.assert_allclose(results["quasi"], results["own"].coefficients, atol=1e-5)
    own = seconds["own"]
    return (
        f"{n:>9} {1e3 * own:>9.1f} {own / seconds['least']:>8.1f} {seconds['logit'] / own:>8.1f}"
        f" {seconds['quasi'] / own:>8.1f} {results['own'].gap:>9.1e}"
        f" {peak(lambda: tilt(Z, weights=weights)):>8.0f}"
    )


def public(n: int) -> str:
    """Return the peak of the public function above the cohort, by method and population."""
    X, treated = made(n)
    names = [f"x{k}" for k in range(X.shape[1])]
    frame = pd.DataFrame(X, columns=names).assign(person=np.arange(n), arm=treated.astype(int), y=X[:, 0])
    cohort = ik.cohort_from_frame(frame, unit="person", arm="arm", outcomes=["y"], covariates=names)
    design = ik.declare_design(cohort, covariates=names)
    peaks = [
        peak(lambda method=method, on=on: ik.weight(design, method=method, estimand=on))
        for method in ("logit", "entropy", "cbps")
        for on in ("ATT", "ATE")
    ]
    return f"{n:>9}" + "".join(f"{most:>13.0f}" for most in peaks)


def statsmodels_lin(y: np.ndarray, treated: np.ndarray, X: np.ndarray) -> tuple[float, float]:
    T = treated.astype(float)
    centred = X - X.mean(axis=0)
    columns = np.column_stack([np.ones_like(T), T, centred, centred * T[:, None]])
    found = sm.OLS(y, columns).fit(cov_type="HC2")
    return found.params[1], found.bse[1]


def lin() -> str:
    rng = np.random.default_rng(2)
    treated = np.arange(150) < 60
    X = rng.normal(size=(150, 8))
    y = X[:, 0] + rng.normal(size=150)

    def own() -> Any:
        return difference(y=y, treated=treated, X=X, adjust="lin", centre="everyone", errors="HC2").contrast

    seconds, results = timed({"own": own, "peer": lambda: statsmodels_lin(y, treated, X)}, 300)
    np.testing.assert_allclose((results["own"].value, results["own"].std_error), results["peer"], rtol=1e-9)
    return f"{1e3 * seconds['own']:.3f} ms; statsmodels arrays {seconds['peer'] / seconds['own']:.1f} times"


def main() -> None:
    sizes = [int(float(text)) for text in sys.argv[1:]] or [1_000, 100_000, 1_000_000]
    print("entropy balancing, 8 characteristics; times of `tilt`, then the others as multiples")
    print("     rows        ms  x least  sm.Logit  L-BFGS       gap  peak MB")
    for n in sizes:
        print(balancing(n), flush=True)
    print("public `weight`, peak MB: logit ATT, logit ATE, entropy ATT, entropy ATE, cbps ATT, cbps ATE")
    for n in sizes:
        print(public(n), flush=True)
    print(f"Lin with HC2 at n = 150: {lin()}")


if __name__ == "__main__":
    main()
