"""Do the parts of a study file agree with one another, and with the files it names?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import get_args

from impactkit.files.coherence_of_actions import EARLIEST, action_findings
from impactkit.files.coherence_of_timelines import timeline_findings
from impactkit.files.finding import Finding, hint, listed, repeated, unknown
from impactkit.files.locate import KeyPath
from impactkit.files.model import (
    ROLES,
    ActionsTable,
    Arm,
    Column,
    FundingTable,
    GridFile,
    IndicatorsTable,
    Midterm,
    PublicRule,
    TableFile,
    Timeline,
    Variable,
)
from impactkit.files.reading.suffixes import TEXTS, WORKBOOKS
from impactkit.files.shape import Draft
from impactkit.text import Message

READ_FORMATS = (*TEXTS, *WORKBOOKS)
# The year of communes of the first grid of density that INSEE publishes.
EARLIEST_GRID = 2015
LATEST_WAVE = dt.date(2100, 1, 1)
_WINDOWS_NAMES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10)))
)
# Roles whose values have no words of the study to be matched with.
_ROLES_WITHOUT_LABELS = ("unit", "month", "entry", "exit", "answered", "birth", "household", "weight")


def coherence_findings(draft: Draft, folder: Path, *, today: dt.date) -> list[Finding]:
    """Return everything in which the parts of a study file disagree.

    Parameters
    ----------
    draft : Draft
        The well-formed parts.
    folder : Path
        The folder of the study file.
    today : date
        An action cannot start later.
    """
    found = [*_ids(draft), *_variables(draft), *_waves(draft), *_publics(draft, today=today)]
    for name, rule in draft.publics.items():
        if rule.grid is not None:
            found += _location(rule.grid, ("publics", name, "grid"), folder, needed=True)
    for i, file in draft.files.items():
        path = ("files", i)
        found += _location(file, path, folder, needed=not draft.from_record)
        found += _columns(file, path, draft)
        found += _ways_to_say_the_wave(file, path)
    for i, timeline in draft.timelines.items():
        found += _location(timeline, ("timelines", i), folder, needed=not draft.from_record)
        found += timeline_findings(timeline, ("timelines", i), draft)
    if draft.midterm is not None:
        found += _midterm(draft.midterm, draft, folder)
    for i, action in draft.actions.items():
        found += action_findings(action, ("actions", i), draft, today=today)
    # Two actions may meet the same problem of a shared file or wave.
    return list({(finding.code, finding.path): finding for finding in found}.values())


# ------------------------------------------------------------------ names


def _ids(draft: Draft) -> Iterator[Finding]:
    for section, ids in (("waves", draft.wave_ids), ("actions", draft.action_ids)):
        yield from repeated(ids, [(section, i, "id") for i in range(len(ids))])
    # One command takes in files and timelines alike.
    places: list[KeyPath] = [("files", i, "id") for i in range(len(draft.file_ids))]
    places += [("timelines", i, "id") for i in range(len(draft.timeline_ids))]
    yield from repeated((*draft.file_ids, *draft.timeline_ids), places)
    folders: list[tuple[str, KeyPath]] = [(draft.study_id, ("id",))]
    folders += [(name, ("actions", i, "id")) for i, name in enumerate(draft.action_ids)]
    for name, path in folders:
        if name.lower() in _WINDOWS_NAMES:
            yield Finding(code="E-ID-01", path=path)


def _variables(draft: Draft) -> Iterator[Finding]:
    for name in draft.variable_names:
        if name in ROLES or name.startswith("_"):
            params = {"name": name, "allowed": listed(ROLES)}
            yield Finding(code="E-ETU-44", path=("variables", name), params=params)
    for name, variable in draft.variables.items():
        if variable.categories is not None and variable.type != "category":
            yield Finding(code="E-ETU-45", path=("variables", name, "categories"))
        in_order = variable.kind == "ordinal" and variable.type == "category"
        if variable.kind is not None and variable.type != "number" and not in_order:
            yield Finding(code="E-ETU-73", path=("variables", name, "kind"))


def _waves(draft: Draft) -> Iterator[Finding]:
    for i, wave in draft.waves.items():
        if wave.date is not None and not EARLIEST <= wave.date <= LATEST_WAVE:
            params = {"low": EARLIEST, "high": LATEST_WAVE}
            yield Finding(code="E-ETU-33", path=("waves", i, "date"), params=params)
        if wave.anchor == "calendar" and wave.date is None:
            yield Finding(code="E-ETU-60", path=("waves", i, "anchor"))


def _publics(draft: Draft, *, today: dt.date) -> Iterator[Finding]:
    """Check that each priority public is told by a variable, in values that the variable can take."""
    for name, rule in draft.publics.items():
        path: KeyPath = ("publics", name)
        if rule.variable not in draft.variable_names:
            yield unknown("E-ETU-16", (*path, "variable"), name=rule.variable, known=draft.variable_names)
        variable = draft.variables.get(rule.variable)
        if rule.grid is not None:
            yield from _grid(name, rule, variable, (*path, "grid"), today=today)
            continue
        if variable is None:
            continue
        both = rule.below is not None and "yes" in rule.model_fields_set
        if both or (variable.type == "number") != (rule.below is not None) or variable.type == "date":
            yield Finding(code="E-ETU-61", path=path, params={"name": rule.variable})
        elif rule.below is None:
            for i, value in enumerate(rule.yes):
                expected = _variable_mismatch(variable, value)
                if expected is not None:
                    params = {"name": rule.variable, "expected": expected}
                    # The value that stands for all when the file gives none has no place of its own.
                    given = "yes" in rule.model_fields_set
                    yield Finding(code="E-ETU-28", path=(*path, "yes", i) if given else path, params=params)


def _grid(
    public: str, rule: PublicRule, variable: Variable | None, path: KeyPath, *, today: dt.date
) -> Iterator[Finding]:
    """Check that a grid of density tells who is rural, from a column of codes, and for a year of communes."""
    said = {"yes", "below"} & rule.model_fields_set
    if public != "rural" or said or (variable is not None and variable.type not in ("text", "category")):
        yield Finding(code="E-ETU-78", path=path)
    if rule.grid is not None and not EARLIEST_GRID <= rule.grid.cog <= today.year + 1:
        params = {"low": str(EARLIEST_GRID), "high": str(today.year + 1)}
        yield Finding(code="E-ETU-79", path=(*path, "cog"), params=params)


# ------------------------------------------------------------------ files


def _midterm(midterm: Midterm, draft: Draft, folder: Path) -> Iterator[Finding]:
    """Check that the tables of a contract's mid-term evaluation are there."""
    if draft.kind == "pacte":
        yield Finding(code="E-MID-01", path=("midterm",))
    tables: tuple[tuple[str, _Located], ...] = (
        ("actions", midterm.actions),
        ("indicators", midterm.indicators),
        ("funding", midterm.funding),
    )
    for name, table in tables:
        yield from _location(table, ("midterm", name), folder, needed=True)


