"""Part 4: what was planned, committed and spent, by whom; the rule of halves; the costs."""

from __future__ import annotations

from collections.abc import Sequence

from impactkit.document.blocks import Block, Cell, Heading, Paragraph
from impactkit.evidence.record import Status
from impactkit.files.midterm import ActionRow, FundingRow
from impactkit.files.midterm.rows import PAYERS, STAGES, YEARS, Stage
from impactkit.midterm.cost import PerPerson, PerPoint
from impactkit.midterm.money import ParityStatus, is_parity, parity, share, state_share, total
from impactkit.midterm.say import Pen, marked
from impactkit.text.numbers import decimals_for, number

# Each year, then both.
_PERIODS: tuple[tuple[int, ...], ...] = (*((year,) for year in YEARS), YEARS)
_STATUS: dict[ParityStatus, Status] = {
    "respected": "ok",
    "derogation": "caution",
    "derogation_late": "fail",
    "derogation_undated": "fail",
    "broken": "fail",
    "unknown": "not_run",
}


def funding(pen: Pen) -> tuple[Block, ...]:
    """Return the contract's amounts, each action's, the rule of halves and the costs."""
    heading = Heading(text=pen.say("part.funding"), anchor="financement", level=2)
    if not pen.report.amounts:
        return (heading, Paragraph(text=pen.say("funding.empty")))
    return (
        heading,
        _of_contract(pen),
        _of_actions(pen),
        Heading(text=pen.say("funding.parity"), anchor="parite"),
        *_overall(pen),
        _parity(pen),
        Heading(text=pen.say("funding.costs"), anchor="couts"),
        Paragraph(text=pen.say("funding.costs_rule"), tone="quiet"),
        _costs(pen),
        Heading(text=pen.say("funding.detail"), anchor="detail"),
        _detail(pen),
    )


def _of_contract(pen: Pen) -> Block:
    """Return a row per year and stage, then the two years together."""
    found = pen.report.amounts
    rows = [
        (*_period(pen, years), pen.say(f"stage.{stage}"), *_by_payer(pen, found, stage, years))
        for years in _PERIODS
        for stage in STAGES
    ]
    first = rows[0]
    params = {"year": first[0], "total": first[5], "state": first[2], "share": first[6]}
    header = ("year", "stage", "state", "collectivity", "others", "total", "share")
    reading = pen.say("contract_funding.reading", params)
    return pen.table("contract_funding", header, rows, numeric=(2, 3, 4, 5, 6), reading=reading)


def _period(pen: Pen, years: Sequence[int]) -> tuple[str]:
    return (str(years[0]) if len(years) == 1 else pen.say("both_years"),)


def _by_payer(
    pen: Pen, rows: Sequence[FundingRow], stage: Stage, years: Sequence[int]
) -> tuple[str, str, str, str, str]:
    """Write what each payer gives, the total, and the State's share of what State and collectivity give."""
    sums = [total(rows, stage, payers=(payer,), years=years) for payer in PAYERS]
    shared = state_share([row for row in rows if row.year in years], stage)
    texts = [pen.sum(item) for item in (*sums, total(rows, stage, years=years))]
    return texts[0], texts[1], texts[2], texts[3], pen.share(shared)


def _of_actions(pen: Pen) -> Block:
    rows: list[tuple[str, ...]] = []
    for row in pen.report.tables.actions:
        found = pen.report.funding(row)
        rows += [(pen.name(row), *_period(pen, years), *_stages(pen, found, years)) for years in _PERIODS]
    whole = pen.report.amounts
    rows += [(pen.say("whole"), *_period(pen, years), *_stages(pen, whole, years)) for years in _PERIODS]
    first = rows[0]
    params = {"action": first[0], "year": first[1], "planned": first[2], "spent": first[4]}
    header = ("action", "year", "planned", "committed", "spent", "rate")
    reading = pen.say("action_funding.reading", params)
    return pen.table("action_funding", header, rows, numeric=(2, 3, 4, 5), reading=reading)


def _stages(pen: Pen, rows: Sequence[FundingRow], years: Sequence[int]) -> tuple[str, ...]:
    sums = {stage: total(rows, stage, years=years) for stage in STAGES}
    planned, spent = sums["planned"], sums["spent"]
    rate = None if planned.missing or spent.missing else share(spent.value, planned.value)
    return (*(pen.sum(found) for found in sums.values()), pen.share(rate))


# ------------------------------------------------------------------ the rule of halves


