"""What a page is made of, whatever the format it is written in.

Sections are built from these blocks alone, so that every format says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impactkit.evidence.record import Attribution, Status

Mark = Literal["plain", "yes", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The page's title, what it belongs to, and the facts that identify it."""

    over: str
    text: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading inside a section; ``anchor`` is its identifier in the page."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph; ``"strong"`` stands out, ``"quiet"`` stands back."""

    text: str
    tone: Literal["plain", "strong", "quiet"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list; ``mark`` says whether its items can be said or not."""

    items: tuple[str, ...]
    mark: Mark = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values, one pair a line; ``technical`` values are codes."""

    items: tuple[tuple[str, str], ...]
    technical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table; a status has its mark beside the word."""

    text: str
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows and columns: the first cell of a row names it.

    ``numeric`` lists the columns, from 0, whose values are numbers.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands under every table and figure, as French official statistics do."""

    reading: str
    scope: str
    source: str
    masked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table and its note."""

    grid: Grid
    note: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as an ``<svg>`` element, its text equivalent, the table of what it draws, and its note."""

    name: str
    caption: str
    svg: str
    alt: str
    data: Grid
    note: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is concluded, in one box; how solid that is, in another beside it."""

    attribution: Attribution
    question: str
    label: str
    interval: str
    significance: str
    solidity: Solidity


@dataclass(frozen=True, slots=True, kw_only=True)
class Solidity:
    """A note from 0 to 5 with its reasons."""

    title: str
    strength: int
    label: str
    notes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Blocks that a page shows on demand, under a line that says what they are."""

    summary: str
    blocks: tuple[Block, ...]


Block = Title | Heading | Paragraph | Bullets | Facts | Table | Figure | Verdict | Solidity | Folded
