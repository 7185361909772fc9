"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.differences import did
from impactkit.estimators.dispatch import NotEstimated, estimate, estimate_secondary
from impactkit.estimators.groups import compare_groups
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
    "did",
    "estimate",
    "estimate_secondary",
    "interrupted_series",
    "synthetic_control",
    "synthetic_did",
]
