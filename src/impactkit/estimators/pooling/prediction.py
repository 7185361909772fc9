"""Where the true effect of another action would be, when how much effects vary is itself not known."""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from impactkit.estimators.inference.distributions import chi2_ppf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.pooling.between import between_at
from impactkit.estimators.pooling.mean_effects import mean_effects

_NODES = 100  # values of τ², each as likely
_FAR = 40.0  # standard deviations: beyond, nothing is left of a normal law


def predicted(*, y: Floats, v: Floats, X: Floats, x: Floats, level: float) -> tuple[float, float]:
    """Return the interval of another action's true effect, over all values of τ² that the effects allow.

    At the true τ², ``Q(τ²)`` follows the chi-squared law with k - p degrees: each of its quantiles ``c``
    gives the τ² at which ``Q(τ²) = c`` (0 when Q starts below), and these values are the confidence
    distribution of τ². At each, another effect is ``N(xβ(τ²), τ² + x (X'WX)⁻¹ x')``; the interval has the
    quantiles of their mixture. A τ² estimated at 0 thus does not pass for known to be 0.

    Parameters
    ----------
    y, v : (k,) arrays
        Effects, and the squares of their standard errors.
    X : (k, p) array
        Of full rank, k > p + 1.
    x : (p,) array
        Moderators of the other action.
    level : float

    References
    ----------
    Wang, Hannig & Iyer (2012), *J. Statistical Planning and Inference* 142(7), for fiducial prediction;
    Viechtbauer (2007), *Statistics in Medicine* 26(1), for the law of Q(τ²); Nagashima, Noma & Furukawa
    (2019), *Statistical Methods in Medical Research* 28(6), for a bootstrap on the same idea.

    Examples
    --------
    >>> import numpy as np
    >>> y, v = np.array([0.0, 4.0, 2.0, 2.0]), np.ones(4)
    >>> low, high = predicted(y=y, v=v, X=np.ones((4, 1)), x=np.ones(1), level=0.95)
    >>> round((low + high) / 2, 6), round(high - low, 1)
    (2.0, 11.1)
    """
    shares = 1 - (np.arange(_NODES) + 0.5) / _NODES
    targets = chi2_ppf(shares, len(y) - X.shape[1])
    middles, spreads = np.empty(_NODES), np.empty(_NODES)
    tau2 = 0.0
    for i, target in enumerate(targets):  # falling: each τ² starts the search of the next
        tau2 = between_at(float(target), y=y, v=v, X=X, start=tau2)
        fitted = mean_effects(y=y, v=v, X=X, tau2=tau2)
        middles[i] = x @ fitted.coefficients
        spreads[i] = np.sqrt(tau2 + x @ fitted.inverse @ x)
    low, high = (_quantile(share, middles, spreads) for share in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _quantile(share: float, middles: Floats, spreads: Floats) -> float:
    """Return a quantile of a mixture of normal laws, each as likely."""

    def above(value: float) -> float:
        return float(special.ndtr((value - middles) / spreads).mean()) - share

    ends = float((middles - _FAR * spreads).min()), float((middles + _FAR * spreads).max())
    return float(optimize.brentq(above, *ends, xtol=1e-12 * (ends[1] - ends[0]), rtol=1e-12))
