"""How often tests with few structures find an effect where there is none.

    python simulation/few_clusters.py [worlds] [seed]

Prints a table in Markdown: the share of worlds without effect in which each test says p ≤ 5 %. Sites change
by a normal amount of their own between two times (a balanced difference in differences comes down to one
change per site); in the second half of the table treated sites vary twice as much. The last column is the
headline by default: the most cautious of CR2 and of the tests that can bound the effect. A run is kept in
``docs/validation/few-clusters.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from scipy import stats

from impactkit.estimators.headline import headline
from impactkit.estimators.inference.few_clusters import cluster_jackknife, randomisation, wild_bootstrap
from impactkit.estimators.inference.linear import contrast, fit
from impactkit.estimators.result import Effect

ROWS = ((6, 3), (8, 2), (10, 2), (10, 5), (20, 2), (20, 10), (40, 4))
METHODS = (
    "CR1, loi normale",
    "CR1, t(G-1)",
    "CR2-BM",
    "CV3, t(G-1)",
    "wild",
    "tirage rejoué",
    "par défaut",
)
# Enough for a size: a p-value at 5 % has an error of 0.7 points, which averages out over worlds.
DRAWS = 999


def p_values(changes: np.ndarray, treated: np.ndarray) -> list[float]:
    """Return the p-value of each method, in the order of `METHODS`."""
    sites, c = np.arange(len(changes)), np.array([0.0, 1.0])
    fitted = fit(X=np.column_stack([np.ones(len(changes)), treated]), y=changes)
    cr1, cr2 = (contrast(fitted, c, errors=errors, clusters=sites) for errors in ("CR1", "CR2"))
    cv3 = cluster_jackknife(fitted, c, clusters=sites)
    t = abs(cr1.value) / cr1.std_error
    bell = 2 * stats.t.sf(abs(cr2.value) / cr2.std_error, cr2.df)
    wild = wild_bootstrap(fitted, c, clusters=sites, draws=DRAWS)
    chance = randomisation(y=changes, treated=treated, clusters=sites, draws=DRAWS)
    kept = headline("CR2", df=cr2.df, tests={"wild": wild, "randomisation": chance}, cautious=True)
    effect = Effect(
        term="ATT",
        value=cr2.value,
        std_error=cr2.std_error,
        reference=kept.reference,
        n_treated=int(treated.sum()),
        n_comparison=int((~treated).sum()),
    )
    return [
        2 * stats.norm.sf(t),
        2 * stats.t.sf(t, cr1.df),
        bell,
        2 * stats.t.sf(abs(cv3.value) / cv3.std_error, cv3.df),
        wild.p_value(),
        chance.p_value(),
        effect.p_value,
    ]


def sizes(worlds: int, seed: int) -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"| structures (bénéficiaires) | {' | '.join(METHODS)} |"
    yield "|---" * (len(METHODS) + 1) + "|"
    for spread in (1.0, 2.0):
        for groups, chosen in ROWS:
            rng = np.random.default_rng([seed, groups, chosen])
            treated = np.arange(groups) < chosen
            scale = np.where(treated, spread, 1.0)
            found = np.array([p_values(rng.normal(0, scale), treated) for _ in range(worlds)])
            shares = (found <= 0.05 + 1e-12).mean(axis=0)
            name = f"{groups} ({chosen})" + (", écart-type × 2" if spread == 2 else "")
            yield f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} |"


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for line in sizes(worlds, int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        print(line, flush=True)
