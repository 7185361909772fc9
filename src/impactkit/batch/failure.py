"""Why a template did not run to its end, told so that it may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from impactkit.batch.kernel import SAFE
from impactkit.text import Message
from impactkit.text.language import Language

# What kind of failure a report met; `docs/outputs.md` says what to do for each.
Kind = Literal["cell", "result", "time", "memory", "output", "died", "writing", "secrecy"]

# A cell that ends the process is an error even when it asks so politely: the cells after it did not run.
_TAGS_ALLOWING_ERRORS = frozenset({"raises-exception"})
_TAGS_NOT_RUN = frozenset({"skip-execution"})
_TAG_FIGURE = "figure"
_PICTURES = ("image/png", "image/svg+xml", "image/jpeg")


class NotExecutedError(Exception):
    """A template that did not run to its end, or did not show what it had to.

    Attributes
    ----------
    reason : str
        A sentence that holds no personal value.
    error_class : str
        Name of the error's class.
    kind : str
        What kind of failure it is.
    cell : int or None
        Number of the template's code cell that failed, from 1.
    """

    def __init__(
        self, reason: str, *, error_class: str, kind: Kind = "cell", cell: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error_class = error_class
        self.kind = kind
        self.cell = cell


def may_fail(cell: Any) -> bool:
    """Tell whether a cell is tagged as one that may raise."""
    return not _TAGS_ALLOWING_ERRORS.isdisjoint(cell["metadata"].get("tags", ()))


def is_run(cell: Any) -> bool:
    """Tell whether a cell is code to run, as nbclient decides it."""
    skipped = not _TAGS_NOT_RUN.isdisjoint(cell["metadata"].get("tags", ()))
    return cell["cell_type"] == "code" and bool(cell["source"].strip()) and not skipped


def refuse_failed(notebook: Any, language: Language) -> None:
    """Refuse an executed notebook of which a cell failed or a figure is missing.

    Parameters
    ----------
    notebook : mapping
        The executed notebook, with the cell of injected parameters.
    language : {"fr", "en"}
        Of the reason.

    Raises
    ------
    NotExecutedError
        With the words of impactkit's own errors only: the text of others may hold a person's data.
    """
    number = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        if "injected-parameters" not in cell["metadata"].get("tags", ()):
            number += 1
        for output in cell["outputs"]:
            if output["output_type"] == "error" and not may_fail(cell):
                raise _told(output, number, language)
        if _TAG_FIGURE in cell["metadata"].get("tags", ()) and not _shows_picture(cell["outputs"]):
            raise missing_figure(number, language)


def missing_figure(cell: int | None, language: Language) -> NotExecutedError:
    """Return the failure of a report whose figure vanished."""
    reason = Message("batch.reason.figure_missing", {"cell": cell or 0}).text(language)
    return NotExecutedError(reason, error_class="MissingFigure", kind="result", cell=cell)


def _told(output: Any, cell: int, language: Language) -> NotExecutedError:
    if output["traceback"] == [SAFE]:
        return NotExecutedError(output["evalue"], error_class=output["ename"], cell=cell)
    if output["ename"] == "MissingFigureError":
        return missing_figure(cell, language)
    if output["ename"] == "MemoryError":
        reason = Message("batch.reason.memory")
        return NotExecutedError(reason.text(language), error_class="MemoryError", kind="memory", cell=cell)
    reason = Message("batch.reason.unexpected", {"error": output["ename"], "cell": cell})
    return NotExecutedError(reason.text(language), error_class=output["ename"], cell=cell)


def _shows_picture(outputs: Sequence[Any]) -> bool:
    for output in outputs:
        data = output.get("data", {})
        html = data.get("text/html", "")
        html = html if isinstance(html, str) else "".join(html)
        if any(kind in data for kind in _PICTURES) or "<svg" in html or "<img" in html:
            return True
    return False
