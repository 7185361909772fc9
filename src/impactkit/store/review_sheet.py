"""The workbook in which links are decided by hand: what to do, then one line per pair.

It shows names. It is written for its owner alone, at once or not at all, and nowhere else than in the
record's folder: the library that writes it would put the cells in a temporary file of the system, and is kept
from it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from impactkit.errors import DataError
from impactkit.files.reading.locked import not_opened
from impactkit.files.workbook_bytes import new_workbook, workbook_bytes, write_text
from impactkit.store.review import Decision, Pair, headers, word
from impactkit.text import Message

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WORDS = {"yes": "oui", "no": "non", "new": "nouveau"}
_SHOWN = ("last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email")
_TO_READ = ("private", "pairs", "yes", "no", "new", "blank", "keep", "then")
# Characters wide: decision, initials, note, row, score, line, person; then identities.
_WIDTHS = (12, 11, 32, 8, 8, 24, 24)
_WIDTH = 22
_TO_FILL = 3


def write_sheet(
    path: Path,
    pairs: Sequence[Pair],
    decisions: Sequence[Decision],
    *,
    new: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the pairs to decide, readable by their owner alone; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
    pairs : sequence of Pair
    decisions : sequence of Decision
        Those made already: a sheet half filled keeps them.
    new, known : mapping of str to mapping
        Identity of each line of the file, and of each person.
    """
    made = {(item.line, item.person): item for item in decisions}
    lines = []
    for pair in pairs:
        shown = [side[name] for name in _SHOWN for side in (new[pair.line], known[pair.person])]
        decided = made.get((pair.line, pair.person))
        said = (WORDS[decided.choice], decided.initials, decided.note) if decided else ("", "", "")
        lines.append([*said, str(pair.row), f"{pair.score:.3f}", pair.line, pair.person, *shown])
    _write_at_once(path, workbook_bytes(_book(lines)))


def _book(lines: Sequence[Sequence[str]]) -> Workbook:
    book = new_workbook()
    _write_guide(book.create_sheet(word("read_me")))
    _write_lines(book.create_sheet(word("sheet")), lines)
    return book


def _write_guide(sheet: Worksheet) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.column_dimensions["A"].width = 100
    for row, text in enumerate([Message("store.review.title"), *_guide()], start=1):
        cell = sheet.cell(row=row, column=1, value=str(text))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=row <= 2, size=14 if row == 1 else 11)


def _guide() -> Iterable[Message]:
    return (Message(f"store.review.to_read.{name}") for name in _TO_READ)


def _write_lines(sheet: Worksheet, lines: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sides = (word("file"), word("record"))
    names = [*headers(), *(f"{word(name)} ({side})" for name in _SHOWN for side in sides)]
    for row, texts in enumerate([names, *lines], start=1):
        for column, text in enumerate(texts, start=1):
            write_text(sheet.cell(row=row, column=column), text)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    to_fill = PatternFill("solid", fgColor="FFF2CC")
    for cells in sheet.iter_rows(min_row=2, max_col=_TO_FILL):
        for cell in cells:
            cell.fill = to_fill
    for i in range(len(names)):
        width = _WIDTHS[i] if i < len(_WIDTHS) else _WIDTH
        sheet.column_dimensions[get_column_letter(i + 1)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    choices = DataValidation(type="list", formula1=f'"{",".join(WORDS.values())}"', allow_blank=True)
    choices.showErrorMessage = True
    choices.error = str(Message("store.review.choose"))
    choices.add(f"A2:A{len(lines) + 1}")
    sheet.add_data_validation(choices)


def _write_at_once(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except PermissionError as error:  # open in a spreadsheet, on Windows
        partial.unlink(missing_ok=True)
        raise DataError([not_opened(error, path.name)]) from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
