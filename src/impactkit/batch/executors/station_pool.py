"""A batch on one machine: several places at work at once; one that dies costs one report and is replaced.

Plain child processes that speak JSON through pipes, rather than `multiprocessing`: a user's script needs no
``if __name__ == "__main__"``, the death of one worker harms no other, and it is the same on every system.
"""

from __future__ import annotations

import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from impactkit.batch.clerk import Clerk, ClerkHere
from impactkit.batch.executors.station import LostError, Station, ended
from impactkit.batch.failure import Kind
from impactkit.batch.job import Job, Outcome

# Windows cannot interrupt a wait without end: Ctrl-C is looked for this often.
_LOOK_S = 0.5
# Failures that another try may not meet again; an error in a cell is met every time.
_ANOTHER_TRY: frozenset[Kind | None] = frozenset({"time", "memory", "died", "writing"})

Hire = Callable[[], Station]


class Pool:
    """Up to ``size`` places at work; use it in a ``with`` block, at whose end every process is gone.

    Parameters
    ----------
    size : int
    hire : callable
        Gives a place.
    elsewhere : callable, optional
        Gives a place of another kind, for a report whose own place died, hung before its first cell, or
        must not be used.
    retries : int
        How many more times a report is tried whose failure another try may not meet.
    close : callable
        Ends what the places share.
    clerks : sequence of Clerk, optional
        Do what is done once a study, at the same time; this process by default.
    """

    def __init__(
        self,
        size: int,
        hire: Hire,
        *,
        elsewhere: Hire | None = None,
        retries: int = 0,
        close: Callable[[], None] = lambda: None,
        clerks: Sequence[Clerk] = (),
    ) -> None:
        self.clerks = clerks or (ClerkHere(),)
        self._size = size
        self._hire = hire
        self._elsewhere = elsewhere
        self._retries = retries
        self._close = close
        self._pending: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Job, Outcome]] = queue.SimpleQueue()
        self._live: set[Station] = set()
        self._idle: list[tuple[_Place, _Place]] = []
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        for station in list(self._live):
            station.end()
        self._close()
        for thread in self._threads:
            thread.join(timeout=5.0)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield every job once, with what became of it, as each is finished."""
        for job in jobs:
            self._pending.put(job)
        for _ in range(min(self._size, len(jobs))):
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()
        for _ in jobs:
            yield self._next_result()

    def left(self) -> int:
        """Return how many jobs are left to start."""
        return self._pending.qsize()

    def _next_result(self) -> tuple[Job, Outcome]:
        while True:
            try:
                return self._results.get(timeout=_LOOK_S)
            except queue.Empty:
                continue

    def _serve(self) -> None:
        """Keep one place busy while jobs are left, in a thread of its own."""
        place, other = self._idle.pop() if self._idle else self._places()
        while not self._closing.is_set():
            try:
                job = self._pending.get_nowait()
            except queue.Empty:
                break
            self._results.put((job, self._made(job, place, other)))
        self._idle.append((place, other))  # for the next run; all end with the pool

    def _places(self) -> tuple[_Place, _Place]:
        return (
            _Place(self._hire, self._live, self._closing),
            _Place(self._elsewhere or self._hire, self._live, self._closing),
        )

    def _made(self, job: Job, place: _Place, other: _Place) -> Outcome:
        """Make a report: again when that may help, and elsewhere when its own place does not do."""
        tries, moved = 0, self._elsewhere is None
        while True:
            outcome = place.render(job)
            failed_otherwise = outcome.kind not in _ANOTHER_TRY
            if outcome.state == "done" or failed_otherwise or self._closing.is_set():
                return outcome
            if not (moved or (outcome.began and outcome.error_class != LostError.__name__)):
                place, moved = other, True
            elif tries < self._retries:
                tries += 1
            else:
                return outcome
            for folder in (job.staged, job.scratch):
                shutil.rmtree(folder, ignore_errors=True)


class _Place:
    """A station of one thread, hired when first needed and again after a loss."""

    def __init__(self, hire: Hire, live: set[Station], closing: threading.Event) -> None:
        self._hire = hire
        self._live = live
        self._closing = closing
        self._station: Station | None = None

    def render(self, job: Job) -> Outcome:
        """Do a job; a loss of the station is an outcome too."""
        started = time.perf_counter()
        try:
            if self._station is None:
                self._station = self._hire()
                self._live.add(self._station)
                if self._closing.is_set():
                    # The batch was ended meanwhile, perhaps before it could know of this station.
                    self._station.end()
            return self._station.render(job)
        except (LostError, OSError, ValueError):
            self.leave()
            wall_s = time.perf_counter() - started
            name = LostError.__name__
            return ended(job, "died", executor="", wall_s=wall_s, began=False, error_class=name)

    def leave(self) -> None:
        """End the station, when there is one."""
        if self._station is not None:
            self._station.end()
            self._live.discard(self._station)
            self._station = None
