"""Advice before numbers: the designs that the data can carry, ranked, and what the declared one lacks."""

from impactkit.evidence.advice.advice import Advice
from impactkit.evidence.advice.evaluability import evaluability
from impactkit.evidence.advice.give import advise
from impactkit.evidence.advice.option import Option

__all__ = ["Advice", "Option", "advise", "evaluability"]
