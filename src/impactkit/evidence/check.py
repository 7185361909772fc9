"""A question put to an estimate, and its answer."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.evidence.record import Status
from impactkit.text import Message

NO_CAP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The answer to one question about an estimate.

    Attributes
    ----------
    key : str
        Name of the question; ``check.<key>.question`` in the catalogue.
    status : {"ok", "caution", "fail", "not_run"}
        ``not_run`` always says why, and counts as a reserve.
    reason : Message
        The answer in a sentence, with its figures.
    value, threshold : float or None
        What was measured and what it was held against.
    cap : int
        The most credibility that this answer leaves (5: it takes nothing away).
    about_comparison : bool
        Whether the question is about believing the comparison; reserves count only then.
    """

    key: str
    status: Status
    reason: Message
    value: float | None = None
    threshold: float | None = None
    cap: int = NO_CAP
    about_comparison: bool = True
