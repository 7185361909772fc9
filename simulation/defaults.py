"""How often the interval of 95 % holds the effect, for the verbs as they are called, by default.

    python simulation/defaults.py [worlds] [seed] [method ...]

Prints a table in Markdown, of all methods or of those named (in the same worlds). The worlds are those of
``simulation/matching.py``, with a time before the action; the target is the mean effect over the
beneficiaries kept. A run is kept in ``docs/validation/coverage.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from matching import SIZES, world

import impactkit as ik

NAMES = ("x1", "x2", "x3", "x4", "x5")

METHODS: dict[str, Callable[[ik.Design], ik.Estimate]] = {
    "sous-classes": lambda design: ik.compare_groups(ik.match(design, method="subclass")),
    "coarsened (x1, x2)": lambda design: ik.compare_groups(
        ik.match(design, method="coarsened", on=["x1", "x2"])
    ),
    "Mahalanobis": lambda design: ik.compare_groups(ik.match(design, distance="mahalanobis")),
    "Mahalanobis, écart 0,25 de score": lambda design: ik.compare_groups(
        ik.match(design, distance="mahalanobis", caliper=0.25)
    ),
    "paires optimales": lambda design: ik.compare_groups(ik.match(design, method="optimal")),
    "entropie, tolérance 0,1": lambda design: ik.compare_groups(
        ik.weight(design, method="entropy", tolerance=0.1)
    ),
    "did après appariement (écart 0,2)": lambda design: ik.did(ik.match(design, caliper=0.2)),
    "did après sous-classes": lambda design: ik.did(ik.match(design, method="subclass")),
    "did après pondération (logit)": lambda design: ik.did(ik.weight(design)),
}


def design_of(rng: np.random.Generator, n1: int, n0: int) -> tuple[ik.Design, np.ndarray]:
    """Return a design of n1 beneficiaries and n0 others seen twice, and the effect on each person."""
    people = world(rng, n1, n0)
    before = people.y - people.effect * people.treated + rng.normal(size=n1 + n0)
    person = np.arange(n1 + n0)
    times = [
        pd.DataFrame(people.X, columns=list(NAMES)).assign(
            person=person, helped=people.treated, time=time, y=y
        )
        for time, y in ((0, before), (1, people.y))
    ]
    cohort = ik.cohort_from_frame(
        pd.concat(times),
        unit="person",
        period="time",
        arm="helped",
        outcomes=["y"],
        covariates=list(NAMES),
    )
    return ik.declare_design(cohort, covariates=list(NAMES)), people.effect


def answer(design: ik.Design, effects: np.ndarray, method: str) -> tuple[float, float, float]:
    """Return the share of beneficiaries kept, the error, and whether the interval holds the target."""
    estimate = METHODS[method](design)
    units = estimate.design.units()
    kept = units.index[units["treated"]].to_numpy()
    target = float(effects[kept].mean())
    low, high = estimate.effect.interval()
    treated = int(design.units()["treated"].sum())
    return len(kept) / treated, estimate.effect.value - target, float(low <= target <= high)


def table(worlds: int, seed: int, methods: Sequence[str]) -> Iterator[str]:
    """Yield the rows of the table."""
    yield "| tailles | méthode | gardés | biais | couverture | sans réponse |"
    yield "|---" * 6 + "|"
    for n1, n0 in SIZES:
        rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in methods}
        rng = np.random.default_rng([seed, n1, n0])
        for _ in range(worlds):
            design, effects = design_of(rng, n1, n0)
            for name, found in rows.items():
                try:
                    found.append(answer(design, effects, name))
                except ik.ImpactkitError:
                    continue
        for name, found in rows.items():
            kept, bias, covered = np.mean(found, axis=0)
            silent = 1 - len(found) / worlds
            yield f"| {n1} et {n0} | {name} | {kept:.0%} | {bias:+.2f} | {covered:.3f} | {silent:.1%} |"


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for line in table(worlds, seed, sys.argv[3:] or list(METHODS)):
        print(line, flush=True)
