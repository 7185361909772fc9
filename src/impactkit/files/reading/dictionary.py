"""What a caller says of the columns of a table: types by header, or a Table Schema (frictionless)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from impactkit.files.reading.convert import Kind, Reading

Dictionary = Mapping[str, Any] | str | Path
_KINDS: tuple[str, ...] = get_args(Kind)
# Types of a Table Schema, as ours.
_SCHEMA_KINDS: dict[str, Kind] = {
    "string": "text",
    "any": "text",
    "number": "number",
    "integer": "number",
    "year": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
    "yearmonth": "month",
    "list": "text",
}
_FORMATS = ("default", "any", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "email", "uri", "uuid", "binary")


def readings(dictionary: Dictionary | None) -> dict[str, Reading]:
    """Return how each column named is read, by header.

    Parameters
    ----------
    dictionary : mapping, str or Path, optional
        Header to type, or a Table Schema: a mapping with ``fields``, or the path of a JSON file.

    Raises
    ------
    ValueError
        When a type or a format is not one of those read.

    Examples
    --------
    >>> readings({"Âge": "number"})["Âge"].kind
    'number'
    """
    if dictionary is None:
        return {}
    said: Mapping[str, Any] = (
        json.loads(Path(dictionary).read_text(encoding="utf-8"))
        if isinstance(dictionary, str | Path)
        else dictionary
    )
    fields = said.get("fields")
    if isinstance(fields, list):
        missing = said.get("missingValues", [""])
        return {field["name"]: _of_field(field, missing) for field in fields}
    for column, kind in said.items():
        if kind not in _KINDS:
            raise ValueError(f"type of column {column!r} is {kind!r}: expected one of {', '.join(_KINDS)}")
    return {column: Reading(kind=kind) for column, kind in said.items()}


def _of_field(field: Mapping[str, Any], missing: list[Any]) -> Reading:
    name, declared = field["name"], field.get("type", "string")
    if declared not in _SCHEMA_KINDS:
        allowed = ", ".join(_SCHEMA_KINDS)
        raise ValueError(f"type of field {name!r} is {declared!r}: expected one of {allowed}")
    if field.get("format", "default") not in _FORMATS:
        raise ValueError(f"format of field {name!r}: expected one of {', '.join(_FORMATS)}")
    kind = _SCHEMA_KINDS[declared]
    labels: dict[str, str | bool | float] = {}
    categories = None
    if kind == "boolean":
        labels |= dict.fromkeys(field.get("trueValues", []), True)
        labels |= dict.fromkeys(field.get("falseValues", []), False)
    listed = field.get("categories", field.get("constraints", {}).get("enum"))
    if listed is not None and kind == "text":
        kind = "category"
        values = [item if isinstance(item, dict) else {"value": item} for item in listed]
        # Several texts may have one meaning.
        categories = tuple(dict.fromkeys(str(item.get("label", item["value"])) for item in values))
        labels = {str(item["value"]): str(item.get("label", item["value"])) for item in values}
    return Reading(
        kind=kind,
        labels=labels,
        categories=categories,
        missing=tuple(_missing_text(item) for item in field.get("missingValues", missing)),
        decimal=field.get("decimalChar"),
    )


def _missing_text(item: Any) -> str:
    return str(item["value"]) if isinstance(item, Mapping) else str(item)
