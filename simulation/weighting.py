"""How often the 95 % intervals of weighted and doubly robust estimates hold the true effect.

    python simulation/weighting.py [worlds] [seed]

Prints a table in Markdown. Five characteristics are shifted by 0.4 standard deviation among beneficiaries;
the outcome is not linear in them (a square and a product) and the effect grows with the first one. The true
effect is that on the population of beneficiaries. A run is kept in ``docs/validation/weighting.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

import impactkit as ik
from impactkit.errors import DesignError, EstimationError

SIZES = ((15, 30), (30, 60), (100, 300))
NAMES = [f"x{i}" for i in range(5)]
SLOPES = np.array([0.5, 0.3, 0.2, -0.2, 0.3])
SHIFT, EFFECT, GROWTH = 0.4, 0.3, 0.3
TRUTH = EFFECT + GROWTH * SHIFT


def world(rng: np.random.Generator, n1: int, n0: int) -> ik.Design:
    """Return a design of a world drawn at random."""
    treated = np.arange(n1 + n0) < n1
    X = rng.normal(size=(n1 + n0, 5)) + SHIFT * treated[:, None]
    curve = 0.3 * (X[:, 0] ** 2 - 1) + 0.15 * X[:, 1] * X[:, 2]
    y = X @ SLOPES + curve + treated * (EFFECT + GROWTH * X[:, 0]) + rng.normal(size=n1 + n0)
    frame = pd.DataFrame(X, columns=NAMES).assign(
        person=np.arange(n1 + n0), arm=treated.astype(int), outcome=y
    )
    cohort = ik.cohort_from_frame(frame, unit="person", arm="arm", outcomes=["outcome"], covariates=NAMES)
    return ik.declare_design(cohort, covariates=NAMES)


Worlds = dict[str, ik.Design]
# From the designs, plain and weighted, to the effect.
ESTIMATES: dict[str, Callable[[Worlds], ik.Estimate]] = {
    "logit, par défaut": lambda of: ik.compare_groups(of["logit"]),
    "entropie, par défaut": lambda of: ik.compare_groups(of["entropy"]),
    "doublement robuste": lambda of: ik.doubly_robust(of["plain"]),
    "logit, influence": lambda of: ik.compare_groups(of["logit"], errors="influence"),
    "entropie, influence": lambda of: ik.compare_groups(of["entropy"], errors="influence"),
    "entropie, poids supposés connus (HC2)": lambda of: ik.compare_groups(of["entropy"], errors="HC2"),
    "régression de Lin, HC3": lambda of: ik.compare_groups(of["plain"], adjust="lin", errors="HC3"),
}


def designs(design: ik.Design) -> Worlds:
    """Return the design, and weighted where it can be."""
    found = {"plain": design}
    for method in ("logit", "entropy"):
        try:
            found[method] = ik.weight(design, method=method)
        except DesignError:
            continue
    return found


def table(worlds: int, seed: int) -> Iterator[str]:
    """Yield the rows of the table."""
    yield "| estimation | taille | couverture | biais | écart-type | erreur type moyenne | sans solution |"
    yield "|---|---|---|---|---|---|---|"
    for n1, n0 in SIZES:
        rng = np.random.default_rng([seed, n1, n0])
        found: dict[str, list[tuple[bool, float, float]]] = {name: [] for name in ESTIMATES}
        for _ in range(worlds):
            of = designs(world(rng, n1, n0))
            for name, estimate in ESTIMATES.items():
                try:
                    effect = estimate(of).effect
                except (KeyError, EstimationError):
                    continue
                low, high = effect.interval()
                found[name].append((low <= TRUTH <= high, effect.value - TRUTH, effect.std_error))
        for name, results in found.items():
            inside, error, std_error = np.array(results, dtype=float).T
            yield (
                f"| {name} | {n1} / {n0} | {inside.mean():.3f} | {error.mean():+.3f} | {error.std():.3f}"
                f" | {std_error.mean():.3f} | {1 - len(results) / worlds:.3f} |"
            )


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for line in table(worlds, int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        print(line, flush=True)
