"""A page read as a tree of elements, as forgiving as a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass(eq=False, slots=True)
class Element:
    """An element of a page; ``pieces`` holds its own text and its children, in order."""

    tag: str
    attributes: Mapping[str, str]
    pieces: list[str | Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All the text inside."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces)

    @property
    def classes(self) -> frozenset[str]:
        """Its classes."""
        return frozenset(self.attributes.get("class", "").split())

    def inside(self, *tags: str) -> Iterator[Element]:
        """Give the elements inside, in order: those of some tags, or all of them."""
        for piece in self.pieces:
            if isinstance(piece, Element):
                if not tags or piece.tag in tags:
                    yield piece
                yield from piece.inside(*tags)


def read_tree(html: str) -> Element:
    """Return the root of a page; a closing tag that opens nothing is passed over."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].pieces.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].pieces.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].pieces.append(data)
