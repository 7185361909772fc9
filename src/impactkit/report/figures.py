"""The figures of a page, each with its text equivalent and the table of what it draws."""

from __future__ import annotations

from impactkit import plot
from impactkit.plot.alt import Kind
from impactkit.report.document import Figure, Grid, Note
from impactkit.report.material import Material

_DRAW = {
    "flow": plot.flow,
    "balance": plot.balance,
    "effect": plot.effect,
    "series": plot.series,
    "survival": plot.survival,
}


def figure(material: Material, kind: Kind, *, data: Grid, note: Note) -> Figure:
    """Draw a figure of the record, captioned by ``report.<kind>.caption``.

    What the interval is an interval of depends on what the comparison allows to claim.
    """
    record, language = material.record, material.language
    caption = f"effect.caption.{record.claim}" if kind == "effect" else f"{kind}.caption"
    return Figure(
        name=kind,
        caption=material.say(caption, {"outcome": material.outcome_name}),
        axes=_DRAW[kind](record, language=language),
        alt=plot.alt_text(record, kind, language=language),
        data=data,
        note=note,
    )
