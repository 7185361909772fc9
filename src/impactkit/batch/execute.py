# ruff: noqa: E402 (the first statement must come before papermill is imported)
"""Executing a template with papermill and a real kernel."""

from __future__ import annotations

import logging
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

# Importing nbformat would build a grammar for a second of processor time, through jsonschema's optional
# format checks (python-jsonschema/jsonschema#1521). Validation works without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from impactkit.batch.failure import NotExecutedError, refuse_failed
from impactkit.batch.parameters import Value
from impactkit.text import Message, Quantity
from impactkit.text.language import Language

START_TIMEOUT_S = 120

logging.getLogger("papermill").setLevel(logging.ERROR)


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


def execute(
    template: Path,
    parameters: Mapping[str, Value],
    *,
    scratch: Path,
    language: Language,
    timeout_s: float = 600.0,
) -> Any:
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
    timeout_s : float
        Seconds that a cell may take.

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
    notebook = load_notebook_node(str(template))
    notebook = parameterize_notebook(notebook, dict(parameters), kernel_name="python3", language="python")
    try:
        # Not papermill's own last step, for which a cell tagged as one that may raise is a failure.
        papermill_engines.execute_notebook_with_engine(
            None,
            notebook,
            kernel_name="python3",
            output_path=None,
            progress_bar=False,
            start_timeout=START_TIMEOUT_S,
            execution_timeout=math.ceil(timeout_s),
            kernel_manager_class=OwnKernel,
            # Without an hour's polite wait for a kernel that nobody needs any more.
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(scratch)}},
        )
    except CellTimeoutError as error:
        reason = Message("batch.reason.timeout", {"seconds": Quantity(timeout_s, decimals=0)})
        name = type(error).__name__
        raise NotExecutedError(reason.text(language), error_class=name, kind="time") from None
    except DeadKernelError as error:
        reason = Message("batch.reason.kernel_died")
        name = type(error).__name__
        raise NotExecutedError(reason.text(language), error_class=name, kind="died") from None
    refuse_failed(notebook, language)
    return notebook


def _set_environment(scratch: Path, language: Language) -> None:
    """Set what the kernel inherits; this process makes one report at a time."""
    os.environ["IMPACTKIT_LANG"] = language
    os.environ["IPYTHONDIR"] = str(scratch)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(scratch)
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
