"""How often intervals for few people hold the truth: effect sizes, blocks, times before an event.

    python simulation/effect_sizes.py [worlds] [seed]

Prints a table in Markdown: the share of worlds in which the 95 % interval holds the true value. A run is kept
in ``docs/validation/effect-sizes.md``.
"""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd
from scipy import stats

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.duration.curves import restricted_mean, time_lost
from impactkit.estimators.groups.blocks import blocked_difference

SIZES = ((15, 30), (30, 60), (100, 300))
SHARES = ((0.45, 0.30), (0.12, 0.05))
HORIZON = 8.0


def design(y1: np.ndarray, y0: np.ndarray) -> ik.Design:
    """Return the design of two groups."""
    frame = pd.DataFrame({"y": np.concatenate([y1, y0]), "d": np.repeat([1, 0], [len(y1), len(y0)])})
    frame["id"] = range(len(frame))
    return ik.declare_design(ik.cohort_from_frame(frame, unit="id", arm="d", outcomes=["y"]))


def measured(truth: dict[str, float], y1: np.ndarray, y0: np.ndarray, kind: str) -> dict[str, bool | None]:
    """Tell, for each measure, whether its interval holds the truth; nothing when it has none."""
    try:
        found = ik.effect_sizes(design(y1, y0), kind=kind).set_index("measure")
    except EstimationError:
        return dict.fromkeys(truth)
    rows = {name: found.loc[name] for name in truth}
    return {
        name: None
        if math.isnan(row["conf_low"])
        else bool(row["conf_low"] <= truth[name] <= row["conf_high"])
        for name, row in rows.items()
    }


def numbers(n1: int, n0: int, rng: np.random.Generator) -> dict[str, bool | None]:
    """Draw normal outcomes, 0.4 standard deviations apart."""
    truth = {"hedges_g": 0.4, "glass_delta": 0.4, "probability_of_superiority": stats.norm.cdf(0.4 / 2**0.5)}
    return measured(truth, rng.normal(0.4, 1, n1), rng.normal(0, 1, n0), "number")


def counts(n1: int, n0: int, rng: np.random.Generator) -> dict[str, bool | None]:
    """Draw counts that vary twice as much as Poisson's."""
    return measured(
        {"rate_ratio": 1.5}, rng.negative_binomial(3, 0.5, n1), rng.negative_binomial(2, 0.5, n0), "count"
    )


def shares(p1: float, p0: float, n1: int, n0: int, rng: np.random.Generator) -> dict[str, bool | None]:
    """Draw yes/no outcomes."""
    odds = p1 * (1 - p0) / (p0 * (1 - p1))
    truth = {
        "risk_difference": p1 - p0,
        "risk_difference_mn": p1 - p0,
        "risk_ratio": p1 / p0,
        "odds_ratio": odds,
    }
    y1, y0 = (rng.random(n1) < p1).astype(float), (rng.random(n0) < p0).astype(float)
    found = measured(truth, y1, y0, "binary")
    return {f"{name}, {p1:g} / {p0:g}": held for name, held in found.items()}


def blocks(n1: int, n0: int, rng: np.random.Generator) -> dict[str, bool | None]:
    """Draw five blocks of one level each."""
    treated = np.repeat([True, False], [n1, n0])
    block = np.concatenate([np.arange(n1) % 5, np.arange(n0) % 5])
    y = 2.0 * block + 0.4 * treated + rng.normal(size=n1 + n0)
    found, _ = blocked_difference(y=y, treated=treated, blocks=block)
    margin = stats.t.isf(0.025, found.df) * found.std_error
    return {"blocks": bool(abs(found.value - 0.4) <= margin)}


def durations(n1: int, n0: int, rng: np.random.Generator) -> dict[str, bool | None]:
    """Draw exponential times (means 10 and 7), another exit (mean 20), follow-up of 8 to 16."""
    truth = {"rmst": 0.0, "time_lost": 0.0}
    value, variance = dict.fromkeys(truth, 0.0), dict.fromkeys(truth, 0.0)
    for n, mean, sign in ((n1, 10.0, 1), (n0, 7.0, -1)):
        own, other, end = rng.exponential(mean, n), rng.exponential(20.0, n), rng.uniform(8, 16, n)
        both = 1 / mean + 1 / 20
        truth["rmst"] += sign * mean * (1 - math.exp(-HORIZON / mean))
        truth["time_lost"] += sign / mean / both * (HORIZON - (1 - math.exp(-HORIZON * both)) / both)
        alone = restricted_mean(time=np.minimum(own, end), event=(own <= end).astype(int), horizon=HORIZON)
        cause = np.where(np.minimum(own, other) > end, 0, np.where(own < other, 1, 2))
        lost = time_lost(time=np.minimum(np.minimum(own, other), end), event=cause, horizon=HORIZON)
        for name, area in (("rmst", alone), ("time_lost", lost)):
            value[name] += sign * area.value
            variance[name] += area.std_error**2
    return {name: bool(abs(value[name] - truth[name]) <= 1.96 * variance[name] ** 0.5) for name in truth}


def world(n1: int, n0: int, rng: np.random.Generator) -> dict[str, bool | None]:
    """Return what held in one world of each kind."""
    found = numbers(n1, n0, rng) | counts(n1, n0, rng) | blocks(n1, n0, rng) | durations(n1, n0, rng)
    for p1, p0 in SHARES:
        found |= shares(p1, p0, n1, n0, rng)
    return found


def main(worlds: int = 1_000, seed: int = 1) -> None:
    """Print the table."""
    rng = np.random.default_rng(seed)
    columns = {}
    for n1, n0 in SIZES:
        columns[f"{n1} / {n0}"] = pd.DataFrame([world(n1, n0, rng) for _ in range(worlds)])
    print("| mesure |", " | ".join(columns), "|")
    print("|---|" + "---|" * len(columns))
    for name in next(iter(columns.values())).columns:
        held = (frame[name].dropna().astype(float).mean() for frame in columns.values())
        print(f"| {name} |", " | ".join(f"{100 * share:.1f} %" for share in held), "|")


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]))
