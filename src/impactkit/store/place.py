"""What a record's folder holds, and what the record says of itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from impactkit.errors import Problem, StoreError

RECORD, VAULT = "cohorte.sqlite", "coffre.sqlite"
SNAPSHOTS = "gels"
DEFAULT_INSTRUMENT = "suivi"


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that holds a record already."""
    if (folder / RECORD).exists():
        raise StoreError([Problem(code="E-STO-07", file=RECORD)])


def set_setting(record: sqlite3.Connection, name: str, value: str) -> None:
    """Write what the record says of itself."""
    record.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


def setting(record: sqlite3.Connection, name: str) -> str | None:
    """Return what the record says of itself; ``None`` when it says nothing."""
    found = record.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None
