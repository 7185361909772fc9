"""Looking at a workbook before any parser opens it: what is hostile is refused at once.

A workbook is a zip of XML files. What is looked for is what makes parsers fail: too much once open, a cell
so far away that the sheet between is huge, definitions of documents and entities, paths that leave the
folder.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from impactkit.errors import DataError, Problem
from impactkit.text import Message

# A workbook of 200 000 rows opens to about 200 MB; those made to exhaust memory open to gigabytes.
_MOST_BYTES = 600_000_000
_MOST_RATIO = 200
_SMALL_ENOUGH = 20_000_000
# A sheet takes memory for all cells up to its furthest ones. Empty ones may be many, not these many.
_MOST_CELLS = 5_000_000
_MOST_EMPTY_RATIO = 50
_MOST_REPEATS = 10_000
_EXCEL_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_OPEN_SHEET = "content.xml"
# Cells that hold something: those that only have a style are not read.
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Za-z]{1,3})(\d{1,7})[\"'][^>]*(?<!/)>")
# A cell in a column after ZZ and at a row after the ten thousandth.
_FAR = re.compile(rb"\br=[\"'][A-Za-z]{3}\d{5}")
_REPEATED = re.compile(rb"<table:table-cell\b[^>]*?number-columns-repeated=\"(\d+)\"[^>]*>")
_REPEATED_ROWS = re.compile(
    rb"<table:table-row\b[^>]*?number-rows-repeated=\"(\d+)\"[^>]*>(.*?)</table:table-row>", re.S
)
# What `zipfile` raises on archives that are cut, encrypted, compressed in unknown ways or untrue.
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_DEFINITIONS = (b"<!DOCTYPE", b"<!ENTITY")
_HEAD_BYTES = 4096


def look_into(data: bytes, *, name: str, large: int) -> int:
    """Refuse a workbook that is damaged, hostile or too big, without parsing it; return its size once open.

    Parameters
    ----------
    data : bytes
    name : str
        What the file is called in problems.
    large : int
        From this size on, cells are not looked at one by one: such workbooks are read in a bounded program.

    Raises
    ------
    DataError
        Damaged (E-FIC-10), not a workbook (E-FIC-05), too big once open (E-FIC-01), a sheet far wider or
        longer than its cells (E-FIC-02), definitions of documents or entities (E-FIC-03), members whose
        paths leave the folder (E-FIC-06).
    """
    size, code = 0, None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size, code = _look(archive, len(data), large)
    except _DAMAGED:
        code = "E-FIC-10"
    if code == "E-FIC-05":
        params = {"kind": Message("problem.kind.zip")}
        raise DataError([Problem(code=code, params=params, file=name)])
    if code:
        raise DataError([Problem(code=code, file=name)])
    return size


def _look(archive: zipfile.ZipFile, compressed: int, large: int) -> tuple[int, str | None]:
    members = archive.infolist()
    names = [member.filename.replace("\\", "/") for member in members]
    size = sum(member.file_size for member in members)
    if any(name.startswith("/") or ".." in name.split("/") or ":" in name for name in names):
        return size, "E-FIC-06"
    if not any(name in ("xl/workbook.xml", _OPEN_SHEET) for name in names):
        return size, "E-FIC-05"
    if size > _MOST_BYTES or size > max(_SMALL_ENOUGH, _MOST_RATIO * compressed):
        return size, "E-FIC-01"
    for member, name in zip(members, names, strict=True):
        if name.lower().endswith((".xml", ".rels")):
            code = _look_at(archive, member, name, exact=size < large)
            if code:
                return size, code
    return size, None


def _look_at(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, *, exact: bool) -> str | None:
    """Return what is wrong with a member: its head is read, and the whole of a sheet."""
    with archive.open(member) as stream:
        head = stream.read(_HEAD_BYTES)
        plain = head.replace(b"\0", b"").upper()
        if any(word in plain for word in _DEFINITIONS):
            return "E-FIC-03"
        if _EXCEL_SHEET.fullmatch(name):
            return _far_cells(head + stream.read(), exact=exact)
        if name == _OPEN_SHEET:
            return _many_repeats(head + stream.read())
    return None


def _far_cells(xml: bytes, *, exact: bool) -> str | None:
    """Compare the extent of a sheet with the cells it writes."""
    if not exact and not _FAR.search(xml):
        return None
    written = rows = columns = 0
    for found in _CELL.finditer(xml):
        written += 1
        rows = max(rows, int(found.group(2)))
        columns = max(columns, _number(found.group(1).upper()))
    return "E-FIC-02" if rows * columns > max(_MOST_CELLS, _MOST_EMPTY_RATIO * written) else None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _many_repeats(xml: bytes) -> str | None:
    """Refuse filled cells or rows repeated more than a person would."""
    for found in _REPEATED.finditer(xml):
        if int(found.group(1)) > _MOST_REPEATS and b"office:value" in found.group():
            return "E-FIC-02"
    for found in _REPEATED_ROWS.finditer(xml):
        if int(found.group(1)) > _MOST_REPEATS and b"office:value" in found.group(2):
            return "E-FIC-02"
    return None