_Located = TableFile | Timeline | GridFile | ActionsTable | IndicatorsTable | FundingTable


def _location(file: _Located, path: KeyPath, folder: Path, *, needed: bool) -> Iterator[Finding]:
    path = (*path, "path")
    if not is_inside(file.path, folder):
        yield Finding(code="E-ETU-13", path=path, params={"path": file.path})
        return
    target = folder / file.path
    suffix = target.suffix.lower()
    if suffix == ".xls":
        yield Finding(code="E-FIC-04", path=path)
    elif suffix not in READ_FORMATS:
        yield Finding(code="E-ETU-14", path=path, params={"allowed": listed(READ_FORMATS)})
    if needed and not target.is_file():  # once in the record, a file may be put away
        near = sorted(item.name for item in target.parent.glob("*") if item.is_file())
        params = {"path": file.path, "hint": hint(target.name, near)}
        yield Finding(code="E-ETU-12", path=path, params=params)
    if file.sheet is not None and suffix not in WORKBOOKS:
        yield Finding(code="E-ETU-46", path=(*path[:-1], "sheet"))


def is_inside(path: str, folder: Path) -> bool:
    """Tell whether a path of a study file is relative and stays under the study's folder, links followed."""
    windows = PureWindowsPath(path)
    if not path or "\\" in path or "\0" in path or windows.drive or windows.root:
        return False
    if ".." in PurePosixPath(path).parts:
        return False
    return (folder / path).resolve().is_relative_to(folder.resolve())


