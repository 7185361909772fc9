"""Part 2: the synoptic table, one row per action, in tables narrow enough for a printed page."""

from __future__ import annotations

from impactkit.document.blocks import Block, Cell, Heading, Paragraph
from impactkit.files.midterm import ActionRow
from impactkit.files.midterm.rows import Words
from impactkit.midterm.parts.synthesis import decision_of, verdict_of
from impactkit.midterm.say import Pen, marked

_JUDGED: tuple[Words, ...] = ("state", "adequacy", "effectiveness", "efficiency")


def synoptic(pen: Pen) -> tuple[Block, ...]:
    """Return the state of each action at a glance, how it is judged, and what is decided."""
    rows = pen.report.tables.actions
    if not rows:
        return (_heading(pen), Paragraph(text=pen.say("synoptic.empty")))
    first = rows[0]
    glance = pen.table(
        "glance",
        ("action", "decision", "flagship", "measure", "state", "collectivity"),
        [_glance(pen, row) for row in rows],
        reading=pen.say("glance.reading", {"action": pen.name(first), "decision": decision_of(pen, first)}),
    )
    judged = pen.table(
        "judged",
        ("action", *_JUDGED),
        [(pen.name(row), *(pen.words(row.words[name]) for name in _JUDGED)) for row in rows],
        reading=pen.say("judged.reading", {"action": pen.name(first)}),
    )
    concluded = pen.table(
        "concluded",
        ("action", "measure", "lessons"),
        [(pen.name(row), verdict_of(pen, row), pen.words(row.words["lessons"])) for row in rows],
        reading=pen.say("concluded.reading", {"action": pen.name(first)}),
    )
    decided = pen.table(
        "decided",
        ("action", "decision", "reasons", "measures"),
        [
            (pen.name(row), decision_of(pen, row), *(pen.words(row.words[name]) for name in _DECIDED))
            for row in rows
        ],
        reading=pen.say("decided.reading", {"action": pen.name(first), "decision": decision_of(pen, first)}),
    )
    return (_heading(pen), glance, judged, concluded, decided)


_DECIDED: tuple[Words, ...] = ("reasons", "measures")


def _heading(pen: Pen) -> Heading:
    return Heading(text=pen.say("part.synoptic"), anchor="synoptique", level=2)


def _glance(pen: Pen, row: ActionRow) -> tuple[str | Cell, ...]:
    measure = pen.report.measure(row)
    if measure is None:
        verdict = pen.say("measure.short_none")
    elif measure.record is None:
        verdict = pen.say("measure.short_failed")
    else:
        verdict = measure.record.attribution_label.text(pen.language)
    return (
        pen.name(row),
        decision_of(pen, row),
        pen.yes(row.flagship),
        verdict,
        _validated(pen, row.validated_state),
        _validated(pen, row.validated_collectivity),
    )


def _validated(pen: Pen, value: bool | None) -> Cell:
    return marked(pen.yes(value), "ok" if value else "not_run" if value is None else "fail")
