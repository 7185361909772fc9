"""Horowitz and Manski's bounds: those lost had the worst outcome possible, or the best. Array function."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.estimators.attrition.region import Region, std_error
from impactkit.estimators.inference.linear import Codes, Floats


def worst_case(
    *,
    y: Floats,
    treated: npt.NDArray[np.bool_],
    outcome_range: tuple[float, float],
    weights: Floats | None = None,
    clusters: Codes | None = None,
) -> Region:
    """Bound the difference of means with nothing supposed of the people lost.

    With p the share followed and m the mean among them in each group, outcomes lying in [a, b]:
    ``p1 m1 + (1 - p1) a - p0 m0 - (1 - p0) b`` and the same with a and b exchanged.

    Parameters
    ----------
    y : (n,) array
        NaN for those not followed.
    treated : (n,) array of bool
    outcome_range : (float, float)
        Smallest and largest value that the outcome can take.
    weights, clusters : (n,) arrays, optional

    References
    ----------
    Horowitz & Manski (2000), *JASA* 95(449).
    """
    w = np.ones_like(y) if weights is None else weights
    smallest, largest = outcome_range
    ends = []
    for of_treated, of_others in ((smallest, largest), (largest, smallest)):
        filled = np.where(np.isnan(y), np.where(treated, of_treated, of_others), y)
        value, contributions = 0.0, np.zeros_like(y)
        for group, sign in ((treated, 1.0), (~treated, -1.0)):
            mean = float(np.average(filled[group], weights=w[group]))
            value += sign * mean
            contributions[group] = sign * w[group] * (filled[group] - mean) / w[group].sum()
        ends.append((value, std_error(contributions, treated=treated, clusters=clusters)))
    (lower, se_lower), (upper, se_upper) = ends
    return Region(lower=lower, upper=upper, se_lower=se_lower, se_upper=se_upper)
