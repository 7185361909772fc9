"""The blocks of a page as HTML: every text escaped, every figure and table with its equivalents.

Classes begin with ``ik-``; their look is in the export's style sheet, and without it the page still reads.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from impactkit.document.blocks import (
    Block,
    Bullets,
    Cell,
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
    Point,
    Points,
    Prose,
    Solidity,
    Span,
    Table,
    Title,
    Verdict,
)
from impactkit.document.notes import note_lines
from impactkit.document.signs import MARKS, MOST, SIGNS
from impactkit.html import unstyled
from impactkit.text import Language, Message

# What would run, or fetch something from elsewhere when the page is opened.
_ACTIVE_PAIR = re.compile(r"<(script|iframe|object)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_ACTIVE_TAG = re.compile(r"<(?:script|iframe|object|embed|link|base)\b[^>]*>", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"<img\b(?![^>]*\bsrc=[\"']data:)[^>]*>", re.IGNORECASE)


def to_html(blocks: Iterable[Block], language: Language) -> str:
    """Write blocks as an HTML fragment."""
    return f'<div class="ik">{"".join(_html(block, language) for block in blocks)}</div>'


def _html(block: Block, language: Language) -> str:
    match block:
        case Title():
            return _title(block)
        case Heading():
            anchor = f' id="{escape(block.anchor)}"' if block.anchor else ""
            return f"<h{block.level}{anchor}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            kind = "" if block.tone == "plain" else f' class="ik-{block.tone}"'
            return f"<p{kind}>{escape(block.text)}</p>"
        case Bullets():
            kind = "" if block.mark == "plain" else f' class="ik-list ik-{block.mark}"'
            return f"<ul{kind}>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case Facts():
            return _facts(block.items, "ik-facts ik-technical" if block.technical else "ik-facts")
        case Table():
            note = "" if block.note is None else _note(block.note, language)
            return f'<div class="ik-table">{_grid(block.grid)}{note}</div>'
        case Figure():
            return _figure(block, language)
        case Verdict():
            return _verdict(block)
        case Solidity():
            return _solidity(block, heading="")
        case Folded():
            inside = "".join(_html(item, language) for item in block.blocks)
            return f'<details class="ik-folded"><summary>{escape(block.summary)}</summary>{inside}</details>'
        case Prose():
            text = f"<p>{_spans(block.spans)}</p>"
            return f"<blockquote>{text}</blockquote>" if block.quoted else text
        case Points():
            return _points(block.items)
        case Code():
            return f"<pre>{escape(block.text)}</pre>"
        case Image():
            data = base64.b64encode(block.png).decode("ascii")
            return (
                f'<p><img class="ik-image" src="data:image/png;base64,{data}" alt="{escape(block.alt)}"></p>'
            )
        case Foreign():
            return inert(unstyled(block.html))


def _spans(spans: Iterable[Span]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = escape(span.text)
    for tag, wanted in (("code", span.code), ("em", span.emphasis), ("strong", span.strong)):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    return text if span.link is None else f'<a href="{escape(span.link)}">{text}</a>'


def _points(items: Sequence[Point]) -> str:
    """Write a list: what is deeper than an item belongs to it."""
    if not items:
        return ""
    first = items[0]
    starts = [i for i, item in enumerate(items) if item.depth <= first.depth]
    written = "".join(
        f"<li>{_spans(items[start].spans)}{_points(items[start + 1 : end])}</li>"
        for start, end in pairwise([*starts, len(items)])
    )
    tag = "ol" if first.ordered else "ul"
    return f"<{tag}>{written}</{tag}>"


def _title(block: Title) -> str:
    over = f'<p class="ik-over">{escape(block.over)}</p>' if block.over else ""
    facts = _facts(block.facts, "ik-identity") if block.facts else ""
    return f'<div class="ik-title">{over}<h1>{escape(block.text)}</h1>{facts}</div>'


def _facts(items: Iterable[tuple[str, str]], kind: str) -> str:
    pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in items)
    return f'<dl class="{kind}">{pairs}</dl>'


def _verdict(block: Verdict) -> str:
    sign = SIGNS[block.attribution]
    return (
        f'<div class="ik-headline">'
        f'<section class="ik-verdict ik-{block.attribution}" aria-labelledby="verdict">'
        f'<h2 class="ik-kicker" id="verdict">{escape(block.question)}</h2>'
        f'<p class="ik-label"><span class="ik-sign" aria-hidden="true">{sign}</span>{escape(block.label)}</p>'
        f'<p class="ik-interval">{escape(block.interval)}</p><p>{escape(block.significance)}</p></section>'
        f"{_solidity(block.solidity, heading='solidity')}</div>"
    )


def _solidity(block: Solidity, *, heading: str) -> str:
    """Write the note of solidity; ``heading`` is the identifier of its heading, when it has one."""
    pips = "".join(f'<span class="ik-{"on" if i < block.strength else "off"}"></span>' for i in range(MOST))
    notes = "".join(f"<li>{escape(note)}</li>" for note in block.notes)
    title = f'<h2 class="ik-kicker" id="{heading}">{escape(block.title)}</h2>' if heading else ""
    tag, named = ("section", f' aria-labelledby="{heading}"') if heading else ("div", "")
    return (
        f'<{tag} class="ik-solidity"{named}>{title}'
        f'<p class="ik-score"><span class="ik-pips" aria-hidden="true">{pips}</span>{escape(block.label)}</p>'
        f'<ul class="ik-notes">{notes}</ul><p class="ik-quiet">{escape(block.reason)}</p></{tag}>'
    )


def _figure(block: Figure, language: Language) -> str:
    see = Message("report.figure.data").text(language)
    name = escape(block.caption)
    return (
        f'<figure class="ik-figure"><figcaption>{name}</figcaption>'
        f'<div class="ik-scroll" role="region" tabindex="0" aria-label="{name}">{inert(block.svg)}</div>'
        f"{_note(block.note, language)}"
        f"<details><summary>{escape(see)}</summary>{_grid(block.data)}</details></figure>"
    )


def _grid(grid: Grid) -> str:
    head = "".join(
        f'<th scope="col"{_number(i, grid)}>{escape(name)}</th>' for i, name in enumerate(grid.header)
    )
    body = "".join(
        f"<tr>{''.join(_cell(i, cell, grid) for i, cell in enumerate(row))}</tr>" for row in grid.rows
    )
    name = escape(grid.caption)
    region = f' role="region" aria-label="{name}"' if name else ""
    caption = f"<caption>{name}</caption>" if name else ""
    return (
        f'<div class="ik-scroll"{region} tabindex="0"><table>'
        f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(column: int, cell: Cell, grid: Grid) -> str:
    text = escape(cell.text)
    if cell.status is not None:
        mark = f'<span class="ik-mark" aria-hidden="true">{MARKS[cell.status]}</span>'
        text = f'<span class="ik-status ik-{cell.status}">{mark}{text}</span>'
    if column == 0:
        return f'<th scope="row">{text}</th>'
    return f"<td{_number(column, grid)}>{text}</td>"


def _number(column: int, grid: Grid) -> str:
    return ' class="ik-number"' if column in grid.numeric else ""


def _note(note: Note, language: Language) -> str:
    lines = "".join(
        f"<p><b>{escape(name)}</b> {escape(text)}</p>" for name, text in note_lines(note, language)
    )
    return f'<div class="ik-note">{lines}</div>'


def inert(html: str) -> str:
    """Take away what would run or fetch something; impactkit's own sections have nothing of the kind."""
    for pattern in (_ACTIVE_PAIR, _ACTIVE_TAG, _REMOTE_IMAGE):
        html = pattern.sub("", html)
    return html
