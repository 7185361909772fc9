"""A filled form as a workbook: one row per section, and its tables."""

from __future__ import annotations

from collections.abc import Iterator

from impactkit.document.to_xlsx import LONGEST_TEXT, Sheet, Value, to_xlsx
from impactkit.forms.blocks import remarks, source_text
from impactkit.forms.form import Form, Section
from impactkit.text import Message

_COLUMNS = ("group", "section", "text", "length", "limit", "remark", "source", "key")


def form_xlsx(form: Form) -> bytes:
    """Return the workbook of a form; a text too long for a cell goes on in the next row."""
    header = tuple(_say(form, column) for column in _COLUMNS)
    rows = [
        row
        for _, title, sections in form.groups
        for section in sections
        for row in _rows(form, title, section)
    ]
    sheets = [
        Sheet(
            name=_say(form, "form"), header=header, rows=rows, numeric=frozenset({3, 4}), caption=form.title
        )
    ]
    sheets += [
        Sheet(
            name=table.title,
            header=table.header,
            rows=[_cut(row) for row in table.rows],
            numeric=frozenset(table.numeric),
            caption=table.title,
        )
        for table in form.tables
    ]
    return to_xlsx(sheets)


def _rows(form: Form, title: str, section: Section) -> Iterator[tuple[Value, ...]]:
    parts = [section.text[i : i + LONGEST_TEXT] for i in range(0, len(section.text), LONGEST_TEXT)] or [""]
    remark = "\n".join(remarks(form, section))
    yield (
        title,
        section.label,
        parts[0],
        len(section.text),
        section.max_length,
        remark,
        source_text(form, section),
        section.key,
    )
    for part in parts[1:]:
        yield title, f"{section.label} {_say(form, 'continued')}", part, None, None, "", "", section.key


def _cut(row: tuple[str | int | float | None, ...]) -> tuple[Value, ...]:
    """Keep what a cell can hold; the whole of a longer text is in the form's sheet."""
    return tuple(
        value[: LONGEST_TEXT - 1] + "…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value
        for value in row
    )


def _say(form: Form, key: str) -> str:
    return Message(f"form.page.{key}").text(form.language)
