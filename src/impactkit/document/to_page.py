"""A document as one self-contained page, in the frame that every page shares."""

from __future__ import annotations

import re
from collections import Counter

from markupsafe import Markup

from impactkit.document.blocks import Document
from impactkit.document.outline import outline
from impactkit.document.to_html import to_html
from impactkit.html import FRAME_FOLDER, page_frame, page_template

_TEMPLATE = FRAME_FOLDER / "page.html.j2"
_FRAME_ANCHORS = ("content", "contents")  # those of base.html.j2 and page.html.j2
_REGION = re.compile(r'(<div class="ik-scroll" role="region"[^>]*? aria-label=")([^"]*)')
_ANCHOR = re.compile(r'id="(?<!\wid=")([^"]*)"')  # plain letters first: found twenty times faster


def to_page(document: Document) -> str:
    """Write a document as an HTML page that fetches nothing and runs nothing.

    Parameters
    ----------
    document : Document
        Its headings of level 2 are the sections of the page, listed under what precedes them.

    Returns
    -------
    str
        A whole HTML document.

    Examples
    --------
    >>> from impactkit.document.blocks import Document, Paragraph
    >>> page = to_page(Document(title="Bilan", language="fr", blocks=(Paragraph(text="Deux phrases."),)))
    >>> "<h1>Bilan</h1>" in page
    True
    """
    language = document.language
    shown = to_html(document.blocks, language)
    found = outline(document, taken=(*_FRAME_ANCHORS, *_ANCHOR.findall(shown)))
    parts = [
        {
            "anchor": part.heading.anchor,
            "title": part.heading.text,
            "body": Markup(to_html(part.blocks, language)),
        }
        for part in found.parts
    ]
    page = page_template(_TEMPLATE).render(
        page=page_frame(document.title, language), lead=Markup(to_html(found.lead, language)), parts=parts
    )
    return _regions_told_apart(page)


def _regions_told_apart(page: str) -> str:
    """Give regions of tables and figures that bear one name a number: a screen reader lists them by it."""
    seen: Counter[str] = Counter()

    def numbered(found: re.Match[str]) -> str:
        seen[found[2]] += 1
        return found[0] if seen[found[2]] == 1 else f"{found[1]}{found[2]} ({seen[found[2]]})"

    return _REGION.sub(numbered, page)
