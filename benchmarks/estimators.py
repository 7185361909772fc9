"""Time the estimators against the least work in numpy and against other packages, on the same numbers.

    python benchmarks/estimators.py                           # every section, small sizes: under a minute
    python benchmarks/estimators.py did --rows 1e5 1e6 1e7    # one section, these sizes

A section makes data of a size and yields arms: ways to reach the same numbers. The first is the bound, what a
careful hand would write in numpy from the columns of the rows; ours is the public function, from a design to
an estimate (making the cohort and the design is a section of its own). The numbers of the arms are asserted
equal. Arms take turns in one process and on one thread; the time is the least processor time of the turns.
Other packages are optional: an arm whose package is not installed is said to be absent.
"""

from __future__ import annotations

import os

# ruff: noqa: E402
# One thread each, so that processor times can be compared; set before numpy loads.
for _library in ("OMP", "OPENBLAS", "MKL", "RAYON", "NUMBA"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import argparse
import contextlib
import importlib
import io
import math
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

import impactkit as ik

OURS = "impactkit"
PERIODS = np.arange(1.0, 11.0)
ENTRIES = np.array([5.0, 7.0, 9.0, np.inf])


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A way to reach the numbers of a section.

    Attributes
    ----------
    name : str
        The first of a section is the reference.
    call : callable
        What is timed.
    numbers : callable
        From what ``call`` returns to numbers: those of the reference, or the first ones of them.
    tolerance : float
        Relative to the largest number.
    over : float or None
        Our time over this arm's may be at most this.
    """

    name: str
    call: Callable[[], Any]
    numbers: Callable[[Any], Sequence[float]]
    tolerance: float = 1e-8
    over: float | None = None


def package(name: str) -> ModuleType | None:
    """Return a package that may not be installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name}: not installed, its arm is left out")
        return None


# --- Effects by date of entry, dynamic average and simultaneous bands -------------------------------------


def staggered(n_rows: int) -> pd.DataFrame:
    """Return people who enter at three dates or never, over ten periods."""
    rng = np.random.default_rng(1)
    n = n_rows // PERIODS.size
    entry = ENTRIES[rng.integers(0, 4, n)]
    since = np.maximum(PERIODS - entry[:, None] + 1, 0)
    y = rng.normal(size=(n, 1)) + rng.normal(size=since.shape) + 0.1 * since
    return pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), PERIODS.size),
            "t": np.tile(PERIODS, n),
            "g": np.repeat(entry, PERIODS.size),
            "y": y.ravel(),
        }
    )


def staggered_design(frame: pd.DataFrame) -> ik.Design:
    return ik.declare_design(ik.cohort_from_frame(frame, unit="id", period="t", entry="g", outcomes=["y"]))


def did(n_rows: int) -> Iterator[Arm]:
    """Effects by date of entry (Callaway and Sant'Anna): dynamic average with a simultaneous band."""
    frame = staggered(n_rows)
    columns = [frame[name].to_numpy() for name in ("id", "t", "g", "y")]
    design = staggered_design(frame)

    def public() -> tuple[ik.Estimate, float]:
        estimate = ik.did(design, aggregate="dynamic")
        return estimate, estimate.band_critical()

    def path(result: tuple[ik.Estimate, float]) -> list[float]:
        effects = result[0].path
        return [*(effect.value for effect in effects), *(effect.std_error for effect in effects)]

    yield Arm(
        name="numpy bound", call=lambda: bound_of_did(*columns), numbers=lambda found: found[:-1], over=1.5
    )
    yield Arm(name=OURS, call=public, numbers=path)
    finite = frame.assign(g=frame["g"].replace(np.inf, 0.0))
    if (diff_diff := package("diff_diff")) is not None:
        yield Arm(
            name="diff-diff",
            call=lambda: diff_diff.CallawaySantAnna(n_bootstrap=1000, seed=1).fit(
                finite, outcome="y", unit="id", time="t", first_treat="g", aggregate="event_study"
            ),
            numbers=lambda found: [at["effect"] for _, at in sorted(found.event_study_effects.items())],
            over=1 / 1.5,
        )
    if n_rows <= 1_000_000 and (csdid := package("csdid.att_gt")) is not None:

        def by_csdid() -> Any:
            with contextlib.redirect_stdout(io.StringIO()):
                found = csdid.ATTgt(
                    yname="y", tname="t", idname="id", gname="g", data=finite, biters=1000, cband=True
                ).fit(est_method="reg")
                return found.aggte("dynamic", bstrap=True, cband=True)

        yield Arm(name="csdid", call=by_csdid, numbers=lambda found: found.atte["att_egt"], over=1 / 20)


