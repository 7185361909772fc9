"""What a report writes to its standard streams: by Python, by compiled code and by the programs it starts."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from impactkit.batch.in_process.outputs import Outputs
from impactkit.batch.in_process.written import NAMES


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a report."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, name: str, captured: Captured) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._stream = name
        self._captured = captured

    def write(self, text: str) -> int:
        """Add a text to the cell's outputs."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._captured.drain()
            self._captured.outputs.stream(self._stream, text)
        return len(text)

    def writable(self) -> bool:
        """Say that one may write."""
        return True

    def isatty(self) -> bool:
        """Say that nobody watches: no colours, no progress bars."""
        return False

    def fileno(self) -> int:
        """Return the descriptor that subprocesses may be given."""
        return NAMES.index(self._stream) + 1


class Captured:
    """Descriptors 1 and 2 lead into files of the scratch folder, 0 to nothing; use it in a ``with`` block.

    Standard input leads nowhere because a cell that reads it would otherwise take the words meant for the
    worker, and wait for ever.
    """

    def __init__(self, outputs: Outputs, scratch: Path) -> None:
        self.outputs = outputs
        self._paths = [scratch / f".{name}" for name in NAMES]
        self._files: list[int] = []
        self._saved: list[int] = []
        self._read = [0, 0]
        self._python = (sys.stdin, sys.stdout, sys.stderr)

    def __enter__(self) -> Captured:
        self._python = (sys.stdin, sys.stdout, sys.stderr)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._files = [os.open(path, flags, 0o600) for path in self._paths]
        self._saved = [os.dup(descriptor) for descriptor in (0, 1, 2)]
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        for descriptor, file in enumerate(self._files, start=1):
            os.dup2(file, descriptor)
        sys.stdin = open(os.devnull, encoding="utf-8")
        sys.stdout, sys.stderr = (Stream(name, self) for name in NAMES)
        return self

    def __exit__(self, *_: object) -> None:
        self.drain()
        sys.stdin.close()
        sys.stdin, sys.stdout, sys.stderr = self._python
        for descriptor, saved in enumerate(self._saved):
            os.dup2(saved, descriptor)
            os.close(saved)
        for file in self._files:
            os.close(file)

    def drain(self) -> None:
        """Add to the outputs what descriptors 1 and 2 received since the last time."""
        for place, (name, file) in enumerate(zip(NAMES, self._files, strict=True)):
            size = os.fstat(file).st_size
            if size == self._read[place] or self.outputs.too_much:
                continue
            os.lseek(file, self._read[place], os.SEEK_SET)
            written = os.read(file, size - self._read[place])
            self._read[place] += len(written)
            text = written.decode("utf-8", errors="replace").replace("\r\n", "\n")
            self.outputs.stream(name, text)
