"""`weight_losses`: those followed stand for those who were lost and were like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import PERIOD, UNIT
from impactkit.design.comparable import NOT_FOLLOWED, Weighted
from impactkit.design.covariates import Floats
from impactkit.design.design import Design
from impactkit.design.logit import fit_chance
from impactkit.design.owed import Owed
from impactkit.design.weighting.find import refuse_separated
from impactkit.design.weighting.score import Bools
from impactkit.design.weighting.terms import labels_of, people_to_balance, sampling_weights, terms_of
from impactkit.errors import DesignError, require
from impactkit.text import Label, Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """Inverse probabilities of being followed, of the n people of a group, and what they owe to their fit.

    Attributes
    ----------
    w : (n,) array
        0 for those lost.
    owed : Owed or None
        ``None`` where nobody is lost.
    """

    w: Floats
    owed: Owed | None


def followed_weights(*, X: Floats, followed: Bools, weights: Floats) -> Followed | None:
    """Return ``1 / P(followed | x)`` by a logit; ``None`` when the columns tell exactly who is followed.

    Parameters
    ----------
    X : (n, k) array
        With a constant; columns of comparable sizes.
    followed : (n,) array of bool
    weights : (n,) array
        Sampling weights, of mean 1.
    """
    fitted = fit_chance(X=X, treated=followed, weights=weights)
    if not fitted.converged:
        return None
    odds = np.where(followed, np.exp(-fitted.index), 0.0)
    return Followed(
        w=np.where(followed, 1.0, 0.0) + odds,
        owed=fitted.owed(X=X, weights=weights, slope=-odds),
    )


def weight_losses(design: Design, *, on: Sequence[str] | None = None) -> Design:
    """Weight the people followed so that they stand for those who were lost, in each group.

    The chance of being followed is estimated in each group by a logit on characteristics known before; those
    followed weigh its inverse, times the weight of `weight` when there is one. Only *whether* the outcome
    after is known is read, never its value. It corrects for losses that these characteristics explain, and
    for no other: bounds say what the others could change.

    Parameters
    ----------
    design : Design
        As declared, or weighted. Weights for losses that it already has are replaced.
    on : sequence of str, optional
        Characteristics; those that `weight` balanced, else the design's covariates.

    Returns
    -------
    Design
        With ``comparable``, a `Weighted`. Those lost are left out with the reason ``not_followed``; they
        still count as lost in the flow and in the check of losses.

    Raises
    ------
    ValueError
        When a name is not one the cohort knows.
    DesignError
        When the design is matched; nobody is lost, or everyone of a group; too few people are; a
        characteristic is constant, redundant, or tells exactly who is lost.

    References
    ----------
    Robins, Rotnitzky & Zhao (1995), *JASA* 90(429). Wooldridge (2007), *J. of Econometrics* 141(2).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": range(12), "helped": [1] * 6 + [0] * 6, "old": [0, 0, 0, 1, 1, 1] * 2,
    ...     "score": [5, 6, 7, 6, None, 4, 3, 4, None, 5, 6, 4],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["old"])
    >>> design = ik.weight_losses(ik.declare_design(cohort, covariates=["old"]), on=[])
    >>> design.weights.round(2).tolist()
    [1.2, 1.2, 1.2, 1.2, 0.0, 1.2, 1.2, 1.2, 0.0, 1.2, 1.2, 1.2]
    """
    require(design, Design)
    before = _before_losses(design)
    if design.comparison == "none":
        raise DesignError(Message("design.error.no_comparison"))
    if design.staggered:
        raise DesignError(Message("weighting.error.several_entries"))
    labels = labels_of(design, before.on if on is None and before.on else on, needed=False)
    units = people_to_balance(design, tuple(labels))
    reasons = before.reasons.astype(object)
    unknown = units[list(labels)].isna().any(axis=1).to_numpy()
    reasons[(reasons == "") & unknown] = "covariate_missing"
    kept = reasons == ""
    followed = _followed(design, units.index)
    treated = units["treated"].to_numpy()
    if followed[kept].all():
        raise DesignError(Message("weighting.error.nobody_lost"))
    found = {
        arm: _by_group(units[kept & (treated == arm)], labels, followed[kept & (treated == arm)])
        for arm in (True, False)
    }
    w = np.zeros(len(units))
    own: list[Owed] = []
    for arm, group in found.items():
        rows = np.flatnonzero(kept & (treated == arm))
        w[rows] = group.w
        if group.owed is not None:
            own.append(group.owed.among(rows, len(units)).times(before.weights))
    reasons[kept & ~followed] = NOT_FOLLOWED
    notes = (*before.notes, Message("weighting.note.losses"))
    if "covariate_missing" in reasons[before.reasons == ""]:
        notes = (*notes, Message("weighting.note.covariate_missing"))
    comparable = replace(
        before,
        settings={**before.settings, "losses": tuple(labels)},
        weights=before.weights * w,
        reasons=reasons,
        notes=notes,
        owed=(*(owed.times(w) for owed in before.owed), *own),
        before_losses=before,
    )
    return replace(design, comparable=comparable)


def _before_losses(design: Design) -> Weighted:
    """Return the weights that those for losses multiply: those of `weight`, else 1 for everyone."""
    made = design.comparable
    if made is None:
        return _plain(design)
    if not isinstance(made, Weighted):
        raise DesignError(Message("weighting.error.losses_of_matched"))
    return made.before_losses or made


def _plain(design: Design) -> Weighted:
    """Return weights of 1 for everyone, estimated from nothing."""
    people = design.everyone.units().index.to_numpy()
    n = len(people)
    return Weighted(
        method="losses",
        settings={"estimand": "ATT" if design.estimand == "ATT" else "ATE"},
        on=(),
        people=people,
        weights=np.ones(n),
        reasons=np.full(n, "", dtype=object),
        owed=(),
    )


def _followed(design: Design, people: pd.Index) -> Bools:
    """Tell whose outcome after is known: the one thing that a design reads after entry."""
    panel = design.cohort.panel
    known = panel[panel[PERIOD] == design.window[1]].set_index(UNIT)[design.outcome].notna()
    return np.asarray(known.reindex(people, fill_value=False).to_numpy(dtype=bool))


def _by_group(units: pd.DataFrame, labels: Mapping[str, Label], followed: Bools) -> Followed:
    """Return the weights of a group: 1 for all where nobody is lost."""
    n, lost = len(units), int((~followed).sum())
    if lost == 0:
        return Followed(w=np.ones(n), owed=None)
    if lost == n:
        raise DesignError(Message("weighting.error.everyone_lost"))
    weights = sampling_weights(units)
    X = np.ones((n, 1))
    variables: tuple[str, ...] = ()
    if labels:
        terms = terms_of(units.assign(treated=followed), labels, moments=1, weights=weights, between="losses")
        X, variables = terms.X, terms.variables
    found = followed_weights(X=X, followed=followed, weights=weights)
    if found is None:
        raise refuse_separated(
            fit_chance(X=X, treated=followed, weights=weights), variables, labels, "losses"
        )
    return found
