"""The pages that readers open: an executed notebook, or a failure, as one self-contained HTML file."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impactkit.html import FRAME_FOLDER, page_frame, page_template
from impactkit.text import Language, Message

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter

_TEMPLATES = Path(__file__).parent / "html"
_NAME = "impactkit"
# The templates of the batch's own pages; nbconvert asks for this folder's name and layout.
PAGES = _TEMPLATES / _NAME
# For whoever opens the template in JupyterLab: not a part of the page.
HIDDEN = "remove_cell"

_SECTION = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ANCHOR = re.compile(r'\bid="([^"]*)"')
_FRAME_ANCHORS = ("content", "contents")  # those of base.html.j2 and index.html.j2
# What would run, or fetch something from elsewhere when the page is opened.
_ACTIVE_PAIR = re.compile(r"<(script|iframe|object)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_ACTIVE_TAG = re.compile(r"<(?:script|iframe|object|embed|link|base)\b[^>]*>", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"<img\b(?![^>]*\bsrc=[\"']data:)[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page: the anchor and the title (HTML) of its heading, and what follows it."""

    anchor: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What stands before the first heading of the notebook's markdown, then its sections."""

    lead: str
    sections: tuple[Part, ...]


def export_html(notebook: Any, *, title: str, language: Language) -> str:
    """Return an executed notebook as a page: its markdown and what its cells display, never its code.

    Parameters
    ----------
    notebook : NotebookNode
        Left unchanged.
    title : str
        Of the page, as a browser's tab shows it.
    language : {"fr", "en"}

    Returns
    -------
    str
        An HTML document that fetches nothing and runs nothing.
    """
    page = page_frame(title, language)
    text, _ = _exporter().from_notebook_node(notebook, {"page": page})
    return str(text)


def export_failure(*, title: str, study: str, action: str, reason: str, language: Language) -> str:
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
    """
    return page_template(PAGES / "failure.html.j2").render(
        page=page_frame(title, language, footer="report.failure.footer"),
        study=study,
        action=action,
        reason=reason,
        say=lambda key: Message(f"report.failure.{key}").text(language),
    )


@cache
def _exporter() -> TemplateExporter:
    """Return the exporter, made once: making one costs as much as using it."""
    # Importing nbformat would build a grammar for a second of processor time, through jsonschema's optional
    # format checks (python-jsonschema/jsonschema#1521). nbconvert itself is imported here because whoever
    # only runs a batch never needs it: only the worker processes do.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from nbconvert.exporters import TemplateExporter

    return TemplateExporter(  # type: ignore[no-untyped-call]
        template_name=_NAME,
        extra_template_basedirs=[str(_TEMPLATES)],
        extra_template_paths=[str(FRAME_FOLDER)],
        file_extension=".html",
        default_preprocessors=[],
        filters={"parts_of_page": parts_of_page},
    )


def parts_of_page(notebook: Any, language: Language) -> Parts:
    """Gather what a page shows of a notebook, cut at its headings of level 2."""
    lead: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    for cell in notebook.cells:
        if HIDDEN in cell.metadata.get("tags", ()):
            continue
        if cell.cell_type == "markdown":
            first, *rest = _SECTION.split(_markdown(cell.source))
            (sections[-1][1] if sections else lead).append(first)
            sections.extend((title, [body]) for title, body in zip(rest[::2], rest[1::2], strict=True))
        elif cell.cell_type == "code":
            shown = [_display(output, cell.metadata, language) for output in cell.outputs]
            (sections[-1][1] if sections else lead).extend(shown)
    bodies = [*lead, *(piece for _, body in sections for piece in body)]
    taken = {*_FRAME_ANCHORS, *_ANCHOR.findall("".join(bodies))}
    return Parts(
        lead=_anchored("\n".join(lead), taken),
        sections=tuple(
            Part(anchor=_anchor(title, taken), title=title, body=_anchored("\n".join(body), taken))
            for title, body in sections
        ),
    )


def _markdown(source: str) -> str:
    """Write markdown as HTML; HTML in it is shown as text, and images from elsewhere are left out."""
    # Imported with nbconvert: see `_exporter`.
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    return _inert(str(MarkdownWithMath(renderer=renderer).render(source)))


def _display(output: Mapping[str, Any], cell: Mapping[str, Any], language: Language) -> str:
    """Write what a cell displays: HTML or an image; the text of an error may hold personal values."""
    if output["output_type"] == "error":
        return f'<p class="ik-strong">{escape(Message("report.failure.cell_failed").text(language))}</p>'
    data = output.get("data", {})
    if "text/html" in data:
        return _inert(_joined(data["text/html"]))
    if "image/png" in data:
        described = output.get("metadata", {}).get("image/png", {})
        alt = described.get("alt") or cell.get("alt") or Message("report.figure.no_alt").text(language)
        encoded = _joined(data["image/png"]).replace("\n", "")
        return f'<p><img class="ik-image" src="data:image/png;base64,{encoded}" alt="{escape(alt)}"></p>'
    return ""


def _inert(html: str) -> str:
    """Take away what would run or fetch something; impactkit's own sections have nothing of the kind."""
    for pattern in (_ACTIVE_PAIR, _ACTIVE_TAG, _REMOTE_IMAGE):
        html = pattern.sub("", html)
    return html


def _joined(text: str | Sequence[str]) -> str:
    """Return a text that the notebook format may have cut into lines."""
    return text if isinstance(text, str) else "".join(text)


def _anchored(html: str, taken: set[str]) -> str:
    """Give each heading that has none an identifier."""
    return _HEADING.sub(
        lambda found: f'<h{found[1]} id="{_anchor(found[2], taken)}">{found[2]}</h{found[1]}>', html
    )


def _anchor(title: str, taken: set[str]) -> str:
    """Return an identifier made from a title (HTML), different from those taken."""
    plain = unicodedata.normalize("NFKD", unescape(_TAG.sub("", title)).replace("’", "'")).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    base = re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "section"
    anchor, rank = base, 2
    while anchor in taken:
        anchor, rank = f"{base}-{rank}", rank + 1
    taken.add(anchor)
    return anchor
