"""Time group-time effects against the plain numpy bound: ``python benchmarks/group_time.py [rows ...]``.

Three entry dates and people who never enter, 10 periods, dynamic average with simultaneous bands. The arms,
in one run, best of repeats in processor time:

- ``bound``: from the columns of the rows, identifiers made codes, outcomes put in a table, means and second
  moments of each group: the least that the effects and their errors need;
- ``arrays``: the array functions, from the table to effects, errors and bands;
- ``did``: the public function, from a design to the estimate with its counts and means, and bands.

Ratios are over the bound; the numbers of the arms are asserted equal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import impactkit as ik
from impactkit.estimators.inference.influence import band_critical, normal_draws
from impactkit.estimators.panel.averages import averages
from impactkit.estimators.panel.group_time import plain_group_time, plan_cells

PERIODS = np.arange(10.0)
ENTRIES = np.array([4.0, 6.0, 8.0, np.inf])


def made(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    n = n_rows // PERIODS.size
    cohort = rng.integers(0, 4, n)
    late = np.maximum(PERIODS[None, :] - ENTRIES[cohort][:, None] + 1, 0)
    return rng.normal(size=(n, 1)) + rng.normal(size=(n, PERIODS.size)) + 0.1 * late, cohort


def bound(ids: np.ndarray, times: np.ndarray, entry: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Return the effects at entry; the second moments are computed and not used."""
    codes, people = pd.factorize(ids)
    Y = np.empty((people.size, PERIODS.size))
    Y[codes, np.searchsorted(PERIODS, times)] = y
    entries = np.empty(people.size)
    entries[codes] = entry
    cohort = np.searchsorted(ENTRIES, entries)
    means, moments = [], []
    for k in range(4):
        rows = Y[cohort == k]
        means.append(rows.mean(axis=0))
        centred = rows - means[-1]
        moments.append(centred.T @ centred)
    return [
        (means[k][int(g)] - means[k][int(g) - 1]) - (means[3][int(g)] - means[3][int(g) - 1])
        for k, g in enumerate(ENTRIES[:3])
    ]


def arrays(Y: np.ndarray, cohort: np.ndarray) -> Any:
    plan = plan_cells(periods=PERIODS, entries=ENTRIES, base="varying", anticipation=0, not_yet=False)
    found = plain_group_time(Y=Y, cohort=cohort, weights=np.ones(len(Y)), plan=plan)
    covariance = found.influence.covariance()
    loads = np.array([average.load for average in averages(found, "dynamic").path])
    vcov = loads @ covariance @ loads.T
    draws = normal_draws(vcov, 20_000, np.random.default_rng(0))
    band_critical(draws, np.sqrt(np.diag(vcov)), 0.95)
    return found


def public(design: ik.Design) -> ik.Estimate:
    estimate = ik.did(design, aggregate="dynamic")
    estimate.band_critical()
    return estimate


def best(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = call()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def main() -> None:
    sizes = [int(float(text)) for text in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000]
    print(f"{'rows':>10} {'bound ms':>10} {'arrays ms':>10} {'ratio':>7} {'did ms':>10} {'ratio':>7}")
    for n_rows in sizes:
        Y, cohort = made(n_rows)
        n = len(Y)
        frame = pd.DataFrame(
            {
                "id": np.repeat(np.arange(n), PERIODS.size),
                "t": np.tile(PERIODS, n),
                "g": np.repeat(ENTRIES[cohort], PERIODS.size),
                "y": Y.ravel(),
            }
        )
        columns = [frame[name].to_numpy() for name in ("id", "t", "g", "y")]
        made_cohort = ik.cohort_from_frame(frame, unit="id", period="t", entry="g", outcomes=["y"])
        design = ik.declare_design(made_cohort)
        repeats = 3 if n_rows >= 1_000_000 else 7
        least, effects = best(lambda columns=columns: bound(*columns), repeats)
        core, found = best(lambda Y=Y, cohort=cohort: arrays(Y, cohort), repeats)
        whole, estimate = best(lambda design=design: public(design), repeats)
        at_entry = found.att[found.plan.event_time == 0]
        np.testing.assert_allclose(at_entry, effects, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(estimate.cells["estimate"], found.att, rtol=1e-9, atol=1e-12)
        print(
            f"{n_rows:>10} {1e3 * least:>10.2f} {1e3 * core:>10.2f} {core / least:>7.1f}"
            f" {1e3 * whole:>10.1f} {whole / least:>7.1f}"
        )


if __name__ == "__main__":
    main()
