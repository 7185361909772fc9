"""Figures: a record (an estimate, for a threshold and for survival) in, Axes out.

Each has a text equivalent with its numbers (`alt_text`).
"""

from impactkit.plot.alt import alt_text
from impactkit.plot.durations import survival
from impactkit.plot.interval import effect
from impactkit.plot.likeness import balance
from impactkit.plot.months import series
from impactkit.plot.people import flow
from impactkit.plot.threshold import discontinuity

__all__ = ["alt_text", "balance", "discontinuity", "effect", "flow", "series", "survival"]
