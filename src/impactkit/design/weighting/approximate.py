"""Entropy balancing within a tolerance: the weights nearest to equal that leave no mean further than that.

They are ``w_i = exp(a + b'z_i)`` with b the minimum of the convex ``log Σ s exp(b'z) + Σ δ_j |b_j|``: with no
tolerance, those of `entropy`. At the minimum each mean ``m_j = Σ s w z_j / Σ s w`` satisfies ``|m_j| ≤ δ_j``,
and ``m_j = -δ_j sign(b_j)`` where ``b_j`` is not zero; that is what `approximate_tilt` checks.

References
----------
Zubizarreta (2015), *JASA* 110(511) (stable weights that balance approximately). Wang & Zubizarreta (2020),
*Biometrika* 107(1) (their dual, for any measure of dispersion; here entropy). Dudík, Phillips & Schapire
(2007), *J. of Machine Learning Research* 8 (maximum entropy within tolerances).
"""

from __future__ import annotations

import numpy as np

from impactkit.design.convex import weighted_gram
from impactkit.design.covariates import Floats
from impactkit.design.weighting.entropy import Tilt, soft_maximum

# The optimality conditions hold when no mean misses them by more, in standard deviations.
_OPTIMAL = 1e-9
_STEPS = 200
_SWEEPS = 1_000
_HALVINGS = 40
# A step that changes nobody's index by more is rounding.
_STILL = 1e-13


def approximate_tilt(Z: Floats, *, weights: Floats, tolerance: Floats) -> Tilt:
    """Find the weights nearest to equal under which every mean is within its tolerance of zero.

    By Newton's steps: at each, the quadratic approximation plus the absolute values is minimised one
    coefficient after the other.

    Parameters
    ----------
    Z : (n, k) array
        Columns less the means wanted.
    weights : (n,) array
        Sampling weights s.
    tolerance : (k,) array
        Positive, in the unit of each column.

    Returns
    -------
    Tilt
        Its ``gap`` is by how much the optimality conditions are missed, and ``limits`` holds the tolerance of
        the columns whose mean is at it; ``converged`` is False when no weights come within the tolerances.

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.array([[-1.0], [2.0], [3.0]])
    >>> found = approximate_tilt(Z, weights=np.ones(3), tolerance=np.array([0.5]))
    >>> round(float(found.w @ [-1, 2, 3]) / 3, 9)
    0.5
    """
    base = np.log(weights)
    b = np.zeros(Z.shape[1])
    index = base.copy()
    value, probability = soft_maximum(index)
    for _ in range(_STEPS):
        means = probability @ Z
        penalty = float(tolerance @ np.abs(b))
        # Any weights are at most log(Σs / min s) from equal ones, and by duality at least log(Σs) - value.
        impossible = value + penalty < base.min() - 1e-6
        if impossible or _missed(means, b, tolerance) <= _OPTIMAL / 1000:
            break
        spread = weighted_gram(Z, probability) - np.outer(means, means)
        step = _step(means, spread, b, tolerance)
        moved = Z @ step
        fall = float(means @ step) + float(tolerance @ np.abs(b + step)) - penalty
        if not np.isfinite(moved).all() or np.abs(moved).max() < _STILL:
            break
        scale = 1.0
        for _ in range(_HALVINGS):
            tried_value, tried = soft_maximum(index + scale * moved)
            gained = tried_value + float(tolerance @ np.abs(b + scale * step)) - value - penalty
            if gained <= 1e-4 * scale * fall + 1e-13:
                break
            scale /= 2
        b, index = b + scale * step, index + scale * moved
        value, probability = tried_value, tried
    gap = _missed(probability @ Z, b, tolerance)
    values = probability * (weights.sum() / weights)
    return Tilt(
        w=values,
        coefficients=b,
        gap=gap,
        converged=gap <= _OPTIMAL,
        limits=-np.sign(b) * tolerance,
        used=b != 0,
    )


def _missed(means: Floats, b: Floats, tolerance: Floats) -> float:
    """Return by how much the optimality conditions are missed."""
    at_limit = np.abs(means + np.sign(b) * tolerance)
    inside = np.maximum(np.abs(means) - tolerance, 0.0)
    return float(np.where(b != 0, at_limit, inside).max(initial=0.0))


def _step(means: Floats, spread: Floats, b: Floats, tolerance: Floats) -> Floats:
    """Minimise ``means'd + d'spread d/2 + Σ δ |b + d|`` over d, one coefficient after the other."""
    target = b.copy()
    slope = means.copy()  # of the quadratic, at the target
    curvature = np.maximum(np.diag(spread), 1e-12)
    for _ in range(_SWEEPS):
        largest = 0.0
        for j in range(len(b)):
            free = target[j] - slope[j] / curvature[j]
            new = np.sign(free) * max(abs(free) - tolerance[j] / curvature[j], 0.0)
            change = new - target[j]
            if change != 0:
                slope += spread[:, j] * change
                target[j] = new
                largest = max(largest, abs(change) * float(curvature[j]) ** 0.5)
        if largest < 1e-13 * max(1.0, float(np.abs(target).max())):
            break
    return np.asarray(target - b)
