"""How few numbers of people a published effect on a yes/no outcome leaves possible, the means being masked.

    python simulation/masked_shares.py

Prints the tables of docs/validation/disclosure.md. The reader knows the size of each group and tries every
number of yes: those that give back what is told are the candidates. Nothing is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from scipy import stats

from impactkit.disclosure import DEFAULT_PROFILE, is_small

Told = tuple[int, ...]
SIZES = ((20, 20), (40, 40), (40, 100), (100, 100), (100, 300), (300, 300))
PAIRED = (20, 40, 100, 300)


def told(estimate: float, std_error: float, df: float, *, machine: bool) -> Told:
    """Return an effect as the page tells it, in whole steps; as ``evidence.json`` does, when ``machine``."""
    step = 0.001 if std_error < 0.01 else 0.01
    half = float(stats.t.ppf(0.975, df)) * std_error
    ends = (round((estimate - half) / step), round((estimate + half) / step))
    if not machine:
        return ends
    return (*ends, round(estimate / step), round(10 * std_error / step), int(df))


def two_shares(n1: int, n2: int, *, machine: bool) -> dict[tuple[int, int], Told]:
    """Return what is told of each (yes among ``n1``, yes among ``n2``), by Welch's standard error."""
    found = {}
    for a, b in np.ndindex(n1 + 1, n2 + 1):
        p, q = a / n1, b / n2
        v, w = p * (1 - p) / (n1 - 1), q * (1 - q) / (n2 - 1)
        if v + w > 0:
            df = (v + w) ** 2 / (v**2 / (n1 - 1) + w**2 / (n2 - 1))
            found[a, b] = told(p - q, float(np.sqrt(v + w)), df, machine=machine)
    return found


def paired(n: int, *, machine: bool) -> dict[tuple[int, int], Told]:
    """Return what is told of each (gained, lost) among ``n`` people asked before and after."""
    found = {}
    for gained, lost in np.ndindex(n + 1, n + 1):
        mean = (gained - lost) / n
        variance = ((gained + lost) / n - mean**2) / (n - 1)
        if gained + lost <= n and variance > 1e-12:
            found[gained, lost] = told(mean, float(np.sqrt(variance)), n - 1, machine=machine)
    return found


def is_masked(count: int, n: int) -> bool:
    """Tell whether a number of yes is masked: they, or those who say no, are a small group."""
    return is_small(count, DEFAULT_PROFILE) or is_small(n - count, DEFAULT_PROFILE)


def left(worlds: dict[tuple[int, int], Told], masked: set[tuple[int, int]]) -> Iterator[int]:
    """Yield, for each masked pair, how many masked pairs are told as it is."""
    counted = Counter(worlds[pair] for pair in masked)
    return (counted[worlds[pair]] for pair in masked)


def _cells(worlds: dict[tuple[int, int], Told], masked: set[tuple[int, int]]) -> str:
    numbers = list(left(worlds, masked))
    few = sum(n < DEFAULT_PROFILE.minimum for n in numbers)
    return f"{few} | {sum(n == 1 for n in numbers)}"


def main() -> None:
    """Print both tables."""
    for n1, n2 in SIZES:
        page, machine = (two_shares(n1, n2, machine=own) for own in (False, True))
        masked = {(a, b) for a, b in page if is_masked(a, n1) or is_masked(b, n2)}
        print(f"| {n1} et {n2} | {len(masked)} | {_cells(page, masked)} | {_cells(machine, masked)} |")
    for n in PAIRED:
        page, machine = (paired(n, machine=own) for own in (False, True))
        masked = {pair for pair in page if any(is_small(count, DEFAULT_PROFILE) for count in pair)}
        print(f"| {n}, avant et après | {len(masked)} | {_cells(page, masked)} | {_cells(machine, masked)} |")


if __name__ == "__main__":
    main()
