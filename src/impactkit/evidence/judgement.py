"""An estimate judged, in plain values: what sentences and records are made from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from impactkit.estimators.dispatch import NotEstimated
from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.evidence.record import Attribution, Conclusion, Imputation
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """An estimate judged: the checks it went through and what the rules conclude.

    Attributes
    ----------
    estimate : Estimate
    secondary : tuple of Estimate or NotEstimated
        The other outcomes, exploratory.
    checks : tuple of Check
    credibility, precision : int
        From 0 to 5; see `rules`.
    bound_by : Message
        What set the strength.
    conclusion : str
        What the interval says: improvement, deterioration, no_meaningful_difference or inconclusive.
    imputation : str
        How surely a difference is the action's doing: established, probable or not_established.
    attribution : str
        Whether what the interval says can be attributed to the action.
    reasons : tuple of Message
        Why.
    links : DataFrame or None
        How well people were found again from one file to the next, whole.
    """

    estimate: Estimate
    secondary: tuple[Estimate | NotEstimated, ...]
    checks: tuple[Check, ...]
    credibility: int
    precision: int
    bound_by: Message
    conclusion: Conclusion
    imputation: Imputation
    attribution: Attribution
    reasons: tuple[Message, ...]
    links: pd.DataFrame | None = None

    @property
    def strength(self) -> int:
        """Solidity from 0 (very low) to 5 (very high): the lower of credibility and precision."""
        return min(self.credibility, self.precision)
