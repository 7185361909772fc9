"""Text tables: the separator, the first rows, and the columns below the headers.

Two readers give the same cells. pyarrow's is fast and takes any regular file; Python's `csv` takes the first
rows, and the whole file when its quotation marks are not regular, to tell precisely what is wrong.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from impactkit.errors import DataError, Problem
from impactkit.files.fold import fold
from impactkit.files.reading.decode import Decoded
from impactkit.files.reading.grid import HEAD_ROWS, Body, Grid, Place, blank_rows, is_filled, text_column

DELIMITERS = (";", ",", "\t", "|")
_SEP_LINE = re.compile(rb"sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE)
_MOST_ROWS_NAMED = 100
_CHUNK = 1 << 22
_BLOCK = 1 << 20
_LONGEST_CELL = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited:
    """A text table and how it is cut.

    Attributes
    ----------
    grid : Grid
    delimiter : str
    """

    grid: Grid = field(repr=False)
    delimiter: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DelimitedText:
    """The bytes of the table, how they are read and cut, and where each of the first rows ends."""

    data: bytes = field(repr=False)
    codec: str
    delimiter: str
    place: Place
    head: list[list[str]] = field(repr=False)
    ends: list[int] = field(repr=False)


def read_delimited(
    decoded: Decoded, *, place: Place, wanted: Sequence[str] = (), delimiter: str | None = None
) -> Delimited:
    """Open a text table: its first rows are read, the others when the headers are known.

    Parameters
    ----------
    decoded : Decoded
    place : Place
    wanted : sequence of str
        Headers that help to tell the separator.
    delimiter : str, optional
        The separator, when it is known; else a first line ``sep=;`` tells it, or the first rows.

    Raises
    ------
    DataError
        When no separator stands out (E-CSV-03), or a quotation mark is not closed or misplaced (E-CSV-02).
    """
    text = opened(decoded, place=place, wanted=wanted, delimiter=delimiter)
    grid = Grid(head=text.head, below=lambda index, names: _below(text, index, names), place=place)
    return Delimited(grid=grid, delimiter=text.delimiter)


def opened(
    decoded: Decoded, *, place: Place, wanted: Sequence[str] = (), delimiter: str | None = None
) -> DelimitedText:
    """Find how a text is cut, and read its first rows."""
    data, codec = decoded.data, decoded.codec
    sep = _SEP_LINE.match(data)
    if sep:
        # A spreadsheet does not show the line "sep=;": row 1 is the next one.
        data = data[sep.end() :]
        delimiter = delimiter or sep.group(1).decode("latin-1")
    delimiter = delimiter or _delimiter(data, codec, wanted, place)
    head, ends = _head(data, codec, delimiter, place)
    return DelimitedText(data=data, codec=codec, delimiter=delimiter, place=place, head=head, ends=ends)


# ------------------------------------------------------------------ the first rows


def _delimiter(data: bytes, codec: str, wanted: Sequence[str], place: Place) -> str:
    """Return the separator that brings out the most headers wanted, then the most regular rows.

    Without headers wanted, two separators that do as well cannot be told apart.
    """
    folded = {fold(header) for header in wanted}
    scores: dict[str, tuple[int, int, int]] = {}
    for delimiter in DELIMITERS:
        least = max((found for found, *_ in scores.values()), default=0)
        scores[delimiter] = _score(data, codec, delimiter, folded, least=least)
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    if not wanted and scores[best][1] > 1 and list(scores.values()).count(scores[best]) > 1:
        raise DataError([Problem(code="E-CSV-03", file=place.file)])
    return best


def _score(data: bytes, codec: str, delimiter: str, wanted: set[str], *, least: int) -> tuple[int, int, int]:
    """Return the headers wanted on a row, how many rows have the usual width times it, and the width.

    Zero throughout when no row is wide enough for ``least`` headers, which another separator brings out.
    """
    if least > 1 and delimiter.encode() not in data:
        return (0, 0, 0)
    try:
        with _long_cells():
            rows = list(islice(_reader(data, codec, delimiter), HEAD_ROWS))
    except csv.Error:  # a quotation mark out of place: told when the file is read
        return (0, 0, 0)
    if max(map(len, rows), default=0) < least:
        return (0, 0, 0)
    found = _most_wanted(rows, wanted)
    widths = [len(row) for row in rows if is_filled(row)]
    several = [width for width in widths if width > 1]
    if not several:
        return (found, 0, 0)
    usual = max(set(several), key=lambda width: (several.count(width) * width, width))
    return (found, several.count(usual) * usual, usual)


def _most_wanted(rows: Sequence[Sequence[str]], wanted: set[str]) -> int:
    """Return how many of the headers wanted the row that has the most of them has."""
    found = 0
    for row in rows:
        if found == len(wanted):
            break
        if len(row) > found:
            found = max(found, len(wanted & {fold(cell) for cell in row}))
    return found


def _head(data: bytes, codec: str, delimiter: str, place: Place) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    ends: list[int] = []
    length = [0]
    try:
        with _long_cells():
            for row in islice(_reader(data, codec, delimiter, length, strict=True), HEAD_ROWS):
                rows.append(row)
                ends.append(length[0])
    except csv.Error:
        pass
    else:
        return rows, ends
    raise DataError([Problem(code="E-CSV-02", file=place.file, rows=(len(rows) + 1,))])


def _reader(
    data: bytes, codec: str, delimiter: str, length: list[int] | None = None, *, strict: bool = False
) -> Iterator[list[str]]:
    """Read records; ``length[0]`` is how many bytes those yielded take."""
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=codec, newline="")
    lines = iter(stream) if length is None else _measured(stream, codec, length)
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def _measured(stream: io.TextIOWrapper, codec: str, length: list[int]) -> Iterator[str]:
    for line in stream:
        length[0] += len(line.encode(codec))
        yield line


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let a cell be long: the `csv` module stops at 128 kB, for the whole process."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


# ------------------------------------------------------------------ below the headers


def _below(text: DelimitedText, index: int, names: Sequence[str]) -> Body:
    widths = [len(row) for row in text.head[index + 1 :] if is_filled(row)]
    width = max(set(widths), key=widths.count) if widths else len(names)
    fewest = max((i for i, name in enumerate(names) if name.strip()), default=0) + 1
    read = read_fast(text, index, width)
    return _squared(
        read if read is not None else read_strict(text, index), index, len(names), fewest, text.place
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Rows below the headers: those of the usual width as columns, the others one by one.

    Attributes
    ----------
    columns : list of ChunkedArray
    n : int
        Rows in all.
    odd : dict of int to list of str
        By their position among all rows.
    """

    columns: list[pa.ChunkedArray] = field(repr=False)
    n: int
    odd: dict[int, list[str]] = field(repr=False)


