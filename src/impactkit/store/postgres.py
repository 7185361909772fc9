"""A record on a PostgreSQL server, for a team that writes from several computers.

Where the server is comes from PostgreSQL's own service file and environment (``~/.pg_service.conf``,
``PGHOST``…), the password from its own password file, the environment or the system's keyring: never from an
argument, a file of the record, or a message of ours. What the server says is never repeated either, since it
quotes values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from impactkit.errors import Problem, StoreError
from impactkit.store.connection import WAIT_SECONDS

if TYPE_CHECKING:
    import psycopg

KEYRING_SERVICE = "impactkit-postgres"
# By SQLSTATE, whole or its class: https://www.postgresql.org/docs/current/errcodes-appendix.html
_CODES = {
    "55P03": "E-STO-03",  # lock_not_available
    "40001": "E-STO-03",  # serialization_failure
    "40P01": "E-STO-03",  # deadlock_detected
    "53100": "E-STO-01",  # disk_full
    "25006": "E-STO-02",  # read_only_sql_transaction
    "42501": "E-STO-12",  # insufficient_privilege
    "XX001": "E-STO-08",  # data_corrupted
    "XX002": "E-STO-08",  # index_corrupted
    "08": "E-STO-10",  # connection_exception
    "28": "E-STO-10",  # invalid_authorization
    "3D": "E-STO-10",  # invalid_catalog_name
    "53": "E-STO-10",  # insufficient_resources: too many connections
    "57": "E-STO-10",  # operator_intervention: the server stops
}
# The one writer of a schema holds this lock: a number drawn from its name.
_LOCK = "SELECT pg_advisory_xact_lock(?)"
# As SQLite's RAISE(ABORT) in the triggers: nothing is changed, and nothing deleted but through `passage`.
_KEEPERS = """
CREATE FUNCTION keep_for_ever() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'append-only'; END$$;
CREATE FUNCTION keep_unless_erased() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN
        IF NOT EXISTS (SELECT 1 FROM passage) THEN RAISE EXCEPTION 'append-only'; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END$$;
CREATE TABLE mark (application BIGINT NOT NULL, version INTEGER NOT NULL);
"""


class PostgresConnection:
    """A schema of a server as `impactkit.store.connection.Connection`."""

    def __init__(self, session: psycopg.Connection[Any], schema: str) -> None:
        self._session = session
        self._schema = schema

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> psycopg.Cursor[Any]:
        """Run a statement, its parameters written ``?``, and return its cursor."""
        if not parameters:
            return self._session.execute(sql)
        return self._session.execute(_marked(sql), parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> psycopg.Cursor[Any]:
        """Run a statement for each row, and return its cursor."""
        cursor = self._session.cursor()
        cursor.executemany(_marked(sql), rows)
        return cursor

    def run(self, statements: str) -> None:
        """Run statements that have no parameter."""
        self._session.execute(_translated(statements))

    def begin(self) -> None:
        """Begin to write; a second writer of the same schema waits."""
        self.execute("BEGIN")
        self.execute(_LOCK, (_number(self._schema),))

    def commit(self) -> None:
        """Make what was written last."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Forget what was written."""
        self.execute("ROLLBACK")

    def guards(self, table: str, *, erasable: bool) -> str:
        """Return the trigger that keeps the rows of a table as they were written."""
        keeper = "keep_unless_erased" if erasable else "keep_for_ever"
        return (
            f'CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION {keeper}();\n"
        )

    def untyped(self, value: object) -> object:
        """Return an answer as a text, which a view reads back by the variable's type."""
        return None if value is None else str(value)

    def mark(self, application: int, version: int) -> None:
        """Write whose tables these are, and their version."""
        self.execute("DELETE FROM mark")
        self.execute("INSERT INTO mark VALUES (?, ?)", (application, version))

    def marks(self) -> tuple[int, int]:
        """Return whose tables these are, and their version; zeros where nothing says."""
        (there,) = self.execute("SELECT to_regclass('mark') IS NOT NULL").fetchone() or (False,)
        found = self.execute("SELECT application, version FROM mark").fetchone() if there else None
        return (int(found[0]), int(found[1])) if found else (0, 0)

    def number_on(self) -> None:
        """Let the numbers of new rows follow those that were copied."""
        columns = self.execute(
            "SELECT quote_ident(table_name), column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND is_identity = 'YES'"
        ).fetchall()
        for table, column in columns:
            self.execute(
                f'SELECT setval(pg_get_serial_sequence(?, ?), coalesce(max("{column}"), 0) + 1, false)'
                f" FROM {table}",
                (table, column),
            )

    def compact(self) -> None:
        """Rewrite every table without what was deleted.

        Raises
        ------
        StoreError
            E-STO-05 when another session still sees the rows as they were.
        """
        (others,) = self.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
        ).fetchone() or (0,)
        if others:
            raise StoreError([Problem(code="E-STO-05", file=self._schema)])
        for (table,) in self.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchall():
            self.execute(f"VACUUM (FULL) {table}")


