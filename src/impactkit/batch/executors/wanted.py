"""The executor of a batch, by its name."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from impactkit.batch.clerk import Clerk
from impactkit.batch.executors.process import KernelStation
from impactkit.batch.executors.spawn import REPORTS_PER_WORKER, SpawnStation
from impactkit.batch.executors.station_pool import Pool
from impactkit.batch.in_process.imports import imports_of
from impactkit.batch.job import Job, Outcome, Planned
from impactkit.batch.parameters import template_cells
from impactkit.errors import ReportError
from impactkit.text import Message
from impactkit.text.language import Language

Isolation = Literal["usual", "strict"]

NAMES = ("warm", "spawn", "kernel", "dask")
# Loaded beforehand, and no more: a process that has used typst must not be copied.
_FORMATS = {
    "pdf": "import impactkit.document.to_pdf, impactkit.batch.executors.typesetting",
    "docx": "import impactkit.document.to_docx, impactkit.batch.executors.typesetting",
    "odt": "import impactkit.document.to_odt, impactkit.batch.executors.typesetting",
}
# From how many reports on the time of a rehearsal comes back.
_REHEARSED_FROM = 4


class Executor(Protocol):
    """Whatever makes reports: jobs in, each with its outcome as it is finished, in any order."""

    @property
    def clerks(self) -> Sequence[Clerk]:
        """Who does what is done once a study; there is one at least, and each may work beside the others."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield every job once, with what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user may choose of how reports are made.

    ``name`` is that of an executor, or ``dask://host:port``; ``None`` takes the best of this system.
    """

    name: str | None = None
    size: int = 1
    retries: int = 0
    isolation: Isolation = "usual"

    def __post_init__(self) -> None:
        if self.name is not None and self.name not in NAMES and not self.name.startswith("dask://"):
            raise ValueError(f"executor must be one of {', '.join(NAMES)} or dask://host:port")
        if self.size < 1:
            raise ValueError("jobs must be at least 1")
        if self.retries < 0:
            raise ValueError("retries must not be negative")
        if self.isolation not in ("usual", "strict"):
            raise ValueError("isolation must be 'usual' or 'strict'")


def default_name() -> str:
    """Return the best executor of this system: only on Linux is copying a process safe."""
    return "warm" if sys.platform == "linux" else "spawn"


def executor_of(
    wanted: Wanted, planned: Sequence[Planned], *, folder: Path, many: bool | None = None
) -> AbstractContextManager[Executor]:
    """Return what makes these reports; use it in a ``with`` block.

    Parameters
    ----------
    wanted : Wanted
    planned : sequence of Planned
        What may be asked, for what is worth loading beforehand.
    folder : Path
        For what executors leave behind.
    many : bool, optional
        Whether a rehearsal is worth its time; from the number of jobs by default.

    Raises
    ------
    ReportError
        When the executor does not exist on this system.
    """
    name = wanted.name or default_name()
    if name.startswith("dask"):
        # Imported when asked for: distributed is an option, and heavy.
        from impactkit.batch.executors.dask import DaskExecutor

        return DaskExecutor(name, wanted)
    if name == "kernel":
        return Pool(wanted.size, lambda: KernelStation(folder), retries=wanted.retries)
    language: Language = planned[0].lang if planned else "fr"
    imports = _imports(planned)
    if name == "spawn":
        rehearsed = len(planned) >= _REHEARSED_FROM if many is None else many
        return _spawning(wanted, folder, imports=imports, language=language, rehearsed=rehearsed)
    if sys.platform == "win32":
        raise ReportError(Message("batch.error.no_warm"))
    from impactkit.batch.executors.clerking import ClerkElsewhere
    from impactkit.batch.executors.warm import WarmStations

    def is_rehearsed() -> bool:
        # The place that is hired has one more report in hand.
        return pool.left() + 1 >= _REHEARSED_FROM if many is None else many

    stations = WarmStations(folder, imports=imports, language=language, is_rehearsed=is_rehearsed)
    pool = Pool(
        wanted.size,
        stations.hire,
        elsewhere=lambda: KernelStation(folder),
        retries=wanted.retries,
        close=stations.end,
        clerks=tuple(ClerkElsewhere(stations) for _ in range(wanted.size)),
    )
    return pool


def _spawning(
    wanted: Wanted, folder: Path, *, imports: Sequence[str], language: Language, rehearsed: bool
) -> Pool:
    def hire() -> SpawnStation:
        return SpawnStation(
            folder,
            imports=imports,
            language=language,
            rehearsed=rehearsed,
            reports=1 if wanted.isolation == "strict" else REPORTS_PER_WORKER,
            more=lambda: pool.left() > 0,
        )

    pool = Pool(wanted.size, hire, elsewhere=lambda: KernelStation(folder), retries=wanted.retries)
    return pool


def _imports(planned: Sequence[Planned]) -> tuple[str, ...]:
    templates = dict.fromkeys(report.template for report in planned)
    cells = [cell for template in templates for cell in template_cells(template)]
    sources = [cell.get("source", "") for cell in cells if cell.get("cell_type") == "code"]
    imports = imports_of(source if isinstance(source, str) else "".join(source) for source in sources)
    formats = {name for report in planned for name in report.formats}
    return (*imports, *(_FORMATS[name] for name in sorted(formats & _FORMATS.keys())))
