"""``impactkit map``: a part of a study file proposed from a table, to be reviewed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from impactkit.cli.console import say, say_aside
from impactkit.cli.failures import CommandError
from impactkit.files import read_study
from impactkit.files.fragment import fragment
from impactkit.files.proposal import ProposedColumn, no_answers, propose
from impactkit.files.reading.convert import Kind, Reading
from impactkit.files.reading.raw import read_raw
from impactkit.files.schema_of_table import schema_of
from impactkit.text import Message

# Roles that are not text; the others' words are people's own, or would have to be listed.
_ROLE_KINDS: dict[str, Kind] = {"entry": "date", "month": "month", "weight": "number"}


def map_file(
    path: Path, *, study: Path | None, sheet: str | None, out: Path | None, as_table_schema: bool = False
) -> None:
    """Write, or save in a new file, what the columns of a table seem to be.

    It is a part of ``study.toml``, or a Table Schema.

    No value of a row is shown, apart from categories that at least 11 rows share.

    Raises
    ------
    CommandError
        When the file to write exists: nothing is ever overwritten.
    """
    if out is not None and out.exists():
        raise CommandError(Message("cli.map.exists", {"path": str(out)}))
    raw = read_raw(path, sheet=sheet)
    known = None if study is None else read_study(study)
    columns = propose(raw, study=known)
    for note in raw.notes:
        say_aside(str(note))
    missing = no_answers(raw, columns)
    if as_table_schema:
        schema = schema_of(
            raw, {column.header: (column.label, _reading(column, missing)) for column in columns}
        )
        text = json.dumps(schema, ensure_ascii=False, indent=2)
    else:
        text = "\n".join(
            [
                *_review(columns),
                "",
                *fragment(columns, path=path, sheet=raw.sheet, missing=missing, study=known),
            ]
        )
    if out is None:
        say(text)
    else:
        out.write_text(text + "\n", encoding="utf-8", newline="\n")
        say(Message("cli.map.made", {"path": str(out)}))


def _reading(column: ProposedColumn, missing: Sequence[str]) -> Reading:
    """Return how a column is read if the proposal is right; what is not taken up stays text."""
    if column.use == "role":
        return Reading(kind=_ROLE_KINDS.get(column.name, "text"))
    if column.use != "variable" or column.rare:
        return Reading(kind="text")
    return Reading(kind=column.kind, categories=column.categories or None, missing=tuple(missing))


def _review(columns: Sequence[ProposedColumn]) -> Iterable[str]:
    """Yield the review table, as comments of the study file."""
    yield f"# {Message('cli.map.review')}"
    width = max(len(column.header) for column in columns)
    for column in columns:
        said = Message(f"cli.map.use.{column.use}", {"name": column.name, "kind": column.kind})
        wave = f", T{column.wave}" if column.wave is not None else ""
        rare = f" {Message('cli.map.rare')}" if column.rare else ""
        yield f"# {_plain(column.header):{width}} : {said}{wave}.{rare}"


def _plain(text: str) -> str:
    return " ".join(text.split())
