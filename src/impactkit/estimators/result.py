"""What every estimator returns: an effect that keeps what any interval needs, and how it was reached."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from scipy import stats

from impactkit.cohort.cohort import FlowStep
from impactkit.design.design import Design
from impactkit.disclosure.discreet import DiscreetFrame, discreet
from impactkit.estimators.displayed import may_be_displayed, not_displayed_html, told_effects
from impactkit.estimators.inference.influence import band_critical, normal_draws
from impactkit.estimators.inference.student import upper_quantile, upper_tail
from impactkit.html import NOTHING, table_html
from impactkit.text import Message
from impactkit.text.numbers import decimals_for

_BAND_DRAWS = 20_000

MethodName = Literal[
    "before_after",
    "compare_groups",
    "did",
    "interrupted_series",
    "synthetic_control",
    "synthetic_did",
    "event_study",
    "discontinuity",
    "encouragement",
    "time_to_event",
    "doubly_robust",
]
# What they follow is territories, not people: numbers of units are small by nature and no secret.
_OF_TERRITORIES = ("interrupted_series", "synthetic_control", "synthetic_did")


@dataclass(frozen=True, slots=True)
class Normal:
    """Refer the statistic to the standard normal law."""


@dataclass(frozen=True, slots=True)
class StudentT:
    """Refer the statistic to Student's law with ``df`` degrees of freedom."""

    df: float


