"""The outcome before and after in two groups: adjusted on the outcome before, or as a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.inference.linear import Errors
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Companion, Estimate
from impactkit.text import Message


def ancova(design: Design, *, interaction: bool = True, errors: Errors | None = None) -> Estimate:
    """Estimate the difference after between two groups, adjusted on the outcome before (ANCOVA).

    With T for beneficiaries and X the outcome before with the covariates of the design, the coefficient of T
    in ``after ~ 1 + T + (X - x̄) + T (X - x̄)`` (Lin 2013), or, without ``interaction``, in
    ``after ~ 1 + T + X``: it is `compare_groups` with ``adjust="lin"`` or ``"ancova"``.

    It is right when people alike before would have been alike after: when lots were drawn, where it is more
    precise than the change, or when people were chosen by their outcome before. `change_score` is right when
    the groups would have changed alike. When neither is sure, the effect often lies between the two (Lord's
    paradox): each stands beside the other in ``alternatives``.

    Parameters
    ----------
    design : Design
        With a comparison and a time before.
    interaction : bool
        Whether each group has slopes of its own.
    errors : str, optional
        As for `compare_groups`: HC2, or CR2 when the design has clusters, by default.

    Returns
    -------
    Estimate
        Its method is ``"compare_groups"``; ``alternatives`` holds ``"change_score"``.

    Raises
    ------
    ValueError
        When ``errors`` is not one that `compare_groups` knows.
    EstimationError
        When there is no time before, and as `compare_groups`.

    References
    ----------
    Lin (2013), *Annals of Applied Statistics* 7(1). Lord (1967), *Psychological Bulletin* 68(5). Angrist &
    Pischke (2009), *Mostly Harmless Econometrics*, section 5.4, for the bracket.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": [1, 2, 3, 4, 5, 6] * 2, "time": [0] * 6 + [1] * 6, "helped": [1, 1, 1, 0, 0, 0] * 2,
    ...     "score": [1, 2, 3, 2, 3, 4, 5, 6, 8, 3, 4, 6],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", period="time", arm="helped", outcomes=["score"])
    >>> design = ik.declare_design(cohort)
    >>> round(ik.ancova(design, interaction=False).effect.value, 6)
    3.5
    >>> round(ik.change_score(design).effect.value, 6)
    3.0
    """
    require(design, Design)
    found = _ancova(design, interaction=interaction, errors=errors)
    return _beside(found, "change_score", lambda: did(design, errors=errors))


def change_score(design: Design, *, errors: Errors | None = None) -> Estimate:
    """Estimate the difference between the changes of two groups (change scores).

    With ``d`` the change of a person and T for beneficiaries, the coefficient of T in ``d ~ 1 + T``, adjusted
    on the covariates of the design if it has any: it is `did` between two times. `ancova` says when to prefer
    which.

    Parameters
    ----------
    design : Design
        With a comparison and a time before; beneficiaries enter at one date.
    errors : str, optional
        As for `compare_groups`: CR2 by default, which is HC2 when the design has no clusters.

    Returns
    -------
    Estimate
        Its method is ``"did"``; ``alternatives`` holds ``"ancova"``, with slopes of each group.

    Raises
    ------
    ValueError
        When ``errors`` is not one that `compare_groups` knows.
    EstimationError
        When beneficiaries enter at several dates, and as `did`.

    References
    ----------
    Lord (1967), *Psychological Bulletin* 68(5). Heckman, Ichimura & Todd (1997), *Rev. Econ. Stud.* 64(4).
    """
    require(design, Design)
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    found = did(design, errors=errors)
    return _beside(found, "ancova", lambda: _ancova(design, interaction=True, errors=errors))


def _ancova(design: Design, *, interaction: bool, errors: Errors | None) -> Estimate:
    if not design.has_baseline:
        raise EstimationError(Message("estimators.error.no_baseline"))
    return compare_groups(design, adjust="lin" if interaction else "ancova", errors=errors)


def _beside(found: Estimate, label: str, other: Callable[[], Estimate]) -> Estimate:
    """Return the estimate with what the other says beside it, when it can be computed."""
    try:
        companion = Companion.of(label, other().effect)
    except EstimationError:
        return found
    return replace(found, companions=(*found.companions, companion))
