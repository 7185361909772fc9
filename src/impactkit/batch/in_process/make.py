"""Making a report, or running a notebook, in this very process."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from impactkit.batch.failure import NotExecutedError, refuse_failed
from impactkit.batch.in_process.execute import (
    execute_in_process,
    parameterized,
    read_notebook,
    run_cells,
)
from impactkit.batch.in_process.shell import Shell
from impactkit.batch.job import Job, NotebookJob, Outcome
from impactkit.batch.parameters import Value
from impactkit.batch.render import max_rss_mb, render
from impactkit.batch.seed import seed_randomness
from impactkit.files.at_once import write_text
from impactkit.text import set_language


def make(
    shell: Shell, job: Job | NotebookJob, *, executor: str, began: Callable[[], None] = lambda: None
) -> Outcome:
    """Do a job and say what became of it.

    Parameters
    ----------
    shell : Shell
        The shell of this process.
    job : Job or NotebookJob
    executor : str
        Name of the executor, for the manifest.
    began : callable
        Called when the first cell is about to run.
    """
    if isinstance(job, NotebookJob):
        return _run_notebook(shell, job, executor=executor, began=began)
    set_language(job.planned.lang)
    seed_randomness(job.planned.inputs_sha256)

    def execute(job: Job, parameters: Mapping[str, Value]) -> Any:
        return execute_in_process(
            shell,
            job.planned.template,
            parameters,
            scratch=job.scratch,
            language=job.planned.lang,
            started=_once(began),
        )

    return render(job, execute=execute, executor=executor)


def _once(began: Callable[[], None]) -> Callable[[int], None]:
    """Tell the first cell only."""
    told: list[bool] = []

    def started(_: int) -> None:
        if not told:
            told.append(True)
            began()

    return started


def _run_notebook(shell: Shell, job: NotebookJob, *, executor: str, began: Callable[[], None]) -> Outcome:
    started, clock = dt.datetime.now(dt.UTC), time.perf_counter()
    job.scratch.mkdir(parents=True, exist_ok=True)
    os.environ["IPYTHONDIR"] = str(job.scratch)
    notebook = parameterized(read_notebook(job.source), {})
    run_cells(shell, notebook, scratch=job.scratch, folder=job.folder, started=_once(began))
    write_text(job.target, json.dumps(notebook, ensure_ascii=False))
    failure = None
    try:
        refuse_failed(notebook, job.lang)
    except NotExecutedError as error:
        failure = error
    return Outcome(
        state="failed" if failure else "done",
        started=started,
        finished=dt.datetime.now(dt.UTC),
        wall_s=round(time.perf_counter() - clock, 3),
        max_rss_mb=max_rss_mb(),
        executor=executor,
        kind=failure.kind if failure else None,
        reason=failure.reason if failure else None,
        error_class=failure.error_class if failure else None,
        cell=failure.cell if failure else None,
    )
