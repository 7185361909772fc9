"""The spaces that French and English typography ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable

NARROW = "\u202f"  # narrow no-break space: thousands, and before ; ! ? %
NO_BREAK = "\u00a0"  # no-break space: before the colon and inside guillemets

_FRENCH = (
    (re.compile(r" ([;!?%€])"), NARROW + r"\1"),
    (re.compile(r" :(?=\s|$)"), NO_BREAK + ":"),
    (re.compile(r"« "), "«" + NO_BREAK),
    (re.compile(r" »"), NO_BREAK + "»"),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), NARROW),
)


def typeset(text: str, language: str) -> str:
    """Put the no-break spaces of ``language`` where a catalogue sentence has plain ones."""
    if language == "fr":
        for pattern, replacement in _FRENCH:
            text = pattern.sub(replacement, text)
    return text


def separated(items: Iterable[str], language: str) -> str:
    """Write items one after the other, apart by semicolons: they may hold commas."""
    return (" ; " if language == "fr" else "; ").join(items)
