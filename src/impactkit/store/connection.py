"""Opening a record file as it must be opened, and saying in plain words what a database refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from impactkit.errors import Problem, StoreError

# Long enough for a colleague's import to end, short enough not to look frozen.
WAIT_SECONDS = 10.0
# The low byte of SQLite's codes: https://www.sqlite.org/rescode.html
_CODES = {
    sqlite3.SQLITE_BUSY: "E-STO-03",
    sqlite3.SQLITE_LOCKED: "E-STO-03",
    sqlite3.SQLITE_FULL: "E-STO-01",
    sqlite3.SQLITE_IOERR: "E-STO-01",
    sqlite3.SQLITE_READONLY: "E-STO-02",
    sqlite3.SQLITE_CANTOPEN: "E-STO-02",
    sqlite3.SQLITE_PERM: "E-STO-02",
    sqlite3.SQLITE_CORRUPT: "E-STO-08",
    sqlite3.SQLITE_NOTADB: "E-STO-08",
}


@contextmanager
def connected(
    path: Path, *, create: bool = False, wait: float = WAIT_SECONDS
) -> Iterator[sqlite3.Connection]:
    """Open a record file, and close it after.

    Every commit is on the disk before it is acknowledged (``synchronous = FULL``), what is deleted is
    overwritten (``secure_delete``), temporary tables stay in memory.

    Parameters
    ----------
    path : Path
    create : bool
        Make the file when it is not there.
    wait : float
        Seconds to wait for another writer.

    Raises
    ------
    StoreError
        When the file cannot be opened, read or written (E-STO-01 to 03, E-STO-08).
    """
    with told(path):
        # A path with ? or # must stay a path: as_uri escapes them.
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
        try:
            if create:
                connection.execute("PRAGMA journal_mode = WAL")
            for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("PRAGMA temp_store = MEMORY")
            yield connection
        finally:
            connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of it or none of it; only one writer at a time is inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # the failure of the work is what must be told
            connection.execute("ROLLBACK")
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what a database refuses into a problem with a remedy; its own words may name values."""
    try:
        yield
    except sqlite3.Error as error:
        # ProgrammingError and the like carry no code: those are ours to mend, and stay what they are.
        code = _CODES.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
        if code is None:
            raise
        problem = Problem(code=code, file=path.name)
        raise StoreError([problem]) from None


def compact(connection: sqlite3.Connection, path: Path) -> None:
    """Rewrite the file without what was deleted, and empty its write-ahead log.

    Raises
    ------
    StoreError
        E-STO-05 when another session still reads the file: old pages stay in the log until it ends.
    """
    connection.execute("VACUUM")
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError([Problem(code="E-STO-05", file=path.name)])
