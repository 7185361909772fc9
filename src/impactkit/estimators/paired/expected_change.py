"""How much people change without any action when they enter because of their outcome: array functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from impactkit.estimators.inference.distributions import normal_logpdf, normal_logsf
from impactkit.estimators.inference.linear import Contrast, Floats, contrast, fit

Side = Literal["low", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMean:
    """A change told apart from the return to a known mean.

    Attributes
    ----------
    effect : Contrast
        The change beyond the return.
    expected : float
        The change that the return makes alone.
    reliability : float
        What a distance to the mean keeps from one measure to the next: the slope of the regression.
    """

    effect: Contrast
    expected: float
    reliability: float


def expected_regression(
    *, mean: float, sd: float, reliability: float, cutoff: float, side: Side, measures: int = 1
) -> float:
    """Return the mean change, without any action, of people chosen below (or above) a cutoff.

    In the population that they come from, the outcome is normal with mean ``μ`` and variance
    ``σ_b² + σ_w²``: what lasts of a person and what passes. People whose mean of m measures was beyond the
    cutoff c come back at the next one, on average, by

    ``(σ_w² / m) / sqrt(σ_b² + σ_w² / m) · C(z)``, ``C(z) = φ(z) / (1 - Φ(z))``,

    where z is the distance of the cutoff from ``μ``, in standard deviations of that mean. For one measure it
    is ``(1 - reliability) σ C(z)``.

    Parameters
    ----------
    mean, sd : float
        Of one measure in the population.
    reliability : float
        ``σ_b² / (σ_b² + σ_w²)``: the correlation of two measures with nothing in between, between 0 and 1.
    cutoff : float
        People enter beyond it.
    side : {"low", "high"}
    measures : int
        How many measures the mean that made people enter is of.

    Returns
    -------
    float
        In the outcome's unit: positive for people who enter low, negative for those who enter high.

    Raises
    ------
    ValueError
        When ``sd`` is not positive, ``reliability`` not between 0 and 1, ``measures`` below 1 or ``side``
        unknown.

    References
    ----------
    Gardner & Heady (1973), *J. Chronic Diseases* 26(12). Barnett, van der Pols & Dobson (2005), *Int. J.
    Epidemiology* 34(1), whose formula it is.

    Examples
    --------
    >>> from impactkit.estimators.paired.expected_change import expected_regression
    >>> round(expected_regression(mean=60, sd=15, reliability=0.5, cutoff=40, side="low"), 4)
    13.486
    """
    if side not in get_args(Side):
        raise ValueError(f"unknown side {side!r}: expected one of {', '.join(get_args(Side))}")
    if not sd > 0:
        raise ValueError("sd must be positive")
    if not 0 <= reliability <= 1:
        raise ValueError("reliability must lie between 0 and 1")
    if measures < 1:
        raise ValueError("measures must be 1 or more")
    sign = 1.0 if side == "low" else -1.0
    passing = (1 - reliability) * sd**2 / measures
    spread = math.sqrt(reliability * sd**2 + passing)
    z = sign * (mean - cutoff) / spread
    # The ratio through logarithms: far beyond the cutoff both terms vanish.
    return sign * passing / spread * math.exp(float(normal_logpdf(z) - normal_logsf(z)))


def regression_given_mean(*, before: Floats, after: Floats, mean: float) -> GivenMean:
    """Tell the change of people chosen by their outcome before from their return to a known mean.

    In ``after = a + b (before - μ) + e``, someone at the mean ``μ`` of the population has nowhere to return
    to: ``a - μ`` is the change beyond the return, tested with n - 2 degrees of freedom, and
    ``(1 - b)(μ - mean(before))`` the change that the return makes. However people were chosen by their
    outcome before, the regression on it holds; ``μ`` must be known from elsewhere, and the action must act
    alike on all.

    Parameters
    ----------
    before, after : (n,) arrays
    mean : float

    Raises
    ------
    EstimationError
        When there are fewer than three people, or all have the same outcome before.

    References
    ----------
    Mee & Chua (1991), *The American Statistician* 45(1). James (1973), *Biometrics* 29(1).
    """
    centred = before - mean
    fitted = fit(X=np.column_stack([np.ones_like(centred), centred]), y=after - mean)
    effect = contrast(fitted, np.array([1.0, 0.0]), errors="classic")
    slope = float(fitted.coef[1])
    return GivenMean(effect=effect, expected=-(1 - slope) * float(centred.mean()), reliability=slope)
