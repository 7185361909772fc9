"""One batch at a time in a folder of results: who holds it, and how far it is."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from impactkit.errors import HeldError
from impactkit.text import Message

NAME = ".batch.json"
# A lock just made may not be written yet; one still unreadable after this long was left by a power cut.
_BEING_WRITTEN_S = 10.0


class Holder(BaseModel):
    """The process that makes reports in a folder; ``born`` tells it from a later one of the same number."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str
    pid: int
    born: float
    since: dt.datetime
    total: int

    def is_gone(self) -> bool:
        """Tell whether this process has surely ended; of another machine nobody here can say."""
        if self.host != socket.gethostname():
            return False
        try:
            return bool(abs(psutil.Process(self.pid).create_time() - self.born) > 1.0)
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False


def holder_of(out: Path) -> Holder | None:
    """Return who makes reports in a folder now, when someone does."""
    holder = _read(out / NAME)
    return None if holder is None or holder.is_gone() else holder


@contextmanager
def held(out: Path, *, total: int) -> Iterator[None]:
    """Hold a folder of results while a batch of ``total`` reports runs.

    Raises
    ------
    HeldError
        When another batch holds it; the message says who and since when.
    """
    path = out / NAME
    _take(path, total)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _take(path: Path, total: int) -> None:
    me = psutil.Process()
    holder = Holder(
        host=socket.gethostname(),
        pid=me.pid,
        born=me.create_time(),
        since=dt.datetime.now(dt.UTC).replace(microsecond=0),
        total=total,
    )
    while True:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(holder.model_dump_json())
            return
        except FileExistsError:
            _clear_stale(path)


def _clear_stale(path: Path) -> None:
    """Take the lock of a dead process away, or say who holds the folder."""
    other = _read(path)
    if other is None:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _BEING_WRITTEN_S:
                path.unlink(missing_ok=True)
                return
        time.sleep(0.1)
        return
    if not other.is_gone():
        since = other.since.astimezone().strftime("%Y-%m-%d %H:%M")
        params = {"host": other.host, "pid": str(other.pid), "since": since, "file": NAME}
        raise HeldError(Message("batch.error.held", params))
    # Set aside under a name of its own: of two batches that find it stale, one only succeeds.
    aside = path.with_name(f"{NAME}.{os.getpid()}")
    with contextlib.suppress(OSError):
        os.replace(path, aside)
        aside.unlink(missing_ok=True)


def _read(path: Path) -> Holder | None:
    try:
        return Holder.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
