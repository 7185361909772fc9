"""Figures: a record in, Axes out.

`love` takes a design, `discontinuity` an estimate, `survival` also takes one, `specifications` a curve,
`forest` the effects of several actions. Each has a text equivalent with its numbers (`alt_text`,
`forest_text`).
"""

from impactkit.plot.alt import alt_text
from impactkit.plot.analyses import specifications
from impactkit.plot.by_public import priority_publics
from impactkit.plot.durations import survival
from impactkit.plot.interval import effect
from impactkit.plot.likeness import balance, love
from impactkit.plot.months import series
from impactkit.plot.people import flow
from impactkit.plot.pooling import forest, forest_text
from impactkit.plot.threshold import discontinuity
from impactkit.plot.waves import path

__all__ = [
    "alt_text",
    "balance",
    "discontinuity",
    "effect",
    "flow",
    "forest",
    "forest_text",
    "love",
    "path",
    "priority_publics",
    "series",
    "specifications",
    "survival",
]
