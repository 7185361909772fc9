"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.attrition.bounds_of import Bounds, bounds
from impactkit.estimators.attrition.side_by_side import losses
from impactkit.estimators.dispatch import NotEstimated, estimate, estimate_secondary
from impactkit.estimators.duration.exits import time_to_event
from impactkit.estimators.events.decomposition import goodman_bacon
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.from_baseline import ancova, change_score
from impactkit.estimators.groups.augmented import doubly_robust
from impactkit.estimators.groups.baseline import Baseline, baseline_table
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.many.balance_door import balance_many
from impactkit.estimators.many.door import estimate_many
from impactkit.estimators.offers.taking_part import encouragement
from impactkit.estimators.paired.changes import before_after
from impactkit.estimators.paired.expected_change import expected_regression
from impactkit.estimators.panel.differences import did
from impactkit.estimators.pooling.door import pool
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.estimators.power.planning import minimum_detectable_effect, sample_size
from impactkit.estimators.result import Effect, Estimate
from impactkit.estimators.series.interrupted import interrupted_series
from impactkit.estimators.several.by_subgroup import subgroups
from impactkit.estimators.several.outcome_family import several_outcomes
from impactkit.estimators.several.summary_index import outcome_index
from impactkit.estimators.sizes.measures import effect_sizes
from impactkit.estimators.synthetic.donors import synthetic_control, synthetic_did
from impactkit.estimators.threshold.eligibility import discontinuity
from impactkit.estimators.trends.sensitivity import detectable_pre_trend, honest_did

__all__ = [
    "Baseline",
    "Bounds",
    "Effect",
    "Estimate",
    "NotEstimated",
    "Pooled",
    "adjust_p",
    "ancova",
    "balance_many",
    "baseline_table",
    "before_after",
    "bounds",
    "change_score",
    "compare_groups",
    "detectable_pre_trend",
    "did",
    "discontinuity",
    "doubly_robust",
    "effect_sizes",
    "encouragement",
    "estimate",
    "estimate_many",
    "estimate_secondary",
    "event_study",
    "expected_regression",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "losses",
    "minimum_detectable_effect",
    "outcome_index",
    "pool",
    "sample_size",
    "several_outcomes",
    "subgroups",
    "synthetic_control",
    "synthetic_did",
    "time_to_event",
]
