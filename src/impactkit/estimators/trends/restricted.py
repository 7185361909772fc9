"""How far the trends may diverge before the conclusion falls: intervals of Rambachan and Roth.

Array functions. ``beta`` holds event-study coefficients, before entry then after, one per period without a
gap; the reference period, just before entry, is left out and is zero. ``delta`` is the part of ``beta`` that
a difference in trends makes; it is unknown, and each interval holds whatever it is within a set:

- smoothness ``M``: its slope changes by at most M from one period to the next;
- relative ``Mbar``: from one period to the next after entry it moves by at most Mbar times its largest move
  before.

References
----------
Rambachan & Roth (2023), *Rev. Econ. Stud.* 90(5): both sets. Armstrong & Kolesár (2018), *Econometrica*
86(2): fixed-length intervals. Andrews, Roth & Pakes (2023), *Rev. Econ. Stud.* 90(6): the hybrid test.
"""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.estimators.inference.linear import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCoefficients:
    """Event-study coefficients and what is asked of them.

    Attributes
    ----------
    beta : (n_before + n_after,) array
        Before entry, oldest first, then after.
    sigma : square array
        Covariance of ``beta``.
    n_before : int
    target : (n_after,) array
        Weights of the effects after entry in the effect wanted: 1, 0, 0… for the first.
    """

    beta: Floats
    sigma: Floats
    n_before: int
    target: Floats

    @property
    def n_after(self) -> int:
        """How many periods after entry."""
        return len(self.target)
