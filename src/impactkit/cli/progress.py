"""How far a batch is: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

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
            task = bar.add_task(str(Message("cli.progress.title")), total=None, told="")
            pace = Pace()

            def advance(progress: BatchProgress) -> None:
                told = pace.told(progress)
                bar.update(task, total=progress.total, completed=progress.finished, told=told)
                # The table of thousands of sound reports is the index; here only what needs attention.
                if progress.row is not None and progress.row.state == "failed":
                    bar.console.print(_line(progress.row, progress))

            yield advance
    else:

        def write(progress: BatchProgress) -> None:
            if progress.row is not None:
                console.print(_line(progress.row, progress))
            elif progress.skipped:
                console.print(str(Message("cli.progress.skipped", {"n": progress.skipped})))

        yield write


class Pace:
    """How fast reports come, from the clock, since the first was about to be made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()

    def told(self, progress: BatchProgress) -> str:
        """Say how many failed, how many come a minute and how long the rest will take."""
        if progress.row is None:
            self._started = self._clock()
        made = progress.finished - progress.skipped
        failed = Message("cli.progress.failed", {"n": progress.failed}) if progress.failed else ""
        elapsed = self._clock() - self._started
        if not made or elapsed <= 0:
            return str(failed)
        rate = made / elapsed
        left = (progress.total - progress.finished) / rate
        params = {"rate": Quantity(60 * rate, decimals=0), "left": _duration(left)}
        return f"{Message('cli.progress.pace', params)} {failed}".strip()


def _duration(seconds: float) -> str:
    """Write a duration as a clock does: hours, minutes, seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _bar(console: Console) -> Progress:
    title = TextColumn("{task.description}", markup=False)
    told = TextColumn("{task.fields[told]}", markup=False)
    return Progress(title, BarColumn(), MofNCompleteColumn(), told, console=console, transient=True)


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
