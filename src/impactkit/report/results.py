"""What was found: the effect on the main outcome, the means behind it, and the other outcomes."""

from __future__ import annotations

from impactkit.document.blocks import Block, Heading, Paragraph, Table
from impactkit.evidence.record import DurationRecord
from impactkit.report import grids, times
from impactkit.report.figures import figure
from impactkit.report.material import Material, is_masked
from impactkit.report.waves import path


def effect(material: Material) -> tuple[Block, ...]:
    """Return the effect's figure and the means behind it; without an effect, why there is none."""
    record, language = material.record, material.language
    found = record.effect
    if found is None:
        return (
            Paragraph(text=record.sentences.interval.text(language), tone="strong"),
            Paragraph(text=material.say("effect.absent")),
        )
    blocks: list[Block] = [Paragraph(text=record.sentences.interval.text(language))]
    if record.sentences.per_hundred is not None:
        blocks.append(Paragraph(text=record.sentences.per_hundred.text(language), tone="strong"))
    note = material.note(grids.effect_reading(material, found), scope=material.scope)
    blocks.append(figure(material, "effect", data=grids.effect_grid(material, found), note=note))
    if record.series is not None:
        months = grids.series_grid(material)
        reading = grids.series_reading(material)
        note = material.note(reading, scope="months", masked=is_masked(months, material))
        blocks.append(figure(material, "series", data=months, note=note))
    elif record.means:
        means = grids.means_grid(material)
        reading = grids.means_reading(material)
        note = material.note(reading, scope=material.scope, masked=is_masked(means, material))
        blocks.append(Table(grid=means, note=note))
    if record.duration is not None:
        blocks += _curves(material, record.duration)
    if record.path is not None:
        blocks += path(material, record.path)
    return tuple(blocks)


def _curves(material: Material, duration: DurationRecord) -> tuple[Block, ...]:
    """Return the figure of the curves of the time before an event."""
    if not duration.curves:
        return ()
    data = times.survival_grid(material, duration)
    reading = times.survival_reading(material, duration)
    note = material.note(reading, scope=material.scope, masked=is_masked(data, material))
    return (figure(material, "survival", data=data, note=note),)


def secondary(material: Material) -> tuple[Block, ...]:
    """Return the other outcomes, as exploratory."""
    heading = Heading(text=material.say("secondary.heading"), anchor="secondary")
    others = material.record.secondary
    if not others:
        return (heading, Paragraph(text=material.say("secondary.none")))
    grid = grids.secondary_grid(material)
    note = material.note(
        grids.secondary_reading(material), scope=material.scope, masked=is_masked(grid, material)
    )
    return (
        heading,
        Paragraph(text=material.say("secondary.explained", {"n": len(others)})),
        Table(grid=grid, note=note),
    )
