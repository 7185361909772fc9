"""How many numbers of people an effect on a yes/no outcome leaves possible: as it was made, as it is told.

    python simulation/masked_shares.py

Prints the table of docs/validation/disclosure.md. The reader knows the size of each group and how effects are
told, and tries every number of yes, or of people who changed: those that give back what is told are possible.
Nothing is drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterator

import numpy as np

from impactkit.disclosure import DEFAULT_PROFILE, Profile, is_small
from impactkit.disclosure.hidden_shares import Moves, Widest, widest_change, widest_difference

SIZES = ((20, 20), (40, 40), (40, 61), (100, 100), (100, 300), (300, 300))
PAIRED = (20, 40, 100, 300)
STEP = 0.01


def two_shares(n1: int, n2: int, profile: Profile = DEFAULT_PROFILE) -> Iterator[Widest]:
    """Yield how the difference of each hidden pair of numbers of yes is told."""
    for yes in np.ndindex(n1 + 1, n2 + 1):
        one = widest_difference(yes, (n1, n2), profile=profile, sensitive=False, step=STEP)
        if one is not None:
            yield one


def paired(n: int, profile: Profile = DEFAULT_PROFILE) -> Iterator[Widest]:
    """Yield how the change of each number of people who gained or lost is told, one of them being small."""
    for gained, lost in np.ndindex(n + 1, n + 1):
        if gained + lost <= n and (is_small(gained, profile) or is_small(lost, profile)):
            one = widest_change([Moves(gained=gained, lost=lost, people=n)], profile=profile)
            assert one is not None
            yield one


def as_made(one: Widest) -> Hashable:
    """Return what would be told of an effect as it was made: rounded, with its standard error."""
    return round(one.value / STEP), round(10 * one.std_error / STEP)


def as_told(one: Widest) -> Hashable:
    """Return what is told."""
    return round(one.low, 9), round(one.high, 9)


def _row(name: str, worlds: list[Widest]) -> str:
    def fewer(told: Callable[[Widest], Hashable]) -> str:
        counted = Counter(map(told, worlds))
        left = [counted[told(one)] for one in worlds]
        return f"{sum(n < DEFAULT_PROFILE.left_possible for n in left)} | {sum(n == 1 for n in left)}"

    wider = [one.factor / 1.96 for one in worlds if math.isfinite(one.factor)]
    median, high = np.quantile(wider, [0.5, 0.9])
    return f"| {name} | {len(worlds)} | {fewer(as_made)} | {fewer(as_told)} | {median:.2f} | {high:.2f} |"


def main() -> None:
    """Print the table."""
    for n1, n2 in SIZES:
        print(_row(f"{n1} et {n2}", list(two_shares(n1, n2))))
    for n in PAIRED:
        print(_row(f"{n}, avant et après", list(paired(n))))


if __name__ == "__main__":
    main()
