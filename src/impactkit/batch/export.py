"""The pages that readers open: an executed notebook as a document, or a failure as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from impactkit.document.as_json import MIME, from_beside_html
from impactkit.document.blocks import Block, Document, Foreign, Heading, Image, Paragraph, Title
from impactkit.document.from_html import from_html
from impactkit.document.from_markdown import decoded_png, from_markdown
from impactkit.html import page_frame, page_template
from impactkit.text import Language, Message

# The templates of the batch's own pages.
PAGES = Path(__file__).parent / "html"
# For whoever opens the template in JupyterLab: not a part of the page.
HIDDEN = "remove_cell"


def document_of(notebook: Mapping[str, Any], *, title: str, language: Language) -> Document:
    """Return an executed notebook as a document: its markdown and what its cells display, never its code.

    Parameters
    ----------
    notebook : mapping
        In the notebook format 4; left unchanged.
    title : str
        Of the window or the file.
    language : {"fr", "en"}

    Returns
    -------
    Document
        The sections that impactkit displays are taken as the blocks that they are made of.
    """
    found: list[Block] = []
    for block in _shown(notebook, language):
        # The sections' own header is the title; a second one in the user's words opens a section.
        if isinstance(block, Title) and any(isinstance(other, Title) for other in found):
            found.append(Heading(text=block.text, level=2))
        else:
            found.append(block)
    return Document(title=title, language=language, blocks=tuple(found))


def export_failure(
    *, title: str, study: str, action: str, reason: str, language: Language, remedy: str | None = None
) -> str:
    """Return the page of a report that could not be made: why, and what to do.

    Parameters
    ----------
    title : str
        Of the action.
    study : str
        Title of the study.
    action : str
        Identifier of the action.
    reason : str
        One problem a line; it holds no personal value.
    language : {"fr", "en"}
    remedy : str, optional
        What to do, where it is not to mend the study and its files.
    """
    return page_template(PAGES / "failure.html.j2").render(
        page=page_frame(title, language, footer="report.failure.footer"),
        study=study,
        action=action,
        reason=reason,
        remedy=remedy,
        say=lambda key: Message(f"report.failure.{key}").text(language),
    )


def _shown(notebook: Mapping[str, Any], language: Language) -> Iterator[Block]:
    for cell in notebook["cells"]:
        if HIDDEN in cell["metadata"].get("tags", ()):
            continue
        if cell["cell_type"] == "markdown":
            yield from from_markdown(_joined(cell["source"]), pictures=_attached(cell))
        elif cell["cell_type"] == "code":
            for output in cell["outputs"]:
                yield from _displayed(output, cell["metadata"], language)


def _attached(cell: Mapping[str, Any]) -> dict[str, str]:
    """Return the pictures that a cell keeps, by the address that its text gives them."""
    kept = cell.get("attachments", {})
    return {
        f"attachment:{name}": _joined(data["image/png"]) for name, data in kept.items() if "image/png" in data
    }


def _displayed(output: Mapping[str, Any], cell: Mapping[str, Any], language: Language) -> tuple[Block, ...]:
    """Return what a cell displays: blocks, HTML or an image; an error's text may hold personal values."""
    if output["output_type"] == "error":
        return (Paragraph(text=Message("report.failure.cell_failed").text(language), tone="strong"),)
    data = output.get("data", {})
    html = _joined(data.get("text/html", ""))
    if MIME in data:
        try:
            return from_beside_html(data[MIME], html)
        except ValueError:
            # Not impactkit's own: what it shows is still shown, as anything else is.
            pass
    if html:
        return (Foreign(html=html, blocks=from_html(html)),)
    png = decoded_png(_joined(data.get("image/png", "")))
    if png is None:
        return ()
    described = output.get("metadata", {}).get("image/png", {})
    alt = described.get("alt") or cell.get("alt") or Message("report.figure.no_alt").text(language)
    return (Image(png=png, alt=alt),)


def _joined(text: str | Sequence[str]) -> str:
    """Return a text that the notebook format may have cut into lines."""
    return text if isinstance(text, str) else "".join(text)
