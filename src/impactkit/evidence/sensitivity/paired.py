"""Rosenbaum's bounds: pairs in which one person was up to Γ times as likely to be the beneficiary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import optimize

from impactkit.estimators.inference.distributions import beta_ppf, binomial_sf, normal_sf
from impactkit.estimators.inference.exact import pair_mean, ranks_of_size, sum_law
from impactkit.estimators.inference.linear import Floats

Zeros = Literal["drop", "rank"]
Law = Literal["normal", "exact"]

# No p-value at any level is reached beyond: a factor so strong decides alone who benefits.
_LARGEST_GAMMA = 1e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RosenbaumBounds:
    """What a signed-rank test could say if people of a pair were not as likely to be the beneficiary.

    All arrays have the shape of ``gamma``.

    Attributes
    ----------
    gamma : array
        How many times as likely one may have been as the other, Γ ≥ 1.
    p_low, p_high : array
        Least and largest one-sided p-value that differences are positive by chance.
    estimate_low, estimate_high : array
        Least and largest Hodges-Lehmann estimate of the effect.
    """

    gamma: npt.NDArray[np.float64]
    p_low: npt.NDArray[np.float64]
    p_high: npt.NDArray[np.float64]
    estimate_low: npt.NDArray[np.float64]
    estimate_high: npt.NDArray[np.float64]


def rosenbaum_bounds(
    differences: npt.ArrayLike, gamma: npt.ArrayLike, *, zeros: Zeros = "drop", law: Law = "normal"
) -> RosenbaumBounds:
    """Bound the signed-rank test and the Hodges-Lehmann estimate when a factor not observed chose in pairs.

    In a pair, one person may have been up to Γ times as likely as the other to be the beneficiary: the
    difference is positive with a probability between ``1/(1 + Γ)`` and ``p = Γ/(1 + Γ)``. With r the ranks of
    ``|d|`` (equal ones share their mean rank) and T the sum of those of positive differences, the largest
    p-value is that of a sum of ranks each taken with probability p::

        p_high = 1 - Φ((T - p Σ r) / sqrt(p (1 - p) Σ r²))        (no continuity correction)

    or, with ``law="exact"``, ``P(sum ≥ T)`` counted over all sums, given the ranks. The least p-value has
    ``1 - p`` in its place. The estimate ranges over the τ for which ``T(d - τ)`` is what Γ expects: the
    quantiles ``1 - p`` and ``p`` of the means of all pairs of differences ``(d_i + d_j)/2``, i ≤ j.

    Parameters
    ----------
    differences : (n,) array
        Beneficiary less the person paired with her. Change the sign when less is better.
    gamma : float or array
        Each at least 1.
    zeros : {"drop", "rank"}
        Whether differences of zero leave before ranking (Wilcoxon) or after (Pratt): the others then keep
        their higher ranks. They are neither positive nor negative; estimates keep them.
    law : {"normal", "exact"}

    Returns
    -------
    RosenbaumBounds
        Arrays of the shape of ``gamma``.

    Raises
    ------
    ValueError
        When a difference is not a number, none differs from zero, or a gamma is below 1.

    References
    ----------
    Rosenbaum (2002), *Observational Studies*, 2nd ed., sections 4.3.3 and 4.3.4. Rosenbaum (1993), *JASA*
    88(424), for the estimate.

    Examples
    --------
    >>> found = rosenbaum_bounds([4, 5, -1, 6, 3, 2, 7, 5.5], [1, 2])
    >>> found.p_high.round(3).tolist()
    [0.009, 0.051]
    """
    d = np.asarray(differences, dtype=float).ravel()
    asked = np.asarray(gamma, dtype=float)
    if zeros not in get_args(Zeros) or law not in get_args(Law):
        raise ValueError("zeros is 'drop' or 'rank', law is 'normal' or 'exact'")
    if not np.isfinite(d).all() or not (d != 0).any():
        raise ValueError("differences must be numbers, not all zero")
    if not (asked >= 1).all() or not np.isfinite(asked).all():
        raise ValueError("gamma must be 1 or more")
    ranks, positive = _ranked(d, zeros)
    flat = asked.ravel()
    p = flat / (1 + flat)
    ordered = np.sort(d)
    bounds = (
        [_p_value(ranks, positive, share, law) for share in 1 - p],
        [_p_value(ranks, positive, share, law) for share in p],
        [_pair_quantile(ordered, share) for share in 1 - p],
        [_pair_quantile(ordered, share) for share in p],
    )
    low, high, least, largest = (np.array(values, dtype=float).reshape(asked.shape) for values in bounds)
    return RosenbaumBounds(gamma=asked, p_low=low, p_high=high, estimate_low=least, estimate_high=largest)


def rosenbaum_bounds_binary(favourable: int, unfavourable: int, gamma: npt.ArrayLike) -> RosenbaumBounds:
    """Bound McNemar's exact test of pairs that differ in a yes/no outcome.

    Of the D pairs that differ, ``favourable`` have the outcome in the beneficiary: with probability p at most
    ``Γ/(1 + Γ)`` and at least ``1/(1 + Γ)`` each, ``p_high = P(Binomial(D, p) ≥ favourable)``. (R's rbounds
    computes ``P(> favourable)``.)

    Parameters
    ----------
    favourable, unfavourable : int
        Pairs whose beneficiary alone, or whose other person alone, has the outcome.
    gamma : float or array

    Returns
    -------
    RosenbaumBounds
        Its estimates bound the share of pairs that differ for which the beneficiary would have had the
        outcome alone, less one half: where it is positive whatever the factor did, the effect is.

    Raises
    ------
    ValueError
        When a count is negative, both are 0, or a gamma is below 1.

    References
    ----------
    Rosenbaum (2002), *Observational Studies*, 2nd ed., section 4.3.2.

    Examples
    --------
    >>> found = rosenbaum_bounds_binary(110, 12, [1, 5])
    >>> found.p_high.round(4).tolist()
    [0.0, 0.0232]
    """
    if favourable < 0 or unfavourable < 0 or favourable + unfavourable == 0:
        raise ValueError("counts of pairs that differ must not be negative, nor both 0")
    asked = np.asarray(gamma, dtype=float)
    if not (asked >= 1).all() or not np.isfinite(asked).all():
        raise ValueError("gamma must be 1 or more")
    pairs, p = favourable + unfavourable, asked / (1 + asked)
    share = favourable / pairs
    return RosenbaumBounds(
        gamma=asked,
        p_low=binomial_sf(favourable - 1, pairs, 1 - p),
        p_high=binomial_sf(favourable - 1, pairs, p),
        estimate_low=np.asarray(share - p),
        estimate_high=np.asarray(share - (1 - p)),
    )


def gamma_star(
    differences: npt.ArrayLike, *, level: float = 0.05, zeros: Zeros = "drop", law: Law = "normal"
) -> float:
    """Return the largest Γ at which the test still says that differences are positive, at this level.

    Parameters
    ----------
    differences : (n,) array
    level : float
        One-sided.
    zeros, law : str
        As `rosenbaum_bounds`.

    Returns
    -------
    float
        1 when the test does not say it even with nothing unobserved.

    Raises
    ------
    ValueError
        As `rosenbaum_bounds`, or when ``level`` is not between 0 and 1.

    Examples
    --------
    >>> round(gamma_star([4, 5, -1, 6, 3, 2, 7, 5.5]), 2)
    1.98
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    d = np.asarray(differences, dtype=float).ravel()
    start = float(rosenbaum_bounds(d, 1.0, zeros=zeros, law=law).p_high)
    if start > level:
        return 1.0
    ranks, positive = _ranked(d, zeros)

    def excess(log_gamma: float) -> float:
        return _p_value(ranks, positive, 1 / (1 + math.exp(-log_gamma)), law) - level

    return math.exp(float(optimize.brentq(excess, 0.0, math.log(_LARGEST_GAMMA), xtol=1e-12)))


