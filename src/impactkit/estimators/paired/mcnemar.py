"""A share before and after among the same people: McNemar's tests and Newcombe's interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import chi2_sf, even_cdf
from impactkit.estimators.inference.exact import binomial_half
from impactkit.estimators.inference.shares import wilson
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedShares:
    """The change of a share among the same people.

    Attributes
    ----------
    value : float
        Share after less share before.
    low, high : float
        Newcombe's interval.
    p_exact, p_mid : float
        McNemar's exact p-value, and the mid-p.
    chi2, p_chi2, chi2_corrected, p_corrected : float
        Without and with Edwards' continuity correction; 0 and 1 when nobody changes.
    """

    value: float
    low: float
    high: float
    p_exact: float
    p_mid: float
    chi2: float
    p_chi2: float
    chi2_corrected: float
    p_corrected: float


def paired_shares(*, both: int, gained: int, lost: int, neither: int, level: float = 0.95) -> PairedShares:
    """Compare a share before and after among the same people (McNemar), with an interval of its change.

    Given ``gained + lost`` people who change, either way was as likely: ``p_exact`` is the two-sided
    binomial p-value. It is cautious; the mid-p counts half of what is exactly as far as what was observed,
    and keeps its level on average (Fagerland, Lydersen & Laake 2013). The interval is Newcombe's method 10:
    Wilson's intervals of the two shares, put together with their correlation φ (with Newcombe's correction
    of φ when it is positive). It was preferred to that of Agresti and Min, also good, because it never
    leaves [-1, 1] and is no Wald interval, which has no width when nobody changes. It is not the inversion
    of either test: at the margin they may differ.

    Parameters
    ----------
    both, gained, lost, neither : int
        People with the outcome at both times, after only, before only, never.
    level : float

    Raises
    ------
    EstimationError
        When there are fewer than two people.

    References
    ----------
    McNemar (1947), *Psychometrika* 12(2). Newcombe (1998), *Stat. Med.* 17(22), method 10. Fagerland,
    Lydersen & Laake (2013), *BMC Med. Res. Methodol.* 13:91.
    """
    n, moved = both + gained + lost + neither, gained + lost
    if n < 2:
        raise EstimationError(Message("estimators.error.too_few_treated"))
    fewer = min(gained, lost)
    as_far = float(even_cdf(fewer, moved) - even_cdf(fewer - 1, moved)) * (1.0 if gained == lost else 2.0)
    p_exact = binomial_half(fewer, moved)
    gap = abs(gained - lost)
    chi2 = gap**2 / moved if moved else 0.0
    corrected = max(gap - 1, 0) ** 2 / moved if moved else 0.0
    low, high = _newcombe(both, gained, lost, neither, level)
    return PairedShares(
        value=(gained - lost) / n,
        low=low,
        high=high,
        p_exact=p_exact,
        p_mid=p_exact - as_far / 2 if moved else 1.0,
        chi2=chi2,
        p_chi2=float(chi2_sf(chi2, 1)),
        chi2_corrected=corrected,
        p_corrected=float(chi2_sf(corrected, 1)),
    )


def _newcombe(both: int, gained: int, lost: int, neither: int, level: float) -> tuple[float, float]:
    n = both + gained + lost + neither
    after, before = both + gained, both + lost
    low1, high1 = wilson(after, n, level)
    low0, high0 = wilson(before, n, level)
    p1, p0 = after / n, before / n
    margins = after * (n - after) * before * (n - before)
    product = both * neither - gained * lost
    phi = 0.0 if margins == 0 else (max(product - n / 2, 0) if product > 0 else product) / math.sqrt(margins)
    down, up = (p1 - low1, high0 - p0), (high1 - p1, p0 - low0)
    value = (gained - lost) / n
    return value - _joined(down, phi), value + _joined(up, phi)


def _joined(sides: tuple[float, float], phi: float) -> float:
    a, b = sides
    return math.sqrt(max(a**2 - 2 * phi * a * b + b**2, 0.0))
