"""Is each value of a study file of the right form? Pydantic's answers, in words an evaluator can act on."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from impactkit.files.finding import Finding, hint, listed
from impactkit.files.locate import KeyPath
from impactkit.files.model import (
    FSE_WAVES,
    Action,
    ActionsTable,
    Change,
    ChangesFile,
    Column,
    Comparability,
    Contribution,
    Decision,
    Duration,
    Funding,
    FundingTable,
    GridFile,
    Hypothesis,
    Identity,
    Indicators,
    IndicatorsTable,
    Midterm,
    Outcome,
    Protection,
    Public,
    PublicRule,
    Rival,
    Span,
    Study,
    TableFile,
    Territory,
    Threshold,
    Timeline,
    Variable,
    Wave,
)
from impactkit.text import Message

# The table that stands at each place of a study file, positions and free names left out.
_TABLES: dict[tuple[str, ...], type[BaseModel]] = {
    (): Study,
    ("territory",): Territory,
    ("duration",): Span,
    ("changes",): ChangesFile,
    ("protection",): Protection,
    ("waves",): Wave,
    ("variables",): Variable,
    ("publics",): PublicRule,
    ("publics", "grid"): GridFile,
    ("files",): TableFile,
    ("files", "columns"): Column,
    ("files", "identity"): Identity,
    ("timelines",): Timeline,
    ("timelines", "columns"): Column,
    ("timelines", "identity"): Identity,
    ("actions",): Action,
    ("actions", "comparable"): Comparability,
    ("actions", "decision"): Decision,
    ("actions", "threshold"): Threshold,
    ("actions", "duration"): Duration,
    ("actions", "contribution"): Contribution,
    ("actions", "contribution", "hypotheses"): Hypothesis,
    ("actions", "contribution", "rivals"): Rival,
    ("actions", "contribution", "changes"): Change,
    ("actions", "indicators"): Indicators,
    ("actions", "funding"): Funding,
    ("actions", "outcomes"): Outcome,
    ("midterm",): Midterm,
    ("midterm", "actions"): ActionsTable,
    ("midterm", "indicators"): IndicatorsTable,
    ("midterm", "funding"): FundingTable,
}
_FREE_NAMES = ("variables", "publics", "columns", "labels", "justified")

_EXPECTED = {
    "string_type": "text",
    "dataclass_exact_type": "label",
    "dataclass_type": "label",
    "int_type": "whole",
    "int_from_float": "whole",
    "float_type": "number",
    "bool_type": "boolean",
    "date_type": "date",
    "date_from_datetime_inexact": "date",
    "tuple_type": "list",
    "list_type": "list",
    "dict_type": "table",
    "model_type": "table",
    "model_attributes_type": "table",
}
_BOUNDS = {"greater_than": "positive", "greater_than_equal": "not_negative", "finite_number": "finite"}
_TABLE_LISTS = (
    "waves",
    "files",
    "timelines",
    "actions",
    "outcomes",
    "hypotheses",
    "rivals",
    "changes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The parts of a study file that are well-formed, by position, and the names of all parts.

    A part that is not well-formed has its own problem; what refers to it by name is not one more.
    """

    waves: Mapping[int, Wave]
    variables: Mapping[str, Variable]
    publics: Mapping[str, PublicRule]
    files: Mapping[int, TableFile]
    timelines: Mapping[int, Timeline]
    actions: Mapping[int, Action]
    wave_ids: tuple[str, ...]
    variable_names: tuple[str, ...]
    file_ids: tuple[str, ...]
    timeline_ids: tuple[str, ...]
    action_ids: tuple[str, ...]
    study_id: str
    from_record: bool
    kind: str
    midterm: Midterm | None


def checked(document: Mapping[str, Any]) -> tuple[Study | None, list[Finding]]:
    """Return the study that a document is, or what is missing, unknown or of the wrong form in it."""
    try:
        return Study.model_validate(document), []
    except ValidationError as error:
        # One value refused by each member of a union is one problem.
        found: dict[tuple[str, KeyPath], Finding] = {}
        for item in error.errors(include_url=False):
            finding = _finding(item, document)
            if finding is not None:
                found.setdefault((finding.code, finding.path), finding)
        return None, list(found.values())


def whole_draft(study: Study) -> Draft:
    """Return the parts of a study whose every part is well-formed."""
    return Draft(
        waves=dict(enumerate(study.waves)),
        variables=study.variables,
        publics={str(name): rule for name, rule in study.publics.items()},
        files=dict(enumerate(study.files)),
        timelines=dict(enumerate(study.timelines)),
        actions=dict(enumerate(study.actions)),
        wave_ids=tuple(wave.id for wave in study.waves),
        variable_names=tuple(study.variables),
        file_ids=tuple(file.id for file in study.files),
        timeline_ids=tuple(timeline.id for timeline in study.timelines),
        action_ids=tuple(action.id for action in study.actions),
        study_id=study.id,
        from_record=study.record is not None,
        kind=study.kind,
        midterm=study.midterm,
    )


