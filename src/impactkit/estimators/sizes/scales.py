"""Each scale for the difference of two groups: two groups in, a size and its interval out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from impactkit.design.balance import weighted_moments
from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import normal_isf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.shares import (
    TwoShares,
    difference_interval,
    newcombe,
    odds_interval,
    ratio_interval,
)
from impactkit.estimators.result import Effect
from impactkit.estimators.sizes.ordered import cumulative_odds, probability_of_superiority
from impactkit.estimators.sizes.ratio import ratio_of_means
from impactkit.estimators.sizes.standardised import (
    Group,
    Size,
    cohens_d,
    glass_delta,
    pooled_sd,
    small_sample_factor,
)
from impactkit.text import Message

# ln(odds ratio) / 1.65 is on the scale of Hedges' g (What Works Clearinghouse; Cox 1970).
COX = 1.65

Measure = Callable[["Groups"], Size]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """The outcome in each group.

    ``plain`` when people are independent and not weighted: intervals and ranks suppose it. ``balanced`` when
    groups were matched or weighted to be alike. ``effect`` is the estimate's, when there is one.
    """

    y1: Floats
    y0: Floats
    w1: Floats | None
    w0: Floats | None
    plain: bool
    balanced: bool
    level: float
    effect: Effect | None

    @property
    def one(self) -> Group:
        """The treated."""
        return _moments(self.y1, self.w1)

    @property
    def other(self) -> Group:
        """Those compared."""
        return _moments(self.y0, self.w0)

    @property
    def shares(self) -> TwoShares:
        """The counts of a yes/no outcome."""
        return TwoShares(x1=int(self.y1.sum()), n1=len(self.y1), x0=int(self.y0.sum()), n0=len(self.y0))


def _moments(y: Floats, w: Floats | None) -> Group:
    mean, sd = weighted_moments(y, w)
    return Group(mean=float(mean), sd=float(sd), n=len(y))


# ------------------------------------------------------------------ numbers
def _over(groups: Groups, sd: float, factor: float) -> Size:
    """Return the estimate's effect over a standard deviation."""
    assert groups.effect is not None
    if not sd > 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    low, high = groups.effect.interval(groups.level)
    return Size(value=groups.effect.value, low=low, high=high).times(factor / sd)


def _cohens_d(groups: Groups) -> Size:
    if groups.effect is not None:
        return _over(groups, pooled_sd(groups.one, groups.other), 1.0)
    return cohens_d(groups.one, groups.other, groups.level)


def _hedges_g(groups: Groups) -> Size:
    return _cohens_d(groups).times(small_sample_factor(len(groups.y1) + len(groups.y0) - 2))


def _glass_delta(groups: Groups) -> Size:
    if not groups.other.sd > 0:
        raise EstimationError(Message("groups.error.comparison_constant"))
    if groups.effect is not None:
        return _over(groups, groups.other.sd, 1.0)
    return glass_delta(groups.one, groups.other, groups.level)


def _refuse_weights(groups: Groups) -> None:
    if not groups.plain and groups.w1 is not None:
        raise EstimationError(Message("groups.error.ranks_with_weights"))


def _superiority(groups: Groups) -> Size:
    _refuse_weights(groups)
    return probability_of_superiority(y1=groups.y1, y0=groups.y0, level=groups.level).size


# ------------------------------------------------------------------ shares
def _risk_difference(interval: Callable[[TwoShares, float], tuple[float, float]]) -> Measure:
    def measure(groups: Groups) -> Size:
        low, high = interval(groups.shares, groups.level)
        return Size(value=groups.one.mean - groups.other.mean, low=low, high=high)

    return measure


def _risk_ratio(groups: Groups) -> Size:
    p1, p0 = groups.one.mean, groups.other.mean
    low, high = ratio_interval(groups.shares, groups.level)
    return Size(value=p1 / p0 if p0 > 0 else math.inf, low=low, high=high)


def _odds_ratio(groups: Groups) -> Size:
    p1, p0 = groups.one.mean, groups.other.mean
    low, high = odds_interval(groups.shares, groups.level)
    below = p0 * (1 - p1)
    return Size(value=p1 * (1 - p0) / below if below > 0 else math.inf, low=low, high=high)


def _number_needed(groups: Groups) -> Size:
    """Return 1 over the difference of shares; no interval when that difference may be zero."""
    value = groups.one.mean - groups.other.mean
    low, high = newcombe(groups.shares, groups.level)
    if low <= 0 <= high:
        low = high = math.nan
    else:
        low, high = 1 / high, 1 / low
    return Size(value=1 / value if value != 0 else math.inf, low=low, high=high)


def _cox_index(groups: Groups) -> Size:
    odds = _odds_ratio(groups)
    logs = [math.log(end) if end > 0 else -math.inf for end in (odds.value, odds.low, odds.high)]
    return Size(value=logs[0] / COX, low=logs[1] / COX, high=logs[2] / COX)


def _cohens_h(groups: Groups) -> Size:
    """Return ``2 arcsin √p1 - 2 arcsin √p0``, of variance ``1/n1 + 1/n0``."""
    value = 2 * math.asin(math.sqrt(groups.one.mean)) - 2 * math.asin(math.sqrt(groups.other.mean))
    z = float(normal_isf((1 - groups.level) / 2))
    margin = z * math.sqrt(1 / len(groups.y1) + 1 / len(groups.y0))
    return Size(value=value, low=value - margin, high=value + margin)


# ------------------------------------------------------------------ levels and counts
def _cumulative_odds(groups: Groups) -> Size:
    _refuse_weights(groups)
    y = np.concatenate([groups.y1, groups.y0])
    treated = np.repeat([1.0, 0.0], [len(groups.y1), len(groups.y0)])
    return cumulative_odds(y=y, treated=treated, level=groups.level).size


def _rate_ratio(groups: Groups) -> Size:
    return ratio_of_means(groups.one, groups.other, groups.level).size


STANDARDISED: Mapping[str, Measure] = {
    "hedges_g": _hedges_g,
    "cohens_d": _cohens_d,
    "glass_delta": _glass_delta,
}
MEASURES: Mapping[str, Mapping[str, Measure]] = {
    "number": {**STANDARDISED, "probability_of_superiority": _superiority},
    "binary": {
        "risk_difference": _risk_difference(newcombe),
        "risk_difference_mn": _risk_difference(difference_interval),
        "risk_ratio": _risk_ratio,
        "odds_ratio": _odds_ratio,
        "number_needed": _number_needed,
        "cox_index": _cox_index,
        "cohens_h": _cohens_h,
    },
    "ordinal": {"probability_of_superiority": _superiority, "cumulative_odds_ratio": _cumulative_odds},
    "count": {"rate_ratio": _rate_ratio},
}
