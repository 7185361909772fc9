"""What an estimator cannot answer for, refused in words."""

from __future__ import annotations

from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.text import Message


def refuse_comparable(design: Design) -> None:
    """Refuse a design whose people were matched or weighted: this estimator would forget it.

    Raises
    ------
    EstimationError
    """
    if design.comparable is not None:
        raise EstimationError(Message("matching.error.not_with_comparable"))