def _overall(pen: Pen) -> tuple[Block, ...]:
    found = pen.report.state_share
    if found is None:
        return (Paragraph(text=pen.say("funding.parity_unknown"), tone="strong"),)
    key = "parity_holds" if is_parity(found) else "parity_fails"
    return (Paragraph(text=pen.say(f"funding.{key}", {"share": pen.share(found)}), tone="strong"),)


def _parity(pen: Pen) -> Block:
    rows = [_parity_of(pen, row) for row in pen.report.tables.actions]
    header = ("action", "planned", "spent", "derogation", "consulted_on", "rule")
    reading = pen.say("parity.reading", {"action": rows[0][0], "share": rows[0][1]})
    return pen.table("parity", header, rows, numeric=(1, 2), reading=reading)


def _parity_of(pen: Pen, row: ActionRow) -> tuple[str, str, str, str, str, Cell]:
    found = pen.report.funding(row)
    status = parity(found, "planned")
    asked = any(item.derogation for item in found)
    days = [item.consulted_on for item in found if item.consulted_on is not None]
    none = pen.say("not_applicable")
    return (
        pen.name(row),
        pen.share(state_share(found, "planned")),
        pen.share(state_share(found, "spent")),
        pen.yes(asked),
        pen.day(min(days)) if days else (pen.unsaid if asked else none),
        marked(pen.say(f"parity.status.{status}"), _STATUS[status]),
    )


# ------------------------------------------------------------------ costs


def _costs(pen: Pen) -> Block:
    rows = [
        (
            pen.name(row),
            pen.sum(pen.report.spent(row)),
            *_person(pen, pen.report.per_person(row)),
            _point(pen, row),
        )
        for row in pen.report.tables.actions
    ]
    header = ("action", "spent", "people", "per_person", "per_point")
    reading = pen.say("costs.reading", {"action": rows[0][0], "spent": rows[0][1], "cost": rows[0][3]})
    return pen.table("costs", header, rows, numeric=(1,), reading=reading)


def _person(pen: Pen, found: PerPerson) -> tuple[str, str]:
    if found.cost is None or found.people is None:
        return pen.say("unknown"), pen.say(f"cost.{found.reason}")
    people = number(found.people, pen.language)
    shown = people if found.declared else pen.say("cost.people_measured", {"people": people})
    return shown, pen.euros(found.cost, cents=True)


def _point(pen: Pen, row: ActionRow) -> str:
    """Write what a point of effect costs with its interval, or why that cannot be said."""
    found = pen.report.per_point(row)
    if found.cost is None or found.low is None or found.high is None:
        return pen.say(f"cost.{found.reason}")
    return pen.say("cost.per_point", {**_ends(pen, found), "unit": _unit(pen, row)})


def _ends(pen: Pen, found: PerPoint) -> dict[str, str]:
    assert found.low is not None
    assert found.high is not None
    # The interval says how precise the cost is: its width decides the decimals.
    decimals = min(2, max(0, decimals_for((found.high - found.low) / 4)))
    ends = {"cost": found.cost, "low": found.low, "high": found.high}
    return {
        name: pen.say("euros", {"amount": number(value or 0.0, pen.language, decimals=decimals)})
        for name, value in ends.items()
    }


def _unit(pen: Pen, row: ActionRow) -> str:
    measure = pen.report.measure(row)
    record = None if measure is None else measure.record
    assert record is not None
    label = record.outcome.label.text(pen.language)
    if record.outcome.type == "boolean":
        return pen.say("cost.unit_points", {"outcome": label})
    unit = record.outcome.unit_singular or record.outcome.unit
    params = {"outcome": label, "unit": pen.say("cost.unit") if unit is None else unit.text(pen.language)}
    return pen.say("cost.unit_number", params)


# ------------------------------------------------------------------ everything


def _detail(pen: Pen) -> Block:
    """Return every amount of the table as it was given."""
    rows = []
    for row in pen.report.tables.actions:
        for item in pen.report.funding(row):
            for stage in STAGES:
                state, collectivity, others, together, _ = _by_payer(pen, [item], stage, (item.year,))
                if item.amounts[(stage, "others")] is None:
                    others = pen.say("nothing")
                texts = (state, collectivity, others, together)
                rows.append((pen.name(row), str(item.year), pen.say(f"stage.{stage}"), *texts))
    header = ("action", "year", "stage", "state", "collectivity", "others", "total")
    params = {"action": rows[0][0], "year": rows[0][1], "state": rows[0][3]}
    reading = pen.say("detail.reading", params)
    return pen.table("detail", header, rows, numeric=(3, 4, 5, 6), reading=reading)
