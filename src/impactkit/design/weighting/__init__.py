"""Weights that make the groups of a design comparable, found without reading a result."""

from impactkit.design.weighting.lost import weight_losses
from impactkit.design.weighting.weigh import weight

__all__ = ["weight", "weight_losses"]
