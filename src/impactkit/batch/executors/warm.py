"""Reports made in copies of one warm process: strict isolation, and only the report itself to pay for."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from impactkit.batch.executors.station import AnyJob, LostError, command, end_tree, ended, environment
from impactkit.batch.executors.typesetting import Typesetter
from impactkit.batch.failure import Kind
from impactkit.batch.job import Job, Outcome
from impactkit.text.language import Language

NAME = "warm"
_GRACE_S = 5.0


class RefusedError(LostError):
    """The warm process must not be copied: another kind of executor has to make the report."""


class WarmProcess:
    """A zygote (`impactkit.batch.executors.zygote`) and the pipes to speak with it; several threads may.

    Parameters
    ----------
    folder : Path
        For what its warming leaves behind.
    imports : sequence of str
        Import statements of the templates to come.
    language : {"fr", "en"}
        Of the rehearsal.
    """

    def __init__(self, folder: Path, *, imports: Sequence[str] = (), language: Language = "fr") -> None:
        self._typesetter = Typesetter()
        self._rehearsed = False
        # Where nobody else can write; the path of a socket has a hundred signs at most.
        self._sockets = Path(tempfile.mkdtemp(prefix="impactkit-"))
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any] | None]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            command("zygote"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("IMPACTKIT_DEBUG") else subprocess.DEVNULL,
            env=environment(os.environ),
            start_new_session=True,
        )
        self.alive = True
        self._write({"folder": str(folder), "imports": list(imports), "language": language})
        threading.Thread(target=self._listen, daemon=True).start()

    def rehearse(self) -> None:
        """Make reports of the shipped sample first, once: worth it from a few reports on."""
        with self._lock:
            done, self._rehearsed = self._rehearsed, True
        if not done:
            self._write({"rehearse": True})

    def render(self, job: AnyJob) -> Outcome:
        """Have a job done by a copy.

        Raises
        ------
        LostError
            When the warm process died, or must not be copied.
        """
        answer = self._answer(
            {
                "report": isinstance(job, Job),
                "job": job.model_dump_json(),
                "scratch": str(job.scratch),
                "typesetter": str(self._typesetter.place()) if _is_typeset(job) else None,
                **job.limits.model_dump(),
            }
        )
        return _outcome(job, answer)

    def clerk(self) -> Path:
        """Start a clerk and return where it is asked (`impactkit.batch.executors.clerking.Home`)."""
        place = self._sockets / str(next(self._numbers))
        self._answer({"clerk": str(place)})
        return place

    def dismiss(self, place: Path) -> None:
        """End a clerk."""
        self._write({"dismiss": str(place)})

    def typesetter(self) -> Path:
        """Return where documents are compiled."""
        return self._typesetter.place()

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask for something and wait for the answer.

        Raises
        ------
        LostError
            When there will be none, or no copy may be made.
        """
        answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        number = next(self._numbers)
        with self._lock:
            if not self.alive:
                raise LostError
            self._answers[number] = answers
        self._write({"number": number, **asked})
        answer = answers.get()
        if answer is None:
            raise LostError
        if "refused" in answer:
            raise RefusedError
        return answer

    def end(self) -> None:
        """Close its input, upon which it ends its copies and itself; insist if it does not."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it may be gone already
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            end_tree(self._process.pid)
            self._process.wait()
        self._typesetter.end()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _write(self, said: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(json.dumps(said).encode() + b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError):
            # Dead, or ended by the batch: whoever waits is told by `_listen`.
            return

    def _listen(self) -> None:
        """Hand each answer to the thread that waits for it, until there can be none."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                answer = json.loads(line)
                with self._lock:
                    waiting = self._answers.pop(answer["number"])
                waiting.put(answer)
        with self._lock:
            self.alive = False
            lost = list(self._answers.values())
            self._answers.clear()
        for waiting in lost:
            waiting.put(None)


def _is_typeset(job: AnyJob) -> bool:
    """Tell whether typst is needed: for a PDF, and for the pictures of an office's formats."""
    return isinstance(job, Job) and set(job.planned.formats) != {"html"}


def _outcome(job: AnyJob, answer: dict[str, Any]) -> Outcome:
    """Return the outcome that a copy gave, or say how it ended without giving one."""
    used = {"cpu_s": answer["cpu_s"], "max_rss_mb": answer["max_rss_mb"]}
    if answer["outcome"]:
        outcome = Outcome.model_validate_json(answer["outcome"])
        used["cpu_s"] = round(answer["cpu_s"] + outcome.elsewhere_s, 3)
        return outcome.model_copy(update=used)
    kind: Kind = answer["ended"] or "died"
    status = answer["status"]
    name = "TimeoutError" if kind == "time" else "SystemExit"
    if status < 0 and kind not in ("time",):
        name = signal.Signals(-status).name
    told = ended(job, kind, executor=NAME, wall_s=answer["wall_s"], began=answer["began"], error_class=name)
    return told.model_copy(update=used)


class WarmStations:
    """Gives places in one warm process, and starts another when it dies.

    Parameters
    ----------
    folder, imports, language
        As for a warm process.
    is_rehearsed : callable
        Whether a rehearsal is worth its time; asked when a place is hired.
    """

    def __init__(
        self,
        folder: Path,
        *,
        imports: Sequence[str],
        language: Language,
        is_rehearsed: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._imports = imports
        self._language = language
        self._is_rehearsed = is_rehearsed
        self._process: WarmProcess | None = None
        self._lock = threading.Lock()

    def hire(self) -> WarmStation:
        """Return a place in the living process."""
        process = self._living()
        if self._is_rehearsed():
            process.rehearse()
        return WarmStation(process)

    def clerk(self) -> Path:
        """Start a clerk of the living process and return where it is asked."""
        return self._living().clerk()

    def dismiss(self, place: Path) -> None:
        """End a clerk."""
        if self._process is not None:
            self._process.dismiss(place)

    def typesetter(self) -> Path:
        """Return where documents are compiled."""
        return self._living().typesetter()

    def end(self) -> None:
        """End the process and its copies."""
        if self._process is not None:
            self._process.end()

    def _living(self) -> WarmProcess:
        with self._lock:
            if self._process is None or not self._process.alive:
                if self._process is not None:
                    self._process.end()
                self._process = WarmProcess(self._folder, imports=self._imports, language=self._language)
            return self._process


class WarmStation:
    """One place in a warm process."""

    def __init__(self, process: WarmProcess) -> None:
        self._process = process

    def render(self, job: AnyJob) -> Outcome:
        """Do a job in a copy of the process."""
        return self._process.render(job)

    def end(self) -> None:
        """Leave the process to the others."""
