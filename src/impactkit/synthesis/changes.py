"""Questionnaire 2 of many pacts together: what each may say of a change, counted over pacts, never people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from pydantic import BaseModel, ConfigDict

from impactkit.evidence.record import Words
from impactkit.forms.changes import consensus
from impactkit.forms.changes.words import LEVELS, NOT_CONCERNED
from impactkit.forms.form import ItemRecord

FORM = "form_pacte_changes"
_FEWEST_TO_AGREE = 2


class PactAnswers(BaseModel):
    """What the form of one pact says of changes: already masked, and read without its texts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    form: Literal["form_pacte_changes"]
    study: str
    subtitle: str
    # Required: a form written before this field was, must not be read as a form without answers.
    changes: tuple[ItemRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTally:
    """What pacts say of one change.

    Attributes
    ----------
    item : str
    section, label : Words
    n : int
        Pacts that answered: the denominator.
    levels : dict of str to int
        Pacts at each level of the scale.
    not_concerned : int
        Pacts to which it does not apply.
    hidden : int
        Pacts whose answers are too few to be summed up: counted, never guessed.
    between : float or None
        Agreement of pacts with each other, 0 to 1; ``None`` under two levels. The dispersion is 1 minus it.
    within : float or None
        Mean agreement of respondents inside a pact, over the ``n_within`` pacts that tell it.
    n_within : int
    proved : float or None
        Mean share of answers with a dated proof and its source, over the ``n_proved`` pacts that tell it.
    n_proved : int
    with_proof : int
        Pacts that bring one such proof at least.
    """

    item: str
    section: Words
    label: Words
    n: int
    levels: dict[str, int]
    not_concerned: int
    hidden: int
    between: float | None
    within: float | None
    n_within: int
    proved: float | None
    n_proved: int
    with_proof: int

    @property
    def rated(self) -> int:
        """Pacts that give a level."""
        return sum(self.levels.values())


def level_of(record: ItemRecord) -> str | None:
    """Return the level that a pact tells: what committees agreed on, else the middle answer.

    Of two committees the more cautious level counts; ``None`` where answers are too few to be told.
    """
    ranked = [LEVELS.index(level) for level in record.agreed if level in LEVELS]
    if ranked:
        return LEVELS[min(ranked)]
    return NOT_CONCERNED if record.agreed else record.level


def tally_changes(answers: Sequence[PactAnswers]) -> tuple[ItemTally, ...]:
    """Count what pacts say of each change, in the order of the questionnaire.

    Each pact weighs the same, whatever the number of its respondents, which is not read.
    """
    records: dict[str, list[ItemRecord]] = {}
    for pact in answers:
        for record in pact.changes:
            records.setdefault(record.item, []).append(record)
    return tuple(_tallied(found) for found in records.values())


def _tallied(records: Sequence[ItemRecord]) -> ItemTally:
    told = Counter(level_of(record) for record in records)
    levels = {level: told[level] for level in LEVELS}
    within = [record.consensus for record in records if record.consensus is not None]
    proved = [record.proved for record in records if record.proved is not None]
    rated = sum(levels.values())
    return ItemTally(
        item=records[0].item,
        section=records[0].section,
        label=records[0].label,
        n=len(records),
        levels=levels,
        not_concerned=told[NOT_CONCERNED],
        hidden=told[None],
        between=consensus(list(levels.values())) if rated >= _FEWEST_TO_AGREE else None,
        within=fmean(within) if within else None,
        n_within=len(within),
        proved=fmean(proved) if proved else None,
        n_proved=len(proved),
        with_proof=sum(record.is_proved for record in records),
    )
