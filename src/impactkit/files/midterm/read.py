"""Reading the tables of a contract's mid-term evaluation: every problem at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from impactkit.errors import DataError, Problem
from impactkit.files.finding import listed
from impactkit.files.fold import fold
from impactkit.files.midterm.cells import Cells, Table, read_cells
from impactkit.files.midterm.headers import KEYS, TableName
from impactkit.files.midterm.rows import (
    PAYERS,
    STAGES,
    WORDS,
    YEARS,
    ActionRow,
    FundingRow,
    IndicatorRow,
    Tables,
    Words,
)
from impactkit.files.model import Action, Study
from impactkit.text import Label

# A way to reach somebody, in a text that goes to the prefects and to the ministry.
_REACHES = re.compile(r"[^\s@]+@[^\s@]+\.\w|(?:\+33|\b0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}\b")


def read_midterm(study: Study) -> Tables:
    """Read the tables that a study names in ``[midterm]``.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Tables
        Empty when the study names none.

    Raises
    ------
    DataError
        With the problems of the three tables at once.
    """
    if study.midterm is None:
        return Tables()
    named: tuple[tuple[TableName, Table], ...] = (
        ("actions", study.midterm.actions),
        ("indicators", study.midterm.indicators),
        ("funding", study.midterm.funding),
    )
    problems: list[Problem] = []
    cells: dict[TableName, Cells] = {}
    for name, table in named:
        try:
            cells[name] = read_cells(study, table, name)
        except DataError as error:
            problems += error.problems
            continue
        problems += [*cells[name].problems, *_without_key(cells[name], name)]
    keys = _keys(study)
    if "actions" in cells:
        known = {keys(name) for name in cells["actions"].columns["action"] if name is not None}
        problems += [problem for item in cells.values() for problem in _unknown(item, known, keys)]
    problems += [problem for name, item in cells.items() for problem in _twice(item, name, keys)]
    if problems:
        raise DataError(problems)
    notes = [note for item in cells.values() for note in (*item.notes, *_other_years(item))]
    notes += [*_reachable(cells["actions"]), *_other_decisions(cells["actions"], study, keys)]
    lines = zip(cells["actions"].rows, cells["actions"].lines(), strict=True)
    actions = tuple(_action(row, line, study, keys) for row, line in lines)
    return Tables(
        actions=actions,
        indicators=tuple(
            _indicator(line, keys) for line in cells["indicators"].lines() if line["year"] in YEARS
        ),
        funding=tuple(_funding(line, keys) for line in cells["funding"].lines() if line["year"] in YEARS),
        notes=(*notes, *_not_listed(actions, study)),
    )


def _keys(study: Study) -> Callable[[str], str]:
    """Return what gives a name its key: the identifier of the study's action it names, else itself folded."""
    by_name = {
        fold(name): action.id
        for action in study.actions
        for name in (action.title.fr, action.title.en, action.pilot_id, action.id)
        if name is not None
    }

    def key(name: str) -> str:
        return by_name.get(fold(name), fold(name))

    return key


def _named(key: str, study: Study) -> Action | None:
    return next((action for action in study.actions if action.id == key), None)


# ------------------------------------------------------------------ what is wrong


def _without_key(cells: Cells, name: TableName) -> Iterable[Problem]:
    unread = {row for problem in cells.problems for row in problem.rows}
    for key in KEYS[name]:
        at = [i for i, value in enumerate(cells.columns[key]) if value is None]
        at = [i for i in at if cells.rows[i] not in unread]
        if at:
            yield cells.problem("E-MID-02", key, at)


def _unknown(cells: Cells, known: set[str], keys: Callable[[str], str]) -> Iterable[Problem]:
    names = cells.columns["action"]
    at = [i for i, name in enumerate(names) if name is not None and keys(name) not in known]
    if at:
        yield cells.problem("E-MID-03", "action", at)


