"""One report: execute the template, keep the record, export the page, and prove that nothing was mixed up."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

from impactkit.batch.export import document_of
from impactkit.batch.failure import Kind, NotExecutedError
from impactkit.batch.formats import FormatError, write_formats
from impactkit.batch.job import EVIDENCE, NOTEBOOK, Job, Outcome, Planned
from impactkit.batch.neutral import neutral
from impactkit.batch.parameters import Value
from impactkit.evidence import Record
from impactkit.files.at_once import write_json
from impactkit.text import Message

if sys.platform != "win32":
    import resource

# How an executor runs a template: the job and the parameters in, the executed notebook out.
Execute = Callable[[Job, Mapping[str, Value]], Any]


def render(job: Job, *, execute: Execute, executor: str) -> Outcome:
    """Make a report in ``job.staged``; when it fails, say why and leave there whatever was made.

    Parameters
    ----------
    job : Job
    execute : callable
        Runs the template, or raises `NotExecutedError`.
    executor : str
        The executor's name, for the manifest.
    """
    started = dt.datetime.now(dt.UTC)
    clock, cpu = time.perf_counter(), _cpu_s()
    record: Record | None = None
    failure: NotExecutedError | None = None
    try:
        record = _make(job, execute)
    except NotExecutedError as error:
        failure = error
    except Exception as error:
        # Whatever happens to one report the batch goes on; the error's own text may hold a person's data.
        name = type(error).__name__
        failure = _failed(job.planned, "machinery", error_class=name, error=name, kind="writing")
    return Outcome(
        state="done" if record else "failed",
        started=started,
        finished=dt.datetime.now(dt.UTC),
        wall_s=round(time.perf_counter() - clock, 3),
        cpu_s=round(_cpu_s() - cpu, 3),
        max_rss_mb=max_rss_mb(),
        executor=executor,
        kind=failure.kind if failure else None,
        reason=failure.reason if failure else None,
        error_class=failure.error_class if failure else None,
        cell=failure.cell if failure else None,
        attribution=record.attribution if record else None,
        strength=record.strength if record else None,
    )


def _make(job: Job, execute: Execute) -> Record:
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
    notebook = execute(job, {**shown, "study": str(planned.study_file), "out": str(job.staged)})
    record = _proved(job)
    notebook = neutral(
        notebook,
        parameters=shown,
        folders=(planned.study_file.parent, job.staged, job.scratch, planned.template.parent, Path.home()),
    )
    write_json(job.staged / NOTEBOOK, notebook, indent=1)
    document = document_of(notebook, title=planned.title, language=planned.lang)
    try:
        write_formats(document, job.staged, planned.formats)
    except FormatError as error:
        name = type(error.__cause__).__name__
        raise _failed(
            planned, f"format_{error.format}", error_class=name, error=name, kind="writing"
        ) from error
    return record


def _proved(job: Job) -> Record:
    """Read the evidence that the notebook wrote, and refuse it when it is not about what was planned.

    Raises
    ------
    NotExecutedError
        When it is missing, unreadable, about another action, made from other files or by other secrecy rules:
        a machine elsewhere may not have been told those of the command.
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
    if record.secrecy != planned.secrecy:
        raise _failed(planned, "other_secrecy", error_class="ReportError")
    made_from = record.provenance
    same_files = (made_from.study_sha256, made_from.inputs) == (planned.study_sha256, planned.inputs)
    if not (same_files and _hides(record, planned)):
        raise _failed(planned, "files_changed", error_class="ReportError")
    return record


def _hides(record: Record, planned: Planned) -> bool:
    """Tell whether a record hides what was planned: of a masked group, all boxes but the last."""
    numbers: list[int | None] = []
    if not {"treated", "comparison"}.isdisjoint(planned.masked):
        numbers += [box.n for box in record.flow if box.arm is None]
    for arm in planned.masked:
        numbers += [box.n for box in record.flow if box.arm == arm][:-1]
    if "opinion" in planned.masked and record.contribution and record.contribution.opinion:
        opinion = record.contribution.opinion
        numbers += [opinion.n, *(answer.n for answer in opinion.answers)]
    if "at_risk" in planned.masked and record.duration:
        numbers += [point.at_risk for curve in record.duration.curves for point in curve.points]
    return all(n is None for n in numbers)


def _failed(
    planned: Planned, reason: str, *, error_class: str, error: str | None = None, kind: Kind = "result"
) -> NotExecutedError:
    params = {} if error is None else {"error": error}
    text = Message(f"batch.reason.{reason}", params).text(planned.lang)
    return NotExecutedError(text, error_class=error_class, kind=kind)


def _cpu_s() -> float:
    """Return the processor time of this process and of the kernels it has waited for."""
    if sys.platform == "win32":
        spent = os.times()
        return spent.user + spent.system
    # Finer than the hundredths of a second of `os.times`: a light report takes less.
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def max_rss_mb() -> float:
    """Return the most memory that this process, or a kernel it has waited for, ever held, in megabytes."""
    if sys.platform == "win32":
        return round(psutil.Process().memory_info().peak_wset / 1e6, 1)
    usages = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # Kilobytes, except on macOS.
    return round(max(usages) * (1e-6 if sys.platform == "darwin" else 1.024e-3), 1)
