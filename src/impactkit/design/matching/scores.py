"""The chance of being a beneficiary given characteristics: logit or probit, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from impactkit.design.covariates import Floats
from impactkit.design.logit import Link, fit_chance
from impactkit.errors import DesignError
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]

# Chances this close to 0 or 1 are practically there; when all are, the groups are separated.
_SEPARATED = 1e-8
# A standardised column that the others explain but for this share is redundant.
_REDUNDANT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """Estimated chances of being a beneficiary.

    Attributes
    ----------
    chance : (n,) array
        Between 0 and 1.
    linear : (n,) array
        The linear predictor: ``log(chance / (1 - chance))`` for a logit.
    apart : bool
        Whether the chances of some people are practically 0 or 1: they have characteristics that hardly
        anyone of the other group has, or nobody (their chances then have no end, and those of the others are
        as without them).
    """

    chance: Floats
    linear: Floats
    apart: bool


def propensity(*, X: Floats, treated: Bools, weights: Floats | None = None, link: Link = "logit") -> Score:
    """Estimate each person's chance of being treated by maximum likelihood.

    Parameters
    ----------
    X : (n, p) array
        Without a constant. Columns that are constant or follow from those before them are set aside: the
        chances are the same.
    treated : (n,) array of bool
    weights : (n,) array, optional
        Sampling weights.
    link : {"logit", "probit"}

    Raises
    ------
    DesignError
        When there are too few people for the columns, or the columns separate the groups perfectly: no
        maximum exists.

    Examples
    --------
    >>> import numpy as np
    >>> x, treated = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([True, False, True, False])
    >>> propensity(X=x, treated=treated).chance.round(6).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    Z = _independent(X)
    n, k = Z.shape
    if n <= k:
        raise DesignError(Message("matching.error.too_many_columns", {"columns": k}))
    w = np.ones(n) if weights is None else weights / weights.mean()
    eta = fit_chance(X=Z, treated=treated, weights=w, link=link).index
    chance = np.asarray(expit(eta) if link == "logit" else ndtr(eta))
    if np.where(treated, 1 - chance, chance).max() < _SEPARATED:
        raise DesignError(Message("matching.error.separated"))
    apart = float(np.minimum(chance, 1 - chance).min()) < _SEPARATED
    return Score(chance=chance, linear=eta, apart=apart)


def _independent(X: Floats) -> Floats:
    """Return a constant, then the columns scaled, without those that follow from the ones before."""
    kept = [np.ones(len(X)) / np.sqrt(len(X))]
    basis = [kept[0]]
    columns = [np.ones(len(X))]
    for x in X.T:
        centred = x - x.mean()
        size = np.linalg.norm(centred)
        if size <= _REDUNDANT * max(float(np.abs(x).max()), 1e-300) * np.sqrt(len(x)):
            continue
        scaled = centred / size
        rest = scaled
        for _ in range(2):  # twice, for digits
            for q in basis:
                rest = rest - (q @ rest) * q
        left = np.linalg.norm(rest)
        if left <= _REDUNDANT:
            continue
        basis.append(rest / left)
        columns.append(scaled * np.sqrt(len(x)))
    return np.column_stack(columns)
