"""Mahalanobis distances as ordinary ones: coordinates whose straight-line distances they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats

Bools = npt.NDArray[np.bool_]


def mahalanobis_coordinates(*, X: Floats, treated: Bools, weights: Floats | None = None) -> Floats:
    """Return coordinates in which straight-line distances are Mahalanobis distances between people.

    The covariance is pooled within the two groups (Rubin 1980), as R's MatchIt and optmatch take it.
    Columns that do not vary are left out; where columns follow from each other, the generalised inverse is
    taken.

    Parameters
    ----------
    X : (n, p) array
        For a category, one column per level, divided by the square root of 2, so that it weighs as much as if
        it had been a yes/no variable.
    treated : (n,) array of bool
    weights : (n,) array, optional
        Sampling weights.

    Returns
    -------
    (n, q) array
        q ≤ p; zeros when nothing varies: everyone is as near.

    References
    ----------
    Rubin (1980), *Biometrics* 36(2): ``d² = (x_i - x_j)' Σ^-1 (x_i - x_j)``.
    """
    X = _varying(X)
    if X.shape[1] == 0:
        return np.zeros((len(X), 1))
    X = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)
    w = np.ones(len(X)) if weights is None else weights
    centred = X.copy()
    for group in (treated, ~treated):
        centred[group] -= np.average(X[group], axis=0, weights=w[group])
    # The scale of w is without effect on who is nearest; with equal weights, this is MatchIt's Σ.
    covariance = _products(centred, w) / (w.sum() * (1 - 2 / len(X)))
    return _coordinates(X, covariance)


def rank_coordinates(*, X: Floats) -> Floats:
    """Return coordinates in which straight-line distances are Rosenbaum's rank-based Mahalanobis distances.

    Each column is replaced by its ranks (average for ties), and the covariance of the ranks scaled so that
    each has the variance of ranks without ties: neither an outlier nor a rare level then decides alone.

    Parameters
    ----------
    X : (n, p) array
        As for `mahalanobis_coordinates`.

    References
    ----------
    Rosenbaum (2010), *Design of Observational Studies*, section 9.3.
    """
    X = _varying(X)
    if X.shape[1] == 0:
        return np.zeros((len(X), 1))
    ranks = np.column_stack([_mean_ranks(x) for x in X.T])
    covariance = np.atleast_2d(np.cov(ranks, rowvar=False))
    untied = np.sqrt(len(X) * (len(X) + 1) / 12)
    scale = untied / np.sqrt(np.diag(covariance))
    return _coordinates(ranks, covariance * np.outer(scale, scale))


def _mean_ranks(x: Floats) -> Floats:
    _, place, people = np.unique(x, return_inverse=True, return_counts=True)
    # Equal ones share the mean of their ranks.
    return np.asarray((np.cumsum(people) - (people - 1) / 2)[place])


def _varying(X: Floats) -> Floats:
    kept = np.ptp(X, axis=0) > 1.5e-8
    return np.asarray(X[:, kept], dtype=float)


def _coordinates(X: Floats, covariance: Floats) -> Floats:
    """Return ``X L`` with ``L L'`` the inverse of the covariance, its first column that of largest variance.

    The pivoted Cholesky factor fixes which coordinate comes first, and with it how ties are broken.
    """
    inverse: Floats = np.asarray(np.linalg.pinv(covariance, rcond=1e-10, hermitian=True), dtype=float)
    factor = _pivoted_cholesky(_rounded(inverse))
    # Term by term, as in `_products`.
    coordinates = np.zeros((len(X), factor.shape[1]))
    for column, weights in zip(X.T, factor, strict=True):
        coordinates += column[:, None] * weights
    return coordinates


def _products(X: Floats, w: Floats) -> Floats:
    """Return ``X' diag(w) X``, term by term.

    A matrix product adds in an order that depends on the processor, and the last digit then decides between
    two people who stand exactly as far: the same files would give another pair on another machine.
    """
    return np.array([[np.sum(w * x * y) for y in X.T] for x in X.T])


def _rounded(A: Floats) -> Floats:
    """Round to 12 digits of the largest entry: beyond, an inverse depends on the processor."""
    unit = 10.0 ** (np.floor(np.log10(np.abs(A).max(initial=1e-300))) - 12)
    return np.asarray(np.round(A / unit) * unit)


def _pivoted_cholesky(A: Floats) -> Floats:
    """Return L with ``L L' = A``, a column at a time from the largest remaining diagonal entry."""
    rest, columns = A.copy(), []
    largest = float(np.diag(A).max(initial=0.0))
    for _ in range(len(A)):
        pivot = int(np.argmax(np.diag(rest)))
        if rest[pivot, pivot] <= 1e-10 * largest:
            break
        column = rest[:, pivot] / np.sqrt(rest[pivot, pivot])
        columns.append(column)
        rest = rest - np.outer(column, column)
    return np.column_stack(columns) if columns else np.zeros((len(A), 1))
