"""Weight the people followed so that they stand for those lost: array function."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.attrition.region import std_error
from impactkit.estimators.inference.linear import Codes, Contrast, Floats
from impactkit.estimators.panel.change import chances
from impactkit.text import Message


def weighted_difference(
    *,
    y: Floats,
    treated: npt.NDArray[np.bool_],
    X: Floats,
    weights: Floats | None = None,
    clusters: Codes | None = None,
) -> Contrast:
    """Estimate the difference of means, each person followed weighted by the inverse of her chance of being.

    In each group the chance of being lost given X is a logit; the mean of the group is that of the people
    followed weighted by ``1 / (1 - chance of being lost)`` (Hájek). The standard error allows for the logit's
    estimation: the influence of each person on the mean less its projection on the logit's scores, which
    makes it smaller than with weights taken as known.

    Parameters
    ----------
    y : (n,) array
        NaN for those lost.
    treated : (n,) array of bool
    X : (n, p) array
        Known for everyone, without a constant; columns may be redundant.
    weights, clusters : (n,) arrays, optional

    Returns
    -------
    Contrast
        With as many degrees of freedom as people followed less coefficients, or clusters less one.

    Raises
    ------
    EstimationError
        When too few people are followed for the columns, or some people were all but sure to be lost.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), *JASA* 89(427). Seaman & White (2013), *Stat. Methods Med. Res.* 22(3).
    """
    w = np.ones_like(y) if weights is None else weights
    value, df = 0.0, 0
    contributions = np.zeros_like(y)
    for group, sign in ((treated, 1.0), (~treated, -1.0)):
        columns = independent_columns(np.column_stack([np.ones(int(group.sum())), X[group]]))
        mean, own = _weighted_mean(y[group], columns, w[group])
        value += sign * mean
        contributions[group] = sign * own
        df += int((~np.isnan(y[group])).sum()) - columns.shape[1]
    error = std_error(contributions, treated=treated, clusters=clusters)
    return Contrast(value=value, std_error=error, df=df if clusters is None else int(clusters.max()))


def _weighted_mean(y: Floats, X: Floats, w: Floats) -> tuple[float, Floats]:
    """Return the mean and each person's contribution to it."""
    observed = ~np.isnan(y)
    filled = np.where(observed, y, 0.0)
    n, k = X.shape
    if not observed.all() and min(int(observed.sum()), int((~observed).sum())) <= k:
        # How few is not said: those lost may be a small group.
        raise EstimationError(Message("losses.error.too_few_for_weights", {"columns": k}))
    if observed.all():
        mean = float(np.average(y, weights=w))
        return mean, w * (y - mean) / w.sum()
    lost, influence = chances(~observed, X, w)
    inverse = w * observed / (1 - lost)
    mean = float(inverse @ filled / inverse.sum())
    own = inverse * (filled - mean) / inverse.sum()
    # d(own)/d(b) of the logit of being lost: 1/(1 - p) has derivative p/(1 - p) times X.
    gradient = (own * lost) @ X
    return mean, np.asarray(own + influence @ gradient / n)


def independent_columns(X: Floats) -> Floats:
    """Keep, from the left, the columns that do not follow from those before."""
    kept: list[int] = []
    basis = np.empty((len(X), 0))
    for place, column in enumerate(X.T):
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)  # again: the first leaves rounding of what it takes away
        norm, size = float(np.linalg.norm(rest)), float(np.linalg.norm(column))
        if norm > 1e-8 * size:
            kept.append(place)
            basis = np.column_stack([basis, rest / norm])
    return X[:, kept]
