"""Publishable numbers as sets of people, and people told apart only by the sets that they are in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """All cells of linked tables over the same people.

    Attributes
    ----------
    cells : (m, n) sparse array of 0 and 1
        Which atoms each cell counts; an atom is the people who are in exactly the same cells.
    people : (n,) array of int
        People in each atom; 0 for a possible atom that nobody is in.
    """

    cells: csr_array
    people: Ints

    @property
    def counts(self) -> Ints:
        """The true count of each cell."""
        return np.asarray(self.cells @ self.people, dtype=np.int64)


def linked_cells(membership: Bools) -> Linked:
    """Merge people who are in exactly the same cells.

    Parameters
    ----------
    membership : (people, m) array of bool
        Who is counted in each cell.

    Returns
    -------
    Linked
        Atoms seen in the data only: the attacker is taken to know that no other combination exists, which
        protects more than is needed, never less.

    Examples
    --------
    >>> import numpy as np
    >>> linked_cells(np.array([[1, 0], [1, 0], [1, 1]], dtype=bool)).people.tolist()
    [2, 1]
    """
    inside = membership[membership.any(axis=1)]
    packed = np.packbits(inside, axis=1)
    _, first, counts = np.unique(packed, axis=0, return_index=True, return_counts=True)
    return Linked(cells=csr_array(inside[first].T.astype(np.float64)), people=counts.astype(np.int64))


def atoms_of(sets: csr_array, i: int) -> Ints:
    """Return the atoms of the set at this position."""
    return np.asarray(sets.indices[slice(*sets.indptr[i : i + 2])], dtype=np.int64)


def small_sets(linked: Linked, minimum: int, *, differences: bool) -> csr_array:
    """Return the small groups that the tables could tell of: the sets to protect.

    Parameters
    ----------
    linked : Linked
    minimum : int
        A set of 1 to ``minimum - 1`` people is small.
    differences : bool
        Also what is left of a cell when another one, wholly inside it, is taken away, and the people who are
        in exactly the same cells: what is left of a total when all its parts are.

    Returns
    -------
    (s, n) sparse array of 0 and 1
        Which atoms each small set counts; each set once.
    """
    counts = linked.counts
    sets = [linked.cells[np.flatnonzero((counts > 0) & (counts < minimum))]]
    if differences:
        weighted = linked.cells.multiply(linked.people[None, :]).tocsr()
        # People in both of two cells: a pair is nested when they are all those of the smaller one.
        both = (weighted @ linked.cells.T).tocoo()
        gap = counts[both.row] - both.data
        nested = (both.data == counts[both.col]) & (gap > 0) & (gap < minimum)
        outer, inner = both.row[nested], both.col[nested]
        rest = linked.cells[outer] - linked.cells[inner]
        # An atom of nobody may lie in the inner cell alone: it is no part of the difference.
        sets.append(csr_array(rest.maximum(0)))
        few = np.flatnonzero((linked.people > 0) & (linked.people < minimum))
        sets.append(
            csr_array((np.ones(len(few)), (np.arange(len(few)), few)), (len(few), len(linked.people)))
        )
    dense = np.vstack([part.toarray() for part in sets]).astype(bool)
    if not len(dense):
        return csr_array((0, linked.cells.shape[1]))
    _, first = np.unique(np.packbits(dense, axis=1), axis=0, return_index=True)
    return csr_array(dense[np.sort(first)].astype(np.float64))
