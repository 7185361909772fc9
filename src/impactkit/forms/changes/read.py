"""Reading the answers on changes: every problem at once, and no text that names someone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from impactkit.errors import DataError, Problem
from impactkit.files.coherence import is_inside
from impactkit.files.finding import listed
from impactkit.files.fold import fold
from impactkit.files.model import Study
from impactkit.files.reading.parse_dates import date_of
from impactkit.files.reading.raw import RawTable, read_raw
from impactkit.files.telltale import telltale
from impactkit.forms.changes.words import COLUMNS, heading, named, words
from impactkit.forms.definition import FormDefinition
from impactkit.text import LANGUAGES, Language, Message

# What says who answers is a number, never a name.
_RESPONDENT = re.compile(r"[A-Za-z]{0,2}[ \-]?\d{1,4}")
_NEEDED = ("respondent", "type", "code", "level")
_FREE = ("proof", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a respondent says of an item, with the proof given.

    Attributes
    ----------
    respondent, type, item, level : str
    share : str or None
        What is due to the pact.
    proof, source : str or None
    date : date or None
    """

    respondent: str
    type: str
    item: str
    level: str
    share: str | None = None
    proof: str | None = None
    source: str | None = None
    date: dt.date | None = None

    @property
    def is_proved(self) -> bool:
        """Whether a proof is given with its date and source."""
        return None not in (self.proof, self.date, self.source)


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers, and what is told of the file without stopping."""

    items: tuple[Answer, ...]
    notes: tuple[Problem, ...] = ()


def read_changes(study: Study, form: FormDefinition) -> Answers:
    """Read the questionnaire that a study declares; none declared is no answer.

    Parameters
    ----------
    study : Study
    form : FormDefinition
        The items asked about.

    Raises
    ------
    DataError
        With every problem: file, sheet, column and rows, never what a cell holds.
    """
    told = study.changes
    if told is None:
        return Answers(())
    if not is_inside(told.path, study.folder):
        raise DataError(
            [Problem(code="E-ETU-13", file="study.toml", place="changes.path", params={"path": told.path})]
        )
    table, language = _table(study)
    found = _Found(table, language, told.path)
    answers = tuple(_answers(table, found, form, told.proper_nouns))
    _check_together(answers, found)
    if found.problems:
        raise DataError(found.told)
    unproved = [row for row, answer in answers if answer.proof is not None and not answer.is_proved]
    notes = [found.problem("A-EVO-01", "proof", unproved, {})] if unproved else []
    return Answers(tuple(answer for _, answer in answers), tuple(notes))


def _table(study: Study) -> tuple[RawTable, Language]:
    """Return the table, whichever of the two languages its headings are in."""
    told = study.changes
    assert told is not None
    path = study.folder / told.path
    languages = sorted(LANGUAGES, key=lambda language: language != study.language)
    first: DataError | None = None
    for language in languages:
        wanted = [heading(column, language) for column in _NEEDED]
        try:
            return read_raw(path, headers=wanted, others=True, sheet=told.sheet, name=told.path), language
        except DataError as error:
            first = first or error
    assert first is not None
    raise first


class _Found:
    """Gathers problems by code and column, so that a slip made on each row is told once."""

    def __init__(self, table: RawTable, language: Language, file: str) -> None:
        self.problems: dict[tuple[str, str], tuple[list[int], Mapping[str, object]]] = {}
        self.many = 0
        self._sheet, self._language, self._file = table.sheet, language, file

    def add(self, code: str, column: str, row: int, params: Mapping[str, object] | None = None) -> None:
        rows, _ = self.problems.setdefault((code, column), ([], params or {}))
        rows.append(row)
        self.many += 1

    def problem(self, code: str, column: str, rows: Sequence[int], params: Mapping[str, object]) -> Problem:
        name = heading(column, self._language)
        return Problem(
            code=code, file=self._file, sheet=self._sheet, column=name, rows=tuple(rows), params=params
        )

    def choices(self, column: str) -> Mapping[str, object]:
        return {"allowed": listed(words(column, self._language))}

    @property
    def told(self) -> list[Problem]:
        return [
            self.problem(code, column, rows, params)
            for (code, column), (rows, params) in self.problems.items()
        ]


def _answers(
    table: RawTable, found: _Found, form: FormDefinition, allowed: Sequence[str]
) -> Iterator[tuple[int, Answer]]:
    known = {item.key for _, item in form.items}
    rows = table.row_numbers.tolist()
    columns = {column: [""] * len(rows) for column in COLUMNS} | {
        column: [str(cell).strip() for cell in table.frame[name].tolist()]
        for column in COLUMNS
        for language in LANGUAGES
        if (name := heading(column, language)) in table.frame
    }
    for row, *cells in zip(rows, *columns.values(), strict=True):
        cell = dict(zip(COLUMNS, cells, strict=True))
        if not any(cell[column] for column in ("level", "share", "proof", "date", "source")):
            continue  # the row was left blank: nothing is said of that item
        answer = _answer(cell, row, found, known, allowed)
        if answer is not None:
            yield row, answer


def _answer(
    cell: Mapping[str, str], row: int, found: _Found, known: set[str], allowed: Sequence[str]
) -> Answer | None:
    before = found.many
    if not _RESPONDENT.fullmatch(cell["respondent"]):
        found.add("E-EVO-01", "respondent", row)
    if cell["code"] not in known:
        found.add("E-EVO-02", "code", row, {"allowed": listed(sorted(known))})
    chosen: dict[str, str | None] = {}
    for column in ("type", "level", "share"):
        chosen[column] = named(column, cell[column]) if cell[column] else None
        if chosen[column] is None and (cell[column] or column != "share"):
            found.add("E-EVO-03" if cell[column] else "E-EVO-04", column, row, found.choices(column))
    date = date_of(fold(cell["date"])) if cell["date"] else None
    if isinstance(date, str):
        found.add(date, "date", row)
    for column in _FREE:
        kind = telltale(cell[column], allowed=allowed)
        if kind is not None:
            found.add("E-EVO-05", column, row, {"kind": Message(f"problem.telltale.{kind}")})
    if found.many > before:
        return None
    assert chosen["type"] is not None
    assert chosen["level"] is not None
    return Answer(
        respondent=cell["respondent"],
        type=chosen["type"],
        item=cell["code"],
        level=chosen["level"],
        share=chosen["share"],
        proof=cell["proof"] or None,
        source=cell["source"] or None,
        date=date if isinstance(date, dt.date) else None,
    )


def _check_together(answers: Sequence[tuple[int, Answer]], found: _Found) -> None:
    """Tell a respondent of two types, or who answers an item twice."""
    types: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for row, answer in answers:
        if types.setdefault(answer.respondent, answer.type) != answer.type:
            found.add("E-EVO-06", "type", row)
        if (answer.respondent, answer.item) in seen:
            found.add("E-EVO-07", "respondent", row)
        seen.add((answer.respondent, answer.item))
