"""SPSS and Stata files (sav, dta), as text like any other table: labels where values have some."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.reading.cells import cell_text
from impactkit.files.reading.grid import Body, Grid, Place, text_column
from impactkit.files.reading.header import find_header, named_header
from impactkit.files.reading.locked import not_opened
from impactkit.files.reading.raw import RawTable, table_of

STATISTICAL = (".sav", ".zsav", ".dta")


def read_statistical(path: Path, *, headers: Sequence[str]) -> RawTable:
    """Read a sav or dta file; a value that has a label becomes it, a missing one an empty text.

    Rows are numbered as a spreadsheet would show them under one row of variable names.

    Raises
    ------
    DataError
        When the file cannot be opened (E-FIC-11) or read (E-FIC-10), or pyreadstat is not installed
        (E-FIC-13).
    """
    # Optional: most users never meet such a file.
    try:
        import pyreadstat
    except ImportError:
        raise DataError([Problem(code="E-FIC-13", file=path.name)]) from None
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError([not_opened(error, path.name)]) from None
    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    try:
        frame, meta = read(str(path))
    except Exception:  # its errors have no common class, and may quote the file
        frame = None
    if frame is None:
        raise DataError([Problem(code="E-FIC-10", file=path.name)])
    names = list(map(str, frame))
    cells = [
        text_column(
            [_text(value, meta.variable_value_labels.get(name, {})) for value in frame[name].tolist()]
        )
        for name in names
    ]
    body = Body(columns=cells, rows=np.arange(2, len(frame) + 2))
    grid = Grid(head=[names], below=lambda index, names: body, place=Place(file=path.name))
    header = find_header(grid, headers) if headers else named_header(grid, 0)
    return table_of(
        grid, header, encoding=meta.file_encoding, delimiter=None, sha256=sha256, notes=(), others=True
    )


def _text(value: Any, labels: dict[Any, str]) -> str:
    if value in labels:
        return labels[value]
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    return cell_text(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)
