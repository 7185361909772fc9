"""What the command line says when something fails, and the exit code that tells the kind of failure."""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path

import impactkit
from impactkit.cli.console import say_aside, say_json
from impactkit.errors import ImpactkitError, ProblemsError, WritingError
from impactkit.text import Message

UNEXPECTED = 1
WRONG_USAGE = 2
SOME_FAILED = 7
UNWRITABLE = WritingError.exit_code
BEYOND_LIMITS = 12
INTERRUPTED = 130

_PACKAGE = Path(impactkit.__file__).parent


class CommandError(Exception):
    """The command was not typed as it should be.

    Attributes
    ----------
    message : Message
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def tell(error: Exception, *, as_json: bool) -> int:
    """Say what went wrong and return the exit code."""
    text: Message | str
    if isinstance(error, CommandError):
        code, text = WRONG_USAGE, error.message
    elif isinstance(error, ImpactkitError):
        code, text = error.exit_code, str(error)
    else:
        if os.environ.get("IMPACTKIT_DEBUG"):
            traceback.print_exception(error)
        refused = _refused(error)
        code, text = (UNEXPECTED, _unexpected(error)) if refused is None else (UNWRITABLE, refused)
    say_aside(str(text))
    if as_json:
        problems = error.problems if isinstance(error, ProblemsError) else ()
        told = {
            "exit_code": code,
            "message": str(text),
            "problems": [problem.to_dict() for problem in problems],
        }
        say_json({"error": told})
    return code


def _refused(error: Exception) -> Message | None:
    """Say which file the system refuses, when that is what happened: open elsewhere, or a full disk."""
    if not isinstance(error, OSError):
        return None
    file = error.filename2 or error.filename
    named = {"file": Path(str(file)).name if file else "?"}
    if isinstance(error, PermissionError):
        return Message("cli.file_locked", named)
    return Message("cli.disk_full", named) if error.errno == errno.ENOSPC else None


def _unexpected(error: Exception) -> Message:
    """Name the error and the place in impactkit's code; its own text may hold a person's data."""
    place = _PACKAGE.name
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(_PACKAGE):
            place = f"{Path(frame.filename).relative_to(_PACKAGE.parent).as_posix()}:{frame.lineno}"
    return Message("cli.unexpected", {"error": type(error).__name__, "place": place})
