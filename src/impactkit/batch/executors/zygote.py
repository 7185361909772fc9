"""The process that warms up once, then makes each report in a fresh copy of itself (a fork). Unix only.

Started by `impactkit.batch.executors.warm`, as ``python -m impactkit.batch.executors.zygote``. It reads
requests and writes answers, one line of JSON each; its copies write when their first cell begins, then their
outcome. It watches them: a copy that takes too long, too much memory or writes too much is ended with all
that it started. Other copies stay, the clerks of the batch (`impactkit.batch.executors.clerking`).
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from impactkit.batch.in_process.written import MOST_TEXT, written_bytes

# A copy that has begun no cell after this long is hung in a lock that the fork left closed.
BEGIN_S = 30.0
_LOOK_S = 0.05
_DEATH_SIGNAL, _ADOPT_ORPHANS = 1, 36  # prctl(2): PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER


@dataclass(slots=True, kw_only=True)
class _Copy:
    """A report being made: its request, its process, and what it said so far."""

    request: dict[str, Any]
    pid: int
    said: int
    started: float
    text: bytes = b""
    ended: str | None = None
    looked: float = field(default=0.0)

    @property
    def began(self) -> bool:
        return self.text.startswith(b"began\n")


class Zygote:
    """Forks a copy of this process per request, and answers for each."""

    def __init__(self, shell: Any, requests: int, answers: int, *, rehearse: Callable[[], None]) -> None:
        self._shell = shell
        self._rehearse = rehearse
        self._requests = requests
        self._answers = answers
        self._unread = b""
        self._copies: dict[int, _Copy] = {}
        # By the place where each is asked, its process.
        self._clerks: dict[str, int] = {}

    def serve(self) -> None:
        """Serve until the requests are closed, then end every copy."""
        open_ = True
        while open_:
            said = [copy.said for copy in self._copies.values()]
            ready, _, _ = select.select([self._requests, *said], [], [], _LOOK_S if said else None)
            for copy in [copy for copy in self._copies.values() if copy.said in ready]:
                self._listen(copy)
            if self._requests in ready:
                open_ = self._take()
            for copy in list(self._copies.values()):
                self._watch(copy)
        for copy in list(self._copies.values()):
            end(copy.pid)
        for place in list(self._clerks):
            self._dismiss(place)
        _end_orphans(but=())

    def _take(self) -> bool:
        """Start what the requests ask for; return whether more may come."""
        received = os.read(self._requests, 1 << 16)
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "rehearse" in request:
                self._rehearse()
            elif "dismiss" in request:
                self._dismiss(request["dismiss"])
            elif threading.active_count() > 1:
                # A thread may hold a lock that no copy could ever take.
                self._answer(request, {"refused": True})
            elif "clerk" in request:
                self._start_clerk(request)
            else:
                self._start(request)
        return bool(received)

    def _start(self, request: dict[str, Any]) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._forget_others()
            os.close(reading)
            _make(self._shell, request, writing)
        os.close(writing)
        self._copies[pid] = _Copy(request=request, pid=pid, said=reading, started=time.monotonic())

    def _start_clerk(self, request: dict[str, Any]) -> None:
        """Have a copy stay that does what is done once a study; it listens before this answers."""
        place = request["clerk"]
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with listening:
            try:
                listening.bind(place)
            except OSError:
                self._answer(request, {"refused": True})  # the path is too long for a socket
                return
            listening.listen(1)
            pid = os.fork()
            if pid == 0:
                self._forget_others()
                _serve_studies(listening)
        self._clerks[place] = pid
        self._answer(request, {"began": True})

    def _dismiss(self, place: str) -> None:
        """End a clerk; waited for, so that what it used is counted."""
        pid = self._clerks.pop(place, None)
        if pid is not None:
            end(pid)
            os.waitpid(pid, 0)

    def _forget_others(self) -> None:
        """In a copy, close what only the process copied speaks with."""
        for descriptor in (self._requests, self._answers, *(copy.said for copy in self._copies.values())):
            os.close(descriptor)

    def _listen(self, copy: _Copy) -> None:
        received = os.read(copy.said, 1 << 16)
        copy.text += received
        if not received or copy.text.endswith(b"}\n"):
            # Finished, or nearly: whatever it left in the background goes with it.
            self._bury(copy, patience=5.0)

    def _watch(self, copy: _Copy) -> None:
        if copy.pid not in self._copies:
            return
        now, limits = time.monotonic(), copy.request
        if now - copy.started > limits["timeout_s"]:
            copy.ended = "time"
        elif not copy.began and now - copy.started > BEGIN_S:
            copy.ended = "died"
        elif now - copy.looked > 0.2:
            copy.looked = now
            if limits["memory_mb"] and resident_mb(copy.pid) > limits["memory_mb"]:
                copy.ended = "memory"
            elif written_bytes(Path(limits["scratch"])) > MOST_TEXT:
                copy.ended = "output"
        if copy.ended:
            self._bury(copy, patience=0.0)
        elif os.waitid(os.P_PID, copy.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            # It may have left a child of its own that still holds the pipe.
            while select.select([copy.said], [], [], 0)[0] and (received := os.read(copy.said, 1 << 16)):
                copy.text += received
            self._bury(copy, patience=0.0)

    def _bury(self, copy: _Copy, *, patience: float) -> None:
        """Wait for a copy, insist when it lingers, and answer for it."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if os.waitid(os.P_PID, copy.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.002)
        end(copy.pid)
        _, status, used = os.wait4(copy.pid, 0)
        os.close(copy.said)
        del self._copies[copy.pid]
        if not self._copies:
            _end_orphans(but=self._clerks.values())
        told = copy.text.removeprefix(b"began\n").decode("utf-8", errors="replace")
        self._answer(
            copy.request,
            {
                "outcome": told if told.endswith("}\n") and not copy.ended else "",
                "began": copy.began,
                "ended": copy.ended,
                "status": os.waitstatus_to_exitcode(status),
                "wall_s": round(time.monotonic() - copy.started, 3),
                "cpu_s": round(used.ru_utime + used.ru_stime, 3),
                "max_rss_mb": round(used.ru_maxrss * 1.024e-3, 1),
            },
        )

    def _answer(self, request: dict[str, Any], said: dict[str, Any]) -> None:
        line = json.dumps({"number": request["number"], **said}).encode() + b"\n"
        while line:
            line = line[os.write(self._answers, line) :]


