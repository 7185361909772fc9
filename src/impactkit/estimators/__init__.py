"""Estimators: each takes a design and returns an estimate."""

from impactkit.estimators.attrition.bounds_of import Bounds, bounds
from impactkit.estimators.attrition.side_by_side import losses
from impactkit.estimators.dispatch import NotEstimated, estimate, estimate_secondary
from impactkit.estimators.duration.exits import time_to_event
from impactkit.estimators.events.decomposition import goodman_bacon
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.paired.changes import before_after
from impactkit.estimators.panel.differences import did
from impactkit.estimators.power.planning import minimum_detectable_effect, sample_size
from impactkit.estimators.result import Effect, Estimate
from impactkit.estimators.series.interrupted import interrupted_series
from impactkit.estimators.several.by_subgroup import subgroups
from impactkit.estimators.several.multiplicity import adjust_p
from impactkit.estimators.several.outcome_family import several_outcomes
from impactkit.estimators.several.summary_index import outcome_index
from impactkit.estimators.sizes.measures import effect_sizes
from impactkit.estimators.synthetic.donors import synthetic_control, synthetic_did
from impactkit.estimators.trends.sensitivity import detectable_pre_trend, honest_did

__all__ = [
    "Bounds",
    "Effect",
    "Estimate",
    "NotEstimated",
    "adjust_p",
    "before_after",
    "bounds",
    "compare_groups",
    "detectable_pre_trend",
    "did",
    "effect_sizes",
    "estimate",
    "estimate_secondary",
    "event_study",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "losses",
    "minimum_detectable_effect",
    "outcome_index",
    "sample_size",
    "several_outcomes",
    "subgroups",
    "synthetic_control",
    "synthetic_did",
    "time_to_event",
]
