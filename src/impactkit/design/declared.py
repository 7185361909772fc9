"""Making the groups comparable as the study file says."""

from __future__ import annotations

from typing import Any, cast, get_args

from impactkit.design.design import Design
from impactkit.design.matching import match
from impactkit.design.weighting import weight
from impactkit.errors import require
from impactkit.files.model import MatchingMethod, WeightingMethod


def make_comparable(design: Design) -> Design:
    """Match or weight people as the study file declares; no result is read.

    Parameters
    ----------
    design : Design
        As `declare_design` returns it.

    Returns
    -------
    Design
        The same when the action declares nothing (``comparable`` in the study file), or when the cohort does
        not come from a study.

    Raises
    ------
    DesignError
        When the groups cannot be made comparable, as `match` and `weight`.

    Examples
    --------
    >>> import impactkit as ik
    >>> study = ik.read_study(ik.sample("insertion_emploi_cls"))
    >>> cohort = ik.build_cohort(study, action=study.actions[0].id)
    >>> ik.make_comparable(ik.declare_design(cohort)).left_out.empty
    True
    """
    require(design, Design)
    action = design.cohort.action
    made = action.comparable if action is not None else None
    if made is None:
        return design
    # What the file leaves out is as the functions have it.
    options: dict[str, Any] = {name: getattr(made, name) for name in made.model_fields_set - {"method", "on"}}
    on = made.on or None
    if made.method in get_args(MatchingMethod):
        return match(design, method=cast(MatchingMethod, made.method), on=on, **options)
    return weight(design, method=cast(WeightingMethod, made.method), on=on, **options)
