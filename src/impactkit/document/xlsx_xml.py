"""The parts of a workbook as XML: cells, sheets, their few styles, and the archive that holds them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from enum import IntEnum
from xml.sax.saxutils import escape

from impactkit.files.workbook_bytes import LONGEST_TEXT_FORMAT, spreadsheet_text

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FIRST_DAY = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the earliest that an archive can hold: the day it was written is not told
_HEIGHT = ' ht="{:g}" customHeight="1"'
_RIGHT = '<alignment horizontal="right" vertical="top" wrapText="1"/>'
# Days are counted from here; a spreadsheet believes that the 29 February 1900 was one of them.
_DAY_ZERO, _LAST_SHIFTED = dt.datetime(1899, 12, 30), 60


class Style(IntEnum):
    """How a cell looks, by its rank in the table of styles.

    Those that are not numbers, dates or empty say that what they hold is text; beyond a length a spreadsheet
    shows ##### for such a cell, and the format of a ``LONG`` one says nothing.
    """

    CAPTION = 1
    LONG_CAPTION = 2
    HEADER = 3
    LONG_HEADER = 4
    HEADER_RIGHT = 5
    LONG_HEADER_RIGHT = 6
    TEXT = 7
    LONG_TEXT = 8
    EMPTY_TEXT = 9
    PLAIN = 10
    PLAIN_RIGHT = 11
    DATE = 12
    DATE_RIGHT = 13


def text_cell(place: str, text: str, style: Style) -> str:
    """Return a cell that stays a text for every spreadsheet, whatever it begins with, also once edited.

    Parameters
    ----------
    place : str
        As ``B3``.
    text : str
    style : Style
        For a text of usual length: that of a long or empty one stands next to it.
    """
    said = spreadsheet_text(text)
    if not said:
        return f'<c r="{place}" s="{Style.EMPTY_TEXT if style is Style.TEXT else style:d}"/>'
    long = len(text) > LONGEST_TEXT_FORMAT
    kept = "" if said == said.strip() else ' xml:space="preserve"'
    return f'<c r="{place}" s="{style + long:d}" t="inlineStr"><is><t{kept}>{escape(said)}</t></is></c>'


def value_cell(place: str, value: float | dt.date | None, *, right: bool) -> str:
    """Return a cell that holds a number, a day or nothing."""
    if isinstance(value, dt.date):
        return f'<c r="{place}" s="{Style.DATE + right:d}"><v>{_serial(value):.16g}</v></c>'
    style = Style.PLAIN + right
    if value is None:
        return f'<c r="{place}" s="{style:d}"/>'
    return f'<c r="{place}" s="{style:d}"><v>{value:.16g}</v></c>'


def letter(column: int) -> str:
    """Return the name of a column, from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def sheet_part(
    rows: Sequence[tuple[str, float | None]],
    *,
    widths: Sequence[float],
    top: int,
    offered: Mapping[str, str],
) -> str:
    """Return a sheet whose first rows stay in sight, printed across and as wide as the paper.

    Parameters
    ----------
    rows : sequence of (str, float or None)
        The cells of each, and its height in points; a spreadsheet's own when ``None``.
    widths : sequence of float
        Of the columns, in characters.
    top : int
        How many rows stay in sight.
    offered : mapping of str to str
        Choices, separated by commas, by the range where they are offered.
    """
    view = (
        f'<sheetView workbookViewId="0"><pane ySplit="{top}" topLeftCell="A{top + 1}" '
        'activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A1" sqref="A1"/>'
        "</sheetView>"
    )
    columns = "".join(
        f'<col width="{width:g}" customWidth="1" min="{rank}" max="{rank}"/>'
        for rank, width in enumerate(widths, 1)
    )
    lines = "".join(
        f'<row r="{rank}"{"" if height is None else _HEIGHT.format(height)}>{cells}</row>'
        for rank, (cells, height) in enumerate(rows, 1)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{letter(len(widths) - 1)}{len(rows)}"/><sheetViews>{view}</sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{lines}</sheetData>'
        f"{_validations(offered)}"
        '<pageMargins left="0.75" right="0.75" top="1" bottom="1" header="0.5" footer="0.5"/>'
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _validations(offered: Mapping[str, str]) -> str:
    if not offered:
        return ""
    written = "".join(
        f'<dataValidation type="list" allowBlank="1" sqref="{place}">'
        f'<formula1>"{escape(said)}"</formula1></dataValidation>'
        for place, said in offered.items()
    )
    return f'<dataValidations count="{len(offered)}">{written}</dataValidations>'


def workbook(sheets: Mapping[str, str]) -> bytes:
    """Return the file of a workbook: the same for the same sheets, without date nor author.

    Parameters
    ----------
    sheets : mapping of str to str
        As `sheet_part` gives them, by their names.
    """
    ranks = range(1, len(sheets) + 1)
    named = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{rank}" r:id="rId{rank}"/>'
        for rank, name in zip(ranks, sheets, strict=True)
    )
    paths = [f"xl/worksheets/sheet{rank}.xml" for rank in ranks]
    parts = {
        "[Content_Types].xml": _types(paths),
        "_rels/.rels": _relations(
            {
                "xl/workbook.xml": f"{_OFFICE}/officeDocument",
                "docProps/core.xml": f"{_PACKAGE}/relationships/metadata/core-properties",
            }
        ),
        "docProps/core.xml": f'{_HEAD}<coreProperties xmlns="{_PACKAGE}/metadata/core-properties"/>',
        "xl/workbook.xml": (
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
            f"<sheets>{named}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": _relations(
            {**{f"/{path}": f"{_OFFICE}/worksheet" for path in paths}, "styles.xml": f"{_OFFICE}/styles"}
        ),
        "xl/styles.xml": _styles(),
        **dict(zip(paths, sheets.values(), strict=True)),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr, entry.create_system = 0o600 << 16, 3
            archive.writestr(entry, content)
    return made.getvalue()


def _types(sheets: Sequence[str]) -> str:
    kinds = {
        "xl/workbook.xml": f"{_TYPES}.sheet.main+xml",
        "xl/styles.xml": f"{_TYPES}.styles+xml",
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        **dict.fromkeys(sheets, f"{_TYPES}.worksheet+xml"),
    }
    named = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{named}</Types>'
    )


def _relations(targets: Mapping[str, str]) -> str:
    named = "".join(
        f'<Relationship Id="rId{rank}" Type="{kind}" Target="{target}"/>'
        for rank, (target, kind) in enumerate(targets.items(), 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{named}</Relationships>'


def _styles() -> str:
    """Return the table of styles, in the order of `Style`."""
    text, plain, date = "49", "0", "14"  # formats that every spreadsheet has
    said = 'quotePrefix="1"'
    wrapped, right = '<alignment vertical="top" wrapText="1"/>', _RIGHT
    looks = [
        (plain, 0, "", ""),
        *((kind, 1, said, "") for kind in (text, plain)),
        *((kind, 2, said, wrapped) for kind in (text, plain)),
        *((kind, 2, said, right) for kind in (text, plain)),
        *((kind, 0, said, wrapped) for kind in (text, plain)),
        (text, 0, "", wrapped),
        *((plain, 0, "", set_) for set_ in (wrapped, right)),
        *((date, 0, "", set_) for set_ in (wrapped, right)),
    ]
    written = "".join(
        f'<xf numFmtId="{kind}" fontId="{font}" fillId="{2 if font == 2 else 0}" borderId="0" xfId="0" '
        f'applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1" {quoted}>{alignment}</xf>'
        for kind, font, quoted, alignment in looks
    )
    fonts = "".join(
        f'<font>{"<b/>" if bold else ""}<sz val="{size}"/><name val="Calibri"/><family val="2"/></font>'
        for bold, size in ((False, 11), (True, 13), (True, 11))
    )
    fills = "".join(
        f"<fill>{fill}</fill>"
        for fill in (
            '<patternFill patternType="none"/>',
            '<patternFill patternType="gray125"/>',
            '<patternFill patternType="solid"><fgColor rgb="FFE8EDF2"/></patternFill>',
        )
    )
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="3">{fonts}</fonts><fills count="3">{fills}</fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(looks)}">{written}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _serial(day: dt.date) -> float:
    """Return a day, and the hour of one that has it, as a spreadsheet counts them."""
    moment = day if isinstance(day, dt.datetime) else dt.datetime.combine(day, dt.time())
    days = (moment.replace(tzinfo=None) - _DAY_ZERO) / dt.timedelta(days=1)
    return days - 1 if 0 < days <= _LAST_SHIFTED else days
