"""Who is at risk and what happens at each time: array functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.linear import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskTable:
    """At each of K distinct times, in order, the (weighted) people at risk and the events.

    Attributes
    ----------
    times : (K,) array
    at_risk : (K,) array
        Whose time is at least this one.
    events : (K,) array
        Of the event studied.
    others : (K,) array
        Of events that prevent it; zeros when there is none.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    others: Floats

    @property
    def hazard(self) -> Floats:
        """Share of those at risk who have the event studied."""
        return self.events / self.at_risk

    @property
    def any_hazard(self) -> Floats:
        """Share of those at risk who have an event of any kind."""
        return (self.events + self.others) / self.at_risk

    @property
    def remaining(self) -> Floats:
        """Share with no event of any kind, just after each time (Kaplan and Meier)."""
        return np.asarray(np.cumprod(1 - self.any_hazard))

    @property
    def before(self) -> Floats:
        """The same, just before each time."""
        return np.concatenate([[1.0], self.remaining[:-1]])

    @property
    def incidence(self) -> Floats:
        """Share who have had the event studied by each time (Aalen and Johansen)."""
        return np.asarray(np.cumsum(self.before * self.hazard))


def risk_table(*, time: Floats, event: npt.NDArray[np.intp], weights: Floats | None = None) -> RiskTable:
    """Count who is at risk and who has an event at each distinct time.

    Parameters
    ----------
    time : (n,) array
        Time to the event, or to the end of follow-up.
    event : (n,) array of int
        0 when follow-up ends without event, 1 for the event studied, 2 and more for others that prevent it.
    weights : (n,) array, optional
    """
    w = np.ones_like(time) if weights is None else weights
    times, place = np.unique(time, return_inverse=True)

    def counted(which: Floats) -> Floats:
        return np.asarray(np.bincount(place, weights=w * which, minlength=len(times)), dtype=float)

    return RiskTable(
        times=times,
        at_risk=np.cumsum(counted(np.ones_like(time))[::-1])[::-1],
        events=counted((event == 1).astype(float)),
        others=counted((event > 1).astype(float)),
    )
