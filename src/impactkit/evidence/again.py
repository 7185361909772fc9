"""The same estimator on other people, another outcome or other times: what checks compare a result with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from impactkit.design.design import Design
from impactkit.estimators.events.event_time import event_study
from impactkit.estimators.groups.augmented import doubly_robust
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.paired.changes import before_after
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Estimate

# What each estimator was asked, by the names under which it keeps it in ``settings``.
_ASKED: Mapping[str, tuple[Callable[..., Estimate], Mapping[str, str]]] = {
    "before_after": (before_after, {}),
    "compare_groups": (compare_groups, {"adjust": "adjust"}),
    "did": (
        did,
        {"base": "base", "anticipation": "anticipation", "panel": "panel", "aggregate": "aggregate"},
    ),
    "event_study": (event_study, {"event_method": "method"}),
    "doubly_robust": (doubly_robust, {"estimand": "estimand"}),
}


def can_repeat(estimate: Estimate) -> bool:
    """Tell whether `again` knows the estimator."""
    return estimate.method in _ASKED


def again(estimate: Estimate, design: Design) -> Estimate:
    """Estimate in the same way on another design; errors are the estimator's default.

    Raises
    ------
    EstimationError
        When the effect cannot be computed there.
    """
    estimator, options = _ASKED[estimate.method]
    settings = estimate.settings
    asked: dict[str, Any] = {option: settings[name] for name, option in options.items() if name in settings}
    if estimate.method == "did" and estimate.cells is not None:
        asked["method"] = settings["method"]
    return estimator(design, **asked)
