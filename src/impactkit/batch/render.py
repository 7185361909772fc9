"""One report: execute the template, keep the record, export the page, and prove that nothing was mixed up."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path

from pydantic import ValidationError

from impactkit.batch.execute import NotExecutedError, execute
from impactkit.batch.export import document_of
from impactkit.batch.formats import FormatError, write_formats
from impactkit.batch.job import EVIDENCE, NOTEBOOK, Job, Outcome, Planned
from impactkit.batch.neutral import neutral
from impactkit.batch.publish import write_text
from impactkit.evidence import Record
from impactkit.text import Message


def render(job: Job) -> Outcome:
    """Make a report in ``job.staged``; when it fails, say why and leave there whatever was made."""
    started = dt.datetime.now(dt.UTC)
    clock, cpu = time.perf_counter(), _cpu_s()
    record: Record | None = None
    failure: NotExecutedError | None = None
    try:
        record = _make(job)
    except NotExecutedError as error:
        failure = error
    except Exception as error:
        # Whatever happens to one report the batch goes on; the error's own text may hold a person's data.
        name = type(error).__name__
        failure = _failed(job.planned, "machinery", error_class=name, error=name)
    return Outcome(
        state="done" if record else "failed",
        started=started,
        finished=dt.datetime.now(dt.UTC),
        wall_s=round(time.perf_counter() - clock, 3),
        cpu_s=round(_cpu_s() - cpu, 3),
        reason=failure.reason if failure else None,
        error_class=failure.error_class if failure else None,
        cell=failure.cell if failure else None,
        attribution=record.attribution if record else None,
        strength=record.strength if record else None,
    )


def _make(job: Job) -> Record:
    planned = job.planned
    job.staged.mkdir(parents=True)
    job.scratch.mkdir(parents=True)
    shown = {
        **planned.parameters,
        "study": planned.study_file.name,
        "action": planned.action,
        "lang": planned.lang,
        "out": ".",
    }
    notebook = execute(
        planned.template,
        {**shown, "study": str(planned.study_file), "out": str(job.staged)},
        scratch=job.scratch,
        language=planned.lang,
    )
    record = _proved(job)
    notebook = neutral(
        notebook,
        parameters=shown,
        folders=(planned.study_file.parent, job.staged, job.scratch, planned.template.parent, Path.home()),
    )
    write_text(job.staged / NOTEBOOK, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")
    document = document_of(notebook, title=planned.title, language=planned.lang)
    try:
        write_formats(document, job.staged, planned.formats)
    except FormatError as error:
        name = type(error.__cause__).__name__
        raise _failed(planned, f"format_{error.format}", error_class=name, error=name) from error
    return record


def _proved(job: Job) -> Record:
    """Read the evidence that the notebook wrote, and refuse it when it is not about what was planned.

    Raises
    ------
    NotExecutedError
        When it is missing, unreadable, about another action, or made from other files.
    """
    planned = job.planned
    try:
        record = Record.read(job.staged / EVIDENCE)
    except FileNotFoundError:
        raise _failed(planned, "no_evidence", error_class="FileNotFoundError") from None
    except ValidationError:
        raise _failed(planned, "evidence_unreadable", error_class="ValidationError") from None
    if (record.study, record.action) != planned.key:
        raise _failed(planned, "mixed_up", error_class="ReportError")
    made_from = record.provenance
    if (made_from.study_sha256, made_from.inputs) != (planned.study_sha256, planned.inputs):
        raise _failed(planned, "files_changed", error_class="ReportError")
    return record


def _failed(planned: Planned, reason: str, *, error_class: str, error: str | None = None) -> NotExecutedError:
    params = {} if error is None else {"error": error}
    text = Message(f"batch.reason.{reason}", params).text(planned.lang)
    return NotExecutedError(text, error_class=error_class)


def _cpu_s() -> float:
    """Return the processor time of this process and of the kernels it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
