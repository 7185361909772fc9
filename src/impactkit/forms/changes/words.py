"""The words of the questionnaire: its columns, its scale, who answers, what is due to the pact."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from impactkit.files.fold import fold
from impactkit.text import LANGUAGES, Language, Message

COLUMNS = ("respondent", "type", "code", "item", "level", "share", "proof", "date", "source")
# From worse to better; what does not apply is no level.
LEVELS = ("worse", "same", "better", "much_better")
NOT_CONCERNED = "not_concerned"
SHARES = ("none", "partly", "mostly", "unknown")
# An answer that a committee agrees on is nobody's own.
TYPES = ("lead", "authority", "state", "association", "business", "people", "other", "committee")
COMMITTEE = "committee"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "type": TYPES,
    "level": (*LEVELS, NOT_CONCERNED),
    "share": SHARES,
}


def heading(column: str, language: Language) -> str:
    """Return the heading of a column."""
    return Message(f"form.changes.column.{column}").text(language)


def word(column: str, name: str, language: Language) -> str:
    """Return how a choice is written."""
    return Message(f"form.changes.{column}.{name}").text(language)


def words(column: str, language: Language) -> tuple[str, ...]:
    """Return the choices of a column as they are written."""
    return tuple(word(column, name, language) for name in CHOICES[column])


@lru_cache(maxsize=256)  # a questionnaire says the same few words thousands of times
def named(column: str, text: str) -> str | None:
    """Return the choice that a cell names, in either language; case, accents and spaces do not count."""
    return _names(column).get(fold(text))


@cache
def _names(column: str) -> Mapping[str, str]:
    """Return the choices of a column by how either language writes them, folded."""
    names: dict[str, str] = {}
    for language in LANGUAGES:
        for name in CHOICES[column]:
            names.setdefault(fold(word(column, name, language)), name)
    return names
