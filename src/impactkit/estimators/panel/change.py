"""Effect on a change between two times, adjusted on covariates: regression, weighting, or both.

References
----------
Sant'Anna & Zhao (2020), *J. of Econometrics* 219(1); Heckman, Ichimura & Todd (1997), *Rev. Econ. Stud.*
64(4); Abadie (2005), *Rev. Econ. Stud.* 72(1). R's DRDID (``drdid_panel``, ``reg_did_panel``,
``std_ipw_did_panel``, ``drdid_imp_panel``) computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from impactkit.design.convex import Loss, minimise
from impactkit.design.logit import fit_chance
from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import FULL_LEVERAGE, Floats
from impactkit.text import Message

ChangeMethod = Literal["dr", "ipw", "reg", "dr_improved"]

# A mean gradient above this, of columns scaled to 1, is not a minimum.
_LEVEL = 1e-9
# Chances of being a beneficiary: above the first, someone compared is set aside; above the second, among
# beneficiaries and those compared alike, the two groups do not overlap (as R's DRDID and did).
TRIM = 0.995
_NO_OVERLAP = 0.999


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangeEffect:
    """An effect, its influence on each person, and who was set aside for want of people alike."""

    value: float
    influence: Floats
    set_aside: npt.NDArray[np.bool_]


def change_effect(
    *,
    change: Floats,
    treated: npt.NDArray[np.bool_],
    X: Floats,
    weights: Floats,
    method: ChangeMethod,
    raised: bool = False,
) -> ChangeEffect:
    """Estimate the effect on the treated.

    With d the change, m(X) its regression among those compared, p(X) the chance of being treated by a logit,
    and r = p(X) / (1 - p(X)) the weight of those compared:

    - ``reg``: mean among the treated of d - m(X);
    - ``ipw``: mean of d among the treated, less its mean among those compared weighted by r;
    - ``dr``: the same as ``ipw`` for d - m(X). It is right when either m or p is.
    - ``dr_improved``: the same, with weights r that give those compared the means of X among the treated
      exactly (``r = exp(X'g)``, g at the least of ``mean((1 - T) exp(X'g) - T X'g)``), and m weighted by
      them. Then neither r nor m adds to the influence: inference holds too when only one is right.

    Parameters
    ----------
    change : (n,) array
    treated : (n,) array of bool
    X : (n, p) array
        With a constant.
    weights : (n,) array
        Sampling weights.
    method : {"dr", "ipw", "reg", "dr_improved"}
    raised : bool
        Whether to raise the influence of a person through each mean and each regression by
        ``(1 - h)^-1/2``, with h her leverage in it: the squared influence is then that of HC2, for few
        people. Else it is the asymptotic one, as in R.

    Raises
    ------
    EstimationError
        When there are too few people for the columns, columns are redundant, or the groups do not overlap.
    """
    D = treated.astype(float)
    w = weights / weights.mean()
    n, p = X.shape
    compared = int((~treated).sum())
    if method != "ipw" and compared <= p:
        raise EstimationError(Message("estimators.error.too_many_columns", {"columns": p}))
    refuse_redundant(X if method == "ipw" else X[~treated])
    if method == "dr_improved":
        return _improved(change, D, X, w, raised=raised)
    out, by_regression = np.zeros(n), np.zeros((n, p))
    if method != "ipw":
        out, by_regression = _regression(change, D, X, w, raised=raised)
    residual = change - out
    w1 = w * D
    value1 = float(w1 @ residual / w1.sum())
    own = w1 * (residual - value1) * raise_mean(w1, raised=raised)
    influence = (own - by_regression @ (w1 @ X / n)) / w1.mean()
    set_aside = np.zeros(n, dtype=bool)
    if method == "reg":
        return ChangeEffect(value=value1, influence=influence, set_aside=set_aside)
    chance, by_chance = chances(treated, X, w, raised=raised)
    set_aside = ~treated & (chance >= TRIM)
    odds = np.where(treated | set_aside, 0.0, chance / (1 - chance))
    w0 = w * odds
    value0 = float(w0 @ residual / w0.sum())
    centred = w0 * (residual - value0)
    own = centred * raise_mean(w0, raised=raised)
    among_compared = own + by_chance @ (centred @ X / n) - by_regression @ (w0 @ X / n)
    influence -= among_compared / w0.mean()
    return ChangeEffect(value=value1 - value0, influence=influence, set_aside=set_aside)


def _improved(change: Floats, D: Floats, X: Floats, w: Floats, *, raised: bool) -> ChangeEffect:
    """Weight those compared to the means of the treated, and take out a regression weighted alike."""
    odds = _balancing_odds(D, X, w)
    set_aside = np.asarray((D == 0) & (odds >= TRIM / (1 - TRIM)))
    w0 = np.where((D > 0) | set_aside, 0.0, w * odds)
    root = np.sqrt(w0)
    Q, R = np.linalg.qr(root[:, None] * X)
    residual = change - X @ np.linalg.solve(R, Q.T @ (root * change))
    w1 = w * D
    value1, value0 = float(w1 @ residual / w1.sum()), float(w0 @ residual / w0.sum())
    own1, own0 = (
        each * (residual - value) * raise_mean(each, raised=raised) / each.mean()
        for each, value in ((w1, value1), (w0, value0))
    )
    influence = own1 - own0
    return ChangeEffect(value=value1 - value0, influence=influence, set_aside=set_aside)


def _balancing_odds(D: Floats, X: Floats, w: Floats) -> Floats:
    """Return the odds ``exp(X'g)`` that balance X, the minimum of the loss of `change_effect`.

    When no weights balance, as the treated lie beyond those compared, the odds grow without end.
    """
    scale = np.abs(X).max(axis=0)

    def loss(index: Floats) -> Loss:
        odds = (1 - D) * np.exp(np.clip(index, -700, 700))
        return Loss(odds - D * index, odds - D, odds)

    S = X / np.where(scale == 0, 1.0, scale)
    found = minimise(X=S, weights=w, loss=loss, start=np.zeros(S.shape[1]))
    if found.gradient > _LEVEL:
        raise EstimationError(Message("estimators.error.no_overlap"))
    return np.asarray(np.exp(np.clip(found.index, -700, 700)))


def refuse_redundant(X: Floats) -> None:
    """Refuse columns of which some follow from the others."""
    norms = np.linalg.norm(X, axis=0)
    scaled = X / np.where(norms > 0, norms, 1.0)
    missing = X.shape[1] - int(np.linalg.matrix_rank(scaled, tol=1e-10))
    if missing:
        raise EstimationError(Message("estimators.error.redundant_columns", {"n": missing}))


def raise_by(leverage: Floats, *, raised: bool) -> Floats:
    """Return ``(1 - h)^-1/2``, 0 where h is 1: the person then fits exactly; ones when not raised."""
    if not raised:
        return np.ones_like(leverage)
    full = leverage > FULL_LEVERAGE
    return np.where(full, 0.0, 1 / np.sqrt(1 - np.where(full, 0.0, leverage)))


def raise_mean(weights: Floats, *, raised: bool) -> Floats:
    """Return `raise_by` for a mean with these weights."""
    return raise_by(weights / weights.sum(), raised=raised)


def _regression(change: Floats, D: Floats, X: Floats, w: Floats, *, raised: bool) -> tuple[Floats, Floats]:
    """Return the regression of those compared for everyone, and the influence on its coefficients."""
    w0 = w * (1 - D)
    root = np.sqrt(w0)
    Q, R = np.linalg.qr(root[:, None] * X)
    coefficients = np.linalg.solve(R, Q.T @ (root * change))
    out = X @ coefficients
    inverse = np.linalg.inv(R)
    scores = w0 * (change - out) * raise_by(np.einsum("ij,ij->i", Q, Q), raised=raised)
    return out, len(X) * (scores[:, None] * X) @ (inverse @ inverse.T)


def chances(
    treated: npt.NDArray[np.bool_], X: Floats, w: Floats, *, raised: bool = False
) -> tuple[Floats, Floats]:
    """Return the chances of being treated by a logit, and the influence on its coefficients."""
    scale = np.abs(X).max(axis=0)
    scale[scale == 0] = 1.0
    S = X / scale
    found = fit_chance(X=S, treated=treated, weights=w)
    chance = np.asarray(expit(found.index))
    if found.gradient > _LEVEL or chance.max() >= _NO_OVERLAP:
        raise EstimationError(Message("estimators.error.no_overlap"))
    inverse = np.linalg.inv(found.information)
    leverage = w * chance * (1 - chance) * np.einsum("ij,jk,ik->i", S, inverse, S, optimize=True) / len(S)
    scores = (w * (treated - chance) * raise_by(leverage, raised=raised))[:, None] * S
    by_scaled = scores @ inverse
    return np.minimum(chance, 1 - 1e-6), np.asarray(by_scaled / scale)
