"""Writing a synthesis: its page in the formats asked for, and its data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from impactkit.document.formats import FORMATS, Format
from impactkit.document.formats import written as in_format
from impactkit.document.to_xlsx import Sheet, to_xlsx
from impactkit.files.at_once import write_bytes, write_text
from impactkit.synthesis.layout import synthesis_document
from impactkit.synthesis.tables import DataTable, Value, synthesis_tables
from impactkit.synthesis.together import Synthesis
from impactkit.text import Language

__all__ = ["FORMATS", "NAME", "Format", "write_synthesis"]

NAME = "synthesis"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_synthesis(
    found: Synthesis, *, out: Path, formats: Sequence[Format], language: Language, name: str = NAME
) -> tuple[Path, ...]:
    """Write the page of a synthesis and its data: xlsx, json and one csv per table.

    Parameters
    ----------
    found : Synthesis
    out : Path
        The folder of the files ``synthesis.<format>``, ``synthesis.xlsx``, ``synthesis.json`` and
        ``tables/<table>.csv``; it is made when needed.
    formats : sequence of {"html", "pdf", "docx", "odt"}
    language : {"fr", "en"}
    name : str
        Of the files, without what follows the dot.

    Returns
    -------
    tuple of Path
        The files written, the page first.
    """
    document = synthesis_document(found, language=language)
    tables = synthesis_tables(found, language=language)
    written = [out / f"{name}.{kind}" for kind in formats]
    for path, kind in zip(written, formats, strict=True):
        write_bytes(path, in_format(document, kind))
    written.append(out / f"{name}.xlsx")
    write_bytes(written[-1], to_xlsx([_sheet(table) for table in tables]))
    written.append(out / f"{name}.json")
    data = {table.key: [dict(zip(table.header, row, strict=True)) for row in table.rows] for table in tables}
    write_text(written[-1], json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    for table in tables:
        written.append(out / "tables" / f"{table.key}.csv")
        write_text(written[-1], _csv(table))
    return tuple(written)


def _sheet(table: DataTable) -> Sheet:
    columns = range(len(table.header))
    numeric = frozenset(
        i for i in columns if any(isinstance(row[i], (int, float)) for row in table.rows)
    ) - frozenset(i for i in columns if any(isinstance(row[i], str) for row in table.rows))
    return Sheet(name=table.title, header=table.header, rows=table.rows, numeric=numeric)


def _csv(table: DataTable) -> str:
    """Write with semicolons and a mark of encoding, as French spreadsheets read; numbers keep their point."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([_safe(value) for value in row] for row in table.rows)
    return "\ufeff" + text.getvalue()


def _safe(value: Value) -> Value:
    """Keep a text from running as a formula in a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA) else value
