"""France's départements: their region, and where each one's tile stands in the grid.

``departments.csv`` has codes, names and regions of the *Code officiel géographique* (INSEE, 1 January 2025;
the Rhône and the Métropole de Lyon share code 69); a test compares each with INSEE's own file of 2022
(``tests/reference/departments.csv``), whose list has not changed since. Places in the grid are ours:
neighbours stay neighbours where a square grid lets them, and the five départements overseas stand in a
column on the left.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from impactkit.files.fold import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A département; ``column`` and ``row`` place its tile, from the top left."""

    code: str
    name: str
    region: str
    column: int
    row: int


@lru_cache
def departments() -> dict[str, Department]:
    """Return the 101 départements by code, in order."""
    text = (resources.files("impactkit.synthesis") / "departments.csv").read_text(encoding="utf-8")
    return {
        line["code"]: Department(
            code=line["code"],
            name=line["name"],
            region=line["region"],
            column=int(line["column"]),
            row=int(line["row"]),
        )
        for line in csv.DictReader(text.splitlines())
    }


@lru_cache
def regions() -> dict[str, str]:
    """Return the regions' names by folded name, in alphabetical order."""
    names = sorted({item.region for item in departments().values()}, key=fold)
    return {fold(name): name for name in names}


def region_of(department: str | None, region: str | None) -> str | None:
    """Return the region of a département, else the one declared as INSEE writes it; ``None`` when unknown."""
    known = departments().get((department or "").strip().upper())
    if known is not None:
        return known.region
    return regions().get(fold(region), region) if region else None
