# ruff: noqa: E402 (the first statement must come before papermill is imported: see impactkit.batch.execute)
"""The engine ``impactkit`` of papermill: ``papermill --engine impactkit in.ipynb out.ipynb``.

For people's existing pipelines: the notebook runs in a copy of a warm process, with the same outputs as in a
kernel and without the seconds of its start. Several notebooks of one Python process share the warm one.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat
from papermill.engines import Engine
from papermill.exceptions import PapermillException

from impactkit.batch.executors.spawn import SpawnStation
from impactkit.batch.executors.station import Station
from impactkit.batch.in_process.imports import imports_of
from impactkit.batch.job import Limits, NotebookJob

# Papermill's own default is no limit; a job must have one.
_NO_LIMIT_S = 30 * 24 * 3600.0


class ImpactkitEngine(Engine):  # type: ignore[misc] # papermill has no types
    """Runs a notebook without a kernel."""

    _station: Station | None = None

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, execution_timeout: float | None = None, **_: Any
    ) -> None:
        """Run the notebook that papermill prepared, and give it its outputs.

        Raises
        ------
        PapermillException
            When the process that ran it was ended or ended abruptly.
        """
        folder = Path(tempfile.mkdtemp(prefix="impactkit-"))
        job = NotebookJob(
            source=folder / "in.ipynb",
            target=folder / "out.ipynb",
            folder=Path.cwd(),
            scratch=folder / "scratch",
            limits=Limits(timeout_s=execution_timeout or _NO_LIMIT_S),
        )
        try:
            job.source.write_text(json.dumps(nb_man.nb), encoding="utf-8")
            outcome = cls._own_station(nb_man.nb).render(job)
            if not job.target.is_file():
                raise PapermillException(outcome.reason)
            ran = nbformat.from_dict(json.loads(job.target.read_text(encoding="utf-8")))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for place, (cell, done) in enumerate(zip(nb_man.nb.cells, ran.cells, strict=True)):
            nb_man.cell_start(cell, place)
            failed = False
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = done.outputs, done.execution_count
                failed = any(output.output_type == "error" for output in done.outputs)
            if failed:
                nb_man.cell_exception(cell, place)
            nb_man.cell_complete(cell, place)
            if failed and "raises-exception" not in cell.metadata.get("tags", ()):
                break

    @classmethod
    def _own_station(cls, notebook: Any) -> Station:
        """Return the warm process of this Python process, made with what its first notebook imports."""
        if cls._station is None:
            folder = Path(tempfile.mkdtemp(prefix="impactkit-engine-"))
            cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
            cls._station = _station(folder, imports_of(cells))
            atexit.register(_leave, cls._station, folder)
        return cls._station


def _station(folder: Path, imports: tuple[str, ...]) -> Station:
    if sys.platform == "linux":
        from impactkit.batch.executors.warm import WarmProcess

        return WarmProcess(folder, imports=imports)
    return SpawnStation(
        folder, imports=imports, language="en", rehearsed=False, reports=1, more=lambda: False
    )


def _leave(station: Station, folder: Path) -> None:
    station.end()
    shutil.rmtree(folder, ignore_errors=True)
