"""What each answer of a check does to credibility, for the pages of the checks.

An answer is a key of the catalogue, ``check.<check>.<answer>``. The same sentence may stand for several
cases: losses are told by bands, whatever the design. `tests/test_check_pages.py` holds that what the checks
answer is what this table says, and that every answer of the catalogue is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impactkit.evidence import rules, rules_follow_up, rules_rivals, rules_sensitivity
from impactkit.evidence.check import NO_CAP
from impactkit.evidence.record import Status


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which an answer weighs.

    Attributes
    ----------
    status : {"ok", "caution", "fail", "not_run"}
    left : int
        The most credibility left.
    less : int
        Or so many notes less than the design starts from.
    aside : bool
        Whether it says nothing of the comparison, and never counts as a reserve.
    """

    status: Status
    left: int = NO_CAP
    less: int = 0
    aside: bool = False

    def allows(self, status: Status, cap: int, *, about_comparison: bool) -> bool:
        """Tell whether a check that answers so is of this case; a start is 5 at most."""
        fits = cap <= NO_CAP - self.less if self.less else cap == self.left
        return fits and (status, about_comparison) == (self.status, not self.aside)


Answers = Mapping[str, tuple[Case, ...]]

OK = (Case("ok"),)
RESERVE = (Case("caution"),)
SILENT = (Case("not_run"),)


def _reserve(left: int = NO_CAP, *, less: int = 0) -> tuple[Case, ...]:
    return (Case("caution", left, less),)


def _fail(left: int = NO_CAP, *, less: int = 0) -> tuple[Case, ...]:
    return (Case("fail", left, less),)


def _aside(status: Status) -> tuple[Case, ...]:
    return (Case(status, aside=True),)


_BEYOND = rules.CAP_RANDOMISED_BEYOND_BOUNDARY
# With lots drawn: within the cautious boundary, the optimistic one, beyond.
_LOTS = (Case("ok"), Case("caution", rules.STRONGLY_CREDIBLE), Case("fail", _BEYOND))
# Without: one band of losses after the other.
_BANDS = (Case("ok"), Case("ok", 4), Case("caution", 3), Case("fail", 2), Case("fail", 1))
_WITHOUT_ANY = (Case("fail", 0),)
_WITHOUT_PAST = {"anticipated": SILENT, "not_seen_before": SILENT, "did_not_vary": SILENT}

