"""What joins the figures in the record: hypotheses, other explanations, stories, what people think."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.cohort.rows import PERIOD, UNIT
from impactkit.disclosure import is_small, protect_parts, rounded
from impactkit.estimators.result import Estimate
from impactkit.evidence.record import (
    AnswerRecord,
    ChangeRecord,
    ContributionRecord,
    HypothesisRecord,
    OpinionRecord,
    RivalRecord,
    Words,
    words,
)
from impactkit.files.model import Change, Contribution, Hypothesis, Rival
from impactkit.text import Label, Message


def record_contribution(estimate: Estimate) -> ContributionRecord | None:
    """Return what the study says of the action's contribution; nothing when it says nothing.

    Stories that may not be published are left out whole.
    """
    action = estimate.design.cohort.action
    if action is None or action.contribution == Contribution():
        return None
    said = action.contribution
    return ContributionRecord(
        hypotheses=tuple(_hypothesis(hypothesis) for hypothesis in said.hypotheses),
        rivals=tuple(_rival(rival) for rival in said.rivals),
        changes=tuple(_change(change) for change in said.changes if change.publishable),
        opinion=_opinion(estimate, said.opinion) if said.opinion is not None else None,
    )


def _hypothesis(said: Hypothesis) -> HypothesisRecord:
    return HypothesisRecord(
        text=words(said.text),
        supported_by=tuple(map(words, said.supported_by)),
        contradicted_by=tuple(map(words, said.contradicted_by)),
    )


def _rival(said: Rival) -> RivalRecord:
    return RivalRecord(
        text=words(said.text),
        touches=said.touches,
        judgement=said.judgement,
        because=_maybe(said.because),
    )


def _change(said: Change) -> ChangeRecord:
    return ChangeRecord(
        text=words(said.text),
        told_by=said.told_by,
        domain=_maybe(said.domain),
        chosen_because=_maybe(said.chosen_because),
    )


def _maybe(label: Label | None) -> Words | None:
    return words(label) if label is not None else None


def people_by_answer(estimate: Estimate) -> list[npt.NDArray[np.object_]]:
    """Return the beneficiaries analysed who gave each answer on opinions, at the end; none when not asked."""
    design = estimate.design
    cohort = design.cohort
    said = cohort.action.contribution.opinion if cohort.action is not None else None
    if said is None:
        return []
    variable = cohort.variables[said]
    units = design.units()
    treated = units.index[units["treated"] & units.index.isin(estimate.analysed)]
    panel = cohort.panel
    asked = panel[(panel[PERIOD] == design.window[1]) & panel[UNIT].isin(treated)]
    # The study file is refused without the categories.
    values = (1, 0) if variable.type == "boolean" else variable.categories or ()
    return [asked.loc[asked[said] == value, UNIT].to_numpy(dtype=object) for value in values]


def _opinion(estimate: Estimate, name: str) -> OpinionRecord:
    """Return the answers of the beneficiaries analysed, at the end, protected together."""
    cohort = estimate.design.cohort
    variable = cohort.variables[name]
    if variable.type == "boolean":
        labels = [words(Message("report.contribution.yes")), words(Message("report.contribution.no"))]
    else:
        labels = [words(value) for value in variable.categories or ()]
    counts = [len(people) for people in people_by_answer(estimate)]
    masked = cohort.action is not None and "opinion" in cohort.action.masked
    few = masked or is_small(sum(counts), cohort.profile)
    shown = (None,) * len(counts) if few else protect_parts(counts, cohort.profile)
    return OpinionRecord(
        question=words(variable.label),
        n=None if few or all(n is None for n in shown) else rounded(sum(counts), cohort.profile),
        answers=tuple(AnswerRecord(label=label, n=n) for label, n in zip(labels, shown, strict=True)),
    )
