"""Where and with whom invented people live: homes, and communes with an invented grid of density."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from making.files import write_csv

# Codes that no commune has, and their level of density; the last one stands for a commune merged since.
COMMUNES = {
    "90901": 4, "90902": 4, "90903": 5, "90904": 5, "90905": 6, "90906": 6, "90907": 6, "90908": 7,
    "90909": 7, "90910": None,
}  # fmt: skip
LEVELS = {
    4: "Petites villes",
    5: "Bourgs ruraux",
    6: "Rural à habitat dispersé",
    7: "Rural à habitat très dispersé",
}


@dataclass(frozen=True, slots=True)
class Homes:
    """Where and with whom each person lives."""

    number: list[str]
    commune: list[str]
    lone_parent: np.ndarray
    poor: np.ndarray


def make_homes(rng: np.random.Generator, treated: np.ndarray) -> Homes:
    """Draw the homes of people; one in five lives with another of the same group."""
    n = len(treated)
    home = np.arange(n)
    for i in range(1, n):
        if rng.random() < 0.25 and home[i - 1] == i - 1 and treated[i] == treated[i - 1]:
            home[i] = i - 1
    weights = np.array([0.26, 0.10, 0.13, 0.08, 0.09, 0.08, 0.06, 0.04, 0.03, 0.13])
    drawn = rng.choice(list(COMMUNES), size=n, p=weights)[home]
    lone, poor = rng.random(n) < 0.24, rng.random(n) < 0.45
    return Homes(
        number=[f"F{4000 + 3 * number:05d}" for number in home],
        commune=[str(code) for code in drawn],
        lone_parent=lone & (home == np.arange(n)),
        poor=poor[home],
    )


def write_grid(folder: Path) -> None:
    """Write a grid of density of the invented communes, in the form of INSEE's."""
    rows = [
        [code, f"Commune inventée {i}", str(level), LEVELS[level]]
        for i, (code, level) in enumerate(COMMUNES.items(), start=1)
        if level is not None
    ]
    header = ["CODGEO", "LIBGEO", "DENS", "LIBDENS"]
    write_csv(folder / "grille_densite_inventee.csv", header, rows, encoding="utf-8")
