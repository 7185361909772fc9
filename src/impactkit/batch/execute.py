# ruff: noqa: E402 (the first statement must come before papermill is imported)
"""Executing a template with papermill and a real kernel, and saying safely why it failed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

# Importing nbformat would build a grammar for a second of processor time, through jsonschema's optional
# format checks (python-jsonschema/jsonschema#1521). Validation works without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import papermill
import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from impactkit.batch.kernel import SAFE
from impactkit.batch.parameters import Value, parameters_cell, template_cells
from impactkit.text import Message
from impactkit.text.language import Language

CELL_TIMEOUT_S = 600
START_TIMEOUT_S = 120

logging.getLogger("papermill").setLevel(logging.ERROR)


class NotExecutedError(Exception):
    """A template that did not run to its end.

    Attributes
    ----------
    reason : str
        A sentence that holds no personal value.
    error_class : str
        Name of the error's class.
    cell : int or None
        Number of the template's code cell that failed, from 1.
    """

    def __init__(self, reason: str, *, error_class: str, cell: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error_class = error_class
        self.cell = cell


class OwnKernel(AsyncKernelManager):
    """The kernel of this very Python, whatever kernels the machine has installed under the same name."""

    running: ClassVar[OwnKernel | None] = None

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        # On a shared server, anyone may listen to what a kernel prints unless it is encrypted.
        if self.has_trait("transport_encryption") and zmq.has("curve"):
            self.set_trait("transport_encryption", "auto")
        OwnKernel.running = self

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started: without history, and telling impactkit's errors apart."""
        settings = ["--HistoryManager.enabled=False", "--ext=impactkit.batch.kernel"]
        return KernelSpec(**get_kernel_dict(extra_arguments=settings))

    @classmethod
    def kill_running(cls) -> None:
        """End the kernel at once, from any thread."""
        process = getattr(getattr(cls.running, "provisioner", None), "process", None)
        if process is not None:
            process.kill()


def execute(template: Path, parameters: Mapping[str, Value], *, scratch: Path, language: Language) -> Any:
    """Execute a template with parameters, in a kernel of its own.

    Parameters
    ----------
    template : Path
        Left unchanged.
    parameters : mapping
        Values already checked by `check_parameters`.
    scratch : Path
        An empty folder: the kernel's working folder and settings, so that no report depends on what a
        user's own IPython start-up does, and none leaves a history.
    language : {"fr", "en"}
        Language of messages in the kernel.

    Returns
    -------
    NotebookNode
        The executed notebook.

    Raises
    ------
    NotExecutedError
        With a reason that may be shown.
    """
    _set_environment(scratch, language)
    try:
        return papermill.execute_notebook(
            # papermill fills braces in a path as if they were placeholders.
            str(template).replace("{", "{{").replace("}", "}}"),
            None,
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=START_TIMEOUT_S,
            execution_timeout=CELL_TIMEOUT_S,
            kernel_manager_class=OwnKernel,
            # Without an hour's polite wait for a kernel that nobody needs any more.
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(scratch)}},
        )
    except PapermillExecutionError as error:
        raise _told(error, template, language) from None
    except CellTimeoutError as error:
        reason = Message("batch.reason.timeout", {"minutes": CELL_TIMEOUT_S // 60})
        raise NotExecutedError(reason.text(language), error_class=type(error).__name__) from None
    except DeadKernelError as error:
        reason = Message("batch.reason.kernel_died")
        raise NotExecutedError(reason.text(language), error_class=type(error).__name__) from None


def _set_environment(scratch: Path, language: Language) -> None:
    """Set what the kernel inherits; this process makes one report at a time."""
    os.environ["IMPACTKIT_LANG"] = language
    os.environ["IPYTHONDIR"] = str(scratch)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(scratch)
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"


def _told(error: PapermillExecutionError, template: Path, language: Language) -> NotExecutedError:
    """Keep the text of impactkit's own errors only; the text of others may hold a person's data."""
    cell = _code_cell(template, error.cell_index)
    if error.traceback == [SAFE]:
        return NotExecutedError(error.evalue, error_class=error.ename, cell=cell)
    reason = Message("batch.reason.unexpected", {"error": error.ename, "cell": cell})
    return NotExecutedError(reason.text(language), error_class=error.ename, cell=cell)


def _code_cell(template: Path, executed: int) -> int:
    """Return the number, from 1, of the template's code cell that stands at an executed position.

    papermill puts one more cell after the one tagged ``parameters``.
    """
    cells = template_cells(template)
    declared = parameters_cell(cells)
    position = executed - (declared is not None and executed > declared)
    return sum(cell["cell_type"] == "code" for cell in cells[: position + 1])
