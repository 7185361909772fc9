"""What an attacker can work out of small groups from all that is shown.

The attacker knows the shown counts, of this release and of those before, exactly or to within their
rounding; that counts are whole numbers and never negative; and which combinations of cells exist. Whether the
count of a small group could be large is then a question of linear programming.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from impactkit.disclosure.linked.cells import Bools, Ints, Linked, atoms_of
from impactkit.disclosure.linked.programme import WHOLE, Floats, Programme

# Nodes of a search in whole numbers, when rounding has not found what was looked for.
_NODES = 200
_EVERY_NODE = 2**31 - 1
# Draws of worlds that show many sets safe at once.
_LOOKS = 24
# Solutions kept to tell at once that a set is safe for people who could be cut in parts.
_POINTS = 300
# People beyond twice those there are that an atom may have: a bound, so that no programme is without end.
_AMPLE = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What is known of each cell: between ``low`` and ``high`` people, equal when it is shown exactly.

    Attributes
    ----------
    low, high : (m,) array of float
        0 and infinity for a masked cell.
    """

    low: Floats
    high: Floats

    @classmethod
    def exactly(cls, linked: Linked, shown: Bools) -> Shown:
        """Cells shown as they are; the others are masked."""
        counts = linked.counts.astype(np.float64)
        return cls(low=np.where(shown, counts, 0.0), high=np.where(shown, counts, np.inf))

    @classmethod
    def rounded(cls, linked: Linked, shown: Bools, base: int) -> Shown:
        """Cells shown to the nearest multiple of ``base``, halves up; the others are masked."""
        counts = linked.counts
        nearest = base * ((2 * counts + base) // (2 * base))
        low = np.maximum(0, nearest - base // 2)
        high = nearest + (base - 1) // 2
        return cls(low=np.where(shown, low, 0.0), high=np.where(shown, high, np.inf))


@dataclass(slots=True, eq=False)
class Attacker:
    """One linear programme kept warm: who could be in each atom, given what is shown.

    Every world found (a whole number of people in each atom, in agreement with what is shown) is kept: it
    may show at once that another small group is safe. So are the last solutions, ``points``, whole or not.
    """

    linked: Linked
    shown: Shown
    worlds: list[Ints] = field(default_factory=list)
    points: list[Floats] = field(default_factory=list)
    _programme: Programme = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.worlds.append(self.linked.people)
        most = 2.0 * float(self.linked.people.sum()) + _AMPLE
        # The bounds are the same arrays: what the programme is told is shown, the attacker knows.
        self._programme = Programme(self.linked.cells, self.shown.low, self.shown.high, most)

    def show(self, cell: int, low: float, high: float) -> None:
        """Change what is known of a cell; the worlds that no longer agree are forgotten."""
        self._programme.show(cell, low, high)
        atoms = atoms_of(self.linked.cells, cell)
        self.worlds[:] = [one for one in self.worlds if _within(float(one[atoms].sum()), low, high)]
        self.points[:] = [one for one in self.points if _within(float(one[atoms].sum()), low, high)]

    def interval(self, atoms: Ints) -> tuple[float, float]:
        """Return the fewest and the most people that a set could have; infinity when nothing bounds it.

        Parameters
        ----------
        atoms : array of int
            The atoms of the set.
        """
        low, high = self.relaxed(atoms)
        if high >= self._programme.most:
            high = np.inf
        while not self._has(atoms, low) and self.whole(atoms, -1, target=low) > low:
            low += 1
        while np.isfinite(high) and not self._has(atoms, high) and self.whole(atoms, 1, target=high) < high:
            high -= 1
        return low, high

    def relaxed(self, atoms: Ints) -> tuple[float, float]:
        """Return an interval at least as wide: that of people who could be cut in parts."""
        return self.furthest(atoms, -1), self.furthest(atoms, 1)

    def furthest(self, atoms: Ints, side: int) -> float:
        """Return one end of that interval: the most people, or the fewest if ``side`` is -1."""
        solution = self._programme.best(self._towards(atoms, side))
        self.points.append(solution)
        del self.points[:-_POINTS]
        self._keep(solution)
        end = float(solution[atoms].sum())
        return float(np.floor(end + WHOLE) if side > 0 else np.ceil(end - WHOLE))

    def _has(self, atoms: Ints, n: float) -> bool:
        """Tell whether a world kept has this many people in a set."""
        return any(world[atoms].sum() == n for world in self.worlds)

    def witnessed(self, sets: csr_array) -> tuple[Floats, Floats]:
        """Return the fewest and the most people of each set over the worlds kept."""
        found = np.asarray(sets @ np.column_stack(self.worlds))
        return found.min(axis=1), found.max(axis=1)

    def reached(self, sets: csr_array) -> tuple[Floats, Floats]:
        """Return the fewest and the most people of each set over the worlds and the solutions kept."""
        low, high = self.witnessed(sets)
        if self.points:
            found = np.asarray(sets @ np.column_stack(self.points))
            low, high = np.minimum(low, found.min(axis=1)), np.maximum(high, found.max(axis=1))
        return low, high

    def whole(self, atoms: Ints, side: int, *, target: float) -> float:
        """Return the most people of a set (the fewest if ``side`` is -1) in whole numbers, up to a target.

        When none is found with little work, the furthest known: less is then claimed than is true.
        """
        cost = self._towards(atoms, side)
        self._keep(self._programme.rounded(cost))
        if side * self._furthest_known(atoms, side) < side * target:
            self._keep(self._programme.in_whole_people(cost, target=side * target, nodes=_NODES))
        return self._furthest_known(atoms, side)

    def _furthest_known(self, atoms: Ints, side: int) -> float:
        return float(side * max(side * int(world[atoms].sum()) for world in self.worlds))

    def look_around(self, sets: csr_array, minimum: int) -> None:
        """Find worlds that show many sets safe at once: in each, some by lot are large, others small."""
        rng = np.random.default_rng(0)
        for _ in range(_LOOKS):
            low, high = self.witnessed(sets)
            left = np.flatnonzero((high < minimum) | (high - low < minimum - 1))
            if not len(left):
                return
            signs = rng.choice([-1.0, 1.0], size=len(left))
            self._keep(self._programme.rounded(np.asarray(signs @ sets[left])))

    def _towards(self, atoms: Ints, side: int) -> Floats:
        cost = np.zeros(self.linked.cells.shape[1])
        cost[atoms] = side
        return cost

    def _keep(self, solution: Floats | None) -> None:
        """Keep a solution as a world, if it is of whole people and agrees with all that is shown."""
        if solution is None:
            return
        world = solution.round()
        if np.abs(world - solution).max(initial=0.0) > WHOLE or (world < 0).any():
            return
        counts = self.linked.cells @ world
        if (counts >= self.shown.low).all() and (counts <= self.shown.high).all():
            self.worlds.append(world.astype(np.int64))


def possible_world(cells: csr_array, shown: Shown) -> Ints | None:
    """Return a world of whole people that agrees with what is shown; ``None`` when there is none.

    Parameters
    ----------
    cells : (m, n) sparse array of 0 and 1
    shown : Shown
    """
    programme = Programme(cells, shown.low, shown.high, np.inf)
    found = programme.in_whole_people(np.zeros(cells.shape[1]), target=np.inf, nodes=_EVERY_NODE)
    return None if found is None else found.round().astype(np.int64)


def _within(n: float, low: float, high: float) -> bool:
    return low - WHOLE <= n <= high + WHOLE


def exposed_sets(
    attacker: Attacker, sets: csr_array, minimum: int, *, proof: bool = True, first: bool = False
) -> Ints:
    """Return the small sets of which the attacker learns too much, as positions.

    A set is safe when, for all that is shown, it could count ``minimum`` people or more, and its fewest and
    most people are at least ``minimum - 1`` apart: so at least ``minimum`` sizes remain in its interval, of
    which one is not small.

    Parameters
    ----------
    attacker : Attacker
    sets : (s, n) sparse array of 0 and 1
    minimum : int
    proof : bool
        Whether a set whose linear interval is narrower than ``2 minimum`` is safe only by worlds of whole
        people. Else the linear ends are believed: faster, and each set that they condemn is found.
    first : bool
        Whether to stop at the first set found.
    """
    exposed: list[int] = []
    low, high = attacker.reached(sets)
    for i in range(sets.shape[0]):
        if _safe(low[i], high[i], minimum):
            continue
        atoms = atoms_of(sets, i)
        most = attacker.furthest(atoms, 1)
        if not _safe(low[i], most, minimum) and (
            most < minimum or not _safe(attacker.furthest(atoms, -1), most, minimum)
        ):
            exposed.append(i)
            if first:
                return np.array(exposed, dtype=np.int64)
        found = np.asarray(sets @ np.column_stack(attacker.points[-2:]))
        low, high = np.minimum(low, found.min(axis=1)), np.maximum(high, found.max(axis=1))
    if proof:
        proved = attacker.witnessed(sets)
        narrow = [
            i
            for i in range(sets.shape[0])
            if i not in exposed
            and high[i] - low[i] < 2 * minimum
            and not _safe(proved[0][i], proved[1][i], minimum)
        ]
        if narrow:
            attacker.look_around(csr_array(sets[narrow]), minimum)
        exposed += [i for i in narrow if not _is_proved(attacker, atoms_of(sets, i), minimum)]
    return np.sort(np.array(exposed, dtype=np.int64))


def _is_proved(attacker: Attacker, atoms: Ints, minimum: int) -> bool:
    """Tell whether worlds of whole people show that a set is safe."""
    ends = [int(world[atoms].sum()) for world in attacker.worlds]
    low, high = float(min(ends)), float(max(ends))
    wanted = max(minimum, low + minimum - 1)
    if high < wanted:
        high = attacker.whole(atoms, 1, target=wanted)
    if high >= minimum and high - low < minimum - 1:
        low = attacker.whole(atoms, -1, target=high - minimum + 1)
    return _safe(low, high, minimum)


def _safe(low: float, high: float, minimum: int) -> bool:
    return bool(high >= minimum - WHOLE and high - low >= minimum - 1 - WHOLE)
