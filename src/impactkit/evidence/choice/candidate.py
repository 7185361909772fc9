"""One action as the choice sees it: the instruction's criteria, then what its data could show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impactkit.errors import ImpactkitError, ProblemsError, SentenceError
from impactkit.evidence import rules
from impactkit.evidence.advice import Advice
from impactkit.evidence.advice.words import amount, units
from impactkit.text import Label, Language, Message

CriterionName = Literal["direct", "running", "followable"]
Answer = Literal["yes", "no", "unknown"]
Standing = Literal["suitable", "descriptive", "to_complete", "unsuitable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A criterion of the instruction, its answer and why.

    Attributes
    ----------
    name : {"direct", "running", "followable"}
        Whether the action reaches people directly, has run long enough, and its people can be followed.
    answer : {"yes", "no", "unknown"}
    reason : Message
    """

    name: CriterionName
    answer: Answer
    reason: Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """An action that could be measured.

    Attributes
    ----------
    action : str or None
        Identifier of the study's action; ``None`` for another action of the contract.
    title : Label
    criteria : tuple of Criterion
    advice : Advice or None
        What its data can carry; ``None`` without data.
    error : ImpactkitError or None
        Why its data cannot be read; ``None`` when there are none.
    """

    action: str | None
    title: Label
    criteria: tuple[Criterion, ...]
    advice: Advice | None
    error: ImpactkitError | None

    @property
    def standing(self) -> Standing:
        """Whether to measure it.

        ``suitable``: it meets the criteria, and its data may tell its effect apart; ``descriptive``: it meets
        them, but no comparison is credible enough for a change to be said its own; ``to_complete``: something
        is unknown, or there are no data; ``unsuitable``: it does not meet a criterion.
        """
        answers = {item.answer for item in self.criteria}
        if "no" in answers:
            return "unsuitable"
        if self.advice is None or "unknown" in answers:
            return "to_complete"
        return "suitable" if self.advice.best.credibility >= rules.CREDIBLE else "descriptive"

    @property
    def measurable(self) -> bool:
        """Whether a figure can come of the data as they are."""
        return self.advice is not None and self.advice.best.design != "qualitative"

    @property
    def order(self) -> tuple[int, int, int, int, int, int]:
        """What ranks it: criteria not met, unknown, then what the data could show; the first is best."""
        answers = [item.answer for item in self.criteria]
        best = None if self.advice is None else self.advice.best
        precision = 0 if best is None or best.in_sd is None else rules.precision_note(best.in_sd)
        people = 0 if self.advice is None else self.advice.shape.treated.followed
        return (
            answers.count("no"),
            answers.count("unknown"),
            -int(self.measurable),
            -(0 if best is None else best.credibility),
            -precision,
            -people,
        )

    def criterion(self, name: CriterionName) -> Criterion:
        """Return a criterion by its name."""
        return next(item for item in self.criteria if item.name == name)

    def data(self, language: Language) -> str:
        """Say what the data could show, or why there are none."""
        if self.advice is None:
            return self._without_data(language)
        best, shape = self.advice.best, self.advice.shape
        people = units(shape, shape.treated.followed)
        if best.design == "qualitative":
            reason = _obstacles(self.advice, language)
            return Message("choose.data.qualitative", {"people": people, "reason": reason}).text(language)
        params: dict[str, object] = {
            "people": people,
            "design": best.name,
            "credibility": best.credibility,
            "comparison": _comparison(self.advice),
        }
        said = [Message("choose.data.design", params).text(language)]
        found = best.minimum_detectable_effect
        if found is None:
            said.append(Message("choose.data.effect_unknown").text(language))
        else:
            said.append(_against_minimum(self.advice, found).text(language))
        return " ".join(said)

    def _without_data(self, language: Language) -> str:
        if isinstance(self.error, SentenceError):
            return Message("choose.data.error", {"why": self.error.message.text(language)}).text(language)
        if isinstance(self.error, ProblemsError):
            why = " ".join(problem.text(language) for problem in self.error.problems)
            return Message("choose.data.error", {"why": why}).text(language)
        return Message("choose.data.none").text(language)


def _comparison(advice: Advice) -> Message:
    name = advice.best.comparison
    if name is None or name == "none":
        return Message("choose.data.alone")
    return Message("choose.data.compared", {"comparison": Message(f"comparison.{name}")})


def _against_minimum(advice: Advice, found: float) -> Message:
    """Hold the smallest effect that could be found against the smallest that would be worth having."""
    shape = advice.shape
    shown = amount(shape, found)
    wanted = shape.outcome.minimum_effect
    if wanted is None:
        return Message("choose.data.effect", {"effect": shown})
    key = "effect_enough" if found <= wanted else "effect_short"
    return Message(f"choose.data.{key}", {"effect": shown, "wanted": amount(shape, wanted)})


def _obstacles(advice: Advice, language: Language) -> str:
    declared = advice.declared
    obstacle = None if declared is None else declared.obstacle
    return "" if obstacle is None else obstacle.text(language)
