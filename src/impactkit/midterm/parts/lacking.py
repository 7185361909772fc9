"""What is missing, action by action, and who owes it; what was noticed in the files."""

from __future__ import annotations

from impactkit.document.blocks import Block, Bullets, Cell, Heading, Paragraph
from impactkit.midterm.missing import Missing
from impactkit.midterm.say import Pen, marked


def lacking(pen: Pen) -> tuple[Block, ...]:
    """Return the table of what is missing, and the notes on the files."""
    report = pen.report
    blocks: list[Block] = [Heading(text=pen.say("part.missing"), anchor="manques", level=2)]
    blocks.append(Paragraph(text=pen.say("missing.rule"), tone="quiet"))
    if report.missing:
        first = report.missing[0]
        rows = [line(pen, item) for item in report.missing]
        params = {"what": first.what.text(pen.language), "owes": pen.say(f"owes.{first.owes}")}
        header = ("action", "what", "owes", "due", "late")
        blocks.append(
            pen.table("missing_table", header, rows, reading=pen.say("missing_table.reading", params))
        )
    else:
        blocks.append(Paragraph(text=pen.say("complete")))
    if report.notes:
        blocks.append(Heading(text=pen.say("part.notes"), anchor="remarques"))
        blocks.append(Bullets(items=tuple(note.text(pen.language) for note in report.notes)))
    return tuple(blocks)


def line(pen: Pen, item: Missing) -> tuple[str, str, str, str, Cell]:
    """Write one thing that is missing."""
    late = item.late(pen.report.on)
    text = pen.say("late", {"n": late}) if late > 0 else pen.say("left", {"n": -late})
    return (
        pen.say("whole") if item.action is None else item.action.text(pen.language),
        item.what.text(pen.language),
        pen.say(f"owes.{item.owes}"),
        pen.day(item.due),
        marked(text, "fail" if late > 0 else "caution"),
    )
