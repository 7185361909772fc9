"""The mean of effects measured apart, given how much they truly vary: weighted least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.estimators.inference.linear import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """Coefficients of effects on their design, for one variance between actions.

    Attributes
    ----------
    coefficients : (p,) array
    inverse : (p, p) array
        ``(X'WX)⁻¹``, the covariance of the coefficients when the variances are known.
    residuals, weights : (k,) arrays
        ``y - Xβ`` and ``W``, the inverse of ``v + τ²``.
    """

    coefficients: Floats
    inverse: Floats
    residuals: Floats
    weights: Floats

    @property
    def weighted_squares(self) -> float:
        """``Σ w (y - xβ)²``."""
        # A plain sum, here and below: a product of vectors wakes the threads of the linear algebra library.
        return float((self.weights * self.residuals**2).sum())

    @property
    def dispersion(self) -> float:
        """Hartung and Knapp's ``s²``: the weighted squares, by degree of freedom."""
        return self.weighted_squares / (len(self.weights) - len(self.coefficients))

    def leverages(self, X: Floats) -> Floats:
        """Return the diagonal of the hat matrix ``X (X'WX)⁻¹ X'W``."""
        return np.asarray(self.weights * np.einsum("ip,pq,iq->i", X, self.inverse, X))


def mean_effects(*, y: Floats, v: Floats, X: Floats, tau2: float) -> Fitted:
    """Fit effects on their design with weights ``1 / (v + τ²)``.

    Parameters
    ----------
    y, v : (k,) arrays
        Effects, and the squares of their standard errors.
    X : (k, p) array
        Of full rank, k > p; a column of ones is the plain mean.
    tau2 : float
        Variance between actions.

    Examples
    --------
    >>> import numpy as np
    >>> mean_effects(y=np.array([1.0, 3.0]), v=np.ones(2), X=np.ones((2, 1)), tau2=0.0).coefficients
    array([2.])
    """
    weights = 1 / (v + tau2)
    if X.shape[1] == 1:  # the search for τ² comes here often: no factorisation for a plain mean
        weighted = weights * X[:, 0]
        total = float((weighted * X[:, 0]).sum())
        coefficients, inverse = np.array([float((weighted * y).sum()) / total]), np.array([[1 / total]])
        fitted = X[:, 0] * coefficients[0]
    else:
        root = np.sqrt(weights)
        Q, R = np.linalg.qr(X * root[:, None])
        back = np.linalg.inv(R)
        coefficients, inverse = back @ (Q.T @ (y * root)), back @ back.T
        fitted = X @ coefficients
    return Fitted(coefficients=coefficients, inverse=inverse, residuals=y - fitted, weights=weights)


def trace_of_p(fitted: Fitted, X: Floats) -> float:
    """Return the trace of ``P = W - WX (X'WX)⁻¹ X'W``, without making P."""
    w = fitted.weights
    if X.shape[1] == 1:
        return float(w.sum() - fitted.inverse[0, 0] * ((w * X[:, 0]) ** 2).sum())
    return float(w.sum() - np.trace(fitted.inverse @ ((X * w[:, None] ** 2).T @ X)))
