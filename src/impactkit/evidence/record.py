"""The evidence record: all that may leave the computation about one action.

A record holds aggregates that have passed the secrecy rules, and sentences in both languages; nothing in
it can be traced to a person. Pages, forms, index and synthesis are made from records alone, so what is
not in a record cannot be published. ``evidence.json`` is this record.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from impactkit.files.at_once import write_text
from impactkit.text.language import LANGUAGES, Language

Status = Literal["ok", "caution", "fail", "not_run"]
Attribution = Literal[
    "attributable",
    "probably_attributable",
    "change_not_attributed",
    "inconclusive",
    "no_meaningful_effect",
    "adverse_effect",
]
# How surely a difference, favourable or not, is the action's doing.
Imputation = Literal["established", "probable", "not_established"]
# What a difference is said to be a difference with: the situation without the action, only when the
# comparison is credible; else the comparison group; or the people's own past, or their trend then.
Claim = Literal["effect", "comparison", "before", "trend"]
Conclusion = Literal["improvement", "deterioration", "no_meaningful_difference", "inconclusive"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """A text in both languages."""

    fr: str
    en: str

    def text(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.en if language == "en" else self.fr


class Bilingual(Protocol):
    """Anything that can be written in a language: a message, a label, a quantity, a problem."""

    def text(self, language: Language | None = None) -> str:
        """Write it."""
        ...


def words(source: Bilingual | str) -> Words:
    """Write a message, a label or a problem in both languages."""
    if isinstance(source, str):
        return Words(fr=source, en=source)
    return Words(**{language: source.text(language) for language in LANGUAGES})


class OutcomeRecord(_Part):
    """The outcome measured."""

    name: str
    label: Words
    type: Literal["number", "boolean"]
    unit: Words | None
    direction: Literal["increase", "decrease"]
    minimum_effect: float | None
    unit_singular: Words | None = None
    family: str | None = Field(
        default=None, description="What the study file says that other outcomes of the name measure too."
    )


class EffectRecord(_Part):
    """An effect and its interval at 95 %, in the outcome's unit (shares on the 0-1 scale)."""

    estimate: float
    std_error: float
    df: float | None = Field(description="Degrees of freedom; null for the normal law.")
    conf_low: float
    conf_high: float
    p_value: float


class AlternativeRecord(_Part):
    """What another method says of the same effect; an end is null where the data cannot bound it."""

    method: str
    label: Words
    scale: Literal["outcome", "ratio", "chance"] = Field(
        default="outcome",
        description="Ce que l'intervalle borne : un écart dans l'unité, un rapport, une chance.",
    )
    conf_low: float | None
    conf_high: float | None
    p_value: float


class GroupRecord(_Part):
    """The mean of the outcome in a group at a time; null where secrecy hides it."""

    group: Literal["treated", "comparison"]
    time: Literal["before", "after"]
    mean: float | None
    n: int | None


class FlowRecord(_Part):
    """A box of the flow of people; null where secrecy hides a number."""

    arm: Literal["treated", "comparison"] | None
    step: str
    label: Words
    n: int | None
    lost: int | None
    reason: Words | None


class BalanceRecord(_Part):
    """A characteristic before the action, in the two groups; null where secrecy hides a number.

    ``smd_low`` and ``smd_high`` are equal when the standardised difference is shown exactly; else they are
    the band that holds it. ``smd_before`` is the difference before anyone was matched or weighted; null when
    nobody was, or when secrecy hides it.
    """

    label: Words
    type: Literal["number", "boolean"]
    mean_treated: float | None
    mean_comparison: float | None
    smd_low: float
    smd_high: float
    smd_before: float | None = None


class MadeComparable(_Part):
    """How the groups were made comparable before any result was read, and on what."""

    method: str
    on: tuple[Words, ...]


class CheckRecord(_Part):
    """A question put to the estimate, and its answer."""

    key: str
    question: Words
    status: Status
    value: float | None
    threshold: float | None
    reason: Words


class SensitivityRecord(_Part):
    """A measure of what a factor not observed would have to be to undo the result.

    ``value`` is null where the measure cannot be told, which ``reading`` then says.
    """

    key: str
    label: Words
    value: float | None
    reading: Words


class SecondaryRecord(_Part):
    """Another outcome of the action: exploratory, with the p-value of Holm's rule over all of them."""

    outcome: OutcomeRecord
    effect: EffectRecord | None
    p_holm: float | None
    sentence: Words


class SeriesRecord(_Part):
    """A territory's months and those it is compared with, as drawn."""

    months: tuple[str, ...]
    treated: tuple[float | None, ...]
    comparison: tuple[float | None, ...] | None
    start: str


