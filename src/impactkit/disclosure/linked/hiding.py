"""The cheapest cells to mask so that a small group can be larger, or smaller, than it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array, hstack

from impactkit.disclosure.linked.cells import Bools, Ints, Linked

Floats = npt.NDArray[np.float64]

_ZERO = 1e-6


@dataclass(slots=True, eq=False)
class Hiding:
    r"""One linear programme kept warm: how far atoms must move, and which shown cells must move with them.

    Variables are the move ``x`` of each atom and the size ``u + v`` of the move of each cell:

    .. math:: \min \sum_i w_i (u_i + v_i),\quad Cx = u - v,\quad x \ge -a,\quad (Cx)_p \ge d

    Attributes
    ----------
    linked : Linked
    weights : (m,) array of float
        Cost of masking each cell.
    fixed : (m,) array of bool
        Cells already released, which can no longer be masked.
    """

    linked: Linked
    weights: Floats
    fixed: Bools
    _solver: highspy.Highs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        m, n = self.linked.cells.shape
        identity = eye_array(m, format="csr")
        matrix = csr_array(hstack([self.linked.cells, -identity, identity], format="csr"))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = n + 2 * m, m
        model.col_cost_ = np.concatenate([np.zeros(n), self.weights, self.weights])
        free = np.where(self.fixed, 0.0, highspy.kHighsInf)
        model.col_lower_ = np.concatenate([-self.linked.people.astype(np.float64), np.zeros(2 * m)])
        model.col_upper_ = np.concatenate([np.full(n, highspy.kHighsInf), free, free])
        model.row_lower_ = model.row_upper_ = np.zeros(m)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("presolve", "off")
        self._solver.setOptionValue("solver", "simplex")
        self._solver.passModel(model)

    def mask(self, cells: Ints) -> None:
        """Make it cost nothing to move these cells: they are masked."""
        m, n = self.linked.cells.shape
        columns = np.concatenate([n + cells, n + m + cells]).astype(np.int32)
        self._solver.changeColsCost(len(columns), columns, np.zeros(len(columns)))

    def cheapest(self, atoms: Ints, move: float) -> tuple[float, Ints] | None:
        """Return the cost and the cells to mask so that a set can have ``move`` more people, or fewer.

        Parameters
        ----------
        atoms : array of int
            The atoms of the set.
        move : float
            People more; fewer when negative.

        Returns
        -------
        (float, array of int) or None
            ``None`` when cells already released forbid it.
        """
        low, high = (move, highspy.kHighsInf) if move > 0 else (-highspy.kHighsInf, move)
        self._solver.addRow(low, high, len(atoms), atoms.astype(np.int32), np.ones(len(atoms)))
        row = self._solver.getNumRow() - 1
        self._solver.run()
        status = self._solver.getModelStatus()
        found = None
        if status == highspy.HighsModelStatus.kOptimal:
            m, n = self.linked.cells.shape
            moved = np.array(self._solver.getSolution().col_value)
            sizes = moved[n : n + m] + moved[n + m :]
            cost = float(self._solver.getInfo().objective_function_value)
            found = cost, np.flatnonzero(sizes > _ZERO)
        self._solver.deleteRows(1, np.array([row], dtype=np.int32))
        return found
