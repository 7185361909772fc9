"""Time of pooling effects, beside statsmodels, and of a synthesis of many records.

    python benchmarks/pooling.py

Prints the median of interleaved runs; ratios of one run mean something, seconds of a shared machine little.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

import impactkit as ik

RUNS = 15


def timed(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    rng = np.random.default_rng(1)
    print("| actions | pool PM | combine_effects PM | rapport | pool REML | pool DL | combine_effects DL |")
    print("|---|---|---|---|---|---|---|")
    for k in (5, 30, 300, 3_000, 30_000):
        s = rng.uniform(0.02, 0.2, k)
        y = rng.normal(0.05, np.sqrt(0.05**2 + s**2))
        frame = pd.DataFrame({"estimate": y, "std_error": s})
        calls = {
            "pm": lambda f=frame: ik.pool(f, method="PM"),
            "sm": lambda y=y, s=s: combine_effects(y, s**2, method_re="iterated", atol=1e-12, maxiter=500),
            "reml": lambda f=frame: ik.pool(f),
            "dl": lambda f=frame: ik.pool(f, method="DL"),
            "smdl": lambda y=y, s=s: combine_effects(y, s**2, method_re="chi2"),
        }
        times: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(RUNS):
            for name, call in calls.items():
                times[name].append(timed(call))
        ms = {name: 1e3 * statistics.median(values) for name, values in times.items()}
        print(
            f"| {k} | {ms['pm']:.2f} ms | {ms['sm']:.2f} ms | {ms['sm'] / ms['pm']:.1f} | "
            f"{ms['reml']:.2f} ms | {ms['dl']:.2f} ms | {ms['smdl']:.2f} ms |"
        )


if __name__ == "__main__":
    main()
