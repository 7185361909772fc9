"""Worker processes that make one report after another, on every system, watched from here."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import psutil

from impactkit.batch.executors.station import (
    AnyJob,
    LostError,
    command,
    end_tree,
    ended,
    environment,
    tree_mb,
)
from impactkit.batch.failure import Kind
from impactkit.batch.in_process.written import MOST_TEXT, written_bytes
from impactkit.batch.job import Job, Outcome
from impactkit.text.language import Language

# How long a worker may take to end by itself once its input is closed.
_GRACE_S = 5.0
# How often a report is looked at; Windows cannot interrupt a longer wait.
_LOOK_S = 0.25
# A kernel stops at its own limit first: its answer says which cell it was.
_KERNEL_EXTRA_S = 5.0
# What a worker may take to be ready: imports, on a slow or busy machine.
READY_S = 180.0

WorkerKind = Literal["kernel", "spawn"]


class WorkerProcess:
    """A worker (`impactkit.batch.executors.worker`) and the pipes to speak with it.

    Parameters
    ----------
    kind : {"kernel", "spawn"}
        A kernel per report, or reports made in the worker itself.
    folder : Path
        For what its warming leaves behind.
    imports, language, rehearsed
        As for a warm process.
    """

    def __init__(
        self,
        kind: WorkerKind,
        folder: Path,
        *,
        imports: Sequence[str] = (),
        language: Language = "fr",
        rehearsed: bool = False,
    ) -> None:
        self._kind = kind
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.stained = False
        self._process = subprocess.Popen(
            command("worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("IMPACTKIT_DEBUG") else subprocess.DEVNULL,
            env=environment(os.environ),
            # Ctrl-C is for the batch, which then ends its workers itself.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        wanted = {"kind": kind, "folder": str(folder), "imports": list(imports), "language": language}
        self._write(json.dumps({**wanted, "rehearsed": rehearsed}))
        threading.Thread(target=self._listen, daemon=True).start()

    def render(self, job: AnyJob) -> Outcome:
        """Have a job done.

        Raises
        ------
        LostError
            When the process ended before it answered.
        """
        self._write(json.dumps({"report": isinstance(job, Job), "job": job.model_dump_json()}))
        started, began = time.perf_counter(), False
        while True:
            line = self._next_line()
            if line == b"":
                self.end()
                raise LostError
            if line == b"began\n":
                began, started = True, time.perf_counter()
            elif line == b"stained\n":
                self.stained = True
            elif line is not None:
                outcome = Outcome.model_validate_json(line)
                self._end_leftovers()
                return outcome
            kind = self._overrun(job, time.perf_counter() - started, began=began)
            if kind is not None:
                wall_s = time.perf_counter() - started
                self._end_at_once()
                name = {"time": "TimeoutError", "memory": "MemoryError"}.get(kind, "TooMuchOutput")
                return ended(job, kind, executor=self._kind, wall_s=wall_s, began=began, error_class=name)

    def _overrun(self, job: AnyJob, elapsed_s: float, *, began: bool) -> Kind | None:
        """Tell which limit a report went beyond."""
        extra = _KERNEL_EXTRA_S if self._kind == "kernel" else 0.0
        if elapsed_s > (job.limits.timeout_s + extra if began else READY_S):
            return "time"
        if job.limits.memory_mb and tree_mb(self._process.pid) > job.limits.memory_mb:
            return "memory"
        return "output" if written_bytes(job.scratch) > MOST_TEXT else None

    def end(self) -> None:
        """Close the worker's input, upon which it ends its kernel and itself; insist if it does not."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it may be gone already
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._end_at_once()

    def _end_at_once(self) -> None:
        self.stained = True
        end_tree(self._process.pid)
        self._process.wait()

    def _end_leftovers(self) -> None:
        """End what a report left in the background; a worker that left something is not used again."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for left in psutil.Process(self._process.pid).children(recursive=True):
                self.stained = True
                with contextlib.suppress(psutil.NoSuchProcess):
                    left.kill()

    def _next_line(self) -> bytes | None:
        try:
            return self._lines.get(timeout=_LOOK_S)
        except queue.Empty:
            return None

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            # Dead, or ended by the batch: the end of its answers says so.
            return

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(b"")


class KernelStation:
    """Makes each report with papermill and a kernel of its own."""

    def __init__(self, folder: Path) -> None:
        self._process = WorkerProcess("kernel", folder)

    def render(self, job: AnyJob) -> Outcome:
        """Do a job; after one that had to be ended, the station is gone."""
        if self._process.stained:
            raise LostError
        return self._process.render(job)

    def end(self) -> None:
        """End the worker and its kernel."""
        self._process.end()
