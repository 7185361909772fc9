"""How far a batch is: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from impactkit.cli.console import errors
from impactkit.text import Message, Quantity

if TYPE_CHECKING:
    from impactkit.batch import Progress as BatchProgress
    from impactkit.batch import Row


@contextmanager
def shown_progress() -> Iterator[Callable[[BatchProgress], None]]:
    """Give the function to call with each `impactkit.batch.Progress`."""
    console = errors()
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(str(Message("cli.progress.title")), total=None)

            def advance(progress: BatchProgress) -> None:
                bar.update(task, total=progress.total, completed=progress.finished)
                if progress.row is not None:
                    bar.console.print(_line(progress.row, progress))

            yield advance
    else:

        def write(progress: BatchProgress) -> None:
            if progress.row is not None:
                console.print(_line(progress.row, progress))

        yield write


def _bar(console: Console) -> Progress:
    text = TextColumn("{task.description}", markup=False)
    return Progress(
        text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    )


def _line(row: Row, progress: BatchProgress) -> str:
    params = {
        "finished": progress.finished,
        "total": progress.total,
        "state": Message(f"batch.state.{row.state}"),
        "study": row.study,
        "title": row.title,
        "seconds": Quantity(row.wall_s, decimals=1),
    }
    return str(Message("cli.progress.line", params))
