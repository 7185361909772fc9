"""The format of ``study.toml`` as a JSON Schema, so that editors complete and check the file."""

from __future__ import annotations

from typing import Any

from impactkit.files.model import Study

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``study.toml``; titles and descriptions are in French.

    It says the form of each value, as `read_study` does first; names that must agree, files that must
    exist and dates that must be possible are checked by `read_study` only.

    Returns
    -------
    dict

    Examples
    --------
    >>> study_schema()["title"]
    "Étude d'impact (study.toml)"
    """
    schema = _without_generated_words(Study.model_json_schema())
    _allow_short_columns(schema)
    return {
        "$schema": _DIALECT,
        "$id": "urn:impactkit:study:1",
        "title": "Étude d'impact (study.toml)",
        "description": "Un contrat (CLS) ou un pacte local des solidarités : son territoire, ses vagues de "
        "suivi, ses variables, ses fichiers et ses actions.",
        **schema,
    }


def _without_generated_words(part: Any) -> Any:
    """Remove what pydantic adds and an editor should not show: titles, English docstrings, null.

    TOML has no null: what is optional is left out.
    """
    if isinstance(part, list):
        return [_without_generated_words(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if key != "title" or not isinstance(value, str)}
    if "properties" in kept:
        kept.pop("description", None)
    if "default" in kept and kept["default"] is None:
        del kept["default"]
    choices = [choice for choice in kept.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) > 1:
        kept["anyOf"] = choices
    elif choices:
        kept = {**choices[0], **kept}
    return {key: _without_generated_words(value) for key, value in kept.items()}


def _allow_short_columns(schema: dict[str, Any]) -> None:
    """Allow ``"Âge"`` and ``{column = "Âge"}`` where the model has a list of columns; ask for ``unit``."""
    one = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Column"}]}
    columns = schema["$defs"]["TableFile"]["properties"]["columns"]
    columns["required"] = ["unit"]
    columns["additionalProperties"] = {
        "anyOf": [*one["anyOf"], {"type": "array", "minItems": 1, "items": one}]
    }
