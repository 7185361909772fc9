"""How large an effect these numbers would show, and how many people an effect needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from scipy import optimize

from impactkit.errors import EstimationError
from impactkit.estimators.power.detectable import multiplier, noncentrality, power_of_test, share_gap
from impactkit.html import facts_html, shown_html, written
from impactkit.text import Message

Plan = Literal["two_arms", "clusters", "before_after", "did", "ancova"]
_MOST_PEOPLE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """How many people to recruit.

    Attributes
    ----------
    n_treated, n_comparison : int
        Rounded up, and to whole clusters; ``n_comparison`` is 0 for a before/after.
    exact : float
        Beneficiaries before rounding.
    """

    n_treated: int
    n_comparison: int
    exact: float

    def __repr__(self) -> str:
        return f"<SampleSize: {self.n_treated} treated, {self.n_comparison} compared>"

    def _repr_html_(self) -> str:
        counts = {"n_treated": self.n_treated, "n_comparison": self.n_comparison}
        return shown_html(
            facts_html((Message(f"shown.column.{name}"), written(n)) for name, n in counts.items())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Study:
    """A study as planned: people recruited, and what the formulas need."""

    design: Plan
    n_treated: float
    n_comparison: float
    power: float
    level: float
    icc: float
    cluster_size: float
    baseline_correlation: float
    attrition: float

    @property
    def clustered(self) -> bool:
        return self.design == "clusters" or self.cluster_size > 1

    @property
    def variances(self) -> tuple[float, float]:
        """Variance of each group's mean, of an outcome of variance 1: the second is 0 for a before/after."""
        left = 1 - self.attrition
        effect = 1 + (max(self.cluster_size * left, 1.0) - 1) * self.icc if self.clustered else 1.0
        rho = self.baseline_correlation
        factor = {"ancova": 1 - rho**2, "did": 2 * (1 - rho), "before_after": 2 * (1 - rho)}
        scale = factor.get(self.design, 1.0) * effect
        v0 = 0.0 if self.design == "before_after" else scale / (self.n_comparison * left)
        return scale / (self.n_treated * left), v0

    @property
    def df(self) -> float:
        """Degrees of freedom: people, or clusters, less one per group and per baseline adjusted for."""
        unit = self.cluster_size if self.clustered else 1 / (1 - self.attrition)
        units = (self.n_treated + self.n_comparison) / unit
        return units - {"before_after": 1, "ancova": 3}.get(self.design, 2)

    @property
    def standard_errors(self) -> float:
        """How many standard errors the effect must be: exact, or Bloom's with clusters."""
        count = multiplier if self.clustered else noncentrality
        return count(self.df, power=self.power, level=self.level)

    @property
    def detectable(self) -> float:
        """Smallest detectable effect in standard deviations."""
        return self.standard_errors * math.sqrt(sum(self.variances))

    def excess(self, effect: float) -> float:
        """Return by how much an effect (in standard deviations) exceeds what is needed; zero at the limit."""
        errors = effect / math.sqrt(sum(self.variances))
        if self.clustered:
            return errors - multiplier(self.df, power=self.power, level=self.level)
        return power_of_test(errors, self.df, level=self.level) - self.power

    def gap(self, share: float, other: float) -> float:
        """Return by how much two shares are further apart than what can be detected."""
        v1, v0 = self.variances
        df = self.df if self.clustered else math.inf
        return share_gap(share, other, v1=v1, v0=v0, df=df, power=self.power, level=self.level)


