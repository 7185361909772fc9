"""Made-up data of a new study that are still there: read as one's own, they would be somebody's result."""

from __future__ import annotations

from pathlib import Path

from impactkit.errors import Problem
from impactkit.files.model import Action, Study
from impactkit.files.resources import starter


def example_problems(study: Study, action: Action) -> tuple[Problem, ...]:
    """Return a note for each file of an action that is, byte for byte, one that ``impactkit new`` made.

    Parameters
    ----------
    study : Study
        Its files have been read: each exists.
    action : Action
    """
    made = [path for language in ("fr", "en") for path in starter(language).rglob("*.csv")]
    files = (study.file(name) for name in action.files)
    return tuple(
        Problem(code="A-EXE-01", file=file.path)
        for file in files
        if any(_same(study.folder / file.path, path) for path in made)
    )


def _same(path: Path, example: Path) -> bool:
    # Sizes first: a file of a million people is not read for that.
    return path.stat().st_size == example.stat().st_size and path.read_bytes() == example.read_bytes()
