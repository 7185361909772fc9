"""Nearest neighbours by one number: a sorted line where those taken are skipped over.

Without replacement, those still free form two chains of pointers (union-find): the nearest free one on either
side is found in a few steps whatever has been taken, so that the whole costs little more than the sort.

Ties are broken as R's MatchIt does. People are sorted by score, then in the order given. Among equally near
ones, the one fewer places away on that line is taken, the left one at equal places.
"""

from __future__ import annotations

import heapq
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats
from impactkit.design.matching.engine import run

Order = Literal["largest", "closest", "data"]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def nearest_on_line(
    *,
    score: Floats,
    treated: Bools,
    strata: Ints | None = None,
    caliper: float = np.inf,
    ratio: int = 1,
    replace: bool = False,
    order: Order = "largest",
) -> Ints:
    """Match each treated person with the nearest others by score, greedily.

    Parameters
    ----------
    score : (n,) array
    treated : (n,) array of bool
    strata : (n,) array of int, optional
        Only people of one stratum are matched together.
    caliper : float
        The largest difference of scores allowed, in their unit.
    ratio : int
        How many others for each treated person: all are given a first one before any is given a second.
    replace : bool
        Whether the same person may be taken more than once.
    order : {"largest", "closest", "data"}
        Who chooses first: those with the largest score, the closest pairs, or in the order given. Without
        consequence with replacement.

    Returns
    -------
    (n1, ratio) array of int
        For each treated person, in the order given, the places of those matched with her; -1 where none.

    Examples
    --------
    >>> score = np.array([0.8, 0.3, 0.7, 0.2, 0.1])
    >>> nearest_on_line(score=score, treated=np.array([True, True, False, False, False])).ravel().tolist()
    [2, 3]
    """
    if treated.all() or not treated.any():
        return np.full((int(treated.sum()), ratio), -1, dtype=np.int64)
    by_score, line = sorted_places(score, strata)
    taken = treated[by_score]
    own, others = np.flatnonzero(taken).astype(np.int32), np.flatnonzero(~taken).astype(np.int32)
    people = by_score[own]
    before = own - np.arange(len(own), dtype=np.int32)
    found = np.zeros((ratio, len(own)), dtype=np.int32)
    inside = np.zeros(1, dtype=np.int32) if strata is None else strata[by_score].astype(np.int32)
    chain = np.arange(len(others) + 2, dtype=np.int32)
    run(
        _closest if order == "closest" and not replace else _in_turn,
        line,
        inside,
        others,
        own,
        before,
        before + np.int32(1),
        own.copy(),
        own.copy(),
        _turns(line[own], people, order),
        chain,
        chain.copy(),
        found,
        size=len(score),
        scalars=(float(caliper), strata is not None, bool(replace)),
    )
    among = np.empty(len(score), dtype=np.int32)
    among[treated] = np.arange(len(own), dtype=np.int32)
    chosen = np.empty((len(own), ratio), dtype=np.int64)
    chosen[among[people]] = np.where(found > 0, by_score[others[found - 1]], -1).T
    return chosen


def sorted_places(score: Floats, strata: Ints | None = None) -> tuple[Ints, Floats]:
    """Return the people by stratum, score, then the order given, and their scores in that order."""
    if strata is not None:
        by_score = np.lexsort((score, strata))
        return by_score, score[by_score]
    # The bits of a number, read as an integer, are in its order (those of a negative one once reversed). The
    # last ones make room for the place: sorting such integers is several times faster than sorting places,
    # and equal scores stand in the order given.
    keys = np.add(score, 0.0, dtype=float).view(np.int64)  # a zero has one sign
    keys ^= (keys >> 63) & np.int64(2**63 - 1)
    room = max(len(score) - 1, 1).bit_length()
    keys >>= room
    keys <<= room
    keys |= np.arange(len(score))
    keys.sort()
    by_score = keys & ((1 << room) - 1)
    line = score[by_score]
    if (line[1:] < line[:-1]).any():
        # Some differ by less than the bits given up: they are sorted again, each run among itself.
        keys >>= room
        same = np.flatnonzero(keys[1:] == keys[:-1])
        tied = np.union1d(same, same + 1)
        by_score[tied] = by_score[tied][np.lexsort((line[tied], keys[tied]))]
        line[tied] = score[by_score[tied]]
    return by_score, line


