"""How often the interval of each way of treating losses holds the effect it is about.

    python simulation/losses.py [worlds] [seed]

Prints a table in Markdown. The outcome depends on what was known before; the treated are followed more than
the others, and those lost differ, by what was known before (first half) or by the outcome itself (second
half). The target is the effect on everyone, 0.5, but for Lee's bounds: 0.5 too, as the effect is the same
for all. A run is kept in ``docs/validation/losses.md``.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import impactkit as ik

EFFECT = 0.5
SIZES = (60, 200, 800)
METHODS = ("complete", "weighted", "imputed", "lee", "manski")


def world(n: int, by_outcome: bool, rng: np.random.Generator) -> ik.Design:
    """Return the design of n people, half of them treated, of whom about a quarter are lost."""
    treated = np.arange(n) % 2
    x = rng.normal(size=n)
    y = np.clip(0.8 * x + 0.6 * rng.normal(size=n), -3, 3) + EFFECT * treated
    pull = y if by_outcome else x
    follow = 1 / (1 + np.exp(-(0.8 + 0.5 * treated + 0.8 * pull)))
    frame = pd.DataFrame(
        {"id": range(n), "d": treated, "x": x, "y": np.where(rng.random(n) < follow, y, np.nan)}
    )
    cohort = ik.cohort_from_frame(frame, unit="id", arm="d", outcomes=["y"], covariates=["x"])
    return ik.declare_design(cohort, covariates=["x"], estimand="ATE")


def main(worlds: int = 500, seed: int = 1) -> None:
    """Print the table."""
    rng = np.random.default_rng(seed)
    print("| pertes selon | personnes |", " | ".join(METHODS), "|")
    print("|---|---|" + "---|" * len(METHODS))
    for by_outcome in (False, True):
        for n in SIZES:
            held = np.zeros(len(METHODS))
            made = np.zeros(len(METHODS))
            for _ in range(worlds):
                found = ik.losses(world(n, by_outcome, rng), imputations=20, outcome_range=(-3, 3 + EFFECT))
                inside = (found["conf_low"] <= EFFECT) & (found["conf_high"] >= EFFECT)
                made += (found["reason"] == "").to_numpy()
                held += inside.to_numpy()
            cells = " | ".join(f"{100 * share:.1f} %" for share in held / made)
            print(f"| {'le résultat' if by_outcome else 'le passé connu'} | {n} | {cells} |", flush=True)


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]))
