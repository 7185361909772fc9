"""A part of a study file, written from what the columns of a table are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from impactkit.files.fold import fold
from impactkit.files.model import Study
from impactkit.files.proposal import ProposedColumn
from impactkit.text import Message


def fragment(
    columns: Sequence[ProposedColumn],
    *,
    path: Path,
    sheet: str | None,
    missing: Sequence[str],
    study: Study | None = None,
) -> Iterator[str]:
    """Yield the lines that describe a table: its waves, its variables, the file and its columns.

    Parameters
    ----------
    columns : sequence of ProposedColumn
    path : Path
        Of the table.
    sheet : str or None
    missing : sequence of str
        What means "no answer".
    study : Study, optional
        Whose folder the path is written from.
    """
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


def _identifier(path: Path) -> str:
    plain = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in fold(path.stem))
    return "-".join(plain.split())[:60] or "table"
