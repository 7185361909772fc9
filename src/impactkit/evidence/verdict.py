"""From an estimate to a verdict: the checks, then the rules."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from impactkit.design.design import Design
from impactkit.errors import require
from impactkit.estimators.dispatch import NotEstimated
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.credibility_start import design_start_of, is_alike_by_choice
from impactkit.evidence.evidence import Evidence
from impactkit.evidence.figure import is_too_small, smallest_group
from impactkit.evidence.questions import checks_of
from impactkit.evidence.record import Conclusion
from impactkit.evidence.scale import outcome_sd
from impactkit.evidence.told_shares import is_told_wide, told, told_check
from impactkit.text import Message, Quantity


def assess(
    estimate: Estimate,
    *,
    secondary: Sequence[Estimate | NotEstimated] = (),
    links: pd.DataFrame | None = None,
) -> Evidence:
    """Judge an estimate: what it shows, how solid it is, and whether it is the action's doing.

    Parameters
    ----------
    estimate : Estimate
        The primary outcome's.
    secondary : sequence of Estimate or NotEstimated
        The other outcomes, as `estimate_secondary` returns them; they are reported with Holm's
        correction and never change the verdict.
    links : DataFrame, optional
        How well people were found again from one file to the next, as `Cohort.link_quality` returns it with
        ``masked=False``. By default what the record of people followed knows of it.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        When the effect is a logarithm (counts of a series), as effects are judged in the outcome's unit; or
        ``links`` is another table.

    References
    ----------
    The thresholds and their sources are in `impactkit.evidence.rules`.
    """
    require(estimate, Estimate)
    if estimate.effect.term.startswith("log_"):
        raise ValueError("assess judges effects in the outcome's unit: this one is the logarithm of a ratio")
    estimate = told(estimate)
    secondary = tuple(told(item) if isinstance(item, Estimate) else item for item in secondary)
    design = estimate.design
    found = design.cohort.found_again
    if links is None and found is not None and found.by == "identity":
        links = design.cohort.link_quality(masked=False)
    checks = checks_of(estimate, secondary, links)
    if is_told_wide(estimate):
        checks = tuple(told_check(check) for check in checks)
    start = design_start_of(estimate)
    credibility = min([start, *(check.cap for check in checks)])
    detectable = rules.smallest_detectable(estimate.effect.std_error, estimate.effect.df)
    precision_note = min(rules.precision_note(detectable / outcome_sd(estimate)), _errors_cap(estimate))
    conclusion = claim_of(estimate).conclusion
    if is_too_small(estimate):  # which way a few people went, and how surely, is theirs
        precision_note, conclusion = 0, "inconclusive"
    regime = _regime(estimate)
    imputation = rules.imputation(
        compared=design.comparison != "none",
        credibility=credibility,
        reserves=any(check.about_comparison and check.status != "ok" for check in checks),
        regime=regime,
        alike_by_choice=is_alike_by_choice(estimate),
    )
    return Evidence(
        estimate=estimate,
        secondary=secondary,
        checks=checks,
        credibility=credibility,
        precision=precision_note,
        bound_by=_bound_by(estimate, checks, credibility, precision_note, detectable),
        conclusion=conclusion,
        imputation=imputation,
        attribution=rules.attribute(conclusion, how_surely=imputation, regime=regime),
        reasons=_reasons(estimate, checks, conclusion),
        links=links,
    )


def _errors_cap(estimate: Estimate) -> int:
    """Return the best note of precision that the errors allow, given the sites of the people analysed."""
    sites = None
    if estimate.design.clustered:
        units = estimate.design.units()
        sites = int(units.loc[units.index.isin(estimate.analysed), "cluster"].nunique())
    settings = estimate.settings
    laws = [str(settings.get("errors")), *str(settings.get("laws", "")).split(", ")]
    return rules.precision_cap(laws, clusters=sites)


def _regime(estimate: Estimate) -> rules.SizeRegime:
    """Return what the size allows; a territory is no person, and being alone already caps it."""
    if estimate.follows_territories:
        return "main"
    return rules.size_regime(smallest_group(estimate))


def design_message(design: Design, method: str, start: int) -> Message:
    """Say what the design can carry."""
    kind = "randomised" if start == rules.RANDOMISED else method
    if kind == "compare_groups" and design.comparable is not None:
        kind = "compare_groups_comparable"
    elif kind == "compare_groups":
        kind = "compare_groups_adjusted" if start == rules.ADJUSTED_COMPARISON else "compare_groups_raw"
    if method == "encouragement" and start < rules.THRESHOLD_OR_OFFER:
        kind = "encouragement_not_drawn"
    if method == "interrupted_series" and design.comparison == "none":
        kind = "interrupted_series_alone"
    return Message(f"verdict.design.{kind}")


def _bound_by(
    estimate: Estimate, checks: Sequence[Check], credibility: int, precision_note: int, detectable: float
) -> Message:
    """Name the rule that set the strength."""
    if is_too_small(estimate):
        return Message("verdict.bound.too_small")
    if precision_note == _errors_cap(estimate) < credibility:
        return Message("verdict.bound.usual_errors")
    if precision_note < credibility:
        return Message(
            "verdict.bound.precision", {"sd": Quantity(detectable / outcome_sd(estimate), "number", 2)}
        )
    for check in checks:
        if check.cap == credibility < design_start_of(estimate):
            return check.reason
    return design_message(estimate.design, estimate.method, design_start_of(estimate))


def _reasons(estimate: Estimate, checks: Sequence[Check], conclusion: Conclusion) -> tuple[Message, ...]:
    """Give the design first, then every answer that weighs on the verdict.

    What the numbers could not have shown explains an inconclusive result, not one that shows an effect.
    """
    design = design_message(estimate.design, estimate.method, design_start_of(estimate))
    weighing = [
        check.reason
        for check in checks
        if check.status != "ok" and (check.key != "precision" or conclusion == "inconclusive")
    ]
    return (design, *weighing)