class PathTime(_Part):
    """A time at which the outcome was asked; ``entered``: after the time that comes before the action."""

    label: Words
    time: float
    entered: bool


class PathLine(_Part):
    """A group's means at the times of a path, from the first; null where secrecy hides one.

    The line stops, and has fewer means than there are times, when those compared enter the action in turn.
    """

    group: Literal["treated", "comparison"]
    means: tuple[float | None, ...]


class PathRecord(_Part):
    """The outcome of each group at every time it was asked, more than the two that the effect compares."""

    times: tuple[PathTime, ...]
    lines: tuple[PathLine, ...]
    several_entries: bool = Field(description="Whether beneficiaries enter at several dates.")

    @property
    def is_told(self) -> bool:
        """Whether secrecy leaves a group at least three means, so that there is a path to draw."""
        return any(sum(mean is not None for mean in line.means) > 2 for line in self.lines)


class CurvePoint(_Part):
    """A point of a curve; ``counted``: those still followed are told, null where secrecy hides them."""

    time: float
    share: float
    low: float | None
    high: float | None
    counted: bool
    at_risk: int | None


class CurveRecord(_Part):
    """A group's curve, at the times where enough people are followed and enough had the event."""

    group: Literal["treated", "comparison"]
    points: tuple[CurvePoint, ...]


class DurationRecord(_Part):
    """How long people are followed, and the curves that may be drawn; none when a group is too small.

    Curves are of the share still without event (``without``), or of that who have had it (``with``) when
    other events prevent it: the effect is then on the time spent after it.
    """

    horizon: float
    kind: Literal["without", "with"]
    curves: tuple[CurveRecord, ...]


class HypothesisRecord(_Part):
    """A hypothesis of the action, with what speaks for it and against it."""

    text: Words
    supported_by: tuple[Words, ...]
    contradicted_by: tuple[Words, ...]


class RivalRecord(_Part):
    """Another explanation that was examined."""

    text: Words
    touches: Literal["beneficiaries", "everyone"]
    judgement: Literal["ruled_out", "possible", "likely"]
    because: Words | None


class ChangeRecord(_Part):
    """A story of change that may be published."""

    text: Words
    told_by: Literal["participant", "professional", "partner"]
    domain: Words | None
    chosen_because: Words | None


class AnswerRecord(_Part):
    """An answer, and how many gave it; null where secrecy hides it."""

    label: Words
    n: int | None


class OpinionRecord(_Part):
    """What beneficiaries say of where the change comes from: recorded, never scored."""

    question: Words
    n: int | None
    answers: tuple[AnswerRecord, ...]


class ContributionRecord(_Part):
    """What is known of how the action plays its part, beside the figures."""

    hypotheses: tuple[HypothesisRecord, ...]
    rivals: tuple[RivalRecord, ...]
    changes: tuple[ChangeRecord, ...]
    opinion: OpinionRecord | None


class Band(_Part):
    """A share, or the size of a difference: above ``low``, up to ``high``; a ``low`` of 0 holds 0 too."""

    low: float
    high: float | None = Field(description="null: no upper end.")


class LossRecord(_Part):
    """People of a group of whom the outcome is not known at a time; null where secrecy hides it."""

    period: Words
    group: Literal["treated", "comparison"]
    lost: Band | None
    mostly: Literal["not_seen", "no_answer"] | None = Field(
        description="Why most of those lost are: in no file at that time, or there without an answer."
    )


class LostWhoRecord(_Part):
    """A characteristic of those lost, against those analysed; the largest difference over its levels."""

    label: Words
    std_diff: Band | None


class PublicRecord(_Part):
    """A priority public among the people supported who are analysed."""

    label: Words
    definition: Words
    share: Band | None
    unknown: Band | None
    key: str | None = None


class HouseholdRecord(_Part):
    """The people of a group who are analysed, and their households, to the nearest 5."""

    group: Literal["treated", "comparison"]
    people: int | None
    households: int | None


class LinkRecord(_Part):
    """People who were not found again without doubt in another file."""

    by: Words
    level: Words
    not_sure: Band | None


class AccountsRecord(_Part):
    """What the cohort says of itself, in bands too wide for a small group to be worked out."""

    losses: tuple[LossRecord, ...]
    lost_who: tuple[LostWhoRecord, ...]
    publics: tuple[PublicRecord, ...]
    households: tuple[HouseholdRecord, ...]
    links: tuple[LinkRecord, ...]
    found_by: Literal["identifier", "identity"] | None = Field(
        default=None,
        description="How people of later files were found: by the files' own identifier, or recognised; "
        "null where no file holds later times only.",
    )


