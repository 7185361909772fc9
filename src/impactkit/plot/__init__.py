"""Figures: a record in, Axes out.

`love` and `distribution` take a design, `discontinuity` and `event_path` an estimate, `survival` also takes
one, `sensitivity_contour` an evidence, `specifications` a curve, `forest` the effects of several actions.
Each has a text equivalent with its numbers (`alt_text`, `forest_text`, the ``alt`` of its axes). What those
that no page shows draw is also a table: `power_data`, `contour_data`, `distribution_data`, `event_path_data`.
"""

from impactkit.plot.alt import alt_text
from impactkit.plot.analyses import specifications
from impactkit.plot.by_public import priority_publics
from impactkit.plot.detection import power_curve, power_data
from impactkit.plot.durations import survival
from impactkit.plot.interval import effect
from impactkit.plot.likeness import balance, love
from impactkit.plot.months import series
from impactkit.plot.omitted import contour_data, sensitivity_contour
from impactkit.plot.people import flow
from impactkit.plot.pooling import forest, forest_text
from impactkit.plot.since_entry import event_path, event_path_data
from impactkit.plot.spread import distribution, distribution_data
from impactkit.plot.threshold import discontinuity
from impactkit.plot.waves import path

__all__ = [
    "alt_text",
    "balance",
    "contour_data",
    "discontinuity",
    "distribution",
    "distribution_data",
    "effect",
    "event_path",
    "event_path_data",
    "flow",
    "forest",
    "forest_text",
    "love",
    "path",
    "power_curve",
    "power_data",
    "priority_publics",
    "sensitivity_contour",
    "series",
    "specifications",
    "survival",
]


def __dir__() -> list[str]:
    return list(__all__)
