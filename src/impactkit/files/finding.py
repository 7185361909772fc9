"""Something wrong in a study file, and the names that would have been right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from impactkit.errors import Problem
from impactkit.files.locate import KeyPath, line_of, place_of
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem and the path of the key it is about, before its line is known."""

    code: str
    path: KeyPath
    params: Mapping[str, Any] = field(default_factory=dict)

    def problem(self, file: str, lines: Mapping[KeyPath, int]) -> Problem:
        """Return the problem with its place and its line."""
        return Problem(
            code=self.code,
            params=self.params,
            file=file,
            line=line_of(self.path, lines),
            place=place_of(self.path) or None,
        )


def listed(names: Iterable[str]) -> str | Message:
    """Write names as a list; none at all is said."""
    return ", ".join(names) or Message("problem.none")


def hint(name: object, known: Iterable[str]) -> str | Message:
    """Suggest the known name that looks most like a wrong one; nothing when none does."""
    by_lower = {item.lower(): item for item in known}
    close = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return Message("problem.hint", {"close": by_lower[close[0]]}) if close else ""


def unknown(code: str, path: KeyPath, *, name: str, known: Iterable[str]) -> Finding:
    """Return the finding for a name that is not one of those known."""
    names = list(known)
    return Finding(
        code=code, path=path, params={"name": name, "hint": hint(name, names), "allowed": listed(names)}
    )


def repeated(names: Iterable[str], paths: list[KeyPath]) -> Iterator[Finding]:
    """Yield a finding for each name that an earlier one already is, but for capitals."""
    seen: set[str] = set()
    for name, path in zip(names, paths, strict=True):
        if name and name.lower() in seen:
            yield Finding(code="E-ETU-10", path=path, params={"name": name})
        seen.add(name.lower())
