"""The page of a contract or a pact: its measured actions rolled up, from their records alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from impactkit.document.blocks import (
    Block,
    Bullets,
    Cell,
    Document,
    Facts,
    Grid,
    Heading,
    Paragraph,
    Point,
    Points,
    Span,
    Table,
    Title,
)
from impactkit.evidence.record import Attribution, Record
from impactkit.files.model import Action, Study
from impactkit.report.contract import Contract
from impactkit.report.contract_figure import actions_figure
from impactkit.report.contract_publics import publics_blocks
from impactkit.text import Language, Message
from impactkit.text.numbers import date, number
from impactkit.text.typography import separated

_MOST_NAMED = 5  # actions named beside their number, where half a page must do


def contract_document(
    study: Study,
    records: Sequence[Record],
    *,
    language: Language,
    links: Mapping[str, str] | None = None,
    others: Mapping[str, str] | None = None,
) -> Document:
    """Return the page of a contract or a pact, to be written in any format.

    Parameters
    ----------
    study : Study
    records : sequence of Record
        Of its measured actions; at least one.
    language : {"fr", "en"}
    links : mapping of str to str, optional
        By action, the address of its report from this page.
    others : mapping of str to str, optional
        By title, the address of other pages: the filled forms.

    Raises
    ------
    ValueError
        When no record is of an action of the study.
    """
    known = {record.action: record for record in records if record.study == study.id}
    measured = tuple((action, known[action.id]) for action in study.actions if action.id in known)
    if not measured:
        raise ValueError(f"no record is of an action of {study.id!r}")
    contract = Contract(study=study, measured=measured, language=language)
    blocks: list[Block] = [
        _title(contract),
        *_section(contract, "short", _short(contract)),
        *_section(contract, "actions", _actions(contract, links or {})),
        *_section(contract, "publics", publics_blocks(contract)),
        *_section(contract, "limits", _limits(contract)),
        *_section(contract, "annex", _annex(contract, others or {})),
    ]
    return Document(title=study.title.text(language), language=language, blocks=tuple(blocks))


def _section(contract: Contract, key: str, blocks: Sequence[Block]) -> list[Block]:
    return [Heading(text=contract.say(f"section.{key}"), anchor=key, level=2), *blocks]


def _title(contract: Contract) -> Title:
    study, language = contract.study, contract.language
    facts = [("territory", study.territory.name)]
    if study.territory.department is not None:
        facts.append(("department", study.territory.department))
    if study.pilot is not None:
        facts.append(("pilot", study.pilot))
    if study.duration is not None:
        facts += [
            (key, date(day, language))
            for key, day in (("start", study.duration.start), ("end", study.duration.end))
            if day is not None
        ]
    if study.priority is not None:
        facts.append(("priority", study.priority.text(language)))
    named = tuple((contract.say(f"title.{key}"), text) for key, text in facts)
    return Title(over=contract.say(f"title.over.{study.kind}"), text=study.title.text(language), facts=named)


def _short(contract: Contract) -> list[Block]:
    """Say in half a page how many actions are measured, what they show, and which are not measured."""
    study, language = contract.study, contract.language
    n = len(contract.measured)
    titles: dict[Attribution, list[str]] = {}
    for action, record in contract.measured:
        titles.setdefault(record.attribution, []).append(action.title.text(language))
    verdicts = tuple(
        contract.say(
            "short.verdict" if len(titles[name]) <= _MOST_NAMED else "short.verdict_many",
            {
                "verdict": Message(f"verdict.label.{name}").text(language),
                "n": len(titles[name]),
                "titles": separated(titles[name], language),
            },
        )
        for name in get_args(Attribution)
        if name in titles
    )
    blocks: list[Block] = [Paragraph(text=contract.say("short.measured", {"n": n}), tone="strong")]
    blocks.append(Bullets(items=verdicts))
    whole = study.actions_count or len(study.actions)
    if whole > n:
        blocks.append(Paragraph(text=contract.say("short.missing", {"n": whole - n, "whole": whole})))
    if "inconclusive" in titles:
        blocks.append(Paragraph(text=contract.say("short.inconclusive")))
    return blocks


def _actions(contract: Contract, links: Mapping[str, str]) -> list[Block]:
    """Return the effect of each action: the figure, the table, and the way to each report."""
    first = contract.measured[0]
    grid = Grid(
        caption=contract.say("actions.caption"),
        header=tuple(
            contract.say(f"actions.{name}") for name in ("action", "finding", "verdict", "strength")
        ),
        rows=tuple(_row(contract, action, record) for action, record in contract.measured),
        numeric=frozenset({3}),
    )
    reading = contract.say(
        "actions.reading",
        {
            "action": first[0].title.text(contract.language),
            "verdict": first[1].sentences.verdict.text(contract.language),
            "strength": first[1].strength,
        },
    )
    blocks: list[Block] = [*actions_figure(contract), Table(grid=grid, note=contract.note(reading))]
    points = tuple(
        Point(spans=(Span(text=action.title.text(contract.language), link=links[action.id]),))
        for action, _ in contract.measured
        if action.id in links
    )
    if points:
        heading = Heading(text=contract.say("actions.reports"), anchor="reports")
        blocks += [heading, Points(items=points)]
    return blocks


def _row(contract: Contract, action: Action, record: Record) -> tuple[Cell, ...]:
    language = contract.language
    return (
        Cell(text=action.title.text(language)),
        Cell(text=record.sentences.interval.text(language)),
        Cell(text=record.sentences.verdict.text(language)),
        Cell(text=contract.say("actions.out_of_five", {"n": record.strength})),
    )


def _limits(contract: Contract) -> list[Block]:
    """Say what the measures of several actions do not say of the whole."""
    return [
        Bullets(items=tuple(contract.say(f"limits.{key}") for key in ("can_each", "can_count")), mark="yes"),
        Bullets(
            items=tuple(
                contract.say(f"limits.{key}")
                for key in ("cannot_add", "cannot_people", "cannot_rank", "cannot_territory")
            ),
            mark="no",
        ),
    ]


def _method(record: Record) -> Message:
    kind = "before_after_trend" if record.claim == "trend" else record.method
    return Message(f"report.method.analysis_of.{kind}")


def _annex(contract: Contract, others: Mapping[str, str]) -> list[Block]:
    """Say what the page is made from, and where the rest is."""
    items = [
        (
            action.title.text(contract.language),
            contract.say("annex.measure", {"method": _method(record), "secrecy": record.secrecy}),
        )
        for action, record in contract.measured
    ]
    made = contract.measured[0][1].provenance
    facts = [(contract.say("annex.study"), made.study_sha256)] if made.study_sha256 else []
    masked = sum(record.masked for _, record in contract.measured)
    facts.append((contract.say("annex.masked"), number(masked, contract.language)))
    blocks: list[Block] = [Paragraph(text=contract.say("annex.explained"))]
    blocks += [Facts(items=tuple(items)), Facts(items=tuple(facts), technical=True)]
    if others:
        blocks.append(Heading(text=contract.say("annex.forms"), anchor="forms"))
        points = tuple(Point(spans=(Span(text=name, link=place),)) for name, place in others.items())
        blocks.append(Points(items=points))
    return blocks
