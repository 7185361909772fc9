"""Several outcomes of one domain in a single index: Anderson's inverse-covariance weighting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from impactkit.cohort.cohort import ARM, BENEFICIARY, PERIOD, Cohort
from impactkit.errors import DesignError, require
from impactkit.estimators.inference.linear import Floats
from impactkit.files.model import Outcome, Variable
from impactkit.text import Label, Message

_RANK = 1e-8


def index_weights(*, reference: Floats) -> Floats:
    """Return the weights of k standardised outcomes: the row sums of their inverse covariance, of sum 1.

    Outcomes that repeat others weigh less. The covariance of each pair is over the rows where both are known.

    Parameters
    ----------
    reference : (n, k) array
        Standardised outcomes of the comparison group; NaN where not known.

    Raises
    ------
    DesignError
        When outcomes are redundant: the covariance has no inverse.

    References
    ----------
    Anderson (2008), *JASA* 103(484), §3.2.1.
    """
    known = ~np.isnan(reference)
    filled = np.where(known, reference, 0.0)
    pairs = known.T.astype(float) @ known
    # Means of each pair's own rows: with values missing they are not quite zero.
    first = filled.T @ known / pairs
    covariance = (filled.T @ filled - pairs * first * first.T) / (pairs - 1)
    if not np.isfinite(covariance).all() or np.linalg.eigvalsh(covariance)[0] < _RANK:
        raise DesignError(Message("groups.error.redundant_outcomes"))
    weights = np.linalg.inv(covariance).sum(axis=1)
    return np.asarray(weights / weights.sum())


def outcome_index(cohort: Cohort, *, outcomes: Sequence[str], name: str = "index") -> Cohort:
    """Add to a cohort an index of several outcomes, in standard deviations of the comparison group.

    Each outcome is turned so that more is better (by its direction), centred and scaled with the mean and the
    standard deviation of the comparison group at the last period; the index is the mean of those known,
    weighted by `index_weights` in that group, then scaled there to mean 0 and standard deviation 1. One
    index is one test: nothing to adjust for the number of outcomes.

    Parameters
    ----------
    cohort : Cohort
        With a comparison group.
    outcomes : sequence of str
        Two outcomes of the cohort or more.
    name : str
        Of the index, a new outcome of the cohort, better when higher; the others stay.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        When an outcome is not one of the cohort, there are fewer than two, or the name is taken.
    DesignError
        When there is no comparison group, an outcome does not vary in it, or outcomes are redundant.

    References
    ----------
    Anderson (2008), *JASA* 103(484).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(6), "helped": [1, 1, 1, 0, 0, 0]})
    >>> frame["job"], frame["health"] = [1, 1, 0, 1, 0, 0], [5, 7, 6, 4, 6, 3]
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["job", "health"])
    >>> ik.outcome_index(cohort, outcomes=["job", "health"]).outcomes[-1].variable
    'index'
    """
    require(cohort, Cohort)
    known = {item.variable: item for item in cohort.outcomes}
    if isinstance(outcomes, str) or len(set(outcomes)) < 2:
        raise ValueError("outcomes is a list of two names or more")
    unknown = [item for item in outcomes if item not in known]
    if unknown:
        raise ValueError(f"unknown outcomes {unknown}: expected some of {', '.join(known)}")
    if name in cohort.variables or name in cohort.panel:
        raise ValueError(f"name={name!r} is already in the cohort")
    panel = cohort.panel
    reference = ((panel[ARM] != BENEFICIARY) & (panel[PERIOD] == cohort.periods[-1])).to_numpy()
    if not reference.any():
        raise DesignError(Message("groups.error.no_reference"))
    signs = [1.0 if known[item].direction == "increase" else -1.0 for item in outcomes]
    values = panel[list(outcomes)].to_numpy(dtype=float) * np.array(signs)
    standard = _standardised(values, reference)
    weights = index_weights(reference=standard[reference])
    present = ~np.isnan(standard)
    total = present @ weights
    combined = np.divide(
        np.where(present, standard, 0.0) @ weights, total, out=np.full(len(panel), np.nan), where=total != 0
    )
    panel[name] = _standardised(combined[:, None], reference)[:, 0]
    label = Label(fr=name, en=name)
    return replace(
        cohort,
        variables={**cohort.variables, name: Variable(label=label, type="number")},
        outcomes=(*cohort.outcomes, Outcome(variable=name, primary=False, direction="increase")),
        _panel=panel,
    )


def _standardised(values: Floats, reference: np.ndarray) -> Floats:
    known = (~np.isnan(values[reference])).sum(axis=0)
    if (known < 2).any():
        raise DesignError(Message("groups.error.no_reference"))
    mean, sd = np.nanmean(values[reference], axis=0), np.nanstd(values[reference], axis=0, ddof=1)
    if not (sd > 0).all():
        raise DesignError(Message("groups.error.constant_outcome", {"n": int((sd == 0).sum())}))
    return np.asarray((values - mean) / sd)
