"""Contrast in both themes, and what is told by colour alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from impactkit.html.contrast import poor_contrasts
from impactkit.report.accessibility.finding import Finding, found, named
from impactkit.report.page_tree import Element

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINK_LOOK = re.compile(r"(?:^|[}\s,])a(?::\w+)?\s*\{[^}]*text-decoration(?:-line)?:\s*none", re.MULTILINE)
_COLOUR = re.compile(r"(?<![\w-])(?:color|background(?:-color)?)\s*:")


def colours(page: Element) -> Iterator[Finding]:
    """Check what the style sheet, or an element of its own, does with colours."""
    css = "\n".join(_COMMENT.sub("", item.text) for item in page.inside("style"))
    for poor in poor_contrasts(css):
        pair = {"front": poor.front, "back": poor.back}
        yield found(f"contrast_{poor.theme}", "3.2", **pair, ratio=poor.ratio, least=poor.least)
    if _LINK_LOOK.search(css):
        yield found("link_colour_only", "10.6")
    for item in page.inside():
        if "ik-status" in item.classes:
            marks = [mark for mark in item.inside() if "ik-mark" in mark.classes and mark.text.strip()]
            rest = item.text.strip() if not marks else item.text.replace(marks[0].text, "", 1).strip()
            if not marks or not rest:
                yield found("colour_only", "3.1", name=named(item))
    for main in page.inside("main"):
        drawn = {id(inner) for svg in main.inside("svg") for inner in svg.inside()}
        for item in main.inside():
            given = item.attributes
            if id(item) in drawn or item.tag == "svg":
                continue
            if _COLOUR.search(given.get("style", "")) or {"color", "bgcolor"} & given.keys():
                yield found("own_colour", "3.2", name=named(item))
