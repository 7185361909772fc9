"""Optimal pairs: the matching whose total distance is the smallest possible.

On a line it is found exactly in O(n log n). Let ``x`` be, at each point of the line, how many treated people
to its left are matched to its right, less the others to its left matched to its right. The total distance is
the sum of ``gap |x|``. Going along the line, ``F(x)``, the least cost so far, is convex: a treated person
shifts it by the number of people she needs; another one, who may be taken or not, makes it ``min(F(x), F(x +
1))``; a gap adds ``gap |x|``. Such a function is kept as the heaps of its slope changes, left and right of
its minimum. Going back from ``x = 0``, someone was taken where ``x`` lies left of the minimum.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from impactkit.design.covariates import Floats
from impactkit.design.matching.engine import run
from impactkit.design.matching.on_a_line import sorted_places

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Distances that a table of all of them may hold: 200 MB.
TABLE = 25_000_000


def optimal_on_line(*, score: Floats, treated: Bools, ratio: int = 1) -> Ints:
    """Match each treated person with ``ratio`` others so that the sum of differences of score is the least.

    Parameters
    ----------
    score : (n,) array
    treated : (n,) array of bool
        There are at least ``ratio`` others for each treated person.
    ratio : int

    Returns
    -------
    (n1, ratio) array of int
        For each treated person, in the order given, the places of those matched with her. Several matchings
        may have the least sum; in this one, who has a higher score is never matched with a lower one.
    """
    by_score, line = sorted_places(score)
    own = treated[by_score]
    taken = np.zeros(len(line), dtype=np.int64)
    lowest = np.zeros(len(line))
    run(_sweep, line, own.astype(np.int64), lowest, taken, size=len(line), scalars=(int(ratio),))
    chosen = np.empty((len(line), ratio), dtype=np.int64)
    chosen[by_score[own]] = by_score[np.flatnonzero(taken)].reshape(-1, ratio)
    return chosen[treated]


def optimal_in_space(*, Z: Floats, treated: Bools, ratio: int = 1) -> Ints:
    """Match each treated person with ``ratio`` others so that the sum of distances is the least.

    Parameters
    ----------
    Z : (n, q) array
        Coordinates; all n1 × n0 distances are computed.
    treated, ratio
        As for `optimal_on_line`.
    """
    others = np.flatnonzero(~treated)
    distances = np.repeat(cdist(Z[treated], Z[others]), ratio, axis=0)
    return others[linear_sum_assignment(distances)[1]].reshape(-1, ratio)


def _sweep(line: Any, own: Any, lowest: Any, taken: Any, ratio: int) -> None:
    """Mark in ``taken`` the others who are matched; ``lowest`` receives the smallest minimiser at each."""
    # Slope changes left of the minimum, as (-place, weight), and right of it, as (place, weight); their true
    # places are shifted by `left` and `right`. At the start x is 0: the slopes are infinite.
    down, up = [(-0.0, np.inf)], [(0.0, np.inf)]
    left, right = 0.0, 0.0
    for p in range(len(line)):
        if own[p] == 1:
            left += ratio
            right += ratio
        else:
            lowest[p] = -down[0][0] + left
            left -= 1.0
        if p + 1 == len(line) or line[p + 1] == line[p]:
            continue
        gap = line[p + 1] - line[p]
        # Add gap * max(x, 0): a slope change at 0 enters on the left, as much leaves it for the right.
        heapq.heappush(down, (left, gap))
        rest = gap
        while rest > 0:
            place, weight = heapq.heappop(down)
            moved = min(weight, rest)
            heapq.heappush(up, (-place + left - right, moved))
            if weight > moved:
                heapq.heappush(down, (place, weight - moved))
            rest -= moved
        # Add gap * max(-x, 0): the other way.
        heapq.heappush(up, (-right, gap))
        rest = gap
        while rest > 0:
            place, weight = heapq.heappop(up)
            moved = min(weight, rest)
            heapq.heappush(down, (-(place + right - left), moved))
            if weight > moved:
                heapq.heappush(up, (place, weight - moved))
            rest -= moved
    x = 0.0
    for p in range(len(line) - 1, -1, -1):
        if own[p] == 1:
            x -= ratio
        elif x < lowest[p]:
            taken[p] = 1
            x += 1.0
