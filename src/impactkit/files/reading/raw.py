"""Reading a table as text: nothing is guessed about values, only where the columns are.

A cell stays the text it is ("NULL" is a surname, "01400" a code); `convert` gives it a meaning later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from impactkit.errors import DataError, Problem
from impactkit.files.reading.decode import decode, kind_of, repaired
from impactkit.files.reading.delimited import read_delimited
from impactkit.files.reading.grid import Grid, Place, blank_rows
from impactkit.files.reading.header import Header, find_header, guess_header, named_header
from impactkit.files.reading.locked import not_opened
from impactkit.files.reading.suffixes import WORKBOOKS
from impactkit.files.reading.workbook import read_workbook
from impactkit.text import Message

_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawTable:
    """Columns of a file, as text.

    Attributes
    ----------
    frame : DataFrame
        One text column per header, under the spelling asked for; blank rows left out.
    row_numbers : ndarray of int
        Row of each line as a spreadsheet shows it (the first row of the file is 1).
    n_blank : int
        Blank rows left out between the headers and the last line.
    header_row : int
        Row of the headers.
    sheet, encoding, delimiter : str or None
    sha256 : str
        Fingerprint of the bytes read.
    notes : tuple of Problem
        What was noticed and does not prevent reading (codes ``A-…``).
    spellings : mapping of str to str
        The headers of ``frame`` in the order of the file, and how the file spells each.
    """

    frame: pd.DataFrame = field(repr=False)
    row_numbers: npt.NDArray[np.int64] = field(repr=False)
    n_blank: int
    header_row: int
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    sha256: str
    notes: tuple[Problem, ...]
    spellings: Mapping[str, str]


def read_raw(
    path: str | Path,
    *,
    headers: Collection[str] | None = None,
    others: bool = False,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    repair: bool = False,
    name: str | None = None,
) -> RawTable:
    """Read columns of a table; the file itself is never modified.

    Parameters
    ----------
    path : str or Path
        A csv, tsv, txt, xlsx, xlsm or ods file.
    headers : collection of str, optional
        Headers wanted: the header row is the first one, among the first 50, that holds them all; spaces,
        case and accents do not count, an exact spelling comes first. Without them, every column, under the
        row found by `guess_header`.
    others : bool, default False
        Whether the columns that were not asked for are read too, after those that were.
    sheet : str, optional
        Sheet of a workbook; by default its only filled one.
    encoding, delimiter : str, optional
        Of a text, when they are known.
    repair : bool, default False
        Whether accents that an earlier conversion spoilt are given back their letters.
    name : str, optional
        What the file is called in problems; its own name by default.

    Raises
    ------
    DataError
        When the file cannot be read as a table with these headers.
    """
    path = Path(path)
    name = name or path.name
    data = _bytes(path, name)
    sha256 = hashlib.sha256(data).hexdigest()
    is_workbook = path.suffix.lower() in WORKBOOKS
    _refuse_other_kind(kind_of(data), "zip" if is_workbook else "text", name=name)
    wanted = list(dict.fromkeys(headers or ()))
    found_encoding = found_delimiter = None
    if is_workbook:
        book = read_workbook(path, data, sheet=sheet, name=name)
        grid, notes = book.grid, book.notes
    else:
        decoded = decode(data, name=name, encoding=encoding)
        notes = (Problem(code="A-ENC-02", file=name),) if decoded.spoilt else ()
        if decoded.spoilt and repair:
            decoded = repaired(decoded)
        text = read_delimited(decoded, place=Place(file=name), wanted=wanted, delimiter=delimiter)
        grid = text.grid
        found_encoding, found_delimiter = decoded.encoding, text.delimiter
    header = find_header(grid, wanted) if headers is not None else guess_header(grid)
    return table_of(
        grid,
        header,
        others=others,
        encoding=found_encoding,
        delimiter=found_delimiter,
        sha256=sha256,
        notes=notes,
    )


def read_grid(path: Path, *, sheet: str | None = None) -> Grid:
    """Read the cells of a table whose headings stand anywhere: its first rows, and what is below any of them.

    Parameters
    ----------
    path : Path
        A csv, tsv, txt, xlsx, xlsm or ods file.
    sheet : str, optional
        Sheet of a workbook; by default its only filled one.

    Raises
    ------
    DataError
        When the file cannot be read as a table.
    """
    data, is_workbook = _bytes(path, path.name), path.suffix.lower() in WORKBOOKS
    _refuse_other_kind(kind_of(data), "zip" if is_workbook else "text", name=path.name)
    if is_workbook:
        return read_workbook(path, data, sheet=sheet, name=path.name).grid
    return read_delimited(decode(data, name=path.name), place=Place(file=path.name)).grid


def table_of(
    grid: Grid,
    header: Header,
    *,
    others: bool,
    encoding: str | None,
    delimiter: str | None,
    sha256: str,
    notes: tuple[Problem, ...],
) -> RawTable:
    """Return the table under these headers, with the other columns or without."""
    header = _with_others(grid, header) if others else header
    frame, rows, n_blank = _columns(grid, header)
    return RawTable(
        frame=frame,
        row_numbers=rows,
        n_blank=n_blank,
        header_row=header.index + 1,
        sheet=grid.place.sheet,
        encoding=encoding,
        delimiter=delimiter,
        sha256=sha256,
        notes=notes,
        spellings={name: header.names[i] for name, i in sorted(header.positions.items(), key=itemgetter(1))},
    )


def _bytes(path: Path, name: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError([not_opened(error, name)]) from None
    if not data[:1024].strip() and not data.strip():
        raise DataError([Problem(code="E-FIC-07", file=name)])
    return data


def _refuse_other_kind(kind: str, expected: str, *, name: str) -> None:
    if kind == "ole":
        raise DataError([Problem(code="E-FIC-04", file=name)])
    if kind != expected:
        params = {"kind": Message(f"problem.kind.{kind}")}
        raise DataError([Problem(code="E-FIC-05", params=params, file=name)])


def _with_others(grid: Grid, header: Header) -> Header:
    """Add the columns that were not asked for, under their own names."""
    taken = set(header.positions.values())
    others = {name: i for name, i in named_header(grid, header.index).positions.items() if i not in taken}
    return Header(index=header.index, names=header.names, positions={**header.positions, **others})


def _columns(grid: Grid, header: Header) -> tuple[pd.DataFrame, npt.NDArray[np.int64], int]:
    """Return the columns as text, the row of each line, and how many blank rows were left out between."""
    body = grid.below(header.index, header.names)
    blank = blank_rows(body.columns, len(body.rows))
    kept = np.delete(np.arange(len(body.rows)), blank)
    if not len(kept):
        raise DataError([Problem(code="E-FIC-07", file=grid.place.file, sheet=grid.place.sheet)])
    keep = pa.array(kept) if len(blank) else None
    columns = {}
    for name, position in header.positions.items():
        cells = body.columns[position]
        columns[name] = pd.array(cells if keep is None else cells.take(keep), dtype=_TEXT)
    frame = pd.DataFrame(columns, copy=False)
    return frame, body.rows[kept], int(kept[-1]) + 1 - len(kept)
