"""Two-stage least squares with one instrument, and Anderson and Rubin's test: arrays in, results out.

With Z the offer, D the participation and X the covariates, ``β̂ = ρ̂ / π̂``: the coefficient of Z in the
regression of the outcome on ``1, Z, X`` over that in the regression of D. Anderson and Rubin test a value β
by the coefficient of Z in the regression of ``Y - β D``, which is ``ρ̂ - β π̂``: its error does not depend on
how strong the offer is. As scores are linear in the outcome, so that ``V(β) = V_ρ - 2 β V_ρπ + β² V_π``, the
values not refused solve a quadratic inequality: an interval, its outside, or everything.

References
----------
Anderson & Rubin (1949), *Ann. Math. Stat.* 20(1). Imbens & Angrist (1994), *Econometrica* 62(2). Montiel
Olea & Pflueger (2013), *JBES* 31(3): with one instrument their effective F is the robust one. Pustejovsky &
Tipton (2018), *JBES* 36(4), for CR2 after two stages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import student_isf, student_sf
from impactkit.estimators.inference.linear import (
    Codes,
    Contrast,
    Fit,
    Floats,
    FormulaErrors,
    contrast,
    fit,
)
from impactkit.text import Message

Shape = Literal["interval", "outside", "everything"]

# A first stage smaller than this share of the participation's spread is rounding.
_NOTHING = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class AndersonRubin:
    """The test of any value of the effect: `Inversion`.

    Attributes
    ----------
    outcome, takeup : float
        ρ̂ and π̂.
    v_outcome, v_takeup, v_both : float
        Their variances and covariance.
    df : float
        Of Student's law.
    """

    outcome: float
    takeup: float
    v_outcome: float
    v_takeup: float
    v_both: float
    df: float

    @property
    def value(self) -> float:
        """The effect, which is not refused at any level."""
        return self.outcome / self.takeup

    def p_value(self, null: float = 0.0) -> float:
        """Return the two-sided p-value of this value of the effect."""
        spread = self.v_outcome - 2 * null * self.v_both + null**2 * self.v_takeup
        gap = abs(self.outcome - null * self.takeup)
        if spread <= 0:
            return 1.0 if gap == 0 else 0.0
        return float(2 * student_sf(gap / spread**0.5, self.df))

    def bounds(self, level: float = 0.95) -> bool:
        """Tell whether the values not refused are an interval."""
        return self.shape(level) == "interval"

    def shape(self, level: float = 0.95) -> Shape:
        """Tell what the values not refused are: an interval, what is outside one, or everything."""
        a, b, c = self._quadratic(level)
        if a > 0:
            return "interval"
        return "outside" if b**2 - a * c > 0 else "everything"

    def ends(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two values where the test just refuses, infinite when there are none."""
        a, b, c = self._quadratic(level)
        inner = b**2 - a * c
        if a == 0 or inner <= 0:
            return (-math.inf, math.inf)
        root = inner**0.5
        first, second = sorted(((b - root) / a, (b + root) / a))
        return (first, second)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the smallest interval that holds every value not refused: unbounded unless an interval."""
        return self.ends(level) if self.shape(level) == "interval" else (-math.inf, math.inf)

    def _quadratic(self, level: float) -> tuple[float, float, float]:
        """Return a, b, c of ``a β² - 2 b β + c ≤ 0``, which is not refusing β."""
        limit = float(student_isf((1 - level) / 2, self.df)) ** 2
        return (
            self.takeup**2 - limit * self.v_takeup,
            self.takeup * self.outcome - limit * self.v_both,
            self.outcome**2 - limit * self.v_outcome,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrumented:
    """What an offer shows.

    Attributes
    ----------
    effect : Contrast
        Of participation, on those whom the offer makes take part.
    first_stage, offer : Contrast
        Effect of the offer on participation, and on the outcome.
    anderson_rubin : AndersonRubin
    """

    effect: Contrast
    first_stage: Contrast
    offer: Contrast
    anderson_rubin: AndersonRubin

    @property
    def f_statistic(self) -> float:
        """The first stage's squared statistic; infinite when participation follows the offer exactly."""
        if self.first_stage.std_error <= _NOTHING * abs(self.first_stage.value):
            return math.inf
        return (self.first_stage.value / self.first_stage.std_error) ** 2


def instrumented(
    *,
    y: Floats,
    takeup: Floats,
    offer: Floats,
    X: Floats,
    errors: FormulaErrors,
    weights: Floats | None = None,
    clusters: Codes | None = None,
) -> Instrumented:
    """Estimate the effect of participation with the offer as instrument.

    Parameters
    ----------
    y, takeup, offer : (n,) arrays
    X : (n, k) array
        Covariates, without a constant.
    errors : str
        As in `linear.contrast`; residuals are those of the participation itself, leverages those of the
        participation predicted.

    Raises
    ------
    EstimationError
        When the offer does not vary, or does not change participation at all.
    """
    one = np.ones(len(y))
    first = np.column_stack([one, offer, X])
    fitted = fit(X=first, y=takeup, weights=weights)
    spread = float(np.std(takeup)) / max(float(np.std(offer)), 1e-300)
    if abs(fitted.coef[1]) <= _NOTHING * spread or spread == 0:
        raise EstimationError(Message("encouragement.error.offer_changes_nothing"))
    predicted = np.column_stack([one, first @ fitted.coef, X])
    second = fit(X=predicted, y=y, weights=weights)
    root = 1.0 if weights is None else np.sqrt(weights / weights.mean())
    gap = y - np.column_stack([one, takeup, X]) @ second.coef
    second = replace(second, residuals=np.asarray(gap * root))

    def of(fitted: Fit) -> Contrast:
        c = np.zeros(len(fitted.coef))
        c[1] = 1.0
        return contrast(fitted, c, errors=errors, clusters=clusters)

    def on_offer(outcome: Floats) -> Contrast:
        return of(fit(X=first, y=outcome, weights=weights))

    rho, pi = on_offer(y), of(fitted)
    # Each in its own spread, so that the covariance keeps its digits when units are far apart.
    scales = (float(np.std(y)) or 1.0, float(np.std(takeup)))
    both = on_offer(y / scales[0] + takeup / scales[1]).std_error ** 2
    v_both = (both - (rho.std_error / scales[0]) ** 2 - (pi.std_error / scales[1]) ** 2) / 2
    return Instrumented(
        effect=of(second),
        first_stage=pi,
        offer=rho,
        anderson_rubin=AndersonRubin(
            outcome=rho.value,
            takeup=pi.value,
            v_outcome=rho.std_error**2,
            v_takeup=pi.std_error**2,
            v_both=v_both * scales[0] * scales[1],
            df=rho.df,
        ),
    )
