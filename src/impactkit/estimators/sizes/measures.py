"""The size of a difference between two groups, on the scales that suit the outcome."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from impactkit.design.balance import weighted_moments
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import people_analysed
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.shares import (
    TwoShares,
    difference_interval,
    newcombe,
    odds_interval,
    ratio_interval,
)
from impactkit.estimators.result import Effect, Estimate
from impactkit.estimators.sizes.ordered import cumulative_logit, probability_of_superiority
from impactkit.estimators.sizes.standardised import (
    Group,
    Size,
    cohens_d,
    glass_delta,
    pooled_sd,
    small_sample_factor,
)
from impactkit.text import Message

Kind = Literal["auto", "number", "binary", "ordinal", "count"]
# ln(odds ratio) / 1.65 is on the scale of Hedges' g (What Works Clearinghouse; Cox 1970).
COX = 1.65
_MOST_LEVELS = 20


Measure = Callable[["_Groups"], Size]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Groups:
    """The outcome in each group.

    ``plain`` when people are independent and not weighted: intervals and ranks suppose it. ``effect`` is the
    estimate's, when there is one.
    """

    y1: Floats
    y0: Floats
    w1: Floats | None
    w0: Floats | None
    plain: bool
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


def effect_sizes(source: Design | Estimate, *, kind: Kind = "auto", level: float = 0.95) -> pd.DataFrame:
    """Return the size of a difference between two groups on the usual scales.

    ==========  ==============================================================================
    kind        measures
    ==========  ==============================================================================
    number      ``hedges_g``, ``cohens_d``, ``glass_delta``, ``probability_of_superiority``
    binary      ``risk_difference`` (Newcombe), ``risk_difference_mn``, ``risk_ratio`` and
                ``odds_ratio`` (all three Miettinen-Nurminen), ``number_needed``, ``cox_index``,
                ``cohens_h``
    ordinal     ``probability_of_superiority``, ``cumulative_odds_ratio``
    count       ``rate_ratio``
    ==========  ==============================================================================

    Parameters
    ----------
    source : Design or Estimate
        From a design, the plain comparison of the outcome after entry. From an estimate by `compare_groups`,
        ``hedges_g``, ``cohens_d`` and ``glass_delta`` are its effect and its interval over the standard
        deviation of the people analysed, taken as known; other measures are of the plain comparison of them.
    kind : {"auto", "number", "binary", "ordinal", "count"}
        By default as the outcome's variable: binary for yes/no, else number.
    level : float

    Returns
    -------
    DataFrame
        Columns ``measure, estimate, conf_low, conf_high, reason``. ``reason`` says why a number is missing,
        else it is empty. With clusters or weights, intervals that take people as independent are missing.

    Raises
    ------
    ValueError
        When ``kind`` or ``level`` is not one of those above, or the estimate is of another method.
    EstimationError
        When there is nobody to compare with, or the outcome is not of this kind.

    References
    ----------
    Hedges (1981); Miettinen & Nurminen (1985); Newcombe (1998); Altman (1998), *BMJ* 317 (number needed);
    Cohen (1988); What Works Clearinghouse (Cox index).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(80), "helped": [1, 0] * 40, "job": [1, 0, 1, 1] * 20})
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["job"])
    >>> found = ik.effect_sizes(ik.declare_design(cohort)).set_index("measure")
    >>> float(found.loc["risk_difference", "estimate"])
    0.5
    """
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}: expected one of {', '.join(get_args(Kind))}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    groups = _groups(source, level)
    design = source.design if isinstance(source, Estimate) else source
    if kind == "auto":
        kind = "binary" if design.variable.type == "boolean" else "number"
    _refuse_other_kind(groups, kind)
    rows = [(name, *_row(name, measure, groups)) for name, measure in _MEASURES[kind].items()]
    return pd.DataFrame(rows, columns=["measure", "estimate", "conf_low", "conf_high", "reason"])


def _groups(source: Design | Estimate, level: float) -> _Groups:
    if isinstance(source, Estimate):
        if source.method != "compare_groups":
            raise ValueError("effect_sizes takes a design, or an estimate made by compare_groups")
        design, effect = source.design, source.effect
    else:
        design, effect = source, None
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    if design.comparable is not None and effect is None:
        raise EstimationError(Message("groups.error.give_the_estimate"))
    people = people_analysed(design, baseline=False, covariates=False)
    kept = np.ones(len(people.ids), dtype=bool)
    if isinstance(source, Estimate):
        kept = np.isin(people.ids, source.analysed)
    one, other, w = kept & people.treated, kept & ~people.treated, people.weights
    return _Groups(
        y1=people.after[one],
        y0=people.after[other],
        w1=None if w is None else w[one],
        w0=None if w is None else w[other],
        plain=w is None and people.clusters is None and design.comparable is None,
        level=level,
        effect=effect,
    )


def _refuse_other_kind(groups: _Groups, kind: Kind) -> None:
    y = np.concatenate([groups.y1, groups.y0])
    if np.ptp(y) == 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    if kind == "binary" and not np.isin(y, (0, 1)).all():
        raise EstimationError(Message("groups.error.not_binary"))
    if kind == "count" and ((y < 0).any() or (y != np.round(y)).any()):
        raise EstimationError(Message("groups.error.not_count"))
    if kind == "ordinal" and len(np.unique(y)) > _MOST_LEVELS:
        raise EstimationError(Message("groups.error.not_ordinal", {"n": len(np.unique(y))}))


def _row(name: str, measure: Measure, groups: _Groups) -> tuple[float, float, float, str]:
    """Return the estimate, its interval and why one of them is missing."""
    missing = float("nan")
    try:
        size = measure(groups)
    except EstimationError as error:
        return missing, missing, missing, str(error)
    if not math.isfinite(size.value):
        return missing, missing, missing, Message("groups.reason.infinite").text()
    if not (groups.plain or (groups.effect is not None and name in _STANDARDISED)):
        return size.value, missing, missing, Message("groups.reason.not_independent").text()
    reason = Message("groups.reason.number_needed").text() if math.isnan(size.low) else ""
    return size.value, size.low, size.high, reason


# ------------------------------------------------------------------ numbers
def _over(groups: _Groups, sd: float, factor: float) -> Size:
    """Return the estimate's effect over a standard deviation."""
    assert groups.effect is not None
    if not sd > 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    low, high = groups.effect.interval(groups.level)
    return Size(value=groups.effect.value, low=low, high=high).times(factor / sd)


