"""Matching: people alike before the action, chosen without reading a result."""

from impactkit.design.matching.choose import match

__all__ = ["match"]
