"""What an estimate would have us say, and what would make us take it back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.record import Conclusion

_ESTABLISHED = ("improvement", "deterioration", "no_meaningful_difference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A conclusion drawn from an estimate and its interval.

    Attributes
    ----------
    conclusion : str
        As `rules.conclude` names them.
    value, low, high : float
        The effect and its 95 % interval.
    better_up : bool
    minimum : float or None
        The smallest effect worth having.
    """

    conclusion: Conclusion
    value: float
    low: float
    high: float
    better_up: bool
    minimum: float | None

    @property
    def is_made(self) -> bool:
        """Whether anything is concluded."""
        return self.conclusion in _ESTABLISHED

    @property
    def is_absence(self) -> bool:
        """Whether what is said is that there is no effect worth having."""
        return self.conclusion == "no_meaningful_difference"

    @property
    def against(self) -> float:
        """The direction, 1 or -1, of the moves that weaken it: towards zero, or away from it."""
        return math.copysign(1.0, self.value if self.is_absence else -self.value)

    def overturned_at(self, value: float) -> bool:
        """Tell whether this effect, in place of the one found, says the contrary."""
        if self.is_absence:
            assert self.minimum is not None  # no absence is concluded without it
            return abs(value) >= self.minimum
        return value * self.value <= 0

    def concluded_of(self, low: float, high: float) -> Conclusion:
        """Return what this interval, in place of the one found, would have us conclude."""
        return rules.conclude(low, high, better_up=self.better_up, minimum_effect=self.minimum)

    def kept_by(self, low: float, high: float) -> bool:
        """Tell whether this interval, in place of the one found, has us conclude the same."""
        return self.concluded_of(low, high) == self.conclusion


def claim_of(estimate: Estimate) -> Claim:
    """Return what the interval of an estimate has us conclude."""
    low, high = (-math.inf, math.inf) if estimate.is_unbounded else estimate.effect.interval(rules.LEVEL)
    minimum = estimate.design.minimum_effect
    return Claim(
        conclusion=rules.conclude(low, high, better_up=estimate.better_up, minimum_effect=minimum),
        value=estimate.effect.value,
        low=low,
        high=high,
        better_up=estimate.better_up,
        minimum=minimum,
    )
