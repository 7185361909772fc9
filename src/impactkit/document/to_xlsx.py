"""Tables as a workbook: text stays text, numbers stay numbers, dates are dates."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from impactkit.document.xlsx_xml import Style, letter, sheet_part, text_cell, value_cell, workbook

Value = str | int | float | dt.date | None

LONGEST_TEXT = 32_767  # characters in a cell
_LONGEST_NAME = 31  # characters in the name of a sheet
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NARROWEST, _WIDEST = 10, 80  # characters
_LINE, _TALLEST = 15.0, 409.0  # points; no spreadsheet shows a taller row
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
    taken: set[str] = set()
    return workbook({_name(sheet.name, taken): _written(sheet) for sheet in sheets})


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


def _written(sheet: Sheet) -> str:
    above = [] if sheet.caption is None else [(text_cell("A1", sheet.caption, Style.CAPTION), None)]
    top = len(above) + 1
    letters = [letter(column) for column in range(len(sheet.header))]
    widths = [_width(sheet, column) for column in range(len(sheet.header))]
    header = "".join(
        text_cell(f"{name}{top}", text, Style.HEADER_RIGHT if column in sheet.numeric else Style.HEADER)
        for column, (name, text) in enumerate(zip(letters, sheet.header, strict=True))
    )
    rows = [
        (
            "".join(
                _cell(f"{name}{top + rank}", value, sheet, right=column in sheet.numeric)
                for column, (name, value) in enumerate(zip(letters, row, strict=True))
            ),
            _height(row, widths),
        )
        for rank, row in enumerate(sheet.rows, 1)
    ]
    return sheet_part(
        [*above, (header, _height(sheet.header, widths)), *rows],
        widths=widths,
        top=top,
        offered=_offered(sheet, top),
    )


def _cell(place: str, value: Value, sheet: Sheet, *, right: bool) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueError(
                f"a text of {len(value)} characters in sheet {sheet.name!r}; at most {LONGEST_TEXT}"
            )
        return text_cell(place, value, Style.TEXT)
    if isinstance(value, bool):
        raise ValueError(f"a truth value in sheet {sheet.name!r}; write it in words")
    if isinstance(value, int | float) and not math.isfinite(value):
        raise ValueError(f"a number that is not finite in sheet {sheet.name!r}; write why in words")
    return value_cell(place, value, right=right)


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


def _offered(sheet: Sheet, top: int) -> dict[str, str]:
    """Return what may be chosen, by the range where it is offered."""
    offered = {}
    for column, choices in sheet.choices.items():
        said = ",".join(choices)
        # A choice that holds a comma, or a list too long, cannot be said in the cell: it is then typed.
        if (
            not sheet.rows
            or len(said) > _LONGEST_CHOICES
            or any("," in item or '"' in item for item in choices)
        ):
            continue
        name = letter(column)
        offered[f"{name}{top + 1}:{name}{top + len(sheet.rows)}"] = said
    return offered
