"""Two shares compared: intervals that hold with few people. Numbers in, results out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from impactkit.estimators.inference.distributions import normal_isf, normal_sf

_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoShares:
    """People with the outcome, and people in all, in each of two groups."""

    x1: int
    n1: int
    x0: int
    n0: int

    @property
    def p1(self) -> float:
        """Share in the first group (the treated)."""
        return self.x1 / self.n1

    @property
    def p0(self) -> float:
        """Share in the second group."""
        return self.x0 / self.n0


def wilson(count: int, n: int, level: float) -> tuple[float, float]:
    """Return Wilson's interval of a share, the shares that a score test does not refuse.

    References
    ----------
    Wilson (1927), *JASA* 22(158).
    """
    z = float(normal_isf((1 - level) / 2))
    p = count / n
    centre, scale = p + z**2 / (2 * n), 1 + z**2 / n
    margin = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max((centre - margin) / scale, 0.0), min((centre + margin) / scale, 1.0)


def newcombe(shares: TwoShares, level: float = 0.95) -> tuple[float, float]:
    """Return Newcombe's interval of the difference ``p1 - p0`` of two independent shares.

    With ``(l, u)`` Wilson's intervals: ``p1 - p0 - √((p1 - l1)² + (u0 - p0)²)`` and
    ``p1 - p0 + √((u1 - p1)² + (p0 - l0)²)``.

    References
    ----------
    Newcombe (1998), *Stat. Med.* 17(8), method 10.
    """
    low1, high1 = wilson(shares.x1, shares.n1, level)
    low0, high0 = wilson(shares.x0, shares.n0, level)
    p1, p0 = shares.p1, shares.p0
    value = p1 - p0
    low, high = value - math.hypot(p1 - low1, high0 - p0), value + math.hypot(high1 - p1, p0 - low0)
    return max(low, -1.0), min(high, 1.0)  # never beyond but by rounding


def difference_interval(shares: TwoShares, level: float = 0.95) -> tuple[float, float]:
    """Return Miettinen and Nurminen's interval of the difference ``p1 - p0``.

    The differences δ whose score statistic ``(p̂1 - p̂0 - δ)² / V(δ)`` is at most the quantile of the
    chi-squared law, with ``V = (p1 q1/n1 + p0 q0/n0) N/(N - 1)`` at the shares most likely when their
    difference is δ.

    References
    ----------
    Miettinen & Nurminen (1985), *Stat. Med.* 4(2).
    """
    statistic = lambda delta: difference_score(shares, delta)  # noqa: E731
    value = shares.p1 - shares.p0
    return _not_refused(statistic, value, (-1.0, 1.0), level)


def difference_score(shares: TwoShares, delta: float) -> float:
    """Return the score statistic z of ``p1 - p0 = delta``, positive when the estimate is above."""
    n1, n0, x0 = shares.n1, shares.n0, shares.x0
    total, events = n1 + n0, shares.x1 + x0
    second = (n1 + 2 * n0) * delta - total - events
    first = (n0 * delta - total - 2 * x0) * delta + events
    constant = x0 * delta * (1 - delta)
    third = 3.0 * total
    q = (second / third) ** 3 - first * second / (6 * total**2) + constant / (2 * total)
    size = math.sqrt(max((second / third) ** 2 - first / third, 0.0))
    p = math.copysign(size, q)
    angle = 0.0 if p == 0 else math.acos(min(max(q / p**3, -1.0), 1.0))
    p0 = 2 * p * math.cos((math.pi + angle) / 3) - second / third
    p0 = min(max(p0, 0.0, -delta), 1.0, 1 - delta)
    p1 = p0 + delta
    variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * total / (total - 1)
    return _ratio(shares.p1 - shares.p0 - delta, variance)


def equal_shares_p(shares: TwoShares) -> float:
    """Return the two-sided p-value of equal shares: Pearson's chi-squared test, without correction.

    ``z = (p1 - p0) / √(p̄ q̄ (1/n1 + 1/n0))`` with ``p̄`` the share of all; 1 when nobody, or everybody, has the
    outcome.
    """
    n1, n0 = shares.n1, shares.n0
    pooled = (shares.x1 + shares.x0) / (n1 + n0)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n0)
    return float(2 * normal_sf(abs(_ratio(shares.p1 - shares.p0, variance))))


def fisher_exact(shares: TwoShares) -> float:
    """Return the two-sided p-value of Fisher's exact test: for few people.

    The ways of sharing those with the outcome between the groups that are no likelier than the one seen,
    among all ways. Counted in whole numbers: the p-value has all its digits, and a tie is a tie.

    References
    ----------
    Fisher (1935), *The Design of Experiments*, section 11.

    Examples
    --------
    >>> round(fisher_exact(TwoShares(x1=8, n1=10, x0=1, n0=6)), 4)
    0.035
    """
    n1, n0, outcomes = shares.n1, shares.n0, shares.x1 + shares.x0
    ways = [math.comb(n1, x) * math.comb(n0, outcomes - x) for x in range(outcomes + 1)]
    seen = math.comb(n1, shares.x1) * math.comb(n0, shares.x0)
    return sum(way for way in ways if way <= seen) / math.comb(n1 + n0, outcomes)


def ratio_interval(shares: TwoShares, level: float = 0.95) -> tuple[float, float]:
    """Return Miettinen and Nurminen's interval of the risk ratio ``p1 / p0``; an end may be 0 or infinite."""
    return _on_logarithm(lambda theta: _ratio_score(shares, theta), shares, level)


