"""One wide typed table per questionnaire: its columns, its view with corrections, what it keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.model import Variable, VariableType
from impactkit.store.connection import Connection

# A variable's name never begins with an underscore: these cannot be one.
PERSON, WAVE, ROW, ANSWERED = "_person", "_wave", "_row", "_answered"
_SQL_TYPES: Mapping[VariableType, str] = {
    "number": "DOUBLE PRECISION",
    "boolean": "INTEGER",
    "category": "TEXT",
    "text": "TEXT",
    "date": "TEXT",
}


def quoted(name: str) -> str:
    """Write a name as SQL wants it, whatever signs it has."""
    return '"' + name.replace('"', '""') + '"'


def table_of(instrument: str) -> str:
    """Return the quoted table of a questionnaire's answers, as they were received."""
    return quoted(f"answers_{instrument}")


def view_of(instrument: str) -> str:
    """Return the quoted view of a questionnaire: cancelled batches hidden, corrections made."""
    return quoted(f"current_{instrument}")


def instruments_of(connection: Connection) -> list[str]:
    """Return the questionnaires of a record, in order of name."""
    rows = connection.execute("SELECT DISTINCT instrument FROM variable ORDER BY instrument")
    return [name for (name,) in rows]


def types_of(connection: Connection, instrument: str) -> dict[str, VariableType]:
    """Return the type of each variable of a questionnaire, in the order in which they came."""
    rows = connection.execute("SELECT name, type FROM variable WHERE instrument = ?", (instrument,))
    types: dict[str, VariableType] = dict(rows.fetchall())
    if not types:
        return {}
    columns = connection.execute(f"SELECT * FROM {table_of(instrument)} LIMIT 0").description
    return {name: types[name] for name, *_ in columns if name in types}


def categories_of(connection: Connection, instrument: str, variable: str) -> tuple[str, ...] | None:
    """Return the categories that the dictionary permits, when it lists them."""
    (found,) = connection.execute(
        "SELECT categories FROM variable WHERE instrument = ? AND name = ?", (instrument, variable)
    ).fetchone()
    return tuple(json.loads(found)) if found else None


def register(
    connection: Connection,
    instrument: str,
    variables: Mapping[str, Variable],
    *,
    batch: int,
    file: str,
) -> None:
    """Make the table of a questionnaire, or give it the columns that a new wave brings.

    Raises
    ------
    DataError
        E-VAR-02 when a variable has changed type, E-VAR-03 when two names differ by case only.
    """
    known = types_of(connection, instrument)
    _refuse_other_types(known, variables, file)
    if not known:
        make_table(connection, instrument)
    for name, variable in variables.items():
        if name in known:
            continue
        add_columns(connection, instrument, {name: variable.type})
        categories = json.dumps(variable.categories, ensure_ascii=False) if variable.categories else None
        connection.execute(
            "INSERT INTO variable VALUES (?, ?, ?, ?, ?, ?, ?)",
            (instrument, name, variable.label.fr, variable.label.en, variable.type, categories, batch),
        )
    if set(variables) - set(known):
        make_view(connection, instrument)


def add_columns(connection: Connection, instrument: str, types: Mapping[str, VariableType]) -> None:
    """Give the table of a questionnaire one more column per variable."""
    for name, kind in types.items():
        connection.run(f"ALTER TABLE {table_of(instrument)} ADD COLUMN {quoted(name)} {_SQL_TYPES[kind]};")


def _refuse_other_types(
    known: Mapping[str, VariableType], variables: Mapping[str, Variable], file: str
) -> None:
    problems = [
        Problem(code="E-VAR-02", params={"name": name, "before": known[name], "after": item.type}, file=file)
        for name, item in variables.items()
        if name in known and known[name] != item.type
    ]
    spellings: dict[str, str] = {}
    for name in (*known, *variables):
        other = spellings.setdefault(name.casefold(), name)
        if other != name:
            problems.append(Problem(code="E-VAR-03", params={"name": name, "other": other}, file=file))
    if problems:
        raise DataError(problems)


def make_table(connection: Connection, instrument: str) -> None:
    """Make the empty table of a questionnaire."""
    connection.run(
        f"CREATE TABLE {table_of(instrument)} (_id INTEGER PRIMARY KEY,"
        " _person TEXT NOT NULL REFERENCES person, _wave TEXT NOT NULL,"
        " _batch INTEGER NOT NULL REFERENCES batch, _row INTEGER NOT NULL, _answered TEXT,"
        " UNIQUE (_person, _wave, _batch));\n" + connection.guards(f"answers_{instrument}", erasable=True)
    )


def make_view(connection: Connection, instrument: str) -> None:
    """Make the view anew; only variables that have a correction pay for looking for one."""
    corrected = {
        name
        for (name,) in connection.execute(
            "SELECT DISTINCT variable FROM correction WHERE instrument = ?", (instrument,)
        )
    }
    text = "'" + instrument.replace("'", "''") + "'"
    columns = []
    for name, kind in types_of(connection, instrument).items():
        column = quoted(name)
        if name in corrected:
            literal = "'" + name.replace("'", "''") + "'"
            rows = (
                f"FROM correction c WHERE c.instrument = {text} AND c.answer_id = a._id"
                f" AND c.variable = {literal}"
            )
            column = (
                f"CASE WHEN EXISTS (SELECT 1 {rows})"
                f" THEN (SELECT CAST(c.after AS {_SQL_TYPES[kind]}) {rows}"
                " ORDER BY c.correction_id DESC LIMIT 1)"
                f" ELSE a.{column} END AS {column}"
            )
        columns.append(column)
    connection.execute(f"DROP VIEW IF EXISTS {view_of(instrument)}")
    chosen = ", ".join(["a._id", "a._person", "a._wave", "a._batch", "a._row", "a._answered", *columns])
    connection.execute(
        f"CREATE VIEW {view_of(instrument)} AS SELECT {chosen} FROM {table_of(instrument)} a"
        " WHERE a._batch NOT IN (SELECT batch_id FROM cancellation)"
    )


# ------------------------------------------------------------------ values in


def stored(values: npt.NDArray[Any], kind: VariableType) -> list[Any]:
    """Return converted values as the database keeps them; what is missing is ``None``.

    Parameters
    ----------
    values : (n,) array
        As `impactkit.files.reading.convert.convert_column` returns them.
    kind : str
    """
    known = ~pd.isna(values)
    if kind == "date":
        texts = np.datetime_as_string(values.astype("datetime64[D]"), unit="D")
        return [str(text) if ok else None for text, ok in zip(texts, known, strict=True)]
    if kind == "number":
        return [float(value) if ok else None for value, ok in zip(values, known, strict=True)]
    if kind == "boolean":
        return [int(value) if ok else None for value, ok in zip(values, known, strict=True)]
    return [str(value) if ok else None for value, ok in zip(values, known, strict=True)]