def _twice(cells: Cells, name: TableName, keys: Callable[[str], str]) -> Iterable[Problem]:
    parts = [key for key in KEYS[name] if key != "level"]
    seen: set[tuple[object, ...]] = set()
    at = []
    for i, line in enumerate(cells.lines()):
        place = tuple(_folded(line[part], part, keys) for part in parts)
        if None not in place and place in seen:
            at.append(i)
        seen.add(place)
    if at:
        yield cells.problem("E-MID-04", "action", at, columns=listed(cells.headers[part] for part in parts))


def _folded(value: Any, part: str, keys: Callable[[str], str]) -> object:
    if part == "action" and value is not None:
        return keys(value)
    return fold(value) if isinstance(value, str) else value


# ------------------------------------------------------------------ what is noticed


def _other_years(cells: Cells) -> Iterable[Problem]:
    at = [i for i, year in enumerate(cells.columns.get("year", ())) if year not in YEARS]
    if at:
        yield cells.problem("A-MID-01", "year", at)


def _reachable(cells: Cells) -> Iterable[Problem]:
    for name in (*WORDS, "pilot"):
        at = [i for i, text in enumerate(cells.columns[name]) if text and _REACHES.search(text)]
        if at:
            yield cells.problem("A-MID-05", name, at)


def _other_decisions(cells: Cells, study: Study, keys: Callable[[str], str]) -> Iterable[Problem]:
    """Tell where the table decides otherwise than the study file."""
    at = []
    for i, line in enumerate(cells.lines()):
        action = _named(keys(line["action"]), study)
        if action is not None and action.decision is not None and line["decision"] is not None:
            at += [i] if action.decision.choice != line["decision"] else []
    if at:
        yield cells.problem("A-MID-08", "decision", at)


def _not_listed(actions: Sequence[ActionRow], study: Study) -> Iterable[Problem]:
    listed_ids = {row.key for row in actions}
    absent = [action.id for action in study.actions if action.id not in listed_ids]
    if absent and study.midterm is not None:
        params = {"actions": listed(absent)}
        yield Problem(code="A-MID-03", params=params, file=study.midterm.actions.path)


# ------------------------------------------------------------------ rows


def _action(row: int, line: dict[str, Any], study: Study, keys: Callable[[str], str]) -> ActionRow:
    key = keys(line["action"])
    action = _named(key, study)
    name = Label(fr=line["action"], en=line["action"])
    if action is not None and fold(line["action"]) in (action.id, fold(action.pilot_id or "")):
        name = action.title
    said = ("flagship", "validated_state", "validated_collectivity")
    known = ("pilot", "people", "start", "direct", "followable")
    return ActionRow(
        row=row,
        key=key,
        name=name,
        action=action,
        words={name: _words(line[name], name, action) for name in WORDS},
        decision=line["decision"] or (action.decision.choice if action and action.decision else None),
        **{name: line[name] for name in (*said, *known)},
    )


def _words(text: str | None, name: Words, action: Action | None) -> Label | None:
    """Return what the table says, else what the study file says of the action it measures."""
    if text is not None:
        return Label(fr=text, en=text)
    if action is None:
        return None
    if name == "reasons":
        return None if action.decision is None else action.decision.reasons
    return action.lessons if name == "lessons" else None


def _indicator(line: dict[str, Any], keys: Callable[[str], str]) -> IndicatorRow:
    names = ("indicator", "level", "unit", "year", "target", "reached")
    return IndicatorRow(key=keys(line["action"]), **{name: line[name] for name in names})


def _funding(line: dict[str, Any], keys: Callable[[str], str]) -> FundingRow:
    return FundingRow(
        key=keys(line["action"]),
        year=line["year"],
        amounts={(stage, payer): line[f"{stage}_{payer}"] for stage in STAGES for payer in PAYERS},
        derogation=line["derogation"],
        consulted_on=line["consulted_on"],
    )