def draft_of(document: Mapping[str, Any], findings: Iterable[Finding]) -> Draft:
    """Return the well-formed parts of a document, unknown keys set aside, by what `checked` found in it."""
    known = copy.deepcopy(dict(document))
    for finding in findings:
        if finding.code == "E-ETU-03":
            _delete(known, finding.path)
    variables = known.get("variables")
    variables = variables if isinstance(variables, dict) else {}
    valid = {name: _valid(Variable, item) for name, item in variables.items()}
    publics = known.get("publics")
    rules = {
        name: _valid(PublicRule, item)
        for name, item in (publics.items() if isinstance(publics, dict) else ())
        if name in get_args(Public)
    }
    study_id = known.get("id")
    return Draft(
        waves=_valid_items(Wave, known.get("waves")),
        variables={name: variable for name, variable in valid.items() if variable is not None},
        publics={name: rule for name, rule in rules.items() if rule is not None},
        files=_valid_items(TableFile, known.get("files")),
        timelines=_valid_items(Timeline, known.get("timelines")),
        actions=_valid_items(Action, known.get("actions")),
        wave_ids=_ids(known.get("waves")),
        variable_names=tuple(variables),
        file_ids=_ids(known.get("files")),
        timeline_ids=_ids(known.get("timelines")),
        action_ids=_ids(known.get("actions")),
        study_id=study_id if isinstance(study_id, str) else "",
        from_record=isinstance(known.get("record"), str),
        kind=str(known.get("kind", "")),
        midterm=_valid(Midterm, known.get("midterm")),
    )


def with_default_waves(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with the waves of the FSE+ when it declares none and its files name only these."""
    files = document.get("files")
    if "waves" in document or not isinstance(files, list):
        return dict(document)
    named: set[str] = set()
    any_wave = False
    for item in files:
        file = _valid(TableFile, item)
        if file is not None:
            named |= file.named_waves(file.columns)
            any_wave |= file.may_hold_any_wave
    if (named or any_wave) and named <= {wave.id for wave in FSE_WAVES}:
        return {**document, "waves": [wave.model_dump(exclude_none=True) for wave in FSE_WAVES]}
    return dict(document)


_Model = TypeVar("_Model", bound=BaseModel)


def _valid(model: type[_Model], item: object) -> _Model | None:
    try:
        return model.model_validate(item)
    except ValidationError:
        return None


def _valid_items(model: type[_Model], items: object) -> dict[int, _Model]:
    if not isinstance(items, list):
        return {}
    valid = {position: _valid(model, item) for position, item in enumerate(items)}
    return {position: item for position, item in valid.items() if item is not None}


def _ids(items: object) -> tuple[str, ...]:
    """Return the ``id`` of each item, ``""`` where there is none."""
    if not isinstance(items, list):
        return ()
    ids = [item.get("id") if isinstance(item, dict) else None for item in items]
    return tuple(name if isinstance(name, str) else "" for name in ids)


def _delete(document: dict[str, Any], path: KeyPath) -> None:
    table: Any = document
    for part in path[:-1]:
        table = table[part]
    del table[path[-1]]


def _finding(item: ErrorDetails, document: Mapping[str, Any]) -> Finding | None:
    """Translate one pydantic error; ``None`` for one that only repeats another."""
    kind = item["type"]
    path, value = _walk(item["loc"], document)
    if kind == "too_short" and isinstance(value, list) and value and "window" not in path:
        return None  # pydantic says so of a list whose only item failed
    if "window" in path and kind in ("missing", "too_short", "too_long"):
        return _wrong_form(path[: path.index("window") + 1], "two_waves")
    if kind == "missing":
        return Finding(
            code="E-ETU-04", path=(*path, str(item["loc"][-1])), params={"key": str(item["loc"][-1])}
        )
    if kind == "extra_forbidden":
        allowed = list(_table_at(path[:-1]).model_fields)
        params = {"key": str(path[-1]), "hint": hint(path[-1], allowed), "allowed": listed(allowed)}
        return Finding(code="E-ETU-03", path=path, params=params)
    if kind == "literal_error":
        names = [match.strip("'") for match in re.findall(r"'[^']*'|\b\d+\b", str(item["ctx"]["expected"]))]
        return Finding(
            code="E-ETU-05", path=path, params={"hint": hint(value, names), "allowed": listed(names)}
        )
    if kind == "string_pattern_mismatch":
        return Finding(code="E-ID-01", path=path)
    if kind == "too_short":
        return Finding(code="E-ETU-08", path=path)
    if kind in _BOUNDS:
        return Finding(
            code="E-ETU-09", path=path, params={"bound": Message(f"problem.bound.{_BOUNDS[kind]}")}
        )
    return _wrong_form(path, _expected(kind, path))


def _expected(kind: str, path: KeyPath) -> str:
    names = _named(path)
    if names[-1:] == ("labels",) and len(path) and path[-1] != "labels":
        return "value"
    if names in (("files", "columns"), ("timelines", "columns")):
        return "column"
    if kind == "tuple_type" and names and names[-1] in _TABLE_LISTS and names != ("actions", "files"):
        return "tables"
    return _EXPECTED.get(kind, "other")


def _wrong_form(path: KeyPath, expected: str) -> Finding:
    return Finding(code="E-ETU-06", path=path, params={"expected": Message(f"problem.expected.{expected}")})


def _walk(loc: tuple[int | str, ...], document: Any) -> tuple[KeyPath, Any]:
    """Return the part of a pydantic location that stands in the file, and the value there.

    Pydantic also names what the file does not have: the position in a short form (``age = "Âge"``), the
    member of a union, a missing key.
    """
    path: KeyPath = ()
    for part in loc:
        in_table = isinstance(document, dict) and part in document
        in_list = isinstance(document, list) and isinstance(part, int) and part < len(document)
        if in_table or in_list:
            path, document = (*path, part), document[part]
    return path, document


def _named(path: KeyPath) -> tuple[str, ...]:
    """Return the keys of a path without positions and the names that the user chose."""
    names: list[str] = []
    free = False
    for part in path:
        if isinstance(part, int):
            continue
        if free:
            free = False
            continue
        names.append(part)
        free = part in _FREE_NAMES
    return tuple(names)


def _table_at(path: KeyPath) -> type[BaseModel]:
    return _TABLES[_named(path)]
