"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.dispatch import NotEstimated, estimate, estimate_secondary
from impactkit.estimators.events.decomposition import goodman_bacon
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.from_baseline import ancova, change_score
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.many.balance_door import balance_many
from impactkit.estimators.many.door import estimate_many
from impactkit.estimators.offers.taking_part import encouragement
from impactkit.estimators.paired.changes import before_after
from impactkit.estimators.paired.expected_change import expected_regression
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Effect, Estimate
from impactkit.estimators.series.interrupted import interrupted_series
from impactkit.estimators.synthetic.donors import synthetic_control, synthetic_did
from impactkit.estimators.threshold.eligibility import discontinuity
from impactkit.estimators.trends.sensitivity import detectable_pre_trend, honest_did

__all__ = [
    "Effect",
    "Estimate",
    "NotEstimated",
    "ancova",
    "balance_many",
    "before_after",
    "change_score",
    "compare_groups",
    "detectable_pre_trend",
    "did",
    "discontinuity",
    "encouragement",
    "estimate",
    "estimate_many",
    "estimate_secondary",
    "event_study",
    "expected_regression",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "synthetic_control",
    "synthetic_did",
]
