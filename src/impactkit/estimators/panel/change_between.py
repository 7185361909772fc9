"""Effect on a change between two times of different people, adjusted on covariates.

Each estimate is a sum of weighted means ``Σ s mean(w f) / mean(w)`` of outcomes f, or of what regressions
predict, with weights w that may be odds from a logit. Its influence is that of the means, plus that of the
regressions' and the logit's coefficients through them.

References
----------
Sant'Anna & Zhao (2020), *J. of Econometrics* 219(1), sections 2 and 3. R's DRDID (``drdid_rc``,
``reg_did_rc``, ``std_ipw_did_rc``) computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.panel.change import (
    TRIM,
    ChangeEffect,
    ChangeMethod,
    chances,
    raise_by,
    raise_mean,
    refuse_redundant,
)
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Regression:
    """A regression among some rows: its prediction for all, and their influence on its coefficients."""

    predicted: Floats
    influence: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Term:
    """A weighted mean with its sign; ``on`` holds the signs with which regressions enter its outcome."""

    sign: float
    weights: Floats
    outcome: Floats
    on: tuple[tuple[float, _Regression], ...] = ()
    by_odds: bool = False


def change_between(
    *,
    y: Floats,
    post: Bools,
    treated: Bools,
    X: Floats,
    weights: Floats,
    method: ChangeMethod,
    raised: bool = False,
) -> ChangeEffect:
    """Estimate the effect on the treated from rows before and rows after, of the same people or others.

    Parameters
    ----------
    y : (n,) array
    post : (n,) array of bool
        Rows at the later time.
    treated : (n,) array of bool
    X : (n, p) array
        With a constant.
    weights : (n,) array
    method : {"dr", "ipw", "reg"}
        As `change.change_effect`; ``"dr"`` is the locally efficient one, with regressions in both groups.
    raised : bool
        As `change.change_effect`.

    Raises
    ------
    ValueError
        When ``method`` is ``"dr_improved"``, which takes the changes of the same people.
    EstimationError
        When there are too few rows for the columns, columns are redundant, or the groups do not overlap.
    """
    if method == "dr_improved":
        raise ValueError("'dr_improved' takes the changes of the same people")
    w = weights / weights.mean()
    times = ((1.0, post), (-1.0, ~post))
    compared = (
        [_regression(y, ~treated & at, X, w, raised=raised) for _, at in times] if method != "ipw" else []
    )
    set_aside = np.zeros(len(y), dtype=bool)
    by_chance, odds = np.zeros(X.shape), np.zeros(len(y))
    if method != "reg":
        refuse_redundant(X)
        chance, by_chance = chances(treated, X, w, raised=raised)
        set_aside = ~treated & (chance >= TRIM)
        odds = np.where(treated | set_aside, 0.0, chance / (1 - chance))
    terms: list[_Term] = []
    for i, (sign, at) in enumerate(times):
        now = w * (treated & at)
        if method == "reg":
            ever = w * treated
            predicted = compared[i]
            terms.append(_Term(sign=sign, weights=now, outcome=y))
            terms.append(_Term(sign=-sign, weights=ever, outcome=predicted.predicted, on=((1.0, predicted),)))
            continue
        on = ((-1.0, compared[i]),) if method == "dr" else ()
        residual = y - compared[i].predicted if method == "dr" else y
        terms.append(_Term(sign=sign, weights=now, outcome=residual, on=on))
        terms.append(_Term(sign=-sign, weights=w * odds * at, outcome=residual, on=on, by_odds=True))
        if method == "dr":
            among = _regression(y, treated & at, X, w, raised=raised)
            gap = among.predicted - compared[i].predicted
            both = ((1.0, among), (-1.0, compared[i]))
            terms.append(_Term(sign=sign, weights=w * treated, outcome=gap, on=both))
            terms.append(_Term(sign=-sign, weights=now, outcome=gap, on=both))
    value, influence = 0.0, np.zeros(len(y))
    for term in terms:
        mean, own = _mean(term, X, by_chance, raised=raised)
        value += term.sign * mean
        influence += term.sign * own
    return ChangeEffect(value=value, influence=influence, set_aside=set_aside)


def _mean(term: _Term, X: Floats, by_chance: Floats, *, raised: bool) -> tuple[float, Floats]:
    """Return a weighted mean and the influence of each row on it."""
    w = term.weights / term.weights.mean()
    mean = float(w @ term.outcome / len(w))
    centred = w * (term.outcome - mean)
    influence = centred * raise_mean(w, raised=raised)
    if term.by_odds:
        influence = influence + by_chance @ (centred @ X / len(w))
    for sign, regression in term.on:
        influence = influence + sign * regression.influence @ (w @ X / len(w))
    return mean, influence


def _regression(y: Floats, rows: Bools, X: Floats, w: Floats, *, raised: bool) -> _Regression:
    people, columns = int(rows.sum()), X.shape[1]
    if people <= columns:
        raise EstimationError(Message("estimators.error.too_many_columns", {"columns": columns}))
    refuse_redundant(X[rows])
    used = w * rows
    root = np.sqrt(used)
    Q, R = np.linalg.qr(root[:, None] * X)
    predicted = X @ np.linalg.solve(R, Q.T @ (root * y))
    inverse = np.linalg.inv(R)
    leverage = np.einsum("ij,ij->i", Q, Q)
    scores = (used * (y - predicted) * raise_by(leverage, raised=raised))[:, None] * X
    return _Regression(predicted=predicted, influence=len(y) * scores @ (inverse @ inverse.T))
