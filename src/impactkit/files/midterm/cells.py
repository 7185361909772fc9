"""The cells of a mid-term table: columns found, texts kept to the letter, the rest read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.finding import listed
from impactkit.files.fold import TOTALS, fold
from impactkit.files.midterm.headers import HEADERS, KEYS, Header, TableName, reading_of
from impactkit.files.model import Study
from impactkit.files.model.midterm import ActionsTable, FundingTable, IndicatorsTable
from impactkit.files.reading.convert import convert_column
from impactkit.files.reading.raw import RawTable, read_raw
from impactkit.text import Language

Table = ActionsTable | IndicatorsTable | FundingTable
# A number that a spreadsheet computed may miss a whole cent by less than this.
_NOISE = Decimal("1e-6")
_CENT = Decimal("0.01")
_YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The cells of a table, column by column; a column that the file has not is all ``None``.

    Attributes
    ----------
    columns : mapping of str to list
        Values under the format's names: str, bool, int, Decimal, date or ``None``.
    rows : list of int
        Row of each line, as a spreadsheet shows it.
    headers : mapping of str to str
        The header of each column in the file.
    problems, notes : list of Problem
    """

    file: str
    sheet: str | None
    columns: Mapping[str, list[Any]]
    rows: list[int]
    headers: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def problem(self, code: str, column: str, at: list[int], **params: object) -> Problem:
        """Return a problem of these lines of a column."""
        return Problem(
            code=code,
            params=params,
            file=self.file,
            sheet=self.sheet,
            column=self.headers[column],
            rows=tuple(self.rows[i] for i in at),
        )

    def lines(self) -> list[dict[str, Any]]:
        """Return each line as its values by name."""
        names = list(self.columns)
        return [dict(zip(names, line, strict=True)) for line in zip(*self.columns.values(), strict=True)]


def read_cells(study: Study, table: Table, name: TableName) -> Cells:
    """Read a table of the mid-term evaluation.

    Raises
    ------
    DataError
        When the file cannot be read as a table with these headers.
    """
    known = HEADERS[name]
    headers = {key: _named(table, key, header, study.language) for key, header in known.items()}
    wanted = [headers[key] for key in known if key in KEYS[name] or key in table.columns]
    try:
        raw = read_raw(
            study.folder / table.path, headers=wanted, others=True, sheet=table.sheet, name=table.path
        )
    except DataError as error:
        if [problem.code for problem in error.problems] != ["E-FIC-07"]:
            raise
        note = Problem(code="A-MID-07", file=table.path, sheet=table.sheet)
        empty: dict[str, list[Any]] = {key: [] for key in known}
        return Cells(
            file=table.path, sheet=table.sheet, columns=empty, rows=[], headers=headers, notes=[note]
        )
    return _converted(raw, table, known, headers)


def _named(table: Table, key: str, header: Header, language: Language) -> str:
    given: Mapping[str, str] = {str(name): text for name, text in table.columns.items()}
    return given.get(key) or header.text(language)


def _converted(raw: RawTable, table: Table, known: Mapping[str, Header], headers: Mapping[str, str]) -> Cells:
    spelled = {fold(name): name for name in raw.frame.columns}
    found = {key: spelled[fold(text)] for key, text in headers.items() if fold(text) in spelled}
    kept, notes = _without_totals(raw, table, found["action"])
    frame, rows = raw.frame[kept], raw.row_numbers[kept]
    problems: list[Problem] = []
    columns: dict[str, list[Any]] = {}
    for key, header in known.items():
        if key not in found:
            columns[key] = [None] * len(frame)
            continue
        columns[key] = _column(frame[found[key]], header, rows, found[key], table, raw.sheet, problems)
    absent = [headers[key] for key in known if key not in found]
    if absent:
        params = {"columns": listed(absent)}
        notes.append(Problem(code="A-MID-02", params=params, file=table.path, sheet=raw.sheet))
    return Cells(
        file=table.path,
        sheet=raw.sheet,
        columns=columns,
        rows=[int(row) for row in rows],
        headers={**headers, **found},
        problems=problems,
        notes=[*raw.notes, *notes],
    )


def _without_totals(raw: RawTable, table: Table, column: str) -> tuple[npt.NDArray[np.bool_], list[Problem]]:
    """Set aside the lines that sum the others, and the headers again."""
    marks = {*TOTALS, fold(column)}
    sums = np.array([fold(_text(cell)) in marks for cell in raw.frame[column]], dtype=bool)
    if not sums.any():
        return ~sums, []
    rows = tuple(int(row) for row in raw.row_numbers[sums])
    note = Problem(code="A-LIG-01", file=table.path, sheet=raw.sheet, column=column, rows=rows)
    return ~sums, [note]


def _column(
    texts: pd.Series,
    header: Header,
    rows: npt.NDArray[np.int64],
    column: str,
    table: Table,
    sheet: str | None,
    problems: list[Problem],
) -> list[Any]:
    """Return the values of a column; what cannot be read is added to the problems."""
    if header.kind == "text":
        missing = {"", *(fold(word) for word in table.missing)}
        words = [_text(cell).strip() for cell in texts]
        return [None if fold(word) in missing else word for word in words]
    values: list[Any] = [None] * len(texts)
    for part in _alike(texts, header):
        read = convert_column(
            texts[part],
            reading_of(header.kind, table.missing),
            rows=rows[part],
            column=column,
            file=table.path,
            sheet=sheet,
        )
        problems += read.problems
        bad: list[int] = []
        for i, value in zip(np.flatnonzero(part), read.array, strict=True):
            try:
                values[i] = None if pd.isna(value) else _FINISH[header.kind](value)
            except ValueError:
                bad.append(int(rows[i]))
        if bad:
            code = {"amount": "E-MID-05", "year": "E-MID-06", "count": "E-MID-08"}[header.kind]
            problems.append(Problem(code=code, file=table.path, sheet=sheet, column=column, rows=tuple(bad)))
    return values


def _alike(texts: pd.Series, header: Header) -> list[npt.NDArray[np.bool_]]:
    """Return which lines are read together: indicators in percent stand beside counts in one column."""
    percent = np.array([_text(cell).rstrip().endswith("%") for cell in texts], dtype=bool)
    if header.kind != "number":
        return [np.ones(len(texts), dtype=bool)]
    return [part for part in (percent, ~percent) if part.any()]


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def exact(value: float) -> Decimal:
    """Return the decimal number that was written: the shortest one that reads back as this float."""
    return Decimal(repr(float(value)))


def _amount(value: float) -> Decimal:
    amount = exact(value)
    cents = amount.quantize(_CENT)
    if amount < 0 or abs(amount - cents) > _NOISE:
        raise ValueError("an amount is in euros and cents")
    return cents


def _year(value: float) -> int:
    if value != int(value) or int(value) not in _YEARS:
        raise ValueError("a year has four digits")
    return int(value)


def _count(value: float) -> int:
    if value < 0 or value != int(value):
        raise ValueError("people are counted in whole numbers")
    return int(value)


def _date(value: Any) -> dt.date:
    day: dt.date = np.datetime64(value, "D").item()
    return day


_FINISH: Mapping[str, Callable[[Any], Any]] = {
    "number": exact,
    "amount": _amount,
    "year": _year,
    "count": _count,
    "boolean": bool,
    "date": _date,
    "decision": str,
    "level": str,
}
