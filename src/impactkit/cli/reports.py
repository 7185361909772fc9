"""``impactkit run`` and ``impactkit demo``: make reports, and tell what each one concludes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from impactkit.batch import BatchResult, Row, run_batch
from impactkit.batch.executors.wanted import NAMES
from impactkit.batch.job import EVIDENCE
from impactkit.batch.manifest import counted
from impactkit.batch.run import LEAST_MEMORY_MB
from impactkit.cli.console import say, say_json
from impactkit.cli.failures import BEYOND_LIMITS, SOME_FAILED, CommandError
from impactkit.cli.progress import shown_progress
from impactkit.cli.studies import find_studies
from impactkit.document.formats import FORMATS
from impactkit.evidence import Record
from impactkit.files.resources import sample, sample_names
from impactkit.html.theme import VARIABLE as THEME
from impactkit.text import Message, current_language

# Beyond, the index tells them all and the screen only those that failed.
_MOST_TOLD = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How the reports are made, as typed: see `impactkit.batch.run_batch`."""

    executor: str | None
    resume: bool
    only_failed: bool
    timeout: float
    memory: int | None
    retries: int
    strict: bool


def demo_reports(out: Path, *, lang: str | None, jobs: int, as_json: bool) -> int:
    """Render every action of the shipped studies; return the exit code."""
    _refuse_no_jobs(jobs)
    studies = [sample(name) for name in sample_names()]
    with shown_progress() as progress:
        result = run_batch(studies, out=out, lang=lang or current_language(), jobs=jobs, progress=progress)
    return _told(result, as_json=as_json)


def run_reports(
    studies: Sequence[str],
    *,
    out: Path,
    actions: Sequence[str] | None,
    lang: str | None,
    jobs: int,
    template: Path | None,
    parameters: Sequence[str],
    making: Making,
    formats: str,
    theme: Path | None,
    as_json: bool,
) -> int:
    """Make the reports asked for; return the exit code.

    Raises
    ------
    CommandError
        When a study is not found, a parameter is not written NAME=VALUE, a format is not known, or
        ``jobs`` is not positive.
    """
    _refuse_no_jobs(jobs)
    _refuse_unknown(making)
    files = find_studies(studies)
    values = dict(_assignment(text) for text in parameters)
    wanted = _known_formats(formats)
    if theme is not None:
        os.environ[THEME] = str(theme.resolve())
    with shown_progress() as progress:
        result = run_batch(
            files,
            out=out,
            actions=actions or None,
            lang=lang,
            jobs=jobs,
            template=template,
            parameters=values,
            formats=wanted,
            progress=progress,
            executor=making.executor,
            resume=making.resume,
            only_failed=making.only_failed,
            timeout=making.timeout,
            memory=making.memory,
            retries=making.retries,
            isolation="strict" if making.strict else "usual",
        )
    return _told(result, as_json=as_json)


def _refuse_no_jobs(jobs: int) -> None:
    if jobs < 1:
        raise CommandError(Message("cli.usage.jobs"))


def _refuse_unknown(making: Making) -> None:
    name = making.executor
    if name is not None and name not in NAMES and not name.startswith("dask://"):
        raise CommandError(Message("cli.usage.executor", {"name": name, "known": ", ".join(NAMES)}))
    if making.timeout <= 0:
        raise CommandError(Message("cli.usage.timeout"))
    if making.memory is not None and making.memory < LEAST_MEMORY_MB:
        raise CommandError(Message("cli.usage.memory", {"least": LEAST_MEMORY_MB}))
    if making.retries < 0:
        raise CommandError(Message("cli.usage.retries"))


def _known_formats(text: str) -> list[str]:
    """Read ``html,pdf``."""
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise CommandError(Message("cli.usage.format", {"name": unknown[0], "known": ", ".join(FORMATS)}))
    return names


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise CommandError(Message("cli.usage.assignment", {"text": text}))
    return name, value


def _told(result: BatchResult, *, as_json: bool) -> int:
    if as_json:
        lines = [row.model_dump(mode="json") for row in result.rows]
        out, index = str(result.out), str(result.index)
        notices = [notice.text(current_language()) for notice in result.notices]
        told = {"out": out, "index": index, "failed": result.failed, "rows": lines, "notices": notices}
        say_json(told)
    else:
        for row in result.rows if len(result.rows) <= _MOST_TOLD else _failed(result):
            _tell_report(result.out, row)
        say()
        say(counted(result.rows))
        for notice in result.notices:
            say(notice)
        say(Message("cli.report.index", {"path": str(result.index)}))
    return _exit_code(result)


def _exit_code(result: BatchResult) -> int:
    """Tell the kind of failure: any, or only reports that went beyond what they may take."""
    kinds = {row.kind for row in result.rows if row.state == "failed"}
    if not kinds:
        return 0
    return BEYOND_LIMITS if kinds <= {"time", "memory", "output"} else SOME_FAILED


def _failed(result: BatchResult) -> list[Row]:
    return [row for row in result.rows if row.state == "failed"]


def _tell_report(out: Path, row: Row) -> None:
    state = Message(f"batch.state.{row.state}")
    say()
    say(Message("cli.report.line", {"state": state, "study": row.study, "title": row.title}))
    if row.is_made:
        record = Record.read(out / row.study / row.action / EVIDENCE)
        language = current_language()
        params = {"verdict": record.attribution_label.text(language), "strength": record.strength}
        say(Message("cli.report.verdict", params))
    for line in (row.reason or "").splitlines():
        say(f"    {line}")
    if row.report is not None:
        say(f"    {out / row.report}")
