"""Time matching against one sort, a plain search and R's MatchIt.

    python benchmarks/matching.py [rows ...]

Three tables, arms in one run, interleaved, best of repeats in processor time:

- nearest neighbour by score, 1:1, caliper 0.2 standard deviations, score given: ``argsort`` is one sort of
  the scores as numpy does it by default, ``stable`` the same with ``kind="stable"`` (about what a sort costs
  where numpy has no vector instructions); matches are asserted equal to those of the plain Python loop, and
  R's MatchIt is timed in the same run when ``Rscript`` and MatchIt are installed. Its pairs are those of
  version 4.7.2 (``tests/test_matching.py``); version 4.5.1 does not search on both sides, hence the share of
  pairs that are the same, and how many are wider than the caliper;
- optimal pairs and full matching by score, against the same sorts;
- Mahalanobis distance on 8 characteristics, 1:1 without replacement, against comparing with everyone and
  against R's MatchIt, when ``Rscript`` and MatchIt are installed: the same matches are asserted.

Compilation is done before timing. Memory is the peak above the input during one call, the compiler included.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from impactkit.design.matching import engine, in_space
from impactkit.design.matching.distances import mahalanobis_coordinates
from impactkit.design.matching.full import full_on_line
from impactkit.design.matching.in_space import nearest_in_space
from impactkit.design.matching.on_a_line import nearest_on_line
from impactkit.design.matching.optimal import optimal_on_line

COLUMNS = 8
# MatchIt takes the square of this: 10 000 people are some seconds, 100 000 some minutes.
MATCHIT_ROWS = 10_000

_R = """
library(MatchIt)
d <- read.csv("FOLDER/people.csv")
f <- reformulate(setdiff(names(d), "t"), "t")
time <- system.time(m <- matchit(f, data = d, CHOICES))
write.csv(m$match.matrix, "FOLDER/pairs.csv")
cat(time[["user.self"]] + time[["sys.self"]])
"""
_BY_SCORE = 'distance = d$x0, caliper = 0.2, m.order = "largest"'
_BY_DISTANCE = 'distance = "mahalanobis", m.order = "data"'


def best(arms: dict[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the seconds of each arm, taken in turn, and what each returned."""
    seconds = dict.fromkeys(arms, np.inf)
    results = {}
    for _ in range(repeats):
        for name, call in arms.items():
            start = time.process_time()
            results[name] = call()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds, results


def plain(score: np.ndarray, treated: np.ndarray, caliper: float) -> np.ndarray:
    """Match as the array function, with the loop left to Python."""
    compiled = engine.COMPILED
    engine.COMPILED = len(score) + 1
    try:
        return nearest_on_line(score=score, treated=treated, caliper=caliper)
    finally:
        engine.COMPILED = compiled


def by_score(rows: int) -> None:
    rng = np.random.default_rng(1)
    treated = rng.random(rows) < 0.25
    score = 1 / (1 + np.exp(-rng.normal(size=rows) - 0.5 * treated))
    caliper = 0.2 * float(score.std(ddof=1))
    arms: dict[str, Callable[[], Any]] = {
        "argsort": lambda: np.argsort(score),
        "stable": lambda: np.argsort(score, kind="stable"),
        "nearest": lambda: nearest_on_line(score=score, treated=treated, caliper=caliper),
        "optimal": lambda: optimal_on_line(score=score, treated=treated),
        "full": lambda: full_on_line(score=score, treated=treated),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    arms["nearest"]()
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    for name in ("optimal", "full"):
        arms[name]()
    seconds, results = best(arms, 15 if rows < 1_000_000 else 5)
    np.testing.assert_array_equal(results["nearest"], plain(score, treated, caliper))
    for name, taken in seconds.items():
        print(
            f"{rows:>9} {name:>9} {1e3 * taken:>10.2f} ms {taken / seconds['argsort']:>7.2f} argsort"
            f" {taken / seconds['stable']:>7.2f} stable" + (f"   +{more:.0f} MB" if name == "nearest" else "")
        )
    if rows <= 10 * MATCHIT_ROWS and shutil.which("Rscript"):
        taken, pairs = matchit(score[:, None], treated, _BY_SCORE)
        times, matched = taken / seconds["nearest"], pairs >= 0
        apart = np.abs(score[treated][matched] - score[pairs[matched]])
        same = (pairs == results["nearest"][:, 0]).mean()
        print(
            f"{rows:>9} {'MatchIt':>9} {1e3 * taken:>10.2f} ms {times:>7.1f} times nearest,"
            f" {same:.0%} same pairs, {(apart > caliper).sum()} of {matched.sum()} wider than the caliper"
        )


def by_distance(rows: int) -> None:
    rng = np.random.default_rng(1)
    treated = rng.random(rows) < 0.25
    X = rng.normal(size=(rows, COLUMNS)) + 0.3 * treated[:, None]

    def tree() -> np.ndarray:
        Z = mahalanobis_coordinates(X=X, treated=treated)
        return nearest_in_space(Z=Z, treated=treated)

    def everyone() -> np.ndarray:
        direct = in_space._DIRECT
        in_space._DIRECT = rows
        try:
            return tree()
        finally:
            in_space._DIRECT = direct

    arms: dict[str, Callable[[], Any]] = {"tree": tree}
    if rows <= MATCHIT_ROWS:
        arms["everyone"] = everyone
    seconds, results = best(arms, 1 if rows > MATCHIT_ROWS else 3)
    for name, taken in seconds.items():
        print(f"{rows:>9} {name:>9} {taken:>8.2f} s")
        np.testing.assert_array_equal(results[name], results["tree"])
    if rows <= MATCHIT_ROWS and shutil.which("Rscript"):
        taken, pairs = matchit(X, treated, _BY_DISTANCE)
        np.testing.assert_array_equal(pairs, results["tree"][:, 0])
        print(f"{rows:>9} {'MatchIt':>9} {taken:>8.2f} s {taken / seconds['tree']:>7.1f} times tree")


def matchit(X: np.ndarray, treated: np.ndarray, choices: str) -> tuple[float, np.ndarray]:
    """Return MatchIt's seconds of processor and its matches, -1 where none."""
    with tempfile.TemporaryDirectory() as folder:
        header = ",".join(["t", *(f"x{k}" for k in range(X.shape[1]))])
        people = np.column_stack([treated, X])
        np.savetxt(Path(folder) / "people.csv", people, "%.17g", ",", header=header, comments="")
        code = _R.replace("FOLDER", folder).replace("CHOICES", choices)
        done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
        rows = np.genfromtxt(Path(folder) / "pairs.csv", delimiter=",", dtype=str, skip_header=1)
    return float(done.stdout), np.array(
        [-1 if cell == "NA" else int(cell.strip('"')) - 1 for cell in rows[:, 1]]
    )


def main() -> None:
    sizes = [int(float(text)) for text in sys.argv[1:]] or [100_000, 1_000_000]
    for rows in sizes:
        by_score(rows)
    for rows in (MATCHIT_ROWS, 100_000):
        by_distance(rows)


if __name__ == "__main__":
    main()
