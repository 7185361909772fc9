"""Which questions are put to an estimate: one line each, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from impactkit.estimators.dispatch import NotEstimated
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.before_entry import FEWEST_GAPS, times_before
from impactkit.evidence.check import Check
from impactkit.evidence.checks.anticipation import anticipation
from impactkit.evidence.checks.attrition import attrition
from impactkit.evidence.checks.baseline_balance import baseline_balance
from impactkit.evidence.checks.clusters import clusters
from impactkit.evidence.checks.comparison_group import comparison_group
from impactkit.evidence.checks.confounding import confounding
from impactkit.evidence.checks.first_stage import first_stage
from impactkit.evidence.checks.follow_up import follow_up
from impactkit.evidence.checks.group_size import sample_size
from impactkit.evidence.checks.honest_trends import honest_trends
from impactkit.evidence.checks.influence import influence
from impactkit.evidence.checks.leave_one_cluster_out import leave_one_cluster_out
from impactkit.evidence.checks.link_quality import link_quality
from impactkit.evidence.checks.missing_bounds import has_losses, missing_bounds
from impactkit.evidence.checks.multiplicity import multiplicity
from impactkit.evidence.checks.near_threshold import near_threshold
from impactkit.evidence.checks.overlap import overlap
from impactkit.evidence.checks.placebo_date import placebo_date
from impactkit.evidence.checks.placebo_outcome import placebo_outcome
from impactkit.evidence.checks.pre_trends import pre_trends
from impactkit.evidence.checks.precision import precision
from impactkit.evidence.checks.regression_to_mean import regression_to_mean
from impactkit.evidence.checks.rival_explanations import names_rivals, rival_explanations
from impactkit.evidence.checks.single_territory import single_territory
from impactkit.evidence.checks.sorting import sorting
from impactkit.evidence.checks.specification import specification
from impactkit.evidence.checks.spillover import spillover
from impactkit.evidence.claim import claim_of
from impactkit.evidence.figure import has_figure


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
    return _all_compared(estimate)


def _through_time(estimate: Estimate) -> bool:
    return estimate.method in ("did", "event_study")


def _without_lots(estimate: Estimate) -> bool:
    """Whether the groups may have been changing differently, which lots drawn exclude."""
    return _through_time(estimate) and estimate.design.comparison != "randomised"


def _three_times_before(estimate: Estimate) -> bool:
    """Whether more can be asked of the time before than whether the groups drew apart."""
    return _without_lots(estimate) and times_before(estimate) > FEWEST_GAPS


def _date_can_be_moved(estimate: Estimate) -> bool:
    return estimate.method == "interrupted_series" or _three_times_before(estimate)


def _effect_through_time(estimate: Estimate) -> bool:
    """Whether there is an effect that another course of the groups could undo."""
    low, high = estimate.effect.interval(rules.LEVEL)
    return _without_lots(estimate) and has_figure(estimate) and (low > 0 or high < 0)


def _against_an_arm(estimate: Estimate) -> bool:
    """Whether those compared are an arm, of which some may have entered."""
    compared = estimate.design.comparison not in ("none", "never_treated", "not_yet_treated")
    return compared and _all_compared(estimate)


def _all_compared(estimate: Estimate) -> bool:
    return estimate.method in ("compare_groups", "did", "event_study", "doubly_robust", "time_to_event")


def _declares_placebo(estimate: Estimate) -> bool:
    return bool(estimate.design.placebo_outcomes)


def _could_have_chosen(estimate: Estimate) -> bool:
    """Whether another outcome of the cohort could have been judged instead."""
    outcomes = {item.variable for item in estimate.design.cohort.outcomes}
    return bool(outcomes - {estimate.design.outcome, *estimate.design.placebo_outcomes})


def _at_a_threshold(estimate: Estimate) -> bool:
    return estimate.method == "discontinuity"


def _of_times(estimate: Estimate) -> bool:
    return estimate.method == "time_to_event"


def _by_participation(estimate: Estimate) -> bool:
    return "first_stage_f" in estimate.settings


def _made_comparable(estimate: Estimate) -> bool:
    return estimate.design.comparable is not None


def _by_site(estimate: Estimate) -> bool:
    return estimate.design.clustered


def _concludes(estimate: Estimate) -> bool:
    """Whether there is something to overturn, of two groups compared at one date of entry."""
    return (
        estimate.method in ("compare_groups", "did", "doubly_robust")
        and estimate.cells is None
        and has_figure(estimate)
        and claim_of(estimate).is_made
    )


def chosen_and_concludes(estimate: Estimate) -> bool:
    """Whether who was a beneficiary was chosen, and only what was observed of them is held equal."""
    chosen = estimate.method in ("compare_groups", "doubly_robust") and not _by_lot(estimate)
    return chosen and _concludes(estimate)


def _by_lot(estimate: Estimate) -> bool:
    return estimate.design.comparison == "randomised"


def _loses_and_concludes(estimate: Estimate) -> bool:
    return _concludes(estimate) and has_losses(estimate)


def _by_site_and_concludes(estimate: Estimate) -> bool:
    return _by_site(estimate) and _concludes(estimate)


QUESTIONS = (
    Question(sample_size, _of_people),
    Question(single_territory, lambda estimate: estimate.follows_territories),
    Question(comparison_group, _of_two_groups),
    Question(near_threshold, _at_a_threshold),
    Question(sorting, _at_a_threshold),
    Question(first_stage, _by_participation),
    Question(attrition, _of_people),
    Question(follow_up, _of_times),
    Question(baseline_balance, _of_two_groups),
    Question(overlap, _made_comparable),
    Question(pre_trends, _through_time),
    Question(placebo_date, _date_can_be_moved),
    Question(anticipation, _three_times_before),
    Question(honest_trends, _effect_through_time),
    Question(placebo_outcome, _declares_placebo),
    Question(spillover, _against_an_arm),
    Question(regression_to_mean, _of_one_group),
    Question(confounding, chosen_and_concludes),
    Question(missing_bounds, _loses_and_concludes),
    Question(clusters, _by_site),
    Question(rival_explanations, names_rivals),
    Question(leave_one_cluster_out, _by_site_and_concludes),
    Question(influence, _concludes),
    Question(specification, _concludes),
    Question(precision, lambda estimate: True),
)


def checks_of(
    estimate: Estimate,
    secondary: Sequence[Estimate | NotEstimated] = (),
    links: pd.DataFrame | None = None,
) -> tuple[Check, ...]:
    """Put to an estimate every question that it raises; others tested with it, or links, raise one more."""
    found = [question.ask(estimate) for question in QUESTIONS if question.arises(estimate)]
    if links is not None:
        found.append(link_quality(links))
    if secondary or _could_have_chosen(estimate):
        found.append(multiplicity(estimate, secondary))
    return tuple(found)
