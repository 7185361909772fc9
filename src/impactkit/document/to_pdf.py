"""A document as PDF: tagged, PDF/UA-1, its drawings as vectors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from impactkit.document.as_json import to_json
from impactkit.document.blocks import (
    Block,
    Cell,
    Document,
    Figure,
    Folded,
    Foreign,
    Grid,
    Image,
    Points,
    Table,
    Verdict,
)
from impactkit.document.columns import widths
from impactkit.document.notes import note_lines
from impactkit.document.paged import REGIONS, paged
from impactkit.document.pdf_rows import with_row_headers
from impactkit.document.pictures import plain_svg
from impactkit.document.readable import readable
from impactkit.document.signs import MARKS, MOST, SIGNS, STATUS_TONES, TONES
from impactkit.document.typeset import typeset_pdf
from impactkit.html import colours, page_footer, stylesheet
from impactkit.text import Language

_TEMPLATE = Path(__file__).with_name("document.typ")


def to_pdf(document: Document) -> bytes:
    """Write a document as a PDF file that follows PDF/UA-1 (ISO 14289-1): tagged, titled, in its language.

    Starts typst's threads: call it in a process that is not forked afterwards.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        The same for the same document, whatever the machine and the day.

    Examples
    --------
    >>> from impactkit.document.blocks import Document, Paragraph
    >>> made = to_pdf(Document(title="Bilan", language="fr", blocks=(Paragraph(text="Deux phrases."),)))
    >>> made[:5]
    b'%PDF-'
    """
    language = document.language
    files = {"main.typ": _TEMPLATE.read_bytes()}
    content = {
        "title": document.title,
        "language": language,
        "region": REGIONS[language],
        "footer": page_footer(language),
        "look": {**colours(str(stylesheet())), "most": MOST},
        "blocks": [_written(block, language, files) for block in paged(document)],
    }
    # Content reaches typst as values of this file, never as markup: nothing a user wrote can be a command.
    files["document.json"] = json.dumps(_readable(content), ensure_ascii=False).encode()
    return with_row_headers(typeset_pdf(files))


def _written(block: Block, language: Language, files: dict[str, bytes]) -> dict[str, Any]:
    """Return a block as plain values, its pictures put among the files."""
    plain: dict[str, Any] = to_json(block)
    match block:
        case Table():
            return plain | {"grid": _grid(block.grid), "note": note_lines(block.note, language)}
        case Figure():
            file = _put(files, plain_svg(block.svg), "svg")
            note = note_lines(block.note, language)
            return {**plain, "svg": None, "data": None, "file": file, "note": note}
        case Image():
            return {**plain, "png": None, "file": _put(files, block.png, "png")}
        case Verdict():
            return plain | {"tone": TONES[block.attribution], "sign": SIGNS[block.attribution]}
        case Folded():
            return plain | {"blocks": [_written(item, language, files) for item in block.blocks]}
        case Foreign():
            inner = [_written(item, language, files) for item in block.blocks]
            return {"kind": "Foreign", "blocks": inner}
        case Points():
            return plain | {"items": _ranked(plain["items"])}
    return plain


def _put(files: dict[str, bytes], content: bytes, ending: str) -> str:
    name = f"{len(files)}.{ending}"
    files[name] = content
    return name


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "caption": grid.caption,
        "header": grid.header,
        "numeric": sorted(grid.numeric),
        "widths": widths(grid),
        "rows": [[_cell(cell) for cell in row] for row in grid.rows],
    }


def _cell(cell: Cell) -> dict[str, str | None]:
    if cell.status is None:
        return {"text": cell.text, "mark": None}
    return {"text": cell.text, "mark": MARKS[cell.status], "tone": STATUS_TONES[cell.status]}


def _ranked(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each item its rank among those of its depth."""
    ranks: list[int] = []
    ranked = []
    for item in items:
        depth = item["depth"]
        ranks = [*ranks[: depth + 1], *[0] * (depth + 1 - len(ranks))]
        ranks[depth] += 1
        ranked.append({**item, "rank": ranks[depth]})
    return ranked


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {name: _readable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(item) for item in value]
    return value
