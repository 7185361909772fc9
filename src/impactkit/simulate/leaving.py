"""Who is lost after entry."""

from __future__ import annotations

import numpy as np

from impactkit.simulate.outcomes import Bools, Floats, People
from impactkit.simulate.world import World


def lost(world: World, people: People, y: Floats, rng: np.random.Generator) -> Bools:
    """Tell who is lost: of each group, the share asked for to within one person.

    The first by ``attrition_slope z_i + logistic``, z the outcome at the last time in standard deviations of
    those compared: the log odds of being lost then rise by about ``attrition_slope`` for one more.

    Parameters
    ----------
    world : World
    people : People
    y : (n, times) array
    rng : Generator
    """
    spread = 1.0 if world.outcome == "number" else float(np.sqrt(world.share * (1 - world.share)))
    order = world.attrition_slope * y[:, -1] / spread + rng.logistic(size=len(y))
    gone = np.zeros(len(y), dtype=bool)
    for group, share in zip((people.treated, ~people.treated), world.losses, strict=True):
        members = np.flatnonzero(group)
        gone[members[np.argsort(-order[members])][: round(share * members.size)]] = True
    return gone
