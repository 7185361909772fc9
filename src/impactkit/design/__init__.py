"""The question, asked before any result is read."""

from impactkit.design.declare import declare_design
from impactkit.design.declared import make_comparable
from impactkit.design.design import Design
from impactkit.design.matching import match
from impactkit.design.weighting import weight, weight_losses

__all__ = ["Design", "declare_design", "make_comparable", "match", "weight", "weight_losses"]
