"""How the gap between two groups moved before entry: array functions over several measures.

The gap of a time is the difference between the groups then, less that at the last time before entry. A gap
before entry is an effect that nothing could have made yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from impactkit.estimators.arms import Centre, columns_of_groups
from impactkit.estimators.inference.linear import Codes, Contrast, Floats, contrast, cr2_scores, fit
from impactkit.estimators.result import JointTest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """The gaps at k times before the last one before entry, then the one after entry.

    Attributes
    ----------
    times : (k,) array
        Oldest first, counted from the last time before entry: negative.
    horizon : float
        From that last time to the one after entry, in the same unit.
    values : (k + 1,) array
        The last is the effect.
    covariance : (k + 1, k + 1) array
    df : (k + 1,) array
        Degrees of freedom of the standard error of each.
    """

    times: Floats
    horizon: float
    values: Floats
    covariance: Floats
    df: Floats

    @property
    def n_before(self) -> int:
        """How many gaps stand before entry."""
        return len(self.times)

    def combine(self, weights: Floats) -> Contrast:
        """Return a linear combination of all gaps; its degrees of freedom are the fewest of those used."""
        return Contrast(
            value=float(weights @ self.values),
            std_error=float(weights @ self.covariance @ weights) ** 0.5,
            df=float(self.df[weights != 0].min()),
        )

    def drift(self) -> Contrast:
        """Return by how much the groups drew apart from the first time to the last before entry."""
        weights = np.zeros(self.n_before + 1)
        weights[0] = -1.0
        return self.combine(weights)

    def prolonged(self) -> float:
        """Return how much longer the time to the measure after entry is than the time of the drift."""
        return float(-self.horizon / self.times[0])

    def jump(self) -> Contrast:
        """Return how far the last gap before entry stands from the line through those before.

        The line of least squares through the k earlier gaps ends, at the last time, on ``Σ w_i g_i`` with
        ``w_i = 1/k - t̄ (t_i - t̄) / Σ (t_j - t̄)²``; the jump is its opposite. It is zero when the groups draw
        apart along a straight line. Needs k ≥ 2.
        """
        centred = self.times - self.times.mean()
        line = 1 / self.n_before - self.times.mean() * centred / (centred @ centred)
        return self.combine(np.append(-line, 0.0))

    def joint_test(self) -> JointTest:
        """Return Wald's test that no gap before entry differs from zero (Hotelling's T²)."""
        k = self.n_before
        before = self.values[:k]
        statistic = float(before @ np.linalg.solve(self.covariance[:k, :k], before))
        return JointTest(statistic=statistic, df=k, df_errors=float(self.df[:k].min()))

    def detectable_shift(self, *, power: float, level: float = 0.95) -> float:
        """Return the false effect that `joint_test` would see with this probability, wherever it starts.

        An effect e that starts after the j-th time makes the gaps of the first j times ``-e``: with
        ``v_j`` the vector of ones there, the test has the non-central law of parameter ``e² v_j'S⁻¹v_j``. The
        largest of the answers over j. Infinite when there are too few degrees of freedom for the test.
        """
        k = self.n_before
        left = float(self.df[:k].min()) - k + 1
        if left <= 0:
            return np.inf
        needed = _noncentrality(k, left, power=power, level=level)
        started = np.tril(np.ones((k, k)))  # row j: the first j + 1 times
        information = np.einsum("ij,ij->i", started, np.linalg.solve(self.covariance[:k, :k], started.T).T)
        return float(np.sqrt(needed / information.min()))

    def as_rates(self) -> tuple[Floats, Floats]:
        """Return values and covariance on the scale where moves are per unit of time.

        The move between two times before entry is divided by the time between them, the effect by the
        horizon: moves can then be compared though measures are not evenly spaced.
        """
        k = self.n_before
        spacing = np.diff(np.append(self.times, 0.0))
        moves = np.eye(k, k + 1, k=1)[:, :k] - np.eye(k)  # the last gap before entry is zero
        total = -np.triu(np.ones((k, k)))
        scale = np.zeros((k + 1, k + 1))
        scale[:k, :k] = total @ (moves / spacing[:, None])
        scale[k, k] = 1 / self.horizon
        return scale @ self.values, scale @ self.covariance @ scale.T


def gaps_between(
    *,
    changes: Floats,
    times: Floats,
    horizon: float,
    treated: npt.NDArray[np.bool_],
    X: Floats,
    centre: Centre,
    weights: Floats | None,
    clusters: Codes | None,
) -> Gaps:
    """Estimate the gaps of k earlier times and of one after, with CR2 errors (HC2 without clusters).

    Each is the coefficient of T in the regression of `arms.difference` on the change, among those known at
    that time; the covariances come from people known at both.

    Parameters
    ----------
    changes : (n, k + 1) array
        Outcome at the time less that at the last time before entry; NaN where not known.
    times : (k,) array
    horizon : float
    treated : (n,) array of bool
    X : (n, p) array
        p may be 0; slopes are each group's own.
    centre : {"everyone", "treated"}
    weights, clusters : (n,) arrays, optional

    Raises
    ------
    EstimationError
        When a gap rests on one person or cluster, or on too few people for the covariates.
    """
    n, k = changes.shape
    units = n if clusters is None else int(clusters.max()) + 1
    scores, found = np.zeros((units, k)), []
    for column in range(k):
        known = ~np.isnan(changes[:, column])
        own = None if weights is None else weights[known]
        codes = None if clusters is None else clusters[known]
        design = columns_of_groups(
            treated[known], X[known], adjust="lin" if X.shape[1] else None, centre=centre, weights=own
        )
        fitted = fit(X=design, y=changes[known, column], weights=own)
        c = np.eye(design.shape[1])[1]
        found.append(contrast(fitted, c, errors="CR2", clusters=codes))
        part = cr2_scores(fitted, c, clusters=codes)
        if codes is None:
            scores[known, column] = part
        else:
            scores[: len(part), column] = part
    return Gaps(
        times=times,
        horizon=horizon,
        values=np.array([item.value for item in found]),
        covariance=scores.T @ scores,
        df=np.array([item.df for item in found]),
    )


def _noncentrality(q: int, left: float, *, power: float, level: float) -> float:
    """Return the parameter at which Fisher's non-central law is beyond its critical value so often."""
    critical = float(special.fdtri(q, left, level))

    def reach(parameter: float) -> float:
        return 1 - float(special.ncfdtr(q, left, parameter, critical)) - power

    high = 10.0
    while reach(high) < 0:
        high *= 2
    return float(optimize.brentq(reach, 0.0, high, xtol=1e-8))
