"""What a template may be told: its typed parameters, read before anything runs.

papermill only logs an unknown parameter and turns ``0001`` into 1. Here a parameter is what the template's
cell tagged ``parameters`` declares, and a value that does not fit its type is refused.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impactkit.errors import ParameterError
from impactkit.text import Message

Value = str | int | float | bool

# What impactkit itself tells every template; nobody else may set them.
DRIVEN = ("study", "action", "lang", "out")

_TRUE = frozenset({"true", "vrai", "oui", "yes", "1"})
_FALSE = frozenset({"false", "faux", "non", "no", "0"})
_DECIMAL = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a template: its name, and the type that its default value or annotation shows."""

    name: str
    type: type[str] | type[int] | type[float] | type[bool]


def template_cells(template: Path) -> list[dict[str, Any]]:
    """Return the cells of a template notebook.

    Raises
    ------
    ParameterError
        When the file is missing or is not a notebook.
    """
    try:
        cells = json.loads(template.read_text(encoding="utf-8"))["cells"]
        return [dict(cell) for cell in cells]
    except FileNotFoundError as error:
        raise ParameterError(Message("batch.template.missing", {"template": template.name})) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(Message("batch.template.unreadable", {"template": template.name})) from error


def parameters_cell(cells: list[dict[str, Any]]) -> int | None:
    """Return the position of the cell tagged ``parameters``."""
    for position, cell in enumerate(cells):
        if "parameters" in cell.get("metadata", {}).get("tags", ()):
            return position
    return None


def template_parameters(template: Path) -> tuple[Parameter, ...]:
    """Read the parameters that a template declares.

    Parameters
    ----------
    template : Path
        A notebook with a cell tagged ``parameters`` that assigns each one a text, a number or a truth
        value, for example ``alpha: float = 0.05``.

    Raises
    ------
    ParameterError
        When the notebook cannot be read, declares nothing, or lacks one that impactkit sets.
    """
    cells = template_cells(template)
    position = parameters_cell(cells)
    declared: tuple[Parameter, ...] = ()
    if position is not None:
        source = cells[position].get("source", "")
        try:
            tree = ast.parse(source if isinstance(source, str) else "".join(source))
        except SyntaxError as error:
            raise ParameterError(Message("batch.template.unreadable", {"template": template.name})) from error
        declared = tuple(filter(None, map(_declared, tree.body)))
    lacking = [name for name in DRIVEN if name not in {parameter.name for parameter in declared}]
    if lacking:
        names = {"template": template.name, "n": len(lacking), "names": ", ".join(lacking)}
        raise ParameterError(Message("batch.template.lacks", names))
    return declared


def check_parameters(template: Path, given: Mapping[str, Value | str]) -> dict[str, Value]:
    """Return the values given as the template's types; ``0001`` stays text where text is expected.

    Parameters
    ----------
    template : Path
    given : mapping
        Values by name, as Python values or as typed on a command line.

    Raises
    ------
    ParameterError
        When a name is unknown or set by impactkit itself, or a value does not fit its type.
    """
    known = {parameter.name: parameter for parameter in template_parameters(template)}
    checked: dict[str, Value] = {}
    for name, value in given.items():
        if name in DRIVEN:
            raise ParameterError(Message("batch.parameter.driven", {"name": name}))
        if name not in known:
            raise _unknown(name, template, [name for name in known if name not in DRIVEN])
        fitting = _READERS[known[name].type](value)
        if fitting is None:
            kind = Message(f"batch.parameter.type.{known[name].type.__name__}")
            raise ParameterError(Message("batch.parameter.ill_typed", {"name": name, "expected": kind}))
        checked[name] = fitting
    return checked


def _unknown(name: str, template: Path, allowed: list[str]) -> ParameterError:
    names = {"name": name, "template": template.name}
    if not allowed:
        return ParameterError(Message("batch.parameter.none_taken", names))
    return ParameterError(Message("batch.parameter.unknown", {**names, "allowed": ", ".join(allowed)}))


def _declared(statement: ast.stmt) -> Parameter | None:
    """Read ``name = literal`` or ``name: type = literal``; anything else declares no parameter."""
    target: ast.expr
    value: ast.expr | None
    annotation: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign):
        target, value, annotation = statement.target, statement.value, statement.annotation
    else:
        return None
    if not isinstance(target, ast.Name):
        return None
    if isinstance(annotation, ast.Name) and annotation.id in _NAMED:
        return Parameter(name=target.id, type=_NAMED[annotation.id])
    default = value.value if isinstance(value, ast.Constant) else None
    kind = type(default) if type(default) in _READERS else str
    return Parameter(name=target.id, type=_NAMED[kind.__name__])


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _as_truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def _as_whole(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _as_number(value: object) -> float | None:
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return float(value.strip().replace(",", "."))
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


_READERS: Mapping[type, Callable[[object], Value | None]] = {
    str: _as_text,
    bool: _as_truth,
    int: _as_whole,
    float: _as_number,
}
_NAMED: Mapping[str, type[str] | type[int] | type[float] | type[bool]] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": float,
}
