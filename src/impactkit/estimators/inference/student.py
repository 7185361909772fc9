"""Quantiles of Student's law for thousands of degrees of freedom at once."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Chebyshev

from impactkit.estimators.inference.distributions import student_isf
from impactkit.estimators.inference.linear import Floats

# At one probability the quantile is a smooth function of 1/df: a polynomial of this degree has its digits.
_DEGREE = 24
# But near df = 1, where it explodes with the level.
_SMOOTH_FROM = 2.0


def upper_quantiles(tail: float, df: Floats) -> Floats:
    """Return what Student's law exceeds with probability ``tail``, for each number of degrees of freedom.

    Beyond a few dozen numbers, by Chebyshev interpolation in ``1 / df``: one polynomial for all in the place
    of an inversion for each, equal to it to a relative 1e-11 for tails of 1e-6 to 0.4.

    Parameters
    ----------
    tail : float
        Between 0 and 1/2.
    df : (n,) array
        Positive, infinite for the normal law; NaN gives NaN.

    Examples
    --------
    >>> upper_quantiles(0.025, np.array([10.0, np.inf])).round(4).tolist()
    [2.2281, 1.96]
    """
    smooth = df >= _SMOOTH_FROM
    if np.count_nonzero(smooth) <= 2 * _DEGREE:
        return student_isf(tail, df)
    found = np.empty(df.shape)
    found[~smooth] = student_isf(tail, df[~smooth])
    inverse = 1 / df[smooth]
    low, high = float(inverse.min()), float(inverse.max())
    if low == high:
        found[smooth] = student_isf(tail, 1 / low if low > 0 else np.inf)
        return found
    # The nodes lie strictly between the ends: none is 1/inf.
    curve = Chebyshev.interpolate(lambda x: np.ravel(student_isf(tail, 1 / x)), _DEGREE, domain=[low, high])
    found[smooth] = curve(inverse)
    return found
