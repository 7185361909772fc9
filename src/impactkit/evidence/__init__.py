"""What the data can carry and what the estimate proves: advice, checks, solidity, attribution."""

from impactkit.evidence.advice import Advice, advise, evaluability
from impactkit.evidence.choice import Choice, choose
from impactkit.evidence.evidence import Evidence
from impactkit.evidence.record import Record
from impactkit.evidence.save import save_evidence
from impactkit.evidence.specifications import SpecificationCurve, specification_curve
from impactkit.evidence.verdict import assess

__all__ = [
    "Advice",
    "Choice",
    "Evidence",
    "Record",
    "SpecificationCurve",
    "advise",
    "assess",
    "choose",
    "evaluability",
    "save_evidence",
    "specification_curve",
]
