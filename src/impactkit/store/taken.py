"""A file of a study as the record holds it: what came in, as it was corrected since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from impactkit.errors import DataError, Problem
from impactkit.files.model import Variable, VariableType
from impactkit.store.batches import FACTS
from impactkit.store.columns import Kind, frame_of
from impactkit.store.connection import Connection
from impactkit.store.instruments import (
    ANSWERED,
    PERSON,
    ROW,
    WAVE,
    quoted,
    table_of,
    types_of,
    view_of,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """The batches of a file that count.

    Attributes
    ----------
    file : str
    sha256 : str
        Of the file's bytes; of the last one where several files of this name came in.
    sheet : str or None
    n_read, n_identified, n_distinct, n_kept : int
        Rows of the file, rows of somebody, those left once repeats are taken out, those of people who neither
        object nor were erased.
    frame : DataFrame
        One row per person and wave, in the order of the file: `PERSON`, `WAVE`, `ROW`, `ANSWERED` and the
        variables.
    facts : DataFrame
        By person, those of `FACTS` that the file says.
    methods : Series
        By person, how the rows of the file were recognised; the last row of a person counts.
    """

    file: str
    sha256: str
    sheet: str | None
    n_read: int
    n_identified: int
    n_distinct: int
    n_kept: int
    frame: pd.DataFrame = field(repr=False)
    facts: pd.DataFrame = field(repr=False)
    methods: pd.Series = field(repr=False)


def taken(
    record: Connection,
    file: str,
    variables: Mapping[str, Variable],
    *,
    sheet: str | None = None,
    facts: Collection[str] = tuple(FACTS),
) -> Taken:
    """Return what the record holds of a file; people who object are left out.

    Parameters
    ----------
    file : str
        Its path, as the study writes it.
    variables : mapping of str to Variable
        Those wanted.
    sheet : str, optional
        Of a workbook, where the study names it.
    facts : collection of str
        Those of `FACTS` wanted.

    Raises
    ------
    DataError
        E-LOT-04 when it is not in the record, E-LOT-05 when nobody of it may be shown; E-VAR-04 and E-VAR-02
        when a variable is not there, or is of another type.
    """
    batches = _batches_of(record, file, sheet)
    blocks = [_rows(record, file, batch, instrument, variables) for batch, instrument, *_ in batches]
    numbers = [batch for batch, *_ in batches]
    if not any(map(len, blocks)):
        raise _nobody_shown(file)
    _, _, sha256, found, *_ = batches[-1]
    counts = [row[4:] for row in batches]
    n_read, n_refused, n_repeated = (sum(column) for column in zip(*counts, strict=True))
    return Taken(
        file=file,
        sha256=sha256,
        sheet=found,
        n_read=n_read,
        n_identified=n_read - n_refused,
        n_distinct=n_read - n_refused - n_repeated,
        n_kept=sum(1 + int(np.count_nonzero(np.diff(block[ROW]))) for block in blocks if len(block)),
        frame=_stacked(blocks),
        facts=_by_person(
            record, "enrolment", [name.removeprefix("_") for name in FACTS if name in facts], numbers
        ),
        methods=_by_person(record, "link", ["method"], numbers)["_method"],
    )


def sha256_of(record: Connection, file: str, *, sheet: str | None = None) -> str:
    """Return the fingerprint of a file that `taken` would read, without reading its rows.

    Raises
    ------
    DataError
        E-LOT-04, E-LOT-05.
    """
    batches = _batches_of(record, file, sheet)
    if not any(_shows_somebody(record, batch, instrument) for batch, instrument, *_ in batches):
        raise _nobody_shown(file)
    return str(batches[-1][2])


def _batches_of(record: Connection, file: str, sheet: str | None) -> list[tuple[Any, ...]]:
    """Return the batches of a file that count, the last one last; E-LOT-04 when there is none."""
    batches: list[tuple[Any, ...]] = record.execute(
        "SELECT batch_id, instrument, sha256, sheet, n_rows, n_refused, n_repeated FROM active_batch"
        " WHERE file = ? AND coalesce(?, sheet, '') = coalesce(sheet, '')"
        " AND instrument IN (SELECT instrument FROM variable) ORDER BY batch_id",
        (file, sheet),
    ).fetchall()
    if not batches:
        raise DataError([Problem(code="E-LOT-04", file=file)])
    return batches


def _shows_somebody(record: Connection, batch: int, instrument: str) -> bool:
    # The table and not its view: corrections do not matter here.
    found = record.execute(
        f"SELECT 1 FROM {table_of(instrument)} WHERE _batch = ?"
        " AND _person NOT IN (SELECT person FROM opposition) LIMIT 1",
        (batch,),
    ).fetchone()
    return found is not None


def _nobody_shown(file: str) -> DataError:
    return DataError([Problem(code="E-LOT-05", file=file)])


def _rows(
    record: Connection, file: str, batch: int, instrument: str, variables: Mapping[str, Variable]
) -> pd.DataFrame:
    _refuse_others(types_of(record, instrument), variables, file)
    chosen = ", ".join([PERSON, WAVE, ROW, ANSWERED, *map(quoted, variables)])
    cursor = record.execute(
        f"SELECT {chosen} FROM {view_of(instrument)} WHERE _batch = ?"
        " AND _person NOT IN (SELECT person FROM opposition)",
        (batch,),
    )
    kinds: dict[str, Kind] = {PERSON: "coded", WAVE: "coded", ROW: "whole", ANSWERED: "date"}
    kinds |= {name: variable.type for name, variable in variables.items()}
    frame = frame_of(cursor, [PERSON, WAVE, ROW, ANSWERED, *variables], kinds)
    if (np.diff(frame[ROW]) > 0).all():
        return frame
    order = np.lexsort((frame[WAVE].astype(str), frame[ROW]))
    return frame.take(order).reset_index(drop=True)


def _stacked(blocks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several batches under one list of people and of waves."""
    if len(blocks) == 1:
        return blocks[0]
    coded = {name: union_categoricals([block[name] for block in blocks]) for name in (PERSON, WAVE)}
    return pd.concat(blocks, ignore_index=True).assign(**coded)


def _by_person(record: Connection, table: str, names: Sequence[str], batches: Sequence[int]) -> pd.DataFrame:
    """Return what batches say of each person, the last known value of each."""
    marks, columns = ", ".join("?" * len(batches)), "".join(f", t.{name}" for name in names)
    cursor = record.execute(
        f"SELECT t.person{columns} FROM {table} t WHERE t.batch_id IN ({marks}) ORDER BY t.batch_id",
        batches,
    )
    found = frame_of(cursor, [PERSON, *(f"_{name}" for name in names)], FACTS)
    if found[PERSON].duplicated().any():
        return found.groupby(PERSON, sort=False).last()
    return found.set_index(PERSON)


def _refuse_others(types: Mapping[str, VariableType], variables: Mapping[str, Variable], file: str) -> None:
    problems = [
        Problem(code="E-VAR-04", params={"name": name}, file=file)
        if name not in types
        else Problem(
            code="E-VAR-02", params={"name": name, "before": types[name], "after": item.type}, file=file
        )
        for name, item in variables.items()
        if types.get(name) != item.type
    ]
    if problems:
        raise DataError(problems)
