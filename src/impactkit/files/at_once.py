"""Writing a file at once: readers see the old one or the new one, never a half."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pydantic_core import to_json

# Windows refuses to rename what an indexer or a viewer holds open for a moment.
_TRIES = 5
_PAUSE_S = 0.2


def write_text(path: Path, text: str) -> None:
    """Write a text file at once, its lines ended the same way on every system."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: object, *, indent: int) -> None:
    """Write plain values as a JSON file at once, as `json.dumps` does but ten times faster."""
    write_bytes(path, to_json(value, indent=indent) + b"\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file at once: readers see the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        put_in_place(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def put_in_place(source: Path, target: Path) -> None:
    """Replace ``target`` by ``source``, trying again while another program holds one of them."""
    for left in reversed(range(_TRIES)):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(_PAUSE_S)
