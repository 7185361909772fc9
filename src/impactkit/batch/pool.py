"""Worker processes that a batch owns: one that dies costs one report and is replaced.

Plain child processes that speak JSON through pipes, rather than `multiprocessing`: a user's script needs no
``if __name__ == "__main__"``, the death of one worker harms no other, and it is the same on every system.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol

from impactkit.batch.job import Job, Outcome
from impactkit.text import Message

# How long a worker may take to end by itself once its input is closed.
_GRACE_S = 5.0
# Windows cannot interrupt a wait without end: Ctrl-C is looked for this often.
_LOOK_S = 0.5


class Executor(Protocol):
    """Whatever makes reports: jobs in, each with its outcome as it is finished, in any order."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield every job once, with what became of it."""


class WorkerPool:
    """Up to ``size`` worker processes; use it in a ``with`` block, at whose end every worker is gone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._pending: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Job, Outcome]] = queue.SimpleQueue()
        self._live: set[_Worker] = set()
        self._closing = threading.Event()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        for worker in list(self._live):
            worker.end()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield every job once, with what became of it, as each is finished."""
        for job in jobs:
            self._pending.put(job)
        for _ in range(min(self._size, len(jobs))):
            threading.Thread(target=self._serve, daemon=True).start()
        for _ in jobs:
            yield self._next_result()

    def _next_result(self) -> tuple[Job, Outcome]:
        while True:
            try:
                return self._results.get(timeout=_LOOK_S)
            except queue.Empty:
                continue

    def _serve(self) -> None:
        """Keep one worker busy while jobs are left, in a thread of its own."""
        worker: _Worker | None = None
        while not self._closing.is_set():
            try:
                job = self._pending.get_nowait()
            except queue.Empty:
                break
            started = time.perf_counter()
            try:
                worker = worker or self._hire()
                outcome = worker.render(job)
            except (OSError, EOFError, ValueError) as error:
                outcome = _lost(job, error, wall_s=time.perf_counter() - started)
                self._retire(worker)
                worker = None
            self._results.put((job, outcome))
        self._retire(worker)

    def _hire(self) -> _Worker:
        worker = _Worker()
        self._live.add(worker)
        if self._closing.is_set():
            # The batch was ended meanwhile, perhaps before it could know of this worker.
            worker.end()
        return worker

    def _retire(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            worker.forget()
            self._live.discard(worker)


class _Worker:
    """A worker process and the pipes to speak with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # -P: a file of the current folder must not pass for a library.
            [sys.executable, "-P", "-m", "impactkit.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("IMPACTKIT_DEBUG") else subprocess.DEVNULL,
            env=_environment(os.environ),
            # Ctrl-C is for the batch, which then ends its workers itself.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def render(self, job: Job) -> Outcome:
        """Have a job done.

        Raises
        ------
        OSError, EOFError, ValueError
            When the process ended before it answered, or in the middle of its answer.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(job.model_dump_json().encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise EOFError
        return Outcome.model_validate_json(line)

    def end(self) -> None:
        """Close the worker's input, upon which it ends its kernel and itself; insist if it does not."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it may be gone already
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Close what is left of the pipes; only for the thread that reads them, after the end."""
        assert self._process.stdout is not None
        self._process.stdout.close()


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Make relative import paths absolute: kernels work in another folder."""
    environment = dict(inherited)
    paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    if paths:
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths))
    return environment


def _lost(job: Job, error: Exception, *, wall_s: float) -> Outcome:
    now = dt.datetime.now(dt.UTC)
    return Outcome(
        state="failed",
        started=now - dt.timedelta(seconds=wall_s),
        finished=now,
        wall_s=round(wall_s, 3),
        reason=Message("batch.reason.worker_died").text(job.planned.lang),
        error_class=type(error).__name__,
    )
