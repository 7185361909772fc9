"""Which language a person reads: French first, English on request."""

from __future__ import annotations

import os
from typing import Literal, get_args

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_ENVIRONMENT = ("IMPACTKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_chosen: Language | None = None


def as_language(name: str) -> Language:
    """Return ``name`` as a language of the catalogue.

    Raises
    ------
    ValueError
        When the catalogue has no such language.
    """
    for language in LANGUAGES:
        if name == language:
            return language
    raise ValueError(f"unknown language {name!r}: expected one of {', '.join(LANGUAGES)}")


def set_language(name: str | None) -> None:
    """Choose the language of messages for this session; ``None`` follows the environment again."""
    global _chosen
    _chosen = None if name is None else as_language(name)


def current_language() -> Language:
    """Return the language of messages: the one chosen, else the environment's, else French.

    The ``locale`` module is not asked: on most servers it knows only ``C``, which says nothing.
    """
    if _chosen is not None:
        return _chosen
    for variable in _ENVIRONMENT:
        code = os.environ.get(variable, "")[:2].lower()
        for language in LANGUAGES:
            if code == language:
                return language
    return "fr"
