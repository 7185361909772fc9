"""The formats of a report, all written from one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from impactkit.document.blocks import Document
from impactkit.document.to_page import to_page
from impactkit.files.at_once import write_bytes, write_text

Format = Literal["html", "pdf", "docx"]
FORMATS: tuple[Format, ...] = get_args(Format)
STEM = "report"


class FormatError(Exception):
    """A format of a report that could not be written.

    Attributes
    ----------
    format : {"html", "pdf", "docx"}
    """

    def __init__(self, format_: Format) -> None:
        super().__init__(format_)
        self.format = format_


def as_formats(names: Sequence[str]) -> tuple[Format, ...]:
    """Return the formats asked for, in one order and once each; the page is always among them.

    HTML is the accessible version, which the others go with and the index leads to.

    Raises
    ------
    ValueError
        When one is not known.
    """
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise ValueError(f"unknown format {unknown[0]!r}: choose among {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name == "html" or name in names)


def write_formats(document: Document, folder: Path, formats: Sequence[Format]) -> None:
    """Write ``report.<format>`` for each format.

    Raises
    ------
    FormatError
        Caused by whatever went wrong.
    """
    for name in formats:
        path = folder / f"{STEM}.{name}"
        try:
            if name == "html":
                write_text(path, to_page(document))
            elif name == "pdf":
                # These two are loaded where they are asked for: most batches want the page alone.
                from impactkit.document.to_pdf import to_pdf

                write_bytes(path, to_pdf(document))
            else:
                from impactkit.document.to_docx import to_docx

                write_bytes(path, to_docx(document))
        except Exception as error:
            raise FormatError(name) from error