def gamma_star_binary(favourable: int, unfavourable: int, *, level: float = 0.05) -> float:
    """Return the largest Γ at which McNemar's exact test still says that the outcome is more frequent.

    With D pairs that differ, ``P(Binomial(D, p) ≥ favourable) = level`` at the quantile ``level`` of the law
    ``Beta(favourable, D - favourable + 1)``, and ``Γ = p / (1 - p)``.

    Parameters
    ----------
    favourable, unfavourable : int
        As `rosenbaum_bounds_binary`.
    level : float
        One-sided.

    Returns
    -------
    float
        1 when the test does not say it even with nothing unobserved.

    Raises
    ------
    ValueError
        As `rosenbaum_bounds_binary`, or when ``level`` is not between 0 and 1.

    Examples
    --------
    >>> round(gamma_star_binary(110, 12), 2)
    5.47
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    if float(rosenbaum_bounds_binary(favourable, unfavourable, 1.0).p_high) > level:
        return 1.0
    p = float(beta_ppf(level, favourable, unfavourable + 1))
    return p / (1 - p)


def _ranked(d: Floats, zeros: Zeros) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the ranks of the differences that are not zero, and which are positive."""
    moved = d != 0
    ranks = ranks_of_size(d[moved]) if zeros == "drop" else ranks_of_size(d)[moved]
    return ranks, np.asarray(d[moved] > 0)


def _p_value(ranks: Floats, positive: npt.NDArray[np.bool_], p: float, law: Law) -> float:
    total = float(ranks[positive].sum())
    if law == "normal":
        spread = math.sqrt(p * (1 - p) * float(ranks @ ranks))
        return float(normal_sf((total - p * float(ranks.sum())) / spread))
    # Mean ranks are halves at worst: twice them are integers.
    chances = sum_law(np.rint(2 * ranks).astype(np.intp), p)
    return min(1.0, float(chances[round(2 * total) :].sum()))


def _pair_quantile(ordered: Floats, share: float) -> float:
    """Return the mean of two differences above which a share ``1 - share`` of all such means lie."""
    pairs = len(ordered) * (len(ordered) + 1) // 2
    place = share * pairs
    whole = round(place)
    if abs(place - whole) > 1e-9 * pairs:
        return pair_mean(ordered, math.floor(place) + 1)
    ends = (pair_mean(ordered, min(max(rank, 1), pairs)) for rank in (whole, whole + 1))
    return sum(ends) / 2
