"""Évaluabilité: what the design that a study declares cannot compute, or cannot conclude, with its data."""

from __future__ import annotations

from impactkit.cohort.cohort import Cohort
from impactkit.errors import Problem
from impactkit.evidence.advice.give import advise


def evaluability(cohort: Cohort) -> tuple[Problem, ...]:
    """Return why the design declared for a cohort's action cannot be computed, or may not conclude.

    Parameters
    ----------
    cohort : Cohort
        Of a study, as `build_cohort` returns it.

    Returns
    -------
    tuple of Problem
        One with a code ``E-EVA-…`` when nothing can be computed; else those with a code ``A-EVA-…``.

    Raises
    ------
    ValueError
        When the cohort comes from no study, which would declare a design.
    """
    declared = advise(cohort).declared
    if declared is None:
        raise ValueError("this cohort declares no design: it comes from no study")
    return declared.cautions if declared.obstacle is None else (declared.obstacle,)
