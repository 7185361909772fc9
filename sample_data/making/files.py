"""Writing files as evaluators get them, byte for byte the same at each run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

NSP = "NSP"  # « ne sait pas » : no answer
BLANK = ""
MADE_ON = dt.datetime(2026, 4, 9, 12, 0, 0)

Cell = str | int | float | dt.date | None
Row = TypeVar("Row", bound=Sequence[Cell])


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, encoding: str, delimiter: str = ";"
) -> None:
    """Write text cells with the line ends of a spreadsheet's export."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(
    path: Path, sheets: dict[str, Sequence[Sequence[Cell]]], *, merged: Sequence[str] = ()
) -> None:
    """Write a workbook of rows by sheet; ``merged`` ranges are those of the first sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "impactkit"
    book.properties.created = MADE_ON
    for name, rows in sheets.items():
        _fill(book.create_sheet(name), rows)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(_undated(raw.getvalue()))


def _fill(sheet: Worksheet, rows: Sequence[Sequence[Cell]]) -> None:
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, dt.date):
                cell.number_format = "DD/MM/YYYY"


def _undated(workbook: bytes) -> bytes:
    """Give the archive and its « modified » property one date: openpyxl writes the time of day."""
    stamp = MADE_ON.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            member = zipfile.ZipInfo(name, date_time=MADE_ON.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0  # not the machine's
            new.writestr(member, content)
    return out.getvalue()


def yes_no(answer: bool) -> str:
    """Write an answer as forms do."""
    return "Oui" if answer else "Non"


def euros(amount: float) -> str:
    """Write an amount with a decimal comma."""
    return f"{amount:.2f}".replace(".", ",")


def repeat_rows(rng: np.random.Generator, rows: list[Row], *, times: int) -> list[Row]:
    """Repeat some rows exactly, further down, as a double click on « export » does."""
    out = list(rows)
    for picked in rng.choice(len(rows), size=times, replace=False):
        out.insert(int(rng.integers(picked + 1, len(out) + 1)), rows[int(picked)])
    return out