def odds_interval(shares: TwoShares, level: float = 0.95) -> tuple[float, float]:
    """Return Miettinen and Nurminen's interval of the odds ratio; an end may be 0 or infinite."""
    return _on_logarithm(lambda psi: _odds_score(shares, psi), shares, level)


def _ratio_score(shares: TwoShares, theta: float) -> float:
    n1, n0 = shares.n1, shares.n0
    total, events = n1 + n0, shares.x1 + shares.x0
    a, b = total * theta, -(n1 * theta + shares.x1 + n0 + shares.x0 * theta)
    p0 = 2 * events / (-b + math.sqrt(max(b**2 - 4 * a * events, 0.0)))  # the smaller root, without loss
    p1 = min(theta * p0, 1.0)
    variance = (p1 * (1 - p1) / n1 + theta**2 * p0 * (1 - p0) / n0) * total / (total - 1)
    return _ratio(shares.p1 - theta * shares.p0, variance)


def _odds_score(shares: TwoShares, psi: float) -> float:
    n1, n0 = shares.n1, shares.n0
    total, events = n1 + n0, shares.x1 + shares.x0
    # The share without the event has an equation of its own: neither is one less the other, which loses
    # digits.
    p0 = _share_at(psi, n1=n1, n0=n0, events=events)
    q0 = _share_at(1 / psi, n1=n1, n0=n0, events=total - events)
    p1, q1 = psi * p0 / (q0 + psi * p0), q0 / (q0 + psi * p0)
    v1, v0 = n1 * p1 * q1, n0 * p0 * q0
    if v1 <= 0 or v0 <= 0:
        return 0.0
    # With the margins fixed, what group 1 has above its expectation; its variance is 1/(1/v1 + 1/v0).
    gap = shares.x1 - n1 * p1 if p1 <= q1 else n1 * q1 - (n1 - shares.x1)
    return _ratio(gap, total / (total - 1) / (1 / v1 + 1 / v0))


def _share_at(psi: float, *, n1: int, n0: int, events: int) -> float:
    """Return the share of group 0 that makes the whole count as observed, at this odds ratio."""
    a, b = n0 * (psi - 1), n1 * psi + n0 - events * (psi - 1)
    return 2 * events / (b + math.sqrt(max(b**2 + 4 * a * events, 0.0)))


def _ratio(gap: float, variance: float) -> float:
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-12 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _on_logarithm(
    statistic: Callable[[float], float], shares: TwoShares, level: float
) -> tuple[float, float]:
    """Return the ratios not refused, looked for on the logarithm, from 0 to infinity."""
    z = float(normal_isf((1 - level) / 2))
    reach = math.log(1e12)
    low = 0.0
    if statistic(math.exp(-reach)) > z:
        low = math.exp(_crossing(lambda log: statistic(math.exp(log)) - z, -reach, reach))
    high = math.inf
    if statistic(math.exp(reach)) < -z:
        high = math.exp(_crossing(lambda log: statistic(math.exp(log)) + z, -reach, reach))
    return low, high


def _not_refused(
    statistic: Callable[[float], float], value: float, ends: tuple[float, float], level: float
) -> tuple[float, float]:
    z = float(normal_isf((1 - level) / 2))
    low = _crossing(lambda at: statistic(at) - z, ends[0], value)
    high = _crossing(lambda at: statistic(at) + z, value, ends[1])
    return low, high


def _crossing(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a decreasing function passes zero, by halving down to rounding."""
    for _ in range(_STEPS):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return high
