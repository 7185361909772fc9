"""HTML that a cell of the user's own displays, as blocks for the formats that are not HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from impactkit.document.blocks import Block, Cell, Grid, Paragraph, Table

_SILENT = frozenset({"script", "style", "head", "svg", "template", "noscript"})
_BREAKING = frozenset(
    {
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "pre",
        "dt",
        "dd",
        "hr",
    }
)
_SPACE = re.compile(r"[ \t\n\r]+")
_NUMBER = re.compile(r"[-+−]?[\d\u202f\u00a0 .,]*\d\s?%?$")


def from_html(html: str) -> tuple[Block, ...]:
    """Read HTML as blocks: its tables as tables, the rest as paragraphs of its text.

    Examples
    --------
    >>> from_html("<p>Un <b>mot</b>.</p>")
    (Paragraph(text='Un mot.', tone='plain'),)
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_paragraph()
    return tuple(reader.blocks)


@dataclass
class _Rows:
    """A table being read; ``caption`` is empty when it has none."""

    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)
    heads: int = 0
    in_head: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._table: _Rows | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self.end_paragraph()
            self._table = _Rows()
        elif self._table is not None:
            self._open_in_table(self._table, tag)
        elif tag in _BREAKING:
            self.end_paragraph()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._table is not None:
            self._close_in_table(self._table, tag)
        elif tag in _BREAKING:
            self.end_paragraph()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def end_paragraph(self) -> None:
        """Keep what has been read since the last paragraph."""
        text = self._taken()
        if text:
            self.blocks.append(Paragraph(text=text))

    def _taken(self) -> str:
        text = _SPACE.sub(" ", "".join(self._text)).strip()
        self._text = []
        return text

    def _open_in_table(self, table: _Rows, tag: str) -> None:
        if tag == "thead":
            table.in_head = True
        elif tag == "tr":
            table.rows.append([])
            table.heads += table.in_head
        elif tag in ("td", "th", "caption"):
            self._text = []

    def _close_in_table(self, table: _Rows, tag: str) -> None:
        if tag == "thead":
            table.in_head = False
        elif tag == "caption":
            table.caption = self._taken()
        elif tag in ("td", "th") and table.rows:
            table.rows[-1].append(self._taken())
        elif tag == "table":
            self._table = None
            self._text = []
            if any(table.rows):
                self.blocks.append(Table(grid=_grid(table)))


def _grid(table: _Rows) -> Grid:
    """Return a table whose rows all have as many cells; several rows of headers are made one."""
    wide = max(len(row) for row in table.rows)
    heads = max(1, table.heads)
    rows = [row + [""] * (wide - len(row)) for row in table.rows]
    header = tuple(
        " – ".join(dict.fromkeys(name for name in names if name)) for names in zip(*rows[:heads], strict=True)
    )
    body = rows[heads:]
    numeric = frozenset(
        i for i in range(1, wide) if body and all(_NUMBER.fullmatch(row[i]) for row in body if row[i])
    )
    return Grid(
        caption=table.caption,
        header=header,
        rows=tuple(tuple(Cell(text=text) for text in row) for row in body),
        numeric=numeric,
    )
