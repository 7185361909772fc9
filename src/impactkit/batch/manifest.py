"""The manifest: one line of JSON per report in a folder of results, the latest state of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from impactkit.batch.job import Outcome, Planned, State
from impactkit.batch.publish import write_text
from impactkit.errors import ReportError
from impactkit.evidence.record import Attribution
from impactkit.text import Message
from impactkit.text.language import Language

NAME = "manifest.jsonl"


class Row(BaseModel):
    """One report of a folder of results.

    ``action`` is empty on the line of a study whose file or forms failed as a whole. ``report`` is the
    page's path from the folder of results. ``cell`` is the failed code cell of the template, from 1.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    study: str
    action: str
    title: str
    state: State
    reason: str | None = None
    error_class: str | None = None
    cell: int | None = None
    attribution: Attribution | None = None
    strength: int | None = None
    lang: Language
    cpu_s: float = 0.0
    wall_s: float = 0.0
    inputs_sha256: str = ""
    template_sha256: str = ""
    version: str = ""
    started: dt.datetime
    finished: dt.datetime
    report: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells this line from every other."""
        return (self.study, self.action)


def row_of(planned: Planned, outcome: Outcome, *, report: str | None) -> Row:
    """Return the manifest's line for a report and what became of it."""
    return Row(
        study=planned.study,
        action=planned.action,
        title=planned.title,
        lang=planned.lang,
        inputs_sha256=planned.inputs_sha256,
        template_sha256=planned.template_sha256,
        version=planned.version,
        report=report,
        **outcome.model_dump(),
    )


def study_row(study: str, *, title: str, lang: Language, reason: str, error_class: str) -> Row:
    """Return the line of a study that failed as a whole."""
    now = dt.datetime.now(dt.UTC)
    return Row(
        study=study,
        action="",
        title=title,
        state="failed",
        reason=reason,
        error_class=error_class,
        lang=lang,
        started=now,
        finished=now,
    )


def counted(rows: Sequence[Row]) -> Message:
    """Say how many reports there are and how many failed."""
    failed = sum(row.state == "failed" for row in rows)
    if not failed:
        return Message("batch.all_done", {"n": len(rows)})
    return Message("batch.counted", {"n": len(rows), "failed": failed})


class Manifest:
    """The lines of a folder of results, written again whole after every change."""

    def __init__(self, out: Path) -> None:
        self._path = out / NAME
        rows = _read(self._path) if self._path.exists() else []
        self._rows = {row.key: row for row in rows}

    @property
    def rows(self) -> tuple[Row, ...]:
        """The latest line of each report, in the order of first writing."""
        return tuple(self._rows.values())

    def set(self, row: Row) -> None:
        """Write a line in place of the one that the same report had."""
        self._rows[row.key] = row
        self._write()

    def drop(self, key: tuple[str, str]) -> None:
        """Take a line out, when there is one."""
        if self._rows.pop(key, None) is not None:
            self._write()

    def _write(self) -> None:
        write_text(self._path, "".join(f"{row.model_dump_json()}\n" for row in self._rows.values()))


def read_manifest(out: str | Path) -> tuple[Row, ...]:
    """Read the manifest of a folder of results.

    Raises
    ------
    ReportError
        When the folder holds no manifest, or one that cannot be read.
    """
    path = Path(out) / NAME
    if not path.is_file():
        raise ReportError(Message("batch.error.no_manifest", {"folder": str(out)}))
    return tuple({row.key: row for row in _read(path)}.values())


def _read(path: Path) -> Iterable[Row]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Row.model_validate_json(line) for line in lines if line.strip()]
    except (ValidationError, UnicodeDecodeError) as error:
        raise ReportError(Message("batch.error.manifest_unreadable", {"folder": str(path.parent)})) from error
