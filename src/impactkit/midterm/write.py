"""Writing the report in each format: a file is there whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from impactkit.document.blocks import Document
from impactkit.document.formats import FORMATS, Format, written
from impactkit.document.to_xlsx import to_xlsx
from impactkit.files.at_once import write_bytes
from impactkit.midterm.layout import midterm_blocks
from impactkit.midterm.report import MidtermReport
from impactkit.midterm.sheets import midterm_sheets
from impactkit.text import Language, Message

__all__ = ["FORMATS", "NAME", "Format", "midterm_document", "write_midterm"]

NAME = "midterm"
USUAL: tuple[Format, ...] = ("html", "docx", "pdf")


def midterm_document(report: MidtermReport, language: Language) -> Document:
    """Return the report as the document that every writer takes."""
    params = {"title": Message("midterm.title"), "contract": report.study.title}
    return Document(
        title=Message("midterm.window", params).text(language),
        language=language,
        blocks=midterm_blocks(report, language),
    )


def write_midterm(
    report: MidtermReport, out: Path, *, language: Language, formats: Sequence[Format] = USUAL
) -> tuple[Path, ...]:
    """Write ``midterm.xlsx`` and ``midterm.<format>`` in a folder, made if it does not exist.

    Parameters
    ----------
    report : MidtermReport
    out : Path
    language : {"fr", "en"}
    formats : sequence of {"html", "pdf", "docx", "odt"}

    Returns
    -------
    tuple of Path
        The files, in the order of ``formats``, then the workbook.
    """
    document = midterm_document(report, language)
    contents = {f"{NAME}.{name}": written(document, name) for name in formats}
    contents[f"{NAME}.xlsx"] = to_xlsx(midterm_sheets(report, language))
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_bytes(out / name, content)
    return tuple(out / name for name in contents)
