"""From the bytes of a workbook (xlsx, xlsm, ods) to rows of text."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from impactkit.errors import DataError, Problem
from impactkit.files.finding import hint, listed
from impactkit.text import Message

# A workbook of 200 000 rows opens to about 200 MB; those made to exhaust memory open to gigabytes.
_MOST_BYTES = 600_000_000
_MOST_RATIO = 200
_SMALL_ENOUGH = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRows:
    """The rows of a sheet as text, the first one being row 1, and filled sheets that are hidden."""

    rows: list[list[str]]
    sheet: str
    hidden: tuple[str, ...]


def read_sheet(data: bytes, *, sheet: str | None, name: str) -> SheetRows:
    """Read one sheet; without a name, the only filled one that is visible.

    Parameters
    ----------
    data : bytes
        A zipped workbook.
    sheet : str or None
    name : str
        What the file is called in problems.

    Raises
    ------
    DataError
        When the workbook is too big, damaged or not a workbook, or the sheet cannot be told.
    """
    _refuse_oversized(data, name=name)
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        visible, hidden = _filled_sheets(book)
        chosen = sheet or _only(visible, name=name)
        if chosen not in book.sheet_names:
            params = {"hint": hint(chosen, book.sheet_names), "sheets": listed(book.sheet_names)}
            raise DataError([Problem(code="E-FIC-09", params=params, file=name, sheet=chosen)])
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except CalamineError:
        raise DataError([Problem(code="E-FIC-10", file=name)]) from None
    return SheetRows(
        rows=[[cell_text(cell) for cell in row] for row in rows],
        sheet=chosen,
        hidden=tuple(item for item in hidden if sheet is None and item != chosen),
    )


def cell_text(cell: object) -> str:
    """Write a cell as text: whole numbers without decimals, others with a decimal comma, dates as ISO.

    The comma keeps a number apart from a text such as ``1.234``, in which the point may mean thousands.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)).normalize():f}".replace(".", ",")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _refuse_oversized(data: bytes, *, name: str) -> None:
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile:
        raise DataError([Problem(code="E-FIC-10", file=name)]) from None
    if not any(member.filename in ("xl/workbook.xml", "content.xml") for member in members):
        params = {"kind": Message("problem.kind.zip")}
        raise DataError([Problem(code="E-FIC-05", params=params, file=name)])
    size = sum(member.file_size for member in members)
    if size > _MOST_BYTES or size > max(_SMALL_ENOUGH, _MOST_RATIO * len(data)):
        raise DataError([Problem(code="E-FIC-01", file=name)])


def _filled_sheets(book: CalamineWorkbook) -> tuple[list[str], list[str]]:
    """Return the names of the sheets that hold something: visible ones, hidden ones."""
    worksheets = [item for item in book.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet]
    if len(worksheets) == 1:
        return [worksheets[0].name], []
    filled = [item for item in worksheets if _is_filled(book.get_sheet_by_name(item.name))]
    visible = [item.name for item in filled if item.visible == SheetVisibleEnum.Visible]
    return visible, [item.name for item in filled if item.name not in visible]


def _is_filled(sheet: CalamineSheet) -> bool:
    return sheet.end is not None


def _only(visible: list[str], *, name: str) -> str:
    if not visible:
        raise DataError([Problem(code="E-FIC-07", file=name)])
    if len(visible) > 1:
        raise DataError([Problem(code="E-FIC-08", params={"sheets": listed(visible)}, file=name)])
    return visible[0]
