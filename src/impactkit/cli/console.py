"""Where words go: results on the standard output, everything else on the standard error."""

from __future__ import annotations

import json
import sys
from io import TextIOWrapper

from rich.console import Console

from impactkit.text import Message


def prepare_streams() -> None:
    """Write UTF-8, and never fail on a character that a console cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def errors() -> Console:
    """Return the console of progress and errors."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def say(message: Message | str = "") -> None:
    """Write a line of the result."""
    Console(highlight=False, markup=False, soft_wrap=True).print(str(message))


def say_aside(message: Message | str) -> None:
    """Write a line that is not the result."""
    errors().print(str(message))


def say_json(value: object) -> None:
    """Write the result for a machine."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
