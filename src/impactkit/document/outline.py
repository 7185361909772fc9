"""A document cut at its headings of level 2, with a different anchor for each heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from impactkit.document.blocks import Block, Document, Figure, Folded, Foreign, Heading, Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section: its heading, and what follows it."""

    heading: Heading
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What stands before the first section, which begins with the document's title; then the sections."""

    lead: tuple[Block, ...]
    parts: tuple[Part, ...]


def outline(document: Document, *, taken: Iterable[str] = ()) -> Outline:
    """Cut a document into its sections.

    Parameters
    ----------
    document : Document
        One without a `Title` gets its own title as one.
    taken : iterable of str
        Anchors that the page has already.
    """
    blocks = titled(document)
    anchors = {*taken, *(heading.anchor for heading in _headings(blocks))}
    lead: list[Block] = []
    parts: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading) and not block.anchor:
            block = replace(block, anchor=new_anchor(block.text, anchors))
        if isinstance(block, Heading) and block.level == 2:
            parts.append((block, []))
        else:
            (parts[-1][1] if parts else lead).append(block)
    return Outline(
        lead=tuple(lead), parts=tuple(Part(heading=name, blocks=tuple(body)) for name, body in parts)
    )


def titled(document: Document) -> tuple[Block, ...]:
    """Return the blocks of a document, one of which is its title."""
    if any(isinstance(block, Title) for block in document.blocks):
        return document.blocks
    return (Title(over="", text=document.title, facts=()), *document.blocks)


def figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    """Give every figure of a document, in order."""
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Folded | Foreign):
            yield from figures(block.blocks)


def _headings(blocks: Iterable[Block]) -> Iterator[Heading]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, Folded):
            yield from _headings(block.blocks)


def new_anchor(title: str, taken: set[str]) -> str:
    """Return an identifier made from a title, different from those taken, and take it."""
    plain = unicodedata.normalize("NFKD", title.replace("’", "'")).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    base = re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "section"
    anchor, rank = base, 2
    while anchor in taken:
        anchor, rank = f"{base}-{rank}", rank + 1
    taken.add(anchor)
    return anchor
