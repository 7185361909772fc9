"""The page that lists every report of a folder of results, made from the manifest and the records alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from impactkit.batch.export import PAGES
from impactkit.batch.job import EVIDENCE
from impactkit.batch.manifest import Row, counted
from impactkit.document.formats import FORMATS
from impactkit.evidence import Record
from impactkit.files.at_once import write_text
from impactkit.html import page_frame, page_template
from impactkit.text import Message
from impactkit.text.language import Language
from impactkit.text.numbers import number

NAME = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of the table, as written."""

    study: str
    title: str
    lang: Language
    failed: bool
    state: str
    reason: str | None
    verdict: str | None
    strength: str | None
    territory: str
    publics: tuple[str, ...]
    report: str | None
    others: tuple[_Other, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """The report in another format: its name, and its size in the reader's language."""

    name: str
    size: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of a study, its own or a filled form, by the titles it bears."""

    title: str
    study: str
    lang: Language
    page: str


def write_index(out: Path, rows: Sequence[Row], *, language: Language) -> Path:
    """Write ``index.html`` for all the reports of a folder, failed ones first.

    Parameters
    ----------
    out : Path
        The folder of results.
    rows : sequence of Row
        Its manifest.
    language : {"fr", "en"}
        Language of the page; a title or reason in another is marked as such.
    """
    ordered = sorted(rows, key=lambda row: (row.state != "failed", row.study, row.action))
    title = Message("batch.index.title").text(language)
    lines = [_line(out, row, language) for row in ordered]
    page = page_template(PAGES / "listing.html.j2").render(
        page=page_frame(title, language),
        lines=lines,
        filters=_filters(lines),
        counted=counted(rows).text(language),
        contracts=_contracts(out, ordered),
        forms=_forms(out, ordered),
        say=lambda key: Message(f"batch.index.{key}").text(language),
    )
    path = out / NAME
    write_text(path, page)
    return path


def _line(out: Path, row: Row, language: Language) -> _Line:
    record = _record(out, row)
    strength = None
    if record is not None:
        strength = Message("batch.index.strength_of", {"strength": record.strength}).text(language)
    return _Line(
        study=record.study_title.text(language) if record else row.study,
        title=record.title.text(language) if record else row.title,
        lang=language if record else row.lang,
        failed=row.state == "failed",
        state=Message(f"batch.state.{row.state}").text(language),
        # The report's own page has the whole of it.
        reason=row.reason.splitlines()[0] if row.reason and row.report else row.reason,
        verdict=record.attribution_label.text(language) if record else None,
        strength=strength,
        territory=row.territory,
        publics=tuple(Message(f"public.{public}").text(language) for public in row.publics),
        report=row.report,
        others=_others(out, row, language),
    )


def _filters(lines: Sequence[_Line]) -> list[tuple[str, list[str]]]:
    """List what the table can be narrowed to: each filter with its choices, where there is a choice."""
    found: dict[str, set[str | None]] = {
        "verdict": {line.verdict for line in lines},
        "territory": {line.territory for line in lines},
        "public": {public for line in lines for public in line.publics},
        "state": {line.state for line in lines},
    }
    choices = {name: sorted(filter(None, values)) for name, values in found.items()}
    return [(name, values) for name, values in choices.items() if values]


def _others(out: Path, row: Row, language: Language) -> tuple[_Other, ...]:
    """List the formats that stand beside a page."""
    if row.report is None or row.state == "failed":
        return ()
    found = []
    for name in FORMATS[1:]:
        path = (out / row.report).with_suffix(f".{name}")
        if path.is_file():
            size = number(max(1, round(path.stat().st_size / 1000)), language)
            words = Message("batch.index.size", {"size": size}).text(language)
            found.append(_Other(name=name.upper(), size=words, path=path.relative_to(out).as_posix()))
    return tuple(found)


def _record(out: Path, row: Row) -> Record | None:
    if not row.is_made:
        return None
    try:
        return Record.read(out / row.study / row.action / EVIDENCE)
    except (OSError, ValidationError):
        # Someone moved or changed it since: the manifest still says what is known.
        return None


def _contracts(out: Path, rows: Sequence[Row]) -> list[_Page]:
    """List the page of each study that has one, in the language of its reports."""
    first = {row.study: row for row in reversed(rows) if row.action and row.is_made}
    found = []
    for study, row in sorted(first.items()):
        record, page = _record(out, row), out / study / NAME
        if record is not None and page.is_file():
            title = record.study_title.text(row.lang)
            found.append(_Page(title="", study=title, lang=row.lang, page=page.relative_to(out).as_posix()))
    return found


def _forms(out: Path, rows: Sequence[Row]) -> list[_Page]:
    """List the filled forms of the studies, by the data that stand beside each page."""
    found = []
    for study in dict.fromkeys(row.study for row in rows if row.action):
        for path in sorted((out / study).glob("form_*.json")):
            form = json.loads(path.read_text(encoding="utf-8"))
            page = path.with_suffix(".html").relative_to(out).as_posix()
            found.append(_Page(title=form["title"], study=form["subtitle"], lang=form["language"], page=page))
    return found
