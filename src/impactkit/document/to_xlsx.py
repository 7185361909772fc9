"""Tables as a workbook: text stays text, numbers stay numbers, dates are dates."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impactkit.files.workbook_bytes import new_workbook, workbook_bytes, write_text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | dt.date | None

LONGEST_TEXT = 32_767  # characters in a cell
_LONGEST_NAME = 31  # characters in the name of a sheet
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NARROWEST, _WIDEST = 10, 80  # characters
_LINE, _TALLEST = 15.0, 409.0  # points; no spreadsheet shows a taller row
_DATE = "mm-dd-yy"  # the built-in format that every spreadsheet shows as its own language writes a short date
_LONGEST_CHOICES = 255  # characters that a list of choices may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of a workbook: a header and rows of the same length.

    Attributes
    ----------
    name : str
        Name of the sheet; what a spreadsheet refuses in it is left out.
    header : sequence of str
    rows : sequence of sequences
        Of text, numbers, dates or ``None`` for an empty cell.
    numeric : frozenset of int
        Columns, from 0, whose values are numbers: they are set to the right.
    caption : str or None
        What the table is, in a row above the header.
    choices : mapping of int to sequence of str
        For a sheet to fill in: what may be chosen in a column, from 0, offered as a list.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    numeric: frozenset[int] = frozenset()
    caption: str | None = None
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"every row of sheet {self.name!r} must have {len(self.header)} cells")


def to_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Write sheets as a workbook in which no text can run as a formula.

    Parameters
    ----------
    sheets : sequence of Sheet
        At least one, in order.

    Returns
    -------
    bytes
        The same for the same sheets: neither date nor author is in them.

    Raises
    ------
    ValueError
        When there is no sheet, a number is not finite, or a text is longer than a cell can hold.

    Examples
    --------
    >>> sheet = Sheet(name="Actions", header=("Action", "Personnes"), rows=[("=1+1", 42)])
    >>> to_xlsx([sheet])[:2]
    b'PK'
    """
    if not sheets:
        raise ValueError("a workbook needs at least one sheet")
    book = new_workbook()
    taken: set[str] = set()
    for sheet in sheets:
        _write(book.create_sheet(_name(sheet.name, taken)), sheet)
    return workbook_bytes(book)


def _name(name: str, taken: set[str]) -> str:
    """Return a name that a spreadsheet takes, and that no sheet before has."""
    plain = _NOT_IN_A_NAME.sub(" ", name).strip(" '")[:_LONGEST_NAME].strip(" '") or "–"
    free, n = plain, 1
    while free.lower() in taken:
        n += 1
        end = f" ({n})"
        free = plain[: _LONGEST_NAME - len(end)] + end
    taken.add(free.lower())
    return free


def _write(to: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    top = 1
    if sheet.caption is not None:
        write_text(to.cell(row=1, column=1), sheet.caption)
        to.cell(row=1, column=1).font = Font(bold=True, size=13)
        top = 2
    for column, name in enumerate(sheet.header):
        cell = to.cell(row=top, column=column + 1)
        write_text(cell, name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EDF2")
        cell.alignment = Alignment(
            wrap_text=True, vertical="top", horizontal="right" if column in sheet.numeric else None
        )
    for i, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            _write_value(to, top + 1 + i, column, value, sheet)
    widths = [_width(sheet, column) for column in range(len(sheet.header))]
    for column, width in enumerate(widths):
        to.column_dimensions[get_column_letter(column + 1)].width = width
    for i, row in enumerate((sheet.header, *sheet.rows)):
        to.row_dimensions[top + i].height = _height(row, widths)
    to.freeze_panes = f"A{top + 1}"
    to.page_setup.orientation = "landscape"
    to.page_setup.fitToHeight = 0
    to.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    _offer(to, sheet, top)


def _write_value(to: Worksheet, row: int, column: int, value: Value, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment

    cell = to.cell(row=row, column=column + 1)
    to_right = column in sheet.numeric and not isinstance(value, str)
    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="right" if to_right else None)
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueError(
                f"a text of {len(value)} characters in sheet {sheet.name!r}; at most {LONGEST_TEXT}"
            )
        write_text(cell, value)
    elif isinstance(value, bool):
        raise ValueError(f"a truth value in sheet {sheet.name!r}; write it in words")
    elif isinstance(value, dt.date):
        cell.value = value
        cell.number_format = _DATE
    elif value is not None:
        if not math.isfinite(value):
            raise ValueError(f"a number that is not finite in sheet {sheet.name!r}; write why in words")
        cell.value = value


def _width(sheet: Sheet, column: int) -> float:
    """Return the width that shows the longest line of a column, within reason."""
    texts = [sheet.header[column], *(row[column] for row in sheet.rows)]
    longest = max(len(line) for text in texts for line in (str(text or "").split("\n")))
    return float(min(max(longest + 2, _NARROWEST), _WIDEST))


def _height(row: Sequence[Value], widths: Sequence[float]) -> float:
    """Return the height that shows a row's longest text: not every spreadsheet makes rows fit."""
    lines = (
        sum(math.ceil(max(len(line), 1) / width) for line in str(value or "").split("\n"))
        for value, width in zip(row, widths, strict=True)
    )
    return min(_LINE * max(lines), _TALLEST)


def _offer(to: Worksheet, sheet: Sheet, top: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for column, choices in sheet.choices.items():
        said = ",".join(choices)
        # A choice that holds a comma, or a list too long, cannot be said in the cell: it is then typed.
        if (
            not sheet.rows
            or len(said) > _LONGEST_CHOICES
            or any("," in item or '"' in item for item in choices)
        ):
            continue
        offered = DataValidation(type="list", formula1=f'"{said}"', allow_blank=True)
        letter = get_column_letter(column + 1)
        offered.add(f"{letter}{top + 1}:{letter}{top + len(sheet.rows)}")
        to.add_data_validation(offered)
