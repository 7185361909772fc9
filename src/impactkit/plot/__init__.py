"""Figures: a record in, Axes out. Each has a text equivalent with its numbers (`alt_text`)."""

from impactkit.plot.alt import alt_text
from impactkit.plot.balance import balance
from impactkit.plot.effect import effect
from impactkit.plot.flow import flow
from impactkit.plot.series import series

__all__ = ["alt_text", "balance", "effect", "flow", "series"]
