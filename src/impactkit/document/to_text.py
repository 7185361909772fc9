"""The blocks of a page as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from impactkit.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Figure,
    Folded,
    Foreign,
    Grid,
    Heading,
    Image,
    Note,
    Paragraph,
    Points,
    Prose,
    Solidity,
    Table,
    Title,
    Verdict,
)


def to_text(blocks: Iterable[Block]) -> str:
    """Write blocks as lines of plain text."""
    return "\n\n".join("\n".join(_lines(block)) for block in blocks)


def _lines(block: Block) -> list[str]:
    match block:
        case Title():
            return [block.over, block.text, *_pairs(block.facts)]
        case Heading():
            return [block.text]
        case Paragraph():
            return [block.text]
        case Bullets():
            return [f"- {item}" for item in block.items]
        case Facts():
            return _pairs(block.items)
        case Table():
            return [*_grid(block.grid), *(() if block.note is None else _note(block.note))]
        case Figure():
            return [block.caption, block.alt, *_note(block.note)]
        case Solidity():
            return [block.title, block.label, *block.notes, block.reason]
        case Folded():
            return [block.summary, *(line for item in block.blocks for line in _lines(item))]
        case Prose():
            return ["".join(span.text for span in block.spans)]
        case Points():
            return [f"{'  ' * item.depth}- {''.join(s.text for s in item.spans)}" for item in block.items]
        case Code():
            return [block.text]
        case Image():
            return [block.alt]
        case Foreign():
            return [line for item in block.blocks for line in _lines(item)]
        case Verdict():
            verdict = [block.question, block.label, block.interval, block.significance]
            return [*verdict, "", *_lines(block.solidity)]


def _pairs(items: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in items]


def _grid(grid: Grid) -> list[str]:
    rows = [" | ".join(cell.text for cell in row) for row in grid.rows]
    return [grid.caption, " | ".join(grid.header), *rows]


def _note(note: Note) -> list[str]:
    return [text for text in (note.reading, note.scope, note.source, note.masked) if text is not None]
