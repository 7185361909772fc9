"""From a workbook (xlsx, xlsm, ods) to a grid of text: looked into, read, and its sheet told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError

from impactkit.errors import DataError, Problem
from impactkit.files.finding import hint, listed
from impactkit.files.reading import cells
from impactkit.files.reading.archive import look_into
from impactkit.files.reading.cells import Sheets, read_cells
from impactkit.files.reading.grid import HEAD_ROWS, Body, Grid, Place

# A workbook that opens to more than this (about 50 000 rows of 15 columns) is read by a program of its own:
# parsers end the whole process when memory runs out, and a notebook would lose its work.
LARGE = 40_000_000
# Windows has no such limits: only the time-out holds there, and cells are looked at one by one.
_BOUNDS_MEMORY = sys.platform != "win32"
_MOST_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """The sheet read and the notes to make.

    Attributes
    ----------
    grid : Grid
    notes : tuple of Problem
    """

    grid: Grid = field(repr=False)
    notes: tuple[Problem, ...]


def read_workbook(path: Path, data: bytes, *, sheet: str | None, name: str) -> Workbook:
    """Read one sheet; without a name, the only filled one that is visible.

    Parameters
    ----------
    path : Path
    data : bytes
        What the file holds.
    sheet : str or None
    name : str
        What the file is called in problems.

    Raises
    ------
    DataError
        When the workbook is hostile, damaged or not a workbook (see `look_into`), cannot be read within
        bounds (E-FIC-12), or the sheet cannot be told (E-FIC-07, E-FIC-08, E-FIC-09).
    """
    size = look_into(data, name=name, large=LARGE if _BOUNDS_MEMORY else sys.maxsize)
    read = _read_apart(path, sheet, name) if size >= LARGE else _read_here(path, sheet, name)
    chosen = _chosen(read, sheet, name)
    notes = []
    unseen = [item for item in read.hidden if item != chosen]
    if sheet is None and unseen:
        notes.append(Problem(code="A-FIC-08", params={"sheets": listed(unseen)}, file=name))
    return Workbook(grid=_grid(read.cells, Place(file=name, sheet=chosen)), notes=tuple(notes))


def _chosen(read: Sheets, sheet: str | None, name: str) -> str:
    if read.chosen is not None:
        return read.chosen
    if sheet is not None:
        params = {"hint": hint(sheet, read.names), "sheets": listed(read.names)}
        raise DataError([Problem(code="E-FIC-09", params=params, file=name, sheet=sheet)])
    if not read.visible:
        raise DataError([Problem(code="E-FIC-07", file=name)])
    raise DataError([Problem(code="E-FIC-08", params={"sheets": listed(read.visible)}, file=name)])


def _read_here(path: Path, sheet: str | None, name: str) -> Sheets:
    try:
        return read_cells(str(path), sheet)
    except CalamineError:
        pass
    raise DataError([Problem(code="E-FIC-10", file=name)])


def _read_apart(path: Path, sheet: str | None, name: str) -> Sheets:
    """Read a workbook in a program of its own, bounded in time and, if the system can, in memory."""
    command = [sys.executable, "-P", cells.__file__, str(path.resolve()), json.dumps(sheet)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # What a parser says when it fails may quote the file.
            stderr=subprocess.DEVNULL,
            timeout=_MOST_SECONDS,
            check=False,
        )
        code = done.returncode
    except subprocess.TimeoutExpired:
        code = -1
    if code:
        found = "E-FIC-10" if code == cells.DAMAGED else "E-FIC-12"
        raise DataError([Problem(code=found, file=name)])
    table = pa.ipc.open_stream(pa.py_buffer(done.stdout)).read_all()
    known = json.loads(table.schema.metadata[b"sheets"])
    return Sheets(**known, cells=table)


def _grid(table: pa.Table, place: Place) -> Grid:
    head = [list(row.values()) for row in table.slice(0, HEAD_ROWS).to_pylist()]

    def below(index: int, names: Sequence[str]) -> Body:
        rest = table.slice(index + 1)
        return Body(columns=rest.columns, rows=np.arange(index + 2, index + 2 + len(rest)))

    return Grid(head=head, below=below, place=place)
