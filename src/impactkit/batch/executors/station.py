"""Where a report is made: whatever the place, a job in and its outcome out."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

import psutil

from impactkit.batch.failure import Kind
from impactkit.batch.in_process.written import MOST_TEXT
from impactkit.batch.job import Job, NotebookJob, Outcome
from impactkit.text import Message, Quantity
from impactkit.text.language import Language

AnyJob = Job | NotebookJob


class LostError(Exception):
    """The place went away with the report that it was making."""


class Station(Protocol):
    """Makes one report at a time."""

    def render(self, job: AnyJob) -> Outcome:
        """Do a job.

        Raises
        ------
        LostError
            When the place is gone: another must be hired.
        """

    def end(self) -> None:
        """Leave nothing behind; from any thread, also while a report is being made."""


def language_of(job: AnyJob) -> Language:
    """Return the language in which a job's failure is told."""
    return job.planned.lang if isinstance(job, Job) else job.lang


def ended(job: AnyJob, kind: Kind, *, executor: str, wall_s: float, began: bool, error_class: str) -> Outcome:
    """Return the outcome of a job that was ended from outside, or ended abruptly."""
    told = {
        "time": Message("batch.reason.timeout", {"seconds": Quantity(job.limits.timeout_s, decimals=0)}),
        "memory": Message("batch.reason.memory"),
        "output": Message("batch.reason.output", {"megabytes": MOST_TEXT // 1_000_000}),
    }
    now = dt.datetime.now(dt.UTC)
    return Outcome(
        state="failed",
        started=now - dt.timedelta(seconds=wall_s),
        finished=now,
        wall_s=round(wall_s, 3),
        executor=executor,
        kind=kind,
        began=began,
        reason=told.get(kind, Message("batch.reason.worker_died")).text(language_of(job)),
        error_class=error_class,
    )


def end_tree(pid: int) -> None:
    """End a process and all it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def tree_mb(pid: int) -> float:
    """Return the memory that a process and all it started hold, in megabytes."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += one.memory_info().rss
    return total / 1e6


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what a worker inherits: one thread each, the same order of texts, absolute import paths.

    A batch uses every processor by making several reports at once; threads inside each would only get in
    each other's way, and a process that has any must not fork.
    """
    wanted = dict(inherited)
    paths = [path for path in wanted.get("PYTHONPATH", "").split(os.pathsep) if path]
    if paths:
        wanted["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths))
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
        wanted[f"{name}_NUM_THREADS"] = "1"
    wanted.setdefault("PYTHONHASHSEED", "0")
    # Arrow's own allocator keeps some ten megabytes in each process.
    wanted.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Dates that matplotlib and others write into files: two runs are the same bytes.
    wanted.setdefault("SOURCE_DATE_EPOCH", "315532800")
    return wanted


def command(module: str, *arguments: str) -> Sequence[str]:
    """Return the command of a worker; with -P a file of the current folder does not pass for a library."""
    return [sys.executable, "-P", "-m", f"impactkit.batch.executors.{module}", *arguments]
