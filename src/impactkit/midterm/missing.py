"""What the report still lacks, action by action, who owes it, and by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from impactkit.files.midterm import ActionRow, FundingRow, IndicatorRow, Tables
from impactkit.files.midterm.rows import STAGES, WORDS, YEARS
from impactkit.files.model import Study
from impactkit.midterm.measures import Measure
from impactkit.midterm.money import parity
from impactkit.text import Label, Message

# Instruction of 9 April 2026, contracts, I.2 and I.3.
MIDTERM_DUE = dt.date(2026, 6, 30)
IMPACT_DUE = dt.date(2026, 12, 31)
# "A selection of several flagship actions" (annex, 1).
FEWEST_FLAGSHIPS = 2

Owes = Literal["state", "collectivity", "pilot", "both"]
# Who writes what: the instruction names those who decide (State and collectivity, together) and who hands in
# (the collectivity); that the lead of the action writes what is known of it is this project's rule.
_OWED_WORDS: Mapping[str, Owes] = {**dict.fromkeys(WORDS, "pilot"), "reasons": "both"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is missing.

    Attributes
    ----------
    action : Label or None
        The action as its file names it; ``None`` for the whole contract.
    what : Message
    owes : str
        Who owes it: the State, the collectivity, the lead of the action, or State and collectivity together.
    due : date
    """

    action: Label | None
    what: Message
    owes: Owes
    due: dt.date = MIDTERM_DUE

    def late(self, on: dt.date) -> int:
        """Return how many days late it is on a day; negative while there is time."""
        return (on - self.due).days


def find_missing(study: Study, tables: Tables, measures: Mapping[str, Measure]) -> tuple[Missing, ...]:
    """List what is missing: for the contract, then action by action, in the order of the table."""
    found = list(_of_contract(study, tables, measures))
    for row in tables.actions:
        found += _of_words(row)
        found += _of_validation(row)
        found += _of_indicators(row, [item for item in tables.indicators if item.key == row.key])
        found += _of_funding(row, [item for item in tables.funding if item.key == row.key])
    return tuple(found)


def _what(key: str, **params: object) -> Message:
    return Message(f"midterm.missing.{key}", params)


def _of_contract(study: Study, tables: Tables, measures: Mapping[str, Measure]) -> Iterable[Missing]:
    said = study.midterm
    if said is None or said.handed_in is None:
        yield Missing(action=None, what=_what("handed_in"), owes="collectivity")
    if not any(measure.record is not None for measure in measures.values()):
        yield Missing(action=None, what=_what("no_measure"), owes="collectivity", due=IMPACT_DUE)
    if said is None or said.impact_handed_in is None:
        yield Missing(action=None, what=_what("impact_handed_in"), owes="collectivity", due=IMPACT_DUE)
    flagships = sum(row.flagship is True for row in tables.actions)
    if flagships < min(FEWEST_FLAGSHIPS, max(len(tables.actions), 1)):
        yield Missing(action=None, what=_what("flagship", n=flagships), owes="both")
    listed = {row.key for row in tables.actions}
    for action in study.actions:
        if action.id not in listed:
            yield Missing(action=None, what=_what("action", action=action.title), owes="collectivity")


def _of_words(row: ActionRow) -> Iterable[Missing]:
    if row.decision is None:
        yield Missing(action=row.name, what=_what("decision"), owes="both")
    for name in WORDS:
        needed = name != "measures" or row.decision != "stop"
        if needed and row.words[name] is None:
            yield Missing(action=row.name, what=_what(name), owes=_OWED_WORDS[name])


def _of_validation(row: ActionRow) -> Iterable[Missing]:
    if row.validated_state is not True:
        yield Missing(action=row.name, what=_what("validated_state"), owes="state")
    if row.validated_collectivity is not True:
        yield Missing(action=row.name, what=_what("validated_collectivity"), owes="collectivity")


def _of_indicators(row: ActionRow, indicators: Sequence[IndicatorRow]) -> Iterable[Missing]:
    for level in ("national", "local"):
        if not any(item.level == level for item in indicators):
            yield Missing(action=row.name, what=_what(f"{level}_indicator"), owes="collectivity")
    for name in dict.fromkeys(item.indicator for item in indicators):
        years = {item.year: item for item in indicators if item.indicator == name}
        for year in YEARS:
            params = {"indicator": name, "year": year}
            if year not in years:
                yield Missing(action=row.name, what=_what("indicator_year", **params), owes="collectivity")
                continue
            for part in ("target", "reached"):
                if getattr(years[year], part) is None:
                    yield Missing(
                        action=row.name, what=_what(f"indicator_{part}", **params), owes="collectivity"
                    )


def _of_funding(row: ActionRow, funding: Sequence[FundingRow]) -> Iterable[Missing]:
    years = {item.year: item for item in funding}
    payers: tuple[tuple[Literal["state", "collectivity"], Owes], ...] = (
        ("state", "state"),
        ("collectivity", "collectivity"),
    )
    for year in YEARS:
        if year not in years:
            yield Missing(action=row.name, what=_what("funding_year", year=year), owes="both")
            continue
        for stage in STAGES:
            for payer, owes in payers:
                if years[year].amounts[(stage, payer)] is None:
                    what = _what(f"{stage}_{payer}", year=year)
                    yield Missing(action=row.name, what=what, owes=owes)
    # The rule is on what the contract plans; what was spent is compared with it in the financial part.
    status = parity(funding, "planned")
    if status in ("broken", "derogation_undated", "derogation_late"):
        yield Missing(action=row.name, what=_what(status), owes="state")
