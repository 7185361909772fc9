"""The STUDY arguments: files, folders, and patterns that a shell has not expanded (as on Windows)."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from impactkit.cli.failures import CommandError
from impactkit.files.study import STUDY_FILE
from impactkit.text import Message


def find_studies(arguments: Iterable[str]) -> list[Path]:
    """Return the study files that the arguments name, in order and each once.

    Parameters
    ----------
    arguments : iterable of str
        Study files, folders that hold a ``study.toml``, or patterns such as ``pactes/**/study.toml``.

    Raises
    ------
    CommandError
        When an argument names nothing.
    """
    found = [path for argument in arguments for path in _named(argument)]
    return list(dict.fromkeys(found))


def one_study(argument: str) -> Path:
    """Return the study file that an argument names.

    Raises
    ------
    CommandError
        When it names nothing, or several.
    """
    found = find_studies([argument])
    if len(found) > 1:
        raise CommandError(Message("cli.usage.one_study", {"argument": argument}))
    return found[0]


def _named(argument: str) -> list[Path]:
    path = Path(argument)
    if path.is_file():
        return [path]
    if (path / STUDY_FILE).is_file():
        return [path / STUDY_FILE]
    matches = [Path(match) for match in sorted(glob.glob(argument, recursive=True))]
    files = [match / STUDY_FILE if match.is_dir() else match for match in matches]
    studies = [file for file in files if file.is_file()]
    if not studies:
        raise CommandError(Message("cli.usage.no_study", {"argument": argument}))
    return studies
