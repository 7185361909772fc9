"""The smallest effect that a design could find with these data, by the engines of planning."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.power.detectable import multiplier
from impactkit.estimators.power.planning import Plan, minimum_detectable_effect, sample_size
from impactkit.estimators.series.parts import step_columns
from impactkit.evidence import rules
from impactkit.evidence.advice.expected import Expected
from impactkit.evidence.advice.limits import LOSS_STEP, MOST_AUTOCORRELATION, MOST_LOSS, PILOT_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A comparison as `minimum_detectable_effect` takes it.

    Attributes
    ----------
    plan : Plan
    n_treated : int
    n_comparison : int or None
        ``None`` for a before/after.
    expected : Expected
    cluster_size : float
    attrition : float
        Share lost, rounded up to ten points: the exact one could tell a small number of people.
    takeup : float
        Share of those offered who take part, less that of the others: the effect of the offer is divided by
        it (Bloom 1984, *Evaluation Review* 8(2)).
    """

    plan: Plan
    n_treated: int
    n_comparison: int | None
    expected: Expected
    cluster_size: float = 1.0
    attrition: float = 0.0
    takeup: float = 1.0

    @property
    def effect(self) -> float | None:
        """Smallest detectable effect, in the outcome's unit; ``None`` when no effect would be found."""
        found = self._offer_effect()
        if found is None:
            return None
        found /= self.takeup
        # A share cannot change by more than all of it.
        return None if self.expected.share is not None and found >= 1 else found

    def _offer_effect(self) -> float | None:
        kind, share, clustered = self.expected, self.expected.share, self._clustered
        by_share = share is not None and self.plan == "two_arms"
        try:
            return minimum_detectable_effect(
                design=self.plan,
                n_treated=self.n_treated,
                n_comparison=self.n_comparison,
                sd=1.0 if by_share else kind.sd,
                share=share if by_share else None,
                icc=kind.icc if clustered else 0.0,
                cluster_size=self.cluster_size if clustered else 1,
                baseline_correlation=self._correlation,
                attrition=self.attrition,
            )
        except EstimationError:
            return None

    def more_people(self, effect: float) -> int | None:
        """Return how many more beneficiaries this effect needs, those compared growing as much."""
        kind, share, clustered = self.expected, self.expected.share, self._clustered
        by_share = share is not None and self.plan == "two_arms"
        wanted = effect * self.takeup
        if by_share and share is not None and share + wanted >= 1:
            return None
        try:
            needed = sample_size(
                wanted,
                design=self.plan,
                ratio=1.0 if self.n_comparison is None else self.n_comparison / self.n_treated,
                sd=1.0 if by_share else kind.sd,
                share=share if by_share else None,
                icc=kind.icc if clustered else 0.0,
                cluster_size=self.cluster_size if clustered else 1,
                baseline_correlation=self._correlation,
                attrition=self.attrition,
            )
        except EstimationError:
            return None
        return max(needed.n_treated - self.n_treated, 0)

    @property
    def _clustered(self) -> bool:
        return self.cluster_size > 1 and self.plan != "before_after"

    @property
    def _correlation(self) -> float:
        return 0.0 if self.plan == "two_arms" else self.expected.correlation


def foreseen_loss(lost: float) -> float:
    """Return the share of losses to plan for: rounded up to ten points, at most 90 %."""
    return min(math.ceil(round(lost / LOSS_STEP, 9)) * LOSS_STEP, MOST_LOSS)


def step_effect(series: Floats, times: Floats, after: np.ndarray, *, seasons: int) -> float | None:
    """Return the smallest detectable step of a series, from how it varied before the start.

    ``multiplier × σ √(c (1 + ρ)/(1 - ρ))``: σ and ρ are the standard deviation and the first correlation of
    the residuals around the trend (and seasons) before, c the step's variance in the whole regression for
    residuals of variance 1.

    Parameters
    ----------
    series : (T0,) array
        The periods before, none missing.
    times : (T,) array
    after : (T,) array of bool
    seasons : int
        Periods in a year; 1 for none.

    References
    ----------
    Zhang, Wagner & Ross-Degnan (2011), *J. Clinical Epidemiology* 64(11) (power of interrupted series); the
    factor (1 + ρ)/(1 - ρ) is that of the mean of a first-order autoregression.
    """
    X = step_columns(times, after, seasons=seasons)
    used = np.delete(X[~after], 2, axis=1)
    df_before, df = used.shape[0] - used.shape[1], X.shape[0] - X.shape[1]
    if df_before < 1 or df < 1 or np.linalg.matrix_rank(X) < X.shape[1]:
        return None
    coefficients = np.linalg.lstsq(used, series, rcond=None)[0]
    residuals = series - used @ coefficients
    total = float(residuals @ residuals)
    if not total > 1e-18 * float(series @ series):
        return None
    rho = float(np.clip(residuals[1:] @ residuals[:-1] / total, 0.0, MOST_AUTOCORRELATION))
    spread = math.sqrt(total / df_before * (1 + rho) / (1 - rho))
    unit = math.sqrt(float(np.linalg.inv(X.T @ X)[2, 2]))
    return multiplier(df, power=rules.POWER, level=rules.LEVEL) * spread * unit


def jump_effect(running: Floats, right: np.ndarray, cutoff: float, sd: float) -> tuple[float | None, int]:
    """Return the smallest detectable jump at a threshold, and the fewest people near it on a side.

    A line on each side within the pilot bandwidth ``1.843 s n^(-1/5)``, s the smaller of the standard
    deviation and of the interquartile range over 1.349: ``multiplier × sd √c``, c the jump's variance for
    an outcome of variance 1. No outcome is needed: where people stand is enough.

    Parameters
    ----------
    running : (n,) array
        None missing.
    right : (n,) array of bool
        Who has a right to the action.
    cutoff, sd : float

    References
    ----------
    Schochet (2009), *J. Educational and Behavioral Statistics* 34(2). Calonico, Cattaneo & Titiunik (2014).
    """
    x = running - cutoff
    quarters = np.subtract(*np.quantile(x, [0.75, 0.25])) / 1.349
    scales = [scale for scale in (x.std(ddof=1), quarters) if scale > 0]
    if not scales:
        return None, 0
    near = np.abs(x) <= PILOT_WIDTH * min(scales) * x.size ** (-1 / 5)
    fewest = min(int((near & right).sum()), int((near & ~right).sum()))
    X = np.column_stack([np.ones(x.size), right, x, x * right])[near]
    if fewest < 3 or np.linalg.matrix_rank(X) < 4:
        return None, fewest
    unit = math.sqrt(float(np.linalg.inv(X.T @ X)[1, 1]))
    return multiplier(len(X) - 4, power=rules.POWER, level=rules.LEVEL) * sd * unit, fewest
