"""Part 1: the results in short, and the flagship actions."""

from __future__ import annotations

from collections import Counter

from impactkit.document.blocks import Block, Bullets, Facts, Heading, Paragraph, Title
from impactkit.files.midterm import ActionRow
from impactkit.files.midterm.rows import Decision, Words
from impactkit.midterm.missing import MIDTERM_DUE
from impactkit.midterm.money import share, total
from impactkit.midterm.say import Pen

_DECISIONS: tuple[Decision, ...] = ("continue", "modify", "stop")
# What is told of a flagship action, in its team's words.
_FLAGSHIP_WORDS: tuple[Words, ...] = ("state", "effectiveness", "lessons", "measures")


def title(pen: Pen) -> tuple[Block, ...]:
    """Return the title of the report and what identifies the contract."""
    study, said = pen.report.study, pen.report.study.midterm
    territory = study.territory
    facts = [("territory", territory.name)]
    if territory.department is not None:
        facts.append(("department", territory.department))
    if territory.region is not None:
        facts.append(("region", territory.region))
    facts.append(("period", pen.say("period")))
    facts.append(("actions", str(len(pen.report.tables.actions))))
    handed = said.handed_in if said is not None else None
    due = {"due": MIDTERM_DUE}
    facts.append(("handed_in", pen.say("not_handed_in", due) if handed is None else pen.day(handed)))
    return (
        Title(
            over=study.title.text(pen.language),
            text=pen.say("title"),
            facts=tuple((pen.say(f"fact.{key}"), text) for key, text in facts),
        ),
        _completeness(pen),
    )


def _completeness(pen: Pen) -> Paragraph:
    n = len(pen.report.missing)
    if not n:
        return Paragraph(text=pen.say("complete"), tone="strong")
    return Paragraph(text=pen.say("incomplete", {"n": n}), tone="strong")


def synthesis(pen: Pen) -> tuple[Block, ...]:
    """Return the decisions, the money, what the measures conclude, then each flagship action."""
    rows = pen.report.tables.actions
    blocks: list[Block] = [
        Heading(text=pen.say("part.synthesis"), anchor="synthese", level=2),
        Paragraph(text=_decisions(pen)),
        Paragraph(text=_money(pen)),
        Heading(text=pen.say("synthesis.measures"), anchor="mesures"),
        *_measures(pen),
        Heading(text=pen.say("synthesis.flagships"), anchor="phares"),
    ]
    flagships = [row for row in rows if row.flagship]
    if not flagships:
        blocks.append(Paragraph(text=pen.say("synthesis.no_flagship")))
    for row in flagships:
        blocks += _flagship(pen, row)
    return tuple(blocks)


def _decisions(pen: Pen) -> str:
    rows = pen.report.tables.actions
    counts = Counter(row.decision for row in rows)
    params: dict[str, int] = {str(name): counts[name] for name in _DECISIONS}
    return pen.say("synthesis.decisions", {"n": len(rows), **params, "none": counts[None]})


def _money(pen: Pen) -> str:
    funding = pen.report.amounts
    planned, spent = total(funding, "planned"), total(funding, "spent")
    params = {"planned": pen.told(planned), "spent": pen.told(spent)}
    rate = None if planned.missing or spent.missing else share(spent.value, planned.value)
    if rate is None:
        return pen.say("synthesis.money_partial", params)
    return pen.say("synthesis.money", {**params, "rate": pen.share(rate)})


def _measures(pen: Pen) -> list[Block]:
    """Return what each measure concludes; those not measured and those not conclusive are counted."""
    rows = pen.report.tables.actions
    measured = [row for row in rows if (found := pen.report.measure(row)) and found.record is not None]
    counts: dict[str, object] = {"n": len(measured), "total": len(rows)}
    blocks: list[Block] = [Paragraph(text=pen.say("synthesis.measured", counts))]
    items = [
        f"{pen.name(row)} – {verdict_of(pen, row)}" for row in rows if pen.report.measure(row) is not None
    ]
    if items:
        blocks.append(Bullets(items=tuple(items)))
    if len(measured) < len(rows):
        blocks.append(Paragraph(text=pen.say("synthesis.not_measured"), tone="quiet"))
    return blocks


def verdict_of(pen: Pen, row: ActionRow) -> str:
    """Return what the measure of an action concludes, in the verdict's own sentences."""
    measure = pen.report.measure(row)
    if measure is None:
        return pen.say("measure.none")
    if measure.record is None:
        return pen.say("measure.failed", {"why": measure.why_not(pen.language)})
    said = measure.record.sentences
    interval, significance = (part.text(pen.language) for part in (said.interval, said.significance))
    return pen.say(
        "measure.verdict",
        {"verdict": said.verdict.text(pen.language), "interval": interval, "significance": significance},
    )


def decision_of(pen: Pen, row: ActionRow) -> str:
    """Return the decision in one word."""
    return pen.unsaid if row.decision is None else pen.say(f"decision.{row.decision}")


def _flagship(pen: Pen, row: ActionRow) -> list[Block]:
    facts = [(pen.say(f"word.{name}"), pen.words(row.words[name])) for name in _FLAGSHIP_WORDS]
    facts.insert(2, (pen.say("word.measure"), verdict_of(pen, row)))
    facts.append((pen.say("word.decision"), decision_of(pen, row)))
    facts.append((pen.say("word.reasons"), pen.words(row.words["reasons"])))
    return [Paragraph(text=pen.name(row), tone="strong"), Facts(items=tuple(facts))]
