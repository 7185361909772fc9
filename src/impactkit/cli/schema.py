"""``impactkit schema``: the format of study files, or of one table of a study."""

from __future__ import annotations

from pathlib import Path

from impactkit.cli.console import say_json
from impactkit.cli.failures import CommandError
from impactkit.files import read_study, study_schema, table_schema
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
