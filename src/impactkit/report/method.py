"""How it was measured: the method in short, the people, and whether the groups were alike."""

from __future__ import annotations

from impactkit.document.blocks import Block, Heading, Paragraph
from impactkit.report import grids
from impactkit.report.figures import figure
from impactkit.report.material import Material, is_masked
from impactkit.report.trial import trial


def method(material: Material) -> tuple[Block, ...]:
    """Return the method and what its uncertainty rests on, then the trial that it imitates, item by item."""
    said = (material.record.sentences.method, material.record.sentences.uncertainty)
    return (
        Paragraph(text=_question(material), tone="strong"),
        *(Paragraph(text=text.text(material.language)) for text in said if text is not None),
        trial(material),
    )


def _question(material: Material) -> str:
    return material.say(f"method.question_of.{material.estimand}", {"outcome": material.outcome_name})


def flow(material: Material) -> tuple[Block, ...]:
    """Return the figure of who is followed and who was lost."""
    record = material.record
    if material.is_series:
        return (Paragraph(text=material.say("flow.series")),)
    if not record.flow:
        return (Paragraph(text=material.say("flow.absent")),)
    data = grids.flow_grid(material)
    note = material.note(grids.flow_reading(material), scope="files", masked=is_masked(data, material))
    return (figure(material, "flow", data=data, note=note),)


def balance(material: Material) -> tuple[Block, ...]:
    """Return the figure of how alike the groups were, or why there is none."""
    record = material.record
    heading = Heading(text=material.say("balance.heading"), anchor="balance")
    if record.comparison == "none":
        return (heading, Paragraph(text=material.say("balance.nobody")))
    if material.is_series:
        return (heading, Paragraph(text=material.say("balance.series")))
    if not record.balance:
        return (heading, Paragraph(text=material.say("balance.absent")))
    data = grids.balance_grid(material)
    note = material.note(grids.balance_reading(material), scope="people", masked=is_masked(data, material))
    return (heading, figure(material, "balance", data=data, note=note))
