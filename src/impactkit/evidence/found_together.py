"""What reports must hide because of each other, once it has been found (`impactkit.evidence.together`)."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.files.masks import REPORT, Masks

# The fingerprints of what was released, in the folder of the study.
LEDGER = "releases.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What reports must hide because of each other.

    Attributes
    ----------
    masked : mapping of str to tuple of {"treated", "comparison", "opinion", "at_risk", "report"}
        By action, the numbers of people that are hidden (those of a group before the analysis, opinions,
        those still followed under a curve), or the report that is not made.
    earlier : bool
        Whether what was released before reveals a small group with them whatever is hidden: none is made.
    ledger_unread : bool
        Whether earlier releases could not be compared, their key being elsewhere.
    """

    masked: Masks
    earlier: bool = False
    ledger_unread: bool = False

    @property
    def withheld(self) -> frozenset[str]:
        """The actions of which no report may be made."""
        return frozenset(action for action, hidden in self.masked.items() if REPORT in hidden)
