"""The formats that a document is written in."""

from __future__ import annotations

from typing import Literal, get_args

from impactkit.document.blocks import Document
from impactkit.document.to_page import to_page

Format = Literal["html", "pdf", "docx", "odt"]
FORMATS: tuple[Format, ...] = get_args(Format)


def written(document: Document, form: Format) -> bytes:
    """Return a document in a format, as the bytes of its file."""
    # Those of an office are loaded where they are asked for: most batches want the page alone.
    if form == "html":
        return to_page(document).encode()
    if form == "pdf":
        from impactkit.document.to_pdf import to_pdf

        return to_pdf(document)
    if form == "docx":
        from impactkit.document.to_docx import to_docx

        return to_docx(document)
    from impactkit.document.to_odt import to_odt

    return to_odt(document)
