"""What the figures do not say: hypotheses, other explanations, what people think, stories of change."""

from __future__ import annotations

from impactkit.document.blocks import Block, Bullets, Cell, Grid, Heading, Note, Paragraph, Table
from impactkit.evidence.record import ContributionRecord, OpinionRecord
from impactkit.report.material import Material
from impactkit.text.numbers import percent


def contribution(material: Material) -> tuple[Block, ...]:
    """Return what joins the figures, or nothing when the study says nothing of it."""
    said = material.record.contribution
    if said is None:
        return ()
    blocks: list[Block] = []
    if said.hypotheses or said.rivals:
        blocks += [*_heading(material, "analysis"), *_tables(material, said)]
    if said.opinion is not None:
        blocks += [*_heading(material, "opinion"), *_opinion(material, said.opinion)]
    if said.changes:
        blocks += [*_heading(material, "changes"), *_changes(material, said)]
    return tuple(blocks)


def _heading(material: Material, key: str) -> tuple[Block, ...]:
    return (
        Heading(text=material.say(f"contribution.{key}"), anchor=f"contribution-{key}"),
        Paragraph(text=material.say(f"contribution.{key}_note"), tone="quiet"),
    )


def _tables(material: Material, said: ContributionRecord) -> list[Block]:
    language, tables = material.language, []
    nothing = material.say("contribution.nothing")
    if said.hypotheses:
        rows = tuple(
            (
                Cell(text=hypothesis.text.text(language)),
                *(
                    Cell(text=" ".join(text.text(language) for text in texts) or nothing)
                    for texts in (hypothesis.supported_by, hypothesis.contradicted_by)
                ),
            )
            for hypothesis in said.hypotheses
        )
        header = tuple(material.say(f"contribution.{key}") for key in ("hypothesis", "for", "against"))
        tables.append(Grid(caption=material.say("contribution.hypotheses"), header=header, rows=rows))
    if said.rivals:
        rows = tuple(
            (
                Cell(text=rival.text.text(language)),
                Cell(text=material.say(f"contribution.touches.{rival.touches}")),
                Cell(text=material.say(f"contribution.judgement.{rival.judgement}")),
                Cell(text=rival.because.text(language) if rival.because is not None else nothing),
            )
            for rival in said.rivals
        )
        header = tuple(
            material.say(f"contribution.{key}") for key in ("rival", "touched", "judged", "because")
        )
        tables.append(Grid(caption=material.say("contribution.rivals"), header=header, rows=rows))
    note = Note(
        reading=material.say("contribution.reading"),
        scope=material.say("contribution.scope"),
        source=material.say("contribution.source"),
    )
    return [Table(grid=grid, note=note) for grid in tables]


def _opinion(material: Material, opinion: OpinionRecord) -> list[Block]:
    total = opinion.n
    if total is None:
        return [Paragraph(text=material.say("contribution.too_few"))]
    rows = tuple(
        (
            Cell(text=answer.label.text(material.language)),
            material.count(answer.n),
            material.cell(None if answer.n is None else percent(answer.n / total, material.language)),
        )
        for answer in opinion.answers
    )
    grid = Grid(
        caption=opinion.question.text(material.language),
        header=tuple(material.say(f"contribution.{key}") for key in ("answer", "people", "share")),
        rows=rows,
        numeric=frozenset({1, 2}),
    )
    reading = material.say("contribution.opinion_reading", {"answer": rows[0][0].text, "n": rows[0][1].text})
    masked = any(answer.n is None for answer in opinion.answers)
    return [Table(grid=grid, note=material.note(reading, scope="people", masked=masked))]


def _changes(material: Material, said: ContributionRecord) -> list[Block]:
    language = material.language
    stories = []
    for change in said.changes:
        teller = material.say(f"contribution.told_by.{change.told_by}")
        who = teller if change.domain is None else f"{teller}, {change.domain.text(language)}"
        told = material.say("contribution.story", {"who": who, "text": change.text.text(language)})
        if change.chosen_because is not None:
            told += " " + material.say("contribution.chosen", {"text": change.chosen_because.text(language)})
        stories.append(told)
    return [Bullets(items=tuple(stories))]