@dataclass(frozen=True, slots=True)
class Server:
    """A record and its vault as two schemas of a database: each may have its own readers.

    Attributes
    ----------
    service : str
        Name of a service of PostgreSQL's service file; empty to follow the environment.
    schema : str
        Of the record; the vault's has ``_coffre`` after it.
    """

    service: str
    schema: str

    def name_of(self, part: Literal["record", "vault"]) -> str:
        """Return the schema of one of the two."""
        return self.schema if part == "record" else f"{self.schema}_coffre"

    def has(self, part: Literal["record", "vault"]) -> bool:
        """Tell whether it is there."""
        with self.open(part) as connection:
            return connection.marks() != (0, 0)

    @contextmanager
    def open(
        self, part: Literal["record", "vault"], *, wait: float = WAIT_SECONDS
    ) -> Iterator[PostgresConnection]:
        """Open one of the two."""
        schema = self.name_of(part)
        with told(schema):
            session = _session(self.service, wait)
            try:
                connection = PostgresConnection(session, schema)
                # Every commit is on the server's disk before it is acknowledged.
                session.execute("SET synchronous_commit = on")
                connection.execute("SELECT set_config('search_path', ?, false)", (f'"{schema}"',))
                connection.execute("SELECT set_config('lock_timeout', ?, false)", (f"{int(wait * 1000)}ms",))
                yield connection
            finally:
                session.close()

    @contextmanager
    def make(self, part: Literal["record", "vault"]) -> Iterator[PostgresConnection]:
        """Make a schema with its tables, all or none: the caller's writing is one transaction."""
        with self.open(part) as connection:
            connection.begin()
            _empty(connection, self.name_of(part))
            connection.run(_KEEPERS)
            yield _Within(connection)
            connection.commit()


def _empty(connection: PostgresConnection, schema: str) -> None:
    """Make the schema, or empty it of what a creation cut short left; anybody else's tables stay."""
    found = connection.execute("SELECT to_regnamespace(?) IS NOT NULL", (f'"{schema}"',)).fetchone()
    there = found is not None and found[0]
    if there and connection.marks() != (0, 0):
        connection.run(f'DROP SCHEMA "{schema}" CASCADE')
        there = False
    if not there:
        connection.run(f'CREATE SCHEMA "{schema}"')
        return
    (tables,) = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(?)", (f'"{schema}"',)
    ).fetchone() or (0,)
    if tables:
        raise StoreError([Problem(code="E-STO-07", file=schema)])


class _Within(PostgresConnection):
    """A connection inside a transaction that its maker ends."""

    def __init__(self, outer: PostgresConnection) -> None:
        super().__init__(outer._session, outer._schema)

    def begin(self) -> None:
        """Nothing: it has begun."""

    def commit(self) -> None:
        """Nothing: the maker does."""

    def rollback(self) -> None:
        """Nothing: leaving it by an error ends the session, and what it wrote."""


@contextmanager
def told(schema: str) -> Iterator[None]:
    """Turn what a server refuses into a problem with a remedy; its own words name values and hosts."""
    errors = _driver()
    try:
        yield
    except errors.Error as error:
        state = error.sqlstate or ("08" if isinstance(error, errors.OperationalError) else "?")
        code = _CODES.get(state) or _CODES.get(state[:2], "E-STO-13")
        params = {"state": state} if code == "E-STO-13" else {}
        problem = Problem(code=code, params=params, file=schema)
        raise StoreError([problem]) from None


def _driver() -> Any:
    try:
        import psycopg  # an extra: most records are files
    except ImportError:
        raise StoreError([Problem(code="E-STO-11")]) from None
    return psycopg


def _session(service: str, wait: float) -> psycopg.Connection[Any]:
    parameters: dict[str, Any] = {"application_name": "impactkit"}
    if service:
        parameters["service"] = service
        password = _kept_password(service)
        if password is not None:
            parameters["password"] = password
    session: psycopg.Connection[Any] = _driver().connect(
        "", autocommit=True, prepare_threshold=None, connect_timeout=max(2, int(wait)), **parameters
    )
    return session


def _kept_password(service: str) -> str | None:
    """Return the password that the system's keyring holds for a service, if any."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        password: str | None = keyring.get_password(KEYRING_SERVICE, service)
    except KeyringError:
        return None
    return password


def _number(schema: str) -> int:
    return int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)


@cache
def _marked(sql: str) -> str:
    """Write parameters as the driver wants them; signs inside quotes stay as they are."""
    parts = sql.replace("%", "%%").split("'")
    outside = []
    for i, part in enumerate(parts):
        if i % 2:
            outside.append(part)
            continue
        names = part.split('"')
        outside.append('"'.join(text if j % 2 else text.replace("?", "%s") for j, text in enumerate(names)))
    return "'".join(outside)


def _translated(statements: str) -> str:
    """Write the tables in the types of PostgreSQL."""
    for before, after in (
        (" WITHOUT ROWID", ""),
        ("INTEGER PRIMARY KEY", "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
        ("before BLOB, after BLOB", "before TEXT, after TEXT"),
        (" BLOB ", " BYTEA "),
    ):
        statements = statements.replace(before, after)
    return statements
