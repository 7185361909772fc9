"""What an attacker can work out of small groups from all that is shown.

The attacker knows the shown counts, of this release and of those before, exactly or to within their
rounding; that counts are whole numbers and never negative; and which combinations of cells exist. Whether the
count of a small group could be large is then a question of linear programming.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from impactkit.disclosure.linked.cells import Bools, Ints, Linked, atoms_of

Floats = npt.NDArray[np.float64]

_WHOLE = 1e-6
_NODES = 200
# Draws of worlds that show many sets safe at once, and how far from the best each may be.
_LOOKS = 12
_GAP = 0.3
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
    solved: int = 0
    _solver: highspy.Highs = field(init=False, repr=False)
    _most: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.worlds.append(self.linked.people)
        self._most = 2.0 * float(self.linked.people.sum()) + _AMPLE
        self._solver = _solver(self.linked.cells, self.shown.low, self.shown.high, most=self._most)

    def show(self, cell: int, low: float, high: float) -> None:
        """Change what is known of a cell; the worlds that no longer agree are forgotten."""
        self.shown.low[cell], self.shown.high[cell] = low, high
        self._solver.changeRowBounds(cell, low, high)
        atoms = self._atoms(cell)
        self.worlds[:] = [one for one in self.worlds if _within(float(one[atoms].sum()), low, high)]
        self.points[:] = [one for one in self.points if _within(float(one[atoms].sum()), low, high)]

    def _atoms(self, cell: int) -> Ints:
        return atoms_of(self.linked.cells, cell)

    def interval(self, atoms: Ints) -> tuple[float, float]:
        """Return the fewest and the most people that a set could have; infinity when nothing bounds it.

        Parameters
        ----------
        atoms : array of int
            The atoms of the set.
        """
        low, high = self.relaxed(atoms)
        if high >= self._most:
            high = np.inf
        while not self._has(atoms, low) and self.whole(atoms, -1, target=low) > low:
            low += 1
        while np.isfinite(high) and not self._has(atoms, high) and self.whole(atoms, 1, target=high) < high:
            high -= 1
        return low, high

    def relaxed(self, atoms: Ints) -> tuple[float, float]:
        """Return an interval at least as wide: that of people who could be cut in parts."""
        return np.ceil(self._end(atoms, -1) - _WHOLE), np.floor(self._end(atoms, 1) + _WHOLE)

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

    def _end(self, atoms: Ints, side: int) -> float:
        """Return an end of the interval of a set, and keep the world that reaches it if it is whole."""
        _aim(self._solver, self.linked.cells.shape[1], atoms, side)
        self._solver.run()
        self.solved += 1
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the linear programme ended as {status}")
        world = np.array(self._solver.getSolution().col_value)
        self.points.append(world)
        del self.points[:-_POINTS]
        if np.abs(world - world.round()).max(initial=0.0) <= _WHOLE:
            self.worlds.append(world.round().astype(np.int64))
        return float(world[atoms].sum())

    def whole(self, atoms: Ints, side: int, *, target: float) -> float:
        """Return the most people of a set (the fewest if ``side`` is -1) in whole numbers, up to a target.

        When none is found with little work, the furthest known: less is then claimed than is true.
        """
        solver = self._in_whole_people(nodes=_NODES)
        solver.setOptionValue("objective_target", target)
        _aim(solver, self.linked.cells.shape[1], atoms, side)
        self._keep(solver)
        ends = [int(world[atoms].sum()) for world in self.worlds]
        return float(max(ends) if side > 0 else min(ends))

    def look_around(self, sets: csr_array, minimum: int) -> None:
        """Find worlds that show many sets safe at once: in each, some by lot are large, others small."""
        n = self.linked.cells.shape[1]
        rng = np.random.default_rng(0)
        for _ in range(_LOOKS):
            low, high = self.witnessed(sets)
            left = np.flatnonzero((high < minimum) | (high - low < minimum - 1))
            if not len(left):
                return
            solver = self._in_whole_people(nodes=1)
            solver.setOptionValue("mip_rel_gap", _GAP)
            cost = np.asarray(rng.choice([-1.0, 1.0], size=len(left)) @ sets[left])
            solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
            solver.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
            self._keep(solver)

    def _in_whole_people(self, *, nodes: int) -> highspy.Highs:
        """Set the same programme in whole numbers, without the cells of which nothing is known."""
        n = self.linked.cells.shape[1]
        told = np.flatnonzero((self.shown.low > 0) | np.isfinite(self.shown.high))
        solver = _solver(
            csr_array(self.linked.cells[told]), self.shown.low[told], self.shown.high[told], most=self._most
        )
        solver.changeColsIntegrality(
            n, np.arange(n, dtype=np.int32), np.full(n, highspy.HighsVarType.kInteger)
        )
        solver.setOptionValue("presolve", "on")
        solver.setOptionValue("solver", "choose")
        # A limit of work, not of time: the answer must not hang on how busy the machine is.
        solver.setOptionValue("mip_max_nodes", nodes)
        return solver

    def _keep(self, solver: highspy.Highs) -> None:
        """Solve, and keep the world found if there is one."""
        solver.run()
        self.solved += 1
        if solver.getInfo().primal_solution_status == highspy.kSolutionStatusFeasible:
            self.worlds.append(np.array(solver.getSolution().col_value).round().astype(np.int64))


def possible_world(cells: csr_array, shown: Shown) -> Ints | None:
    """Return a world of whole people that agrees with what is shown; ``None`` when there is none.

    Parameters
    ----------
    cells : (m, n) sparse array of 0 and 1
    shown : Shown
    """
    n = cells.shape[1]
    solver = _solver(cells, shown.low, shown.high, most=highspy.kHighsInf)
    solver.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.full(n, highspy.HighsVarType.kInteger))
    solver.setOptionValue("presolve", "on")
    solver.setOptionValue("solver", "choose")
    solver.run()
    if solver.getInfo().primal_solution_status != highspy.kSolutionStatusFeasible:
        return None
    return np.array(solver.getSolution().col_value).round().astype(np.int64)


def _within(n: float, low: float, high: float) -> bool:
    return low - _WHOLE <= n <= high + _WHOLE


def _aim(solver: highspy.Highs, n: int, atoms: Ints, side: int) -> None:
    """Ask for the most people of a set, or the fewest."""
    cost = np.zeros(n)
    cost[atoms] = 1.0
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize if side > 0 else highspy.ObjSense.kMinimize)
    solver.changeColsCost(n, np.arange(n, dtype=np.int32), cost)


def _solver(cells: csr_array, low: Floats, high: Floats, *, most: float) -> highspy.Highs:
    """Set the programme of the worlds with at most so many people in each atom."""
    m, n = cells.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, m
    model.col_cost_ = np.zeros(n)
    model.col_lower_, model.col_upper_ = np.zeros(n), np.full(n, most)
    model.row_lower_ = low
    model.row_upper_ = np.where(np.isinf(high), highspy.kHighsInf, high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = cells.indptr
    model.a_matrix_.index_ = cells.indices
    model.a_matrix_.value_ = cells.data
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    # One thread: a batch already uses every processor, and the answer must not hang on how many there are.
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("simplex_strategy", 4)  # primal: what changes is the objective
    solver.passModel(model)
    return solver


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
        if not _safe(*attacker.relaxed(atoms_of(sets, i)), minimum):
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
    return bool(high >= minimum - _WHOLE and high - low >= minimum - 1 - _WHOLE)
