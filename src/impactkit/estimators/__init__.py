"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.before_after import before_after
from impactkit.estimators.compare_groups import compare_groups
from impactkit.estimators.did import did
from impactkit.estimators.dispatch import estimate, estimate_secondary
from impactkit.estimators.interrupted_series import interrupted_series
from impactkit.estimators.result import Effect, Estimate

__all__ = ["Effect", "Estimate", "before_after", "compare_groups", "did", "estimate", "estimate_secondary", "interrupted_series"]
