"""Which action to measure: a contract's actions ranked before any result is read."""

from impactkit.evidence.choice.choice import Choice
from impactkit.evidence.choice.rank import choose

__all__ = ["Choice", "choose"]