def minimum_detectable_effect(
    *,
    design: Plan = "two_arms",
    n_treated: float,
    n_comparison: float | None = None,
    sd: float = 1.0,
    share: float | None = None,
    power: float = 0.80,
    level: float = 0.95,
    icc: float = 0.0,
    cluster_size: float = 1,
    baseline_correlation: float = 0.0,
    attrition: float = 0.0,
) -> float:
    """Return the smallest true effect that such a study would find.

    ``λ sd √(v1 + v0)``: λ standard errors of the difference, with a two-sided test. λ is exact under normal
    errors (non-central t), or ``t[1 - α/2] + t[power]`` with clusters; v is 1/n for ``two_arms`` and
    ``clusters``, times ``1 - ρ²`` for ``ancova`` (outcome adjusted for its value before) and ``2 (1 - ρ)``
    for ``did`` and ``before_after``, and times ``1 + (m - 1) icc`` with m people per cluster.

    Parameters
    ----------
    design : {"two_arms", "clusters", "before_after", "did", "ancova"}
        ``"clusters"``: lots drawn by cluster. ``icc`` and ``cluster_size`` also go with ``"did"`` and
        ``"ancova"``, the correlation being that of what is compared.
    n_treated, n_comparison : float
        People recruited in each group; without ``n_comparison``, as many. A before/after has no second group.
    sd : float
        Standard deviation of the outcome; by default the effect is in standard deviations.
    share : float, optional
        Share expected without the action, for a yes/no outcome (``two_arms`` and ``clusters``): the effect is
        then the smallest rise of the share. For a fall, give ``1 - share``.
    power, level : float
    icc : float
        Intra-cluster correlation.
    cluster_size : float
        People recruited per cluster.
    baseline_correlation : float
        Of the outcome before and after, ρ.
    attrition : float
        Share of people lost in each group (and in each cluster).

    Returns
    -------
    float
        In the outcome's unit (0.05 is 5 points for a share).

    Raises
    ------
    ValueError
        When a number is outside its range, or does not go with the design.
    EstimationError
        When there are too few people or clusters for any test, or no rise of the share can be detected.

    References
    ----------
    Bloom (1995), *Evaluation Review* 19(5). Murray (1998), *Design and Analysis of Group-Randomized Trials*.
    McKenzie (2012), *J. Development Economics* 99(2). As R's ``pwr`` and ``power.prop.test``, and PowerUp!.

    Examples
    --------
    >>> import impactkit as ik
    >>> round(ik.minimum_detectable_effect(n_treated=50), 3)
    0.566
    >>> round(ik.minimum_detectable_effect(design="clusters", n_treated=400, icc=0.1, cluster_size=20), 6)
    0.346265
    """
    study = _study(
        design, n_treated, n_comparison, power, level, icc, cluster_size, baseline_correlation, attrition
    )
    _check_outcome(study, sd, share)
    if not study.df >= 1:
        raise EstimationError(Message("power.error.too_few"))
    if share is None:
        return sd * study.detectable
    p0: float = share
    top = 1.0
    if study.gap(p0, top) <= 0:
        raise EstimationError(Message("power.error.no_rise"))
    return float(optimize.brentq(lambda p1: study.gap(p0, p1), p0, top, xtol=1e-14)) - p0


def sample_size(
    effect: float,
    *,
    design: Plan = "two_arms",
    ratio: float = 1.0,
    sd: float = 1.0,
    share: float | None = None,
    power: float = 0.80,
    level: float = 0.95,
    icc: float = 0.0,
    cluster_size: float = 1,
    baseline_correlation: float = 0.0,
    attrition: float = 0.0,
) -> SampleSize:
    """Return how many people to recruit to find an effect of this size: `minimum_detectable_effect` inverted.

    Parameters
    ----------
    effect : float
        In the outcome's unit; for a share, its rise. Its sign is without effect, but for a share.
    ratio : float
        People compared for each beneficiary.
    design, sd, share, power, level, icc, cluster_size, baseline_correlation, attrition
        As in `minimum_detectable_effect`.

    Returns
    -------
    SampleSize

    Raises
    ------
    ValueError
        When a number is outside its range, or does not go with the design.
    EstimationError
        When no number of people is enough.

    Examples
    --------
    >>> import impactkit as ik
    >>> ik.sample_size(0.5)
    <SampleSize: 64 treated, 64 compared>
    """
    if not (math.isfinite(effect) and effect != 0):
        raise ValueError("effect must be a number other than 0")
    if not ratio > 0:
        raise ValueError("ratio must be positive")
    study = _study(design, 1, None, power, level, icc, cluster_size, baseline_correlation, attrition)
    _check_outcome(study, sd, share)
    if share is not None and not 0 < share + effect < 1:
        raise ValueError("share + effect must lie between 0 and 1")
    alone = design == "before_after"

    def excess(n: float) -> float:
        planned = replace(study, n_treated=n, n_comparison=0.0 if alone else ratio * n)
        if share is not None:
            return planned.gap(share, share + effect)
        return planned.excess(abs(effect) / sd)

    exact = _smallest(excess, study, 1.0 if alone else 1 + ratio)
    return SampleSize(
        n_treated=_rounded(exact, study),
        n_comparison=0 if alone else _rounded(ratio * exact, study),
        exact=exact,
    )


