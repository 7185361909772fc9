"""The workbook that a new contract starts from: three tables to fill in, and a sheet that explains them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from impactkit.document.to_xlsx import Sheet, to_xlsx
from impactkit.files.midterm.headers import HEADERS, KEYS, TableName
from impactkit.files.midterm.rows import YEARS
from impactkit.text import Language, Message

# Rows offered with their lists of choices: a contract has about eleven actions, each with two years.
_ROWS: Mapping[TableName, int] = {"actions": 30, "indicators": 200, "funding": 60}
WORKBOOK: Mapping[Language, str] = {"fr": "mi_parcours.xlsx", "en": "mid_term.xlsx"}


def blank_workbook(language: Language) -> bytes:
    """Return the workbook, its headers those that are read without any mapping.

    Examples
    --------
    >>> blank_workbook("fr")[:2]
    b'PK'
    """
    tables = [_table(name, language) for name in HEADERS]
    return to_xlsx([*tables, _explanations(language)])


def _table(name: TableName, language: Language) -> Sheet:
    headers = HEADERS[name]
    offered: dict[int, Sequence[str]] = {}
    for i, header in enumerate(headers.values()):
        choices = _choices(header.kind, language)
        if choices:
            offered[i] = choices
    return Sheet(
        name=Message(f"midterm.sheet.{name}").text(language),
        header=[header.text(language) for header in headers.values()],
        rows=[(None,) * len(headers)] * _ROWS[name],
        choices=offered,
    )


def _choices(kind: str, language: Language) -> Sequence[str]:
    """Return what may be chosen in a column."""
    keys = {
        "boolean": ("midterm.yes", "midterm.no"),
        "decision": ("midterm.decision.continue", "midterm.decision.modify", "midterm.decision.stop"),
        "level": ("midterm.level.national", "midterm.level.local"),
    }
    if kind == "year":
        return [str(year) for year in YEARS]
    return [Message(key).text(language) for key in keys.get(kind, ())]


def _explanations(language: Language) -> Sheet:
    """Return what each column is, and whether a row needs it."""
    rows = [
        (
            Message(f"midterm.sheet.{name}").text(language),
            header.text(language),
            key,
            Message("midterm.needed" if key in KEYS[name] else "midterm.may_wait").text(language),
            Message(f"midterm.help.{name}.{key}").text(language),
        )
        for name, headers in HEADERS.items()
        for key, header in headers.items()
    ]
    names = ("sheet", "column", "key", "needed", "meaning")
    return Sheet(
        name=Message("midterm.sheet.help").text(language),
        header=[Message(f"midterm.help_column.{name}").text(language) for name in names],
        rows=rows,
    )
