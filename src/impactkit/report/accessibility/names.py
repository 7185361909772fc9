"""Names of what one acts on, identifiers and what refers to them, and what a page fetches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from impactkit.report.accessibility.finding import Finding, found, named, own_name
from impactkit.report.page_tree import Element

_SHOWN_CHARACTERS = 60
# Attributes by which a browser fetches something; elements whose address is fetched too.
_FETCHING = ("src", "srcset", "poster", "data", "background")
_FETCHED = ("link", "base", "image", "use")
_CSS_FETCH = re.compile(r"@import\b|url\(\s*[\"']?(?!data:|#)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def names(page: Element) -> Iterator[Finding]:
    """Check what is referred to, and that whatever one acts on says what it does."""
    known = Counter(item.attributes["id"] for item in page.inside() if "id" in item.attributes)
    for name, times in known.items():
        if times > 1:
            yield found("id_twice", "8.2", name=name)
    for item in page.inside():
        for key in ("aria-labelledby", "aria-describedby"):
            for name in item.attributes.get(key, "").split():
                if name not in known:
                    yield found("reference", "8.2", name=name)
        href = item.attributes.get("href", "")
        if item.tag == "a" and href.startswith("#") and href[1:] not in known:
            yield found("link_lost", "6.1", name=named(item))
        if item.tag in ("a", "button") and not (item.text.strip() or own_name(item)):
            yield found("nameless", "6.2", tag=item.tag)
    labelled = {item.attributes.get("for") for item in page.inside("label")}
    # A label names the field that it holds, too.
    held = {
        id(item)
        for label in page.inside("label")
        if label.text.strip()
        for item in label.inside("input", "select", "textarea")
    }
    for item in page.inside("input", "select", "textarea"):
        own = {"aria-label", "aria-labelledby", "title"} & item.attributes.keys()
        hidden = item.attributes.get("type") in ("hidden", "submit", "button")
        if not own and not hidden and id(item) not in held and item.attributes.get("id") not in labelled:
            yield found("label", "11.1", tag=item.tag)
    for item in page.inside():
        # What a keyboard reaches because it scrolls must say what it is.
        labels = {"aria-label", "aria-labelledby"} & item.attributes.keys()
        if item.attributes.get("tabindex") == "0" and item.attributes.get("role") == "region" and not labels:
            yield found("region_name", "7.1")


def requests(page: Element) -> Iterator[Finding]:
    """Check that the page fetches nothing."""
    for item in page.inside():
        given = [item.attributes[name] for name in _FETCHING if name in item.attributes]
        if item.tag in _FETCHED:
            given += [item.attributes[name] for name in ("href", "xlink:href") if name in item.attributes]
        for address in given:
            if address and not address.startswith(("data:", "#")):
                yield found("request", "", address=address[:_SHOWN_CHARACTERS])
        if item.tag == "style" and _CSS_FETCH.search(_COMMENT.sub("", item.text)):
            yield found("request_css", "")
        if item.tag == "meta" and item.attributes.get("http-equiv", "").casefold() == "refresh":
            yield found("refresh", "13.1")