def _smallest(excess: Callable[[float], float], study: _Study, total: float) -> float:
    """Return the smallest number of beneficiaries that is enough, from one degree of freedom upward."""
    unit = study.cluster_size if study.clustered else 1 / (1 - study.attrition)
    low = (1 + {"before_after": 1, "ancova": 3}.get(study.design, 2)) * unit / total
    high = 2 * low
    while excess(high) < 0:
        high *= 2
        if high > _MOST_PEOPLE:
            raise EstimationError(Message("power.error.never_enough"))
    return low if excess(low) >= 0 else float(optimize.brentq(excess, low, high, xtol=1e-10, rtol=1e-14))


def _rounded(n: float, study: _Study) -> int:
    """Round up, to whole clusters; a number that is whole but for rounding stays."""
    unit = study.cluster_size if study.clustered else 1
    return math.ceil(math.ceil(n / unit - 1e-9) * unit)


def _study(
    design: Plan,
    n_treated: float,
    n_comparison: float | None,
    power: float,
    level: float,
    icc: float,
    cluster_size: float,
    baseline_correlation: float,
    attrition: float,
) -> _Study:
    if design not in get_args(Plan):
        raise ValueError(f"unknown design {design!r}: expected one of {', '.join(get_args(Plan))}")
    ranges = (
        ("n_treated", 0 < n_treated < math.inf, "positive"),
        ("n_comparison", n_comparison is None or 0 < n_comparison < math.inf, "positive"),
        ("level", 0 < level < 1, "between 0 and 1"),
        ("power", 1 - level < power < 1, "between 1 - level and 1"),
        ("icc", 0 <= icc <= 1, "between 0 and 1"),
        ("cluster_size", 1 <= cluster_size < math.inf, "at least 1"),
        ("baseline_correlation", -1 < baseline_correlation < 1, "between -1 and 1"),
        ("attrition", 0 <= attrition < 1, "at least 0 and below 1"),
    )
    for name, fits, words in ranges:
        if not fits:
            raise ValueError(f"{name} must be {words}")
    if design == "before_after" and (n_comparison is not None or cluster_size > 1):
        raise ValueError("a before/after has no n_comparison, and no clusters here")
    if cluster_size == 1 and icc > 0:
        raise ValueError("icc goes with cluster_size, the people recruited per cluster")
    if baseline_correlation != 0 and design in ("two_arms", "clusters"):
        raise ValueError("baseline_correlation goes with 'ancova', 'did' or 'before_after'")
    compared = 0.0 if design == "before_after" else n_treated if n_comparison is None else n_comparison
    return _Study(
        design=design,
        n_treated=n_treated,
        n_comparison=compared,
        power=power,
        level=level,
        icc=icc,
        cluster_size=cluster_size,
        baseline_correlation=baseline_correlation,
        attrition=attrition,
    )


def _check_outcome(study: _Study, sd: float, share: float | None) -> None:
    if not 0 < sd < math.inf:
        raise ValueError("sd must be positive")
    if share is None:
        return
    if not 0 < share < 1:
        raise ValueError("share must lie between 0 and 1")
    if sd != 1.0 or study.design not in ("two_arms", "clusters"):
        raise ValueError("share goes with 'two_arms' or 'clusters', and without sd")
