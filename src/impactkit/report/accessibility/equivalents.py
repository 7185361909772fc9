"""Text equivalents of pictures, captions and headers of tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from impactkit.report.accessibility.finding import Finding, found, named
from impactkit.report.page_tree import Element

_SHOWN_CHARACTERS = 60
_SCOPES = ("col", "row", "colgroup", "rowgroup")
_FILE = re.compile(r"[\w-]+\.(?:png|jpe?g|gif|svg|webp)", re.IGNORECASE)
# Words that say what an element is, not what it shows.
_GENERIC = frozenset(
    {
        "image",
        "figure",
        "graphique",
        "graph",
        "chart",
        "plot",
        "photo",
        "picture",
        "illustration",
        "figure sans description",
        "figure without a description",
        "no description has been provided for this image",
    }
)


def equivalents(page: Element) -> Iterator[Finding]:
    """Check that each picture is told in words of its own, with its numbers."""
    told: list[str] = []
    for item in page.inside("img", "svg"):
        if item.attributes.get("aria-hidden") == "true" or item.attributes.get("alt") == "":
            # Decorative, says the page: an image that shows results never is.
            if item.tag == "img":
                yield found("alt_missing", "1.1", tag=item.tag)
            continue
        if item.tag == "svg" and item.attributes.get("role") != "img":
            yield found("svg_role", "1.1", name=named(item))
        words = item.attributes.get("alt", "") if item.tag == "img" else _description(item)
        if not words.strip():
            yield found("alt_missing", "1.1", tag=item.tag)
        elif _says_nothing(words):
            yield found("alt_generic", "1.3", alt=named(item))
        told.append(" ".join(words.split()))
    for words, times in Counter(told).items():
        if words and times > 1 and not _says_nothing(words):
            yield found("alt_repeated", "1.3", alt=words[:_SHOWN_CHARACTERS], n=times)
    for figure in page.inside("figure"):
        if not any(item.text.strip() for item in figure.inside("figcaption")):
            yield found("figcaption", "1.9", name=named(figure))
        drawn = [_description(item) for item in figure.inside("svg")]
        drawn += [item.attributes.get("alt", "") for item in figure.inside("img")]
        data = " ".join(cell.text for cell in figure.inside("td"))
        if not data.strip():
            yield found("figure_data", "1.6", name=named(figure))
        elif re.search(r"\d", data) and not all(re.search(r"\d", words) for words in drawn):
            yield found("alt_without_numbers", "1.3", name=named(figure))


def _description(svg: Element) -> str:
    return " ".join(item.text.strip() for item in svg.inside("desc")) or svg.attributes.get("aria-label", "")


def _says_nothing(words: str) -> bool:
    plain = " ".join(words.split()).strip(" .:–-").casefold()
    return plain in _GENERIC or bool(_FILE.fullmatch(plain))


def tables(page: Element) -> Iterator[Finding]:
    """Check captions and headers."""
    for table in page.inside("table"):
        if table.attributes.get("role") == "presentation":
            continue
        captions = [item.text.strip() for item in table.inside("caption")]
        if not any(captions):
            yield found("caption", "5.4", name=named(table))
        headers = list(table.inside("th"))
        if not headers:
            yield found("no_header", "5.6", name=named(table))
        if any(item.attributes.get("scope") not in _SCOPES for item in headers):
            yield found("scope", "5.7", name=captions[0] if any(captions) else named(table))
        if any(not item.text.strip() for item in headers):
            yield found("header_empty", "5.6", name=captions[0] if any(captions) else named(table))
