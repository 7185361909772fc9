"""The file of the answers as a sheet to write in, whether it is a workbook or a text table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from impactkit.errors import DataError
from impactkit.files.at_once import write_bytes
from impactkit.files.reading.decode import decode, kind_of
from impactkit.files.reading.delimited import opened
from impactkit.files.reading.grid import Place
from impactkit.files.reading.locked import not_opened

_FORMULA = ("=", "+", "-", "@")


def open_sheet(path: Path, *, sheet: str | None) -> Worksheet:
    """Return a file's sheet, the first one by default; a text table is the only sheet of a new workbook.

    Raises
    ------
    DataError
        When the file cannot be opened or read.
    """
    data = _data(path)
    if kind_of(data) != "text":
        book = load_workbook(io.BytesIO(data))
        return book[sheet] if sheet else book.worksheets[0]
    table: Worksheet = Workbook().active
    for row in _rows(data, path.name)[1]:
        table.append([cell or None for cell in row])
    return table


def write_sheet(sheet: Worksheet, path: Path) -> None:
    """Write the sheet where it was opened from, as the kind of file that it was, all at once."""
    data = _data(path)
    if kind_of(data) != "text":
        kept = io.BytesIO()
        sheet.parent.save(kept)
        write_bytes(path, kept.getvalue())
        return
    delimiter, _ = _rows(data, path.name)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([_as_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
    # The mark by which spreadsheets know the accents.
    write_bytes(path, text.getvalue().encode("utf-8-sig"))


def _data(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError([not_opened(error, path.name)]) from None


def _rows(data: bytes, name: str) -> tuple[str, list[list[str]]]:
    """Return what separates the cells of a text table, and all its rows."""
    decoded = decode(data, name=name)
    text = opened(decoded, place=Place(file=name))
    lines = io.StringIO(text.data.decode(text.codec), newline="")
    return text.delimiter, list(csv.reader(lines, delimiter=text.delimiter))


def _as_text(value: object) -> str:
    """Write a cell; what someone writes never runs as a formula in a spreadsheet."""
    text = "" if value is None else str(value)
    return f" {text}" if text.startswith(_FORMULA) else text
