"""The manifest: one line of JSON per report in a folder of results, the latest state of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from impactkit.batch.failure import Kind
from impactkit.batch.job import Outcome, Planned, State
from impactkit.batch.table import table_of
from impactkit.errors import ReportError, WritingError
from impactkit.evidence.record import Attribution
from impactkit.files.at_once import write_text
from impactkit.text import Message
from impactkit.text.language import Language

NAME = "manifest.jsonl"
TABLE = "manifest.csv"


class Row(BaseModel):
    """One report of a folder of results.

    Each field is explained in ``docs/outputs.md``.

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
    territory: str = ""
    publics: tuple[str, ...] = ()
    cpu_s: float = 0.0
    wall_s: float = 0.0
    max_rss_mb: float = 0.0
    executor: str = ""
    kind: Kind | None = None
    inputs_sha256: str = ""
    study_sha256: str = ""
    template_sha256: str = ""
    version: str = ""
    packages: dict[str, str] = {}
    started: dt.datetime
    finished: dt.datetime
    report: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells this line from every other."""
        return (self.study, self.action)

    @property
    def is_made(self) -> bool:
        """Whether the folder holds a sound report, from this batch or an earlier one."""
        return self.state in ("done", "skipped")


def row_of(planned: Planned, outcome: Outcome, *, report: str | None) -> Row:
    """Return the manifest's line for a report and what became of it."""
    return Row(
        study=planned.study,
        action=planned.action,
        title=planned.title,
        lang=planned.lang,
        territory=planned.territory,
        publics=planned.publics,
        inputs_sha256=planned.inputs_sha256,
        study_sha256=planned.study_sha256,
        template_sha256=planned.template_sha256,
        version=planned.version,
        packages=planned.packages,
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
    """The lines of a folder of results: one added as each report is finished, tidied up at the end."""

    def __init__(self, out: Path) -> None:
        self._path = out / NAME
        self._table = out / TABLE
        rows = _read(self._path) if self._path.exists() else []
        self._rows = {row.key: row for row in rows}

    @property
    def rows(self) -> tuple[Row, ...]:
        """The latest line of each report, in the order of first writing."""
        return tuple(self._rows.values())

    def of(self, key: tuple[str, str]) -> Row | None:
        """Return the line of a report, when there is one."""
        return self._rows.get(key)

    def set(self, row: Row) -> None:
        """Add a line, which counts from now on instead of the one that the same report had.

        Raises
        ------
        WritingError
            When it cannot be written.
        """
        if self._rows.get(row.key) == row:
            return
        self._rows[row.key] = row
        with _written(self._path.parent), self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{row.model_dump_json()}\n")

    def drop(self, key: tuple[str, str]) -> None:
        """Take a line out, when there is one."""
        if self._rows.pop(key, None) is not None:
            self.tidy()

    def tidy(self) -> None:
        """Write one line per report, and the table for spreadsheets.

        Raises
        ------
        WritingError
            When they cannot be written.
        """
        text = "".join(f"{row.model_dump_json()}\n" for row in self.rows)
        with _written(self._path.parent):
            if not self._path.exists() or self._path.read_text(encoding="utf-8") != text:
                write_text(self._path, text)
            write_text(self._table, table_of(self.rows))


@contextmanager
def _written(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WritingError(Message("batch.error.unwritable", {"folder": str(out)})) from error


def read_manifest(out: str | Path) -> tuple[Row, ...]:
    """Read the manifest of a folder of results, also while a batch is adding to it.

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
        text = path.read_text(encoding="utf-8")
        whole, _, _ = text.rpartition("\n")  # a last line without its end was cut by a power failure
        return [Row.model_validate_json(line) for line in whole.splitlines() if line.strip()]
    except (ValidationError, UnicodeDecodeError) as error:
        raise ReportError(Message("batch.error.manifest_unreadable", {"folder": str(path.parent)})) from error
