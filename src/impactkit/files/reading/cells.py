"""The cells of a workbook as columns of text; also a program of its own, for workbooks read apart.

It imports nothing of impactkit: ``python cells.py FILE SHEET`` starts quickly, and is all that ends when a
parser does.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

_ROWS_AT_ONCE = 20_000
_MOST_MEMORY = 4_000_000_000
# How the program ends when the workbook is damaged.
DAMAGED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheets:
    """The sheets of a workbook and the cells of the one chosen.

    Attributes
    ----------
    names : list of str
        Every sheet.
    visible, hidden : list of str
        Filled ones.
    chosen : str or None
        The sheet asked for, else the only filled one that is visible; ``None`` when there is none such.
    cells : Table
        Columns of text, the first row being row 1; without columns when no sheet is chosen.
    """

    names: list[str]
    visible: list[str]
    hidden: list[str]
    chosen: str | None
    cells: pa.Table = field(repr=False)


def read_cells(source: str, sheet: str | None) -> Sheets:
    """Read one sheet as text.

    Raises
    ------
    CalamineError
        When the workbook is damaged.
    """
    book = CalamineWorkbook.from_path(source)
    worksheets = [item for item in book.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet]
    opened: dict[str, CalamineSheet] = {}
    if sheet is None and len(worksheets) > 1:
        opened = {item.name: book.get_sheet_by_name(item.name) for item in worksheets}
        filled = [item for item in worksheets if opened[item.name].end is not None]
    else:
        filled = worksheets
    visible = [
        item.name for item in filled if item.visible == SheetVisibleEnum.Visible or len(worksheets) == 1
    ]
    hidden = [item.name for item in filled if item.name not in visible]
    chosen = sheet if sheet in book.sheet_names else None
    if sheet is None and len(visible) == 1:
        chosen = visible[0]
    cells = pa.table({})
    if chosen is not None:
        cells = _columns(opened[chosen] if chosen in opened else book.get_sheet_by_name(chosen))
    return Sheets(names=list(book.sheet_names), visible=visible, hidden=hidden, chosen=chosen, cells=cells)


def _columns(sheet: CalamineSheet) -> pa.Table:
    if sheet.end is None:
        return pa.table({})
    width = sheet.end[1] + 1
    schema = pa.schema([(str(i), pa.large_string()) for i in range(width)])
    rows = iter(sheet.iter_rows())
    batches = []
    # A slice at a time: the objects of a whole sheet weigh several times its text.
    while slice_ := list(islice(rows, _ROWS_AT_ONCE)):
        columns = [pa.array(_texts(column), type=pa.large_string()) for column in zip(*slice_, strict=True)]
        batches.append(pa.record_batch(columns, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def _texts(cells: tuple[object, ...]) -> list[str]:
    """Write the cells of a column as text, each distinct one that is not a text once."""
    if all(type(cell) is str for cell in cells):
        return list(cells)  # type: ignore[arg-type]
    known: dict[tuple[type, object], str] = {}
    texts = []
    for cell in cells:
        if type(cell) is str:
            texts.append(cell)
            continue
        # True and 1.0 are the same key of a dictionary: the type tells them apart.
        key = (type(cell), cell)
        text = known.get(key)
        if text is None:
            text = known[key] = cell_text(cell)
        texts.append(text)
    return texts


def cell_text(cell: object) -> str:
    """Write a cell as text: whole numbers without decimals, others with a decimal comma, dates as ISO.

    The comma keeps a number apart from a text such as ``1.234``, in which the point may mean thousands.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _number_text(number: float) -> str:
    text = repr(number)
    if "e" in text or "n" in text:
        return f"{Decimal(text).normalize():f}".replace(".", ",")
    return text.removesuffix(".0").replace(".", ",")


def main(source: str, sheet: str | None) -> int:
    """Write the cells of a workbook on the standard output, as an Arrow stream; memory is bounded."""
    _bound_memory()
    try:
        read = read_cells(source, sheet)
    except CalamineError:
        return DAMAGED
    known = {"names": read.names, "visible": read.visible, "hidden": read.hidden, "chosen": read.chosen}
    table = read.cells.replace_schema_metadata({"sheets": json.dumps(known)})
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)
    return 0


def _bound_memory() -> None:
    """Bound the memory of this process where the system has limits."""
    if sys.platform == "win32":
        return
    import resource  # Windows has none

    # Some systems have the limit and refuse to set it: the time-out is left.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
