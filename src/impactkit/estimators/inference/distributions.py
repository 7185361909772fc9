"""Probabilities and quantiles of the laws that estimates and tests refer to: arrays in, arrays out.

Each gives the number of the law of that name in ``scipy.stats``, to the last digit, from the function of
``scipy.special`` that it rests on: without the general machinery of laws, whose import costs each process a
quarter of a second and each call a tenth of a millisecond. As there, ``sf`` is the chance of more than a
value, ``cdf`` of as much or less, ``isf`` what is exceeded with a probability and ``ppf`` what is not.

Arguments are broadcast together. Probabilities lie between 0 and 1; degrees of freedom that are not positive
give NaN, and so does NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import (
    betainc,
    betainccinv,
    betaincinv,
    chdtrc,
    fdtrc,
    gammaincinv,
    log_ndtr,
    ndtr,
    ndtri,
    stdtr,
    stdtrit,
)

from impactkit.estimators.inference.linear import Floats

Numbers = float | Floats | npt.NDArray[np.intp]


def normal_sf(z: Numbers) -> Floats:
    """Return the chance that the standard normal law exceeds ``z``.

    Examples
    --------
    >>> float(normal_sf(1.96).round(4))
    0.025
    """
    return np.asarray(ndtr(np.negative(z)))


def normal_cdf(z: Numbers) -> Floats:
    """Return the chance that the standard normal law stays at ``z`` or below."""
    return np.asarray(ndtr(z))


def normal_isf(p: Numbers) -> Floats:
    """Return what the standard normal law exceeds with probability ``p``."""
    return np.asarray(0.0 - ndtri(p))  # the median is 0, not -0


def normal_ppf(p: Numbers) -> Floats:
    """Return what the standard normal law does not exceed with probability ``p``."""
    return np.asarray(ndtri(p))


def normal_pdf(z: Numbers) -> Floats:
    """Return the density of the standard normal law."""
    return np.asarray(np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi))


def normal_logpdf(z: Numbers) -> Floats:
    """Return the logarithm of the density of the standard normal law."""
    return np.asarray(-np.square(z) / 2 - np.log(np.sqrt(2 * np.pi)))


def normal_logsf(z: Numbers) -> Floats:
    """Return the logarithm of the chance that the standard normal law exceeds ``z``."""
    return np.asarray(log_ndtr(np.negative(z)))


def student_sf(t: Numbers, df: Numbers) -> Floats:
    """Return the chance that Student's law exceeds ``t``; infinite ``df`` is the normal law.

    Examples
    --------
    >>> student_sf(2.0, np.array([5.0, np.inf])).round(4).tolist()
    [0.051, 0.0228]
    """
    return np.asarray(stdtr(df, np.negative(t)))


def student_isf(p: Numbers, df: Numbers) -> Floats:
    """Return what Student's law exceeds with probability ``p``; infinite ``df`` is the normal law."""
    return 0.0 - student_ppf(p, df)  # the median is 0, not -0


def student_ppf(p: Numbers, df: Numbers) -> Floats:
    """Return what Student's law does not exceed with probability ``p``; infinite ``df`` is the normal law."""
    found = stdtrit(df, p)
    # By the version of scipy, `stdtrit` does not know the ends, or takes one for the other.
    end = np.equal(p, 0) | np.equal(p, 1)
    return np.where(end & np.greater(df, 0), np.where(np.equal(p, 0), -np.inf, np.inf), found)


def chi2_sf(x: Numbers, df: Numbers) -> Floats:
    """Return the chance that the chi-squared law exceeds ``x``."""
    return np.where(np.greater(df, 0), chdtrc(df, np.maximum(x, 0)), np.nan)


def chi2_ppf(p: Numbers, df: Numbers) -> Floats:
    """Return what the chi-squared law does not exceed with probability ``p``."""
    return np.where(np.greater(df, 0), 2 * gammaincinv(np.divide(df, 2), p), np.nan)


def f_sf(x: Numbers, df1: Numbers, df2: Numbers) -> Floats:
    """Return the chance that Fisher's F law exceeds ``x``; NaN when a number of degrees is infinite."""
    return np.asarray(fdtrc(df1, df2, np.maximum(x, 0)), dtype=float)


def beta_isf(p: Numbers, a: Numbers, b: Numbers) -> Floats:
    """Return what the beta law exceeds with probability ``p``."""
    return np.asarray(betainccinv(a, b, p), dtype=float)


def beta_ppf(p: Numbers, a: Numbers, b: Numbers) -> Floats:
    """Return what the beta law does not exceed with probability ``p``."""
    return np.asarray(betaincinv(a, b, p), dtype=float)


def binomial_sf(k: Numbers, n: Numbers, p: Numbers) -> Floats:
    """Return the chance of more than ``k`` among ``n``, ``k < n`` whole, each with probability ``p``."""
    return np.where(np.less(k, 0), 1.0, betainc(np.maximum(np.add(k, 1), 1), np.subtract(n, k), p))


def even_cdf(k: Numbers, n: Numbers) -> Floats:
    """Return the chance of ``k`` or fewer among ``n``, whole numbers, when each is as likely as not.

    Examples
    --------
    >>> even_cdf(np.arange(3), 2).tolist()
    [0.25, 0.75, 1.0]
    """
    more, fewer = np.add(k, 1), np.subtract(n, k)
    # From the side that has least.
    between = np.where(more < fewer, betainc(fewer, more, 0.5), 1 - betainc(more, fewer, 0.5))
    return np.where(more <= 0, 0.0, np.where(fewer <= 0, 1.0, between))
