"""What a page is made of, whatever the format it is written in.

Sections are built from these blocks alone, so that every format says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impactkit.evidence.record import Attribution, Status
from impactkit.text import Language

Mark = Literal["plain", "yes", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The page's title, what it belongs to, and the facts that identify it."""

    over: str
    text: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading: level 2 opens a section of the document, 3 and 4 stand inside one.

    ``anchor`` is its identifier in the page; when empty it is made from the text.
    """

    text: str
    anchor: str = ""
    level: Literal[2, 3, 4] = 3


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
    """A table and its note; a table of the user's own has none, and may lack a caption."""

    grid: Grid
    note: Note | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of one look, inside a text that a user wrote in markdown; ``link`` is an address."""

    text: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A paragraph of the user's own, or one that they quote."""

    spans: tuple[Span, ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An item of a list of the user's own; ``depth`` is 0 at the outermost level."""

    spans: tuple[Span, ...]
    depth: int = 0
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A list of the user's own."""

    items: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Lines to be read as written."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the user's own (PNG) and its text equivalent."""

    png: bytes
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """HTML that a cell of the user's own displays, and the blocks that other formats write in its place."""

    html: str
    blocks: tuple[Block, ...]


Block = (
    Title
    | Heading
    | Paragraph
    | Bullets
    | Facts
    | Table
    | Figure
    | Verdict
    | Solidity
    | Folded
    | Prose
    | Points
    | Code
    | Image
    | Foreign
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole document; its title is that of the window or of the file, a `Title` block is what it shows.

    Every writer takes this value and no other: `to_page`, `to_pdf`, `to_docx` and `to_odt`.
    """

    title: str
    language: Language
    blocks: tuple[Block, ...]
