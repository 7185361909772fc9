"""Documents made by hand, and what is read of them in each format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
import pikepdf

from impactkit.document.blocks import Block, Document, Heading
from impactkit.report.layout import Page
from impactkit.report.material import Material
from records import RECORDS, study

# The sections of the shipped template that stand under a heading of their own.
HEADINGS = {
    "need": "Besoin",
    "flow": "Personnes",
    "method": "Méthode",
    "effect": "Résultats",
    "annex": "Annexe",
}
SECTIONS = (
    "header", "headline", "need", "intended_effect", "flow", "method", "balance", "effect", "secondary",
    "publics", "saying", "solidity", "checks", "annex",
)  # fmt: skip


def report_document(name: str = "did", language: str = "fr") -> Document:
    """The report of a record, as a document."""
    record = RECORDS[name]()
    contract = study()
    action = contract.action(record.action)
    page = Page(Material(record=record, study=contract, action=action, language=language))
    blocks: list[Block] = []
    for section in SECTIONS:
        if section in HEADINGS:
            blocks.append(Heading(text=HEADINGS[section], level=2))
        blocks += getattr(page, section)().blocks
    return Document(title=action.title.text(language), language=language, blocks=tuple(blocks))


def document_of(*blocks: Block, language: str = "fr", title: str = "Titre") -> Document:
    return Document(title=title, language=language, blocks=blocks)


def tags(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every element of a PDF's structure."""

    def walk(node: Any) -> Iterator[Any]:
        if isinstance(node, pikepdf.Array):
            for child in node:
                yield from walk(child)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                yield node
            if "/K" in node:
                yield from walk(node.K)

    yield from walk(pdf.Root.StructTreeRoot.K)


def tag_names(pdf: pikepdf.Pdf) -> list[str]:
    return [str(node.S).removeprefix("/") for node in tags(pdf)]


def open_pdf(made: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(made))


def open_docx(made: bytes) -> Any:
    return docx.Document(io.BytesIO(made))


def docx_part(made: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        return held.read(name).decode()


def docx_text(made: bytes) -> str:
    """All the text of a DOCX file, its tables included."""
    opened = open_docx(made)
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells])