def read_strict(text: DelimitedText, index: int) -> Rows:
    """Read every row with Python's `csv`, which tells the first row where a quotation mark is wrong."""
    rows: list[list[str]] = []
    with _long_cells():
        try:
            for i, row in enumerate(_reader(text.data, text.codec, text.delimiter, strict=True)):
                if i > index:
                    rows.append(row)
            wrong = False
        except csv.Error:
            wrong = True
    if wrong:
        problem = Problem(code="E-CSV-02", file=text.place.file, rows=(index + 2 + len(rows),))
        raise DataError([problem])
    widths = [len(row) for row in rows]
    width = max(set(widths), key=widths.count) if widths else 0
    usual = [row for row in rows if len(row) == width]
    columns = [text_column([row[i] for row in usual]) for i in range(width)]
    odd = {i: row for i, row in enumerate(rows) if len(row) != width}
    return Rows(columns=columns, n=len(rows), odd=odd)


def read_fast(text: DelimitedText, index: int, width: int) -> Rows | None:
    """Read every row with pyarrow; ``None`` when quotation marks are not regular: both would differ."""
    start = text.ends[index]
    quoted = _quotes(text.data, start, text.delimiter)
    if quoted is None:
        return None
    stop = len(text.data)
    if stop == start:
        return Rows(columns=[], n=0, odd={})
    try:
        table = _parsed(text, start, width, quoted=quoted, odd=None)
        return Rows(columns=table.columns, n=table.num_rows, odd={})
    except pa.ArrowInvalid:
        pass
    odd: dict[int, list[str]] = {}
    try:
        table = _parsed(text, start, width, quoted=quoted, odd=odd)
    except pa.ArrowInvalid:
        return None
    return Rows(columns=table.columns, n=table.num_rows + len(odd), odd=odd)


