"""Do small actions tell of larger effects than large ones? Egger's regression."""

from __future__ import annotations

import numpy as np

from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.pooling.mean_effects import mean_effects
from impactkit.estimators.pooling.random_effects import Average

# Below, the test has too little power to tell chance from a real asymmetry (Sterne et al. 2011, rule 1).
FEWEST_FOR_ASYMMETRY = 10


def egger(*, y: Floats, std_error: Floats) -> Average:
    """Return the slope of effects on their standard errors: 0 when size tells nothing of the effect.

    Least squares with weights ``1/v`` and a free dispersion, so that the slope is the intercept of the
    regression of ``y/s`` on ``1/s``; Student's law with k - 2 degrees of freedom.

    Parameters
    ----------
    y, std_error : (k,) arrays
        k ≥ 3; standard errors not all equal.

    References
    ----------
    Egger, Davey Smith, Schneider & Minder (1997), *BMJ* 315; Sterne et al. (2011), *BMJ* 343.

    Examples
    --------
    >>> import numpy as np
    >>> s = np.array([0.1, 0.2, 0.3, 0.4])
    >>> round(egger(y=1 + 2 * s + np.array([0.01, -0.01, 0.01, 0]), std_error=s).value, 2)
    1.96
    """
    X = np.column_stack([np.ones_like(y), std_error])
    fitted = mean_effects(y=y, v=std_error**2, X=X, tau2=0.0)
    variance = fitted.dispersion * float(fitted.inverse[1, 1])
    return Average(value=float(fitted.coefficients[1]), std_error=float(np.sqrt(variance)), df=len(y) - 2.0)
