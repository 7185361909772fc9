"""A filled form as DOCX."""

from __future__ import annotations

from impactkit.document.blocks import Document
from impactkit.document.to_docx import to_docx
from impactkit.forms.blocks import form_blocks
from impactkit.forms.form import Form


def form_document(form: Form) -> Document:
    """Return a form as a document, from which any format is written."""
    title = f"{form.title} – {form.subtitle}"
    return Document(title=title, language=form.language, blocks=form_blocks(form))


def form_docx(form: Form) -> bytes:
    """Return the DOCX of a form."""
    return to_docx(form_document(form))
