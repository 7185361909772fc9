"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.decomposition import goodman_bacon
from impactkit.estimators.differences import did
from impactkit.estimators.dispatch import NotEstimated, estimate, estimate_secondary
from impactkit.estimators.events import event_study
from impactkit.estimators.groups import compare_groups
from impactkit.estimators.honest import detectable_pre_trend, honest_did
from impactkit.estimators.paired import before_after
from impactkit.estimators.result import Effect, Estimate
from impactkit.estimators.series import interrupted_series
from impactkit.estimators.synthetic import synthetic_control, synthetic_did

__all__ = [
    "Effect",
    "Estimate",
    "NotEstimated",
    "before_after",
    "compare_groups",
    "detectable_pre_trend",
    "did",
    "estimate",
    "estimate_secondary",
    "event_study",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "synthetic_control",
    "synthetic_did",
]