def _parsed(
    text: DelimitedText, start: int, width: int, *, quoted: bool, odd: dict[int, list[str]] | None
) -> pa.Table:
    """Parse the bytes from a position; rows of another width go to ``odd``, or are an error without it."""
    names = [str(i) for i in range(width)]

    def keep(row: pacsv.InvalidRow) -> str:
        if odd is None:
            return "error"
        odd[row.number - 1] = next(csv.reader([row.text], delimiter=text.delimiter))
        return "skip"

    if text.codec in ("utf-8", "ascii"):
        source: object = pa.BufferReader(pa.py_buffer(text.data).slice(start))
    else:
        source = pa.PythonFile(_Transcoded(text.data, start, text.codec), mode="r")
    return pacsv.read_csv(
        source,
        # Row numbers are known to one thread only.
        read_options=pacsv.ReadOptions(column_names=names, use_threads=odd is None, block_size=_BLOCK),
        parse_options=pacsv.ParseOptions(
            delimiter=text.delimiter,
            ignore_empty_lines=False,
            newlines_in_values=quoted,
            invalid_row_handler=keep,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            check_utf8=False,  # it was, when the encoding was found
        ),
    )


class _Transcoded(io.RawIOBase):
    """A file of bytes in a one-byte encoding, read as UTF-8 piece by piece."""

    def __init__(self, data: bytes, start: int, codec: str) -> None:
        self._data, self._at, self._codec = data, start, codec

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        # One byte becomes three at most.
        end = len(self._data) if size < 0 else self._at + max(size // 3, 1)
        piece = self._data[self._at : end]
        self._at += len(piece)
        return piece.decode(self._codec).encode()


def _quotes(data: bytes, start: int, delimiter: str) -> bool | None:
    """Tell whether cells are quoted; ``None`` when some mark is neither at an end of a cell nor doubled."""
    if data.find(b'"', start) < 0:
        return False
    view = np.frombuffer(data, dtype=np.uint8)
    edge = np.zeros(256, dtype=bool)
    edge[[ord(delimiter), ord("\n"), ord("\r"), ord('"')]] = True
    last = len(view) - 1
    inside = 0
    for begin in range(start, len(view), _CHUNK):
        at = np.flatnonzero(view[begin : begin + _CHUNK] == ord('"')) + begin
        opens = (np.arange(len(at)) + inside) % 2 == 0
        before = (at == start) | edge[view[np.maximum(at - 1, 0)]]
        after = (at == last) | edge[view[np.minimum(at + 1, last)]]
        if not np.where(opens, before, after).all():
            return None
        inside = (inside + len(at)) % 2
    return None if inside else True


def _squared(read: Rows, index: int, width: int, fewest: int, place: Place) -> Body:
    """Put the odd rows in their place, or refuse lines with fewer cells than headers or something beyond."""
    first = index + 2
    columns = read.columns[:width]
    ragged = {i for i, row in read.odd.items() if is_filled(row) and _is_ragged(row, fewest, width)}
    usual = np.delete(np.arange(read.n), sorted(read.odd))
    if len(usual) and len(read.columns) < fewest:
        ragged |= _filled_among(read.columns, usual)
    for column in read.columns[width:]:
        ragged |= _filled_among([column], usual)
    if ragged:
        rows = tuple(first + int(i) for i in sorted(ragged)[:_MOST_ROWS_NAMED])
        raise DataError([Problem(code="E-CSV-01", params={"expected": fewest}, file=place.file, rows=rows)])
    n_usual = len(usual)
    columns += [text_column([""] * n_usual) for _ in range(width - len(columns))]
    if read.odd:
        odd = sorted(read.odd)
        order = pa.array(np.argsort(np.concatenate([usual, odd]), kind="stable"))
        cells = [(read.odd[i] + [""] * width)[:width] for i in odd]
        columns = [
            pa.chunked_array([*column.chunks, *text_column([row[i] for row in cells]).chunks]).take(order)
            for i, column in enumerate(columns)
        ]
    return Body(columns=columns, rows=np.arange(first, first + read.n))


def _is_ragged(row: list[str], fewest: int, width: int) -> bool:
    return len(row) < fewest or is_filled(row[width:])


def _filled_among(columns: Sequence[pa.ChunkedArray], usual: np.ndarray) -> set[int]:
    blank = blank_rows(columns, len(usual))
    return set(np.delete(usual, blank).tolist())
