"""Markdown that a user wrote, as blocks of a document: markup in it is words, and pictures must be in it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal, cast

import mistune

from impactkit.document.blocks import (
    Block,
    Cell,
    Code,
    Grid,
    Heading,
    Image,
    Point,
    Points,
    Prose,
    Span,
    Table,
    Title,
)

Token = Mapping[str, Any]

_LINKS = re.compile(r"(?:https?:|mailto:|#)", re.IGNORECASE)
_PNG = "data:image/png;base64,"
_DEEPEST: Literal[4] = 4


def from_markdown(source: str, *, pictures: Mapping[str, str] | None = None) -> tuple[Block, ...]:
    """Read markdown as blocks.

    Parameters
    ----------
    source : str
        A heading of level 1 is the document's title. HTML is kept as the words that it is written with;
        a picture from elsewhere leaves its text equivalent.
    pictures : mapping, optional
        PNG in base64 by address, for pictures kept beside the text.

    Returns
    -------
    tuple of Block

    Examples
    --------
    >>> from_markdown("## Suite")
    (Heading(text='Suite', anchor='', level=2),)
    """
    tokens = cast("list[Token]", _reader()(source))
    return tuple(block for token in tokens for block in _blocks(token, pictures or {}))


@cache
def _reader() -> mistune.Markdown:
    return mistune.create_markdown(renderer=None, plugins=["table"])


def _blocks(token: Token, pictures: Mapping[str, str]) -> Iterator[Block]:
    match token["type"]:
        case "heading":
            text, level = _text(token), token["attrs"]["level"]
            if level == 1:
                yield Title(over="", text=text, facts=())
            else:
                yield Heading(text=text, level=min(level, _DEEPEST))
        case "paragraph" | "block_text":
            spans = tuple(_spans(token["children"], Span(text="")))
            if any(span.text.strip() for span in spans):
                yield Prose(spans=spans)
            yield from _images(token["children"], pictures)
        case "list":
            yield Points(items=tuple(_points(token)))
        case "block_code":
            yield Code(text=token["raw"].rstrip("\n"))
        case "block_html":
            yield Prose(spans=(Span(text=token["raw"].strip()),))
        case "block_quote":
            for child in token["children"]:
                for block in _blocks(child, pictures):
                    yield replace(block, quoted=True) if isinstance(block, Prose) else block
        case "table":
            yield Table(grid=_grid(token))


def _spans(tokens: Iterable[Token], look: Span) -> Iterator[Span]:
    """Give the words of inline elements; ``look`` is that of what they stand in."""
    for token in tokens:
        kind = token["type"]
        if kind == "strong":
            yield from _spans(token["children"], replace(look, strong=True))
        elif kind == "emphasis":
            yield from _spans(token["children"], replace(look, emphasis=True))
        elif kind == "link":
            address = token["attrs"]["url"]
            link = address if _LINKS.match(address) else None
            yield from _spans(token["children"], replace(look, link=link))
        elif kind == "codespan":
            yield replace(look, text=token["raw"], code=True)
        elif kind == "softbreak":
            yield replace(look, text=" ")
        elif kind == "linebreak":
            yield replace(look, text="\n")
        elif kind != "image":
            yield replace(look, text=token.get("raw", ""))


def _text(token: Token) -> str:
    return "".join(span.text for span in _spans(token.get("children", ()), Span(text="")))


def _images(tokens: Iterable[Token], pictures: Mapping[str, str]) -> Iterator[Block]:
    for token in tokens:
        if token["type"] == "image":
            alt, address = _text(token), token["attrs"]["url"]
            encoded = address.removeprefix(_PNG) if address.startswith(_PNG) else pictures.get(address)
            png = None if encoded is None else decoded_png(encoded)
            if png is not None:
                yield Image(png=png, alt=alt)
            elif alt:
                yield Prose(spans=(Span(text=alt, emphasis=True),))
        elif "children" in token:
            yield from _images(token["children"], pictures)


def decoded_png(encoded: str) -> bytes | None:
    """Return a PNG picture from its base64; None when it is not one."""
    try:
        png = base64.b64decode(encoded)
    except (ValueError, binascii.Error):
        return None
    return png if png.startswith(b"\x89PNG\r\n\x1a\n") else None


def _points(token: Token, depth: int = 0) -> Iterator[Point]:
    """Give the items of a list, each followed by those of the lists inside it."""
    ordered = token["attrs"]["ordered"]
    for item in token["children"]:
        inner = [child for child in item["children"] if child["type"] == "list"]
        own = [child for child in item["children"] if child["type"] != "list"]
        spans = [span for child in own for span in _spans(child.get("children", [child]), Span(text=""))]
        yield Point(spans=tuple(spans), depth=depth, ordered=ordered)
        for child in inner:
            yield from _points(child, depth + 1)


def _grid(token: Token) -> Grid:
    head, *bodies = token["children"]
    aligned = [cell["attrs"]["align"] for cell in head["children"]]
    return Grid(
        caption="",
        header=tuple(_text(cell) for cell in head["children"]),
        rows=tuple(
            tuple(Cell(text=_text(cell)) for cell in row["children"])
            for body in bodies
            for row in body["children"]
        ),
        numeric=frozenset(i for i, align in enumerate(aligned) if align == "right"),
    )
