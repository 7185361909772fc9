"""A filled form as blocks, from which any format of document is written."""

from __future__ import annotations

from itertools import groupby

from impactkit.document.blocks import Block, Bullets, Cell, Grid, Heading, Note, Paragraph, Table, Title
from impactkit.forms.compose import BULLET
from impactkit.forms.form import Form, FormTable, Section
from impactkit.text import Message
from impactkit.text.numbers import number


def form_blocks(form: Form) -> tuple[Block, ...]:
    """Return the blocks of a form: its title, then each group of sections, then its tables."""
    facts = ((_say(form, "form"), f"{form.form}, {_say(form, 'version').lower()} {form.version}"),)
    blocks: list[Block] = [Title(over=form.subtitle, text=form.title, facts=facts)]
    blocks.append(Paragraph(text=_say(form, "intro"), tone="quiet"))
    if not form.sections:
        blocks.append(Paragraph(text=_say(form, "empty")))
    for anchor, title, sections in form.groups:
        blocks.append(Heading(text=title, anchor=anchor, level=2))
        for section in sections:
            blocks += _section(form, section)
    blocks += [table_block(form, table) for table in form.tables]
    return tuple(blocks)


def count_text(form: Form, section: Section) -> str:
    """Say how long a text is, or by how much it is too long."""
    if section.over_length:
        return Message("form.page.over", {"n": section.over_length}).text(form.language)
    params = {"n": len(section.text), "limit": section.max_length}
    return Message("form.page.characters", params).text(form.language)


def source_text(form: Form, section: Section) -> str:
    """Say who asks for a section, and whether it may stay empty."""
    origin = _say(form, section.source)
    return origin if section.required else f"{origin} ({_say(form, 'optional')})"


def remarks(form: Form, section: Section) -> tuple[str, ...]:
    """Say what is left to do about a section."""
    told = [section.to_fill] if section.to_fill else []
    if section.over_length:
        told.append(count_text(form, section))
    if section.left_out:
        told.append(Message("form.page.left_out", {"n": section.left_out}).text(form.language))
    return (*told, *section.cautions)


def table_block(form: Form, table: FormTable) -> Table:
    """Return a table beside the form, each number written in the form's language."""
    rows = tuple(tuple(Cell(text=_written(form, value)) for value in row) for row in table.rows)
    grid = Grid(caption=table.title, header=table.header, rows=rows, numeric=frozenset(table.numeric))
    note = Note(reading=_say(form, "table_reading"), scope=_say(form, "table_scope"), source=form.subtitle)
    return Table(grid=grid, note=note)


def _section(form: Form, section: Section) -> list[Block]:
    blocks: list[Block] = [
        Heading(text=section.label, anchor=section.name),
        Paragraph(text=f"{section.help} {source_text(form, section)}.", tone="quiet"),
    ]
    blocks += _paragraphs(section.text)
    if section.text:
        blocks.append(Paragraph(text=count_text(form, section), tone="quiet"))
    left = [text for text in remarks(form, section) if text != count_text(form, section)]
    if left:
        blocks.append(Bullets(items=tuple(left), mark="no"))
    return blocks


def _paragraphs(text: str) -> list[Block]:
    """Return a text's lines as paragraphs, and those that form a list as a list."""
    blocks: list[Block] = []
    lines = [line for line in text.split("\n") if line.strip()]
    for is_item, together in groupby(lines, key=lambda line: line.startswith(BULLET)):
        if is_item:
            blocks.append(Bullets(items=tuple(line.removeprefix(BULLET) for line in together)))
        else:
            blocks += [Paragraph(text=line) for line in together]
    return blocks


def _written(form: Form, value: str | int | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return number(value, form.language, decimals=0 if isinstance(value, int) else 2)


def _say(form: Form, key: str) -> str:
    return Message(f"form.page.{key}").text(form.language)
