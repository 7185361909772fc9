"""Waves come in by batches: one file, one transaction, all of it or nothing; a batch can be cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.model import Variable, VariableType
from impactkit.store.connection import Connection
from impactkit.store.instruments import (
    ANSWERED,
    PERSON,
    ROW,
    WAVE,
    quoted,
    register,
    stored,
    table_of,
    view_of,
)
from impactkit.store.journal import now, write_entry

_MOST_ROWS_NAMED = 100
_NAT = np.datetime64("NaT", "D")
# What a file may say of a person besides answers.
FACTS: Mapping[str, VariableType] = {
    "_arm": "text",
    "_entry": "date",
    "_cluster": "text",
    "_weight": "number",
    "_exit": "date",
    "_household": "text",
    "_birth": "date",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that a batch comes from.

    Attributes
    ----------
    file, sha256 : str
        Its name and the fingerprint of its bytes.
    sheet, encoding : str or None
    n_rows, n_refused, n_repeated : int
        Rows read, rows of nobody or of people who object, and rows that another one says word for word.
    """

    file: str
    sha256: str
    sheet: str | None = None
    encoding: str | None = None
    n_rows: int
    n_refused: int = 0
    n_repeated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaveRows:
    """Answers to take in, one row per person and wave.

    Attributes
    ----------
    instrument : str
        The questionnaire: waves of one questionnaire stand in one table.
    variables : mapping of str to Variable
        The dictionary of the columns of ``frame``.
    frame : DataFrame
        `PERSON`, `WAVE`, `ROW` (row of the file), those of `FACTS` that the file has, and the variables,
        converted.
    """

    instrument: str
    variables: Mapping[str, Variable]
    frame: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What a batch brought.

    Attributes
    ----------
    batch : int
        Its number, for `Store.undo`.
    n_rows, n_people, n_new : int
        Answers taken in, people they are about, people seen for the first time.
    notes : tuple of Problem
        What was noticed and does not prevent (codes ``A-…``, and E-EFF-01 for rows left out).
    """

    batch: int
    n_rows: int
    n_people: int
    n_new: int
    notes: tuple[Problem, ...] = ()


def append(
    connection: Connection, source: Source, rows: WaveRows, *, author: str, replace: bool = False
) -> Appended:
    """Take a file in, inside the caller's transaction.

    Parameters
    ----------
    connection : Connection
    source : Source
    rows : WaveRows
    author : str
    replace : bool
        Cancel the earlier batch of a file of the same name that holds the same people at the same waves.

    Raises
    ------
    DataError
        E-LOT-01 when these very bytes are in already; A-LOT-02 with the differences when an earlier version
        of the file is; E-COH-08 when a person is there twice at one wave; E-VAR-02 and E-VAR-03.
    """
    refuse_same_file(connection, source)
    batch = _next(connection, "batch", "batch_id")
    notes: list[Problem] = []
    register(connection, rows.instrument, rows.variables, batch=batch, file=source.file)
    earlier = _earlier_version(connection, source, rows)
    if earlier is not None:
        difference = _difference(connection, earlier, source, rows)
        if not replace:
            raise DataError([difference])
        notes.append(difference)
        cancel(connection, earlier, author=author)
    _refuse_twice(connection, source, rows)
    notes += _new_categories(connection, source, rows)
    open_batch(connection, source, rows.instrument, author=author)
    people = list(dict.fromkeys(rows.frame[PERSON]))
    n_new = add_people(connection, people, batch)
    _insert_answers(connection, rows, batch)
    _insert_facts(connection, rows.frame, batch)
    detail = {"batch": batch, "file_sha256": source.sha256, "rows": len(rows.frame), "people": len(people)}
    write_entry(connection, "append", author=author, detail=detail)
    return Appended(
        batch=batch, n_rows=len(rows.frame), n_people=len(people), n_new=n_new, notes=tuple(notes)
    )


def open_batch(connection: Connection, source: Source, instrument: str, *, author: str) -> int:
    """Write that a file comes in, and return the number of its batch."""
    batch = _next(connection, "batch", "batch_id")
    connection.execute(
        "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (batch, instrument, source.file, source.sha256, source.sheet, source.encoding, source.n_rows,
         source.n_refused, author, now(), source.n_repeated),
    )  # fmt: skip
    return batch


def add_people(connection: Connection, people: Sequence[str], batch: int) -> int:
    """Write the people of a batch, and return how many are seen for the first time."""
    cursor = connection.executemany(
        "INSERT INTO person VALUES (?, ?) ON CONFLICT DO NOTHING", [(person, batch) for person in people]
    )
    return max(0, int(cursor.rowcount))


def refuse_same_file(connection: Connection, source: Source) -> None:
    """Refuse a file whose very bytes are in the record already; two sheets of a workbook are two files.

    Raises
    ------
    DataError
        E-LOT-01, with the batch and its date.
    """
    found = connection.execute(
        "SELECT batch_id, at FROM active_batch WHERE sha256 = ? AND coalesce(sheet, '') = ?",
        (source.sha256, source.sheet or ""),
    ).fetchone()
    if found:
        params = {"batch": str(found[0]), "at": found[1]}
        raise DataError([Problem(code="E-LOT-01", params=params, file=source.file)])


def undo(connection: Connection, batch: int, *, reason: str, author: str, file: str) -> None:
    """Cancel a batch: its rows are hidden, and none is rewritten.

    Raises
    ------
    DataError
        E-LOT-03 when there is no such batch, or it is cancelled already.
    """
    found = connection.execute("SELECT 1 FROM active_batch WHERE batch_id = ?", (batch,)).fetchone()
    if found is None:
        raise DataError([Problem(code="E-LOT-03", params={"batch": str(batch)}, file=file)])
    cancel(connection, batch, author=author, reason=reason)


def cancel(connection: Connection, batch: int, *, author: str, reason: str = "") -> None:
    """Write that a batch no longer counts."""
    connection.execute("INSERT INTO cancellation VALUES (?, ?, ?)", (batch, author, now()))
    write_entry(connection, "undo", author=author, detail={"batch": batch, "reason": reason})


def _next(connection: Connection, table: str, column: str) -> int:
    (last,) = connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()
    return int(last) + 1


# ------------------------------------------------------------------ what stands in the way


def _earlier_version(connection: Connection, source: Source, rows: WaveRows) -> int | None:
    """Return the active batch of a file of this name that holds some of the same people and waves."""
    named = connection.execute(
        "SELECT batch_id FROM active_batch WHERE file = ? AND instrument = ? ORDER BY batch_id DESC",
        (source.file, rows.instrument),
    ).fetchall()
    keys = set(zip(rows.frame[PERSON], rows.frame[WAVE], strict=True))
    for (batch,) in named:
        held = connection.execute(
            f"SELECT _person, _wave FROM {table_of(rows.instrument)} WHERE _batch = ?", (batch,)
        )
        if not keys.isdisjoint(held):
            return int(batch)
    return None


def _difference(connection: Connection, batch: int, source: Source, rows: WaveRows) -> Problem:
    """Count the rows that a corrected file adds, changes and no longer has."""
    names = list(rows.variables)
    columns = ", ".join(map(quoted, names))
    before = {
        (person, wave): answers
        for person, wave, *answers in connection.execute(
            f"SELECT _person, _wave{', ' if names else ''}{columns} FROM {table_of(rows.instrument)}"
            " WHERE _batch = ?",
            (batch,),
        )
    }
    after = {(person, wave): answers for person, wave, _, _, *answers in _tuples(rows, names)}
    common = before.keys() & after.keys()
    params = {
        "batch": str(batch),
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changed": sum(before[key] != after[key] for key in common),
    }
    return Problem(code="A-LOT-02", params=params, file=source.file)


def _refuse_twice(connection: Connection, source: Source, rows: WaveRows) -> None:
    held = set(connection.execute(f"SELECT _person, _wave FROM {view_of(rows.instrument)}"))
    keys = pd.Series(list(zip(rows.frame[PERSON], rows.frame[WAVE], strict=True)), dtype=object)
    twice = keys.duplicated(keep=False) | keys.isin(held)
    if twice.any():
        numbers = rows.frame[ROW].to_numpy()[twice.to_numpy()][:_MOST_ROWS_NAMED]
        found = tuple(int(row) for row in numbers)
        raise DataError([Problem(code="E-COH-08", file=source.file, sheet=source.sheet, rows=found)])


def _new_categories(connection: Connection, source: Source, rows: WaveRows) -> list[Problem]:
    """Tell the variables that take a value which no earlier wave had."""
    notes = []
    for name, variable in rows.variables.items():
        if variable.type != "category":
            continue
        held = {
            value
            for (value,) in connection.execute(
                f"SELECT DISTINCT {quoted(name)} FROM {view_of(rows.instrument)}"
            )
        }
        fresh = set(rows.frame[name].dropna()) - held
        if held - {None} and fresh:
            params = {"name": name, "n": len(fresh)}
            notes.append(Problem(code="A-VAR-01", params=params, file=source.file, sheet=source.sheet))
    return notes


# ------------------------------------------------------------------ rows


def _tuples(rows: WaveRows, names: Sequence[str]) -> list[tuple[object, ...]]:
    answers = [stored(rows.frame[name].to_numpy(), rows.variables[name].type) for name in names]
    numbers = [int(row) for row in rows.frame[ROW]]
    days = rows.frame[ANSWERED].to_numpy() if ANSWERED in rows.frame else np.full(len(numbers), _NAT)
    answered = stored(days, "date")
    return list(zip(rows.frame[PERSON], rows.frame[WAVE], numbers, answered, *answers, strict=True))


def _insert_answers(connection: Connection, rows: WaveRows, batch: int) -> None:
    names = list(rows.variables)
    columns = ", ".join([PERSON, WAVE, ROW, ANSWERED, *map(quoted, names), "_batch"])
    marks = ", ".join("?" * (len(names) + 4))
    connection.executemany(
        f"INSERT INTO {table_of(rows.instrument)} ({columns}) VALUES ({marks}, {batch})", _tuples(rows, names)
    )


def _insert_facts(connection: Connection, frame: pd.DataFrame, batch: int) -> None:
    """Write what the file says of each person: arm, date of entry, structure, weight."""
    if not set(FACTS) & set(frame.columns):
        return
    facts = frame.groupby(PERSON, sort=False).first()
    columns = [
        stored(facts[name].to_numpy(), kind) if name in facts else [None] * len(facts)
        for name, kind in FACTS.items()
    ]
    connection.executemany(
        "INSERT INTO enrolment (person, batch_id, arm, entry, cluster, weight, exit, household, birth)"
        f" VALUES (?, {batch}, ?, ?, ?, ?, ?, ?, ?)",
        zip(facts.index, *columns, strict=True),
    )
