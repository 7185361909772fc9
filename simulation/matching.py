"""How often the interval of 95 % holds the effect, after matching.

    python simulation/matching.py [worlds] [seed]

Prints a table in Markdown. Five characteristics, normal, 0.4 standard deviations higher among beneficiaries;
an outcome that is not linear in them; an effect of 1 + x₁/2. The target is the mean effect over the
beneficiaries matched: those whom a caliper leaves out are not part of it. Array functions are called as
`compare_groups` calls them after `match`. A run is kept in ``docs/validation/matching.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from impactkit.design.matching.full import full_on_line
from impactkit.design.matching.on_a_line import nearest_on_line
from impactkit.design.matching.scores import propensity
from impactkit.design.matching.weights import weights_of_pairs, weights_of_sets
from impactkit.errors import ImpactkitError
from impactkit.estimators.arms import difference
from impactkit.estimators.groups.abadie_imbens import Matches, abadie_imbens
from impactkit.estimators.groups.matched_plan import FEWEST_FOR_SLOPES, effective_size

SIZES = ((15, 30), (30, 60), (100, 300))
METHODS = (
    "plus proche, écart 0,2",
    "plus proche, sans écart",
    "avec remise, écart 0,2",
    "complet",
)
ESTIMATES = ("par défaut", "écart simple", "pentes par groupe", "Abadie-Imbens corrigé")
COLUMNS = ("appariés", "biais", *ESTIMATES, "largeur", "sans réponse")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """The people: characteristics, beneficiaries, outcome, and the effect on each."""

    X: np.ndarray
    treated: np.ndarray
    y: np.ndarray
    effect: np.ndarray


def world(rng: np.random.Generator, n1: int, n0: int) -> World:
    """Draw a world of n1 beneficiaries and n0 others."""
    treated = np.arange(n1 + n0) < n1
    X = rng.normal(size=(n1 + n0, 5)) + 0.4 * treated[:, None]
    effect = 1 + X[:, 0] / 2
    without = X[:, 0] + X[:, 1] / 2 + X[:, 2] ** 2 / 2 + 0.3 * X[:, 3] * X[:, 0] + np.exp(0.3 * X[:, 4])
    y = without + rng.normal(size=n1 + n0) + effect * treated
    return World(X=X, treated=treated, y=y, effect=effect)


def answers(people: World, method: str) -> list[float]:
    """Return the share matched, the error, whether each interval holds the target, the ratio of widths."""
    treated, X, y = people.treated, people.X, people.y
    score = propensity(X=X, treated=treated).linear
    caliper = 0.2 * float(score.std(ddof=1)) if method.endswith("0,2") else np.inf
    replaced, sets, chosen = method.startswith("avec"), None, None
    if method == "complet":
        sets = full_on_line(score=score, treated=treated)[0]
        weights = weights_of_sets(sets=sets, treated=treated, on_all=False)
    else:
        chosen = nearest_on_line(score=score, treated=treated, caliper=caliper, replace=replaced)
        weights = weights_of_pairs(chosen=chosen, treated=treated)
        if not replaced:
            sets = np.full(len(y), -1)
            sets[treated] = np.where(chosen[:, 0] >= 0, np.arange(len(chosen)), -1)
            sets[chosen[chosen >= 0]] = np.flatnonzero(chosen[:, 0] >= 0)
    kept = weights > 0
    clusters = None if sets is None else np.unique(sets[kept], return_inverse=True)[1]
    target = float(people.effect[kept & treated].mean())
    smaller = min(effective_size(weights[kept & group]) for group in (treated, ~treated))
    row = [(kept & treated).sum() / treated.sum(), np.nan]
    margins = []
    for adjust in ("lin" if smaller >= FEWEST_FOR_SLOPES else "ancova", None, "lin"):
        try:
            found = difference(
                y=y[kept],
                treated=treated[kept],
                X=X[kept],
                adjust=adjust,  # type: ignore[arg-type]
                centre="treated",
                errors="CR2",
                weights=weights[kept],
                clusters=clusters,
            ).contrast
        except ImpactkitError:
            if not margins:
                raise
            row.append(np.nan)
            continue
        margins.append(float(stats.t.isf(0.025, found.df)) * found.std_error)
        row.append(float(abs(found.value - target) <= margins[-1]))
        if len(margins) == 1:
            row[1] = found.value - target
    row.append(np.nan)
    if replaced and chosen is not None:
        some = chosen[:, 0] >= 0
        matches = Matches(of=np.flatnonzero(treated)[some], by=chosen[some, 0], share=np.ones(some.sum()))
        try:
            corrected = abadie_imbens(y=y, treated=treated, matches=matches, X=X)
            row[-1] = float(abs(corrected.value - target) <= stats.norm.isf(0.025) * corrected.std_error)
        except ImpactkitError:
            pass
    return [*row, margins[0] / margins[1]]


def table(worlds: int, seed: int) -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"| tailles | méthode | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 2) + "|"
    for n1, n0 in SIZES:
        for method in METHODS:
            rng = np.random.default_rng([seed, n1, n0])
            rows, silent = [], 0
            for _ in range(worlds):
                try:
                    rows.append(answers(world(rng, n1, n0), method))
                except ImpactkitError:
                    silent += 1
            values = np.array(rows)
            known = [values[~np.isnan(values[:, k]), k] for k in range(values.shape[1])]
            told = [f"{column.mean():.3f}" if column.size else "" for column in known[2:6]]
            yield (
                f"| {n1} et {n0} | {method} | {known[0].mean():.0%} | {known[1].mean():+.2f} "
                f"| {' | '.join(told)} | {np.median(known[6]):.2f} | {silent / worlds:.1%} |"
            )


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for line in table(worlds, int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        print(line, flush=True)
