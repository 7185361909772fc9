"""impactkit: from messy beneficiary files to a defensible report that reveals nobody.

The verbs, in order: `read_study`, `build_cohort`, `declare_design`, `before_after` / `compare_groups` /
`did` / `interrupted_series` / `synthetic_control` / `synthetic_did` (or `estimate`, as the study file
says), `assess`, `fill_form`, `write_report`, `run_batch`. `cohort_from_frame` starts from any data frame.

Names load when first used: ``import impactkit`` itself is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Heavy libraries load with the module that first needs them, not with ``import impactkit``.
_HOMES = {
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
    "Study": "files",
    "StudyError": "errors",
    "ancova": "estimators",
    "assess": "evidence",
    "before_after": "estimators",
    "build_cohort": "cohort",
    "change_score": "estimators",
    "cohort_from_frame": "cohort",
    "compare_groups": "estimators",
    "declare_design": "design",
    "detectable_pre_trend": "estimators",
    "did": "estimators",
    "estimate": "estimators",
    "estimate_secondary": "estimators",
    "event_study": "estimators",
    "expected_regression": "estimators",
    "fill_form": "forms",
    "goodman_bacon": "estimators",
    "honest_did": "estimators",
    "interrupted_series": "estimators",
    "link": "cohort",
    "page": "report",
    "read_rsa": "files",
    "read_study": "files",
    "read_table": "files",
    "run_batch": "batch",
    "sample": "files",
    "save_evidence": "evidence",
    "set_language": "text",
    "study_schema": "files",
    "synthetic_control": "estimators",
    "synthetic_did": "estimators",
    "write_report": "batch",
}
_MODULES = ("plot",)

__all__ = [
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
    "Study",
    "StudyError",
    "__version__",
    "ancova",
    "assess",
    "before_after",
    "build_cohort",
    "change_score",
    "cohort_from_frame",
    "compare_groups",
    "declare_design",
    "detectable_pre_trend",
    "did",
    "estimate",
    "estimate_secondary",
    "event_study",
    "expected_regression",
    "fill_form",
    "goodman_bacon",
    "honest_did",
    "interrupted_series",
    "link",
    "page",
    "plot",
    "read_rsa",
    "read_study",
    "read_table",
    "run_batch",
    "sample",
    "save_evidence",
    "set_language",
    "study_schema",
    "synthetic_control",
    "synthetic_did",
    "write_report",
]

if TYPE_CHECKING:
    from impactkit import plot
    from impactkit.batch import run_batch, write_report
    from impactkit.cohort import Cohort, build_cohort, cohort_from_frame, link
    from impactkit.design import Design, declare_design
    from impactkit.errors import (
        DataError,
        DesignError,
        EstimationError,
        ImpactkitError,
        ParameterError,
        Problem,
        ReportError,
        StudyError,
    )
    from impactkit.estimators import (
        Estimate,
        ancova,
        before_after,
        change_score,
        compare_groups,
        detectable_pre_trend,
        did,
        estimate,
        estimate_secondary,
        event_study,
        expected_regression,
        goodman_bacon,
        honest_did,
        interrupted_series,
        synthetic_control,
        synthetic_did,
    )
    from impactkit.evidence import Evidence, assess, save_evidence
    from impactkit.files import Study, read_rsa, read_study, read_table, sample, study_schema
    from impactkit.forms import fill_form
    from impactkit.report import page
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
