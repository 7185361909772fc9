"""Weights from a score, the estimated probability of being a beneficiary: logit and CBPS.

References
----------
Rosenbaum & Rubin (1983), *Biometrika* 70(1). Hirano, Imbens & Ridder (2003), *Econometrica* 71(4). Li,
Morgan & Zaslavsky (2018), *JASA* 113(521) (overlap weights, ATO). Imai & Ratkovic (2014), *JRSS B* 76(1)
(CBPS). Zhao (2019), *Annals of Statistics* 47(2) (the losses whose minimum balances). R's WeightIt computes
the same weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from impactkit.design.convex import Loss, Minimum, minimise
from impactkit.design.covariates import Floats
from impactkit.design.logit import fit_chance
from impactkit.design.owed import Owed

Target = Literal["ATT", "ATE", "ATO"]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Weights of n people and what they owe to their parameters.

    Attributes
    ----------
    w : (n,) array
        Sampling weights are not in them.
    owed : tuple of Owed
    score : (n,) array or None
    """

    w: Floats
    owed: tuple[Owed, ...]
    score: Floats | None


def fit_balancing_score(*, X: Floats, treated: Bools, weights: Floats) -> Minimum:
    """Fit the logit whose inverse weights balance the columns between the groups, for the ATE (CBPS).

    ``Σ s (T/p - (1 - T)/(1 - p)) x = 0``: the minimum of
    ``Σ s (T (exp(-x'b) - x'b) + (1 - T) (exp(x'b) + x'b))``. Parameters and result are those of `fit_chance`.
    """
    sign = np.where(treated, -1.0, 1.0)

    def loss(index: Floats) -> Loss:
        odds = np.exp(np.clip(sign * index, -700, 700))
        return Loss(odds + sign * index, sign * (odds + 1), odds)

    start = fit_chance(X=X, treated=treated, weights=weights).coefficients
    return minimise(X=X, weights=weights, loss=loss, start=start)


def score_weights(
    fitted: Minimum, *, X: Floats, treated: Bools, weights: Floats, target: Target, stabilise: bool
) -> Weights:
    """Return the weights that a score gives for the effect on a population.

    With e the score: for the ATT 1 and ``e / (1 - e)``; for the ATE ``1/e`` and ``1/(1 - e)``; for the ATO
    ``1 - e`` and ``e``. Stabilised, those of a group are multiplied by its share among all (ATE), those of
    the group compared by the ratio of its share to that of beneficiaries (ATT).

    Parameters
    ----------
    fitted : Minimum
        Of `fit_chance` or `fit_balancing_score`.
    X, treated, weights
        What it was fitted on.
    target : {"ATT", "ATE", "ATO"}
    stabilise : bool
    """
    score = np.asarray(expit(fitted.index))
    if target == "ATO":
        spread = score * (1 - score)
        values, slopes = np.where(treated, 1 - score, score), np.where(treated, -spread, spread)
    else:
        odds = np.exp(np.where(treated, -fitted.index, fitted.index))  # of being in the other group
        by_score = ~treated if target == "ATT" else np.ones_like(treated)
        certain = 0.0 if target == "ATT" else 1.0
        values = np.where(by_score, certain + odds, 1.0)
        slopes = np.where(by_score, np.where(treated, -odds, odds), 0.0)
    if stabilise:
        share = float(weights @ treated / weights.sum())
        factor = (1.0, (1 - share) / share) if target == "ATT" else (share, 1 - share)
        by_group = np.where(treated, *factor)
        values, slopes = values * by_group, slopes * by_group
    return Weights(
        w=values,
        owed=(fitted.owed(X=X, weights=weights, slope=slopes),),
        score=score,
    )