ANSWERS: Mapping[str, Answers] = {
    "sample_size": {
        "qualitative": _aside("fail"),
        "descriptive": _aside("caution"),
        "exploratory": _aside("caution"),
        "main": _aside("ok"),
    },
    "single_territory": dict.fromkeys(("compared", "alone", "mix"), _reserve(rules.SERIES_OF_ONE_TERRITORY)),
    "comparison_group": {
        "randomised": OK,
        "never_treated": OK,
        "not_yet_treated": OK,
        "waiting_list": OK,
        "neighbouring_territory": OK,
        "non_takers": RESERVE,
        "refused": RESERVE,
        "ineligible": RESERVE,
        "external": RESERVE,
    },
    "near_threshold": {"enough": OK, "few": _reserve(rules.THRESHOLD_OR_OFFER - 1)},
    "sorting": {
        "none": OK,
        "none_people": OK,
        "people": _reserve(rules.THRESHOLD_OR_OFFER - 1),
        "characteristics": _reserve(rules.THRESHOLD_OR_OFFER - 1),
        "both": _fail(rules.CAP_SORTED),
        "too_few": SILENT,
    },
    "first_stage": {
        "exact": OK,
        "strong": OK,
        "moderate": _reserve(rules.CAP_FIRST_STAGE),
        "weak": _fail(rules.CAP_WEAK_FIRST_STAGE),
        "unbounded": _fail(rules.CAP_UNBOUNDED),
    },
    "attrition": {
        "none": OK,
        "single_band": _BANDS,
        "single_most": _WITHOUT_ANY,
        "even_band": tuple(dict.fromkeys((*_BANDS, *_LOTS))),
        "even_most": (*_WITHOUT_ANY, *_LOTS),
        "uneven_band": (Case("fail", rules.CAP_DIFFERENTIAL_LOSS), Case("fail", 1), *_LOTS[1:]),
        "uneven_most": (*_WITHOUT_ANY, Case("fail", _BEYOND)),
    },
    "follow_up": {
        "whole": OK,
        "even_band": OK,
        "even_most": _reserve(rules_follow_up.CAP_MOST_STOPPED),
        "uneven": (Case("fail", rules.CAP_DIFFERENTIAL_LOSS), Case("fail", _BEYOND)),
        "uneven_by_chance": _reserve(rules_follow_up.CAP_STOPPED_BY_CHANCE),
        "too_few": SILENT,
    },
    "baseline_balance": {
        "nothing_known": (Case("not_run", rules.RAW_COMPARISON), Case("not_run")),
        "randomised": OK,
        "equivalent": OK,
        "adjusted": OK,
        "not_adjusted": _fail(rules.CAP_NOT_EQUIVALENT),
        "not_equivalent": _fail(rules.CAP_NOT_EQUIVALENT),
        "variances": _reserve(less=1),
    },
    "overlap": {
        "enough": OK,
        "some_left_out": _reserve(less=1),
        "half_left_out": _fail(rules.CAP_HALF_LEFT_OUT),
        "few_effective": _reserve(less=1),
    },
    "pre_trends": {
        **_WITHOUT_PAST,
        "one_time_before": SILENT,
        "diverging": _fail(rules.CAP_DIVERGING_TRENDS),
        "too_few": RESERVE,
        "parallel": OK,
    },
    "placebo_date": {
        **_WITHOUT_PAST,
        "short_series": SILENT,
        "effect_before": _fail(rules_rivals.CAP_FALSE_EFFECT),
        "too_few": RESERVE,
        "nothing_before": OK,
    },
    "anticipation": {
        **dict.fromkeys(_WITHOUT_PAST, _aside("not_run")),
        "dip": RESERVE,
        "ahead": RESERVE,
        "too_few": _aside("not_run"),
        "none": OK,
    },
    "honest_trends": {
        **_WITHOUT_PAST,
        "one_time_before": RESERVE,
        "most": OK,
        "enough": OK,
        "little": RESERVE,
        "none": RESERVE,
    },
    "placebo_outcome": {
        "other_method": SILENT,
        "not_estimated": SILENT,
        "changed": (
            Case("fail", rules_rivals.CAP_FALSE_EFFECT),
            Case("fail", rules_rivals.CAP_FALSE_EFFECT_RANDOMISED),
        ),
        "unchanged": OK,
        "too_few": RESERVE,
    },
    "spillover": {
        "none": OK,
        "few": OK,
        "some_left_out": (Case("caution"), Case("caution", _BEYOND)),
        "many_left_out": _fail(rules_rivals.CAP_MANY_SWITCHED),
        "some_kept": RESERVE,
        "many_kept": RESERVE,
        "same_sites": RESERVE,
    },
    "regression_to_mean": dict.fromkeys(
        ("single_group", "expected", "at_most", "other_way"), _reserve(rules.BEFORE_AFTER)
    ),
    "confounding": {
        "kept": OK,
        "lost": _reserve(less=rules_sensitivity.NOTES_LOST),
        "overturned": _fail(less=rules_sensitivity.NOTES_OVERTURNED),
        "nothing_known": SILENT,
        "too_few": SILENT,
    },
    "missing_bounds": {
        "even": OK,
        "kept": OK,
        "overturned": _reserve(less=rules_sensitivity.NOTES_LOSSES),
        "not_bounded": SILENT,
    },
    "clusters": {
        "one": _fail(rules.CAP_ONE_CLUSTER),
        "few": _reserve(rules.CAP_FEW_CLUSTERS),
        "enough": OK,
    },
    "rival_explanations": {"shared": OK, "likely": RESERVE, "possible": OK, "ruled_out": OK},
    "leave_one_cluster_out": {
        "absence": OK,
        "none": OK,
        "half": RESERVE,
        "overturned": _fail(rules_sensitivity.CAP_RESTS_ON_FEW),
        "needed": SILENT,
    },
    "influence": {
        "absence": OK,
        "many": OK,
        "half": RESERVE,
        "overturned": _fail(rules_sensitivity.CAP_RESTS_ON_FEW),
        "too_few": SILENT,
    },
    "specification": {
        "agree": OK,
        "differ": RESERVE,
        "contrary": _fail(less=rules_sensitivity.NOTES_ANALYSES),
        "too_few": SILENT,
    },
    "precision": {
        "no_figure": _aside("not_run"),
        "no_minimum": _aside("not_run"),
        "enough": _aside("ok"),
        "too_few": _aside("caution"),
    },
    "link_quality": {
        "nobody": SILENT,
        "hidden": SILENT,
        "sure": OK,
        "some_missed": RESERVE,
        "uneven": RESERVE,
    },
    "multiplicity": {
        "declared": _aside("ok"),
        "not_declared": _aside("caution"),
        "not_the_primary": _aside("caution"),
    },
}
