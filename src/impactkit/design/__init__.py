"""The question, asked before any result is read."""

from impactkit.design.declare import declare_design
from impactkit.design.design import Design
from impactkit.design.matching import match

__all__ = ["Design", "declare_design", "match"]
