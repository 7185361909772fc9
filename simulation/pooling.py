"""How often pooled averages and prediction intervals hold the truth, with few actions.

    python simulation/pooling.py [worlds] [seed]

Prints tables in Markdown. In each world, actions of very unequal sizes have true effects drawn around an
average; coverage is the share of worlds in which the 95 % interval holds the average, or the true effect of
an action drawn afterwards. A run is kept in ``docs/validation/pooling.md``.
"""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd

import impactkit as ik

ACTIONS = (3, 5, 10, 20)
SHARES = (0.0, 0.5, 0.9)  # of the variation that is not chance: I²
AVERAGE = 0.05
PEOPLE = (20, 400)  # in an action, drawn evenly on a logarithmic scale
FEW = 28  # degrees of freedom of the standard errors, when they are estimated
CORRECTIONS = {"usuel": False, "Hartung-Knapp": True, "tronqué": "truncated"}


def world(k: int, i2: float, rng: np.random.Generator, *, known: bool) -> tuple[pd.DataFrame, float]:
    """Draw actions' estimates and errors, and the true effect of one more."""
    low, high = np.log(PEOPLE)
    v = 1.0 / np.exp(rng.uniform(low, high, k))
    typical = 1.0 / math.exp((low + high) / 2)
    tau = math.sqrt(typical * i2 / (1 - i2))
    effects = rng.normal(AVERAGE, tau, k + 1)
    estimates = rng.normal(effects[:k], np.sqrt(v))
    shown = v if known else v * rng.chisquare(FEW, k) / FEW
    return pd.DataFrame({"estimate": estimates, "std_error": np.sqrt(shown)}), float(effects[k])


def holds(interval: tuple[float, float], value: float) -> bool:
    """Tell whether the interval holds the value."""
    return interval[0] <= value <= interval[1]


def covered(k: int, i2: float, worlds: int, rng: np.random.Generator, *, known: bool) -> dict[str, float]:
    """Return coverages by interval."""
    counts: dict[str, int] = {}
    for _ in range(worlds):
        frame, another = world(k, i2, rng, known=known)
        for name, correction in CORRECTIONS.items():
            found = ik.pool(frame, hartung_knapp=correction)
            told = {f"moyenne, {name}": holds(found.effect.interval(), AVERAGE)}
            if name != "tronqué":
                told[f"prédiction k - 2, {name}"] = holds(found.prediction_interval(method="HTS"), another)
            if name == "Hartung-Knapp":
                told["prédiction, mélange"] = holds(found.prediction_interval(), another)
            if name == "usuel":
                told["prédiction, loi normale"] = holds(
                    found.prediction_interval(method="HTS", df=math.inf), another
                )
            for key, value in told.items():
                counts[key] = counts.get(key, 0) + value
        paule = ik.pool(frame, method="PM").effect.interval()
        key = "moyenne, Hartung-Knapp (PM)"
        counts[key] = counts.get(key, 0) + holds(paule, AVERAGE)
    return {key: count / worlds for key, count in counts.items()}


def main(worlds: int, seed: int) -> None:
    """Print the tables."""
    rng = np.random.default_rng(seed)
    for known in (True, False):
        cells = [(k, i2) for i2 in SHARES for k in ACTIONS]
        columns = [covered(k, i2, worlds, rng, known=known) for k, i2 in cells]
        print("Erreurs connues" if known else f"Erreurs estimées ({FEW} degrés de liberté)", "\n")
        print("| intervalle |", " | ".join(f"I² {i2:.0%}, k = {k}" for k, i2 in cells), "|")
        print("|---" * (len(cells) + 1) + "|")
        for name in columns[0]:
            print(f"| {name} |", " | ".join(f"{100 * column[name]:.1f} %" for column in columns), "|")
        print()


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:3] or (2_000, 1)))
