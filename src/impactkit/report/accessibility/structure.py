"""Language, title, headings and landmarks of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from impactkit.report.accessibility.finding import Finding, found, named
from impactkit.report.page_tree import Element

_LANGUAGES = ("fr", "en")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NO_ZOOM = re.compile(r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*1(?:\.0*)?\s*(?:,|$)")


def language(page: Element) -> Iterator[Finding]:
    """Check that the language is told."""
    spoken = [item.attributes.get("lang", "") for item in page.inside("html")]
    if not spoken or spoken[0].partition("-")[0] not in _LANGUAGES:
        yield found("lang", "8.3", found=spoken[0] if spoken and spoken[0] else "–")


def title(page: Element) -> Iterator[Finding]:
    """Check that the window has a title."""
    heads = [item for head in page.inside("head") for item in head.inside("title")]
    if not any(item.text.strip() for item in heads):
        yield found("title", "8.5")


def headings(page: Element) -> Iterator[Finding]:
    """Check that headings make one tree."""
    shown = list(page.inside(*_HEADINGS))
    first = sum(item.tag == "h1" for item in shown)
    if first != 1:
        yield found("one_h1", "9.1", n=first)
    if shown and shown[0].tag != "h1":
        yield found("heading_first", "9.1", heading=named(shown[0]))
    for before, after in pairwise(shown):
        if int(after.tag[1]) > int(before.tag[1]) + 1:
            yield found(
                "heading_order", "9.1", heading=named(after), level=after.tag[1], before=before.tag[1]
            )
    for item in shown:
        if not item.text.strip():
            yield found("heading_empty", "9.1", level=item.tag[1])


def landmarks(page: Element) -> Iterator[Finding]:
    """Check the areas of the page, the link that skips to its content, and that it can be enlarged."""
    for body in page.inside("body"):
        for tag in ("main", "header", "footer"):
            count = len(list(body.inside(tag))) if tag == "main" else _at_top(body, tag)
            if count != 1:
                yield found("landmark", "12.6", tag=tag, n=count)
        for nav in body.inside("nav"):
            if not {"aria-label", "aria-labelledby"} & nav.attributes.keys():
                yield found("nav_name", "12.6")
        links = list(body.inside("a"))
        mains = {item.attributes.get("id") for item in body.inside("main")} - {None}
        if not links or links[0].attributes.get("href", "").removeprefix("#") not in mains:
            yield found("skip", "12.7")
    for meta in page.inside("meta"):
        if meta.attributes.get("name") == "viewport" and _NO_ZOOM.search(meta.attributes.get("content", "")):
            yield found("zoom", "10.4")


def _at_top(body: Element, tag: str) -> int:
    return sum(isinstance(piece, Element) and piece.tag == tag for piece in body.pieces)
