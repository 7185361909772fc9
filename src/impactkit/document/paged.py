"""A document as it is printed: figures and tables numbered, the data of the figures gathered at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from impactkit.document.blocks import Block, Document, Figure, Folded, Foreign, Heading, Table
from impactkit.document.outline import figures, titled
from impactkit.text import Language, Message

REGIONS: dict[Language, str] = {"fr": "FR", "en": "GB"}


def paged(document: Document) -> tuple[Block, ...]:
    """Return the blocks to print: nothing of the page is left out, not even what it shows on demand."""
    language = document.language
    blocks = tuple(_numbered(titled(document), language, count(1), count(1)))
    data = [Table(grid=replace(item.data, caption=item.caption)) for item in figures(blocks)]
    if not data:
        return blocks
    heading = Heading(text=Message("page.office.figure_data").text(language), level=2)
    return (*blocks, heading, *data)


def _numbered(
    blocks: Iterable[Block], language: Language, tables: Iterator[int], drawn: Iterator[int]
) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Table) and block.grid.caption:
            caption = _caption("table", tables, block.grid.caption, language)
            yield replace(block, grid=replace(block.grid, caption=caption))
        elif isinstance(block, Figure):
            yield replace(block, caption=_caption("figure", drawn, block.caption, language))
        elif isinstance(block, Folded | Foreign):
            yield replace(block, blocks=tuple(_numbered(block.blocks, language, tables, drawn)))
        else:
            yield block


def _caption(kind: str, ranks: Iterator[int], caption: str, language: Language) -> str:
    return Message(f"page.office.{kind}", {"n": next(ranks), "caption": caption}).text(language)