def bound_of_did(ids: np.ndarray, times: np.ndarray, entry: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the effects by time since entry, their standard errors and the critical value of the band."""
    codes, people = pd.factorize(ids)
    Y = np.empty((people.size, PERIODS.size))
    Y[codes, np.searchsorted(PERIODS, times)] = y
    entries = np.empty(people.size)
    entries[codes] = entry
    cohort = np.searchsorted(ENTRIES, entries)
    means, moments = np.empty((4, PERIODS.size)), []
    for k in range(4):
        rows = Y[cohort == k]
        means[k] = rows.mean(axis=0)
        rows -= means[k]
        moments.append(rows.T @ rows * (len(rows) / (len(rows) - 1)))  # CR2 of people on their own
    sizes = np.bincount(cohort, minlength=4)
    cells = [
        (k, t, max(t - 1, 0) if PERIODS[t] < g else int(g) - 2)
        for k, g in enumerate(ENTRIES[:3])
        for t in range(1, PERIODS.size)
    ]
    k, t, b = np.array(cells).T
    att = means[k, t] - means[k, b] - (means[3, t] - means[3, b])
    maps = np.zeros((4, PERIODS.size, k.size))
    every = np.arange(k.size)
    for group in (k, np.full_like(k, 3)):
        sign = np.where(group == 3, -1.0, 1.0) / sizes[group]
        maps[group, t, every] += sign
        maps[group, b, every] -= sign
    covariance = sum(A.T @ S @ A for A, S in zip(maps, moments, strict=True))
    since = PERIODS[t] - ENTRIES[k]
    loads = (np.unique(since)[:, None] == since) * sizes[k]
    loads = loads / loads.sum(axis=1, keepdims=True)
    effects = loads @ att
    # The shares of the groups are estimated too.
    share = sizes / people.size
    by_group = np.array([((loads > 0) * (k == group)) @ np.ones(k.size) > 0 for group in range(4)]).T
    moved = np.zeros((effects.size, 4))
    for e, i in zip(*np.nonzero(loads), strict=True):
        moved[e, k[i]] = (att[i] - effects[e]) / (by_group[e] @ share)
    of_shares = moved @ (np.diag(share) - np.outer(share, share)) @ moved.T / people.size
    vcov = loads @ covariance @ loads.T + of_shares
    std_error = np.sqrt(np.diag(vcov))
    values, vectors = np.linalg.eigh(vcov)
    normal = np.random.default_rng(0).standard_normal((20_000, effects.size))
    draws = normal @ (vectors * np.sqrt(np.clip(values, 0, None))).T
    critical = np.quantile(np.abs(draws / std_error).max(axis=1), 0.95)
    return np.concatenate([effects, std_error, [critical]])


# --- Two groups, two times --------------------------------------------------------------------------------


def two_by_two(n_rows: int, *, sites: bool) -> Iterator[Arm]:
    rng = np.random.default_rng(2)
    n = n_rows // 2
    site = np.arange(n) // 10
    treated = site % 2
    y = rng.normal(size=(n, 2)) + rng.normal(size=site[-1] + 1)[site][:, None] * [0.0, 1.0]
    y[:, 1] += 0.2 * treated
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), 2),
            "t": np.tile([0.0, 1.0], n),
            "treated": np.repeat(treated, 2),
            "site": np.repeat(site, 2),
            "y": y.ravel(),
        }
    )
    columns = [frame[name].to_numpy() for name in ("id", "t", "treated", "site" if sites else "id", "y")]
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="t", arm="treated", outcomes=["y"], cluster="site" if sites else None
    )
    design = ik.declare_design(cohort)
    yield Arm(name="numpy bound", call=lambda: bound_of_two_by_two(*columns), numbers=tuple, over=2)
    yield Arm(name="numpy, error alone", call=lambda: bound_of_the_error(*columns), numbers=tuple)
    yield Arm(name=OURS, call=lambda: ik.did(design), numbers=of_two_by_two)
    if n_rows <= 100_000 and (formula := package("statsmodels.formula.api")) is not None:
        groups = {"groups": columns[3]}
        yield Arm(
            name="statsmodels formula",
            call=lambda: formula.ols("y ~ treated * t", frame).fit(cov_type="cluster", cov_kwds=groups),
            numbers=lambda found: [found.params["treated:t"]],
        )


def did_by_site(n_rows: int) -> Iterator[Arm]:
    """Two groups and two times, errors by site of ten people (CR2)."""
    return two_by_two(n_rows, sites=True)


def did_by_person(n_rows: int) -> Iterator[Arm]:
    """Two groups and two times, errors by person (CR2)."""
    return two_by_two(n_rows, sites=False)


def bound_of_two_by_two(
    ids: np.ndarray, times: np.ndarray, treated: np.ndarray, cluster: np.ndarray, y: np.ndarray
) -> tuple[float, ...]:
    """Return the difference, its CR2 error, their degrees of freedom, and means and deviations.

    In closed form, when each cluster lies in one group. The interval needs the degrees of freedom (Bell and
    McCaffrey), the reader the outcome of each group at each time: they are a part of the work.
    """
    codes, people = pd.factorize(ids)
    later = times == 1
    outcomes = np.empty((2, people.size))
    outcomes[0, codes[~later]], outcomes[1, codes[later]] = y[~later], y[later]
    t, of = np.empty(people.size, dtype=bool), np.empty(people.size, dtype=cluster.dtype)
    t[codes], of[codes] = treated == 1, cluster
    clusters = pd.factorize(of)[0]
    described: list[float] = []
    value, variance, load, squares = 0.0, 0.0, 0.0, 0.0
    for sign, arm in ((1, t), (-1, ~t)):
        before, after, its = outcomes[0, arm], outcomes[1, arm], clusters[arm]
        n = its.size
        means = before.sum() / n, after.sum() / n
        before -= means[0]
        after -= means[1]
        described += [*means, math.sqrt(before @ before / (n - 1)), math.sqrt(after @ after / (n - 1))]
        sums = np.bincount(its, after - before)
        share = np.bincount(its) / n
        left = 1 - share
        value += sign * (means[1] - means[0])
        variance += sums @ (sums / left) / n**2
        u = share * share / left
        load += 1 / n
        squares += (share @ share + u.sum() ** 2 - u @ u) / n**2
    return (value, math.sqrt(variance), load**2 / squares, *described)


def bound_of_the_error(
    ids: np.ndarray, times: np.ndarray, treated: np.ndarray, cluster: np.ndarray, y: np.ndarray
) -> tuple[float, float]:
    """Return the difference and its CR2 error alone."""
    codes, people = pd.factorize(ids)
    change = np.bincount(codes, np.where(times == 1, y, -y))
    t, of = np.empty(people.size, dtype=bool), np.empty(people.size, dtype=cluster.dtype)
    t[codes], of[codes] = treated == 1, cluster
    clusters = pd.factorize(of)[0]
    value, variance = 0.0, 0.0
    for sign, arm in ((1, t), (-1, ~t)):
        n = np.count_nonzero(arm)
        mean = change[arm].mean()
        sums = np.bincount(clusters[arm], change[arm] - mean)
        sizes = np.bincount(clusters[arm])
        value += sign * mean
        variance += np.sum(sums**2 / (1 - sizes / n)) / n**2
    return value, float(np.sqrt(variance))


def of_two_by_two(found: ik.Estimate) -> tuple[float, ...]:
    """Return what `bound_of_two_by_two` does."""
    effect, by_arm = found.effect, [found.means[:2], found.means[2:]]
    described = [x for pair in by_arm for x in (*(at.mean for at in pair), *(at.sd for at in pair))]
    return (effect.value, effect.std_error, effect.df, *described)


# --- Two-way fixed effects ----------------------------------------------------------------------------------


def twfe(n_rows: int) -> Iterator[Arm]:
    """Two-way fixed effects, errors by person (CR1): ours is the event study, two regressions for one."""
    frame = staggered(n_rows)
    columns = [frame[name].to_numpy() for name in ("id", "t", "g", "y")]
    design = staggered_design(frame)
    yield Arm(name="numpy bound (one coefficient)", call=lambda: bound_of_twfe(*columns), numbers=tuple)
    yield Arm(
        name=OURS,
        call=lambda: ik.event_study(design, method="twfe", errors="CR1"),
        numbers=lambda found: (found.effect.value, found.effect.std_error),
    )
    if (pyfixest := package("pyfixest")) is not None:
        exposed = frame.assign(exposed=(frame["t"] >= frame["g"]).astype(float))
        yield Arm(
            name="pyfixest (one coefficient)",
            call=lambda: pyfixest.feols(
                "y ~ exposed | id + t",
                data=exposed,
                vcov={"CRV1": "id"},
                copy_data=False,
                store_data=False,
                lean=True,
            ),
            # Its standard error is not the same from one process to the next: see docs of the package.
            numbers=lambda found: [found.coef().iloc[0]],
            over=1,
        )


def bound_of_twfe(
    ids: np.ndarray, times: np.ndarray, entry: np.ndarray, y: np.ndarray
) -> tuple[float, float]:
    """Return the coefficient of exposure and its CR1 error, when everyone is seen at all periods."""
    codes, people = pd.factorize(ids)
    place = np.searchsorted(PERIODS, times)
    found = []
    for column in ((times >= entry).astype(float), y):
        table = np.empty((people.size, PERIODS.size))
        table[codes, place] = column
        table -= table.mean(axis=1)[:, None]
        table -= table.mean(axis=0)
        found.append(table)
    D, Y = found
    square = np.sum(D**2)
    value = np.sum(D * Y) / square
    scores = np.sum(D * (Y - value * D), axis=1)
    n, rows, columns = people.size, y.size, PERIODS.size + 1
    factor = n / (n - 1) * (rows - 1) / (rows - columns)
    return value, float(np.sqrt(factor * np.sum(scores**2)) / square)


# --- From a frame to a design -------------------------------------------------------------------------------


def cohort(n_rows: int) -> Iterator[Arm]:
    """Check, order and code a frame, once for all estimates; then declare a design."""
    frame = staggered(n_rows)
    made = ik.cohort_from_frame(frame, unit="id", period="t", entry="g", outcomes=["y"])
    yield Arm(
        name="two sorts by pandas",
        call=lambda: frame.sort_values(["id", "t"]).sort_values(["id", "t"]),
        numbers=lambda found: [found["id"].nunique()],
    )
    yield Arm(
        name=OURS,
        call=lambda: ik.cohort_from_frame(frame, unit="id", period="t", entry="g", outcomes=["y"]),
        numbers=lambda found: [found.n_units],
    )
    yield Arm(
        name="declare_design",
        call=lambda: ik.declare_design(made),
        numbers=lambda found: [found.cohort.n_units],
    )


SECTIONS: dict[str, Callable[[int], Iterator[Arm]]] = {
    "did": did,
    "did_by_person": did_by_person,
    "did_by_site": did_by_site,
    "twfe": twfe,
    "cohort": cohort,
}


# --- The clock ----------------------------------------------------------------------------------------------


def timed(arms: Sequence[Arm], turns: int) -> list[float]:
    """Return the least processor time of each arm, in seconds, after asserting that numbers are equal."""
    expected: np.ndarray | None = None
    for arm in arms:  # also warms up
        got = np.asarray(list(arm.numbers(arm.call())), dtype=float)
        expected = got if expected is None else expected
        assert np.isfinite(got).all(), arm.name
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(
            got, expected[: got.size], rtol=0, atol=arm.tolerance * scale, err_msg=arm.name
        )
    least = [np.inf] * len(arms)
    for _ in range(turns):
        for i, arm in enumerate(arms):
            start = time.process_time()
            arm.call()
            least[i] = min(least[i], time.process_time() - start)
    return least


def peak(arm: Arm) -> int:
    """Return the most bytes that a call holds at once beyond what stood before."""
    tracemalloc.start()
    arm.call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def show(name: str, n_rows: int) -> None:
    arms = list(SECTIONS[name](n_rows))
    seconds = timed(arms, turns=3 if n_rows >= 1_000_000 else 7 if n_rows > 10_000 else 31)
    ours = next(i for i, arm in enumerate(arms) if arm.name == OURS)
    columns = 24 * n_rows  # outcome, person and time
    for arm, own in zip(arms, seconds, strict=True):
        ratio = seconds[ours] / own
        said = "" if arm.over is None else f"at most {arm.over:.2f}: {'yes' if ratio <= arm.over else 'NO'}"
        memory = f"{peak(arm) / columns:8.1f}" if arm.name == OURS else " " * 8
        print(f"{name:14} {n_rows:>9} {arm.name:30} {1e3 * own:>10.2f} {ratio:>8.2f} {memory}  {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    parser.add_argument("--rows", nargs="+", type=float, default=[1e3, 1e4, 1e5])
    asked = parser.parse_args()
    unknown = set(asked.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown section: {', '.join(sorted(unknown))}")
    warnings.simplefilter("ignore")  # of other packages
    print("ratio: ours over the arm; memory: our peak over the columns read (outcome, person, time)")
    print(f"{'section':14} {'rows':>9} {'arm':30} {'ms':>10} {'ratio':>8} {'memory':>8}")
    for name in asked.sections or SECTIONS:
        for n_rows in asked.rows:
            show(name, int(n_rows))


if __name__ == "__main__":
    main()
