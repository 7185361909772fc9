"""Means, quantiles and other statistics: when they may be shown, and with how many digits.

A mean written in full gives away the number of people that it rests on: 0.2857142857 is a number of
sevenths. Every statistic is therefore shown in steps wide enough for each number of people near the true
one to give the same figure.
"""

from __future__ import annotations

from math import ceil, floor, isfinite, log10

import numpy as np
import numpy.typing as npt

from impactkit.disclosure.profile import Profile

Floats = npt.NDArray[np.float64]

_STEPS = (1.0, 2.0, 5.0, 10.0)


def is_dominated(values: Floats, profile: Profile) -> bool:
    """Tell whether a few people make so much of a total that its mean would tell their amounts.

    Parameters
    ----------
    values : (n,) array of float
        Amounts of the people of the group. The rule is of amounts: where one is negative there is no total
        to dominate, and it says nothing.

    References
    ----------
    Hundepool et al. (2012), *Statistical Disclosure Control*, ch. 4: (n, k) rule, a cell is unsafe when the
    ``n`` largest contributions exceed ``k`` of its total.
    """
    total = float(values.sum())
    if total <= 0 or (values < 0).any():
        return False
    largest = np.sort(values)[::-1]
    return any(float(largest[:n].sum()) > share * total for n, share in profile.dominance)


def quantile_is_safe(q: float, n: int, profile: Profile) -> bool:
    """Tell whether a quantile of ``n`` people leaves enough of them on either side; extremes never do.

    Examples
    --------
    >>> from impactkit.disclosure import PROFILES
    >>> [quantile_is_safe(q, 43, PROFILES["diffusion"]) for q in (0, 0.25, 0.5)]
    [False, False, True]
    """
    return not profile.quantiles or round(n * min(q, 1 - q), 9) >= profile.minimum


def nice_step(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least ``least``."""
    power = 10.0 ** floor(log10(least) + 1e-9)
    return next(size * power for size in _STEPS if size * power >= least * (1 - 1e-9))


def digits_step(value: float, digits: int = 3) -> float:
    """Return the step of a value written with so many significant digits."""
    return 10.0 ** (floor(log10(abs(value))) + 1 - digits) if value else 10.0**-digits


def mean_step(n: int, *, grain: float, profile: Profile) -> float:
    """Return the step in which a mean is shown where the number of people is not shown beside it.

    With ``N`` people and values that are multiples of ``grain``, possible means are ``grain / N`` apart: a
    step at least as wide has a mean of each ``N`` in it. It is, for every ``N`` from ``n - minimum + 1``:
    so nobody can tell ``n`` people from ``n`` less a small group.

    Parameters
    ----------
    n : int
        People that a reader may take the mean to be of.
    grain : float
        What all values are multiples of: 1 for a yes/no variable or whole numbers.

    Examples
    --------
    >>> from impactkit.disclosure import PROFILES
    >>> [mean_step(n, grain=1, profile=PROFILES["pilotactions"]) for n in (30, 60, 110)]
    [0.05, 0.02, 0.01]
    """
    return nice_step(grain / max(n - profile.minimum + 1, 1))


def grain_of(values: Floats) -> float:
    """Return the largest of 1, 0.1 … 0.000001 that all values are multiples of, else the last."""
    known = values[np.isfinite(values)]
    for decimals in range(7):
        if np.allclose(known, known.round(decimals), rtol=0, atol=1e-9):
            break
    return 10.0**-decimals


def to_step(value: float, step: float) -> float:
    """Return the multiple of a step nearest to a value, without the noise of binary digits."""
    if not isfinite(value):
        return value
    decimals = max(0, ceil(-log10(step) - 1e-9))
    return round(round(value / step) * step, decimals) + 0.0


def significant(value: float, digits: int) -> float:
    """Return a value with so many significant digits."""
    return float(f"{value:.{digits}g}")
