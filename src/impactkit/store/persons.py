"""One person's rights: correct, see everything, object, be erased to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.reading.convert import Reading, convert_column
from impactkit.store.connection import Connection
from impactkit.store.instruments import (
    categories_of,
    instruments_of,
    make_view,
    quoted,
    stored,
    table_of,
    types_of,
    view_of,
)
from impactkit.store.journal import now, write_entry

# Where a person's rows are, besides the answers; in this order because each refers to `person`, the last.
_TABLES = (
    "correction",
    "enrolment",
    "event",
    "spell",
    "link",
    "decision",
    "opposition",
    "journal_detail",
    "person",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did.

    Attributes
    ----------
    n_rows : int
        Rows taken away, in the record and the vault.
    remaining : tuple of str
        Snapshots and backups made while the person was in the record: they must be destroyed by hand.
    """

    n_rows: int
    remaining: tuple[str, ...]


def refuse_unknown(connection: Connection, person: str, *, file: str) -> None:
    """Refuse an identifier that is nobody's; it is not repeated, since it may be a name typed by mistake.

    Raises
    ------
    DataError
        E-PER-01.
    """
    if connection.execute("SELECT 1 FROM person WHERE person = ?", (person,)).fetchone() is None:
        raise DataError([Problem(code="E-PER-01", file=file)])


def correct(
    connection: Connection,
    person: str,
    variable: str,
    wave: str,
    value: str,
    *,
    reason: str,
    instrument: str,
    author: str,
    file: str,
) -> None:
    """Write what an answer should have been, beside what was received.

    Parameters
    ----------
    value : str
        As a file would write it, read by the variable's type; empty for "no answer".
    reason : str
        Why: kept in the journal, and erased with the person.

    Raises
    ------
    DataError
        E-PER-01; E-COR-01 when there is no such answer; the problem of a value that cannot be read.
    """
    refuse_unknown(connection, person, file=file)
    types = types_of(connection, instrument)
    found = None
    if variable in types:
        found = connection.execute(
            f"SELECT _id, {quoted(variable)} FROM {view_of(instrument)} WHERE _person = ? AND _wave = ?",
            (person, wave),
        ).fetchone()
    if found is None:
        params = {"variable": variable, "wave": wave}
        raise DataError([Problem(code="E-COR-01", params=params, file=file)])
    reading = Reading(kind=types[variable], categories=categories_of(connection, instrument, variable))
    converted = convert_column(
        pd.Series([value], dtype=object), reading, rows=np.array([1]), column=variable, file=file
    )
    if converted.problems:
        problem = converted.problems[0]
        raise DataError([Problem(code=problem.code, params=problem.params, file=file, column=variable)])
    (after,) = stored(converted.array, types[variable])
    connection.execute(
        "INSERT INTO correction (instrument, answer_id, person, variable, before, after, reason, author, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            instrument,
            found[0],
            person,
            variable,
            connection.untyped(found[1]),
            connection.untyped(after),
            reason,
            author,
            now(),
        ),
    )
    make_view(connection, instrument)
    detail = {"instrument": instrument, "variable": variable, "wave": wave, "reason": reason}
    write_entry(connection, "correct", author=author, person=person, detail=detail)


def oppose(connection: Connection, person: str, *, author: str, file: str) -> None:
    """Write that a person objects: later snapshots leave them out.

    Raises
    ------
    DataError
        E-PER-01.
    """
    refuse_unknown(connection, person, file=file)
    connection.execute(
        "INSERT INTO opposition VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (person, author, now())
    )
    write_entry(connection, "oppose", author=author, person=person, detail={})


def everything_about(connection: Connection, person: str, *, file: str) -> dict[str, list[dict[str, Any]]]:
    """Return every row that is about a person, by table: what an access request asks for.

    Raises
    ------
    DataError
        E-PER-01.
    """
    refuse_unknown(connection, person, file=file)
    found: dict[str, list[dict[str, Any]]] = {}
    for table in _TABLES:
        found[table] = _rows(connection, f"SELECT * FROM {table} WHERE person = ?", person)
    for instrument in instruments_of(connection):
        name = f"answers_{instrument}"
        found[name] = _rows(connection, f"SELECT * FROM {table_of(instrument)} WHERE _person = ?", person)
        found[f"current_{instrument}"] = _rows(
            connection, f"SELECT * FROM {view_of(instrument)} WHERE _person = ?", person
        )
    batches = "SELECT * FROM batch WHERE batch_id IN (SELECT batch_id FROM link WHERE person = ?)"
    found["batch"] = _rows(connection, batches, person)
    return {name: rows for name, rows in found.items() if rows}


def _rows(connection: Connection, query: str, person: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query, (person,))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def erase(connection: Connection, person: str, *, basis: str, author: str, n_vault: int) -> Erased:
    """Take a person out of every table, inside the caller's transaction.

    Parameters
    ----------
    basis : str
        Legal ground, such as ``"RGPD, article 17"``: no name in it, it is kept.
    n_vault : int
        Rows that the vault has lost already.
    """
    since = connection.execute(
        "SELECT min(b.at) FROM batch b WHERE b.batch_id = (SELECT batch_id FROM person WHERE person = ?)",
        (person,),
    ).fetchone()[0]
    entries = [
        seq for (seq,) in connection.execute("SELECT seq FROM journal_detail WHERE person = ?", (person,))
    ]
    n_rows = n_vault
    with passage(connection):
        for instrument in instruments_of(connection):
            n_rows += connection.execute(
                f"DELETE FROM {table_of(instrument)} WHERE _person = ?", (person,)
            ).rowcount
        for table in _TABLES:
            n_rows += connection.execute(f"DELETE FROM {table} WHERE person = ?", (person,)).rowcount
    connection.execute(
        "INSERT INTO erasure (basis, n_rows, author, at) VALUES (?, ?, ?, ?)", (basis, n_rows, author, now())
    )
    write_entry(connection, "erase", author=author, detail={"basis": basis, "entries": entries})
    held = connection.execute("SELECT path FROM archive WHERE at >= ? ORDER BY archive_id", (since,))
    return Erased(n_rows=n_rows, remaining=tuple(path for (path,) in held))


@contextmanager
def passage(connection: Connection) -> Iterator[None]:
    """Let rows be erased, inside one transaction: a passage left open would not survive it."""
    connection.execute("INSERT INTO passage VALUES (1)")
    yield
    connection.execute("DELETE FROM passage")
