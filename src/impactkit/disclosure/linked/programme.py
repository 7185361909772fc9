"""The linear programme of the worlds that agree with what is shown, kept warm, and its whole solutions."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from impactkit.disclosure.linked.cells import Ints

Floats = npt.NDArray[np.float64]

WHOLE = 1e-6
# The simplex algorithms of HiGHS: the primal one when the objective changes, the dual one when bounds do.
_PRIMAL, _DUAL = 4, 1
# Rounding a solution: all this near to a whole number are rounded together, so many times at most.
_NEAR = 0.3
_ROUNDINGS = 200


@dataclass(slots=True, eq=False)
class Programme:
    r"""How many people each atom may have: :math:`l \le Cx \le u`, :math:`0 \le x \le M`.

    Attributes
    ----------
    cells : (m, n) sparse array of 0 and 1
    low, high : (m,) array of float
        Between how many people each cell has; infinity when nothing bounds it. `show` changes them.
    most : float
        Most people of an atom.
    solved : int
        How many times it was solved.
    """

    cells: csr_array
    low: Floats
    high: Floats
    most: float
    solved: int = 0
    _solver: highspy.Highs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        m, n = self.cells.shape
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = n, m
        model.col_cost_ = np.zeros(n)
        model.col_lower_, model.col_upper_ = np.zeros(n), np.full(n, self.most)
        model.row_lower_ = self.low
        model.row_upper_ = np.where(np.isinf(self.high), highspy.kHighsInf, self.high)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = self.cells.indptr
        model.a_matrix_.index_ = self.cells.indices
        model.a_matrix_.value_ = self.cells.data
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        # One thread: a batch uses every processor, and the answer must not hang on how many there are.
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("presolve", "off")
        self._solver.setOptionValue("solver", "simplex")
        self._solver.setOptionValue("simplex_strategy", _PRIMAL)
        self._solver.passModel(model)

    def show(self, cell: int, low: float, high: float) -> None:
        """Change what is known of a cell."""
        self.low[cell], self.high[cell] = low, high
        self._solver.changeRowBounds(cell, low, high)

    def best(self, cost: Floats) -> Floats:
        """Return the solution of the greatest value.

        Raises
        ------
        RuntimeError
            When there is none: nothing agrees with what is shown.
        """
        n = len(cost)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._solver.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
        solution = self._solve()
        if solution is None:
            raise RuntimeError(f"the linear programme ended as {self._solver.getModelStatus()}")
        return solution

    def rounded(self, cost: Floats) -> Floats | None:
        """Return a solution in whole numbers of a great value; ``None`` when rounding finds none.

        The best solution is rounded step by step: the atoms nearest to a whole number are held there, and the
        programme, still warm, is solved again for the others.
        """
        solution: Floats | None = self.best(cost)
        self._solver.setOptionValue("simplex_strategy", _DUAL)
        held: list[Ints] = []
        for _ in range(_ROUNDINGS):
            if solution is None:
                break
            away = np.abs(solution - solution.round())
            parts = np.flatnonzero(away > WHOLE)
            if not len(parts):
                break
            near = parts[away[parts] <= max(_NEAR, away[parts].min())]
            held.append(near)
            solution = self._held_at(near, solution)
        if held:
            self._free(np.unique(np.concatenate(held)))
        self._solver.setOptionValue("simplex_strategy", _PRIMAL)
        return solution

    def in_whole_people(self, cost: Floats, *, target: float, nodes: int) -> Floats | None:
        """Return a whole solution by a search that stops at a value, or after so many nodes.

        A limit of work, not of time: the answer must not hang on how busy the machine is.
        """
        n = len(cost)
        told = np.flatnonzero((self.low > 0) | np.isfinite(self.high))
        search = Programme(csr_array(self.cells[told]), self.low[told], self.high[told], self.most)
        solver = search._solver
        solver.changeColsIntegrality(
            n, np.arange(n, dtype=np.int32), np.full(n, highspy.HighsVarType.kInteger)
        )
        solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        solver.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
        solver.setOptionValue("presolve", "on")
        solver.setOptionValue("solver", "choose")
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.setOptionValue("objective_target", target)
        solver.run()
        self.solved += 1
        if solver.getInfo().primal_solution_status != highspy.kSolutionStatusFeasible:
            return None
        return np.array(solver.getSolution().col_value)

    def _held_at(self, near: Ints, solution: Floats) -> Floats | None:
        """Hold atoms at the nearest whole number; if that is too much, the first on its other side."""
        values = solution[near].round()
        self._bound(near, values, values)
        found = self._solve()
        if found is None:
            first = near[:1]
            self._free(near[1:])
            other = values[:1] - np.sign(values[:1] - solution[first])
            self._bound(first, other, other)
            found = self._solve()
        return found

    def _free(self, atoms: Ints) -> None:
        self._bound(atoms, np.zeros(len(atoms)), np.full(len(atoms), self.most))

    def _bound(self, atoms: Ints, low: Floats, high: Floats) -> None:
        self._solver.changeColsBounds(len(atoms), atoms.astype(np.int32), low, high)

    def _solve(self) -> Floats | None:
        self._solver.run()
        self.solved += 1
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)
