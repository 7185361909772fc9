"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.dispatch import NotEstimated, estimate, estimate_secondary
from impactkit.estimators.events.decomposition import goodman_bacon
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.groups.augmented import doubly_robust
from impactkit.estimators.groups.baseline import Baseline, baseline_table
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.paired.changes import before_after
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Effect, Estimate
from impactkit.estimators.series.interrupted import interrupted_series
from impactkit.estimators.synthetic.donors import synthetic_control, synthetic_did
from impactkit.estimators.trends.sensitivity import detectable_pre_trend, honest_did

__all__ = [
    "Baseline",
    "Effect",
    "Estimate",
    "NotEstimated",
    "baseline_table",
    "before_after",
    "compare_groups",
    "detectable_pre_trend",
    "did",
    "doubly_robust",
    "estimate",
    "estimate_secondary",
    "event_study",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "synthetic_control",
    "synthetic_did",
]
