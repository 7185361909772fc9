"""The formats of a report, all written from one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from impactkit.document.blocks import Document
from impactkit.document.formats import FORMATS, Format, written
from impactkit.files.at_once import write_bytes

STEM = "report"


class FormatError(Exception):
    """A format of a report that could not be written.

    Attributes
    ----------
    format : {"html", "pdf", "docx", "odt"}
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
        try:
            write_bytes(folder / f"{STEM}.{name}", written(document, name))
        except Exception as error:
            raise FormatError(name) from error
