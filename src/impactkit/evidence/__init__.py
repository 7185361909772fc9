"""What the data can carry and what the estimate proves: advice, checks, solidity, attribution.

Names load when first used: a record is read without loading what estimates it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impactkit.loading import loads_on_use

if TYPE_CHECKING:
    from impactkit.evidence.advice import Advice, advise
    from impactkit.evidence.advice.evaluability import evaluability
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

__getattr__ = loads_on_use(
    __name__,
    {
        "Advice": "advice",
        "Choice": "choice",
        "Evidence": "evidence",
        "Record": "record",
        "SpecificationCurve": "specifications",
        "advise": "advice",
        "assess": "verdict",
        "choose": "choice",
        "evaluability": "advice",
        "save_evidence": "save",
        "specification_curve": "specifications",
    },
)
