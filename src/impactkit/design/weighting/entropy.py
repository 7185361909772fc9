"""Entropy balancing: the weights nearest to equal that give a group exactly the means wanted.

They are ``w_i = exp(a + b'z_i)`` with z the columns less the means wanted, and b the minimum of the convex
``log Σ s exp(b'z)`` (Newton's method on the dual). For the ATT they are also those of the just-identified
covariate balancing score.

References
----------
Hainmueller (2012), *Political Analysis* 20(1). Zhao & Percival (2017), *J. of Causal Inference* 5(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.design.convex import weighted_gram
from impactkit.design.covariates import Floats
from impactkit.design.owed import Owed
from impactkit.design.weighting.score import Bools, Target, Weights

# Largest difference left between the means reached and those wanted, in standard deviations.
BALANCED = 1e-10
_STEPS = 200
_HALVINGS = 40
# From this many people, the search starts from the solution of one person in so many.
_MANY, _ONE_IN = 20_000, 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tilt:
    """Weights of the n people of a group, of sum ``Σ s w = Σ s``.

    Attributes
    ----------
    w : (n,) array
    coefficients : (k,) array
        b.
    gap : float
        Largest absolute mean of the columns, which should be zero.
    converged : bool
        Whether ``gap`` is at most the tolerance.
    limits : (k,) array
        The means that the columns reach: zero, or a tolerance.
    used : (k,) array of bool
        The columns that the weights depend on: all, or those at their tolerance.
    """

    w: Floats
    coefficients: Floats
    gap: float
    converged: bool
    limits: Floats
    used: Bools


def tilt(Z: Floats, *, weights: Floats, tolerance: float = BALANCED) -> Tilt:
    """Find the weights nearest to equal under which every column has mean zero.

    Parameters
    ----------
    Z : (n, k) array
        Columns less the means wanted, in standard deviations.
    weights : (n,) array
        Sampling weights s.
    tolerance : float
        Largest mean left.

    Notes
    -----
    When the means wanted lie outside what any weights of the group can give, no step converges and
    ``converged`` is False.
    """
    b = np.zeros(Z.shape[1])
    if len(Z) >= _MANY:
        b = _search(Z[::_ONE_IN], weights[::_ONE_IN], b, 1e-3)[0]
    b, probability, gap = _search(Z, weights, b, tolerance)
    values = probability * (weights.sum() / weights)
    k = Z.shape[1]
    return Tilt(
        w=values,
        coefficients=b,
        gap=gap,
        converged=gap <= tolerance,
        limits=np.zeros(k),
        used=np.ones(k, dtype=bool),
    )


def _search(Z: Floats, weights: Floats, b: Floats, tolerance: float) -> tuple[Floats, Floats, float]:
    """Return the coefficients, the probabilities ``s w / Σ s w`` and the gap that remains."""
    base = np.log(weights)
    index = base + Z @ b
    value, probability = soft_maximum(index)
    best = np.inf
    for _ in range(_STEPS):
        means = probability @ Z
        gap = float(np.abs(means).max(initial=0.0))
        # Once balanced, one step more brings rounding: steps go on to it, or until they gain no digit.
        if gap <= tolerance / 1000 or (gap <= tolerance and gap > best / 10):
            break
        best = min(best, gap)
        spread = weighted_gram(Z, probability) - np.outer(means, means)
        step = -np.linalg.lstsq(spread, means, rcond=1e-14)[0]
        moved, fall, scale = Z @ step, float(means @ step), 1.0
        if not np.isfinite(moved).all():
            break
        for _ in range(_HALVINGS):
            tried_value, tried = soft_maximum(index + scale * moved)
            if tried_value <= value + 1e-4 * scale * fall + 1e-13:
                break
            scale /= 2
        b, index = b + scale * step, index + scale * moved
        value, probability = tried_value, tried
        if np.abs(b).max() > 1e6:
            break
    return b, probability, float(np.abs(probability @ Z).max(initial=0.0))


def soft_maximum(index: Floats) -> tuple[float, Floats]:
    """Return ``log Σ exp(index)`` and its gradient."""
    top = float(index.max())
    powers = np.exp(index - top)
    total = float(powers.sum())
    powers /= total
    return top + float(np.log(total)), powers


def entropy_weights(
    *, Z: Floats, treated: Bools, weights: Floats, target: Target, tilts: dict[bool, Tilt]
) -> Weights:
    """Return the weights of everyone and what they owe to their parameters.

    The parameters of a group's weights ``exp(a + b'z)`` solve ``Σ_group s w (1, z) = Σ_target s (1, z)``,
    the target being the beneficiaries (ATT) or everyone (ATE); its scale is without effect on a mean. Within
    a tolerance, z are the columns at it, less it: which ones they are is taken as known.

    Parameters
    ----------
    Z : (n, k) array
        In standard deviations.
    treated : (n,) array of bool
    weights : (n,) array
        Sampling weights, of mean 1.
    target : {"ATT", "ATE"}
    tilts : mapping
        By group (True for beneficiaries), its weights; a group that is not in it has weights of 1.
    """
    n = len(Z)
    wanted = treated if target == "ATT" else np.ones(n, dtype=bool)
    values = np.ones(n)
    owed: list[Owed] = []
    everyone = np.arange(n)
    for arm, tilted in tilts.items():
        group = treated == arm
        values[group] = tilted.w
        columns = Z if tilted.used.all() else Z[:, tilted.used]
        limits = np.concatenate([[0.0], tilted.limits[tilted.used]])
        ratio = weights[group].sum() / weights[wanted].sum()
        # At its tolerance, a mean is as far from the one wanted as the limit: own columns are less it.
        mass = np.where(group, weights * values, 0.0)
        information = _with_constant(columns, mass, limits)
        owed.append(
            Owed(
                rows=everyone,
                columns=columns,
                slope=np.where(group, values, 0.0),
                pull=weights * ratio * wanted - mass,
                back=mass if limits.any() else None,
                limits=limits,
                # Limits of levels that follow from each other may all be reached: any solution will do.
                bread=np.asarray(np.linalg.pinv(information, hermitian=True) * n, dtype=float),
            )
        )
    return Weights(w=values, owed=tuple(owed), score=None)


def _with_constant(columns: Floats, mass: Floats, limits: Floats) -> Floats:
    """Return ``Σ m (x - l) (x - l)'``, x being a constant and the columns, of which no copy is made."""
    total, sums = float(mass.sum()), mass @ columns
    inner = weighted_gram(columns, mass)
    edge = np.concatenate([[total], sums])
    whole = np.block([[np.array([[total]]), sums[None, :]], [sums[:, None], inner]])
    return np.asarray(
        whole - np.outer(edge, limits) - np.outer(limits, edge) + total * np.outer(limits, limits)
    )
