"""Why actions have no estimate: the sentences that one by one would have raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from impactkit.estimators.inference.linear import Codes
from impactkit.estimators.many.segments import Bools
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refusal:
    """The actions that one rule refuses.

    Attributes
    ----------
    where : (A,) array of bool
    key : str
        Of the catalogue.
    params : mapping
        For the sentence: an (A,) array of numbers, or one value for all.
    """

    where: Bools
    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def message(self, action: int) -> Message:
        """Write what is said of one action."""
        return Message(
            self.key,
            {
                name: int(value[action]) if isinstance(value, np.ndarray) else value
                for name, value in self.params.items()
            },
        )

    def among(self, actions: Codes, n: int) -> Refusal:
        """Return the same for ``n`` actions, of which these are the ``actions``."""
        return Refusal(
            where=_placed(self.where, actions, n),
            key=self.key,
            params={
                name: _placed(value, actions, n) if isinstance(value, np.ndarray) else value
                for name, value in self.params.items()
            },
        )


def _placed(values: np.ndarray, actions: Codes, n: int) -> np.ndarray:
    placed = np.zeros(n, dtype=values.dtype)
    placed[actions] = values
    return placed


def refused(refusals: Iterable[Refusal], n: int) -> Bools:
    """Tell which of ``n`` actions some rule refuses."""
    found = np.zeros(n, dtype=bool)
    for refusal in refusals:
        found |= refusal.where
    return found


def first_messages(refusals: Iterable[Refusal]) -> dict[int, Message]:
    """Return, by action refused, the sentence of the first rule that refuses it."""
    messages: dict[int, Message] = {}
    for refusal in refusals:
        for action in np.flatnonzero(refusal.where).tolist():
            if action not in messages:
                messages[action] = refusal.message(action)
    return messages
