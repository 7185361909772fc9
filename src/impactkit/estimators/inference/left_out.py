"""What a coefficient becomes without some people, or without each cluster, from one fit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Codes, Fit, Floats
from impactkit.text import Message

# An eigenvalue this close to 1 is a direction known from one set of people only.
_TIE = 1e-9
# Share of a contrast that may rest on one set and still be rounding.
_LOAD = 1e-7


def cluster_changes(fitted: Fit, c: Floats, *, clusters: Codes) -> Floats:
    """Return ``c'b - c'b_(g)`` for each cluster, ``b_(g)`` being the fit without cluster g.

    With ``q = R^-T c``, it is ``q' (I - Q_g'Q_g)⁻¹ Q_g'e_g``.

    Parameters
    ----------
    fitted : Fit
    c : (k,) array
    clusters : (n,) array of int
        Codes 0 … G-1.

    Returns
    -------
    (G,) array

    Raises
    ------
    EstimationError
        When the contrast cannot be estimated without one of the clusters.
    """
    return _changes(fitted, c, *by_cluster(fitted, fitted.residuals, clusters))


def change_without(fitted: Fit, c: Floats, people: npt.NDArray[np.intp]) -> float:
    """Return ``c'b - c'b_(s)``, ``b_(s)`` being the fit without these people.

    Parameters
    ----------
    fitted : Fit
    c : (k,) array
    people : (m,) array of int
        Their rows.

    Raises
    ------
    EstimationError
        When the contrast cannot be estimated without them.
    """
    Q = fitted.Q[people]
    return float(_changes(fitted, c, (Q.T @ Q)[None], (Q.T @ fitted.residuals[people])[None])[0])


def by_cluster(fitted: Fit, values: Floats, clusters: Codes) -> tuple[Floats, Floats]:
    """Return ``Q_g'Q_g`` (G, k, k) and ``Q_g'values_g`` (G, k)."""
    k, groups = fitted.Q.shape[1], int(clusters.max()) + 1
    cross, moments = np.empty((groups, k, k)), np.empty((groups, k))
    for i in range(k):
        moments[:, i] = np.bincount(clusters, fitted.Q[:, i] * values, minlength=groups)
        for j in range(i + 1):
            product = np.bincount(clusters, fitted.Q[:, i] * fitted.Q[:, j], minlength=groups)
            cross[:, i, j] = cross[:, j, i] = product
    return cross, moments


def _changes(fitted: Fit, c: Floats, cross: Floats, moments: Floats) -> Floats:
    q = fitted.direction(c)
    S, V = np.linalg.eigh(cross)
    load = np.einsum("gki,k->gi", V, q)
    alone = S > 1 - _TIE
    if alone.any() and np.abs(load[alone]).max() > _LOAD * np.linalg.norm(q):
        raise EstimationError(Message("estimators.error.rests_on_one"))
    # A direction known from one set only, that the contrast does not use, goes with that set.
    inverse = np.where(alone, 0.0, 1 / (1 - np.where(alone, 0.0, S)))
    return np.asarray(np.einsum("gi,gi,gki,gk->g", load, inverse, V, moments))
