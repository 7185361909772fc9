"""The jump at a threshold, corrected for the bias of the window, with errors that know of the correction.

On each side ``τ̂ = l'y`` is the limit at the threshold of a polynomial of degree p in a window h. Its bias is
about ``B h^(p+1)``; estimated with degree p + 1 in a window b it leaves ``l - (l'x^(p+1)) m``, ``m'y`` being
the coefficient of ``x^(p+1)``. The robust standard error is that of this corrected sum of outcomes, so that
the interval is right although h is wide.

References
----------
Calonico, Cattaneo & Titiunik (2014), *Econometrica* 82(6). Calonico, Cattaneo, Farrell & Titiunik (2019),
*Rev. Econ. Stat.* 101(3), for covariates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.threshold.bandwidths import Bandwidths
from impactkit.estimators.threshold.local import (
    Kernel,
    Mask,
    Side,
    Smoother,
    ThresholdErrors,
    covariate_slopes,
    residuals,
    smooth,
    variance,
)
from impactkit.text import Message

# A jump of a take-up between 0 and 1 that is smaller is rounding.
_NO_JUMP = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """Right limit less left limit.

    Attributes
    ----------
    value, std_error : float
        Conventional: of the fit of degree p.
    corrected, robust_error : float
        Corrected for bias, and the standard error of that.
    limits : tuple of float
        The two limits, (left, right), conventional.
    """

    value: float
    std_error: float
    corrected: float
    robust_error: float
    limits: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fits:
    """Both fits of a side, who stands in either window, and the weights of the corrected limit."""

    side: Side
    near: Smoother
    wide: Smoother
    inside: Mask
    corrected: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The effect at a threshold and what it is the ratio of.

    Attributes
    ----------
    effect : Jump
        Of the outcome; with take-up, the jump of the outcome over that of the take-up.
    takeup, outcome : Jump or None
        The two jumps of that ratio.
    """

    effect: Jump
    takeup: Jump | None = None
    outcome: Jump | None = None


def threshold(
    left: Side,
    right: Side,
    *,
    order: int,
    kernel: Kernel,
    errors: ThresholdErrors,
    widths: Bandwidths,
    takeup: bool = False,
) -> Threshold:
    """Estimate the effect at the threshold.

    With take-up T the effect is ``τ = τ_Y / τ_T``; its bias and variance are those of the jump of
    ``(Y - τ T) / τ_T``. Covariates Z are taken away first: ``Y - Z γ``, one γ for both sides.

    Parameters
    ----------
    left, right : Side
        ``y`` has the outcome, the take-up if ``takeup``, then the covariates.
    order : int
        Degree p.
    errors : str
        As in `local.residuals` and `local.variance`: ``"cr1"`` with clusters.

    Raises
    ------
    EstimationError
        When the take-up does not jump at all, covariates are redundant, or too few people are near.
    """
    fits = fits_of(left, right, order=order, kernel=kernel, widths=widths)
    columns = 2 if takeup else 1
    slopes = covariate_slopes([(fit.side, fit.near) for fit in fits], columns)
    adjusted = [fit.side.y[:, :columns] - fit.side.y[:, columns:] @ slopes for fit in fits]
    outcome = jump_of(fits, [y[:, 0] for y in adjusted], errors=errors)
    if not takeup:
        return Threshold(effect=outcome)
    taken = jump_of(fits, [y[:, 1] for y in adjusted], errors=errors)
    if abs(taken.value) <= _NO_JUMP:
        raise EstimationError(Message("threshold.error.no_takeup_jump"))
    ratio = outcome.value / taken.value
    linear = jump_of(fits, [(y[:, 0] - ratio * y[:, 1]) / taken.value for y in adjusted], errors=errors)
    effect = Jump(
        value=ratio,
        std_error=linear.std_error,
        corrected=ratio + linear.corrected - linear.value,
        robust_error=linear.robust_error,
        limits=outcome.limits,
    )
    return Threshold(effect=effect, takeup=taken, outcome=outcome)


def fits_of(left: Side, right: Side, *, order: int, kernel: Kernel, widths: Bandwidths) -> tuple[Fits, Fits]:
    """Fit both polynomials on both sides."""
    found = []
    for side, h, b in zip((left, right), widths.h, widths.b, strict=True):
        near = smooth(side.x, bandwidth=h, degree=order, kernel=kernel)
        wide = smooth(side.x, bandwidth=b, degree=order + 1, kernel=kernel)
        bias = float(near.weights[0] @ side.x ** (order + 1))
        found.append(
            Fits(
                side=side,
                near=near,
                wide=wide,
                inside=near.inside | wide.inside,
                corrected=near.weights[0] - bias * wide.weights[order + 1],
            )
        )
    return (found[0], found[1])


def jump_of(fits: tuple[Fits, Fits], outcomes: list[Floats], *, errors: ThresholdErrors) -> Jump:
    """Return the jump of any outcome, by side, with fits already made."""
    limits = [float(fit.near.weights[0] @ u) for fit, u in zip(fits, outcomes, strict=True)]
    corrected = [float(fit.corrected @ u) for fit, u in zip(fits, outcomes, strict=True)]
    spreads = np.zeros(2)
    for fit, u in zip(fits, outcomes, strict=True):
        for i, (weights, fitted) in enumerate(((fit.near.weights[0], fit.near), (fit.corrected, fit.wide))):
            e = residuals(fit.side.x, u, fitted, inside=fit.inside, errors=errors)
            spreads[i] += variance(weights, e, fit.side, fitted, inside=fit.inside)
    return Jump(
        value=limits[1] - limits[0],
        std_error=float(spreads[0] ** 0.5),
        corrected=corrected[1] - corrected[0],
        robust_error=float(spreads[1] ** 0.5),
        limits=(limits[0], limits[1]),
    )
