"""How an answer is looked at: the first difference that helps, or nothing when it is right.

Answers that can be computed are; words to choose are known by their fingerprints, so that nothing here or
in a notebook tells them to somebody who is looking for something else.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Protocol

from impactkit.design import Design
from impactkit.text import Message, Quantity
from impactkit.text.catalogue import has_key


class Exercise(Protocol):
    """A question of a session."""

    def look(self, key: str, answer: object) -> Message | None:
        """Return the first difference that helps; ``None`` when the answer is right."""
        ...


def fingerprint(key: str, answer: str) -> str:
    """Return the salted fingerprint of an answer to the exercise ``key``."""
    return hashlib.sha256(f"impactkit:{key}:{answer}".encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number that can be computed.

    Attributes
    ----------
    right : function
    tolerance : float
        Accepted on each side.
    traps : mapping of str to function
        Usual mistakes, each with its own sentence.
    """

    right: Callable[[], float]
    tolerance: float
    traps: Mapping[str, Callable[[], float]] = field(default_factory=dict)

    def look(self, key: str, answer: object) -> Message | None:
        """Return what to look at again: the kind of thing, a usual mistake, the sign, the unit, the size."""
        if not isinstance(answer, Real) or isinstance(answer, bool) or not math.isfinite(answer):
            return Message("teach.answer.not_a_number")
        value, right = float(answer), self.right()
        if self._same(value, right):
            return None
        for name, compute in self.traps.items():
            if self._same(value, compute()):
                return Message(f"teach.wrong.e{_slug(key)}_{name}")
        if self._same(value, -right):
            return Message("teach.answer.sign")
        if self._same(value, 100 * right) or self._same(100 * value, right):
            return Message("teach.answer.percent")
        if abs(value - right) <= 5 * self.tolerance:
            return Message("teach.answer.rounding")
        return Message("teach.answer.too_low" if value < right else "teach.answer.too_high")

    def _same(self, value: float, right: float) -> bool:
        return abs(value - right) <= self.tolerance + 1e-9


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One word among several."""

    options: Collection[str]
    right: str

    def look(self, key: str, answer: object) -> Message | None:
        """Return why the word chosen is not the one."""
        word = str(answer).strip().lower()
        if word not in self.options:
            return Message("teach.answer.not_an_option", {"options": ", ".join(self.options)})
        return None if fingerprint(key, word) == self.right else _wrong(key, word)


@dataclass(frozen=True, kw_only=True)
class Several:
    """Several words among others, in any order."""

    options: Collection[str]
    right: frozenset[str]

    def look(self, key: str, answer: object) -> Message | None:
        """Return why a word should not be there, else how many are missing."""
        if isinstance(answer, str):
            answer = answer.replace(",", " ").split()
        if not isinstance(answer, Collection):
            return Message("teach.answer.not_a_list", {"options": ", ".join(self.options)})
        words = sorted({str(word).strip().lower() for word in answer})
        for word in words:
            if word not in self.options:
                return Message("teach.answer.not_an_option", {"options": ", ".join(self.options)})
            if fingerprint(key, word) not in self.right:
                return _wrong(key, word)
        missing = len(self.right) - len(words)
        return Message("teach.answer.missing", {"n": missing}) if missing else None


@dataclass(frozen=True, kw_only=True)
class Paired:
    """A word for each situation."""

    situations: Collection[str]
    options: Collection[str]
    right: frozenset[str]

    def look(self, key: str, answer: object) -> Message | None:
        """Return the first situation without its word, or why its word is not the one."""
        if not isinstance(answer, Mapping):
            return Message("teach.answer.not_a_mapping")
        for situation in self.situations:
            word = answer.get(situation)
            if word is None:
                return Message("teach.answer.nothing_for", {"situation": situation})
            if word not in self.options:
                return Message("teach.answer.not_an_option", {"options": ", ".join(self.options)})
            if fingerprint(key, f"{situation}={word}") not in self.right:
                return _wrong(key, situation)
        return None


@dataclass(frozen=True, kw_only=True)
class MadeComparable:
    """A design whose groups are alike, to within ``most`` standard deviations on every characteristic."""

    most: float

    def look(self, key: str, answer: object) -> Message | None:
        """Return the first characteristic on which the groups are still apart."""
        if not isinstance(answer, Design):
            return Message("teach.answer.not_a_design")
        if answer.comparable is None:
            return Message(f"teach.wrong.e{_slug(key)}_untouched")
        gaps = answer.balance().set_index("covariate")["smd"]
        for name, gap in gaps.items():
            if abs(gap) > self.most:
                params = {"name": str(name), "gap": Quantity(gap, "number", 2, sign=True)}
                return Message(f"teach.wrong.e{_slug(key)}_apart", params)
        return None


def _slug(key: str) -> str:
    return key.replace(".", "_")


def _wrong(key: str, word: str) -> Message:
    own = f"teach.wrong.e{_slug(key)}_{word}"
    return Message(own if has_key(own) else "teach.answer.not_this_one")
