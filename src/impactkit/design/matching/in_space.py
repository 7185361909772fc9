"""Nearest neighbours by several numbers: a tree asked for more when the nearest are taken.

A k-d tree answers for many people at once; those taken since are passed over, and the tree is built again
when half of it is gone. Few people, or strata, are compared one by one.

Ties are broken as R's MatchIt does: people are sorted by their first coordinate, then in the order given;
among equally near ones, the one most places away on that line is taken, the right one at equal places.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from impactkit.design.covariates import Floats
from impactkit.design.matching.on_a_line import Order
from impactkit.design.matching.strata import by_stratum

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Up to so many distances, comparing with everyone is faster than a tree.
_DIRECT = 5_000
# Neighbours asked for at first, and how many times more when none is free.
_FIRST, _MORE = 6, 4
# People per leaf of the tree, and people asked about at once.
_LEAF, _BLOCK = 64, 16_384


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bounds:
    """Calipers on other numbers: people further apart than ``widths[k]`` on any are not matched."""

    numbers: Floats
    widths: Floats


def nearest_in_space(
    *,
    Z: Floats,
    treated: Bools,
    strata: Ints | None = None,
    caliper: float = np.inf,
    bounds: Bounds | None = None,
    ratio: int = 1,
    replace: bool = False,
    order: Order = "data",
    score: Floats | None = None,
) -> Ints:
    """Match each treated person with the nearest others in straight-line distance, greedily.

    Parameters
    ----------
    Z : (n, q) array
        Coordinates.
    treated : (n,) array of bool
    strata : (n,) array of int, optional
        Only people of one stratum are matched together.
    caliper : float
        The largest distance allowed.
    bounds : Bounds, optional
        Calipers on other numbers.
    ratio, replace
        As for `on_a_line.nearest_on_line`.
    order : {"largest", "closest", "data"}
        ``"largest"``: those with the largest ``score`` choose first.
    score : (n,) array, optional

    Returns
    -------
    (n1, ratio) array of int
        For each treated person, in the order given, the places of those matched with her; -1 where none.
    """
    chosen = np.full((len(Z), ratio), -1, dtype=np.int64)
    groups = [np.arange(len(Z))] if strata is None else by_stratum(strata)
    for people in groups:
        own, others = people[treated[people]], people[~treated[people]]
        if not own.size or not others.size:
            continue
        search = _Search(
            Z=Z, people=people, others=others, caliper=caliper, bounds=bounds, free=np.ones(others.size, bool)
        )
        if order == "largest" and score is not None:
            own = own[np.argsort(-score[own], kind="stable")]
        if order == "closest" and not replace:
            _closest(search, own, chosen)
        else:
            _in_turn(search, own, chosen, replace=replace)
    return chosen[treated]


@dataclass(slots=True, kw_only=True, eq=False)
class _Search:
    """Those who can be taken, and how to find the nearest free one."""

    Z: Floats
    people: Ints
    others: Ints
    caliper: float
    bounds: Bounds | None
    free: Bools
    places: Ints = field(init=False)
    tree: cKDTree | None = field(init=False, default=None)
    leaves: Ints = field(init=False)
    gone: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.places = np.empty(len(self.Z), dtype=np.int64)
        self.places[self.people[np.argsort(self.Z[self.people, 0], kind="stable")]] = np.arange(
            len(self.people)
        )
        self.leaves = np.arange(self.others.size)
        if self.others.size > _DIRECT:
            self._plant()

    def _plant(self) -> None:
        self.leaves = np.flatnonzero(self.free)
        self.tree = cKDTree(self.Z[self.others[self.leaves]], leafsize=_LEAF)
        self.gone = 0

    def take(self, other: int) -> None:
        """Mark someone as no longer free."""
        self.free[other] = False
        self.gone += 1
        if self.tree is not None and self.gone > max(len(self.leaves) // 2, _DIRECT // 2):
            self._plant()

    def around(self, people: Ints) -> tuple[list[Ints], Floats]:
        """Return for each person those among whom to look first, and their distances, nearest first.

        Without a tree, everyone, and no distances.
        """
        if self.tree is None:
            return [self.leaves] * len(people), np.empty((len(people), 0))
        Z = self.Z[people]
        # People asked about one after another in the order of a tree find their part of the other in memory.
        order = cKDTree(Z).indices
        apart, near = self.tree.query(Z[order], k=min(_FIRST, len(self.leaves)))
        distances, among = np.empty_like(apart), np.empty_like(near)
        distances[order], among[order] = apart, self.leaves[near]
        return list(among.reshape(len(people), -1)), distances.reshape(len(people), -1)

    def sure(self, among: Ints, distances: Floats) -> int:
        """Return the nearest free one where the list alone tells, with nobody equally near; else -1."""
        if self.bounds is not None:
            return -1
        for k in range(len(distances) - 1):
            if self.free[among[k]]:
                alone = distances[k] * (1 + 1e-9) < distances[k + 1] and distances[k] < self.caliper
                return int(among[k]) if alone else -1
        return -1

    def nearest(self, person: int, among: Ints, hers: list[int]) -> tuple[float, int]:
        """Return the squared distance to, and the number of, the nearest free one; infinite when none."""
        asked = among.size
        while True:
            open_ = among[self.free[among]]
            if hers:
                open_ = open_[~np.isin(open_, hers)]
            found = self._best(person, open_)
            complete = self.tree is None or asked >= len(self.leaves)
            # Someone as near as the last of those asked for may have an equal who was not.
            if complete or found[0] < self._squares(person, among[-1:])[0] * (1 - 1e-12):
                return found
            if found[0] == np.inf and self._squares(person, among[-1:])[0] > self.caliper**2:
                return found
            assert self.tree is not None
            asked = min(max(asked, _FIRST) * _MORE, len(self.leaves))
            near = np.atleast_1d(self.tree.query(self.Z[person], k=asked)[1])
            among = self.leaves[near]

    def _squares(self, person: int, others: Ints) -> Floats:
        total = np.zeros(len(others))
        for column in range(self.Z.shape[1]):
            total += (self.Z[self.others[others], column] - self.Z[person, column]) ** 2
        return total

    def _best(self, person: int, others: Ints) -> tuple[float, int]:
        if self.bounds is not None:
            numbers = self.bounds.numbers
            apart = np.abs(numbers[self.others[others]] - numbers[person])
            others = others[(apart <= self.bounds.widths).all(axis=1)]
        squares = self._squares(person, others)
        if not squares.size or squares.min() > self.caliper**2:
            return np.inf, -1
        tied = others[squares == squares.min()]
        steps = self.places[self.others[tied]] - self.places[person]
        return float(squares.min()), int(tied[np.argmax(2 * np.abs(steps) + (steps > 0))])


def _in_turn(search: _Search, own: Ints, chosen: Ints, *, replace: bool) -> None:
    for round_ in range(chosen.shape[1]):
        if round_:
            own = own[chosen[own, round_ - 1] >= 0]
        # The tree may be planted again meanwhile: the lists asked for at once stay true, only shorter.
        for block in np.array_split(own, max(1, own.size // _BLOCK)):
            lists, distances = search.around(block)
            for row, person in enumerate(block.tolist()):
                other = -1 if round_ else search.sure(lists[row], distances[row])
                if other < 0:
                    hers = _hers(search, chosen[person, :round_]) if round_ else []
                    other = search.nearest(person, lists[row], hers)[1]
                if other < 0:
                    continue
                chosen[person, round_] = search.others[other]
                if not replace:
                    search.take(other)


def _hers(search: _Search, chosen: Ints) -> list[int]:
    return [int(np.searchsorted(search.others, person)) for person in chosen]


def _closest(search: _Search, own: Ints, chosen: Ints) -> None:
    own = np.sort(own)
    for round_ in range(chosen.shape[1]):
        if round_:
            own = own[chosen[own, round_ - 1] >= 0]
        heap: list[tuple[float, int, int, int]] = []
        lists = dict(zip(own.tolist(), search.around(own)[0], strict=True))
        for mark, person in enumerate(own.tolist()):
            square, other = search.nearest(person, lists[person], [])
            if other >= 0:
                heap.append((square, mark, person, other))
        heapq.heapify(heap)
        stamp = 0
        while heap:
            _, _, person, other = heapq.heappop(heap)
            if search.free[other]:
                chosen[person, round_] = search.others[other]
                search.take(other)
                continue
            square, other = search.nearest(person, lists[person], [])
            stamp -= 1
            if other >= 0:
                heapq.heappush(heap, (square, stamp, person, other))
