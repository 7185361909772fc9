"""How often the 95 % intervals of weighted and doubly robust estimates hold the true effect.

    python simulation/weighting.py [worlds] [seed]

Prints a table in Markdown. Five characteristics are shifted by 0.4 standard deviation among beneficiaries;
the outcome is not linear in them (a square and a product) and the effect grows with the first one. The true
effect is that on the population of beneficiaries. Array functions are called; in the first world of each
size the defaults are held against the public functions. A run is kept in ``docs/validation/weighting.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

import impactkit as ik
from impactkit.design.logit import fit_chance
from impactkit.design.weighting.entropy import entropy_weights, tilt
from impactkit.design.weighting.score import Weights, score_weights
from impactkit.errors import EstimationError
from impactkit.estimators.groups.augmented import FEWEST_FOR_PLAIN_RESIDUALS, augmented
from impactkit.estimators.groups.weighted import FEWEST_FOR_INFLUENCE, FEWEST_FOR_WEIGHTS
from impactkit.estimators.groups.weighted_fit import Estimated, contributions, fit_weighted, spread_of
from impactkit.estimators.inference.linear import Contrast, contrast

SIZES = ((15, 30), (30, 60), (100, 300))
SLOPES = np.array([0.5, 0.3, 0.2, -0.2, 0.3])
SHIFT, EFFECT, GROWTH = 0.4, 0.3, 0.3
TRUTH = EFFECT + GROWTH * SHIFT


@dataclass(frozen=True)
class World:
    """People drawn at random, and their weights by each method that has a solution."""

    treated: np.ndarray
    X: np.ndarray
    y: np.ndarray
    weights: dict[str, Weights]


def world(rng: np.random.Generator, n1: int, n0: int) -> World:
    """Draw a world."""
    n = n1 + n0
    treated = np.arange(n) < n1
    X = rng.normal(size=(n, 5)) + SHIFT * treated[:, None]
    curve = 0.3 * (X[:, 0] ** 2 - 1) + 0.15 * X[:, 1] * X[:, 2]
    y = X @ SLOPES + curve + treated * (EFFECT + GROWTH * X[:, 0]) + rng.normal(size=n)
    ones, Z = np.ones(n), (X - X.mean(axis=0)) / X.std(axis=0)
    weights = {}
    columns = np.column_stack([ones, Z])
    fitted = fit_chance(X=columns, treated=treated, weights=ones)
    if fitted.converged:
        weights["logit"] = score_weights(
            fitted, X=columns, treated=treated, weights=ones, target="ATT", stabilise=False
        )
    Z = Z - Z[treated].mean(axis=0)
    tilted = tilt(Z[~treated], weights=ones[~treated])
    if tilted.converged:
        weights["entropy"] = entropy_weights(
            Z=Z, treated=treated, weights=ones, target="ATT", tilts={False: tilted}
        )
    return World(treated, X, y, weights)


def plain(of: World) -> Weights:
    """Return weights of 1, estimated from nothing."""
    return Weights(w=np.ones(len(of.y)), owed=(), score=None)


def weighted(of: World, weights: Weights, *, adjust: str | None, errors: str) -> Contrast:
    """Estimate as `compare_groups` does after `weight`."""
    target = of.treated.astype(float)
    data = {"y": of.y, "X": of.X, "weights": weights.w, "target": target}
    found = fit_weighted(treated=of.treated, adjust=adjust, **data)
    if errors != "influence":
        return contrast(found.fitted, found.contrast, errors=errors)
    estimated = Estimated(
        owed=weights.owed,
        people=len(of.y),
        weights=np.ones(len(of.y)),
        target=np.zeros(len(of.y)),  # beneficiaries weigh 1 whatever the parameters
        rows=np.arange(len(of.y)),
    )
    parts = contributions(found, estimated=estimated, **data)
    return spread_of(found.value, parts, treated=of.treated, clusters=None)


def by_default(of: World, method: str) -> Contrast:
    """Estimate as the size of the smaller group chooses."""
    smallest = min(of.treated.sum(), (~of.treated).sum())
    weights = of.weights[method]
    if smallest < FEWEST_FOR_WEIGHTS:
        return weighted(of, plain(of), adjust="lin", errors="influence")
    if smallest < FEWEST_FOR_INFLUENCE:
        return weighted(of, weights, adjust="lin", errors="HC3")
    return weighted(of, weights, adjust=None, errors="influence")


def doubly_robust(of: World, *, without_oneself: bool) -> Contrast:
    """Estimate as `ik.doubly_robust` does."""
    found = augmented(
        y=of.y,
        treated=of.treated,
        X=of.X,
        weights=np.ones(len(of.y)),
        on="ATT",
        without_oneself=without_oneself,
    )
    return spread_of(found.value, found.parts, treated=of.treated, clusters=None)


def robust_by_default(of: World) -> Contrast:
    """Estimate as `ik.doubly_robust` chooses."""
    smallest = min(of.treated.sum(), (~of.treated).sum())
    return doubly_robust(of, without_oneself=bool(smallest < FEWEST_FOR_PLAIN_RESIDUALS))


ESTIMATES: dict[str, Callable[[World], Contrast]] = {
    "**logit, par défaut**": lambda of: by_default(of, "logit"),
    "**entropie, par défaut**": lambda of: by_default(of, "entropy"),
    "**doublement robuste, par défaut**": robust_by_default,
    "logit, influence": lambda of: weighted(of, of.weights["logit"], adjust=None, errors="influence"),
    "entropie, influence": lambda of: weighted(of, of.weights["entropy"], adjust=None, errors="influence"),
    "entropie, poids tenus pour connus (HC2)": lambda of: weighted(
        of, of.weights["entropy"], adjust=None, errors="HC2"
    ),
    "entropie et régression, HC3": lambda of: weighted(of, of.weights["entropy"], adjust="lin", errors="HC3"),
    "régression de Lin, HC2": lambda of: weighted(of, plain(of), adjust="lin", errors="HC2"),
    "régression de Lin, HC3": lambda of: weighted(of, plain(of), adjust="lin", errors="HC3"),
    "régression de Lin, influence": lambda of: weighted(of, plain(of), adjust="lin", errors="influence"),
    "doublement robuste, résidus simples": lambda of: doubly_robust(of, without_oneself=False),
}


def check(of: World) -> None:
    """Hold the defaults against the public functions."""
    names = [f"x{i}" for i in range(of.X.shape[1])]
    frame = pd.DataFrame(of.X, columns=names).assign(
        person=np.arange(len(of.y)), arm=of.treated.astype(int), outcome=of.y
    )
    cohort = ik.cohort_from_frame(frame, unit="person", arm="arm", outcomes=["outcome"], covariates=names)
    design = ik.declare_design(cohort, covariates=names)
    pairs = [(robust_by_default(of), ik.doubly_robust(design))]
    pairs += [
        (by_default(of, method), ik.compare_groups(ik.weight(design, method=method))) for method in of.weights
    ]
    for mine, public in pairs:
        found = (public.effect.value, public.effect.std_error, public.effect.df)
        np.testing.assert_allclose((mine.value, mine.std_error, mine.df), found, rtol=1e-8)


def table(worlds: int, seed: int) -> Iterator[str]:
    """Yield the rows of the table."""
    yield "| estimation | taille | couverture | biais | écart-type | erreur type moyenne | sans solution |"
    yield "|---|---|---|---|---|---|---|"
    for n1, n0 in SIZES:
        rng = np.random.default_rng([seed, n1, n0])
        found: dict[str, list[tuple[bool, float, float]]] = {name: [] for name in ESTIMATES}
        for i in range(worlds):
            of = world(rng, n1, n0)
            if i == 0:
                check(of)
            for name, estimate in ESTIMATES.items():
                try:
                    result = estimate(of)
                except (KeyError, EstimationError):
                    continue
                error = result.value - TRUTH
                inside = abs(error) <= stats.t.isf(0.025, result.df) * result.std_error
                found[name].append((inside, error, result.std_error))
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
