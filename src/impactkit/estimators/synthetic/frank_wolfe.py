"""Weights that add up to one, many problems at once: the optimiser behind synthetic controls."""

from __future__ import annotations

import numpy as np

from impactkit.estimators.inference.linear import Floats

# The published choices of synthetic difference in differences: a hundred steps, weights up to a quarter of
# the largest set to zero, then steps to the end from there.
STEPS_BEFORE = 100
MOST_STEPS = 10_000
_SPARSE = 4.0


def simplex_weights(A: Floats, b: Floats, *, zeta: Floats, floor: Floats) -> Floats:
    """Minimise ``|A x - b|² / n + zeta² |x|²`` over ``x ≥ 0, Σ x = 1``, for each problem.

    Frank and Wolfe's steps with exact line search from equal weights, in two stages (see above); a problem
    stops when a step lowers its objective by no more than ``floor²``.

    Parameters
    ----------
    A : (p, n, k) array
        Of each of p problems.
    b : (p, n) array
    zeta, floor : (p,) arrays

    Returns
    -------
    (p, k) array

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), *American Economic Review* 111(12), algorithm 1
    and the defaults of their software. Frank & Wolfe (1956), *Naval Res. Logist. Q.* 3.
    """
    x = np.full((A.shape[0], A.shape[2]), 1 / A.shape[2])
    x = _descend(A, b, x, zeta=zeta, floor=floor, most=STEPS_BEFORE)
    x = np.where(x <= x.max(axis=1, keepdims=True) / _SPARSE, 0.0, x)
    x /= x.sum(axis=1, keepdims=True)
    return _descend(A, b, x, zeta=zeta, floor=floor, most=MOST_STEPS)


def _descend(A: Floats, b: Floats, x: Floats, *, zeta: Floats, floor: Floats, most: int) -> Floats:
    x = x.copy()
    n = A.shape[1]
    going = np.arange(len(A))
    value = np.full(len(A), np.inf)
    for step in range(most):
        x[going], now = _step(A, b, x[going], zeta**2, n)
        # The first step is never the last: there is nothing to compare it with.
        goes_on = np.full(len(going), True) if step == 0 else value - now > floor**2
        value = now
        if not goes_on.all():
            going, value = going[goes_on], value[goes_on]
            A, b, zeta, floor = A[goes_on], b[goes_on], zeta[goes_on], floor[goes_on]
            if not going.size:
                break
    return x


def _step(A: Floats, b: Floats, x: Floats, ridge: Floats, n: int) -> tuple[Floats, Floats]:
    """Move each problem towards its best corner, as far as is best; return it with its objective."""
    rows = np.arange(len(x))
    penalty = n * ridge[:, None]
    residual = np.einsum("pnk,pk->pn", A, x) - b
    slope = np.einsum("pn,pnk->pk", residual, A) + penalty * x
    corner = slope.argmin(axis=1)
    direction = -x
    direction[rows, corner] += 1.0
    change = A[rows, :, corner] - residual - b
    bend = np.einsum("pn,pn->p", change, change) + n * ridge * np.einsum("pk,pk->p", direction, direction)
    drop = -np.einsum("pk,pk->p", slope, direction)
    length = np.clip(np.divide(drop, bend, out=np.zeros_like(drop), where=bend > 0), 0.0, 1.0)
    x = x + length[:, None] * direction
    residual = residual + length[:, None] * change
    size = np.einsum("pn,pn->p", residual, residual)
    return x, ridge * np.einsum("pk,pk->p", x, x) + size / n
