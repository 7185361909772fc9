"""The difference of two means when the groups could have been drawn otherwise: array function."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.text import Message

# All splits are counted up to this many (METHODS: 2e6), from the subsets of two halves of the people.
ENUMERATED_SPLITS = 2_000_000
# Beyond this many people the halves have too many subsets, however few the splits.
_MOST_PEOPLE = 44
DRAWS = 9_999
# Sums of the same outcomes in another order differ by rounding.
_TIE = 1e-10
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutation:
    """A test that the groups have the same outcomes, whoever is in which.

    ``p_value`` is two-sided; ``p_greater`` is for the treated above. ``exact`` is false when splits were
    drawn.
    """

    value: float
    p_value: float
    p_greater: float
    exact: bool


def is_enumerated(n1: int, n0: int) -> bool:
    """Tell whether `two_sample_permutation` counts all splits of so many people."""
    return n1 + n0 <= _MOST_PEOPLE and math.comb(n1 + n0, n1) <= ENUMERATED_SPLITS


def two_sample_permutation(*, y1: Floats, y0: Floats, draws: int = DRAWS, seed: int = 0) -> Permutation:
    """Test a difference of means over all ways to split the people in groups of these sizes.

    The two-sided p-value is the share of splits with ``|difference| ≥ |difference observed|``, the split
    observed among them; differences that differ by rounding alone are equal. All splits are counted up to
    two million; beyond, ``draws`` are drawn and ``p = (b + 1) / (draws + 1)``.

    Parameters
    ----------
    y1, y0 : (n1,) and (n0,) arrays
    draws, seed : int

    Raises
    ------
    EstimationError
        When the outcome is the same for everyone.

    References
    ----------
    Fisher (1935), *The Design of Experiments*. Phipson & Smyth (2010), *Stat. Appl. Genet. Mol. Biol.* 9(1).
    """
    y = np.concatenate([y1, y0])
    if np.ptp(y) == 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    y = y - y.mean()  # then a split's difference is proportional to the sum of its first group
    observed, tolerance = float(y[: len(y1)].sum()), _TIE * float(np.abs(y).sum())
    exact = is_enumerated(len(y1), len(y0))
    if exact:
        high = _count_at_least(y, len(y1), observed - tolerance)
        above, total = high, math.comb(len(y), len(y1))
        far = _count_at_least(y, len(y1), abs(observed) - tolerance) + _count_at_least(
            -y, len(y1), abs(observed) - tolerance
        )
        two_sided = 1.0 if abs(observed) <= tolerance else far / total
        greater = above / total
    else:
        sums = _drawn_sums(y, len(y1), draws, np.random.default_rng(seed))
        two_sided = (1 + int((np.abs(sums) >= abs(observed) - tolerance).sum())) / (draws + 1)
        greater = (1 + int((sums >= observed - tolerance).sum())) / (draws + 1)
    return Permutation(value=float(y1.mean() - y0.mean()), p_value=two_sided, p_greater=greater, exact=exact)


def _count_at_least(y: Floats, size: int, bound: float) -> int:
    """Count the subsets of this size with a sum of at least ``bound``, from the subsets of two halves."""
    half = len(y) // 2
    first, second = _by_size(y[:half]), _by_size(y[half:])
    count = 0
    for k, sums in enumerate(first):
        if 0 <= size - k < len(second):
            other = second[size - k]
            count += int((len(other) - np.searchsorted(other, bound - sums, side="left")).sum())
    return count


def _by_size(values: Floats) -> list[Floats]:
    """Return the sorted sums of the subsets of each size, from none to all."""
    sums = [np.zeros(1)] + [np.empty(0)] * len(values)
    for n, value in enumerate(values, start=1):
        for size in range(n, 0, -1):
            sums[size] = np.concatenate([sums[size], sums[size - 1] + value])
    return [np.sort(part) for part in sums]


def _drawn_sums(y: Floats, size: int, draws: int, rng: np.random.Generator) -> Floats:
    step = max(1, _BLOCK // len(y))
    parts = []
    for start in range(0, draws, step):
        number = min(step, draws - start)
        shuffled = rng.permuted(np.tile(y, (number, 1)), axis=1)
        parts.append(shuffled[:, :size].sum(axis=1))
    return np.concatenate(parts)
