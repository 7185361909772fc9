"""Reports made by a dask cluster: an existing one, or one on this machine.

The cluster's machines must see the studies and the folder of results under the same paths. A finished report
leaves a stamp in the staging folder: dask runs again what only a dead worker knew of, and the stamp then
gives the outcome without making the report a second time.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from impactkit.batch.clerk import Clerk, ClerkHere
from impactkit.batch.executors.station import ended
from impactkit.batch.job import Job, Outcome
from impactkit.errors import ReportError
from impactkit.files.at_once import write_text
from impactkit.text import Message

if TYPE_CHECKING:
    from impactkit.batch.executors.wanted import Wanted

# How many times a report is given to another worker when its own disappears.
_LOST_WORKERS = 3
_CONNECT_S = 10


class DaskExecutor:
    """Gives each report to a cluster.

    Parameters
    ----------
    address : str
        ``dask://host:port`` of a scheduler, or ``dask`` for a cluster of processes on this machine.
    wanted : Wanted
        How many at the same time (here: worker processes), and how many tries.
    """

    def __init__(self, address: str, wanted: Wanted) -> None:
        self.clerks: Sequence[Clerk] = (ClerkHere(),)
        self._address = address
        self._wanted = wanted
        self._client: Any = None
        self._cluster: Any = None

    def __enter__(self) -> DaskExecutor:
        try:
            import distributed
        except ImportError as error:
            raise ReportError(Message("batch.error.no_dask")) from error
        if self._address == "dask":
            self._cluster = distributed.LocalCluster(
                n_workers=self._wanted.size, threads_per_worker=1, processes=True, dashboard_address=None
            )
            self._client = distributed.Client(self._cluster)
            return self
        scheduler = self._address.removeprefix("dask://")
        try:
            self._client = distributed.Client(f"tcp://{scheduler}", timeout=_CONNECT_S)
        except (OSError, ValueError) as error:
            raise ReportError(Message("batch.error.dask_unreachable", {"address": scheduler})) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for part in (self._client, self._cluster):
            if part is not None:
                part.close()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield every job once, with what became of it, as each is finished."""
        import distributed

        waiting = {
            self._client.submit(
                render_once,
                job.model_dump_json(),
                self._wanted.retries,
                pure=False,
                retries=_LOST_WORKERS,
                key=f"impactkit-{job.staged.parent.name}-{job.staged.name}",
            ): job
            for job in jobs
        }
        finished = distributed.as_completed(list(waiting))
        for future in finished:
            job = waiting.pop(future)
            try:
                outcome = Outcome.model_validate_json(future.result())
            except Exception as error:
                # A worker that dies with every try, or another version of impactkit over there.
                name = type(error).__name__
                outcome = ended(job, "died", executor="dask", wall_s=0.0, began=False, error_class=name)
            # What the driver knows, no worker needs to keep: it would be made again if that worker died.
            future.release()
            yield job, outcome


def render_once(text: str, retries: int) -> str:
    """Make a report on a worker, unless it was made already; return its outcome as JSON.

    Parameters
    ----------
    text : str
        A `Job` as JSON.
    retries : int
        How many more times it is tried.
    """
    job = Job.model_validate_json(text)
    stamp = job.staged.with_name(f"{job.staged.name}.outcome")
    if stamp.is_file():
        return stamp.read_text(encoding="utf-8")
    own = job.staged.with_name(f"{job.staged.name}.{os.getpid()}-{threading.get_ident()}")
    scratch = Path(tempfile.mkdtemp(prefix="impactkit-"))
    try:
        mine = job.model_copy(update={"staged": own, "scratch": scratch / "0"})
        outcome = _rendered(mine, retries).model_copy(update={"executor": "dask"})
        # Two workers may have made it, when one was thought dead: the first keeps its place.
        if outcome.state == "done" and not job.staged.exists():
            own.rename(job.staged)
    finally:
        for folder in (own, scratch):
            shutil.rmtree(folder, ignore_errors=True)
    write_text(stamp, outcome.model_dump_json())
    return outcome.model_dump_json()


def _rendered(job: Job, retries: int) -> Outcome:
    """Make a report with the best executor of this worker's system, kept warm between reports."""
    made: list[tuple[Job, Outcome]] = list(_own_pool(retries, job).run([job]))
    return made[0][1]


_POOLS: dict[int, Any] = {}
_LOCK = threading.Lock()


def _own_pool(retries: int, first: Job) -> Any:
    """Return this worker's own executor, made at its first report and gone with it."""
    # Imported here: `choose` imports this module for the batch.
    from impactkit.batch.executors.wanted import Wanted, executor_of

    with _LOCK:
        if os.getpid() not in _POOLS:
            kept = Path(tempfile.mkdtemp(prefix="impactkit-worker-"))
            pool = executor_of(Wanted(retries=retries), [first.planned], folder=kept, many=True)
            _POOLS[os.getpid()] = pool
            atexit.register(_end, pool, kept)
        return _POOLS[os.getpid()]


def _end(pool: Any, folder: Path) -> None:
    pool.__exit__(None, None, None)
    shutil.rmtree(folder, ignore_errors=True)