class Inversion(Protocol):
    """A test at any value of the effect, and the values that it does not refuse."""

    @property
    def value(self) -> float:
        """The estimate, which is not refused at any level."""

    def p_value(self, null: float = 0.0) -> float:
        """Return the two-sided p-value of this value of the effect."""

    def bounds(self, level: float = 0.95) -> bool:
        """Tell whether values far enough on either side are refused: both ends are then finite."""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the values with a p-value above ``1 - level``; ends may be infinite."""


@dataclass(frozen=True, slots=True)
class Exact:
    """Refer the effect to what it could have been: a law drawn or counted, no formula.

    Attributes
    ----------
    test : Inversion
        Gives the p-value and the interval; 0 is in the interval exactly when it is not refused.
    df : float
        Degrees of freedom of the standard error, which then only tells how precise the effect is.
    """

    test: Inversion
    df: float


@dataclass(frozen=True, slots=True)
class MostCautious:
    """Refer the effect to several laws at once and keep the most cautious: no law is right everywhere.

    The p-value is the largest, the interval runs from the lowest end to the highest. As the interval of each
    law holds 0 exactly when it does not refuse 0, so does theirs together.

    Attributes
    ----------
    df : float
        Degrees of freedom of Student's law, which the standard error goes with.
    tests : tuple of Inversion
        The other tests; each bounds the effect at 95 %.
    """

    df: float
    tests: tuple[Inversion, ...]


Reference = Normal | StudentT | Exact | MostCautious


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect and its uncertainty; intervals and p-values are derived, never stored.

    Attributes
    ----------
    term : str
        What is estimated, for example ``"ATT"``.
    value : float
        In the outcome's unit (0.05 is 5 points for a share).
    std_error : float
        Standard error of ``value``, in the same unit.
    reference : StudentT, Normal, Exact or MostCautious
        The law that the statistic ``value / std_error``, or the effect itself, is referred to.
    n_treated, n_comparison : int
        People it rests on.
    event_time : float or None
        Time since entry, for an effect along a path.
    entry, period : float or None
        The date of entry, or the period, that an effect along a path is about.
    """

    term: str
    value: float
    std_error: float
    reference: Reference
    n_treated: int
    n_comparison: int
    event_time: float | None = None
    entry: float | None = None
    period: float | None = None

    @property
    def df(self) -> float:
        """Degrees of freedom; infinite for the normal law."""
        return math.inf if isinstance(self.reference, Normal) else self.reference.df

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two-sided confidence interval of this level (0 < level < 1)."""
        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1")
        if isinstance(self.reference, Exact):
            return self.reference.test.interval(level)
        margin = upper_quantile((1 - level) / 2, self.df) * self.std_error
        ends = [(self.value - margin, self.value + margin)]
        if isinstance(self.reference, MostCautious):
            ends += [test.interval(level) for test in self.reference.tests]
        return (min(low for low, _ in ends), max(high for _, high in ends))

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect."""
        if isinstance(self.reference, Exact):
            return self.reference.test.p_value()
        p = 2 * upper_tail(abs(self.value) / self.std_error, self.df)
        if isinstance(self.reference, MostCautious):
            p = max([p, *(test.p_value() for test in self.reference.tests)])
        return p


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """A test that several effects are all zero: Wald's statistic W.

    Attributes
    ----------
    statistic : float
        W.
    df : int
        Effects that do not follow from the others, q.
    df_errors : float
        Degrees of freedom of their covariance, ν, at least q. Infinite: W is referred to the chi-squared law.
        Else ``W (ν - q + 1) / (ν q)`` is referred to Fisher's law with q and ``ν - q + 1`` degrees of freedom
        (Hotelling's T²).
    """

    statistic: float
    df: int
    df_errors: float = math.inf

    @property
    def p_value(self) -> float:
        """Probability of a larger statistic if all effects were zero."""
        if math.isinf(self.df_errors):
            return float(stats.chi2.sf(self.statistic, self.df))
        left = self.df_errors - self.df + 1
        return float(stats.f.sf(self.statistic * left / (self.df_errors * self.df), self.df, left))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMean:
    """The outcome's mean in a group at a time, among the people analysed.

    ``group`` is ``"treated"`` or ``"comparison"``; ``time`` is ``"before"`` or ``"after"``.
    """

    group: Literal["treated", "comparison"]
    time: Literal["before", "after"]
    mean: float
    sd: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """What another method says of the same effect; it never replaces the headline.

    Attributes
    ----------
    label : str
        Its name, for example ``"sign_flip"``.
    value, low, high : float or None
        An estimate and its 95 % interval; ``None`` when the method gives none. An end is infinite when the
        data cannot bound it.
    p_value : float or None
        ``None`` when the method is an interval only.
    """

    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None

    @classmethod
    def of(cls, label: str, effect: Effect) -> Companion:
        """Return what another estimate says, under this name."""
        low, high = effect.interval()
        return cls(label=label, value=effect.value, low=low, high=high, p_value=effect.p_value)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Transitions:
    """How many people went from each level before to each level after: full counts, never shown as such.

    Attributes
    ----------
    levels : tuple of float
    counts : tuple of tuple of int
        ``counts[i][j]`` people went from ``levels[i]`` to ``levels[j]``.
    """

    levels: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the full counts, before in rows, after in columns: to compute with, not to show."""
        index, columns = pd.Index(self.levels, name="before"), pd.Index(self.levels, name="after")
        return discreet(pd.DataFrame(self.counts, index=index, columns=columns))

    def __repr__(self) -> str:
        return f"<Transitions: {len(self.levels)} levels>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """An effect with the design it answers and how it was computed.

    Attributes
    ----------
    design : Design
    method : str
        Name of the estimator.
    effect : Effect
        The headline effect.
    path : tuple of Effect
        Effects by time, when there are several.
    means : tuple of GroupMean
        What the effect is the difference of.
    counts : tuple of FlowStep
        By arm, from the people in the design to those analysed; full counts, protected when shown.
    settings : mapping
        How errors and adjustment were chosen, in plain values.
    notes : tuple of Message
        What a reader must know about the computation.
    analysed : ndarray
        Identifiers of the people analysed, for checks that look again at their characteristics.
    cells : DataFrame or None
        Effects by date of entry and period (``entry, period, estimate, std_error``), when they are what the
        effect averages. A standard error is missing where a group has one person, and where the period is
        the one that others are compared with.
    vcov : (k, k) array or None
        Covariance of the effects of ``path``.
    draws : (B, k) array or None
        Bootstrap draws of the effects of ``path``, centred on 0.
    placebo : Effect or None
        The average effect before entry, where there can be none.
    pre_test : JointTest or None
        That all effects before entry are zero.
    companions : tuple of Companion
        What methods for few people or few clusters, and the other rule for missing outcomes, say of the same
        effect, when they have something to say.
    transitions : Transitions or None
        From each level before to each level after, for a change between a few levels.
    """

    design: Design
    method: MethodName
    effect: Effect
    path: tuple[Effect, ...] = ()
    means: tuple[GroupMean, ...] = ()
    counts: tuple[FlowStep, ...] = ()
    settings: Mapping[str, object]
    notes: tuple[Message, ...] = ()
    analysed: np.ndarray
    cells: pd.DataFrame | None = None
    vcov: np.ndarray | None = None
    draws: np.ndarray | None = None
    placebo: Effect | None = None
    pre_test: JointTest | None = None
    companions: tuple[Companion, ...] = ()
    transitions: Transitions | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    @property
    def follows_territories(self) -> bool:
        """Whether the units are territories, few by nature and no secret, and not people."""
        return self.method in _OF_TERRITORIES

    @property
    def better_up(self) -> bool:
        """Whether a positive effect is favourable: time after an event runs against the time before it."""
        return (self.design.direction == "increase") != (self.effect.term == "time_lost_difference")

    @property
    def is_unbounded(self) -> bool:
        """Whether an offer changed participation too little for the effect to have any bound."""
        return self.settings.get("ar_shape", "interval") != "interval"

    def band_critical(self, level: float = 0.95) -> float:
        """Return the critical value of the normal law that covers all effects of ``path`` together.

        The quantile of ``max |draw / std_error|`` over the bootstrap draws; without them, over 20 000 draws
        of the normal law with covariance ``vcov``, always the same. `tidy` reads it in the law of each
        effect: where that is Student's, the margin is the quantile of the same probability.

        Raises
        ------
        ValueError
            When there is no path with a covariance, or ``level`` is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1")
        if self.vcov is None or not self.path:
            raise ValueError("no path of effects: choose an aggregate other than 'simple'")
        draws = self.draws
        if draws is None:
            draws = normal_draws(self.vcov, _BAND_DRAWS, np.random.default_rng(0))
        return band_critical(draws, np.array([effect.std_error for effect in self.path]), level)

    def tidy(self, level: float = 0.95, *, simultaneous: bool = False) -> DiscreetFrame:
        """Return the effects as a frame, the headline first.

        Parameters
        ----------
        level : float
        simultaneous : bool
            Widen the intervals of ``path`` so that they hold together with this probability: each by the same
            probability of its own law (normal copula with correlations from ``vcov``, Student margins).

        Returns
        -------
        DataFrame
            Columns ``term, event_time, estimate, std_error, conf_low, conf_high, p_value, n_treated,
            n_comparison``. Full values to compute with; it shows of itself what may be shown.
        """
        critical = self.band_critical(level) if simultaneous else None
        rows = []
        for effect in (self.effect, *self.path):
            low, high = effect.interval(level)
            if critical is not None and effect is not self.effect:
                margin = float(stats.t.isf(stats.norm.sf(critical), effect.df)) * effect.std_error
                low, high = effect.value - margin, effect.value + margin
            rows.append(
                {
                    "term": effect.term,
                    "event_time": np.nan if effect.event_time is None else effect.event_time,
                    "estimate": effect.value,
                    "std_error": effect.std_error,
                    "conf_low": low,
                    "conf_high": high,
                    "p_value": effect.p_value,
                    "n_treated": effect.n_treated,
                    "n_comparison": effect.n_comparison,
                }
            )
        hidden = np.array([not self._shows(effect) for effect in (self.effect, *self.path)])
        return self._discreet(pd.DataFrame(rows), hidden)

    @property
    def alternatives(self) -> DiscreetFrame:
        """What other methods say of the same effect, with intervals of 95 %.

        Returns
        -------
        DataFrame
            Columns ``method, estimate, conf_low, conf_high, p_value``; missing where a method does not say.
        """
        rows = [(item.label, item.value, item.low, item.high, item.p_value) for item in self.companions]
        frame = pd.DataFrame(rows, columns=["method", "estimate", "conf_low", "conf_high", "p_value"])
        frame = frame.astype(dict.fromkeys(frame.columns[1:], float))
        return self._discreet(frame, not self.is_displayed)

    def _discreet(self, frame: pd.DataFrame, hidden: bool | np.ndarray) -> DiscreetFrame:
        """Return a table of effects that shows of itself what may be shown."""
        profile = self.design.cohort.profile
        of_people = None if self.follows_territories else profile
        tell = partial(told_effects, frame, hidden=hidden, profile=of_people)
        return discreet(frame, tell, profile=profile)

    @property
    def is_displayed(self) -> bool:
        """Whether the effect may be shown as it was computed; else `impactkit.assess` says what may be."""
        return self._shows(self.effect)

    def _shows(self, effect: Effect) -> bool:
        if self.follows_territories:
            return True
        sizes = [effect.n_treated, effect.n_comparison]
        return may_be_displayed(self.design, *sizes[: 1 if self.design.comparison == "none" else 2])

    def __repr__(self) -> str:
        if not self.is_displayed:
            return f"<Estimate {self.method} of {self.design.outcome!r}: assess() tells it>"
        decimals = decimals_for(self.effect.std_error)
        value, low, high = (f"{x:.{decimals}f}" for x in (self.effect.value, *self.effect.interval()))
        return f"<Estimate {self.method}: {value} [{low}, {high}]>"

    def _repr_html_(self) -> str:
        if not self.is_displayed:
            return not_displayed_html()
        shown = self.tidy().drop(columns=["n_treated", "n_comparison"]).shown()
        # A single effect has no time since entry.
        return table_html(shown.dropna(axis="columns", how="all"), missing=NOTHING)
