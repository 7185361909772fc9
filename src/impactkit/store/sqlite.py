"""A record in files of SQLite: opened as it must be, and what it refuses said in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from impactkit.errors import Problem, StoreError
from impactkit.store.connection import WAIT_SECONDS

RECORD, VAULT = "cohorte.sqlite", "coffre.sqlite"
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


class SqliteConnection(sqlite3.Connection):
    """A file of SQLite as `impactkit.store.connection.Connection`."""

    def run(self, statements: str) -> None:
        """Run statements one by one: ``executescript`` would commit the transaction they are in."""
        pending = ""
        for line in statements.splitlines(keepends=True):
            pending += line
            if sqlite3.complete_statement(pending):
                self.execute(pending)
                pending = ""

    def begin(self) -> None:
        """Begin to write: a second writer waits."""
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make what was written last."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Forget what was written."""
        self.execute("ROLLBACK")

    def guards(self, table: str, *, erasable: bool) -> str:
        """Return the triggers that keep the rows of a table as they were written."""
        closed = "WHEN NOT EXISTS (SELECT 1 FROM passage)" if erasable else ""
        return "".join(
            f'CREATE TRIGGER "{table}_{event.lower()}" BEFORE {event} ON "{table}" {closed} '
            f"BEGIN SELECT RAISE(ABORT, 'append-only'); END;\n"
            for event in ("UPDATE", "DELETE")
        )

    def untyped(self, value: object) -> object:
        """Return the value itself: a column of SQLite holds any type."""
        return value

    def mark(self, application: int, version: int) -> None:
        """Write whose tables these are, and their version."""
        self.execute(f"PRAGMA application_id = {application}")
        self.execute(f"PRAGMA user_version = {version}")

    def marks(self) -> tuple[int, int]:
        """Return whose tables these are, and their version; zeros where nothing says."""
        (application,) = self.execute("PRAGMA application_id").fetchone()
        (version,) = self.execute("PRAGMA user_version").fetchone()
        return int(application), int(version)

    def number_on(self) -> None:
        """Nothing: SQLite numbers after the last row."""

    def compact(self) -> None:
        """Rewrite the file without what was deleted, and empty its write-ahead log.

        Raises
        ------
        StoreError
            E-STO-05 when another session still reads the file: old pages stay in the log until it ends.
        """
        self.execute("VACUUM")
        busy, *_ = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            (_, _, path) = self.execute("PRAGMA database_list").fetchone()
            raise StoreError([Problem(code="E-STO-05", file=Path(path).name)])


@dataclass(frozen=True, slots=True)
class Files:
    """A record and its vault as two files of a folder."""

    folder: Path

    def path(self, part: Literal["record", "vault"]) -> Path:
        """Return the file of one of the two."""
        return self.folder / self.name_of(part)

    def name_of(self, part: Literal["record", "vault"]) -> str:
        """Return its name, for messages."""
        return RECORD if part == "record" else VAULT

    def has(self, part: Literal["record", "vault"]) -> bool:
        """Tell whether it is there."""
        return self.path(part).is_file()

    @contextmanager
    def open(
        self, part: Literal["record", "vault"], *, wait: float = WAIT_SECONDS
    ) -> Iterator[SqliteConnection]:
        """Open one of the two."""
        with connected(self.path(part), wait=wait) as connection:
            yield connection

    @contextmanager
    def make(self, part: Literal["record", "vault"]) -> Iterator[SqliteConnection]:
        """Make a file that appears whole or not at all, for its owner alone."""
        path = self.path(part)
        partial = path.with_name(path.name + ".part")
        for leftover in (partial, *(partial.with_name(partial.name + end) for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        with connected(partial, create=True) as connection:
            os.chmod(partial, 0o600)
            yield connection
        os.replace(partial, path)


@contextmanager
def connected(path: Path, *, create: bool = False, wait: float = WAIT_SECONDS) -> Iterator[SqliteConnection]:
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
        connection = sqlite3.connect(
            uri, uri=True, timeout=wait, isolation_level=None, factory=SqliteConnection
        )
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
