"""Proof that linked tables reveal no small group, and the masks that make it so.

Arrays only: a cell is a set of people, whatever table, report or edition it is printed in.
"""

from impactkit.disclosure.linked.attacker import Attacker, Shown, exposed_sets
from impactkit.disclosure.linked.cells import Linked, atoms_of, linked_cells, small_sets
from impactkit.disclosure.linked.protection import Protected, protect_linked

__all__ = [
    "Attacker",
    "Linked",
    "Protected",
    "Shown",
    "atoms_of",
    "exposed_sets",
    "linked_cells",
    "protect_linked",
    "small_sets",
]