def _turns(line: Floats, people: Ints, order: Order) -> npt.NDArray[np.int32]:
    """Return who chooses first among the treated, who stand by score; ``people`` is where in the data."""
    if order == "largest":
        if (line[1:] > line[:-1]).all():
            return np.arange(len(line) - 1, -1, -1, dtype=np.int32)
        # Among equal scores, in the order given.
        return np.argsort(-line, kind="stable").astype(np.int32)
    return np.argsort(people).astype(np.int32)


# Those who can be taken are numbered 1 … n0 by score, with a wall at 0 and n0 + 1: ``left[k]`` and
# ``right[k]`` lead to the nearest one still free. For treated person t, ``a[t]`` and ``b[t]`` are the first
# ones to look at on either side, ``low[t]`` and ``high[t]`` the places on the line of the outermost she has
# already.


def _in_turn(
    line: Any,
    inside: Any,
    others: Any,
    own: Any,
    a: Any,
    b: Any,
    low: Any,
    high: Any,
    turns: Any,
    left: Any,
    right: Any,
    found: Any,
    caliper: float,
    stratified: bool,
    replace: bool,
) -> None:
    """Let each treated person choose in her turn."""
    wall = len(left) - 1
    for round_ in range(len(found)):
        for t in turns:
            if round_ > 0 and found[round_ - 1][t] == 0:
                continue
            i, j = a[t], b[t]
            while left[i] != i:
                left[i] = left[left[i]]
                i = left[i]
            while right[j] != j:
                right[j] = right[right[j]]
                j = right[j]
            here = own[t]
            before, after = np.inf, np.inf
            if i > 0 and not (stratified and inside[others[i - 1]] != inside[here]):
                before = line[here] - line[others[i - 1]]
            if j < wall and not (stratified and inside[others[j - 1]] != inside[here]):
                after = line[others[j - 1]] - line[here]
            near = min(before, after)
            if near > caliper or near == np.inf:
                continue
            lefts = before < after
            if before == after:
                lefts = low[t] - others[i - 1] <= others[j - 1] - high[t]
            chosen = i if lefts else j
            found[round_][t] = chosen
            if lefts:
                a[t] = chosen - 1
            else:
                b[t] = chosen + 1
            if not replace:
                left[chosen] = chosen - 1
                right[chosen] = chosen + 1
                low[t] = min(low[t], others[chosen - 1])
                high[t] = max(high[t], others[chosen - 1])


def _closest(
    line: Any,
    inside: Any,
    others: Any,
    own: Any,
    a: Any,
    b: Any,
    low: Any,
    high: Any,
    turns: Any,
    left: Any,
    right: Any,
    found: Any,
    caliper: float,
    stratified: bool,
    replace: bool,
) -> None:
    """Make the closest pair first, then the next: a heap of each treated person's best."""
    wall = len(left) - 1
    for round_ in range(len(found)):
        heap = [(0.0, 0, 0, 0)]
        heap.pop()
        waiting = [(0, 0)]
        waiting.pop()
        stamp = 0
        for k in range(len(turns) - 1, -1, -1):
            if round_ == 0 or found[round_ - 1][turns[k]] > 0:
                waiting.append((k, turns[k]))  # noqa: PERF401 - one form for Python and the compiler
        while len(waiting) > 0 or len(heap) > 0:
            if len(waiting) > 0:
                mark, t = waiting.pop()
            else:
                _, _, t, side = heapq.heappop(heap)
                chosen = a[t] if side == 1 else b[t]
                if left[chosen] == chosen:
                    found[round_][t] = chosen
                    left[chosen] = chosen - 1
                    right[chosen] = chosen + 1
                # Hers, or taken meanwhile: she looks further from there, before those equally near.
                low[t] = min(low[t], others[chosen - 1])
                high[t] = max(high[t], others[chosen - 1])
                if found[round_][t] > 0:
                    continue
                stamp -= 1
                mark = stamp
            i, j = a[t], b[t]
            while left[i] != i:
                left[i] = left[left[i]]
                i = left[i]
            while right[j] != j:
                right[j] = right[right[j]]
                j = right[j]
            here = own[t]
            before, after = np.inf, np.inf
            if i > 0 and not (stratified and inside[others[i - 1]] != inside[here]):
                before = line[here] - line[others[i - 1]]
            if j < wall and not (stratified and inside[others[j - 1]] != inside[here]):
                after = line[others[j - 1]] - line[here]
            near = min(before, after)
            if near > caliper or near == np.inf:
                continue
            lefts = before < after
            if before == after:
                lefts = low[t] - others[i - 1] <= others[j - 1] - high[t]
            a[t], b[t] = i, j
            heapq.heappush(heap, (near, mark, t, 1 if lefts else 0))
