"""Part 3: national and local indicators, what was aimed at and what was reached."""

from __future__ import annotations

from impactkit.document.blocks import Block, Heading, Paragraph
from impactkit.files.midterm import IndicatorRow
from impactkit.midterm.say import Pen, decimals_of


def indicators(pen: Pen) -> tuple[Block, ...]:
    """Return the coverage of the rule (one national and one local indicator at least), then the table."""
    heading = Heading(text=pen.say("part.indicators"), anchor="indicateurs", level=2)
    tables = pen.report.tables
    levels = {
        row.key: {item.level for item in tables.indicators if item.key == row.key} for row in tables.actions
    }
    both = sum(found == {"national", "local"} for found in levels.values())
    coverage = Paragraph(text=pen.say("indicators.coverage", {"n": both, "total": len(tables.actions)}))
    named = {row.key: pen.name(row) for row in tables.actions}
    order = {key: place for place, key in enumerate(named)}
    rows = sorted(
        tables.indicators,
        key=lambda item: (order[item.key], item.level == "local", item.indicator, item.year),
    )
    if not rows:
        return (heading, coverage, Paragraph(text=pen.say("indicators.empty")))
    table = pen.table(
        "indicators",
        ("action", "indicator", "level", "year", "target", "reached", "gap"),
        [(named[item.key], *line(pen, item)) for item in rows],
        numeric=(3, 4, 5, 6),
        reading=_reading(pen, named[rows[0].key], rows[0]),
    )
    return (heading, coverage, table)


def line(pen: Pen, item: IndicatorRow) -> tuple[str, str, str, str, str, str]:
    """Write an indicator: its name with its unit, level, year, target, what was reached and the gap."""
    given = [decimals_of(value) for value in (item.target, item.reached) if value is not None]
    decimals = max(given, default=0)
    name = item.indicator
    if item.unit is not None:
        name = pen.say("indicators.with_unit", {"indicator": item.indicator, "unit": item.unit})
    return (
        name,
        pen.say(f"level.{item.level}"),
        str(item.year),
        pen.number(item.target, decimals=decimals),
        pen.number(item.reached, decimals=decimals),
        pen.say("unknown") if item.gap is None else pen.number(item.gap, decimals=decimals, sign=True),
    )


def _reading(pen: Pen, action: str, item: IndicatorRow) -> str:
    _, _, year, target, reached, gap = line(pen, item)
    if item.gap is None:
        return pen.say("indicators.reading_gap")
    params = {"action": action, "indicator": item.indicator, "year": year, "target": target}
    return pen.say("indicators.reading", {**params, "reached": reached, "gap": gap})
