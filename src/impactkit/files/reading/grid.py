"""What every kind of file is read into: its first rows, then its columns of text below the headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# Titles and notes stand above the headers; not more than this many rows of them.
HEAD_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a table is, for its problems."""

    file: str
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """The cells below the headers, as text.

    Attributes
    ----------
    columns : list of ChunkedArray
        One column of text per position; rows that are short have empty cells.
    rows : ndarray of int
        Row of each line as a spreadsheet shows it (the first row of the file is 1).
    """

    columns: list[pa.ChunkedArray] = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A table before its headers are known.

    Attributes
    ----------
    head : list of list of str
        The first rows, at most `HEAD_ROWS`.
    below : callable
        Takes the position of the header row and its number of cells; returns the `Body` under it.
    place : Place
    """

    head: list[list[str]] = field(repr=False)
    below: Callable[[int, Sequence[str]], Body] = field(repr=False)
    place: Place


def text_column(values: Sequence[str]) -> pa.ChunkedArray:
    """Return texts as a column."""
    return pa.chunked_array([pa.array(values, type=pa.large_string())])


def is_filled(row: Sequence[str]) -> bool:
    """Tell whether a row holds something else than spaces."""
    return any(cell and not cell.isspace() for cell in row)


def blank_rows(columns: Sequence[pa.ChunkedArray], n: int) -> npt.NDArray[np.int64]:
    """Return the positions of rows whose cells are all empty or spaces.

    The first column is read whole, the others only where those before them are empty.
    """
    at = np.arange(n)
    for column in columns:
        cells = column if len(at) == n else column.take(pa.array(at))
        at = at[blank_cells(cells)]
        if not len(at):
            break
    return at


def blank_cells(cells: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Tell which cells are empty or spaces; only those that begin with a space are read whole."""
    firsts = pc.utf8_slice_codeunits(cells, 0, 1).combine_chunks().dictionary_encode()
    spaces = np.array([not sign or sign.isspace() for sign in firsts.dictionary.to_pylist()], dtype=bool)
    blank = spaces[np.asarray(firsts.indices)] if len(spaces) else np.zeros(len(cells), dtype=bool)
    doubtful = np.flatnonzero(blank & np.asarray(pc.greater(pc.binary_length(cells), 1)))
    for i, cell in zip(doubtful, cells.take(pa.array(doubtful)).to_pylist(), strict=True):
        blank[i] = cell.isspace()
    return blank
