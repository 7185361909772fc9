"""What the record asks of a database, whichever it is: SQLite in files, or PostgreSQL on a server.

The statements of this package are written in the SQL that both understand. What differs stands behind the
methods below, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Literal, Protocol

# Long enough for a colleague's import to end, short enough not to look frozen.
WAIT_SECONDS = 10.0


class Connection(Protocol):
    """A record or a vault, open."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run a statement, its parameters written ``?``, and return its cursor."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """Run a statement for each row, and return its cursor: ``rowcount`` counts the rows written."""

    def run(self, statements: str) -> None:
        """Run statements that have no parameter, inside the caller's transaction."""

    def begin(self) -> None:
        """Begin to write: one writer at a time is inside."""

    def commit(self) -> None:
        """Make what was written last."""

    def rollback(self) -> None:
        """Forget what was written."""

    def guards(self, table: str, *, erasable: bool) -> str:
        """Return the statements that keep the rows of a table as they were written."""

    def untyped(self, value: object) -> object:
        """Return an answer of any type as a column of corrections keeps it."""

    def mark(self, application: int, version: int) -> None:
        """Write whose tables these are, and their version."""

    def marks(self) -> tuple[int, int]:
        """Return whose tables these are, and their version; zeros where nothing says."""

    def number_on(self) -> None:
        """Let the numbers of new rows follow those that were copied."""

    def compact(self) -> None:
        """Rewrite the tables without what was deleted (StoreError, E-STO-05, when somebody still reads)."""


class Place(Protocol):
    """Where a record and its vault are."""

    def open(
        self, part: Literal["record", "vault"], *, wait: float = WAIT_SECONDS
    ) -> AbstractContextManager[Connection]:
        """Open one of the two; a failure is told in plain words (StoreError)."""

    def make(self, part: Literal["record", "vault"]) -> AbstractContextManager[Connection]:
        """Make one of the two, empty: it appears whole or not at all."""

    def has(self, part: Literal["record", "vault"]) -> bool:
        """Tell whether it is there."""

    def name_of(self, part: Literal["record", "vault"]) -> str:
        """Return its name, for messages."""


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Do all of it or none of it; only one writer at a time is inside."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(Exception):  # the failure of the work is what must be told
            connection.rollback()
        raise
