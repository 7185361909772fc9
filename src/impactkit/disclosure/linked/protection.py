"""Masking linked tables so that no small group can be worked out, with as few masks as can be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from impactkit.disclosure.linked.attacker import Attacker, Shown, exposed_sets
from impactkit.disclosure.linked.cells import Bools, Ints, Linked, atoms_of, small_sets
from impactkit.disclosure.linked.hiding import Hiding

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Protected:
    """Which cells may be shown.

    Attributes
    ----------
    shown : (m,) array of bool
    exposed : int
        Small groups that what was already released reveals, whatever is masked now; 0 when all is safe.
        Nothing more of their tables is then shown.
    withheld : int
        Cells masked at once with their whole table, because no cheaper way was found.
    """

    shown: Bools
    exposed: int
    withheld: int

    @property
    def is_safe(self) -> bool:
        """Whether no small group can be worked out."""
        return self.exposed == 0


def protect_linked(
    linked: Linked,
    *,
    minimum: int,
    differences: bool = True,
    released: Bools | None = None,
    hidden: Bools | None = None,
    weights: Floats | None = None,
    tables: Ints | None = None,
    rounds: int = 8,
    tries: int = 60,
) -> Protected:
    """Return the cells of linked tables that may be shown so that no small group can be worked out.

    Promised: whoever knows all shown cells, and that counts are whole and not negative, finds for each small
    set (`small_sets`) an interval of sizes that reaches ``minimum`` and is at least ``minimum - 1`` wide.

    Parameters
    ----------
    linked : Linked
    minimum : int
        Fewest people of a set that is not small.
    differences : bool
        Also protect what is left of a cell when others, wholly inside it, are taken away.
    released : (m,) array of bool, optional
        Cells of earlier releases that were shown: they stay so.
    hidden : (m,) array of bool, optional
        Cells that stay masked, those that earlier releases masked among them.
    weights : (m,) array of float, optional
        What masking each cell costs, above 0; the logarithm of its count by default, so that totals stay.
    tables : (m,) array of int, optional
        Table of each cell: what is masked at once when no cheaper way is found. One table by default.
    rounds : int
        How often cheap masks are looked for after an audit; then whole tables are masked.
    tries : int
        How many masked cells, the dearest first, are tried for showing again, by part. Work is limited, not
        time: the answer is the same on a slow machine.

    Returns
    -------
    Protected

    References
    ----------
    Fischetti & Salazar (2001), *Management Science* 47(7), 1008-1027: the attacker's linear programmes.
    """
    m = linked.cells.shape[0]
    fixed = np.zeros(m, dtype=bool) if released is None else released
    kept_hidden = np.zeros(m, dtype=bool) if hidden is None else hidden
    costs = np.log1p(linked.counts) + 0.5 if weights is None else weights
    groups = np.zeros(m, dtype=np.int64) if tables is None else tables
    shown = np.ones(m, dtype=bool)
    exposed = withheld = 0
    sets = small_sets(linked, minimum, differences=differences)
    cell_part, set_part = _parts(linked, sets)
    for part in np.unique(cell_part):
        own = np.flatnonzero(cell_part == part)
        wanted = np.flatnonzero(set_part == part)
        if not len(wanted) and not kept_hidden[own].any():
            continue
        atoms = np.unique(linked.cells[own].indices)
        problem = _Problem(
            linked=Linked(cells=csr_array(linked.cells[own][:, atoms]), people=linked.people[atoms]),
            sets=csr_array(sets[wanted][:, atoms]),
            minimum=minimum,
            fixed=fixed[own],
            hidden=kept_hidden[own],
            costs=costs[own],
            tables=groups[own],
        )
        found = problem.solve(rounds, tries)
        shown[own] = found.shown
        exposed += found.exposed
        withheld += found.withheld
    return Protected(shown=shown, exposed=exposed, withheld=withheld)


def _parts(linked: Linked, sets: csr_array) -> tuple[Ints, Ints]:
    """Tell of each cell and small set in which part it is; parts share no atom."""
    shared = (linked.cells @ linked.cells.T).tocsr()
    _, labels = connected_components(shared, directed=False)
    of_atom = np.full(linked.cells.shape[1], -1, dtype=np.int64)
    entries = linked.cells.tocoo()
    of_atom[entries.col] = labels[entries.row]
    return labels.astype(np.int64), np.array(
        [of_atom[sets.indices[i]] for i in sets.indptr[:-1]], dtype=np.int64
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """Tables that share people, directly or through others."""

    linked: Linked
    sets: csr_array
    minimum: int
    fixed: Bools
    hidden: Bools
    costs: Floats
    tables: Ints

    def solve(self, rounds: int, tries: int) -> Protected:
        """Mask small cells, then the cheapest others, audit, and show again what protects nothing."""
        counts = self.linked.counts
        small = (counts > 0) & (counts < self.minimum)
        shown = self.fixed | ~(self.hidden | small)
        primary = ~shown
        self._hide_exposed(shown, rounds, proof=False)
        self._show_again(shown, primary, tries)
        # Fail closed: the last word is a proof from nothing, whatever was found on the way.
        exposed = self._hide_exposed(shown, rounds, proof=True)
        withheld = 0
        if len(exposed):
            withheld = self._withhold(exposed, shown)
            exposed = self._exposed(shown, proof=True)
        if len(exposed):
            withheld += int((shown & ~self.fixed).sum())
            shown &= self.fixed
            exposed = self._exposed(shown, proof=True)
        return Protected(shown=shown, exposed=len(exposed), withheld=withheld)

    def _exposed(self, shown: Bools, *, proof: bool) -> Ints:
        attacker = Attacker(self.linked, Shown.exactly(self.linked, shown))
        return exposed_sets(attacker, self.sets, self.minimum, proof=proof)

    def _hide_exposed(self, shown: Bools, rounds: int, *, proof: bool) -> Ints:
        """Mask for each exposed set in turn, until none is or the rounds are over."""
        hiding = Hiding(self.linked, self.costs, self.fixed)
        hiding.mask(np.flatnonzero(~shown))
        exposed = self._exposed(shown, proof=proof)
        for _ in range(rounds):
            if not len(exposed):
                break
            for i in exposed:
                before = int(shown.sum())
                self._hide(i, hiding, shown)
                if int(shown.sum()) == before:
                    self._widen(i, hiding, shown)
            exposed = self._exposed(shown, proof=proof)
        return exposed

    def _widen(self, i: int, hiding: Hiding, shown: Bools) -> None:
        """Mask the cheapest cell that shares people with a set: parts of people could move, no whole one."""
        near = np.asarray(self.linked.cells @ self.sets[[i]].T.toarray()).ravel() > 0
        left = np.flatnonzero(near & shown & ~self.fixed)
        if len(left):
            self._mask((0.0, left[[np.argmin(self.costs[left])]]), hiding, shown)

    def _hide(self, i: int, hiding: Hiding, shown: Bools) -> None:
        """Mask the cheapest cells for a set to be able to count ``minimum``, then to vary enough."""
        atoms = atoms_of(self.sets, int(i))
        n = int(self.linked.people[atoms].sum())
        self._mask(hiding.cheapest(atoms, self.minimum - n), hiding, shown)
        if n == 1:
            return
        ways = (hiding.cheapest(atoms, self.minimum - 1), hiding.cheapest(atoms, 1 - n))
        self._mask(
            min((way for way in ways if way is not None), key=lambda way: way[0], default=None), hiding, shown
        )

    @staticmethod
    def _mask(found: tuple[float, Ints] | None, hiding: Hiding, shown: Bools) -> None:
        if found is not None:
            shown[found[1]] = False
            hiding.mask(found[1])

    def _withhold(self, exposed: Ints, shown: Bools) -> int:
        """Mask the whole tables that the exposed groups are in; then, if need be, every one."""
        before = int(shown.sum())
        touched = np.asarray((self.linked.cells @ self.sets[exposed].T).sum(axis=1)).ravel() > 0
        shown[np.isin(self.tables, self.tables[touched]) & ~self.fixed] = False
        return before - int(shown.sum())

    def _show_again(self, shown: Bools, primary: Bools, tries: int) -> None:
        """Show again, dearest first, the masked cells without which every small set stays safe."""
        attacker = Attacker(self.linked, Shown.exactly(self.linked, shown))
        exposed_sets(attacker, self.sets, self.minimum, proof=False)  # the worlds that prove it
        masked = np.flatnonzero(~shown & ~primary)
        counts = self.linked.counts
        for cell in masked[np.argsort(-self.costs[masked], kind="stable")][:tries]:
            worlds, points = list(attacker.worlds), list(attacker.points)
            attacker.show(cell, float(counts[cell]), float(counts[cell]))
            near = np.asarray(self.sets @ self.linked.cells[[cell]].T.toarray()).ravel() > 0
            order = np.argsort(~near, kind="stable")  # what it would reveal is most often of its own people
            if len(
                exposed_sets(attacker, csr_array(self.sets[order]), self.minimum, proof=False, first=True)
            ):
                attacker.show(cell, 0.0, np.inf)
                attacker.worlds[:], attacker.points[:] = worlds, points
            else:
                shown[cell] = True
