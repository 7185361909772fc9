"""Cohorts whose truth is known: people, sites and territories drawn as one asks, with what goes wrong or not.

`cohort` is the door; `World` holds the same parameters and the truth, and `draw` makes a cohort of it. They
teach what a method can see and cannot, and test estimators, checks and the verdict
(``simulation/verdict.py``).
"""

from impactkit.simulate.draw import cohort, draw
from impactkit.simulate.world import World

__all__ = ["World", "cohort", "draw"]


def __dir__() -> list[str]:
    return list(__all__)
