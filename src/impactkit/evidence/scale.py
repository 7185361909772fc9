"""How much the outcome varies from one person to another, which effects are told in."""

from __future__ import annotations

import math

from impactkit.estimators.result import Estimate


def outcome_sd(estimate: Estimate) -> float:
    """Return the outcome's standard deviation without the action, as nearly as the data show it.

    The comparison group's after, else before, else the people's own before.
    """
    by_place = {f"{mean.group} {mean.time}": mean.sd for mean in estimate.means}
    order = ("comparison after", "comparison before", "treated before", "treated after")
    # When nobody differs anywhere, no effect can be told in standard deviations: the lowest note.
    return next((by_place[place] for place in order if by_place.get(place, 0) > 0), math.nan)
