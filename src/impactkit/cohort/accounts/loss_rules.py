"""How much loss is too much: the published boundaries and bands, as functions of shares of people."""

from __future__ import annotations

from typing import Literal

import numpy as np

# Highest differential attrition allowed, in points, at an overall attrition of 0, 1, … 57 %: What Works
# Clearinghouse, Standards Handbook 4.0, table II.2, cautious and optimistic boundaries.
WWC_CAUTIOUS = (
    5.7, 5.8, 5.9, 5.9, 6.0, 6.1, 6.2, 6.3, 6.3, 6.3, 6.3, 6.2, 6.2, 6.1, 6.0, 5.9, 5.9, 5.8, 5.7, 5.5,
    5.4, 5.3, 5.2, 5.1, 4.9, 4.8, 4.7, 4.5, 4.4, 4.3, 4.1, 4.0, 3.8, 3.6, 3.5, 3.3, 3.2, 3.1, 2.9, 2.8,
    2.6, 2.5, 2.3, 2.1, 2.0, 1.8, 1.6, 1.5, 1.3, 1.2, 1.0, 0.9, 0.7, 0.6, 0.4, 0.3, 0.2, 0.0,
)  # fmt: skip
WWC_OPTIMISTIC = (
    10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.7, 10.8, 10.9, 10.9, 10.9, 10.9, 10.9, 10.9, 10.8, 10.8,
    10.7, 10.6, 10.5, 10.3, 10.2, 10.0, 9.9, 9.7, 9.5, 9.4, 9.2, 9.0, 8.8, 8.6, 8.4, 8.2, 8.0, 7.8, 7.6,
    7.4, 7.2, 7.0, 6.7, 6.5, 6.3, 6.0, 5.8, 5.6, 5.3, 5.1, 4.9, 4.6, 4.4, 4.2, 3.9, 3.7, 3.5, 3.2, 3.0,
    2.8, 2.6, 2.3,
)  # fmt: skip
# Upper ends of the bands in which losses are told (DOMAIN, rule 4; bands recalled from the Education
# Endowment Foundation).
BANDS = (0.10, 0.20, 0.30, 0.50, 1.0)

Boundary = Literal["cautious", "optimistic", "beyond"]


def wwc_boundary(overall: float, table: tuple[float, ...]) -> float:
    """Return the highest differential attrition allowed (share) at this overall attrition (share)."""
    if overall * 100 > len(table) - 1:
        return 0.0
    return float(np.interp(overall * 100, range(len(table)), table)) / 100


def wwc_verdict(overall: float, differential: float) -> Boundary:
    """Return the strictest boundary of the What Works Clearinghouse within which these losses lie."""
    if differential <= wwc_boundary(overall, WWC_CAUTIOUS):
        return "cautious"
    return "optimistic" if differential <= wwc_boundary(overall, WWC_OPTIMISTIC) else "beyond"


def band_of(share: float) -> float:
    """Return the upper end of the band in which a loss lies."""
    return next(limit for limit in BANDS if share <= limit)
