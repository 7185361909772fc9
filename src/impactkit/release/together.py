"""Cells of several tables as sets of people: what one table shows may give back what another masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import csr_array

from impactkit.errors import DataError, Problem
from impactkit.release.count_tables import CountTable, plain

Groups = Mapping[str, Mapping[str, Sequence[str]]]

# Combinations of headings that can be judged together: beyond, the programme would not end in minutes.
MOST = 50_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """Cells of tables about the same people.

    Attributes
    ----------
    cells : (m, n) sparse array of 0 and 1
        Which combinations of headings each cell counts.
    of : list of (CountTable, int, int)
        The table, row and column of each cell.
    """

    cells: csr_array
    of: list[tuple[CountTable, int, int]]


def together(tables: Sequence[CountTable], groups: Groups) -> Iterator[Together]:
    """Give the cells of the tables, those of the same people together.

    Tables that share nothing that their headings tell apart still have the same people in all.

    Parameters
    ----------
    tables : sequence of CountTable
    groups : mapping
        By variable, a heading that stands for several others of it.

    Raises
    ------
    DataError
        When a heading of one table is nowhere in another that has the total of the same thing (E-AUD-09), or
        there are too many combinations (E-AUD-10).
    """
    for population in dict.fromkeys(name for table in tables for name in table.populations):
        of = [
            (table, i, j)
            for table in tables
            for j, name in enumerate(table.populations)
            if name == population
            for i in range(len(table.rows))
        ]
        yield _cells(of, groups)


def _cells(of: list[tuple[CountTable, int, int]], groups: Groups) -> Together:
    leaves = _leaves(of, groups)
    names = list(leaves)
    sizes = [len(leaves[name]) for name in names]
    if int(np.prod([float(size) for size in sizes])) > MOST:
        file = of[0][0].file or None
        raise DataError([Problem(code="E-AUD-10", file=file, params={"n": MOST, "names": ", ".join(names)})])
    combinations = np.array(list(product(*(range(size) for size in sizes))), dtype=np.int64)
    lines = []
    for table, i, j in of:
        inside = np.ones(len(combinations), dtype=bool)
        for name, heading in _asked(table, i, j):
            if not table.is_total(heading):
                own = [leaves[name][leaf] for leaf in _expanded(name, heading, groups)]
                inside &= np.isin(combinations[:, names.index(name)], own)
        lines.append(inside)
    return Together(cells=csr_array(np.array(lines, dtype=np.float64)), of=of)


def _asked(table: CountTable, i: int, j: int) -> list[tuple[str, str]]:
    headings = [(table.of_rows, table.rows[i]), (table.of_columns, table.columns[j])]
    return [(name, heading) for name, heading in headings if name]


def _expanded(name: str, heading: str, groups: Groups) -> list[str]:
    """Return the headings that a heading stands for: itself, unless it is a group."""
    for group, members in groups.get(name, {}).items():
        if plain(group) == plain(heading):
            return [leaf for member in members for leaf in _expanded(name, member, groups)]
    return [plain(heading)]


def _leaves(of: list[tuple[CountTable, int, int]], groups: Groups) -> dict[str, dict[str, int]]:
    """Return the finest headings of each variable; a table with its total must have them all."""
    leaves: dict[str, dict[str, int]] = {}
    listed: dict[tuple[int, str], tuple[CountTable, set[str], bool]] = {}
    for table, i, j in of:
        for name, heading in _asked(table, i, j):
            own = leaves.setdefault(name, {})
            _, have, whole = listed.get((id(table), name), (table, set(), False))
            if table.is_total(heading):
                whole = True
            else:
                for leaf in _expanded(name, heading, groups):
                    own.setdefault(leaf, len(own))
                    have.add(leaf)
            listed[id(table), name] = (table, have, whole)
    problems = [
        Problem(code="E-AUD-09", file=table.file or None, params={"id": table.id, "name": name})
        for (_, name), (table, have, whole) in listed.items()
        if whole and have and have != set(leaves[name])
    ]
    if problems:
        raise DataError(problems)
    for own in leaves.values():
        if not own:  # totals alone
            own[""] = 0
    return leaves
