"""Where the credibility of an estimate starts: its design, before any check."""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules


def is_adjusted(estimate: Estimate) -> bool:
    """Tell whether the analysis takes the characteristics known before the action into account."""
    return (
        estimate.method in ("did", "event_study")
        or estimate.settings.get("adjust") in ("lin", "ancova", "covariates")
        or estimate.design.comparable is not None
    )


def is_alike_by_choice(estimate: Estimate) -> bool:
    """Tell whether nothing but likeness on what was measured makes the groups comparable."""
    drawn = estimate.design.comparison == "randomised"
    return estimate.method in ("compare_groups", "doubly_robust", "time_to_event") and not drawn


def design_start_of(estimate: Estimate) -> int:
    """Return the credibility from which the estimate's design starts."""
    design = estimate.design
    return rules.design_start(
        estimate.method,
        comparison=design.comparison,
        adjusted=is_adjusted(estimate),
        alike_in_outcome=design.comparable is not None and design.outcome in design.comparable.on,
    )
