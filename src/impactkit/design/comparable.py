"""What makes two groups comparable before any result: who is kept, and with what weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.covariates import Floats
from impactkit.design.owed import Owed
from impactkit.disclosure.discreet import discreet, discreet_series
from impactkit.text import Message

# The reason of people whose outcome is not known, when those followed were weighted to stand for them.
NOT_FOLLOWED = "not_followed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparable:
    """Weights that make the groups of a design comparable: those of a matching or of a weighting.

    Attributes
    ----------
    method : str
    settings : mapping
        How it was done, in plain values.
    on : tuple of str
        The characteristics made comparable.
    people : (n,) array
        Everyone in the design, in the order of `Design.units` before anyone is left out.
    weights : (n,) array
        0 for those left out. Sampling weights are not in them.
    reasons : (n,) array of str
        Why a person is left out: the end of a key of the catalogue, ``matching.left_out`` or
        ``weighting.left_out``; empty for those kept.
    notes : tuple of Message
        What a reader must know.
    """

    method: str
    settings: Mapping[str, object]
    on: tuple[str, ...]
    people: np.ndarray
    weights: Floats
    reasons: np.ndarray
    notes: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    @property
    def by_person(self) -> pd.Series:
        """The weights, indexed by person."""
        return discreet_series(pd.Series(self.weights, index=pd.Index(self.people), name="weight"))

    def weights_of(self, people: pd.Index) -> Floats:
        """Return the weights of people, by identifier; missing for whoever was not in the design."""
        place = self._place(people)
        return np.where(place < 0, np.nan, self.weights[place])

    def reasons_of(self, people: pd.Index) -> npt.NDArray[np.object_]:
        """Return why people were left out, by identifier; empty for whoever was not in the design."""
        place = self._place(people)
        return np.where(place < 0, "", self.reasons[place])

    def _place(self, people: pd.Index) -> npt.NDArray[np.intp]:
        if np.array_equal(people.to_numpy(), self.people):
            return np.arange(len(people))
        # Of the same type: an index of strings of Arrow's takes many times longer to look into.
        return np.asarray(pd.Index(self.people, dtype=self.people.dtype).get_indexer(people))

    @property
    def left_out(self) -> pd.DataFrame:
        """The people left out: columns ``person, reason``."""
        out = self.reasons != ""
        return discreet(pd.DataFrame({"person": self.people[out], "reason": self.reasons[out]}))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched(Comparable):
    """Who was matched with whom.

    Attributes
    ----------
    subclass : (n,) array of int
        The pair or set of each person; -1 for those in none. With replacement, and for methods that make no
        sets, -1 for all.
    pairs : DataFrame
        Columns ``treated, control, subclass``: one row per beneficiary and person matched with her (a control
        used twice stands twice). Empty for methods that make no pairs.
    """

    subclass: np.ndarray
    pairs: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted(Comparable):
    """Weights that were estimated, with what the uncertainty of an effect owes to their estimation.

    Attributes
    ----------
    owed : tuple of Owed
        By fit, what the weights owe to its parameters.
    score : (n,) array or None
        Estimated probability of being a beneficiary, for methods that have one.
    before_losses : Weighted or None
        The weights before `weight_losses`, when they also stand for people lost.
    """

    owed: tuple[Owed, ...]
    score: Floats | None = None
    before_losses: Weighted | None = None


def losses_replaced(made: Comparable | None) -> tuple[Message, ...]:
    """Return the note that weights for people lost go with what is replaced, when there were some."""
    if made is None or "losses" not in made.settings:
        return ()
    return (Message("weighting.note.losses_replaced"),)
