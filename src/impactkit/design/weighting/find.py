"""From the columns to the weights, by the method asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.special import expit

from impactkit.design.balance import weighted_moments
from impactkit.design.convex import Minimum
from impactkit.design.covariates import Floats
from impactkit.design.logit import fit_chance
from impactkit.design.weighting.approximate import approximate_tilt
from impactkit.design.weighting.entropy import Tilt, entropy_weights, tilt
from impactkit.design.weighting.infeasible import culprits
from impactkit.design.weighting.score import (
    Bools,
    Target,
    Weights,
    fit_balancing_score,
    score_weights,
)
from impactkit.design.weighting.terms import Between, Terms
from impactkit.errors import DesignError
from impactkit.text import Label, Message

WeightMethod = Literal["logit", "entropy", "cbps"]


def find_weights(
    terms: Terms,
    labels: Mapping[str, Label],
    *,
    treated: Bools,
    weights: Floats,
    method: WeightMethod,
    target: Target,
    stabilise: bool,
    tolerance: float = 0.0,
) -> Weights:
    """Return the weights of everyone.

    Parameters
    ----------
    terms : Terms
    labels : mapping
        How each characteristic is named to a reader.
    treated : (n,) array of bool
    weights : (n,) array
        Sampling weights, of mean 1.
    method : {"logit", "entropy", "cbps"}
    target : {"ATT", "ATE", "ATO"}
    stabilise : bool
    tolerance : float
        Largest standardised difference that entropy balancing may leave.

    Raises
    ------
    DesignError
        When the characteristics separate the groups, or no weights can balance them.
    """
    if method == "entropy" or (method == "cbps" and target == "ATT"):
        wanted = treated if target == "ATT" else np.ones_like(treated)
        Z = terms.columns
        means = (weights * wanted) @ Z / weights[wanted].sum()
        allowed = tolerance * _units(terms.columns, treated, weights, target)
        tilts = {
            arm: _tilted(Z, means, arm, treated, weights, terms.variables, labels, allowed)
            for arm in ((False,) if target == "ATT" else (True, False))
        }
        found = entropy_weights(Z=Z, treated=treated, weights=weights, target=target, tilts=tilts)
        if method == "entropy":
            return found
        return _as_odds(found, tilts[False], Z, treated=treated, weights=weights, stabilise=stabilise)
    X = terms.X
    fit = fit_chance if method == "logit" else fit_balancing_score
    fitted = fit(X=X, treated=treated, weights=weights)
    if not fitted.converged:
        raise refuse_separated(fitted, terms.variables, labels, "groups")
    return score_weights(fitted, X=X, treated=treated, weights=weights, target=target, stabilise=stabilise)


def _tilted(
    Z: Floats,
    means: Floats,
    arm: bool,
    treated: Bools,
    weights: Floats,
    variables: Sequence[str],
    labels: Mapping[str, Label],
    allowed: Floats,
) -> Tilt:
    """Return the weights of a group, or say which characteristics none can balance."""
    group = treated == arm
    own = Z[group]
    own -= means
    within = bool((allowed > 0).any())
    if within:
        found = approximate_tilt(own, weights=weights[group], tolerance=allowed)
    else:
        found = tilt(own, weights=weights[group])
    if not found.converged:
        names = _listed(culprits(own, variables, allowed), labels)
        kind = "within" if within else "treated" if arm else "comparison"
        raise DesignError(Message(f"weighting.error.infeasible_{kind}", {"names": names}))
    return found


def _units(Z: Floats, treated: Bools, weights: Floats, target: Target) -> Floats:
    """Return the unit of standardised differences of each column, as `balance_table` takes it.

    For the ATE, half of it: each of the two groups may be as far from everyone.
    """
    units = []
    for z in Z.T:
        sds = [_deviation(z[group], weights[group]) for group in (treated, ~treated)]
        unit = sds[0] if target == "ATT" else float(np.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2)) / 2
        units.append(unit if unit > 0 else _deviation(z, weights) / (1 if target == "ATT" else 2))
    return np.array(units)


def _deviation(z: Floats, weights: Floats) -> float:
    mean, sd = weighted_moments(z, weights)
    if len(np.unique(z)) == 2:  # of a share: sqrt(p (1 - p))
        return float(np.sqrt(weights @ (z - mean) ** 2 / weights.sum()))
    return sd


def _as_odds(
    found: Weights, tilted: Tilt, Z: Floats, *, treated: Bools, weights: Floats, stabilise: bool
) -> Weights:
    """Scale the weights of those compared to their odds of being a beneficiary, and return the score.

    Stabilised, they keep the mean of 1 that entropy balancing gives them.
    """
    odds = weights[treated].sum() / weights[~treated].sum()
    slope = Z @ tilted.coefficients
    constant = np.log(odds * tilted.w[0]) - slope[~treated][0]
    scale = 1.0 if stabilise else odds
    return Weights(
        w=np.where(treated, 1.0, scale * found.w),
        owed=tuple(replace(owed, slope=scale * owed.slope) for owed in found.owed),
        score=np.asarray(expit(constant + slope)),
    )


def refuse_separated(
    fitted: Minimum, variables: Sequence[str], labels: Mapping[str, Label], between: Between
) -> DesignError:
    """Return the error that names the characteristics along which the steps of a fit have no end."""
    slopes = np.abs(fitted.last_step[1:])
    leading = [name for name, slope in zip(variables, slopes, strict=True) if slope >= slopes.max() / 10]
    names = _listed(tuple(dict.fromkeys(leading)), labels)
    key = "separated" if between == "groups" else "losses_separated"
    return DesignError(Message(f"weighting.error.{key}", {"names": names}))


def _listed(names: Sequence[str], labels: Mapping[str, Label]) -> Label:
    """Return characteristics as a list of their names, in each language."""
    return Label(
        fr=", ".join(labels[name].text("fr") for name in names),
        en=", ".join(labels[name].text("en") for name in names),
    )
