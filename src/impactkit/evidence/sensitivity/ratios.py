"""E-values: how strong a factor not observed must be, on the scale of ratios, to explain an effect away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

RatioKind = Literal[
    "risk_ratio", "rate_ratio", "odds_ratio", "odds_ratio_common", "hazard_ratio", "hazard_ratio_common"
]

# Chinn (2000): a standardised difference of d is an odds ratio of exp(1.81 d), whose root, the ratio of the
# risks of a common outcome, is exp(0.91 d); 1.78 is 1.96 times 0.91 (VanderWeele & Ding 2017).
_LOG_RATIO_PER_SD = 0.91
_LOG_LIMIT_PER_SE = 1.78


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """The E-value of an estimate and that of its interval.

    Attributes
    ----------
    point : float
        Of the estimate; 1 when it is the null already.
    limit : float or None
        Of the end of the interval nearest to the null: 1 when the interval holds it, ``None`` without that
        end.
    """

    point: float
    limit: float | None = None


def e_value(
    ratio: float,
    low: float | None = None,
    high: float | None = None,
    *,
    null: float = 1.0,
    kind: RatioKind = "risk_ratio",
) -> EValue:
    """Return the least association that a factor not observed must have with both to explain a ratio.

    It is, as a ratio of risks, the smallest association that the factor must have with being a beneficiary
    and with the outcome, above what is adjusted for, to bring the ratio to ``null``. With RR the ratio of
    risks divided by ``null``, or its inverse when below 1::

        E = RR + sqrt(RR (RR - 1))

    Ratios of a frequent outcome are first brought to about a ratio of risks: the root of an odds ratio;
    ``(1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR))`` for a hazard ratio. Those of a rare one (at most 15 % at the
    end) are taken as they are.

    Parameters
    ----------
    ratio : float
        Positive.
    low, high : float, optional
        Its interval; the end on the side of ``null`` is enough.
    null : float
        The ratio that the factor is to bring it to, on the scale of risks.
    kind : {"risk_ratio", "rate_ratio", "odds_ratio", "odds_ratio_common", "hazard_ratio", \
"hazard_ratio_common"}

    Returns
    -------
    EValue

    Raises
    ------
    ValueError
        When ``kind`` is not one of those above, a ratio is not positive, or they are not in order.

    References
    ----------
    VanderWeele & Ding (2017), *Annals of Internal Medicine* 167(4). Ding & VanderWeele (2016), *Epidemiology*
    27(3). The same numbers as R's EValue.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7)
    >>> round(found.point, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    if kind not in get_args(RatioKind):
        raise ValueError(f"unknown kind {kind!r}: expected one of {', '.join(get_args(RatioKind))}")
    if not all(math.isfinite(value) and value > 0 for value in (ratio, null)):
        raise ValueError("ratio and null must be positive numbers")
    given = [value for value in (low, ratio, high) if value is not None]
    if any(math.isnan(value) or value < 0 for value in given) or given != sorted(given):
        raise ValueError("low ≤ ratio ≤ high, none of them negative, is expected")
    risk = _as_risk_ratio(ratio, kind)
    end = low if risk >= null else high
    if end is None:
        return EValue(point=_bias(risk / null))
    near = _as_risk_ratio(end, kind)
    held = near <= null if risk >= null else near >= null
    return EValue(point=_bias(risk / null), limit=1.0 if held else _bias(near / null))


def e_value_standardised(difference: float, std_error: float | None = None, *, null: float = 0.0) -> EValue:
    """Return the E-value of a difference in standard deviations, taken as the ratio ``exp(0.91 d)``.

    The interval is ``exp(0.91 d ± 1.78 se)``. It supposes an outcome nearly normal; it is an approximation.

    Parameters
    ----------
    difference : float
        In standard deviations of the outcome.
    std_error : float, optional
        In the same unit.
    null : float
        The standardised difference that the factor is to bring it to.

    Raises
    ------
    ValueError
        When ``std_error`` is negative.

    References
    ----------
    VanderWeele & Ding (2017), *Annals of Internal Medicine* 167(4). Chinn (2000), *Statistics in Medicine*
    19(22).

    Examples
    --------
    >>> round(e_value_standardised(0.42, 0.14).point, 4)
    2.2915
    """
    if std_error is not None and std_error < 0:
        raise ValueError("std_error must not be negative")
    middle, margin = _LOG_RATIO_PER_SD * difference, _LOG_LIMIT_PER_SE * (std_error or 0.0)
    return e_value(
        math.exp(middle),
        None if std_error is None else math.exp(middle - margin),
        None if std_error is None else math.exp(middle + margin),
        null=math.exp(_LOG_RATIO_PER_SD * null),
    )


def e_value_risk_difference(
    risk: float, difference: float, low: float | None = None, high: float | None = None
) -> EValue | None:
    """Return the E-value of a difference between shares, from the share that it is the excess of.

    Without the action the share would have been ``risk - difference``: the ratio is ``risk / (risk -
    difference)``, and its ends are those of the interval of the difference, ``risk`` being taken as known.

    Parameters
    ----------
    risk : float
        Share of beneficiaries with the outcome, between 0 and 1.
    difference : float
        The effect on that share; ``low`` and ``high`` its interval.

    Returns
    -------
    EValue or None
        Nothing when the share without the action would not be one (0 or less): no ratio then.

    Raises
    ------
    ValueError
        When ``risk`` is not a share.

    References
    ----------
    VanderWeele & Ding (2017), *Annals of Internal Medicine* 167(4).

    Examples
    --------
    >>> round(e_value_risk_difference(0.40, 0.20, 0.10, 0.30).limit, 2)
    2.0
    """
    if not 0 <= risk <= 1:
        raise ValueError("risk must be a share, from 0 to 1")
    if risk == 0 or risk - difference <= 0:
        return None
    ends = [None if end is None else risk / (risk - end) if risk > end else math.inf for end in (low, high)]
    return e_value(risk / (risk - difference), *ends)


def _as_risk_ratio(ratio: float, kind: RatioKind) -> float:
    """Return about the ratio of risks."""
    if kind == "odds_ratio_common":
        return math.sqrt(ratio)
    if kind == "hazard_ratio_common" and 0 < ratio < math.inf:
        return float((1 - 0.5 ** math.sqrt(ratio)) / (1 - 0.5 ** math.sqrt(1 / ratio)))
    return ratio


def _bias(ratio: float) -> float:
    """Return ``RR + sqrt(RR (RR - 1))``, of the inverse when below 1."""
    if ratio in (0.0, math.inf):
        return math.inf
    ratio = max(ratio, 1 / ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))
