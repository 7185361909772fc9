"""Would the effect still be visible if the two groups had drawn apart after entry?"""

from __future__ import annotations

import numpy as np

from impactkit.estimators.inference.distributions import normal_isf, student_isf
from impactkit.estimators.result import Estimate
from impactkit.estimators.trends.bounds_relative import relative_breakdown
from impactkit.estimators.trends.gaps import Gaps
from impactkit.estimators.trends.restricted import PathCoefficients
from impactkit.evidence import rules
from impactkit.evidence.before_entry import gaps_before, times_before, why_not_known
from impactkit.evidence.check import Check
from impactkit.evidence.rules_rivals import (
    FEWEST_LARGEST_MOVES,
    MOST_LARGEST_MOVES,
    STEP_LARGEST_MOVES,
)
from impactkit.evidence.words import amount
from impactkit.text import Message, Quantity


def honest_trends(estimate: Estimate) -> Check:
    """Find by how much trends may diverge after entry, in largest moves before, before the effect goes.

    The breakdown value Mbar of Rambachan & Roth (2023), by unit of time when measures are not evenly spaced.
    With a single time before, no move is known: the divergence that would undo the effect is told.
    """
    if times_before(estimate) < 2:
        low, high = estimate.effect.interval(rules.LEVEL)
        nearest = amount(estimate.design, min(abs(low), abs(high)), estimate.effect)
        reason = Message("check.honest_trends.one_time_before", {"amount": nearest})
        return Check(key="honest_trends", status="caution", reason=reason)
    gaps = gaps_before(estimate)
    if gaps is None:
        reason = Message(f"check.honest_trends.{why_not_known(estimate)}")
        return Check(key="honest_trends", status="not_run", reason=reason)
    times = relative_breakdown(
        _widened(gaps), level=rules.LEVEL, most=MOST_LARGEST_MOVES, step=STEP_LARGEST_MOVES
    )
    enough = times >= FEWEST_LARGEST_MOVES
    kind = "enough" if enough else "little" if times > 0 else "none"
    if times >= MOST_LARGEST_MOVES:
        kind = "most"
    return Check(
        key="honest_trends",
        status="ok" if enough else "caution",
        value=times,
        threshold=FEWEST_LARGEST_MOVES,
        reason=Message(f"check.honest_trends.{kind}", {"times": Quantity(times, "number", 1)}),
    )


def _widened(gaps: Gaps) -> PathCoefficients:
    """Return the gaps by unit of time, their errors widened from the normal law to Student's.

    The method takes estimates as normal with a known covariance, which is too sure with few people or sites.
    """
    values, covariance = gaps.as_rates()
    tail = (1 - rules.LEVEL) / 2
    wider = float(student_isf(tail, gaps.df.min()) / normal_isf(tail))
    return PathCoefficients(
        beta=values, sigma=covariance * wider**2, n_before=gaps.n_before, target=np.ones(1)
    )
