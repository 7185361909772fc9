"""impactkit: from messy beneficiary files to a defensible report that reveals nobody.

The verbs, in order: `read_study`, `build_cohort`, `advise`, `declare_design`, `before_after` /
`compare_groups` / `did` / `interrupted_series` / `synthetic_control` / `synthetic_did` / `discontinuity` /
`encouragement` (or `estimate`, as the study file says), `assess`, `fill_form`, `write_report`, `run_batch`.
`cohort_from_frame` starts from any data frame.

Names load when first used: ``import impactkit`` itself is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Heavy libraries load with the module that first needs them, not with ``import impactkit``.
_HOMES = {
    "Advice": "evidence",
    "Choice": "evidence",
    "Cohort": "cohort",
    "DataError": "errors",
    "Design": "design",
    "DesignError": "errors",
    "Estimate": "estimators",
    "EstimationError": "errors",
    "Evidence": "evidence",
    "ImpactkitError": "errors",
    "ParameterError": "errors",
    "Problem": "errors",
    "ReportError": "errors",
    "Store": "store",
    "StoreError": "errors",
    "Study": "files",
    "StudyError": "errors",
    "ancova": "estimators",
    "adjust_p": "estimators",
    "advise": "evidence",
    "assess": "evidence",
    "balance_many": "estimators",
    "baseline_table": "estimators",
    "before_after": "estimators",
    "bounds": "estimators",
    "build_cohort": "cohort",
    "change_score": "estimators",
    "choose": "evidence",
    "cohort_from_frame": "cohort",
    "compare_groups": "estimators",
    "create_store": "store",
    "declare_design": "design",
    "detectable_pre_trend": "estimators",
    "did": "estimators",
    "discontinuity": "estimators",
    "encouragement": "estimators",
    "effect_sizes": "estimators",
    "doubly_robust": "estimators",
    "estimate": "estimators",
    "estimate_many": "estimators",
    "estimate_secondary": "estimators",
    "event_study": "estimators",
    "expected_regression": "estimators",
    "fill_form": "forms",
    "goodman_bacon": "estimators",
    "honest_did": "estimators",
    "interrupted_series": "estimators",
    "link": "cohort",
    "losses": "estimators",
    "midterm_report": "midterm",
    "minimum_detectable_effect": "estimators",
    "outcome_index": "estimators",
    "make_comparable": "design",
    "match": "design",
    "open_store": "store",
    "page": "report",
    "pool": "estimators",
    "read_rsa": "files",
    "read_study": "files",
    "restore_store": "store",
    "read_table": "files",
    "run_batch": "batch",
    "sample": "files",
    "sample_size": "estimators",
    "save_evidence": "evidence",
    "set_language": "text",
    "several_outcomes": "estimators",
    "study_schema": "files",
    "specification_curve": "evidence",
    "table_schema": "files",
    "subgroups": "estimators",
    "synthetic_control": "estimators",
    "synthetic_did": "estimators",
    "time_to_event": "estimators",
    "weight": "design",
    "weight_losses": "design",
    "write_report": "batch",
}
_MODULES = ("plot", "simulate", "teaching")

__all__ = [
    "Advice",
    "Choice",
    "Cohort",
    "DataError",
    "Design",
    "DesignError",
    "Estimate",
    "EstimationError",
    "Evidence",
    "ImpactkitError",
    "ParameterError",
    "Problem",
    "ReportError",
    "Store",
    "StoreError",
    "Study",
    "StudyError",
    "__version__",
    "adjust_p",
    "advise",
    "ancova",
    "assess",
    "balance_many",
    "baseline_table",
    "before_after",
    "bounds",
    "build_cohort",
    "change_score",
    "choose",
    "cohort_from_frame",
    "compare_groups",
    "create_store",
    "declare_design",
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
    "fill_form",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "link",
    "losses",
    "make_comparable",
    "match",
    "midterm_report",
    "minimum_detectable_effect",
    "open_store",
    "outcome_index",
    "page",
    "plot",
    "pool",
    "read_rsa",
    "read_study",
    "read_table",
    "restore_store",
    "run_batch",
    "sample",
    "sample_size",
    "save_evidence",
    "set_language",
    "several_outcomes",
    "simulate",
    "specification_curve",
    "study_schema",
    "subgroups",
    "synthetic_control",
    "synthetic_did",
    "table_schema",
    "teaching",
    "time_to_event",
    "weight",
    "weight_losses",
    "write_report",
]

if TYPE_CHECKING:
    from impactkit import plot, simulate, teaching
    from impactkit.batch import run_batch, write_report
    from impactkit.cohort import Cohort, build_cohort, cohort_from_frame, link
    from impactkit.design import Design, declare_design, make_comparable, match, weight, weight_losses
    from impactkit.errors import (
        DataError,
        DesignError,
        EstimationError,
        ImpactkitError,
        ParameterError,
        Problem,
        ReportError,
        StoreError,
        StudyError,
    )
    from impactkit.estimators import (
        Estimate,
        adjust_p,
        ancova,
        balance_many,
        baseline_table,
        before_after,
        bounds,
        change_score,
        compare_groups,
        detectable_pre_trend,
        did,
        discontinuity,
        doubly_robust,
        effect_sizes,
        encouragement,
        estimate,
        estimate_many,
        estimate_secondary,
        event_study,
        expected_regression,
        goodman_bacon,
        honest_did,
        interrupted_series,
        losses,
        minimum_detectable_effect,
        outcome_index,
        pool,
        sample_size,
        several_outcomes,
        subgroups,
        synthetic_control,
        synthetic_did,
        time_to_event,
    )
    from impactkit.evidence import (
        Advice,
        Choice,
        Evidence,
        advise,
        assess,
        choose,
        save_evidence,
        specification_curve,
    )
    from impactkit.files import Study, read_rsa, read_study, read_table, sample, study_schema, table_schema
    from impactkit.forms import fill_form
    from impactkit.midterm import midterm_report
    from impactkit.report import page
    from impactkit.store import Store, create_store, open_store, restore_store
    from impactkit.text import set_language


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"impactkit.{name}")
    if name in _HOMES:
        value = getattr(importlib.import_module(f"impactkit.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'impactkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
