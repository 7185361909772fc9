"""From study files to one folder per action: plan, execute, publish, tell.

Names load on first use: a process that makes reports must have made its shell before pandas is imported
(`impactkit.batch.in_process.shell`). Nothing here loads papermill or typst: only worker processes do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from impactkit.batch.manifest import Row, read_manifest
    from impactkit.batch.run import BatchResult, Progress, run_batch
    from impactkit.batch.write import write_report

_HOMES = {
    "BatchResult": "run",
    "Progress": "run",
    "Row": "manifest",
    "read_manifest": "manifest",
    "run_batch": "run",
    "write_report": "write",
}

__all__ = ["BatchResult", "Progress", "Row", "read_manifest", "run_batch", "write_report"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
