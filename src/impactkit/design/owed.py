"""What weights owe to the parameters they were estimated with, without an array of derivatives by person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Owed:
    """What the weights of n people owe to the k parameters θ of one fit.

    The weight of person i depends on an index of her columns ``x_i``, a constant first; her derivative and
    her influence ψ on θ are then products of a number and of the columns::

        ∂w_i/∂θ = slope_i (x_i - limits)
        ψ_i = (pull_i x_i + back_i limits) @ bread,  θ̂ - θ ≈ mean of ψ over the n people

    Attributes
    ----------
    rows : (m,) array of int
        Where the people of the fit stand among the n; the others owe it nothing.
    columns : (m, k - 1) array
        Without the constant.
    slope, pull : (m,) arrays
    limits : (k,) array
        Zeros, but for columns balanced within a tolerance.
    back : (m,) array or None
        ``None`` where limits are all zero.
    bread : (k, k) array
    """

    rows: npt.NDArray[np.intp]
    columns: Floats
    slope: Floats
    pull: Floats
    limits: Floats
    bread: Floats
    back: Floats | None = None

    def gradient(self, by_person: Floats) -> Floats:
        """Return ``Σ v_i ∂w_i/∂θ``, (k,), for the numbers v of the n people."""
        moved = by_person[self.rows] * self.slope
        total = float(moved.sum())
        return np.concatenate([[total], moved @ self.columns]) - total * self.limits

    def carried(self, gradient: Floats, n: int) -> Floats:
        """Return ``ψ_i'g`` of each of the n people, for g a (k,) array."""
        along = self.bread @ gradient
        found = np.zeros(n)
        parts = self.pull * (along[0] + self.columns @ along[1:])
        if self.back is not None:
            parts += self.back * float(self.limits @ along)
        found[self.rows] = parts
        return found

    def times(self, w: Floats) -> Owed:
        """Return what the weights owe once multiplied by ``w``, one number for each of the n people."""
        return replace(self, slope=self.slope * w[self.rows])

    def among(self, rows: npt.NDArray[np.intp], n: int) -> Owed:
        """Return the same for these people standing at ``rows`` among n, the others owing nothing.

        ψ is multiplied so that its mean over the n people is still that over these.
        """
        return replace(self, rows=rows[self.rows], bread=self.bread * (n / len(rows)))
