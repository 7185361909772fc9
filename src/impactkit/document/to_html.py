"""The blocks of a page as HTML: every text escaped, every figure and table with its equivalents.

Classes begin with ``ik-``; their look is in the export's style sheet, and without it the page still reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from impactkit.document.blocks import (
    Block,
    Bullets,
    Cell,
    Facts,
    Figure,
    Folded,
    Grid,
    Heading,
    Note,
    Paragraph,
    Solidity,
    Table,
    Title,
    Verdict,
)
from impactkit.text import Language, Message

_MOST = 5
_MARKS = {"ok": "✓", "caution": "!", "fail": "✗", "not_run": "–"}
_SIGNS = {
    "attributable": "✓",
    "probably_attributable": "✓",
    "change_not_attributed": "?",
    "inconclusive": "?",
    "no_meaningful_effect": "=",
    "adverse_effect": "!",
}


def to_html(blocks: Iterable[Block], language: Language) -> str:
    """Write blocks as an HTML fragment."""
    return f'<div class="ik">{"".join(_html(block, language) for block in blocks)}</div>'


def _html(block: Block, language: Language) -> str:
    match block:
        case Title():
            return _title(block)
        case Heading():
            return f'<h3 id="{escape(block.anchor)}">{escape(block.text)}</h3>'
        case Paragraph():
            kind = "" if block.tone == "plain" else f' class="ik-{block.tone}"'
            return f"<p{kind}>{escape(block.text)}</p>"
        case Bullets():
            kind = "" if block.mark == "plain" else f' class="ik-list ik-{block.mark}"'
            return f"<ul{kind}>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case Facts():
            return _facts(block.items, "ik-facts ik-technical" if block.technical else "ik-facts")
        case Table():
            return f'<div class="ik-table">{_grid(block.grid)}{_note(block.note, language)}</div>'
        case Figure():
            return _figure(block, language)
        case Verdict():
            return _verdict(block)
        case Solidity():
            return _solidity(block, heading="")
        case Folded():
            inside = "".join(_html(item, language) for item in block.blocks)
            return f'<details class="ik-folded"><summary>{escape(block.summary)}</summary>{inside}</details>'


def _title(block: Title) -> str:
    over, text = escape(block.over), escape(block.text)
    facts = _facts(block.facts, "ik-identity")
    return f'<div class="ik-title"><p class="ik-over">{over}</p><h1>{text}</h1>{facts}</div>'


def _facts(items: Iterable[tuple[str, str]], kind: str) -> str:
    pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in items)
    return f'<dl class="{kind}">{pairs}</dl>'


def _verdict(block: Verdict) -> str:
    sign = _SIGNS[block.attribution]
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
    pips = "".join(f'<span class="ik-{"on" if i < block.strength else "off"}"></span>' for i in range(_MOST))
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
        f'<div class="ik-scroll" role="region" tabindex="0" aria-label="{name}">{block.svg}</div>'
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
    caption = escape(grid.caption)
    return (
        f'<div class="ik-scroll" role="region" tabindex="0" aria-label="{caption}"><table>'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(column: int, cell: Cell, grid: Grid) -> str:
    text = escape(cell.text)
    if cell.status is not None:
        mark = f'<span class="ik-mark" aria-hidden="true">{_MARKS[cell.status]}</span>'
        text = f'<span class="ik-status ik-{cell.status}">{mark}{text}</span>'
    if column == 0:
        return f'<th scope="row">{text}</th>'
    return f"<td{_number(column, grid)}>{text}</td>"


def _number(column: int, grid: Grid) -> str:
    return ' class="ik-number"' if column in grid.numeric else ""


def _note(note: Note, language: Language) -> str:
    parts = (
        ("reading", note.reading),
        ("scope", note.scope),
        ("source", note.source),
        ("masked", note.masked),
    )
    lines = "".join(
        f"<p><b>{escape(Message(f'report.note.{key}').text(language))}</b> {escape(text)}</p>"
        for key, text in parts
        if text is not None
    )
    return f'<div class="ik-note">{lines}</div>'
