"""Made territories, followed over time.

For territory j at time t, with T 1 for those with the action::

    y_jt = l_j' f_t + e_jt + trend t + T_j (trend_gap m(t) + effect [t >= 1])

Common factors f and noises e are stationary autoregressions of correlation ``baseline_correlation`` from
one time to the next; each makes half of a variance of 1. For an interrupted series there is one factor,
which weighs on all alike. For a synthetic control there are three, with loadings drawn for each territory
compared; each territory with the action has the mean loadings of three of those, so that a mix of these is
like it.
"""

from __future__ import annotations

import numpy as np

from impactkit.simulate.outcomes import Floats
from impactkit.simulate.world import World

_FACTORS = 3
# Territories compared whose mean makes one with the action.
_MIXED = 3


def series_of(world: World, rng: np.random.Generator) -> Floats:
    """Return the (territories, times) outcomes, those with the action first."""
    n1, n0 = world.units
    times = np.array(world.times, dtype=float)
    y = np.sqrt(0.5) * _carried(rng, n1 + n0, times.size, world.baseline_correlation)
    if world.design == "synthetic":
        factors = _carried(rng, _FACTORS, times.size, world.baseline_correlation)
        others = rng.normal(size=(n0, _FACTORS)) / np.sqrt(_FACTORS)
        mixed = [others[rng.permutation(n0)[:_MIXED]].mean(axis=0) for _ in range(n1)]
        y += np.sqrt(0.5) * np.vstack([*mixed, others]) @ factors
    else:
        y += np.sqrt(0.5) * _carried(rng, 1, times.size, world.baseline_correlation)
    apart = world.trend_gap * (times if world.trend_from == "start" else np.maximum(times, 0))
    treated = (np.arange(n1 + n0) < n1)[:, None]
    return np.asarray(y + world.trend * times + treated * (apart + world.effect * (times >= 1)))


def _carried(rng: np.random.Generator, rows: int, T: int, correlation: float) -> Floats:
    """Draw (rows, T) stationary autoregressions of variance 1."""
    drawn = rng.normal(size=(rows, T))
    drawn[:, 1:] *= np.sqrt(1 - correlation**2)
    for t in range(1, T):
        drawn[:, t] += correlation * drawn[:, t - 1]
    return drawn
