"""The answers of one respondent, written into the questionnaire of a pact: no widget here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from impactkit.errors import Problem, StudyError, require
from impactkit.files.fold import fold
from impactkit.files.model import Study
from impactkit.files.reading.parse_dates import date_of
from impactkit.forms.changes.words import COLUMNS, heading, named, word
from impactkit.forms.definition import FormDefinition, definition
from impactkit.lab.answer_sheet import open_sheet, write_sheet
from impactkit.text import LANGUAGES, Language

# The headings without which a file holds no answers, and those of what may be answered besides.
_NEEDED = ("respondent", "type", "code", "level")
_ANSWERED = ("share", "proof", "date", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a respondent says of a change, in the words' short names; what is empty says nothing.

    Attributes
    ----------
    level, share : str
        ``"worse"``, ``"same"``…; ``"none"``, ``"partly"``…
    proof, source : str
    date : date or None
    """

    level: str = ""
    share: str = ""
    proof: str = ""
    date: dt.date | None = None
    source: str = ""


def form_asked() -> FormDefinition:
    """Return the shipped questionnaire: the changes it asks about."""
    return definition("form_pacte_changes")


def sheet_path(study: Study) -> Path:
    """Return the file that a study declares for its answers.

    Raises
    ------
    StudyError
        When it declares none.
    """
    require(study, Study)
    if study.changes is None:
        raise StudyError([Problem(code="E-EVO-08", file=study.path.name, place="changes.path")])
    return study.folder / study.changes.path


def replies_of(study: Study, respondent: str) -> tuple[str, dict[str, Reply]]:
    """Return the type of a respondent and the replies already written, by change."""
    sheet, columns, language = _opened(study)
    kind, found = "", {}
    for row in _rows_of(sheet, columns, respondent):
        cell = {name: sheet.cell(row, column).value for name, column in columns.items()}
        kind = kind or _named("type", cell["type"], language)
        found[str(cell["code"])] = Reply(
            level=_named("level", cell["level"], language),
            share=_named("share", cell["share"], language),
            proof=str(cell["proof"] or ""),
            date=_date(cell["date"]),
            source=str(cell["source"] or ""),
        )
    return kind, found


def write_replies(study: Study, respondent: str, kind: str, replies: Mapping[str, Reply]) -> Path:
    """Write a respondent's replies in their rows of the file, or in new ones; nothing else changes.

    Parameters
    ----------
    study : Study
    respondent : str
        A number, never a name.
    kind : str
        The short name of the respondent's type.
    replies : mapping of str to Reply
        By change.
    """
    sheet, columns, language = _opened(study)
    rows = {str(sheet.cell(row, columns["code"]).value): row for row in _rows_of(sheet, columns, respondent)}
    labels = {item.key: item.label.text(language) for _, item in form_asked().items}
    for key, reply in replies.items():
        row = rows.get(key) or sheet.max_row + 1
        values: dict[str, Any] = {
            "respondent": respondent,
            "type": word("type", kind, language),
            "code": key,
            "item": labels[key],
            "level": word("level", reply.level, language) if reply.level else None,
            "share": word("share", reply.share, language) if reply.share else None,
            "proof": reply.proof or None,
            "date": reply.date,
            "source": reply.source or None,
        }
        for name, column in columns.items():
            value = values[name]
            cell = sheet.cell(row, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # what someone writes never runs as a formula
    path = sheet_path(study)
    write_sheet(sheet, path)
    return path


def _opened(study: Study) -> tuple[Worksheet, dict[str, int], Language]:
    """Return the sheet of answers, where its columns stand, and the language of its headings."""
    path = sheet_path(study)
    assert study.changes is not None
    sheet = open_sheet(path, sheet=study.changes.sheet)
    titles = {fold(str(cell.value)): cell.column for cell in sheet[1] if cell.value}
    for language in LANGUAGES:
        found = {name: titles.get(fold(heading(name, language))) for name in COLUMNS}
        columns = {name: column for name, column in found.items() if column is not None}
        if set(_NEEDED) <= set(columns):
            for name in _ANSWERED:
                if name not in columns:  # a file that someone made may lack what none of its answers has
                    columns[name] = sheet.max_column + 1
                    sheet.cell(1, columns[name], heading(name, language))
            return sheet, columns, language
    raise StudyError([Problem(code="E-EVO-08", file=study.changes.path)])


def _rows_of(sheet: Worksheet, columns: Mapping[str, int], respondent: str) -> list[int]:
    first = columns["respondent"]
    return [row for row in range(2, sheet.max_row + 1) if str(sheet.cell(row, first).value) == respondent]


def _named(column: str, text: object, language: Language) -> str:
    return (named(column, str(text)) or "") if text else ""


def _date(value: object) -> dt.date | None:
    """Read a date of a workbook, or one written as text."""
    if isinstance(value, dt.datetime):
        return value.date()
    read = date_of(fold(str(value))) if value else None
    return read if isinstance(read, dt.date) else None
