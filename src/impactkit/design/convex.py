"""Newton's method on ``mean s_i f_i(x_i'b)`` for convex f: logits, probits and balancing scores alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from impactkit.design.covariates import Floats
from impactkit.design.owed import Owed

# A fit has converged when a step changes nobody's index by more than this (the next one is rounding): where
# groups are separated each step adds about 1 to it for ever, while Newton's steps shrink from 1e-4 to 1e-8.
_STEP = 1e-8
# A gradient as small as this while steps stay large: the loss falls without end along what separates groups.
_FLAT = 1e-14
_STEPS = 100
_HALVINGS = 40
# Rows are worked on by blocks that stay in the processor's cache.
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Loss:
    """A convex function of the index of each person, with its two derivatives (all (n,) arrays)."""

    value: Floats
    slope: Floats
    curvature: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Minimum:
    """Where the mean loss is least, or where the search for it was given up.

    Attributes
    ----------
    coefficients : (k,) array
    index : (n,) array
        ``X @ coefficients``.
    loss : Loss
        At the minimum.
    information : (k, k) array
        ``mean s f'' x x'``.
    gradient : float
        Largest absolute entry of ``mean s f' x``.
    converged : bool
    last_step : (k,) array
        The last step: the direction without end when there is no minimum.
    """

    coefficients: Floats
    index: Floats
    loss: Loss
    information: Floats
    gradient: float
    converged: bool
    last_step: Floats

    def owed(self, *, X: Floats, weights: Floats, slope: Floats) -> Owed:
        """Return what weights owe to these coefficients, whose influence is ``-A^-1 s f' x``.

        Parameters
        ----------
        X : (n, k) array
            What they were fitted on, a constant first.
        weights, slope : (n,) arrays
            Sampling weights, and the derivative of each weight by the index.
        """
        return Owed(
            rows=np.arange(len(X)),
            columns=X[:, 1:],
            slope=slope,
            pull=-weights * self.loss.slope,
            limits=np.zeros(X.shape[1]),
            bread=np.asarray(np.linalg.inv(self.information), dtype=float),
        )


def minimise(*, X: Floats, weights: Floats, loss: Callable[[Floats], Loss], start: Floats) -> Minimum:
    """Minimise ``mean s_i f_i(x_i'b)`` by Newton's steps, halved until the loss falls.

    Parameters
    ----------
    X : (n, k) array
        Columns of comparable sizes, of full rank.
    weights : (n,) array
        Sampling weights s, of mean 1.
    loss : callable
        From the (n,) indices to the losses of each person.
    start : (k,) array
        A first guess.
    """
    b, n = start.astype(float), len(X)
    index = X @ b
    found = loss(index)
    total = float(weights @ found.value) / n
    last = False
    for _ in range(_STEPS):
        gradient = X.T @ (weights * found.slope) / n
        information = weighted_gram(X, weights * found.curvature) / n
        solved, _, rank, _ = np.linalg.lstsq(information, gradient, rcond=1e-14)
        step = np.asarray(-solved, dtype=float)
        moved = X @ step
        # Columns are of full rank: without curvature along one, the loss falls along it for ever.
        endless = rank < len(b) or bool(np.abs(gradient).max() < _FLAT)
        if last or endless:
            break
        last = bool(np.abs(moved).max() < _STEP)
        scale, fall = 1.0, float(gradient @ step)
        for _ in range(_HALVINGS):
            tried = loss(index + scale * moved)
            tried_total = float(weights @ tried.value) / n
            if tried_total <= total + 1e-4 * scale * fall + 1e-14 * abs(total):
                break
            scale /= 2
        b, index = b + scale * step, index + scale * moved
        found, total = tried, tried_total
    return Minimum(
        coefficients=b,
        index=index,
        loss=found,
        information=information,
        gradient=float(np.abs(gradient).max()),
        converged=rank == len(b) and (last or float(np.abs(moved).max()) < _STEP),
        last_step=step,
    )


def weighted_gram(X: Floats, weights: Floats) -> Floats:
    """Return ``X' diag(w) X``, block by block: no weighted copy of X is made."""
    total = np.zeros((X.shape[1], X.shape[1]))
    for start in range(0, len(X), _BLOCK):
        rows = X[start : start + _BLOCK]
        total += (rows * weights[start : start + _BLOCK, None]).T @ rows
    return total
