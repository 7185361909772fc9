"""The mid-term report as a value: what the tables say, what the measures conclude, what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from impactkit.errors import Problem, ReportError, require
from impactkit.evidence.carried import carried_by
from impactkit.files import Study
from impactkit.files.claims import claims_beyond
from impactkit.files.midterm import ActionRow, FundingRow, Tables, read_midterm
from impactkit.files.model.midterm import ActionsTable
from impactkit.html import grid_html, shown_html
from impactkit.midterm.cost import PerPerson, PerPoint, cost_per_person, cost_per_point
from impactkit.midterm.measures import Measure, computed, from_results
from impactkit.midterm.missing import Missing, find_missing
from impactkit.midterm.money import Sum, completed, is_parity, state_share, total
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MidtermReport:
    """The mid-term execution report of a contract; made by `midterm_report`.

    Attributes
    ----------
    study : Study
    tables : Tables
        The user's three tables.
    measures : mapping of str to Measure
        By action of the study.
    missing : tuple of Missing
        What is missing, and who owes it.
    notes : tuple of Problem
        What was noticed and prevents nothing.
    on : date
        The day from which delays are counted.
    """

    study: Study
    tables: Tables
    measures: Mapping[str, Measure]
    missing: tuple[Missing, ...]
    notes: tuple[Problem, ...]
    on: dt.date

    def measure(self, row: ActionRow) -> Measure | None:
        """Return the measure of an action; ``None`` when its impact is not measured."""
        return None if row.action is None else self.measures[row.action.id]

    def funding(self, row: ActionRow) -> tuple[FundingRow, ...]:
        """Return the amounts of an action."""
        return tuple(item for item in self.amounts if item.key == row.key)

    @property
    def amounts(self) -> tuple[FundingRow, ...]:
        """A row of amounts for each action and year, in order."""
        return _amounts(self.tables)

    def spent(self, row: ActionRow) -> Sum:
        """Return what an action spent over the two years."""
        return total(self.funding(row), "spent")

    def per_person(self, row: ActionRow) -> PerPerson:
        """Return what a person supported costs."""
        measure = self.measure(row)
        record = None if measure is None else measure.record
        return cost_per_person(
            self.spent(row), declared=row.people, record=record, secrecy=self.study.secrecy
        )

    def per_point(self, row: ActionRow) -> PerPoint:
        """Return what a point of effect costs."""
        measure = self.measure(row)
        return cost_per_point(self.per_person(row), None if measure is None else measure.record)

    @property
    def state_share(self) -> Decimal | None:
        """The State's share of what the State and the collectivity plan, over the whole contract."""
        return state_share(self.amounts, "planned")

    def __repr__(self) -> str:
        n = len(self.tables.actions)
        return f"<MidtermReport: {self.study.id!r}, {n} actions, {len(self.missing)} things missing>"

    def _repr_html_(self) -> str:
        decided = [(str(row.name), row.decision) for row in self.tables.actions]
        due = [(item.action and str(item.action), str(item.what), item.owes) for item in self.missing]
        complete = Message("midterm.incomplete", {"n": len(due)}) if due else Message("midterm.complete")
        return shown_html(
            grid_html(
                pd.DataFrame(decided, columns=["action", "decision"]),
                caption=self.study.title,
                words={"decision": "midterm.decision"},
            ),
            grid_html(
                pd.DataFrame(due, columns=["action", "missing", "owes"]),
                caption=complete,
                words={"owes": "midterm.owes"},
            ),
        )


def _beyond(table: ActionsTable, tables: Tables, measures: Mapping[str, Measure]) -> tuple[Problem, ...]:
    """Tell the texts that claim more of an action than its measure carries; they stay as written."""
    found = []
    for row in tables.actions:
        record = None if row.action is None else measures[row.action.id].record
        carried = "nothing" if record is None else carried_by(record)
        texts = [text.fr for text in row.words.values() if text is not None]
        words = dict.fromkeys(item for text in texts for item in claims_beyond(text, carried))
        if words:
            params = {"action": row.name, "words": ", ".join(words)}
            found.append(
                Problem(code="A-MID-09", params=params, file=table.path, sheet=table.sheet, rows=(row.row,))
            )
    return tuple(found)


def _amounts(tables: Tables) -> tuple[FundingRow, ...]:
    return completed(tables.funding, [row.key for row in tables.actions])


def midterm_report(
    study: Study, *, results: str | Path | None = None, on: dt.date | None = None
) -> MidtermReport:
    """Put together the mid-term execution report of a contract.

    The user's words are kept to the letter; what the impact measures say is the verdict's own sentences.

    Parameters
    ----------
    study : Study
        A contract whose file has a table ``[midterm]``.
    results : str or Path, optional
        A folder that ``impactkit run`` made: its records are used. Without it, measures are computed.
    on : date, optional
        The day from which delays are counted; today by default.

    Returns
    -------
    MidtermReport

    Raises
    ------
    ReportError
        When the study names no mid-term tables, or the folder does not exist.
    DataError
        With every problem of the tables at once.

    Examples
    --------
    >>> import datetime as dt
    >>> import impactkit as ik
    >>> study = ik.read_study(ik.sample("insertion_emploi_cls"))
    >>> report = ik.midterm_report(study, on=dt.date(2026, 6, 1))
    >>> [row.decision for row in report.tables.actions][:2]
    ['continue', 'modify']
    """
    require(study, Study)
    if study.midterm is None:
        raise ReportError(Message("midterm.error.no_tables"))
    tables = read_midterm(study)
    notes: tuple[Problem, ...] = tables.notes
    if results is None:
        measures = computed(study)
    else:
        folder = Path(results)
        if not folder.is_dir():
            raise ReportError(Message("midterm.error.no_results", {"folder": str(results)}))
        measures, older = from_results(study, folder)
        notes += older
    planned = state_share(_amounts(tables), "planned")
    if planned is not None and not is_parity(planned):
        notes += (Problem(code="A-MID-04", file=study.midterm.funding.path),)
    notes += _beyond(study.midterm.actions, tables, measures)
    return MidtermReport(
        study=study,
        tables=tables,
        measures=measures,
        missing=find_missing(study, tables, measures),
        notes=notes,
        on=on or dt.date.today(),
    )
