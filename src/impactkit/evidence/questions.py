"""Which questions are put to an estimate: one line each, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.evidence.checks.attrition import attrition
from impactkit.evidence.checks.baseline_balance import baseline_balance
from impactkit.evidence.checks.clusters import clusters
from impactkit.evidence.checks.comparison_group import comparison_group
from impactkit.evidence.checks.first_stage import first_stage
from impactkit.evidence.checks.group_size import sample_size
from impactkit.evidence.checks.near_threshold import near_threshold
from impactkit.evidence.checks.overlap import overlap
from impactkit.evidence.checks.pre_trends import pre_trends
from impactkit.evidence.checks.precision import precision
from impactkit.evidence.checks.regression_to_mean import regression_to_mean
from impactkit.evidence.checks.rival_explanations import names_rivals, rival_explanations
from impactkit.evidence.checks.single_territory import single_territory
from impactkit.evidence.checks.sorting import sorting


@dataclass(frozen=True, slots=True)
class Question:
    """A check, and when its question arises."""

    ask: Callable[[Estimate], Check]
    arises: Callable[[Estimate], bool]


def _of_people(estimate: Estimate) -> bool:
    return not estimate.follows_territories


def _of_one_group(estimate: Estimate) -> bool:
    return estimate.method == "before_after"


def _of_two_groups(estimate: Estimate) -> bool:
    """Whether all of one group are compared with all of another, and not some at a margin."""
    if estimate.method == "encouragement":  # participants chose: only those drawn by lot need be alike
        return estimate.settings.get("instrument") == "arm"
    return estimate.method in ("compare_groups", "did", "event_study", "doubly_robust")


def _through_time(estimate: Estimate) -> bool:
    return estimate.method in ("did", "event_study")


def _at_a_threshold(estimate: Estimate) -> bool:
    return estimate.method == "discontinuity"


def _by_participation(estimate: Estimate) -> bool:
    return "first_stage_f" in estimate.settings


def _made_comparable(estimate: Estimate) -> bool:
    return estimate.design.comparable is not None


def _by_site(estimate: Estimate) -> bool:
    return estimate.design.clustered


QUESTIONS = (
    Question(sample_size, _of_people),
    Question(single_territory, lambda estimate: estimate.follows_territories),
    Question(comparison_group, _of_two_groups),
    Question(near_threshold, _at_a_threshold),
    Question(sorting, _at_a_threshold),
    Question(first_stage, _by_participation),
    Question(attrition, _of_people),
    Question(baseline_balance, _of_two_groups),
    Question(overlap, _made_comparable),
    Question(pre_trends, _through_time),
    Question(regression_to_mean, _of_one_group),
    Question(clusters, _by_site),
    Question(rival_explanations, names_rivals),
    Question(precision, lambda estimate: True),
)


def checks_of(estimate: Estimate) -> tuple[Check, ...]:
    """Put to an estimate every question that it raises."""
    return tuple(question.ask(estimate) for question in QUESTIONS if question.arises(estimate))
