"""What every estimator returns: an effect that keeps what any interval needs, and how it was reached."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from impactkit.cohort.cohort import FlowStep
from impactkit.design.design import Design
from impactkit.html import table_html
from impactkit.text import Message

MethodName = Literal["before_after", "compare_groups", "did", "interrupted_series", "event_study"]


@dataclass(frozen=True, slots=True)
class Normal:
    """Refer the statistic to the standard normal law."""


@dataclass(frozen=True, slots=True)
class StudentT:
    """Refer the statistic to Student's law with ``df`` degrees of freedom."""

    df: float


Reference = Normal | StudentT


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
    reference : StudentT or Normal
        The law that the statistic ``value / std_error`` is referred to.
    n_treated, n_comparison : int
        People it rests on.
    event_time : float or None
        Time since entry, for an effect along a path.
    """

    term: str
    value: float
    std_error: float
    reference: Reference
    n_treated: int
    n_comparison: int
    event_time: float | None = None

    @property
    def df(self) -> float:
        """Degrees of freedom; infinite for the normal law."""
        return self.reference.df if isinstance(self.reference, StudentT) else math.inf

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two-sided confidence interval of this level (0 < level < 1)."""
        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1")
        margin = float(stats.t.isf((1 - level) / 2, self.df)) * self.std_error
        return (self.value - margin, self.value + margin)

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect."""
        return float(2 * stats.t.sf(abs(self.value) / self.std_error, self.df))


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
    path_covariance : ndarray or None
        Covariance of the values of ``path``, in its order.
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
    """

    design: Design
    method: MethodName
    effect: Effect
    path: tuple[Effect, ...] = ()
    path_covariance: np.ndarray | None = None
    means: tuple[GroupMean, ...] = ()
    counts: tuple[FlowStep, ...] = ()
    settings: Mapping[str, object]
    notes: tuple[Message, ...] = ()
    analysed: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Return the effects as a frame, the headline first.

        Returns
        -------
        DataFrame
            Columns ``term, event_time, estimate, std_error, conf_low, conf_high, p_value, n_treated,
            n_comparison``.
        """
        rows = []
        for effect in (self.effect, *self.path):
            low, high = effect.interval(level)
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
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        low, high = self.effect.interval()
        return f"<Estimate {self.method}: {self.effect.value:.6g} [{low:.6g}, {high:.6g}]>"

    def _repr_html_(self) -> str:
        shown = self.tidy().drop(columns=["n_treated", "n_comparison"])
        return table_html(shown)
