"""The page of an audit: what a reader of the tables could learn, cell by cell, without any number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import resources

from impactkit.disclosure import Profile
from impactkit.document.blocks import Block, Cell, Document, Grid, Heading, Note, Paragraph, Table
from impactkit.document.blocks import Title as Head
from impactkit.release.audit import Reading
from impactkit.release.count_tables import CountTable
from impactkit.text import Language, Message


def example_mapping(language: Language) -> str:
    """Return a mapping to start from, commented."""
    file = resources.files("impactkit.release") / "examples" / f"{language}.toml"
    return file.read_text(encoding="utf-8")


def way_of(reading: Reading, minimum: int) -> Message:
    """Say how a cell tells of a small group; never how many people."""
    if not reading.masked:
        return Message("release.audit.way.shown")
    if reading.low == reading.high:
        return Message("release.audit.way.exact")
    return Message("release.audit.way.within", {"minimum": minimum})


def audit_document(
    tables: Sequence[CountTable], readings: Sequence[Reading], profile: Profile, *, language: Language
) -> Document:
    """Return the page of an audit.

    Parameters
    ----------
    tables : sequence of CountTable
    readings : sequence of Reading
    profile : Profile
    language : {"fr", "en"}
    """

    def say(key: str, params: Mapping[str, object] | None = None) -> str:
        return Message(f"release.audit.page.{key}", params or {}).text(language)

    facts = ((say("profile"), profile.name), (say("threshold"), str(profile.minimum)))
    verdict = "found" if readings else "none"
    blocks: list[Block] = [
        Head(over="impactkit audit", text=say("title"), facts=facts),
        Paragraph(text=say(verdict, {"n": len(readings), "minimum": profile.minimum}), tone="strong"),
        Paragraph(text=say("how", {"minimum": profile.minimum})),
        Heading(text=say("tables"), level=2),
        Table(grid=_tables(tables, readings, say("tables"), language), note=_note(tables, say)),
    ]
    if readings:
        blocks.append(Heading(text=say("cells"), level=2))
        blocks.append(Table(grid=_cells(readings, profile, say("cells"), language), note=_note(tables, say)))
        blocks += [Heading(text=say("remedies"), level=2), Paragraph(text=say("remedy"))]
    return Document(title=say("title"), language=language, blocks=tuple(blocks))


def _tables(
    tables: Sequence[CountTable], readings: Sequence[Reading], caption: str, language: Language
) -> Grid:
    names = ("table", "file", "count", "masked", "telling")
    rows = []
    for table in tables:
        telling = sum((one.table, one.file) == (table.id, table.file) for one in readings)
        counts = (table.masked.size, int(table.masked.sum()), telling)
        rows.append(tuple(Cell(text=str(text)) for text in (table.id, table.file, *counts)))
    header = tuple(Message(f"release.audit.page.{name}").text(language) for name in names)
    return Grid(caption=caption, header=header, rows=tuple(rows), numeric=frozenset({2, 3, 4}))


def _cells(readings: Sequence[Reading], profile: Profile, caption: str, language: Language) -> Grid:
    header = tuple(
        Message(f"release.audit.page.{name}").text(language)
        for name in ("table", "place", "row", "column", "way")
    )
    rows = tuple(
        tuple(
            Cell(text=text)
            for text in (
                one.table or one.file,
                one.place or "–",
                one.row,
                one.column,
                way_of(one, profile.minimum).text(language),
            )
        )
        for one in readings
    )
    return Grid(caption=caption, header=header, rows=rows)


def _note(tables: Sequence[CountTable], say: Callable[[str], str]) -> Note:
    files = ", ".join(dict.fromkeys(table.file for table in tables if table.file))
    return Note(reading=say("reading"), scope=say("scope"), source=files)