def _cohens_d(groups: _Groups) -> Size:
    if groups.effect is not None:
        return _over(groups, pooled_sd(groups.one, groups.other), 1.0)
    return cohens_d(groups.one, groups.other, groups.level)


def _hedges_g(groups: _Groups) -> Size:
    return _cohens_d(groups).times(small_sample_factor(len(groups.y1) + len(groups.y0) - 2))


def _glass_delta(groups: _Groups) -> Size:
    if not groups.other.sd > 0:
        raise EstimationError(Message("groups.error.comparison_constant"))
    if groups.effect is not None:
        return _over(groups, groups.other.sd, 1.0)
    return glass_delta(groups.one, groups.other, groups.level)


def _refuse_weights(groups: _Groups) -> None:
    if not groups.plain and groups.w1 is not None:
        raise EstimationError(Message("groups.error.ranks_with_weights"))


def _superiority(groups: _Groups) -> Size:
    _refuse_weights(groups)
    return probability_of_superiority(y1=groups.y1, y0=groups.y0, level=groups.level).size


# ------------------------------------------------------------------ shares
def _risk_difference(interval: Callable[[TwoShares, float], tuple[float, float]]) -> Measure:
    def measure(groups: _Groups) -> Size:
        low, high = interval(groups.shares, groups.level)
        return Size(value=groups.one.mean - groups.other.mean, low=low, high=high)

    return measure


def _risk_ratio(groups: _Groups) -> Size:
    p1, p0 = groups.one.mean, groups.other.mean
    low, high = ratio_interval(groups.shares, groups.level)
    return Size(value=p1 / p0 if p0 > 0 else math.inf, low=low, high=high)


def _odds_ratio(groups: _Groups) -> Size:
    p1, p0 = groups.one.mean, groups.other.mean
    low, high = odds_interval(groups.shares, groups.level)
    below = p0 * (1 - p1)
    return Size(value=p1 * (1 - p0) / below if below > 0 else math.inf, low=low, high=high)


def _number_needed(groups: _Groups) -> Size:
    """Return 1 over the difference of shares; no interval when that difference may be zero."""
    value = groups.one.mean - groups.other.mean
    low, high = newcombe(groups.shares, groups.level)
    if low <= 0 <= high:
        low = high = math.nan
    else:
        low, high = 1 / high, 1 / low
    return Size(value=1 / value if value != 0 else math.inf, low=low, high=high)


def _cox_index(groups: _Groups) -> Size:
    odds = _odds_ratio(groups)
    logs = [math.log(end) if end > 0 else -math.inf for end in (odds.value, odds.low, odds.high)]
    return Size(value=logs[0] / COX, low=logs[1] / COX, high=logs[2] / COX)


def _cohens_h(groups: _Groups) -> Size:
    """Return ``2 arcsin √p1 - 2 arcsin √p0``, of variance ``1/n1 + 1/n0``."""
    value = 2 * math.asin(math.sqrt(groups.one.mean)) - 2 * math.asin(math.sqrt(groups.other.mean))
    z = float(stats.norm.isf((1 - groups.level) / 2))
    margin = z * math.sqrt(1 / len(groups.y1) + 1 / len(groups.y0))
    return Size(value=value, low=value - margin, high=value + margin)


# ------------------------------------------------------------------ levels and counts
def _cumulative_odds(groups: _Groups) -> Size:
    _refuse_weights(groups)
    y = np.concatenate([groups.y1, groups.y0])
    treated = np.repeat([1.0, 0.0], [len(groups.y1), len(groups.y0)])
    fitted = cumulative_logit(y=y, X=treated[:, None])
    margin = float(stats.norm.isf((1 - groups.level) / 2)) * math.sqrt(fitted.covariance[-1, -1])
    low, value, high = (math.exp(fitted.coef[0] + side * margin) for side in (-1, 0, 1))
    return Size(value=value, low=low, high=high)


def _rate_ratio(groups: _Groups) -> Size:
    """Return the ratio of means; the variance of its logarithm is ``Σ s²/(n m²)``, Poisson or not."""
    one, other = groups.one, groups.other
    if not (one.mean > 0 and other.mean > 0):
        return Size(value=math.inf, low=math.nan, high=math.nan)
    v1, v0 = (group.sd**2 / (group.n * group.mean**2) for group in (one, other))
    df = (v1 + v0) ** 2 / (v1**2 / (one.n - 1) + v0**2 / (other.n - 1))
    margin = float(stats.t.isf((1 - groups.level) / 2, df)) * math.sqrt(v1 + v0)
    centre = math.log(one.mean / other.mean)
    low, value, high = (math.exp(centre + side * margin) for side in (-1, 0, 1))
    return Size(value=value, low=low, high=high)


_STANDARDISED: Mapping[str, Measure] = {
    "hedges_g": _hedges_g,
    "cohens_d": _cohens_d,
    "glass_delta": _glass_delta,
}
_MEASURES: Mapping[str, Mapping[str, Measure]] = {
    "number": {**_STANDARDISED, "probability_of_superiority": _superiority},
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
