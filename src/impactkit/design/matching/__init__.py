"""Matching: people alike before the action, chosen without reading a result."""

from impactkit.design.matching.pairs_chosen import match

__all__ = ["match"]
