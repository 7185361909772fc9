"""An effect on a yes/no outcome as it may be told and judged, when few people give one of the answers.

What `impactkit.disclosure.hidden_shares` widens is the interval of two shares, or of people's changes,
without adjustment. That of an adjusted, weighted or clustered effect widens as much: whoever reads it does
not know how much narrower it was made, and cannot work back.

The verdict rests on what is told: the conclusion of a narrower interval would narrow the numbers too. It is
the more cautious for it, where the usual interval of few yes or no is known to be short.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from impactkit.disclosure import to_step
from impactkit.disclosure.hidden_shares import Moves, Widest, widest_change, widest_difference
from impactkit.estimators.result import Companion, Effect, Estimate, GroupMean, Normal
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.digits import step_of
from impactkit.evidence.figure import has_figure
from impactkit.evidence.masking import mean_is_safe
from impactkit.evidence.words import is_share
from impactkit.text import Amount, Message, Quantity

_BETWEEN_GROUPS = ("compare_groups", "doubly_robust", "encouragement")
_THROUGH_TIME = ("before_after", "did", "event_study")
# How far people would have come back by themselves: an earlier time's, told with the same margin.
_KEPT = ("expected_return",)
_TOLD_WIDE = "told_wide"
# Amounts of other times or other choices are told by five points.
_COARSE = 0.05
_ABOUT_THE_OUTCOME = (
    "anticipation",
    "confounding",
    "honest_trends",
    "influence",
    "leave_one_cluster_out",
    "placebo_date",
    "pre_trends",
    "regression_to_mean",
    "specification",
)


def told(estimate: Estimate) -> Estimate:
    """Return an estimate with its effect as it may be told: the same, unless few people give an answer.

    Other methods' words on the same effect, and what counts people's moves, are then left out.
    """
    if not is_share(estimate.design) or is_told_wide(estimate) or not has_figure(estimate):
        return estimate
    widest, means = None, estimate.means
    if estimate.method in _BETWEEN_GROUPS:
        widest = _between_groups(estimate)
        means = means if widest is None else _means_of(widest, means)
    elif estimate.method in _THROUGH_TIME:
        widest = widest_change(_moves(estimate), profile=estimate.design.cohort.profile)
        means = _spread_of_hidden(estimate)
    if widest is None:
        return estimate
    return replace(
        estimate,
        effect=_widened(estimate.effect, widest),
        means=means,
        companions=tuple(
            _margin_widened(item, widest) for item in estimate.companions if item.label in _KEPT
        ),
        transitions=None,
        notes=(*estimate.notes, Message("sentence.told_wide")),
        settings={**estimate.settings, _TOLD_WIDE: True},
    )


def is_told_wide(estimate: Estimate) -> bool:
    """Tell whether the effect of an estimate was widened by `told`."""
    return _TOLD_WIDE in estimate.settings


def told_check(check: Check) -> Check:
    """Return the answer to a question about the outcome without the figures that would narrow it again."""
    if check.key not in _ABOUT_THE_OUTCOME:
        return check
    params = {name: _coarse(value) for name, value in check.reason.params.items()}
    return replace(check, value=None, reason=Message(check.reason.key, params))


def _coarse(value: object) -> object:
    if isinstance(value, Amount):
        return replace(value, value=_coarse_quantity(value.value))
    return _coarse_quantity(value) if isinstance(value, Quantity) else value


def _coarse_quantity(value: Quantity) -> Quantity:
    if value.kind == "number":
        return value
    return replace(value, value=max(to_step(value.value, _COARSE), _COARSE), decimals=0)


def _widened(effect: Effect, widest: Widest) -> Effect:
    """Return an effect whose interval at 95 % is the one told, in the normal law."""
    low, high = effect.interval(rules.LEVEL)
    margin = (widest.high - widest.low) / 2
    if widest.std_error > 0:
        # A law other than Student's, for few people or few sites, widens what is told as it did the effect.
        usual = float(special.stdtrit(effect.df, 0.5 + rules.LEVEL / 2))
        margin = widest.factor * max(effect.value - low, high - effect.value) / usual
    return replace(
        effect,
        value=effect.value - widest.value + widest.middle,
        std_error=margin / float(special.ndtri(0.5 + rules.LEVEL / 2)),
        reference=Normal(),
    )


def _margin_widened(item: Companion, widest: Widest) -> Companion:
    """Return what is said of an earlier time with a margin that tells as little."""
    assert item.value is not None
    assert item.low is not None
    assert item.high is not None
    more = widest.factor / float(special.ndtri(0.5 + rules.LEVEL / 2)) if widest.std_error > 0 else 1.0
    return replace(
        item,
        low=item.value - more * (item.value - item.low),
        high=item.value + more * (item.high - item.value),
    )


def _between_groups(estimate: Estimate) -> Widest | None:
    """Widen the difference of two groups at one time by the numbers of yes that it could be of."""
    design, after = estimate.design, {mean.group: mean for mean in estimate.means if mean.time == "after"}
    treated, compared = after["treated"], after["comparison"]
    return widest_difference(
        (round(treated.mean * treated.n), round(compared.mean * compared.n)),
        (treated.n, compared.n),
        profile=design.cohort.profile,
        sensitive=design.variable.sensitive,
        step=step_of(design, estimate.effect.std_error),
    )


def _means_of(widest: Widest, means: Sequence[GroupMean]) -> tuple[GroupMean, ...]:
    """Return the shares of the widest of the possible numbers, which are hidden as the true ones are."""
    yes = dict(zip(("treated", "comparison"), widest.yes, strict=True))
    return tuple(
        replace(mean, mean=yes[mean.group] / mean.n, sd=_sd(yes[mean.group] / mean.n, mean.n))
        if mean.time == "after"
        else mean
        for mean in means
    )


def _sd(share: float, n: int) -> float:
    return math.sqrt(share * (1 - share) * n / (n - 1))


def _spread_of_hidden(estimate: Estimate) -> tuple[GroupMean, ...]:
    """Return the means; those of a group that hides a share have the spread of one at the threshold."""
    profile, sensitive = estimate.design.cohort.profile, estimate.design.variable.sensitive
    hidden = {
        mean.group
        for mean in estimate.means
        if not mean_is_safe(mean.mean, mean.n, binary=True, profile=profile, sensitive=sensitive)
    }
    return tuple(
        replace(mean, sd=_sd(min((profile.minimum - 1) / mean.n, 0.5), mean.n))
        if mean.group in hidden
        else mean
        for mean in estimate.means
    )


def _moves(estimate: Estimate) -> list[Moves]:
    """Count those of each group analysed whose answer changes between the two times of the window."""
    design, rows = estimate.design, estimate.design.cohort.rows
    members = design.everyone.members()
    members = members.keep(np.asarray(rows.people[members.people].isin(estimate.analysed)))
    answers = rows.table(
        design.outcome, people=members.people, periods=np.searchsorted(rows.periods, design.window)
    )
    asked = ~np.isnan(answers).any(axis=1)
    change = answers[:, 1] - answers[:, 0]
    return [
        Moves(gained=int((change[own] > 0).sum()), lost=int((change[own] < 0).sum()), people=int(own.sum()))
        for own in (asked & members.treated, asked & ~members.treated)
        if own.any()
    ]
