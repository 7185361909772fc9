"""One design as the advice sees it: what it would rest on, find, and lack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from impactkit.errors import Problem
from impactkit.evidence import rules
from impactkit.evidence.advice.pasted import Pasted
from impactkit.files.model import Comparison, Method
from impactkit.text import Message

DesignName = Literal[
    "randomised",
    "offer",
    "threshold",
    "did",
    "did_staggered",
    "event_study",
    "alike",
    "compare_groups",
    "before_after",
    "interrupted_series",
    "synthetic_control",
    "qualitative",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A design, and whether these data can carry it.

    Attributes
    ----------
    design : str
        Its name, one of those above.
    variant : str
        Which form of it: key of the sentence that says what is assumed (``advice.assumption.<variant>``).
    credibility : int
        The most that its credibility can be, 0 to 5: where the design starts, less what losses, structures
        and the likeness of the groups before entry already take away.
    minimum_detectable_effect : float or None
        In the outcome's unit (0.05 is 5 points for a share); ``None`` when it cannot be known.
    in_sd : float or None
        The same in standard deviations.
    checks : int
        How many of the questions on the comparison the data allow to ask: what could prove the assumption
        wrong.
    counts : Message or None
        Who would be compared with whom.
    obstacle : Problem or None
        Why nothing can be computed, and what would make it possible; ``None`` when it is feasible.
    cautions : tuple of Problem
        Why it may not conclude.
    method : str or None
        The method to write in the study file; ``None`` when only Python has it, or nothing is computed.
    comparison : str or None
        Whom beneficiaries would be compared with.
    pasted : Pasted
        How to run it: lines of the study file, and calls.
    """

    design: DesignName
    variant: str
    credibility: int = 0
    minimum_detectable_effect: float | None = None
    in_sd: float | None = None
    checks: int = 0
    counts: Message | None = None
    obstacle: Problem | None = None
    cautions: tuple[Problem, ...] = ()
    method: Method | None = None
    comparison: Comparison | None = None
    pasted: Pasted = field(default_factory=Pasted)

    @property
    def feasible(self) -> bool:
        """Whether something can be computed, or told, with these data."""
        return self.obstacle is None

    @property
    def name(self) -> Message:
        """The name of the design."""
        return Message(f"advice.design.{self.design}")

    @property
    def assumption(self) -> Message:
        """What must be true for the design to tell the effect of the action."""
        return Message(f"advice.assumption.{self.variant}")

    @property
    def reason(self) -> str:
        """Why it stands where it does: who is compared and what to beware of, or what is missing."""
        if self.obstacle is not None:
            return told(self.obstacle)
        parts = [] if self.counts is None else [str(self.counts)]
        return " ".join([*parts, *map(told, self.cautions)])

    @property
    def snippet(self) -> str:
        """The calls that run it, on ``cohort``."""
        return self.pasted.code

    @property
    def study_lines(self) -> str:
        """The lines of the study file that declare it."""
        return self.pasted.toml

    @property
    def order(self) -> tuple[bool, int, int, int]:
        """What ranks it: whether it is feasible, its credibility, its checks, its precision; best first."""
        precision = 0 if self.in_sd is None else rules.precision_note(self.in_sd)
        return not self.feasible, -self.credibility, -self.checks, -precision


def told(problem: Problem) -> str:
    """Return what was found and what to do, without the code."""
    return " ".join(
        str(Message(f"problem.{problem.code}.{part}", problem.params)) for part in ("found", "remedy")
    )
