"""The ratio of two means, for counts of events: numbers in, results out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import student_isf, student_sf
from impactkit.estimators.sizes.standardised import Group, Size
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio, its interval, and the test that it is 1."""

    size: Size
    p_value: float


def ratio_of_means(one: Group, other: Group, level: float = 0.95) -> Ratio:
    """Return ``m1 / m0``; the variance of its logarithm is ``Σ s²/(n m²)``, Poisson or not.

    Parameters
    ----------
    one, other : Group
        Of independent people.
    level : float

    Raises
    ------
    EstimationError
        When a group has no event: no ratio then.

    Examples
    --------
    >>> found = ratio_of_means(Group(mean=3.0, sd=2.0, n=50), Group(mean=2.0, sd=1.5, n=50))
    >>> found.size.value
    1.5
    """
    if not (one.mean > 0 and other.mean > 0):
        raise EstimationError(Message("groups.reason.infinite"))
    v1, v0 = (group.sd**2 / (group.n * group.mean**2) for group in (one, other))
    if v1 + v0 <= 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    df = (v1 + v0) ** 2 / (v1**2 / (one.n - 1) + v0**2 / (other.n - 1))
    margin = float(student_isf((1 - level) / 2, df)) * math.sqrt(v1 + v0)
    value = one.mean / other.mean
    return Ratio(
        size=Size(value=value, low=value * math.exp(-margin), high=value * math.exp(margin)),
        p_value=float(2 * student_sf(abs(math.log(value)) / math.sqrt(v1 + v0), df)),
    )
