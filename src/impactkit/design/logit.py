"""The chance of belonging to a group given characteristics, by maximum likelihood: logit and probit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_ndtr

from impactkit.design.convex import Loss, Minimum, minimise
from impactkit.design.covariates import Floats

Link = Literal["logit", "probit"]
Bools = npt.NDArray[np.bool_]

_HALF_LOG_2PI = 0.5 * float(np.log(2 * np.pi))


def fit_chance(*, X: Floats, treated: Bools, weights: Floats, link: Link = "logit") -> Minimum:
    """Fit ``P(T = 1 | x) = F(x'b)``, F the logistic law or the normal one.

    Parameters
    ----------
    X : (n, k) array
        With a constant; columns of comparable sizes.
    treated : (n,) array of bool
    weights : (n,) array
        Sampling weights, of mean 1.
    link : {"logit", "probit"}

    Returns
    -------
    Minimum
        Its ``converged`` is False when the columns separate the groups, all people or some: there is then no
        maximum.

    Examples
    --------
    >>> import numpy as np
    >>> X, treated = np.ones((4, 1)), np.array([True, True, True, False])
    >>> bool(abs(fit_chance(X=X, treated=treated, weights=np.ones(4)).coefficients[0] - np.log(3)) < 1e-12)
    True
    """
    loss = _probit(treated) if link == "probit" else _logit(treated)
    return minimise(X=X, weights=weights, loss=loss, start=np.zeros(X.shape[1]))


def _logit(treated: Bools) -> Callable[[Floats], Loss]:
    T = treated.astype(float)

    def loss(index: Floats) -> Loss:
        chance = expit(index)
        return Loss(np.logaddexp(0.0, index) - T * index, chance - T, chance * (1 - chance))

    return loss


def _probit(treated: Bools) -> Callable[[Floats], Loss]:
    sign = np.where(treated, 1.0, -1.0)

    def loss(index: Floats) -> Loss:
        own = sign * index
        log_chance = log_ndtr(own)
        mills = np.exp(-0.5 * own**2 - _HALF_LOG_2PI - log_chance)
        return Loss(-log_chance, -sign * mills, mills * (mills + own))

    return loss
