"""An effect known only to lie between two bounds, and the interval that holds it: array functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from impactkit.estimators.inference.distributions import normal_cdf, normal_ppf
from impactkit.estimators.inference.linear import Codes, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Two bounds of an effect and their standard errors, all in the outcome's unit."""

    lower: float
    upper: float
    se_lower: float
    se_upper: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval that holds the effect, wherever it lies between the bounds.

        With ``Δ = upper - lower`` and s the larger standard error, ``[lower - C se_lower, upper + C
        se_upper]`` where C solves ``Φ(C + Δ/s) - Φ(-C) = level``: from 1.96 when the bounds meet down to
        1.645 when they are far apart, for 95 %.

        References
        ----------
        Imbens & Manski (2004), *Econometrica* 72(6), equation 7.
        """
        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1")
        largest = max(self.se_lower, self.se_upper)
        if largest == 0:
            return self.lower, self.upper
        width = (self.upper - self.lower) / largest
        ends = float(normal_ppf(level)), float(normal_ppf((1 + level) / 2))
        critical = optimize.brentq(
            lambda c: float(normal_cdf(c + width) - normal_cdf(-c)) - level, ends[0] - 1e-9, ends[1] + 1e-9
        )
        return self.lower - critical * self.se_lower, self.upper + critical * self.se_upper


def std_error(contributions: Floats, *, treated: np.ndarray, clusters: Codes | None) -> float:
    """Return the standard error of an estimate from what each person contributes to it.

    The root of the sum of squares, with ``n/(n - 1)`` in each group; of the sums by cluster with
    ``G/(G - 1)`` when there are clusters.

    Parameters
    ----------
    contributions : (n,) array
        Influence of each person divided by the number of people, so that they add up.
    treated : (n,) array of bool
    clusters : (n,) array of int or None
    """
    if clusters is not None:
        sums = np.bincount(clusters, weights=contributions)
        return float(np.sqrt(len(sums) / (len(sums) - 1) * (sums @ sums)))
    total = 0.0
    for group in (contributions[treated], contributions[~treated]):
        total += len(group) / (len(group) - 1) * float(group @ group)
    return float(np.sqrt(total))
