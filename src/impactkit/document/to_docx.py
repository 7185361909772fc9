"""A document as DOCX, to be edited in an office: true headings, captions, header rows, text equivalents."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import count

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
from impactkit.document.outline import figures
from impactkit.document.paged import REGIONS, paged
from impactkit.document.pictures import pixels
from impactkit.document.readable import readable
from impactkit.document.signs import LIST_SIGNS, MARKS, MOST, SIGNS, STATUS_TONES, TONES
from impactkit.document.word_file import WordFile
from impactkit.document.word_look import (
    CELL,
    FACT,
    MONO,
    NOTE,
    OVER,
    QUIET,
    STRONG,
    TEXT_WIDTH_MM,
    VERDICT,
)
from impactkit.document.word_text import edge, paragraph, picture, run, table, twips
from impactkit.html import colours, page_footer, stylesheet

_FACT_NAME_MM = 58
_SIGN_MM = 7
_VERDICT_MM = 4
_UNITS_A_MM, _UNITS_AN_INCH = 36_000, 914_400  # English metric units, in which pictures are measured
_POINTS_AN_INCH = 72  # a picture that does not say how many pixels an inch has
_FACT_NAME_CHARACTERS = 32  # what fits there


def to_docx(document: Document) -> bytes:
    """Write a document as a DOCX file.

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
    >>> made = to_docx(Document(title="Bilan", language="fr", blocks=(Paragraph(text="Deux phrases."),)))
    >>> made[:2]
    b'PK'
    """
    return _Writer(document).written()


class _Writer:
    """Writes blocks one after the other; the files that they lead to are kept as they come."""

    def __init__(self, document: Document) -> None:
        language = document.language
        css = str(stylesheet())
        self._document = document
        self._look = colours(css)
        self._blocks = paged(document)
        self._file = WordFile(
            language=f"{language}-{REGIONS[language]}",
            footer=page_footer(language),
            css=css,
        )
        drawn = list(figures(self._blocks))
        self._drawn = dict(
            zip((item.name for item in drawn), pixels([item.svg for item in drawn]), strict=True)
        )
        self._shown = count(1)

    def written(self) -> bytes:
        """Write every block and return the file."""
        return self._file.written(self._all(self._blocks), title=readable(self._document.title))

    def _all(self, blocks: Iterable[Block]) -> str:
        return "".join(part for block in blocks for part in self._block(block))

    def _block(self, block: Block) -> Iterable[str]:
        match block:
            case Title():
                return self._title(block)
            case Heading():
                return (_plain(block.text, f"Heading {block.level}"),)
            case Paragraph():
                style = {"plain": "Normal", "strong": STRONG, "quiet": QUIET}[block.tone]
                return (_plain(block.text, style),)
            case Bullets():
                return self._bullets(block)
            case Facts():
                return self._facts(block.items, technical=block.technical)
            case Table():
                return (*self._table(block.grid), *self._note(block.note))
            case Figure():
                return self._figure(block)
            case Verdict():
                return self._verdict(block)
            case Solidity():
                return self._solidity(block)
            case Folded():
                return (_plain(block.summary, "Heading 3"), self._all(block.blocks))
            case Foreign():
                return (self._all(block.blocks),)
            case Prose():
                return (paragraph(*self._spans(block.spans), style="Quote" if block.quoted else "Normal"),)
            case Points():
                return self._points(block)
            case Code():
                return (paragraph(run(readable(block.text), font=MONO)),)
            case Image():
                return (paragraph(self._picture(block.png, name="image", alt=block.alt)),)

    def _title(self, block: Title) -> Iterator[str]:
        if block.over:
            yield _plain(block.over, OVER)
        yield _plain(block.text, "Heading 1")
        yield from self._facts(block.facts)

    def _facts(self, items: Iterable[tuple[str, str]], *, technical: bool = False) -> Iterator[str]:
        """Write names and values side by side: a name too long stands on a line of its own."""
        aside = twips(_FACT_NAME_MM)
        for name, value in items:
            yield paragraph(
                run(readable(name), colour=self._look["muted"]),
                run("\t" if len(name) <= _FACT_NAME_CHARACTERS else "\n"),
                run(readable(value), font=MONO if technical else None, size=7 if technical else None),
                style=FACT,
                line=edge("bottom", self._look["line"], eighths=4, space=2),
                tab=aside,
                indent=f'w:left="{aside}" w:hanging="{aside}"',
            )

    def _bullets(self, block: Bullets) -> Iterator[str]:
        if block.mark == "plain":
            for item in block.items:
                yield _plain(item, "List Bullet")
            return
        aside = twips(_SIGN_MM)
        colour = self._look["good" if block.mark == "yes" else "bad"]
        for item in block.items:
            yield paragraph(
                run(f"{LIST_SIGNS[block.mark]}\t", bold=True, colour=colour),
                run(readable(item)),
                tab=aside,
                indent=f'w:left="{aside}" w:hanging="{aside}"',
            )

    def _points(self, block: Points) -> Iterator[str]:
        for item in block.items:
            kind = "List Number" if item.ordered else "List Bullet"
            style = f"{kind} {item.depth + 1}" if 0 < item.depth < 3 else kind
            yield paragraph(*self._spans(item.spans), style=style)

    def _spans(self, spans: Iterable[Span]) -> Iterator[str]:
        for span in spans:
            written = run(
                readable(span.text),
                bold=span.strong,
                italic=span.emphasis,
                font=MONO if span.code else None,
                colour=None if span.link is None else self._look["accent"],
                underlined=span.link is not None,
            )
            if span.link is None:
                yield written
            else:
                relation = self._file.link(readable(span.link))
                yield f'<w:hyperlink r:id="{relation}">{written}</w:hyperlink>'

    def _table(self, grid: Grid) -> Iterator[str]:
        if grid.caption:
            yield _plain(grid.caption, "Caption")
        rows = (tuple(Cell(text=name) for name in grid.header), *grid.rows)
        yield table(
            (
                [
                    self._cell(cell, header=rank == 0, right=column in grid.numeric)
                    for column, cell in enumerate(cells)
                ]
                for rank, cells in enumerate(rows)
            ),
            widths=[twips(TEXT_WIDTH_MM * share) for share in widths(grid)],
            line=self._look["line"],
            ink=self._look["ink"],
            caption=readable(grid.caption),
        )

    def _cell(self, cell: Cell, *, header: bool, right: bool) -> str:
        if cell.status is None:
            return paragraph(run(readable(cell.text), bold=header), style=CELL, right=right)
        marked = f"{MARKS[cell.status]}\u00a0{readable(cell.text)}"
        tone = self._look[STATUS_TONES[cell.status]]
        return paragraph(run(marked, bold=True, colour=tone), style=CELL, right=right)

    def _note(self, note: Note | None) -> Iterator[str]:
        lines = note_lines(note, self._document.language)
        for rank, (name, text) in enumerate(lines):
            before, after = 80 if rank == 0 else 0, 240 if rank == len(lines) - 1 else 20
            yield paragraph(
                run(f"{name} ", bold=True, colour=self._look["ink"]),
                run(readable(text)),
                style=NOTE,
                spacing=f'w:before="{before}" w:after="{after}"',
            )

    def _figure(self, block: Figure) -> Iterator[str]:
        yield _plain(block.caption, "Caption")
        drawn = self._drawn[block.name]
        yield paragraph(self._picture(drawn, name=block.name, alt=block.alt, filling=True))
        yield from self._note(block.note)

    def _picture(self, png: bytes, *, name: str, alt: str, filling: bool = False) -> str:
        """Return a picture in the line, as wide as the text or no wider, with its text equivalent."""
        across, down = _size(png)
        wide = round(TEXT_WIDTH_MM * _UNITS_A_MM)
        if filling or across > wide:
            across, down = wide, round(down * wide / across)
        relation = self._file.picture(png)
        return picture(relation, rank=next(self._shown), name=name, alt=readable(alt), size=(across, down))

    def _verdict(self, block: Verdict) -> Iterator[str]:
        tone = TONES[block.attribution]
        yield _plain(block.question, "Heading 2")
        said = readable(f"{SIGNS[block.attribution]}\u00a0\u00a0{block.label}")
        yield self._boxed(run(said, bold=True, size=13, colour=self._look[tone]), tone)
        for text in (block.interval, block.significance):
            yield self._boxed(run(readable(text)) if text else "", tone)
        yield _plain(block.solidity.title, "Heading 2")
        yield from self._solidity(block.solidity)

    def _boxed(self, said: str, tone: str) -> str:
        return paragraph(
            said,
            style=VERDICT,
            line=edge("left", self._look[tone], eighths=36, space=8),
            shade=self._look[f"{tone}-soft"],
            spacing='w:after="0" w:line="312" w:lineRule="auto"',
            indent=f'w:left="{twips(_VERDICT_MM)}"',
        )

    def _solidity(self, block: Solidity) -> Iterator[str]:
        pips = "■" * block.strength + "□" * (MOST - block.strength) + "  "
        yield paragraph(run(pips, colour=self._look["accent"]), run(readable(block.label), bold=True))
        for note in block.notes:
            yield _plain(note, FACT)
        yield _plain(block.reason, QUIET)


def _plain(text: str, style: str) -> str:
    """Return a paragraph of one look."""
    return paragraph(run(readable(text)) if text else "", style=style)


def _size(png: bytes) -> tuple[int, int]:
    """Return the width and height of a picture as its pixels and how many make an inch say it."""
    across, down = struct.unpack(">II", png[16:24])
    place = png.find(b"pHYs", 0, png.find(b"IDAT"))
    an_inch = [_POINTS_AN_INCH, _POINTS_AN_INCH]
    if place >= 0:
        *said, unit = struct.unpack(">IIB", png[place + 4 : place + 13])
        an_inch = [
            round(pixels * 0.0254) or _POINTS_AN_INCH if unit == 1 else _POINTS_AN_INCH for pixels in said
        ]
    wide, high = (
        int(pixels / inch * _UNITS_AN_INCH) for pixels, inch in zip((across, down), an_inch, strict=True)
    )
    return wide, high
