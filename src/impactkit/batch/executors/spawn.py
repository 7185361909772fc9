"""Reports made in warm worker processes, on systems that cannot copy a process safely (Windows, macOS)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from impactkit.batch.executors.process import WorkerProcess
from impactkit.batch.executors.station import AnyJob
from impactkit.batch.job import Outcome
from impactkit.text.language import Language

# A worker forgets what it knows of; what it does not know of goes with it after this many reports.
REPORTS_PER_WORKER = 20


class SpawnStation:
    """A warm worker, replaced after some reports by another that warmed up meanwhile.

    Parameters
    ----------
    folder : Path
        For what warming leaves behind.
    imports, language, rehearsed
        As for a warm process.
    reports : int
        How many reports a worker makes; 1 for strict isolation.
    more : callable
        Whether the batch has reports left to start.
    """

    def __init__(
        self,
        folder: Path,
        *,
        imports: Sequence[str],
        language: Language,
        rehearsed: bool,
        reports: int,
        more: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._imports = imports
        self._language = language
        self._rehearsed = rehearsed
        self._reports = reports
        self._more = more
        self._worker = self._started()
        self._next: WorkerProcess | None = None
        self._made = 0

    def render(self, job: AnyJob) -> Outcome:
        """Do a job."""
        if self._worker.stained or self._made >= self._reports:
            self._worker.end()
            self._worker, self._next, self._made = self._next or self._started(), None, 0
        self._made += 1
        if self._made >= self._reports and self._next is None and self._more():
            self._next = self._started()
        return self._worker.render(job)

    def end(self) -> None:
        """End the workers."""
        for worker in (self._worker, self._next):
            if worker is not None:
                worker.end()

    def _started(self) -> WorkerProcess:
        return WorkerProcess(
            "spawn",
            self._folder,
            imports=self._imports,
            language=self._language,
            rehearsed=self._rehearsed,
        )
