"""Why no weights can give the means wanted: the characteristics that stand in the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from impactkit.design.covariates import Floats

# Means missed by less than this, in standard deviations, are reached.
_REACHED = 1e-7


def culprits(Z: Floats, variables: Sequence[str], tolerance: Floats | None = None) -> tuple[str, ...]:
    """Return the characteristics whose means no weights of a group can bring to zero, or so near.

    First those that lie wholly on one side of zero in the group; failing these, those that must be missed
    when the others are reached, by the linear programme ``min Σ |m|`` subject to ``Z'w + m = 0``,
    ``Σ w = 1``, ``w ≥ 0``; all of them when only weights of zero for some people reach all means.

    Parameters
    ----------
    Z : (n, k) array
        Columns of the group less the means wanted, in standard deviations.
    variables : sequence of str
        The characteristic of each column.
    tolerance : (k,) array, optional
        How far from zero each mean may stay; 0 by default.
    """
    allowed = np.zeros(Z.shape[1]) if tolerance is None else tolerance
    low, high = Z.min(axis=0), Z.max(axis=0)
    outside = (low > allowed - _REACHED) | (high < _REACHED - allowed)
    if not outside.any():
        outside = np.abs(_missed(Z, allowed)) > _REACHED
    if not outside.any():
        outside = np.ones(Z.shape[1], dtype=bool)
    return tuple(dict.fromkeys(name for name, out in zip(variables, outside, strict=True) if out))


def _missed(Z: Floats, allowed: Floats) -> Floats:
    n, k = Z.shape
    balance = np.hstack([Z.T, np.eye(k), -np.eye(k), np.eye(k)])
    total = np.concatenate([np.ones(n), np.zeros(3 * k)])
    found = linprog(
        c=np.concatenate([np.zeros(n), np.ones(2 * k), np.zeros(k)]),
        A_eq=np.vstack([balance, total]),
        b_eq=np.concatenate([np.zeros(k), [1.0]]),
        bounds=[(0, None)] * (n + 2 * k) + [(-far, far) for far in allowed],
        method="highs",
    )
    assert found.x is not None  # m = -Z'w is a solution for any w
    return np.asarray(found.x[n : n + k] - found.x[n + k : n + 2 * k])
