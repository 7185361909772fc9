"""Local polynomials on one side of a threshold: arrays in, linear weights on the outcome out.

With ``u_i = x_i / h``, ``r(u) = (1, u, …, u^p)'`` and ``k_i = K(u_i)``, the j-th coefficient of the weighted
fit is ``Σ_i l_ij y_i`` with ``l_j = h^-j e_j' (R'KR)^-1 R'K``. All that is estimated here is such a sum, so
that every standard error is ``(Σ_i l_i² e_i²)^½`` with residuals e that `residuals` defines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.text import Message

Kernel = Literal["triangular", "uniform", "epanechnikov"]
ThresholdErrors = Literal["nn", "hc0", "hc1", "hc2", "hc3", "cr1"]
Mask = npt.NDArray[np.bool_]

NEIGHBOURS = 3  # Calonico, Cattaneo & Titiunik (2014): matches of the nearest-neighbour variance
# Distances to neighbours that differ by less, relative to the largest value, are the same distance.
_TIE = 1e-12
# Covariates whose correlations have a worse condition number say the same thing but for rounding.
_REDUNDANT = 1e12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """The n people on one side of the threshold.

    Attributes
    ----------
    x : (n,) array
        Distance to the threshold: negative, or positive or zero.
    y : (n, m) array
        The outcome, then the take-up if there is one, then the covariates.
    clusters : (n,) array of int or None
    """

    x: Floats
    y: Floats
    clusters: Codes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Smoother:
    """A local polynomial fit, as weights.

    Attributes
    ----------
    weights : (p + 1, n) array
        ``weights[j] @ y`` is the coefficient of ``x^j``; zero outside the window.
    inside : (n,) array of bool
        Who has a positive kernel weight.
    leverage : (n,) array
        Weight of a person's own outcome in her fitted value.
    kernel : (n,) array
        ``K(u)``.
    """

    weights: Floats
    inside: Mask
    leverage: Floats
    kernel: Floats

    @property
    def degree(self) -> int:
        """The degree p of the polynomial."""
        return len(self.weights) - 1


def kernel_weights(u: Floats, kernel: Kernel) -> Floats:
    """Return ``K(u)`` for (n,) distances in units of the bandwidth."""
    if kernel == "uniform":
        return np.asarray(0.5 * (np.abs(u) <= 1))
    if kernel == "epanechnikov":
        return np.asarray(0.75 * np.maximum(1 - u**2, 0.0))
    return np.asarray(np.maximum(1 - np.abs(u), 0.0))


def smooth(x: Floats, *, bandwidth: float, degree: int, kernel: Kernel) -> Smoother:
    """Fit a polynomial of this degree around 0, with kernel weights.

    Parameters
    ----------
    x : (n,) array
        Distances to the threshold, on one side of it.
    bandwidth : float
        In the unit of ``x``.

    Raises
    ------
    EstimationError
        When there are no more distinct values inside the window than the degree.
    """
    u = x / bandwidth
    k = kernel_weights(u, kernel)
    inside = np.asarray(k > 0)
    if len(np.unique(x[inside])) <= degree:
        raise EstimationError(Message("threshold.error.too_few_near"))
    weights = np.zeros((degree + 1, len(x)))
    leverage = np.zeros(len(x))
    root = np.sqrt(k[inside])
    R = u[inside, None] ** np.arange(degree + 1)
    Q, T = np.linalg.qr(R * root[:, None])
    weights[:, inside] = np.linalg.solve(T, Q.T) * root / bandwidth ** np.arange(degree + 1)[:, None]
    leverage[inside] = np.einsum("ij,ij->i", Q, Q)
    return Smoother(weights=weights, inside=inside, leverage=leverage, kernel=k)


def residuals(x: Floats, u: Floats, fitted: Smoother, *, inside: Mask, errors: ThresholdErrors) -> Floats:
    """Return what stands for each person's deviation in a standard error, zero outside ``inside``.

    ``"nn"``: the outcome less the mean of those of the three nearest values of ``x`` in the window (all that
    are as near as the third), times ``(J / (J + 1))^½``, J being their number. ``"hc0"`` to ``"hc3"``: the
    residual of the fit, times 1, ``(n / (n - p - 1))^½``, ``(1 - leverage)^-½`` or ``(1 - leverage)^-1``;
    for ``"cr1"`` as for ``"hc0"``.

    Parameters
    ----------
    x, u : (n,) arrays
        Distances to the threshold and the (linearised) outcome.
    fitted : Smoother
        Whose residuals and leverages the hc errors take.
    inside : (n,) array of bool
        The window of the whole estimate; n counts the people in it.

    Raises
    ------
    EstimationError
        When the fit goes through everyone in its own window, and so leaves no residual to judge by.
    """
    found = np.zeros(len(x))
    if errors == "nn":
        found[inside] = _neighbour_residuals(x[inside], u[inside])
        return found
    if fitted.inside.sum() <= fitted.degree + 1:
        raise EstimationError(Message("threshold.error.exact_fit"))
    powers = np.arange(fitted.degree + 1)
    deviation = u - (x[:, None] ** powers) @ (fitted.weights @ u)
    if errors == "hc1":
        n = int(inside.sum())
        deviation = deviation * (n / max(n - len(powers), 1)) ** 0.5
    elif errors in ("hc2", "hc3"):
        left = np.maximum(1 - fitted.leverage, _TIE)
        deviation = deviation / (left**0.5 if errors == "hc2" else left)
    return np.where(inside, deviation, 0.0)


def _neighbour_residuals(x: Floats, y: Floats) -> Floats:
    """Return ``(J/(J+1))^½ (y_i - mean of its J nearest)``, in O(n log n)."""
    n, wanted = len(x), min(NEIGHBOURS, len(x) - 1)
    order = np.argsort(x, kind="stable")
    values, outcome = x[order], y[order] - y.mean()
    near = np.full((n, 2 * wanted), np.inf)
    for step in range(1, wanted + 1):  # the nearest ones are among those just before and after
        gap = values[step:] - values[:-step]
        near[step:, 2 * step - 2] = gap
        near[:-step, 2 * step - 1] = gap
    reach = np.partition(near, wanted - 1, axis=1)[:, wanted - 1] + _TIE * float(np.abs(values).max())
    first = np.searchsorted(values, values - reach, side="left")
    last = np.searchsorted(values, values + reach, side="right")
    total = np.concatenate([[0.0], np.cumsum(outcome)])
    matches = last - first - 1
    mean = (total[last] - total[first] - outcome) / matches
    found = np.empty(n)
    found[order] = np.sqrt(matches / (matches + 1)) * (outcome - mean)
    return found


def variance(weights: Floats, e: Floats, side: Side, fitted: Smoother, *, inside: Mask) -> float:
    """Return ``Σ (w_i e_i)²``, or with clusters ``G/(G-1) (n-1)/(n-p-1) Σ_g (Σ_i w_i e_i)²``.

    Parameters
    ----------
    weights, e : (n,) arrays
    side : Side
    fitted : Smoother
        Of degree p.
    inside : (n,) array of bool
        Whose n people, in G clusters, are counted.
    """
    scores = weights * e
    if side.clusters is None:
        return float(scores @ scores)
    n, groups = int(inside.sum()), len(np.unique(side.clusters[inside]))
    factor = (n - 1) / (n - fitted.degree - 1) * groups / max(groups - 1, 1)
    sums = np.bincount(side.clusters, weights=scores)
    return float(factor * (sums @ sums))


def covariate_slopes(fits: Sequence[tuple[Side, Smoother]], columns: int) -> Floats:
    """Return the slopes of the first ``columns`` columns of ``y`` on the others, the same on all sides.

    What a polynomial of its own on each side leaves of an outcome is regressed, with the kernel's weights, on
    what it leaves of the covariates.

    Returns
    -------
    (m - columns, columns) array
        Empty without covariates.

    Raises
    ------
    EstimationError
        When covariates are redundant in the window.
    """
    m = fits[0][0].y.shape[1]
    gram, cross = np.zeros((m - columns, m - columns)), np.zeros((m - columns, columns))
    for side, fitted in fits:
        powers = side.x[:, None] ** np.arange(fitted.degree + 1)
        left_over = side.y - powers @ (fitted.weights @ side.y)
        moments = (left_over[:, columns:] * fitted.kernel[:, None]).T @ left_over
        gram, cross = gram + moments[:, columns:], cross + moments[:, :columns]
    scale = np.sqrt(np.diag(gram))
    if m > columns and (not scale.all() or np.linalg.cond(gram / np.outer(scale, scale)) > _REDUNDANT):
        raise EstimationError(Message("threshold.error.redundant_covariates"))
    return np.asarray(np.linalg.solve(gram, cross)) if m > columns else cross
