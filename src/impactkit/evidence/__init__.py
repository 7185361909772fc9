"""What the data can carry and what the estimate proves: advice, checks, solidity, attribution.

Names load when first used: a record is read without loading what estimates it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impactkit.evidence.advice import Advice, advise
    from impactkit.evidence.advice.evaluability import evaluability
    from impactkit.evidence.choice import Choice, choose
    from impactkit.evidence.evidence import Evidence
    from impactkit.evidence.record import Record
    from impactkit.evidence.save import save_evidence
    from impactkit.evidence.specifications import SpecificationCurve, specification_curve
    from impactkit.evidence.verdict import assess

_HOMES = {
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
}

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


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
