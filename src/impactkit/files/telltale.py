"""Does a text that will be published say who it speaks of?

A text is refused when it holds what looks like a way to reach or to name someone. The rules are wide on
purpose: a place or a service that looks like a name is declared, a person's name is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

Telltale = Literal["email", "phone", "number", "date", "name"]

_PATTERNS: tuple[tuple[Telltale, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[^\s@]+@[^\s@]+\.\w")),
    ("phone", re.compile(r"(?:\+33|\b0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}\b")),
    ("date", re.compile(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})\b")),
    ("number", re.compile(r"\d(?:[\s.\-]?\d){6,}")),
)
_WORD = r"[A-ZÀ-ÖØ-Þ][\w'’\-]*"
_TITLE = re.compile(rf"\b(?:M\.|MM\.|Mme|Mmes|Mlle|Monsieur|Madame|Mr|Mrs|Ms|Miss)\s+{_WORD}")
# A capital after a word or a comma, not at the start of a sentence.
_INSIDE = re.compile(rf"(?<=[\w,;»\)])[\s]+(?P<name>{_WORD})")
# Someone who acts: a lone capitalised word, an age perhaps, then a verb.
_SUBJECT = re.compile(
    rf"(?:^|[.!?…:«“]\s*)(?P<name>{_WORD})(?:,\s*\d+\s+(?:ans|years)[^,]*,?)?\s+"
    r"(?:a|est|avait|était|n'a|n’a|s'est|s’est|dit|va|vit|travaille|has|is|was|had|says|lives|works)\b"
)
_NOBODY = frozenset(
    {
        "il",
        "elle",
        "on",
        "cela",
        "ceci",
        "ça",
        "tout",
        "personne",
        "chacun",
        "chacune",
        "celui",
        "celle",
        "qui",
        "quelqu'un",
        "rien",
        "l'un",
        "l'une",
        "he",
        "she",
        "it",
        "that",
        "this",
        "everyone",
        "someone",
        "nobody",
        "everything",
        "what",
        "who",
        "one",
        "there",
    }
)
_CAPITAL_BY_RULE = frozenset(
    {
        "i",
        "i'm",
        "i've",
        "i'd",
        "i'll",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "french",
        "english",
    }
)


def telltale(text: str, *, allowed: Collection[str] = ()) -> Telltale | None:
    """Return what in a text could tell who it speaks of, or nothing.

    Parameters
    ----------
    text : str
    allowed : collection of str
        Proper nouns that may stay: places, services, schemes.

    Examples
    --------
    >>> telltale("Elle a retrouvé un logement.")
    >>> telltale("Nadia a retrouvé un logement.")
    'name'
    """
    if not text:
        return None
    for name in sorted(allowed, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", "…", text)
    for kind, pattern in _PATTERNS:
        if pattern.search(text):
            return kind
    if _TITLE.search(text):
        return "name"
    inside = (match["name"].lower().replace("’", "'") for match in _INSIDE.finditer(text))
    if any(word not in _CAPITAL_BY_RULE for word in inside):
        return "name"
    subjects = (match["name"].lower().replace("’", "'") for match in _SUBJECT.finditer(text))
    return "name" if any(word not in _NOBODY | _CAPITAL_BY_RULE for word in subjects) else None
