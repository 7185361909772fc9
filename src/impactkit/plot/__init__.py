"""Figures: a record (for `love`, a design) in, Axes out. Each has a text equivalent (`alt_text`)."""

from impactkit.plot.alt import alt_text
from impactkit.plot.interval import effect
from impactkit.plot.likeness import balance, love
from impactkit.plot.months import series
from impactkit.plot.people import flow

__all__ = ["alt_text", "balance", "effect", "flow", "love", "series"]
