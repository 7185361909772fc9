"""``impactkit schema``: the format of study files, or of one table of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from impactkit.batch.manifest import Row
from impactkit.cli.console import say, say_json
from impactkit.cli.failures import CommandError
from impactkit.evidence.record import Record
from impactkit.files import read_study, study_schema, table_schema
from impactkit.forms import NAMES, form_schema, shipped_text
from impactkit.text import Message


def show_schema() -> None:
    """Write the JSON Schema of ``study.toml``, with which editors complete and check the file."""
    say_json(study_schema())


def show_table_schema(study: Path, *, table: str) -> None:
    """Write the Table Schema of a study's file, with which other tools check it.

    Raises
    ------
    CommandError
        When the study has no such file.
    """
    read = read_study(study)
    known = [file.id for file in read.files]
    if table not in known:
        raise CommandError(Message("cli.schema.no_table", {"table": table, "known": ", ".join(known)}))
    say_json(table_schema(read, file=table))


def show_evidence_schema() -> None:
    """Write the JSON Schema of ``evidence.json``, for programs that read what a measure concludes."""
    say_json(_schema_of(Record, "evidence.json"))


def show_manifest_schema() -> None:
    """Write the JSON Schema of a line of ``manifest.jsonl``."""
    say_json(_schema_of(Row, "manifest.jsonl"))


def _schema_of(model: type[BaseModel], name: str) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": name}


def show_form_schema() -> None:
    """Write the JSON Schema of descriptions of forms."""
    say_json(form_schema())


def show_form(name: str) -> None:
    """Write the shipped description of a form, to be copied and edited.

    Raises
    ------
    CommandError
        When there is no such form.
    """
    if name not in NAMES:
        raise CommandError(Message("cli.schema.no_form", {"form": name, "known": ", ".join(NAMES)}))
    say(shipped_text(name).rstrip())
