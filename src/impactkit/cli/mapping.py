"""``impactkit map``: a part of a study file proposed from a table, to be reviewed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from impactkit.cli.console import say, say_aside
from impactkit.cli.failures import CommandError
from impactkit.files import read_study
from impactkit.files.fold import fold
from impactkit.files.model import Study
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
        text = "\n".join([*_review(columns), "", *_fragment(columns, path, raw.sheet, missing, known)])
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


def _fragment(
    columns: Sequence[ProposedColumn],
    path: Path,
    sheet: str | None,
    missing: Sequence[str],
    study: Study | None,
) -> Iterable[str]:
    waves = sorted({column.wave for column in columns if column.wave is not None})
    for months in waves:
        yield from ("[[waves]]", f'id = "T{months}"', f'label = "T{months}"', f"months = {months}", "")
    by_name: dict[str, list[ProposedColumn]] = {}
    for column in columns:
        if column.use == "variable":
            by_name.setdefault(column.name, []).append(column)
    for name, same in by_name.items():
        yield from (f"[variables.{name}]", f"label = {_quoted(same[0].label)}", f'type = "{same[0].kind}"')
        categories = list(dict.fromkeys(item for column in same for item in column.categories))
        if categories and not any(column.rare for column in same):
            yield f"categories = [{', '.join(map(_quoted, categories))}]"
        yield ""
    yield from ("[[files]]", f"id = {_quoted(_identifier(path))}", f"path = {_quoted(_from(study, path))}")
    if sheet is not None:
        yield f"sheet = {_quoted(sheet)}"
    if missing:
        yield f"missing = [{', '.join(map(_quoted, missing))}]"
    yield from ("", "[files.columns]")
    roles = {column.name: column for column in columns if column.use == "role"}
    if "unit" not in roles:
        yield f'# unit = "…"  {Message("cli.map.no_unit")}'
    yield from (f"{name} = {_column(column)}" for name, column in roles.items())
    for name, same in by_name.items():
        parts = [_column(column) for column in same]
        yield f"{name} = {parts[0] if len(parts) == 1 else '[' + ', '.join(parts) + ']'}"


def _from(study: Study | None, path: Path) -> str:
    """Return the path as the study writes it, from its folder; the name alone where it lies elsewhere."""
    if study is None or not path.resolve().is_relative_to(study.folder):
        return path.name
    return path.resolve().relative_to(study.folder).as_posix()


def _column(column: ProposedColumn) -> str:
    if column.arms:
        labels = ", ".join(f"{_quoted(text)} = {_quoted(arm)}" for text, arm in column.arms)
        return f"{{ column = {_quoted(column.header)}, labels = {{ {labels} }} }}"
    if column.wave is None:
        return _quoted(column.header)
    return f'{{ column = {_quoted(column.header)}, wave = "T{column.wave}" }}'


def _quoted(text: str) -> str:
    """Write a text as TOML does; JSON's way is one of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _identifier(path: Path) -> str:
    plain = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in fold(path.stem))
    return "-".join(plain.split())[:60] or "table"
