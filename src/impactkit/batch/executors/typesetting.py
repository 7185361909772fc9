"""Having documents compiled by a process of its own (`impactkit.batch.executors.typesetter`). Unix only."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from impactkit.batch.executors.parcels import receive, send
from impactkit.batch.executors.station import command, end_tree, environment
from impactkit.batch.executors.typesetter import DOCUMENT_S
from impactkit.document.typeset import Form, typeset_by

_GRACE_S = 2.0
_START_S = 5.0


class Typesetter:
    """The process, started when first needed and again whenever it has ended; several threads may ask."""

    def __init__(self) -> None:
        # Where nobody else can write; the path of a socket has a hundred signs at most.
        self._folder = Path(tempfile.mkdtemp(prefix="impactkit-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0
        self._lock = threading.Lock()

    def place(self) -> Path:
        """Return where the living process is asked."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._close()
                self._started += 1
                self._process = subprocess.Popen(
                    command("typesetter", str(self._path)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=None if os.environ.get("IMPACTKIT_DEBUG") else subprocess.DEVNULL,
                    env=environment(os.environ),
                    start_new_session=True,
                )
            return self._path

    @property
    def _path(self) -> Path:
        return self._folder / str(self._started)

    def end(self) -> None:
        """End the process."""
        self._close()
        if self._process is not None:
            try:
                self._process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                end_tree(self._process.pid)
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        """Close the input of the process, upon which it ends."""
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()


class Asking:
    """What a report has compiled elsewhere.

    Attributes
    ----------
    cpu_s : float
        Processor time that it took there.
    patience : float
        Seconds to wait for each document: longer, and the process is taken for hung.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self.cpu_s = 0.0
        self.patience = DOCUMENT_S

    def __call__(self, files: Mapping[str, bytes], form: Form, ppi: float | None) -> list[bytes] | None:
        """Return the pages that typst makes of some files; nothing when it must be run here."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
                asked.settimeout(self.patience)
                self._connect(asked)
                send(asked, {"names": list(files), "form": form, "ppi": ppi}, list(files.values()))
                head, made = receive(asked)
        except (OSError, EOFError, ValueError):
            return None
        self.cpu_s += head["cpu_s"]
        return made

    def _connect(self, asked: socket.socket) -> None:
        """Connect, and wait for a process that is just starting."""
        until = time.monotonic() + _START_S
        while True:
            try:
                return asked.connect(str(self._place))
            except FileNotFoundError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)


@contextmanager
def typeset_at(place: Path | None) -> Iterator[Callable[[], float]]:
    """Have documents compiled at a place, when there is one; give the processor time that they took there."""
    if place is None:
        yield lambda: 0.0
        return
    asking = Asking(place)
    with typeset_by(asking):
        yield lambda: asking.cpu_s
