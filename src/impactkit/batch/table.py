"""The manifest as a table that a French spreadsheet opens as it is."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

# Excel reads UTF-8 when the file says so in its first bytes.
_MARK = "\ufeff"
# A cell that begins with one of these would be run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table_of(rows: Iterable[BaseModel]) -> str:
    """Return lines of the manifest as semicolon-separated text, one column per field, decimal commas.

    Parameters
    ----------
    rows : iterable of Row
    """
    lines = list(rows)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    names = list(type(lines[0]).model_fields) if lines else ["study", "action", "state"]
    writer.writerow(names)
    for line in lines:
        writer.writerow([_cell(getattr(line, name)) for name in names])
    return _MARK + text.getvalue()


def _cell(value: Any) -> str:
    """Write a value as a cell; a text stays a text, whatever it begins with."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}".replace(".", ",")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, text in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
