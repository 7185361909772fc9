"""Executing a notebook in this very process: what papermill and a kernel would give, without either.

References
----------
papermill's documentation, "Parameterize": where the cell of injected parameters goes, and its tags.
nbclient's documentation, "Executing notebooks": the tags ``raises-exception`` and ``skip-execution``.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from impactkit.batch.failure import NotExecutedError, is_run, may_fail, refuse_failed
from impactkit.batch.in_process.outputs import Outputs
from impactkit.batch.in_process.shell import Shell
from impactkit.batch.in_process.streams import Captured
from impactkit.batch.in_process.written import MOST_TEXT
from impactkit.batch.parameters import Value, parameters_cell
from impactkit.text import Message
from impactkit.text.language import Language

INJECTED = "injected-parameters"


def parameterized(notebook: Mapping[str, Any], parameters: Mapping[str, Value]) -> dict[str, Any]:
    """Return a notebook with no outputs and, after the cell tagged ``parameters``, one that sets them.

    Parameters
    ----------
    notebook : mapping
        Left unchanged.
    parameters : mapping
        An earlier cell of injected parameters is replaced; without any, no cell is added.
    """
    cells = [_cleared(cell) for cell in notebook["cells"]]
    if parameters:
        lines = [f"{name} = {_literal(value)}" for name, value in parameters.items()]
        injected: dict[str, Any] = {
            "cell_type": "code",
            "id": "injected",
            "execution_count": None,
            "metadata": {"tags": [INJECTED]},
            "source": "\n".join(["# Parameters", *lines, ""]),
            "outputs": [],
        }
        earlier = [place for place, cell in enumerate(cells) if INJECTED in cell["metadata"].get("tags", ())]
        declared = parameters_cell(cells)
        if earlier:
            cells[earlier[0]] = injected
        else:
            cells.insert(0 if declared is None else declared + 1, injected)
    return {**notebook, "cells": cells, "metadata": dict(notebook.get("metadata", {}))}


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook as plain values, every source in one text."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def run_cells(
    shell: Shell,
    notebook: dict[str, Any],
    *,
    scratch: Path,
    folder: Path | None = None,
    started: Callable[[int], None] = lambda cell: None,
) -> None:
    """Run the code cells of a notebook in order, until one fails that may not.

    Parameters
    ----------
    shell : Shell
        The shell of this process, as new: `Shell.reset` forgets the names of what ran before.
    notebook : dict
        As `parameterized` gives it; its cells receive their outputs.
    scratch : Path
        Where what cells write to their standard streams passes.
    folder : Path, optional
        The folder where cells work; ``scratch`` by default.
    started : callable
        Called with the position of each cell before it runs.
    """
    outputs = shell.outputs = Outputs()
    shell.execution_count = 1
    with _working_in(folder or scratch), Captured(outputs, scratch) as captured, asyncio.Runner() as runner:
        for position, cell in enumerate(notebook["cells"]):
            if not is_run(cell):
                continue
            started(position)
            outputs.start(cell["outputs"])
            cell["execution_count"] = shell.execution_count
            success = runner.run(_run_cell(shell, cell["source"], cell.get("id")))
            captured.drain()
            if outputs.too_much or not (success or may_fail(cell)):
                break
    told = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    told |= notebook["metadata"].get("language_info", {})
    notebook["metadata"]["language_info"] = told | {"version": sys.version.split()[0]}


def execute_in_process(
    shell: Shell,
    template: Path,
    parameters: Mapping[str, Value],
    *,
    scratch: Path,
    language: Language,
    started: Callable[[int], None] = lambda cell: None,
) -> dict[str, Any]:
    """Execute a template with parameters, as `impactkit.batch.execute.execute` does in a kernel.

    Returns
    -------
    dict
        The executed notebook.

    Raises
    ------
    NotExecutedError
        With a reason that may be shown.
    """
    os.environ["IMPACTKIT_LANG"] = language
    os.environ["IPYTHONDIR"] = str(scratch)
    notebook = parameterized(read_notebook(template), parameters)
    run_cells(shell, notebook, scratch=scratch, started=started)
    if shell.outputs.too_much:
        reason = Message("batch.reason.output", {"megabytes": MOST_TEXT // 1_000_000}).text(language)
        raise NotExecutedError(reason, error_class="TooMuchOutput", kind="output")
    refuse_failed(notebook, language)
    return notebook


async def _run_cell(shell: Shell, source: str, identifier: str | None) -> bool:
    """Run a cell inside a running loop, as a kernel does; return whether it succeeded.

    A kernel compiles the cell once more to know whether it awaits something; in its loop it runs the same.
    """
    problem = None
    try:
        transformed = shell.transform_cell(source)
    except Exception:
        transformed, problem = source, sys.exc_info()
    result = await shell.run_cell_async(
        source,
        store_history=True,
        transformed_cell=transformed,
        preprocessing_exc_tuple=problem,
        cell_id=identifier,
    )
    shell.events.trigger("post_execute")
    shell.events.trigger("post_run_cell", result)
    return bool(result.success)


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _cleared(cell: Mapping[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    kept = {**cell, "source": source if isinstance(source, str) else "".join(source)}
    kept["metadata"] = dict(cell.get("metadata", {}))
    return kept | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})


def _literal(value: Value) -> str:
    """Write a value as papermill does."""
    if isinstance(value, str):
        escaped = value.encode("unicode_escape").decode("utf-8").replace('"', r"\"")
        return f'"{escaped}"'
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    return str(value)
