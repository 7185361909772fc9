"""What may be concluded, how far it holds, and what would make it hold better."""

from __future__ import annotations

from impactkit.document.blocks import Block, Bullets, Heading, Mark, Paragraph, Table
from impactkit.evidence.record import Words
from impactkit.report import grids
from impactkit.report.contribution import contribution
from impactkit.report.lead import solidity_of
from impactkit.report.material import Material


def saying(material: Material) -> tuple[Block, ...]:
    """Return whether the effect is the action's, why, what can and cannot be said, and what joins it."""
    record, language = material.record, material.language
    said = record.sentences
    blocks: list[Block] = [Paragraph(text=record.attribution_label.text(language), tone="strong")]
    lists: tuple[tuple[str, tuple[Words, ...], Mark], ...] = (
        ("why", record.reasons, "plain"),
        ("can", said.can_say, "yes"),
        ("cannot", said.cannot_say, "no"),
    )
    for key, items, mark in lists:
        if items:
            blocks.append(Heading(text=material.say(f"saying.{key}"), anchor=f"saying-{key}"))
            blocks.append(Bullets(items=tuple(item.text(language) for item in items), mark=mark))
    return (*blocks, *contribution(material))


def solidity(material: Material) -> tuple[Block, ...]:
    """Return the note of solidity, the smallest effect that could be seen, and how to do better."""
    record, language = material.record, material.language
    blocks: list[Block] = [solidity_of(material), Paragraph(text=material.say("solidity.rule"))]
    if record.sentences.smallest_effect is not None:
        blocks.append(Heading(text=material.say("strengthen.smallest"), anchor="smallest-effect"))
        blocks.append(Paragraph(text=record.sentences.smallest_effect.text(language)))
    if record.sentences.to_strengthen:
        blocks.append(Heading(text=material.say("strengthen.heading"), anchor="strengthen"))
        advice = tuple(item.text(language) for item in record.sentences.to_strengthen)
        blocks.append(Bullets(items=advice))
    return tuple(blocks)


def checks(material: Material) -> tuple[Block, ...]:
    """Return the questions put to the measure and their answers, then what else must be known."""
    heading = Heading(text=material.say("checks.heading"), anchor="checks")
    if not material.record.checks:
        return (heading, Paragraph(text=material.say("checks.none")), *_notes(material))
    note = material.note(grids.checks_reading(material), scope=material.scope)
    return (heading, Table(grid=grids.checks_grid(material), note=note), *_notes(material))


def _notes(material: Material) -> tuple[Block, ...]:
    notes = tuple(note.text(material.language) for note in material.record.notes)
    if not notes:
        return ()
    return (Heading(text=material.say("checks.notes"), anchor="notes"), Bullets(items=notes))
