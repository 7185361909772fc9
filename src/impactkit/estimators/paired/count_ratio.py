"""Events counted before and after among the same people: the ratio of their totals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import beta_isf, beta_ppf, student_isf, student_sf
from impactkit.estimators.inference.exact import binomial_half
from impactkit.estimators.inference.linear import Floats
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRatio:
    """The ratio of the events after to the events before.

    Attributes
    ----------
    value : float
    low, high, p_value : float
        Whatever the law of the counts; Student's law, n - 1 degrees of freedom.
    low_exact, high_exact, p_exact : float
        Exact when each person's events come at random (Poisson), at a rate of her own.
    """

    value: float
    low: float
    high: float
    p_value: float
    low_exact: float
    high_exact: float
    p_exact: float


def paired_counts(*, before: Floats, after: Floats, level: float = 0.95) -> CountRatio:
    """Compare the numbers of events before and after among the same people, over the same length of time.

    With A and B the totals after and before, the ratio is ``A / B``. The variance of its logarithm is that
    of the mean of ``a_i / ā - b_i / b̄``. Given the A + B events, if the rates had not changed each would have
    fallen before or after as likely: ``p_exact`` is the two-sided binomial p-value, and the exact interval
    ``π / (1 - π)`` at the ends of Clopper and Pearson's for ``π = A / (A + B)``. Events that cluster in time
    within a person make the exact test promise too much, the other not.

    Parameters
    ----------
    before, after : (n,) arrays
        Counts: whole, none negative.
    level : float

    Raises
    ------
    EstimationError
        When there are fewer than two people, no event before or none after, or nothing varies.

    References
    ----------
    Przyborowski & Wilenski (1940), *Biometrika* 31(3/4). Clopper & Pearson (1934), *Biometrika* 26(4).
    """
    n, total = len(before), float(before.sum() + after.sum())
    if n < 2:
        raise EstimationError(Message("estimators.error.too_few_treated"))
    if not (before.any() and after.any()):
        raise EstimationError(Message("estimators.error.no_event_on_a_side"))
    events = int(after.sum())
    influence = after / after.mean() - before / before.mean()
    std_error = float(np.std(influence, ddof=1)) / math.sqrt(n)
    if not std_error > 1e-12:
        raise EstimationError(Message("estimators.error.no_variation"))
    log_ratio = math.log(events / (total - events))
    margin = float(student_isf((1 - level) / 2, n - 1)) * std_error
    tail = (1 - level) / 2
    low = float(beta_ppf(tail, events, total - events + 1))
    high = float(beta_isf(tail, events + 1, total - events))
    return CountRatio(
        value=math.exp(log_ratio),
        low=math.exp(log_ratio - margin),
        high=math.exp(log_ratio + margin),
        p_value=float(2 * student_sf(abs(log_ratio) / std_error, n - 1)),
        low_exact=low / (1 - low),
        high_exact=high / (1 - high),
        p_exact=binomial_half(min(events, int(total) - events), int(total)),
    )
