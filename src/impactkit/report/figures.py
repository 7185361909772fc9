"""The figures of a page, each with its text equivalent and the table of what it draws."""

from __future__ import annotations

from impactkit import plot
from impactkit.document.blocks import Figure, Grid, Note
from impactkit.plot.alt import Kind
from impactkit.plot.svg import drawn_svg
from impactkit.report.material import Material

_DRAW = {
    "flow": plot.flow,
    "balance": plot.balance,
    "effect": plot.effect,
    "series": plot.series,
    "survival": plot.survival,
    "path": plot.path,
    "publics": plot.priority_publics,
}


def figure(material: Material, kind: Kind, *, data: Grid, note: Note) -> Figure:
    """Draw a figure of the record, captioned by ``report.<kind>.caption``.

    What the interval is an interval of depends on what the comparison allows to claim.
    """
    record, language = material.record, material.language
    key = f"effect.caption.{record.claim}" if kind == "effect" else f"{kind}.caption"
    caption = material.say(key, {"outcome": material.outcome_name})
    alt = plot.alt_text(record, kind, language=language)
    return Figure(
        name=kind,
        caption=caption,
        svg=drawn_svg(
            lambda: _DRAW[kind](record, language=language), name=f"fig-{kind}", title=caption, alt=alt
        ),
        alt=alt,
        data=data,
        note=note,
    )
