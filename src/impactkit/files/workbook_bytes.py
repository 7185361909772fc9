"""Writing a workbook: cells that stay text, and bytes without date or author that were in no file before.

The library that writes workbooks puts each sheet in a temporary file of the system, dates every part and
reads a text that begins with ``=`` as a formula; it is kept from all three here.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import SizedBuffer
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

# What no XML may hold: a text that has one is written without it.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What a spreadsheet reads as a character by its number (_x0041_ for A), unless its first sign is written so.
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Beyond this length, Excel shows ##### in place of a cell whose format is text.
LONGEST_TEXT_FORMAT = 255
_OLDEST = (1980, 1, 1, 0, 0, 0)
# Who made the workbook and when: nobody, never.
_CORE = "docProps/core.xml"
_NO_PROPERTIES = (
    '<coreProperties xmlns="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)


def new_workbook() -> Workbook:
    """Return a workbook without a sheet."""
    from openpyxl import Workbook  # a fifth of a second

    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def write_text(cell: Cell, text: str) -> None:
    """Write a cell that stays a text for every spreadsheet, whatever it begins with, also once edited."""
    cell.value = spreadsheet_text(text)
    if len(text) <= LONGEST_TEXT_FORMAT:
        cell.number_format = "@"
    if cell.value:
        cell.data_type = "s"
        cell.quotePrefix = True


def spreadsheet_text(text: str) -> str:
    """Return a text as a workbook holds it: what no XML may hold left out, nothing read as a code."""
    kept = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CODED.sub("_x005F_", kept)


def workbook_bytes(book: Workbook) -> bytes:
    """Return the bytes of a workbook: the same for the same cells, and no part of them in a file before."""
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):  # type: ignore[misc]
        """Writes worksheets without the temporary file in which their text would be."""

        def write_worksheet(self, sheet: Worksheet) -> None:
            writer = WorksheetWriter(sheet, io.BytesIO())
            writer.write()
            sheet._rels = writer._rels
            self._archive.writestr(sheet.path[1:], writer.read())
            self.manifest.append(sheet)

    data = io.BytesIO()
    with _Undated(data, "w", zipfile.ZIP_DEFLATED) as archive:
        InMemory(book, archive).save()
    return data.getvalue()


class _Undated(zipfile.ZipFile):
    """An archive whose members bear the oldest date that the format can say, and that names no author."""

    def writestr(
        self,
        zinfo_or_arcname: str | zipfile.ZipInfo,
        data: SizedBuffer | str,
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        member = zipfile.ZipInfo(name, _OLDEST)
        member.compress_type = zipfile.ZIP_DEFLATED
        super().writestr(member, _NO_PROPERTIES if name == _CORE else data, compress_type, compresslevel)