class PublicEffectRecord(_Part):
    """The effect in a priority public and among the others; null where a group is too small to tell it."""

    key: str
    label: Words
    definition: Words
    declared: bool = Field(description="Whether the study file says that the action is for this public.")
    inside: EffectRecord | None
    others: EffectRecord | None
    p_holm: float | None = Field(
        description="P-value of the test that the two effects are equal, by Holm's rule over those told."
    )
    sentence: Words | None


class SubgroupsRecord(_Part):
    """The effect by priority public: exploratory, never part of the verdict."""

    publics: tuple[PublicEffectRecord, ...]
    not_made: Words | None = Field(default=None, description="Why no effect is given by public.")
    sites_cross: bool = Field(
        default=False, description="Whether people of one site are in a public and others outside it."
    )

    @property
    def told(self) -> tuple[PublicEffectRecord, ...]:
        """The publics whose effect is given."""
        return tuple(public for public in self.publics if public.inside is not None)


class Sentences(_Part):
    """What the page says, ready to print."""

    verdict: Words = Field(description="The verdict in bold, without a number.")
    interval: Words = Field(description="The effect as an interval, in the outcome's own unit.")
    significance: Words = Field(description="Whether the data separate the effect from chance.")
    per_hundred: Words | None = Field(description="The same for 100 people, when the outcome is a share.")
    method: Words = Field(description="The method in short.")
    uncertainty: Words | None = Field(default=None, description="What the interval and the p-value rest on.")
    smallest_effect: Words | None = Field(description="The smallest effect that these numbers could show.")
    can_say: tuple[Words, ...]
    cannot_say: tuple[Words, ...]
    to_strengthen: tuple[Words, ...] = Field(description="What would raise the solidity.")


class Provenance(_Part):
    """What the figures were made from, so that they can be made again."""

    impactkit: str
    python: str
    packages: dict[str, str]
    study_sha256: str
    inputs: dict[str, str] = Field(
        description="SHA-256 of each data file, by its path in the study's folder."
    )
    seed: int | None
    settings: dict[str, str]


class Record(_Part):
    """The evidence on one action, as ``evidence.json`` holds it."""

    format: Literal[1] = 1
    study: str
    study_title: Words
    kind: Literal["cls", "pacte"] | None
    action: str
    title: Words
    territory: str
    department: str | None
    region: str | None
    axis: str | None = Field(default=None, description="Axis of the contract, as the study file names it.")
    publics: tuple[str, ...] = Field(default=(), description="Priority publics that the action is for.")
    actions_count: int | None = Field(
        default=None, description="Actions of the contract or pact in all; null when its file does not say."
    )
    method: str
    comparison: str
    estimand: str
    window: tuple[Words, Words] = Field(description="Names of the times before and after.")
    follow_up: float | None = Field(
        default=None, description="Months from entry to the time after; null where waves have none."
    )
    covariates: tuple[Words, ...]
    made_comparable: MadeComparable | None = None
    outcome: OutcomeRecord
    effect: EffectRecord | None = Field(description="null when too few people are followed to give a figure.")
    alternatives: tuple[AlternativeRecord, ...] = Field(
        description="What methods for few people or few sites say of the same effect."
    )
    means: tuple[GroupRecord, ...]
    flow: tuple[FlowRecord, ...]
    balance: tuple[BalanceRecord, ...]
    accounts: AccountsRecord | None = None
    series: SeriesRecord | None
    path: PathRecord | None = Field(
        default=None,
        description="null with two times at most, territories, or months of a register.",
    )
    duration: DurationRecord | None = None
    checks: tuple[CheckRecord, ...]
    sensitivity: tuple[SensitivityRecord, ...] = Field(
        default=(), description="What a factor not observed would have to be to undo the result."
    )
    notes: tuple[Words, ...] = Field(description="What a reader must know of the data and the computation.")
    secondary: tuple[SecondaryRecord, ...]
    subgroups: SubgroupsRecord | None = Field(
        default=None, description="null when no file tells who belongs to a priority public."
    )
    contribution: ContributionRecord | None = None
    strength: int = Field(ge=0, le=5)
    credibility: int = Field(ge=0, le=5)
    precision: int = Field(ge=0, le=5)
    bound_by: Words = Field(description="The rule that set the strength.")
    attribution: Attribution
    imputation: Imputation
    attribution_label: Words
    conclusion: Conclusion
    claim: Claim
    reasons: tuple[Words, ...]
    sentences: Sentences
    n_treated: int | None
    n_comparison: int | None
    secrecy: str
    masked: int = Field(description="How many numbers secrecy hides.")
    provenance: Provenance

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read an ``evidence.json``."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

    def write(self, path: Path) -> None:
        """Write ``evidence.json`` at once, never by halves."""
        write_text(path, self.model_dump_json(indent=2) + "\n")
