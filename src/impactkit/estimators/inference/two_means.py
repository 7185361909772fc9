"""The difference of two means with CR2 errors in closed form, where each cluster lies in one group.

For a group of total weight W, a cluster with the share ``h_g`` of it has that leverage on the mean m, and::

    variance = Σ_g (Σ_{i in g} w_i (y_i - m) / W)² / (1 - h_g),   df = (1/W_1 + 1/W_0)² / Σ_g,h P_gh²
    P_gg = h_g / W,   P_gh = -h_g h_h / (W sqrt((1 - h_g) (1 - h_h)))

within a group, 0 between groups. They are the numbers of `linear.contrast` for ``y ~ 1 + T``, without a
regression: almost all of the time that a small study takes.

References
----------
Bell & McCaffrey (2002), *Survey Methodology* 28(2); Imbens & Kolesár (2016), *Rev. Econ. Stat.* 98(4).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import FULL_LEVERAGE, Codes, Contrast, Floats, refuse_single
from impactkit.text import Message


def difference_of_means(
    *,
    y: Floats,
    treated: npt.NDArray[np.bool_],
    weights: Floats | None = None,
    clusters: Codes | None = None,
) -> Contrast:
    """Estimate the mean of ``y`` among the treated less that among the others.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
    weights : (n,) array, optional
        Positive; their scale is without effect.
    clusters : (n,) array of int, optional
        Codes from 0, none with people of both groups; without it each person is her own cluster.

    Raises
    ------
    EstimationError
        When a group is empty, or a mean rests wholly on one person or cluster.

    Examples
    --------
    >>> found = difference_of_means(y=np.array([1.0, 3.0, 4.0, 6.0]), treated=np.array([0, 0, 1, 1]) == 1)
    >>> found.value, round(found.std_error, 6), found.df
    (3.0, 1.414214, 2.0)
    """
    value, variance, load, squares = 0.0, 0.0, 0.0, 0.0
    for sign, group in ((1, treated), (-1, ~treated)):
        rows = np.flatnonzero(group)
        mean, scores, share, total = _group(
            y[rows],
            None if weights is None else weights[rows],
            None if clusters is None else clusters[rows],
        )
        left = 1 - share
        value += sign * mean
        variance += float(scores @ (scores / left))
        load += 1 / total
        squares += _squares(share, left) / total**2
    return Contrast(value=value, std_error=math.sqrt(variance), df=load**2 / squares)


def _group(y: Floats, w: Floats | None, clusters: Codes | None) -> tuple[float, Floats, Floats, float]:
    """Return the mean, the score and share of each cluster (or person), and the total weight."""
    if y.size == 0:
        raise EstimationError(Message("estimators.error.redundant_columns", {"n": 1}))
    total = float(y.size if w is None else w.sum())
    mean = float(y.sum() if w is None else w @ y) / total
    scores = (y - mean) / total
    share = np.full(y.size, 1 / total) if w is None else w / total
    if w is not None:
        scores *= w
    if clusters is not None:
        # One that lies in the other group has neither share nor score.
        scores, share = (np.asarray(np.bincount(clusters, each), dtype=float) for each in (scores, share))
    if share.max() > FULL_LEVERAGE:
        refuse_single()
    return mean, scores, share, total


def _squares(share: Floats, left: Floats) -> float:
    """Return the sum over g and h of ``(P_gh W)²``; each pair once, as nothing is then taken away."""
    u = share * share / left
    return float(share @ share) + 2 * float(np.cumsum(u)[:-1] @ u[1:])
