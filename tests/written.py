"""The texts of a file that a command wrote: its own, or those of the members of an office document."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a file, or of each member of a docx or an xlsx."""
    if path.suffix not in (".docx", ".xlsx"):
        yield str(path), path.read_text(encoding="utf-8")
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield f"{path}/{name}", archive.read(name).decode("utf-8", errors="replace")
