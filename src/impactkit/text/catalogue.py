"""The catalogue: every sentence that a reader sees, by key, in both languages.

A sentence is written whole in ``catalogue/<language>/*.toml``; nothing is assembled from pieces,
because grammar differs. Placeholders are ``{name}`` or ``{name:format}``.
"""

from __future__ import annotations

import datetime as dt
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from impactkit.text import numbers
from impactkit.text.language import LANGUAGES, Language, current_language
from impactkit.text.typography import typeset
from impactkit.text.values import Amount, Label, Quantity, is_one

Entry = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence of the catalogue with its parameters, written in a language when it is shown.

    Parameters
    ----------
    key : str
        Dotted key, for example ``"evidence.reason.before_after_only"``.
    params : mapping
        Values for the placeholders: text, whole numbers, dates, `Quantity`, `Amount`, `Label` or `Message`.
        The key ``n`` chooses between the ``one`` and ``other`` forms of an entry that has both.
    """

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: Language | None = None) -> str:
        """Write the sentence in ``language`` (the session's by default)."""
        return _write(self.key, self.params, language or current_language())

    def __str__(self) -> str:
        return self.text()


# Stands where a value will, while the words around it are typeset.
_MARK = "\ue000"


class _Formatter(string.Formatter):
    """Fill placeholders in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, (Label, Quantity, Amount, Message)):
            return value.text(self.language)
        if isinstance(value, bool) or value is None:
            raise TypeError("a catalogue placeholder takes text, a number or a date")
        if isinstance(value, int):
            return str(value) if format_spec == "code" else numbers.number(value, self.language)
        if isinstance(value, float):
            return numbers.number(value, self.language, decimals=int(format_spec))
        if isinstance(value, dt.date):
            return numbers.date(value, self.language)
        return str(value)


def has_key(key: str) -> bool:
    """Tell whether the catalogue holds ``key``."""
    return key in entries("fr")


@lru_cache
def entries(language: Language) -> Mapping[str, Entry]:
    """Return all entries of ``language`` by dotted key."""
    flat: dict[str, Entry] = {}
    folder = resources.files("impactkit.text") / "catalogue" / language
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            area = file.name.removesuffix(".toml")
            for key, entry in _flatten(area, tomllib.loads(file.read_text(encoding="utf-8"))):
                if key in flat:
                    raise ValueError(f"the catalogue holds {key} twice")
                flat[key] = entry
    return flat


def _flatten(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, Entry]]:
    found: list[tuple[str, Entry]] = []
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, str):
            found.append((key, value))
        elif set(value) == {"one", "other"}:
            found.append((key, dict(value)))
        else:
            found.extend(_flatten(key, value))
    return found


def placeholders(key: str, language: Language) -> frozenset[str]:
    """Return the names of the placeholders of an entry; those of a plural entry are put together."""
    entry = entries(language)[key]
    forms = [entry] if isinstance(entry, str) else list(entry.values())
    return frozenset(
        name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None
    )


def _write(key: str, params: Mapping[str, Any], language: Language) -> str:
    entry = entries(language)[key]
    if not isinstance(entry, str):
        n = params["n"]
        count = n.value if isinstance(n, Quantity) else n
        entry = entry["one" if is_one(count, language) else "other"]
    literals, fields = _cut(entry, language)
    formatter = _Formatter(language)
    written = [literals[0]]
    for (name, spec), literal in zip(fields, literals[1:], strict=True):
        written += (formatter.format_field(params[name], spec), literal)
    return "".join(written)


@cache
def _cut(entry: str, language: Language) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Cut an entry at its placeholders: the words around them, typeset, and the name and format of each.

    Only the catalogue's own words are typeset, with a neutral mark where a user's words, shown as written,
    will stand.
    """
    skeleton, fields = [], []
    for literal, name, spec, _ in string.Formatter().parse(entry):
        skeleton.append(literal)
        if name is not None:
            skeleton.append(_MARK)
            fields.append((name, spec or ""))
    return tuple(typeset("".join(skeleton), language).split(_MARK)), tuple(fields)


__all__ = [
    "LANGUAGES",
    "Amount",
    "Entry",
    "Label",
    "Message",
    "Quantity",
    "entries",
    "has_key",
    "placeholders",
]
