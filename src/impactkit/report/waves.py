"""The outcome of each group at every time it was asked: a figure after the effect, or why there is none."""

from __future__ import annotations

from impactkit.document.blocks import Block, Cell, Grid, Paragraph
from impactkit.evidence.record import PathRecord
from impactkit.plot.alt import path_values
from impactkit.plot.wording import arm_name
from impactkit.report.figures import figure
from impactkit.report.grids import entry, with_unit
from impactkit.report.material import Material, is_masked
from impactkit.text import Message


def path(material: Material, drawn: PathRecord) -> tuple[Block, ...]:
    """Return the figure of the path and what it is of; a sentence when secrecy hides too much of it."""
    if not drawn.is_told:
        return (Paragraph(text=material.say("path.hidden", {"n": len(drawn.times)}), tone="quiet"),)
    data = path_grid(material, drawn)
    note = material.note(
        path_reading(material, drawn), scope=material.scope, masked=is_masked(data, material)
    )
    return (
        Paragraph(text=material.say("path.explained")),
        figure(material, "path", data=data, note=note),
        *_stops(material, drawn),
    )


def _stops(material: Material, drawn: PathRecord) -> tuple[Block, ...]:
    """Say where the line of those compared stops, and why."""
    return tuple(
        Paragraph(
            text=Message(
                "plot.path.stops", {"time": drawn.times[len(line.means) - 1].label.text(material.language)}
            ).text(material.language),
            tone="quiet",
        )
        for line in drawn.lines
        if len(line.means) < len(drawn.times)
    )


def path_grid(material: Material, drawn: PathRecord) -> Grid:
    """Return the times, one a row, and the groups, one a column."""
    gone = Cell(text=material.say("path.no_longer"))
    rows = tuple(
        (
            Cell(text=time.label.text(material.language)),
            *(entry(material, line.means[i]) if i < len(line.means) else gone for line in drawn.lines),
        )
        for i, time in enumerate(drawn.times)
    )
    names = (arm_name(material.record, line.group).text(material.language) for line in drawn.lines)
    return Grid(
        caption=with_unit(material, "path.data"),
        header=(material.say("path.time"), *names),
        rows=rows,
        numeric=frozenset(range(1, len(drawn.lines) + 1)),
    )


def path_reading(material: Material, drawn: PathRecord) -> str:
    """Read the line of the first group."""
    line = drawn.lines[0]
    kind = "share" if material.outcome.type == "boolean" else "number"
    params = {
        "group": arm_name(material.record, line.group),
        "outcome": material.outcome_name,
        "values": path_values(material.record, line, material.language),
    }
    return material.say(f"path.reading_{kind}", params)
