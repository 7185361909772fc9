"""Protecting linked tables: what is exposed, what is masked and how long it takes, beside other ways.

    python benchmarks/disclosure.py [reports]

Each of the made reports has eight linked tables of two characteristics with their totals, over the same
people. Seconds are of the processor. ``primary``: counts below 11 masked and no more; ``each table``: each
table protected by itself by the same programme; ``all together``: all tables of the report at once.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import numpy.typing as npt

from impactkit.disclosure.linked import (
    Attacker,
    Linked,
    Shown,
    atoms_of,
    exposed_sets,
    linked_cells,
    protect_linked,
    small_sets,
)

REPORTS = 20
MINIMUM = 11
CATEGORIES = {"sexe": 2, "age": 5, "commune": 8, "diplome": 4, "logement": 3, "issue": 2}
TABLES = (
    ("sexe", "age"),
    ("commune", "issue"),
    ("diplome", "logement"),
    ("age", "issue"),
    ("sexe", "commune"),
    ("logement", "issue"),
    ("diplome", "sexe"),
    ("commune", "age"),
)
Bools = npt.NDArray[np.bool_]


def report(seed: int, *, people: int, communes: int = 8) -> tuple[Bools, list[list[int]]]:
    """Return who is in each cell of eight linked tables, each cell once, and the cells of each table."""
    rng = np.random.default_rng(seed)
    sizes = CATEGORIES | {"commune": communes}
    values = {name: rng.choice(k, size=people, p=rng.dirichlet(np.full(k, 2.0))) for name, k in sizes.items()}
    cells: dict[tuple[tuple[str, int], ...], tuple[int, Bools]] = {}
    tables: list[list[int]] = []
    for pair in TABLES:
        tables.append([])
        for levels in np.ndindex(*(sizes[name] + 1 for name in pair)):
            # The last level of each is its total; a total that two tables share is one cell.
            asked = tuple(
                (name, level) for name, level in zip(pair, levels, strict=True) if level < sizes[name]
            )
            inside = np.ones(people, dtype=bool)
            for name, level in asked:
                inside &= values[name] == level
            place, _ = cells.setdefault(tuple(sorted(asked)), (len(cells), inside))
            tables[-1].append(place)
    return np.column_stack([inside for _, inside in cells.values()]), tables


def first_table(tables: list[list[int]]) -> npt.NDArray[np.int64]:
    """Return the first table that has each cell."""
    of = {}
    for number, own in enumerate(tables):
        for cell in own:
            of.setdefault(cell, number)
    return np.array([of[cell] for cell in sorted(of)])


def exposed(linked: Linked, shown: Bools) -> tuple[int, int]:
    """Return how many small cells are not safe, and how many of them are known exactly."""
    attacker = Attacker(linked, Shown.exactly(linked, shown))
    sets = small_sets(linked, MINIMUM, differences=False)
    found = exposed_sets(attacker, sets, MINIMUM)
    ends = [attacker.relaxed(atoms_of(sets, int(i))) for i in found]
    return len(found), sum(low == high for low, high in ends)


def each_table(linked: Linked, tables: list[list[int]]) -> Bools:
    """Protect each table by itself; a cell that two tables share is masked when either masks it."""
    shown = np.ones(linked.cells.shape[0], dtype=bool)
    for own in tables:
        alone = Linked(cells=linked.cells[own], people=linked.people)
        shown[own] &= protect_linked(alone, minimum=MINIMUM, differences=False).shown
    return shown


def compare(reports: int) -> None:
    """Print what three ways leave exposed over the made reports."""
    totals: dict[str, np.ndarray] = {}
    for seed in range(reports):
        membership, tables = report(seed, people=400)
        linked = linked_cells(membership)
        counts = linked.counts
        primary = ~((counts > 0) & (counts < MINIMUM))
        before = time.process_time()
        together = protect_linked(
            linked, minimum=MINIMUM, differences=False, tables=first_table(tables)
        ).shown
        seconds = time.process_time() - before
        for name, shown in (
            ("primary", primary),
            ("each table", each_table(linked, tables)),
            ("all together", together),
        ):
            line = np.array([len(counts), (~primary).sum(), (~shown).sum(), *exposed(linked, shown), 0.0])
            line[-1] = seconds if name == "all together" else 0.0
            totals[name] = totals.get(name, np.zeros(6)) + line
    print(f"{reports} reports of {len(TABLES)} linked tables")
    print(f"{'way':14}{'cells':>8}{'small':>8}{'masked':>8}{'exposed':>9}{'exactly':>9}{'CPU s':>9}")
    for name, line in totals.items():
        print(f"{name:14}" + "".join(f"{value:8.0f} " for value in line[:5]) + f"{line[5]:8.1f}")


def speed() -> None:
    """Print the seconds of the processor that one large set of tables takes."""
    for people, communes in ((400, 8), (400, 14), (1_000, 28), (10_000, 83), (10_000, 122)):
        membership, tables = report(1, people=people, communes=communes)
        linked = linked_cells(membership)
        before = time.process_time()
        found = protect_linked(linked, minimum=MINIMUM, differences=False, tables=first_table(tables))
        seconds = time.process_time() - before
        print(
            f"{people} people, {len(linked.counts)} cells, {len(linked.people)} atoms: {seconds:.1f} s, "
            f"{(~found.shown).sum()} masked, {found.exposed} exposed, {found.withheld} withheld"
        )


if __name__ == "__main__":
    speed()
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS)
