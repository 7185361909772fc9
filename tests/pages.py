"""Reading HTML as a checker does: the elements in order, with their attributes and their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "path", "use", "col", "source"})


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def all(self, *tags: str) -> list[Element]:
        found = []
        for child in self.children:
            if child.tag in tags:
                found.append(child)
            found.extend(child.all(*tags))
        return found

    def everything(self) -> list[Element]:
        return [item for child in self.children for item in (child, *child.everything())]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.current = Element("", {}, None)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs}, self.current)
        self.current.children.append(element)
        if tag not in VOID:
            self.current = element

    def handle_startendtag(self, tag, attrs):
        self.current.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.current))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.current.tag == tag, f"</{tag}> closes <{self.current.tag}>"
        self.current = self.current.parent

    def handle_data(self, data):
        element = self.current
        while element is not None:
            element.pieces.append(data)
            element = element.parent


def read_page(html: str) -> Element:
    """Return the tree of a page; a tag that is not closed where it was opened is an error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.current is reader.root, f"<{reader.current.tag}> is not closed"
    return reader.root


# Attributes by which a browser fetches something.
FETCHING = ("src", "srcset", "poster", "data", "action", "background")


def requests_of(page: Element) -> list[str]:
    """List what a browser would fetch when it opens the page."""
    found = []
    for element in page.everything():
        found += [element.attributes[name] for name in FETCHING if name in element.attributes]
        if element.tag in ("link", "base", "image", "use"):
            found += [
                element.attributes[name] for name in ("href", "xlink:href") if name in element.attributes
            ]
        if element.tag in ("style",):
            found += [piece for piece in ("url(http", "@import") if piece in element.text]
    return [address for address in found if not address.startswith(("data:", "#"))]


def assert_accessible(page: Element, *, language: str, folder: Path | None = None) -> None:
    """Check what axe-core does not: language, headings, equivalents, table scopes, landmarks, anchors.

    Links to other files must lead to one in ``folder``, the page's own.
    """
    assert page.all("html")[0].attributes["lang"] == language
    assert page.all("title")[0].text.strip()
    assert len(page.all("h1")) == 1
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert all(next_ <= level + 1 for level, next_ in pairwise(levels)), levels
    assert all("id" in heading.attributes for heading in page.all("h2", "h3"))
    ids = [element.attributes["id"] for element in page.everything() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        target = link.attributes["href"]
        if folder is not None and not target.startswith("#"):
            assert (folder / target).is_file(), target
        else:
            assert target.removeprefix("#") in ids
    for element in page.everything():
        for name in element.attributes.get("aria-labelledby", "").split():
            assert name in ids
    assert [len(page.all(tag)) for tag in ("main", "footer")] == [1, 1]
    assert page.all("body")[0].children[0].attributes["class"] == "skip"
    for image in page.all("img"):
        assert image.attributes["alt"]
    for svg in page.all("svg"):
        assert svg.attributes["role"] == "img"
        assert svg.all("title")[0].text
        assert svg.all("desc")[0].text
    for table in page.all("table"):
        assert table.all("caption")[0].text
        assert all(header.attributes["scope"] in ("col", "row") for header in table.all("th"))
        assert all(row.all("th") for row in table.all("tr"))
        assert len({len(row.children) for row in table.all("tr")}) == 1
    for figure in page.all("figure"):
        assert figure.all("figcaption")[0].text
        assert figure.all("table")
