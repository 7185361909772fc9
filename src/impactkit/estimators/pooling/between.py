"""How much effects truly vary from one action to another: the variance between actions, and its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy import optimize

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import chi2_ppf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.pooling.mean_effects import Fitted, mean_effects, trace_of_p
from impactkit.text import Message

PoolMethod = Literal["REML", "DL", "PM", "ML", "EB", "HE", "SJ", "HS", "FE"]

_MOST_STEPS = 500
_MOST_STEPS_AT = 40
_CLOSE = 1e-11  # of Q, relative
_NOTHING = 1e-9  # in units of the typical variance


def between_variance(*, y: Floats, v: Floats, X: Floats, method: PoolMethod) -> float:
    """Estimate the variance of true effects between actions, τ².

    With ``W = diag(1/(v + τ²))``, ``P = W - WX(X'WX)⁻¹X'W`` and ``Q(τ²) = y'Py`` (P₀ and Q₀ at τ² = 0):

    - ``"DL"``: ``(Q₀ - (k - p)) / tr P₀`` (DerSimonian & Laird);
    - ``"HE"``: the same with equal weights (Hedges & Olkin);
    - ``"HS"``: ``(Q₀ - k) / Σ 1/v`` (Hunter & Schmidt);
    - ``"SJ"``: ``τ₀² Q(τ₀²) / (k - p)``, ``τ₀²`` the variance of the effects (Sidik & Jonkman);
    - ``"PM"``: the root of ``Q(τ²) = k - p`` (Paule & Mandel); ``"EB"`` (Morris) has the same root;
    - ``"ML"``, ``"REML"``: where the likelihood, or the restricted one, is highest;
    - ``"FE"``: 0, one common effect.

    Parameters
    ----------
    y, v : (k,) arrays
        Effects, and the squares of their standard errors.
    X : (k, p) array
        Of full rank, k > p.
    method : str

    Returns
    -------
    float
        Never negative.

    Raises
    ------
    EstimationError
        When the search for the highest likelihood does not end.

    References
    ----------
    Viechtbauer (2005), *J. Educational and Behavioral Statistics* 30(3); Veroniki et al. (2016), *Research
    Synthesis Methods* 7(1).

    Examples
    --------
    >>> import numpy as np
    >>> y, v = np.array([0.0, 4.0, 2.0]), np.ones(3)
    >>> round(between_variance(y=y, v=v, X=np.ones((3, 1)), method="DL"), 6)
    3.0
    """
    # Units of the typical variance: the search then stops alike whatever the unit of the outcome.
    unit = float(np.median(v))
    # What moderators span is all that counts: with orthogonal columns nothing is lost to rounding.
    X = np.linalg.qr(X)[0] if X.shape[1] > 1 else X
    scaled = max(0.0, _METHODS[method](y / math.sqrt(unit), v / unit, X))
    return scaled * unit


def heterogeneity(*, y: Floats, v: Floats, X: Floats) -> float:
    """Return Cochran's Q: the weighted squares around the common effect."""
    return mean_effects(y=y, v=v, X=X, tau2=0.0).weighted_squares


def typical_variance(*, v: Floats, X: Floats) -> float:
    """Return the sampling variance that I² sets against τ²: ``(k - p) / tr P₀``.

    References
    ----------
    Higgins & Thompson (2002), *Statistics in Medicine* 21(11).
    """
    fixed = mean_effects(y=np.zeros_like(v), v=v, X=X, tau2=0.0)
    return float((len(v) - X.shape[1]) / trace_of_p(fixed, X))


def between_interval(*, y: Floats, v: Floats, X: Floats, level: float) -> tuple[float, float]:
    """Return the interval of τ² by the Q-profile: the values at which Q is not surprising.

    Both ends are 0 when Q is so small that even 0 would be surprising: effects vary less than chance would
    have them vary.

    References
    ----------
    Viechtbauer (2007), *Statistics in Medicine* 26(1).
    """
    df = len(y) - X.shape[1]
    high, low = (float(chi2_ppf(p, df)) for p in ((1 - level) / 2, (1 + level) / 2))
    return _q_reaches(low, y, v, X), _q_reaches(high, y, v, X)


def between_at(target: float, *, y: Floats, v: Floats, X: Floats, start: float = 0.0) -> float:
    """Return the τ² at which Q comes down to ``target``, by Newton's steps on 1/Q; 0 when Q starts below.

    ``1/Q`` is a straight line when standard errors are equal, and nearly so otherwise. ``start`` is a τ² that
    is not above the one sought. Where steps do not settle, the root is bracketed.
    """
    tau2 = start
    for _ in range(_MOST_STEPS_AT):
        fitted = mean_effects(y=y, v=v, X=X, tau2=tau2)
        squares = (fitted.weights * fitted.residuals) ** 2
        q = fitted.weighted_squares
        if abs(q - target) <= _CLOSE * target or (tau2 == 0.0 and q <= target):
            return tau2
        tau2 = max(0.0, tau2 + q * (q - target) / (target * float(squares.sum())))
    return _q_reaches(target, y, v, X)


def _q_reaches(target: float, y: Floats, v: Floats, X: Floats) -> float:
    """Return the τ² at which Q, which only falls, comes down to ``target``; 0 when it starts below."""

    def above(tau2: float) -> float:
        return mean_effects(y=y, v=v, X=X, tau2=tau2).weighted_squares - target

    if above(0.0) <= 0:
        return 0.0
    high = float(np.max(v))
    while above(high) > 0:
        high *= 4
    return _root(above, 0.0, high)


def _hedges(y: Floats, v: Floats, X: Floats) -> float:
    plain = mean_effects(y=y, v=np.ones_like(v), X=X, tau2=0.0)
    noise = float(v @ (1 - plain.leverages(X)))
    return float((plain.weighted_squares - noise) / (len(y) - X.shape[1]))


def _dersimonian_laird(y: Floats, v: Floats, X: Floats) -> float:
    fixed = mean_effects(y=y, v=v, X=X, tau2=0.0)
    return float((fixed.weighted_squares - (len(y) - X.shape[1])) / trace_of_p(fixed, X))


def _hunter_schmidt(y: Floats, v: Floats, X: Floats) -> float:
    return (heterogeneity(y=y, v=v, X=X) - len(y)) / float((1 / v).sum())


def _sidik_jonkman(y: Floats, v: Floats, X: Floats) -> float:
    start = float(np.var(y))
    return start * mean_effects(y=y, v=v, X=X, tau2=start).dispersion


def _paule_mandel(y: Floats, v: Floats, X: Floats) -> float:
    return _q_reaches(float(len(y) - X.shape[1]), y, v, X)


def _highest(y: Floats, v: Floats, X: Floats, *, restricted: bool) -> float:
    """Return the maximum of the likelihood that is uphill from Hedges's estimate: a root of the score."""

    def slope(tau2: float) -> float:
        return _score(mean_effects(y=y, v=v, X=X, tau2=tau2), X, restricted=restricted)

    start = max(0.0, _hedges(y, v, X))
    if slope(start) > 0:
        low = start
        high = max(2 * start, 1.0)
        while slope(high) > 0:  # far away the likelihood only falls
            low, high = high, 4 * high
    else:
        low = high = start
        while low > 0 and slope(low) <= 0:
            low, high = (low / 2 if low > _NOTHING else 0.0), low
        if low == 0 and slope(0.0) <= 0:
            return 0.0
    return _root(slope, low, high)


def _root(above: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function that is positive at ``low`` and not at ``high`` comes down to zero."""
    root, search = optimize.brentq(
        above, low, high, xtol=1e-15 * high, rtol=1e-14, maxiter=_MOST_STEPS, full_output=True, disp=False
    )
    if not search.converged:
        raise EstimationError(Message("pooling.error.no_convergence"))
    return float(root)


def _score(fitted: Fitted, X: Floats, *, restricted: bool) -> float:
    """Return twice the slope of the likelihood: ``y'PPy - tr P``, or ``tr W`` in place of ``tr P``."""
    squares = float(((fitted.weights * fitted.residuals) ** 2).sum())
    return squares - (trace_of_p(fitted, X) if restricted else float(fitted.weights.sum()))


_METHODS: dict[PoolMethod, Callable[[Floats, Floats, Floats], float]] = {
    "REML": lambda y, v, X: _highest(y, v, X, restricted=True),
    "ML": lambda y, v, X: _highest(y, v, X, restricted=False),
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "EB": _paule_mandel,
    "HE": _hedges,
    "SJ": _sidik_jonkman,
    "HS": _hunter_schmidt,
    "FE": lambda y, v, X: 0.0,
}
