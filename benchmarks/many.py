"""Time many actions in one pass against loops, one run: ``python benchmarks/many.py``.

Arms, best of repeats in processor time, the numbers asserted equal:

- ``arrays``: the array functions, from arrays whose rows stand by action to estimates, errors and degrees of
  freedom: what the loop below is given, too;
- ``estimate_many``: the public function, from the data frame to the table (checks of every row, counts,
  means, intervals, detectable effects);
- ``statsmodels``: a loop of its OLS on arrays in order of action, design columns already made; it is run on
  a part of the actions and scaled linearly;
- ``one by one``: the public functions of impactkit in a loop, on fewer actions, scaled likewise.

Three settings: a difference in means of 100 people; difference in differences of 50 people at two periods
(statsmodels: 100 rows, errors by person); and 5 000 actions of about 150 people with 8 covariates, Lin's
adjustment, with the balance table.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

import impactkit as ik
from impactkit.estimators.many.plain import plain_differences
from impactkit.estimators.many.segments import Segments

ACTIONS, ROWS = 10_000, 100
LOOPED, ONE_BY_ONE = 1_000, 40


def best(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = call()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def report(title: str, seconds: dict[str, float]) -> None:
    print(title)
    base = seconds["statsmodels"]
    for name, spent in seconds.items():
        print(f"  {name:<16} {spent:>10.3f} s   statsmodels / this: {base / spent:>8.1f}")


def agrees(table: pd.DataFrame, expected: list[tuple[float, ...]]) -> None:
    found = table.loc[: len(expected) - 1, ["estimate", "std_error"]].to_numpy()
    np.testing.assert_allclose(found, np.array(expected)[:, :2], rtol=1e-8)


def one_by_one(frame: pd.DataFrame, estimate: Callable[[ik.Design], ik.Estimate], **columns: Any) -> float:
    """Return the seconds of one call per action for all actions, from some of them."""
    parts = [rows for _, rows in frame[frame["action"] < ONE_BY_ONE].groupby("action")]

    def loop() -> None:
        for rows in parts:
            cohort = ik.cohort_from_frame(rows, unit="id", outcomes=["y"], arm="T", **columns)
            estimate(ik.declare_design(cohort, covariates=columns.get("covariates")))

    return best(loop, 2)[0] * frame["action"].nunique() / ONE_BY_ONE


def compare_groups() -> None:
    rng = np.random.default_rng(1)
    n = ACTIONS * ROWS
    treated = np.tile(np.arange(ROWS) % 2, ACTIONS)
    y = rng.normal(size=n) + 0.3 * treated
    frame = pd.DataFrame(
        {"action": np.repeat(np.arange(ACTIONS), ROWS), "id": np.arange(n), "T": treated, "y": y}
    )
    at = Segments(sizes=np.full(ACTIONS, ROWS))
    flags = treated == 1

    def statsmodels() -> list[tuple[float, ...]]:
        found = []
        for i in range(LOOPED):
            cut = slice(i * ROWS, (i + 1) * ROWS)
            fitted = sm.OLS(y[cut], X[cut]).fit(cov_type="HC2", use_t=True)
            found.append((fitted.params[1], fitted.bse[1], fitted.pvalues[1], *fitted.conf_int()[1]))
        return found

    X = np.column_stack([np.ones(n), treated])
    arrays, core = best(lambda: plain_differences(y=y, groups=at.split(flags), weights=None, welch=True), 5)
    public, table = best(
        lambda: ik.estimate_many(frame, method="compare_groups", unit="id", treated="T", outcome="y"), 5
    )
    loop, expected = best(statsmodels, 3)
    agrees(table, expected)
    np.testing.assert_allclose(core.value, table["estimate"], rtol=1e-10)
    seconds = {
        "arrays": arrays,
        "estimate_many": public,
        "statsmodels": loop * ACTIONS / LOOPED,
        "one by one": one_by_one(frame, ik.compare_groups),
    }
    report(f"difference in means, {ACTIONS} actions x {ROWS} people", seconds)


def did() -> None:
    rng = np.random.default_rng(2)
    people = ROWS // 2
    n = ACTIONS * ROWS
    unit, period = np.repeat(np.arange(n // 2), 2), np.tile([0.0, 1.0], n // 2)
    treated = unit % 2
    y = rng.normal(size=n // 2)[unit] + rng.normal(size=n) + 0.3 * treated * period
    frame = pd.DataFrame({"action": unit // people, "id": unit, "t": period, "T": treated, "y": y})
    at, flags = Segments(sizes=np.full(ACTIONS, people)), treated[::2] == 1
    X = np.column_stack([np.ones(n), treated, period, treated * period])

    def core() -> Any:
        found = plain_differences(y=y[1::2] - y[::2], groups=at.split(flags), weights=None, welch=False)
        return found, 2 * stats.t.sf(np.abs(found.value / found.std_error), found.df)

    def statsmodels() -> list[tuple[float, ...]]:
        found = []
        for i in range(LOOPED):
            cut = slice(i * ROWS, (i + 1) * ROWS)
            fitted = sm.OLS(y[cut], X[cut]).fit(
                cov_type="cluster", cov_kwds={"groups": unit[cut], "use_correction": False}, use_t=True
            )
            found.append((fitted.params[3], fitted.bse[3], fitted.pvalues[3], *fitted.conf_int()[3]))
        return found

    arrays, (found, _) = best(core, 5)
    public, table = best(
        lambda: ik.estimate_many(frame, method="did", unit="id", period="t", treated="T", outcome="y"), 5
    )
    loop, expected = best(statsmodels, 3)
    # CR0 by person times sqrt(n / (n - 1)) of equal groups is CR2.
    scale = np.sqrt(people / 2 / (people / 2 - 1))
    agrees(table, [(value, error * scale) for value, error, *_ in expected])
    np.testing.assert_allclose(found.value, table["estimate"], rtol=1e-10)
    seconds = {
        "arrays": arrays,
        "estimate_many": public,
        "statsmodels": loop * ACTIONS / LOOPED,
        "one by one": one_by_one(frame, ik.did, period="t"),
    }
    report(f"difference in differences, {ACTIONS} actions x {people} people x 2 periods", seconds)


def lin_with_balance() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(120, 181, 5_000)
    n = int(sizes.sum())
    names = [f"x{i}" for i in range(8)]
    frame = pd.DataFrame(rng.normal(size=(n, 8)), columns=names)
    frame["x7"] = (frame["x7"] > 0).astype(int)
    frame["action"], frame["id"] = np.repeat(np.arange(sizes.size), sizes), np.arange(n)
    frame["T"] = rng.integers(0, 2, n)
    frame["y"] = frame[names].sum(axis=1) + rng.normal(size=n) + 0.3 * frame["T"]
    columns = {"unit": "id", "treated": "T", "outcome": "y", "covariates": names}

    def both() -> tuple[pd.DataFrame, pd.DataFrame]:
        table = ik.estimate_many(frame, method="compare_groups", adjust="lin", **columns)
        return table, ik.balance_many(frame, **columns)

    y, treated, X = frame["y"].to_numpy(), frame["T"].to_numpy(), frame[names].to_numpy()
    ends = np.cumsum(sizes)

    def statsmodels() -> list[tuple[float, ...]]:
        found = []
        for i in range(LOOPED // 2):
            cut = slice(ends[i] - sizes[i], ends[i])
            t = treated[cut][:, None]
            centred = X[cut] - X[cut][t[:, 0] == 1].mean(axis=0)
            columns = np.hstack([np.ones_like(t), t, centred, t * centred])
            fitted = sm.OLS(y[cut], columns).fit(cov_type="HC2", use_t=True)
            found.append((fitted.params[1], fitted.bse[1], fitted.pvalues[1], *fitted.conf_int()[1]))
        return found

    public, (table, balance) = best(both, 3)
    alone, _ = best(lambda: ik.estimate_many(frame, method="compare_groups", adjust="lin", **columns), 3)
    loop, expected = best(statsmodels, 2)
    agrees(table, expected)
    assert len(balance) == 8 * sizes.size
    seconds = {
        "both": public,
        "estimate_many": alone,
        "statsmodels": loop * sizes.size / (LOOPED // 2),
        "one by one": one_by_one(
            frame, lambda design: ik.compare_groups(design, adjust="lin"), covariates=names
        ),
    }
    report("Lin, 8 covariates, HC2, 5000 actions x 150 people, with balance", seconds)


if __name__ == "__main__":
    compare_groups()
    did()
    lin_with_balance()
