"""A document as DOCX, to be edited in an office: true headings, captions, header rows, text equivalents."""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib.metadata import version

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph

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
    look,
    new_document,
    rgb,
)
from impactkit.document.word_xml import (
    add_link,
    border,
    describe_picture,
    rule_table,
    saved,
    set_style,
    shade,
)
from impactkit.text import Message

_FACT_NAME_MM = 58
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
    """Writes blocks one after the other at the end of a document."""

    def __init__(self, document: Document) -> None:
        language = document.language
        self._language = language
        self._blocks = paged(document)
        self._word: WordDocument = new_document(
            title=readable(document.title),
            language=f"{language}-{REGIONS[language]}",
            footer=Message("page.footer", {"version": version("impactkit")}).text(language),
        )
        drawn = list(figures(self._blocks))
        self._pictures = dict(
            zip((item.name for item in drawn), pixels([item.svg for item in drawn]), strict=True)
        )

    def written(self) -> bytes:
        """Write every block and return the file."""
        self._write_all(self._blocks)
        return saved(self._word)

    def _write_all(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            self._write(block)

    def _write(self, block: Block) -> None:
        match block:
            case Title():
                self._title(block)
            case Heading():
                self._paragraph(block.text, f"Heading {block.level}")
            case Paragraph():
                style = {"plain": "Normal", "strong": STRONG, "quiet": QUIET}[block.tone]
                self._paragraph(block.text, style)
            case Bullets():
                self._bullets(block)
            case Facts():
                self._facts(block.items, technical=block.technical)
            case Table():
                self._table(block.grid)
                self._note(block.note)
            case Figure():
                self._figure(block)
            case Verdict():
                self._verdict(block)
            case Solidity():
                self._solidity(block)
            case Folded():
                self._paragraph(block.summary).runs[0].bold = True
                self._write_all(block.blocks)
            case Foreign():
                self._write_all(block.blocks)
            case Prose():
                self._spans(self._paragraph(style="Quote" if block.quoted else "Normal"), block.spans)
            case Points():
                self._points(block)
            case Code():
                self._paragraph(block.text).runs[0].font.name = MONO
            case Image():
                run = self._paragraph().add_run()
                picture = run.add_picture(io.BytesIO(block.png))
                if picture.width > Mm(TEXT_WIDTH_MM):
                    picture.height = round(picture.height * Mm(TEXT_WIDTH_MM) / picture.width)
                    picture.width = Mm(TEXT_WIDTH_MM)
                describe_picture(run, name="image", alt=readable(block.alt))

    def _paragraph(self, text: str = "", style: str = "Normal") -> WordParagraph:
        added = self._word.add_paragraph()
        set_style(added, style)
        if text:
            added.add_run(readable(text))
        return added

    def _title(self, block: Title) -> None:
        if block.over:
            self._paragraph(block.over, OVER)
        self._paragraph(block.text, "Heading 1")
        self._facts(block.facts)

    def _facts(self, items: Iterable[tuple[str, str]], *, technical: bool = False) -> None:
        """Write names and values side by side: a name too long stands on a line of its own."""
        for name, value in items:
            line = self._paragraph(style=FACT)
            line.paragraph_format.left_indent = Mm(_FACT_NAME_MM)
            line.paragraph_format.first_line_indent = -Mm(_FACT_NAME_MM)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(_FACT_NAME_MM))
            border(line._p.get_or_add_pPr(), "bottom", look()["line"], eighths=4, space=2)
            line.add_run(readable(name)).font.color.rgb = rgb("muted")
            line.add_run("\t" if len(name) <= _FACT_NAME_CHARACTERS else "\n")
            run = line.add_run(readable(value))
            if technical:
                run.font.name, run.font.size = MONO, Pt(7)

    def _bullets(self, block: Bullets) -> None:
        if block.mark == "plain":
            for item in block.items:
                self._paragraph(item, "List Bullet")
            return
        for item in block.items:
            line = self._paragraph()
            line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(7), -Mm(7)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(7))
            sign = line.add_run(f"{LIST_SIGNS[block.mark]}\t")
            sign.bold, sign.font.color.rgb = True, rgb("good" if block.mark == "yes" else "bad")
            line.add_run(readable(item))

    def _points(self, block: Points) -> None:
        for item in block.items:
            kind = "List Number" if item.ordered else "List Bullet"
            style = f"{kind} {item.depth + 1}" if 0 < item.depth < 3 else kind
            self._spans(self._paragraph(style=style), item.spans)

    def _spans(self, paragraph: WordParagraph, spans: Iterable[Span]) -> None:
        for span in spans:
            run = paragraph.add_run(readable(span.text))
            run.bold, run.italic = span.strong or None, span.emphasis or None
            if span.code:
                run.font.name = MONO
            if span.link is not None:
                run.font.color.rgb, run.underline = rgb("accent"), True
                add_link(paragraph, run, readable(span.link))

    def _table(self, grid: Grid) -> None:
        if grid.caption:
            self._paragraph(grid.caption, "Caption")
        table = self._word.add_table(rows=1 + len(grid.rows), cols=len(grid.header))
        table.autofit = False
        rows = (tuple(Cell(text=name) for name in grid.header), *grid.rows)
        shares = widths(grid)
        for rank, (line, cells) in enumerate(zip(table.rows, rows, strict=True)):
            for column, (shown, cell) in enumerate(zip(line.cells, cells, strict=True)):
                shown.width = Mm(TEXT_WIDTH_MM * shares[column])
                text = shown.paragraphs[0]
                set_style(text, CELL)
                if column in grid.numeric:
                    text.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                self._cell(text, cell, header=rank == 0)
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Mm(TEXT_WIDTH_MM * share)
        rule_table(table, line=look()["line"], ink=look()["ink"], caption=readable(grid.caption))

    def _cell(self, paragraph: WordParagraph, cell: Cell, *, header: bool) -> None:
        mark = "" if cell.status is None else f"{MARKS[cell.status]}\u00a0"
        run = paragraph.add_run(mark + readable(cell.text))
        run.bold = header or cell.status is not None or None
        if cell.status is not None:
            run.font.color.rgb = rgb(STATUS_TONES[cell.status])

    def _note(self, note: Note | None) -> None:
        lines = note_lines(note, self._language)
        for rank, (name, text) in enumerate(lines):
            line = self._paragraph(style=NOTE)
            line.paragraph_format.space_before = Pt(4 if rank == 0 else 0)
            line.paragraph_format.space_after = Pt(12 if rank == len(lines) - 1 else 1)
            named = line.add_run(f"{name} ")
            named.bold, named.font.color.rgb = True, rgb("ink")
            line.add_run(readable(text))

    def _figure(self, block: Figure) -> None:
        self._paragraph(block.caption, "Caption")
        run = self._paragraph().add_run()
        run.add_picture(io.BytesIO(self._pictures[block.name]), width=Mm(TEXT_WIDTH_MM))
        describe_picture(run, name=block.name, alt=readable(block.alt))
        self._note(block.note)

    def _verdict(self, block: Verdict) -> None:
        tone = TONES[block.attribution]
        self._paragraph(block.question, "Heading 2")
        label = self._boxed(f"{SIGNS[block.attribution]}\u00a0\u00a0{block.label}", tone)
        label.runs[0].bold, label.runs[0].font.size = True, Pt(13)
        label.runs[0].font.color.rgb = rgb(tone)
        for text in (block.interval, block.significance):
            self._boxed(text, tone)
        self._paragraph(block.solidity.title, "Heading 2")
        self._solidity(block.solidity)

    def _boxed(self, text: str, tone: str) -> WordParagraph:
        line = self._paragraph(text, VERDICT)
        line.paragraph_format.left_indent = Mm(4)
        line.paragraph_format.space_after = Pt(0)
        properties = line._p.get_or_add_pPr()
        border(properties, "left", look()[tone], eighths=36, space=8)
        shade(properties, look()[f"{tone}-soft"])
        line.paragraph_format.line_spacing = 1.3
        return line

    def _solidity(self, block: Solidity) -> None:
        line = self._paragraph()
        pips = line.add_run("■" * block.strength + "□" * (MOST - block.strength) + "  ")
        pips.font.color.rgb = rgb("accent")
        line.add_run(readable(block.label)).bold = True
        for note in block.notes:
            self._paragraph(note, FACT)
        self._paragraph(block.reason, QUIET)
