"""A document as ODT, the open format of offices: true headings, captions, header rows, text equivalents."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import count

from impactkit.document import odt_look as look
from impactkit.document.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Document,
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
    Span,
    Table,
    Title,
    Verdict,
)
from impactkit.document.columns import widths
from impactkit.document.notes import note_lines
from impactkit.document.odt_xml import archive, element, root, words
from impactkit.document.outline import figures
from impactkit.document.paged import REGIONS, paged
from impactkit.document.pictures import pixels
from impactkit.document.readable import readable
from impactkit.document.signs import LIST_SIGNS, MARKS, MOST, SIGNS, STATUS_TONES, TONES
from impactkit.document.word_look import TEXT_WIDTH_MM
from impactkit.html import page_footer

_DEEPEST = 2  # levels under the outermost one
_FACT_NAME_CHARACTERS = 32  # what fits beside a value
_MM_A_PIXEL = 25.4 / 96


def to_odt(document: Document) -> bytes:
    """Write a document as an ODT file (OpenDocument 1.3).

    Starts typst's threads when there are figures: call it in a process that is not forked afterwards.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        The same for the same document, whatever the machine and the day; it names no author.

    Examples
    --------
    >>> from impactkit.document.blocks import Document, Paragraph
    >>> made = to_odt(Document(title="Bilan", language="fr", blocks=(Paragraph(text="Deux phrases."),)))
    >>> made[30:77]
    b'mimetypeapplication/vnd.oasis.opendocument.text'
    """
    return _Writer(document).written()


class _Writer:
    """Writes blocks one after the other; what they need beside the text is kept as it comes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._language = document.language
        self._blocks = paged(document)
        drawn = list(figures(self._blocks))
        self._drawn = dict(
            zip((item.name for item in drawn), pixels([item.svg for item in drawn]), strict=True)
        )
        self._pictures: dict[str, bytes] = {}
        self._styles = [look.row_styles()]
        self._tables = count(1)

    def written(self) -> bytes:
        """Write every block and return the file."""
        body = self._all(self._blocks)
        region, title = REGIONS[self._language], readable(self._document.title)
        footer = page_footer(self._language)
        about = element(
            "office:meta",
            element("dc:title", words(title)),
            element("dc:language", f"{self._language}-{region}"),
            element("meta:generator", "impactkit"),
        )
        content = root(
            "document-content",
            element("office:automatic-styles", *self._styles),
            element("office:body", element("office:text", body)),
        )
        return archive(
            {
                "content.xml": content,
                "styles.xml": look.styles(language=self._language, region=region, footer=footer),
                "meta.xml": root("document-meta", about),
                **self._pictures,
            }
        )

    def _all(self, blocks: Iterable[Block]) -> str:
        return "".join(self._block(block) for block in blocks)

    def _block(self, block: Block) -> str:
        match block:
            case Title():
                over = _paragraph(block.over, look.OVER) if block.over else ""
                return over + _heading(block.text, 1) + _facts(block.facts)
            case Heading():
                return _heading(block.text, block.level)
            case Paragraph():
                style = {"plain": look.BODY, "strong": look.STRONG, "quiet": look.QUIET}[block.tone]
                return _paragraph(block.text, style)
            case Bullets():
                return _bullets(block)
            case Facts():
                return _facts(block.items, technical=block.technical)
            case Table():
                return self._table(block.grid) + self._note(block.note)
            case Figure():
                return self._figure(block)
            case Verdict():
                return _verdict(block)
            case Solidity():
                return _solidity(block)
            case Folded():
                return _heading(block.summary, 3) + self._all(block.blocks)
            case Foreign():
                return self._all(block.blocks)
            case Prose():
                return _line(_spans(block.spans), look.QUOTE if block.quoted else look.BODY)
            case Points():
                return _points(block)
            case Code():
                return _line(_span(block.text, look.TECHNICAL), look.CODE)
            case Image():
                return _line(self._picture(block.png, name="image", alt=block.alt), look.PICTURE)

    def _table(self, grid: Grid) -> str:
        name, shares = f"Table{next(self._tables)}", widths(grid)
        self._styles.append(look.table_styles(name, shares))
        columns = [
            element("table:table-column", table_style__name=f"{name}.{rank}") for rank in range(len(shares))
        ]
        head = element(
            "table:table-row",
            *_cells(grid, (Cell(text=text) for text in grid.header), "Head"),
            table_style__name="Row",
        )
        rows = (
            element("table:table-row", *_cells(grid, row, "Row"), table_style__name="Row")
            for row in grid.rows
        )
        # The first cell of a row names it: a column of headers, as the first row is a row of them.
        table = element(
            "table:table",
            element("table:title", words(readable(grid.caption))) if grid.caption else "",
            element("table:table-header-columns", columns[0]),
            *columns[1:],
            element("table:table-header-rows", head),
            *rows,
            table_name=name,
            table_style__name=name,
        )
        return (_paragraph(grid.caption, look.CAPTION) if grid.caption else "") + table

    def _note(self, note: Note | None) -> str:
        lines = note_lines(note, self._language)
        return "".join(
            _line(
                _span(f"{name} ", look.BOLD) + words(readable(text)),
                look.LAST_NOTE if rank == len(lines) else look.NOTE,
            )
            for rank, (name, text) in enumerate(lines, start=1)
        )

    def _figure(self, block: Figure) -> str:
        drawn = self._picture(self._drawn[block.name], name=block.name, alt=block.alt, width=TEXT_WIDTH_MM)
        return _paragraph(block.caption, look.CAPTION) + _line(drawn, look.PICTURE) + self._note(block.note)

    def _picture(self, png: bytes, *, name: str, alt: str, width: float | None = None) -> str:
        """Return a picture in the line, no wider than the text, with its text equivalent."""
        across, down = struct.unpack(">II", png[16:24])
        wide = width or min(across * _MM_A_PIXEL, TEXT_WIDTH_MM)
        path = f"Pictures/{len(self._pictures) + 1}.png"
        self._pictures[path] = png
        shown = element(
            "draw:image", xlink_href=path, xlink_type="simple", xlink_show="embed", xlink_actuate="onLoad"
        )
        return element(
            "draw:frame",
            shown,
            element("svg:title", words(name)),
            element("svg:desc", words(readable(alt))),
            draw_name=f"{name}-{len(self._pictures)}",
            text_anchor__type="as-char",
            svg_width=f"{wide:.1f}mm",
            svg_height=f"{wide * down / across:.1f}mm",
        )


