"""The evidence on an action: an estimate, the checks it went through, and what may be concluded."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from impactkit.estimators.dispatch import NotEstimated
from impactkit.estimators.result import Estimate
from impactkit.evidence.build_record import build_record
from impactkit.evidence.check import Check
from impactkit.evidence.record import Attribution, Conclusion, Record
from impactkit.text import Language, Message, current_language
from impactkit.text.language import as_language


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What the data prove about the action; made by `assess`.

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
    attribution : str
        Whether that can be attributed to the action.
    reasons : tuple of Message
        Why.
    """

    estimate: Estimate
    secondary: tuple[Estimate | NotEstimated, ...]
    checks: tuple[Check, ...]
    credibility: int
    precision: int
    bound_by: Message
    conclusion: Conclusion
    attribution: Attribution
    reasons: tuple[Message, ...]

    @property
    def strength(self) -> int:
        """Solidity from 0 (very low) to 5 (very high): the lower of credibility and precision."""
        return min(self.credibility, self.precision)

    @property
    def record(self) -> Record:
        """All that may leave the computation: aggregates that passed the secrecy rules."""
        return build_record(self)

    def sentence(self, lang: str | None = None) -> str:
        """Return the verdict, the interval and its meaning, in French or English."""
        language: Language = current_language() if lang is None else as_language(lang)
        said = self.record.sentences
        params = {
            part: getattr(said, part).text(language) for part in ("verdict", "interval", "significance")
        }
        return Message("sentence.headline", params).text(language)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, as ``evidence.json`` holds it."""
        return self.record.model_dump(mode="json")

    def __repr__(self) -> str:
        return f"<Evidence: {self.attribution}, strength {self.strength}/5>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence())}</p>"
