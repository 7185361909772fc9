"""The report as a workbook: the same words and numbers, one sheet a table, numbers as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from impactkit.document.to_xlsx import Sheet, Value
from impactkit.files.midterm import ActionRow
from impactkit.files.midterm.headers import ACTIONS, FUNDING, INDICATORS
from impactkit.files.midterm.rows import PAYERS, STAGES, WORDS, YEARS
from impactkit.midterm.money import Sum, parity, state_share, total
from impactkit.midterm.parts.synthesis import decision_of, verdict_of
from impactkit.midterm.report import MidtermReport
from impactkit.midterm.say import Pen
from impactkit.text import Language
from impactkit.text.typography import separated


def midterm_sheets(report: MidtermReport, language: Language) -> tuple[Sheet, ...]:
    """Return the sheets of the report: what is not filled in says so, what is not known is empty."""
    pen = Pen.of(report, language)
    return (
        _actions(pen),
        _indicators(pen),
        _funding(pen),
        _totals(pen),
        _parity(pen),
        _costs(pen),
        _missing(pen),
    )


def _exact(value: Decimal | None) -> float | None:
    """Return a number for a cell: a float holds an amount to the cent up to thousands of billions."""
    return None if value is None else float(value)


def _given(value: Decimal | None, pen: Pen) -> Value:
    return pen.unsaid if value is None else float(value)


def _sum(found: Sum, pen: Pen) -> Value:
    return float(found.value) if found.known else pen.unsaid


def _actions(pen: Pen) -> Sheet:
    names = ("action", "decision", "flagship", "validated_state", "validated_collectivity", "pilot", *WORDS)
    header = [ACTIONS[name].text(pen.language) for name in names]
    rows = [
        (
            pen.name(row),
            decision_of(pen, row),
            pen.yes(row.flagship),
            pen.yes(row.validated_state),
            pen.yes(row.validated_collectivity),
            pen.words(row.pilot),
            *(pen.words(row.words[name]) for name in WORDS),
            verdict_of(pen, row),
        )
        for row in pen.report.tables.actions
    ]
    return Sheet(name=pen.say("sheet.actions"), header=(*header, pen.say("word.measure")), rows=rows)


def _indicators(pen: Pen) -> Sheet:
    named = {row.key: pen.name(row) for row in pen.report.tables.actions}
    names = ("action", "indicator", "level", "unit", "year", "target", "reached")
    header = [INDICATORS[name].text(pen.language) for name in names]
    rows: list[Sequence[Value]] = [
        (
            named[item.key],
            item.indicator,
            pen.say(f"level.{item.level}"),
            pen.words(item.unit),
            item.year,
            _given(item.target, pen),
            _given(item.reached, pen),
            _exact(item.gap),
        )
        for item in pen.report.tables.indicators
    ]
    return Sheet(
        name=pen.say("sheet.indicators"),
        header=(*header, pen.say("indicators.gap")),
        rows=rows,
        numeric=frozenset({4, 5, 6, 7}),
    )


def _funding(pen: Pen) -> Sheet:
    """Return the amounts as given, with their total for each stage."""
    names = [f"{stage}_{payer}" for stage in STAGES for payer in PAYERS]
    header = [FUNDING[name].text(pen.language) for name in ("action", "year", *names)]
    header += [f"{pen.say(f'stage.{stage}')} – {pen.say('contract_funding.total')}" for stage in STAGES]
    rows: list[Sequence[Value]] = [
        (
            pen.name(row),
            item.year,
            *(_amount(item.amounts[(stage, payer)], payer, pen) for stage in STAGES for payer in PAYERS),
            *(_sum(total([item], stage), pen) for stage in STAGES),
        )
        for row in pen.report.tables.actions
        for item in pen.report.funding(row)
    ]
    return Sheet(
        name=pen.say("sheet.funding"), header=header, rows=rows, numeric=frozenset(range(1, len(header)))
    )


def _amount(value: Decimal | None, payer: str, pen: Pen) -> Value:
    if value is None and payer == "others":
        return None
    return _given(value, pen)


def _totals(pen: Pen) -> Sheet:
    """Return the sums by action and for the contract, each year and both, with how many amounts they lack."""
    header = ("year", "stage", "state", "collectivity", "others", "total", "share")
    rows: list[Sequence[Value]] = []
    whole = [(pen.say("whole"), pen.report.amounts)]
    for name, amounts in [*((pen.name(row), pen.report.funding(row)) for row in _rows(pen)), *whole]:
        for years in (*((year,) for year in YEARS), YEARS):
            here = [item for item in amounts if item.year in years]
            for stage in STAGES:
                sums = [total(here, stage, payers=(payer,)) for payer in PAYERS]
                everything = total(here, stage)
                period = str(years[0]) if len(years) == 1 else pen.say("both_years")
                cells = [_sum(found, pen) for found in (*sums, everything)]
                shared = _exact(state_share(here, stage))
                rows.append((name, period, pen.say(f"stage.{stage}"), *cells, shared, everything.missing))
    return Sheet(
        name=pen.say("sheet.totals"),
        header=(
            pen.say("word.action"),
            *(pen.say(f"contract_funding.{name}") for name in header),
            pen.say("sheet.gaps"),
        ),
        rows=rows,
        numeric=frozenset(range(3, 9)),
    )


def _rows(pen: Pen) -> tuple[ActionRow, ...]:
    return pen.report.tables.actions


def _parity(pen: Pen) -> Sheet:
    names = ("action", "planned", "spent", "derogation", "consulted_on", "rule")
    rows: list[Sequence[Value]] = []
    for row in _rows(pen):
        found = pen.report.funding(row)
        days = [item.consulted_on for item in found if item.consulted_on is not None]
        rows.append(
            (
                pen.name(row),
                _exact(state_share(found, "planned")),
                _exact(state_share(found, "spent")),
                pen.yes(any(item.derogation for item in found)),
                min(days) if days else None,
                pen.say(f"parity.status.{parity(found, 'planned')}"),
            )
        )
    return Sheet(
        name=pen.say("sheet.parity"),
        header=[pen.say(f"parity.{name}") for name in names],
        rows=rows,
        numeric=frozenset({1, 2}),
    )


def _costs(pen: Pen) -> Sheet:
    header = [pen.say(f"costs.{name}") for name in ("action", "spent", "people", "per_person")]
    header += [pen.say(f"sheet.{name}") for name in ("cost_point", "cost_low", "cost_high", "why")]
    rows: list[Sequence[Value]] = []
    for row in _rows(pen):
        person, point = pen.report.per_person(row), pen.report.per_point(row)
        reasons = dict.fromkeys(found.reason for found in (person, point) if found.reason is not None)
        rows.append(
            (
                pen.name(row),
                _sum(pen.report.spent(row), pen),
                person.people,
                _exact(person.cost),
                *(_cents(end) for end in (point.cost, point.low, point.high)),
                separated((pen.say(f"cost.{reason}") for reason in reasons), pen.language) or None,
            )
        )
    return Sheet(name=pen.say("sheet.costs"), header=header, rows=rows, numeric=frozenset(range(1, 7)))


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _missing(pen: Pen) -> Sheet:
    names = ("action", "what", "owes", "due")
    rows = [
        (
            pen.say("whole") if item.action is None else item.action.text(pen.language),
            item.what.text(pen.language),
            pen.say(f"owes.{item.owes}"),
            item.due,
            max(item.late(pen.report.on), 0),
        )
        for item in pen.report.missing
    ]
    header = [pen.say(f"missing_table.{name}") for name in names]
    return Sheet(
        name=pen.say("sheet.missing"),
        header=(*header, pen.say("sheet.late_days")),
        rows=rows,
        numeric=frozenset({4}),
    )
