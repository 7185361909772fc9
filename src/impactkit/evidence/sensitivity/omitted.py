"""What a factor left out must explain, of the treatment and of the outcome, to overturn a coefficient."""

from __future__ import annotations

import math

from impactkit.estimators.inference.distributions import student_isf


def partial_r2(t: float, df: float) -> float:
    """Return the share of what others leave of the outcome that a regressor explains, ``t² / (t² + df)``.

    Parameters
    ----------
    t : float
        Its coefficient over its classical standard error.
    df : float
        Residual degrees of freedom.

    Raises
    ------
    ValueError
        When ``df`` is not positive.

    Examples
    --------
    >>> round(partial_r2(4.18445, 783), 4)
    0.0219
    """
    if not df > 0:
        raise ValueError("df must be positive")
    return t * t / (t * t + df)


def robustness_value(t: float, df: float, q: float = 1, alpha: float | None = None) -> float:
    """Return the robustness value of a coefficient: how much a factor left out must explain to overturn it.

    A factor that explains at least this share of what is left of both the treatment and the outcome takes
    away a share ``q`` of the coefficient (``alpha=None``), or makes it no longer differ, at level ``alpha``,
    from what is left after that. With ``f = q |t| / sqrt(df)``, less ``t*/sqrt(df - 1)`` when alpha is given
    (t* the critical value with df - 1 degrees of freedom)::

        RV = (sqrt(f⁴ + 4 f²) - f²) / 2

    0 when f is not positive. When ``f_q > 1 / f*`` the factor need not explain the outcome and the treatment
    alike to reach the limit, and RV is ``(f_q² - f*²) / (1 + f_q²)``.

    Parameters
    ----------
    t : float
        The coefficient over its classical standard error.
    df : float
        Residual degrees of freedom; above 1 with ``alpha``.
    q : float
        Positive; 1 takes all the coefficient away.
    alpha : float, optional
        Level of the test, between 0 and 1.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        When ``df``, ``q`` or ``alpha`` is out of its range.

    References
    ----------
    Cinelli & Hazlett (2020), *JRSS B* 82(1), equations 16 and 18. The same numbers as R's sensemakr.

    Examples
    --------
    >>> round(robustness_value(4.18445, 783), 3), round(robustness_value(4.18445, 783, alpha=0.05), 3)
    (0.139, 0.076)
    """
    if not (df > 0 and q > 0):
        raise ValueError("df and q must be positive")
    f = q * abs(t) / math.sqrt(df)
    critical = 0.0
    if alpha is not None:
        if not 0 < alpha < 1 or df <= 1:
            raise ValueError("alpha must lie between 0 and 1, with df above 1")
        critical = float(student_isf(alpha / 2, df - 1)) / math.sqrt(df - 1)
    left = f - critical
    if left <= 0:
        return 0.0
    if critical > 0 and f > 1 / critical:
        return (f * f - critical * critical) / (1 + f * f)
    # The same as (sqrt(f⁴ + 4 f²) - f²) / 2, without the difference that loses digits when f is large.
    return 2 * left / (left + math.hypot(left, 2.0))
