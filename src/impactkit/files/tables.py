"""Reading a table as text: nothing is guessed about values, only where the columns named are.

A cell stays the text it is ("NULL" is a surname, "01400" a code); `convert` gives it a meaning later.
Only the columns named are kept: what a study does not use is not in memory.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.decode import decode, kind_of
from impactkit.files.finding import listed
from impactkit.files.fold import clean, fold
from impactkit.files.workbook import read_sheet
from impactkit.text import Message

_WORKBOOKS = (".xlsx", ".xlsm", ".ods")
_DELIMITERS = (";", ",", "\t", "|")
_SEP_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
# Titles and notes stand above the headers; not more than this many rows of them.
_HEADER_SEARCH = 50
_MOST_ROWS_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawTable:
    """The columns named of a file, as text.

    Attributes
    ----------
    frame : DataFrame
        One text column per header asked for, under the spelling asked for; blank rows left out.
    row_numbers : ndarray of int
        Row of each line as a spreadsheet shows it (the first row of the file is 1).
    n_blank : int
        Blank rows left out between the headers and the last line.
    header_row : int
        Row of the headers.
    sheet, encoding : str or None
    sha256 : str
        Fingerprint of the bytes read.
    notes : tuple of Problem
        What was noticed and does not prevent reading (codes ``A-…``).
    """

    frame: pd.DataFrame = field(repr=False)
    row_numbers: npt.NDArray[np.int64] = field(repr=False)
    n_blank: int
    header_row: int
    sheet: str | None
    encoding: str | None
    sha256: str
    notes: tuple[Problem, ...]


def read_raw(
    path: str | Path, *, headers: Collection[str], sheet: str | None = None, name: str | None = None
) -> RawTable:
    """Read the columns named of a table; the file itself is never modified.

    Parameters
    ----------
    path : str or Path
        A csv, tsv, txt, xlsx, xlsm or ods file.
    headers : collection of str
        Headers wanted. The header row is the first one, among the first 50, that holds them all; spaces,
        case and accents do not count, an exact spelling comes first.
    sheet : str, optional
        Sheet of a workbook; by default its only filled one.
    name : str, optional
        What the file is called in problems; its own name by default.

    Returns
    -------
    RawTable

    Raises
    ------
    DataError
        When the file cannot be read as a table with these headers.
    """
    path = Path(path)
    name = name or path.name
    try:
        data = path.read_bytes()
    except OSError:
        raise DataError([Problem(code="E-FIC-11", file=name)]) from None
    if not data.strip():
        raise DataError([Problem(code="E-FIC-07", file=name)])
    is_workbook = path.suffix.lower() in _WORKBOOKS
    _refuse_other_kind(kind_of(data), "zip" if is_workbook else "text", name=name)
    read = _read_workbook if is_workbook else _read_text
    return read(data, headers=list(dict.fromkeys(headers)), sheet=sheet, name=name)


def _refuse_other_kind(kind: str, expected: str, *, name: str) -> None:
    if kind == "ole":
        raise DataError([Problem(code="E-FIC-04", file=name)])
    if kind != expected:
        params = {"kind": Message(f"problem.kind.{kind}")}
        raise DataError([Problem(code="E-FIC-05", params=params, file=name)])


# ------------------------------------------------------------------ workbooks and texts


def _read_workbook(data: bytes, *, headers: list[str], sheet: str | None, name: str) -> RawTable:
    found = read_sheet(data, sheet=sheet, name=name)
    notes = []
    if found.hidden:
        notes.append(Problem(code="A-FIC-08", params={"sheets": listed(found.hidden)}, file=name))
    place = _Place(file=name, sheet=found.sheet)
    header = _find_header(found.rows, headers, place)
    return _table(found.rows, header, place=place, encoding=None, data=data, notes=notes)


def _read_text(data: bytes, *, headers: list[str], sheet: str | None, name: str) -> RawTable:
    decoded = decode(data, name=name)
    notes = [Problem(code="A-ENC-02", file=name)] if decoded.spoilt else []
    text = decoded.text.removeprefix("\ufeff")
    place = _Place(file=name, sheet=None)
    sep = _SEP_LINE.match(text)
    # A spreadsheet does not show the line "sep=;": row 1 is the next one.
    text = text[sep.end() :] if sep else text
    delimiter = sep.group(1) if sep else _delimiter(text, headers)
    rows = _records(text, delimiter, name=name)
    header = _find_header(rows, headers, place)
    _refuse_ragged(rows, header, place)
    return _table(rows, header, place=place, encoding=decoded.encoding, data=data, notes=notes)


def _delimiter(text: str, headers: Sequence[str]) -> str:
    """Return the separator that brings out the most headers wanted, then the most columns."""
    wanted = {fold(header) for header in headers}

    def score(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            rows = list(islice(reader, _HEADER_SEARCH))
        except csv.Error:  # an unclosed quote: told when the whole file is read
            return (0, 0)
        return max(((len(wanted & {fold(cell) for cell in row}), len(row)) for row in rows), default=(0, 0))

    return max(_DELIMITERS, key=score)


def _records(text: str, delimiter: str, *, name: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        # extend keeps the records read before the one that fails
        raise DataError([Problem(code="E-CSV-02", file=name, rows=(len(rows) + 1,))]) from None
    return rows


# ------------------------------------------------------------------ headers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a table is, for its problems."""

    file: str
    sheet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The header row, its width, and the position of each header wanted."""

    index: int
    names: tuple[str, ...]
    positions: dict[str, int]


def _find_header(rows: Sequence[Sequence[str]], headers: Sequence[str], place: _Place) -> _Header:
    wanted = {fold(header) for header in headers}
    first = [[fold(cell) for cell in row] for row in rows[:_HEADER_SEARCH]]
    index = next((i for i, row in enumerate(first) if wanted.issubset(row)), None)
    if index is None:
        raise DataError([_missing_headers(first, rows, headers, place)])
    positions = {}
    problems = []
    for header in headers:
        exact = [i for i, cell in enumerate(rows[index]) if clean(cell) == clean(header)]
        found = exact or [i for i, cell in enumerate(first[index]) if cell == fold(header)]
        positions[header] = found[0]
        if len(found) > 1:
            problems.append(
                Problem(code="E-COL-02", file=place.file, sheet=place.sheet, column=header, rows=(index + 1,))
            )
    if problems:
        raise DataError(problems)
    return _Header(index=index, names=tuple(rows[index]), positions=positions)


def _missing_headers(
    first: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], headers: Sequence[str], place: _Place
) -> Problem:
    """Return the problem of headers not found, with those of the file that look like them.

    A row is taken for headers, and shown, only when it holds at least one of those wanted: in a file
    without headers the first row is a person's.
    """
    if not any(cell for row in first for cell in row):
        return Problem(code="E-FIC-07", file=place.file, sheet=place.sheet)
    wanted = {fold(header) for header in headers}
    scores = [len(wanted.intersection(row)) for row in first]
    best = int(np.argmax(scores))
    close: list[str] = []
    missing = list(headers)
    if scores[best]:
        missing = [header for header in headers if fold(header) not in first[best]]
        spelled = {cell: clean(rows[best][i]) for i, cell in enumerate(first[best]) if cell not in wanted}
        for header in missing:
            near = difflib.get_close_matches(fold(header), spelled, n=1, cutoff=0.6)
            close += [spelled[cell] for cell in near]
    params = {
        "missing": listed(missing),
        "close": ", ".join(dict.fromkeys(close)) or Message("problem.none_close"),
    }
    row = (best + 1,) if scores[best] else ()
    return Problem(code="E-COL-01", params=params, file=place.file, sheet=place.sheet, rows=row)


def _refuse_ragged(rows: Sequence[Sequence[str]], header: _Header, place: _Place) -> None:
    """Refuse lines with fewer cells than headers, or with something beyond the last one."""
    width = len(header.names)
    fewest = max(i for i, name in enumerate(header.names) if name.strip()) + 1
    first = header.index + 1
    ragged = [
        i + 1
        for i in range(first, len(rows))
        if _is_filled(rows[i]) and (len(rows[i]) < fewest or _is_filled(rows[i][width:]))
    ]
    if ragged:
        problem = Problem(
            code="E-CSV-01",
            params={"expected": fewest},
            file=place.file,
            rows=tuple(ragged[:_MOST_ROWS_NAMED]),
        )
        raise DataError([problem])


def _is_filled(row: Sequence[str]) -> bool:
    return any(cell and not cell.isspace() for cell in row)


# ------------------------------------------------------------------ the table


def _table(
    rows: list[list[str]],
    header: _Header,
    *,
    place: _Place,
    encoding: str | None,
    data: bytes,
    notes: list[Problem],
) -> RawTable:
    first = header.index + 1
    filled = [i for i in range(first, len(rows)) if _is_filled(rows[i])]
    if not filled:
        raise DataError([Problem(code="E-FIC-07", file=place.file, sheet=place.sheet)])
    columns = {
        name: np.array([rows[i][position] for i in filled], dtype=object)
        for name, position in header.positions.items()
    }
    return RawTable(
        frame=pd.DataFrame(columns, dtype=object),
        row_numbers=np.array(filled, dtype=np.int64) + 1,
        n_blank=filled[-1] + 1 - first - len(filled),
        header_row=first,
        sheet=place.sheet,
        encoding=encoding,
        sha256=hashlib.sha256(data).hexdigest(),
        notes=tuple(notes),
    )
