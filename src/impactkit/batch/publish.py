"""Putting finished files where readers look, whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

from impactkit.files.at_once import put_in_place


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
            put_in_place(final, aside)
        put_in_place(staged, final)
    except BaseException:
        # Also when someone interrupts.
        if aside.exists() and not final.exists():
            put_in_place(aside, final)
        raise
    shutil.rmtree(aside, ignore_errors=True)
