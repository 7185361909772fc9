"""Évaluabilité: what the design that a study declares cannot compute, or cannot conclude, with its data."""

from __future__ import annotations

from impactkit.errors import Problem
from impactkit.evidence.advice.advice import Advice

# Groups that entropy balancing cannot make alike on everything known may be made alike as the study says.
_NOT_AS_DECLARED = "E-EVA-18"


# The smallest effect is that on the whole time known; up to a horizon it is another, which curves give.
_SMALLEST_EFFECT = "A-EVA-07"


def evaluability(advice: Advice) -> tuple[Problem, ...]:
    """Return why the design declared for a cohort's action cannot be computed, or may not conclude.

    Parameters
    ----------
    advice : Advice
        On a cohort of a study.

    Returns
    -------
    tuple of Problem
        One with a code ``E-EVA-…`` when nothing can be said; else those with a code ``A-EVA-…``.

    Raises
    ------
    ValueError
        When the cohort comes from no study, which would declare a design.

    Examples
    --------
    >>> import impactkit as ik
    >>> from impactkit.evidence import evaluability
    >>> cohort = ik.build_cohort(ik.read_study(ik.sample("insertion_emploi_cls")), action="conseil_budget")
    >>> [problem.code for problem in evaluability(ik.advise(cohort))]
    ['A-EVA-01', 'A-EVA-11', 'A-EVA-14']
    """
    declared = advice.declared
    if declared is None:
        raise ValueError("this cohort declares no design: it comes from no study")
    if declared.obstacle is None:
        return tuple(problem for problem in declared.cautions if not _is_of_whole_times(advice, problem))
    return () if declared.obstacle.code == _NOT_AS_DECLARED else (declared.obstacle,)


def _is_of_whole_times(advice: Advice, problem: Problem) -> bool:
    action = advice.shape.cohort.action
    by_curves = action is not None and action.method == "time_to_event"
    return by_curves and problem.code == _SMALLEST_EFFECT