def _begin_copy() -> None:
    """Put a copy in a group of its own, which goes with the process copied."""
    os.setsid()
    _call("prctl", _DEATH_SIGNAL, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _serve_studies(listening: socket.socket) -> NoReturn:
    """Be the clerk, in a copy of the process, and end there."""
    status = 1
    try:
        _begin_copy()
        from impactkit.batch.executors.clerk import serve

        serve(listening)
        status = 0
    finally:
        os._exit(status)


def _make(shell: Any, request: dict[str, Any], said: int) -> NoReturn:
    """Make a report in a copy of the process, say what became of it, and end there."""
    status = 1
    try:
        _begin_copy()
        # A copy ends with its report: looking often for garbage costs more than it frees.
        gc.set_threshold(50_000, 20, 100)
        if request["memory_mb"]:
            _limit_memory(request["memory_mb"])
        # Loaded already (see `main`).
        from impactkit.batch.executors.typesetting import typeset_at
        from impactkit.batch.in_process.make import make
        from impactkit.batch.job import Job, NotebookJob

        kind = Job if request["report"] else NotebookJob
        job = kind.model_validate_json(request["job"])
        place = request["typesetter"]
        with typeset_at(None if place is None else Path(place)) as elsewhere_s:
            outcome = make(shell, job, executor="warm", began=lambda: _say(said, b"began\n"))
        outcome = outcome.model_copy(update={"elsewhere_s": elsewhere_s()})
        _say(said, outcome.model_dump_json().encode() + b"\n")
        status = 0
    finally:
        os._exit(status)


def _say(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]


def _limit_memory(most_mb: int) -> None:
    """Have an allocation beyond the limit fail as a MemoryError, which has a place in the template."""
    pages, resident = map(int, Path("/proc/self/statm").read_text(encoding="ascii").split()[:2])
    most = most_mb * 1_000_000 + (pages - resident) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def resident_mb(pid: int) -> float:
    """Return the memory that a process and all it started hold, in megabytes."""
    pages = 0
    for one in [pid, *_descendants(pid)]:
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def end(pid: int) -> None:
    """End a process and all it started, whatever signals they refuse."""
    for one in [*_descendants(pid), pid]:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _end_orphans(*, but: Collection[int]) -> None:
    """End what reports left behind and this process adopted; only when none is being made."""
    for pid in _descendants(os.getpid()):
        if pid in but:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            continue


def _descendants(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    children = [int(word) for word in text.split()]
    return [*children, *(one for child in children for one in _descendants(child))]


def _call(name: str, *arguments: int) -> None:
    """Call a function of the C library; where it is missing, what it does is a luxury."""
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)


def main() -> None:
    """Warm up as the first line says, then serve."""
    requests, answers = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # What a library prints must not be taken for an answer.
    os.dup2(2, 1)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 (for the life of the process)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the batch, which then closes the requests
    _call("prctl", _ADOPT_ORPHANS, 1)
    wanted = json.loads(_first_line(requests))
    # Loaded here: the shell must exist before anything that imports pandas.
    from impactkit.batch.in_process.warm_up import rehearse_in, warm_shell

    folder = Path(wanted["folder"])
    shell = warm_shell(folder, imports=wanted["imports"])
    importlib.import_module("impactkit.batch.executors.typesetting")
    _keep()

    def rehearse() -> None:
        rehearse_in(shell, folder, language=wanted["language"])
        _keep()

    Zygote(shell, requests, answers, rehearse=rehearse).serve()


def _keep() -> None:
    """Have no copy look through what is loaded for garbage, which would copy all of it."""
    gc.collect()
    gc.freeze()


def _first_line(descriptor: int) -> bytes:
    """Read a line to its end and not a byte more."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            sys.exit(1)
        line += byte
    return line


if __name__ == "__main__":
    main()
