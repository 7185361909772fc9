"""From study files to one folder per action: plan, execute, publish, tell.

This module loads neither papermill nor typst: only the worker processes do.
"""

from impactkit.batch.manifest import Row, read_manifest
from impactkit.batch.run import BatchResult, Progress, run_batch
from impactkit.batch.write import write_report

__all__ = ["BatchResult", "Progress", "Row", "read_manifest", "run_batch", "write_report"]