def _columns(file: TableFile, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    if "unit" not in file.columns:
        yield Finding(code="E-ETU-23", path=(*path, "columns"))
    if file.wave is not None and file.wave not in draft.wave_ids:
        yield unknown("E-ETU-18", (*path, "wave"), name=file.wave, known=draft.wave_ids)
    if file.arm is not None and "arm" in file.columns:
        yield Finding(code="E-ETU-52", path=(*path, "arm"))
    for name, columns in file.columns.items():
        place = (*path, "columns", name)
        if name == "answered":
            yield from _waves_of(name, columns, place, draft)
        elif name in ROLES:
            yield from _role(name, columns, place)
        elif name not in draft.variable_names:
            known = (*ROLES, *draft.variable_names)
            yield unknown("E-ETU-15", place, name=name, known=known)
        else:
            yield from _waves_of(name, columns, place, draft)
        for i, column in enumerate(columns):
            yield from _labels(name, column, (*place, i), draft)


def _role(name: str, columns: tuple[Column, ...], path: KeyPath) -> Iterator[Finding]:
    if len(columns) > 1 or columns[0].wave is not None:
        yield Finding(code="E-ETU-27", path=path, params={"name": name})


def _waves_of(name: str, columns: tuple[Column, ...], path: KeyPath, draft: Draft) -> Iterator[Finding]:
    for i, column in enumerate(columns):
        if column.wave is not None and column.wave not in draft.wave_ids:
            yield unknown("E-ETU-18", (*path, i, "wave"), name=column.wave, known=draft.wave_ids)
    waves = [column.wave for column in columns]
    if len(waves) > 1 and (None in waves or len(set(waves)) < len(waves)):
        yield Finding(code="E-ETU-25", path=path, params={"name": name})


def _labels(name: str, column: Column, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that what a column's values are matched with suits the role or variable."""
    if column.labels is None:
        return
    for key, value in column.labels.items():
        expected = _label_mismatch(name, value, draft)
        if expected is not None:
            params = {"name": name, "expected": expected}
            yield Finding(code="E-ETU-28", path=(*path, "labels", key), params=params)


def _label_mismatch(name: str, value: str | bool | float, draft: Draft) -> Message | None:
    """Return what was expected in place of a value that does not suit, else ``None``."""
    if name in _ROLES_WITHOUT_LABELS:
        return Message("problem.expected.nothing")
    if name == "arm":
        return _one_of("arm", value, get_args(Arm))
    if name == "wave":
        return _one_of("wave", value, draft.wave_ids)
    variable = draft.variables.get(name)
    return None if variable is None else _variable_mismatch(variable, value)


def _variable_mismatch(variable: Variable, value: str | bool | float) -> Message | None:
    if variable.type == "boolean":
        return None if isinstance(value, bool) else Message("problem.expected.boolean")
    if variable.type == "number":
        number = isinstance(value, float) and not isinstance(value, bool)
        return None if number else Message("problem.expected.number")
    if variable.type == "date":
        return Message("problem.expected.nothing")
    if variable.categories is not None:
        return _one_of("category", value, variable.categories)
    return None if isinstance(value, str) else Message("problem.expected.text")


def _one_of(kind: str, value: object, allowed: Iterable[str]) -> Message | None:
    names = tuple(allowed)
    return None if value in names else Message(f"problem.expected.{kind}", {"allowed": listed(names)})


def _ways_to_say_the_wave(file: TableFile, path: KeyPath) -> Iterator[Finding]:
    """Refuse a wave said in several ways: for the file, by a column of waves or months, column by column."""
    ways = [f"columns.{name}" for name in ("wave", "month") if name in file.columns]
    if file.wave is not None:
        ways.insert(0, "wave")
    if any(column.wave is not None for columns in file.columns.values() for column in columns):
        ways.append("columns.….wave")
    if len(ways) > 1:
        yield Finding(code="E-ETU-24", path=path, params={"ways": listed(ways)})


__all__ = ["EARLIEST", "READ_FORMATS", "WORKBOOKS", "coherence_findings", "is_inside"]
