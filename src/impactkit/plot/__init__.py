"""Figures: a record (for `survival`, an estimate) in, Axes out, with a text equivalent of its numbers."""

from impactkit.plot.alt import alt_text
from impactkit.plot.durations import survival
from impactkit.plot.interval import effect
from impactkit.plot.likeness import balance
from impactkit.plot.months import series
from impactkit.plot.people import flow

__all__ = ["alt_text", "balance", "effect", "flow", "series", "survival"]
