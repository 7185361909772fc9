"""Copies of a whole record or vault: a file by the database's own means, from place to place by rows."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Literal

from impactkit.errors import Problem, StoreError
from impactkit.store import schema
from impactkit.store.archive import sha256_of
from impactkit.store.connection import Connection, Place, transaction
from impactkit.store.instruments import add_columns, instruments_of, make_table, make_view, quoted, types_of
from impactkit.store.sqlite import Files, connected

Part = Literal["record", "vault"]
_MOST_AT_ONCE = 10_000


def save(place: Place, part: Part, folder: Path) -> str:
    """Copy a record or a vault into a file of a folder, whatever place it is in.

    Returns
    -------
    str
        SHA-256 of the copy.
    """
    target = Files(folder)
    if isinstance(place, Files):
        copy_file(place, part, target.path(part))
    else:
        copy_rows(place, target, part)
        with sqlite3.connect(target.path(part)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        copy.close()
    return sha256_of(target.path(part))


def copy_file(source: Files, part: Part, target: Path) -> None:
    """Copy a file by the database's own means, never as a file: it may be written meanwhile."""
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    with source.open(part) as connection:
        copy = sqlite3.connect(partial)
        try:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        finally:
            copy.close()
    os.replace(partial, target)


def restore_file(backup: Files, part: Part, target: Files) -> None:
    """Make a file from a copy that is whole.

    Raises
    ------
    StoreError
        E-STO-08 when the copy is damaged.
    """
    with backup.open(part) as source:
        (state,) = source.execute("PRAGMA integrity_check(1)").fetchone()
        if state != "ok":
            raise StoreError([Problem(code="E-STO-08", file=backup.name_of(part))])
        copy_file(backup, part, target.path(part))
    with connected(target.path(part), create=True):
        pass  # back to a write-ahead log


def copy_rows(source: Place, target: Place, part: Part) -> None:
    """Make a record or a vault with the rows of another, all or none."""
    statements, application, tables = (
        (schema.COHORT, schema.COHORT_ID, schema.COHORT_TABLES)
        if part == "record"
        else (schema.VAULT, schema.VAULT_ID, schema.VAULT_TABLES)
    )
    with source.open(part) as old, target.make(part) as new:
        schema.make(new, statements, application=application)
        with transaction(new):
            for table in tables:
                _copy_table(old, new, table)
            for instrument in instruments_of(old) if part == "record" else ():
                make_table(new, instrument)
                add_columns(new, instrument, types_of(old, instrument))
                _copy_table(old, new, f"answers_{instrument}")
                make_view(new, instrument)
            new.number_on()


def _copy_table(old: Connection, new: Connection, table: str) -> None:
    cursor = old.execute(f"SELECT * FROM {quoted(table)}")
    names = [column[0] for column in cursor.description]
    loose = [table == "correction" and name in ("before", "after") for name in names]
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, names))}) VALUES ({marks})"
    while rows := cursor.fetchmany(_MOST_AT_ONCE):
        new.executemany(
            statement,
            [
                [new.untyped(value) if free else value for value, free in zip(row, loose, strict=True)]
                for row in rows
            ],
        )
