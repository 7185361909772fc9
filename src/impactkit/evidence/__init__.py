"""What the estimate proves: checks, solidity and the verdict of attribution."""

from impactkit.evidence.evidence import Evidence
from impactkit.evidence.record import Record
from impactkit.evidence.save import save_evidence
from impactkit.evidence.specifications import SpecificationCurve, specification_curve
from impactkit.evidence.verdict import assess

__all__ = ["Evidence", "Record", "SpecificationCurve", "assess", "save_evidence", "specification_curve"]