def _line(content: str, style: str) -> str:
    return element("text:p", content, text_style__name=style)


def _paragraph(text: str, style: str) -> str:
    return _line(words(readable(text)), style)


def _heading(text: str, level: int) -> str:
    return element(
        "text:h",
        words(readable(text)),
        text_style__name=look.heading(level),
        text_outline__level=str(level),
    )


def _span(text: str, style: str) -> str:
    return element("text:span", words(readable(text)), text_style__name=style)


def _facts(items: Iterable[tuple[str, str]], *, technical: bool = False) -> str:
    return "".join(
        _line(
            _span(name, "Muted")
            + ("<text:tab/>" if len(name) <= _FACT_NAME_CHARACTERS else "<text:line-break/>")
            + (_span(value, look.TECHNICAL) if technical else words(readable(value))),
            look.FACT,
        )
        for name, value in items
    )


def _bullets(block: Bullets) -> str:
    if block.mark == "plain":
        items = (element("text:list-item", _paragraph(item, look.BODY)) for item in block.items)
        return element("text:list", *items, text_style__name=look.BULLETS)
    tone = "Tone_good" if block.mark == "yes" else "Tone_bad"
    sign = _span(LIST_SIGNS[block.mark], tone) + "<text:tab/>"
    return "".join(_line(sign + words(readable(item)), look.SIGN) for item in block.items)


def _points(block: Points) -> str:
    """Write each item at its depth; those of one depth and kind that follow each other are one list."""
    made: list[str] = []
    open_: list[tuple[int, bool, list[str]]] = []
    for item in block.items:
        depth = min(item.depth, _DEEPEST)
        written = element(
            "text:list-item", _nested(_line(_spans(item.spans), look.BODY), depth, item.ordered)
        )
        if open_ and open_[-1][:2] == (depth, item.ordered):
            open_[-1][2].append(written)
        else:
            open_.append((depth, item.ordered, [written]))
    for _, ordered, items in open_:
        style = look.NUMBERS if ordered else look.BULLETS
        made.append(element("text:list", *items, text_style__name=style))
    return "".join(made)


def _nested(line: str, depth: int, ordered: bool) -> str:
    style = look.NUMBERS if ordered else look.BULLETS
    for _ in range(depth):
        line = element("text:list", element("text:list-item", line), text_style__name=style)
    return line


def _spans(spans: Iterable[Span]) -> str:
    made = []
    for span in spans:
        text = words(readable(span.text))
        for wanted, style in (
            (span.strong, look.BOLD),
            (span.emphasis, look.ITALIC),
            (span.code, look.TECHNICAL),
        ):
            if wanted:
                text = element("text:span", text, text_style__name=style)
        if span.link is not None:
            text = element("text:a", text, xlink_type="simple", xlink_href=readable(span.link))
        made.append(text)
    return "".join(made)


def _cells(grid: Grid, row: Iterable[Cell], kind: str) -> list[str]:
    return [_cell(cell, kind, number=place in grid.numeric) for place, cell in enumerate(row)]


def _cell(cell: Cell, kind: str, *, number: bool) -> str:
    text = words(readable(cell.text))
    if cell.status is not None:
        mark = f"{MARKS[cell.status]}\u00a0{cell.text}"
        text = _span(mark, f"Tone_{STATUS_TONES[cell.status]}")
    elif kind == "Head":
        text = _span(cell.text, look.BOLD)
    return element(
        "table:table-cell",
        _line(text, look.NUMBER if number else look.CELL),
        table_style__name=f"Cell{kind}",
        office_value__type="string",
    )


def _verdict(block: Verdict) -> str:
    tone = f"Tone_{TONES[block.attribution]}"
    label = _span(f"{SIGNS[block.attribution]}\u00a0\u00a0{block.label}", tone)
    return (
        _heading(block.question, 2)
        + _line(label, look.VERDICT)
        + _paragraph(block.interval, look.VERDICT)
        + _paragraph(block.significance, look.VERDICT)
        + _heading(block.solidity.title, 2)
        + _solidity(block.solidity)
    )


def _solidity(block: Solidity) -> str:
    pips = _span("■" * block.strength + "□" * (MOST - block.strength) + "  ", look.PIPS)
    notes = "".join(_paragraph(note, look.FACT) for note in block.notes)
    return (
        _line(pips + _span(block.label, look.BOLD), look.BODY) + notes + _paragraph(block.reason, look.QUIET)
    )
