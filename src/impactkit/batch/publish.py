"""Putting finished files where readers look, whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

# Windows refuses to rename what an indexer or a viewer holds open for a moment.
_TRIES = 5
_PAUSE_S = 0.2


def write_text(path: Path, text: str) -> None:
    """Write a text file at once, its lines ended the same way on every system."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file at once: readers see the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        _patiently(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def publish(staged: Path, final: Path) -> None:
    """Put a finished folder in the place of an older one, which comes back when the new one cannot be placed.

    Parameters
    ----------
    staged : Path
        The finished folder, on the same file system as ``final``.
    final : Path
        Where it belongs; a folder already there is replaced.

    Raises
    ------
    OSError
        When it could not be done; ``final`` is then as it was.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = staged.with_name(staged.name + ".old")
    # A folder cannot be renamed over another on Windows: the old one steps aside first.
    try:
        if final.exists():
            _patiently(final, aside)
        _patiently(staged, final)
    except BaseException:
        # Also when someone interrupts.
        if aside.exists() and not final.exists():
            _patiently(aside, final)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _patiently(source: Path, target: Path) -> None:
    """Replace ``target`` by ``source``, trying again while another program holds one of them."""
    for left in reversed(range(_TRIES)):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(_PAUSE_S)
