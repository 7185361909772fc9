"""How an effect between matched people is adjusted when the caller does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.estimators.arms import Adjust
from impactkit.estimators.inference.linear import Codes, Floats

Choice = Literal["asked", "curves", "slopes", "one_slope", "none"]
Bools = npt.NDArray[np.bool_]

# When the smaller group is worth so many people of equal weight, each group has slopes of its own
# (docs/validation/matching.md).
FEWEST_FOR_SLOPES = 30
# And so many for each column, squares included, before squares enter (docs/validation/coverage.md).
FEWEST_FOR_A_COLUMN = 10
# Of a column's length, what others must leave of it for it to tell something more.
_REDUNDANT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """How to adjust, on which columns, and which rule chose it."""

    adjust: Adjust | None
    X: Floats
    choice: Choice


def plans_by_size(*, X: Floats, treated: Bools, weights: Floats, apart: bool) -> list[Plan]:
    """Return the adjustments to try, the first that can be computed being the one.

    Slopes by group when each group is worth at least 30 people of equal weight, one slope for both, none.
    Where pairs may be far apart, numbers also enter by their square, when each group is worth at least 10
    people for each column. Columns that follow from others (in one of the groups, for slopes by group), as
    matching may make them, are set aside.

    Parameters
    ----------
    X : (n, p) array
    treated : (n,) array of bool
    weights : (n,) array
        Positive.
    apart : bool
        Whether pairs were sought by distance without a limit: the nearest over several characteristics is
        then not near, and what is left biases an estimate that is linear in them.

    References
    ----------
    Abadie & Imbens (2011), *JBES* 29(1), whose correction for that bias is a regression on a series.
    """
    plans = []
    ones = np.ones((len(treated), 1))
    smaller = min(effective_size(weights[group]) for group in (treated, ~treated))
    if smaller >= FEWEST_FOR_SLOPES:
        bent = with_squares(X, weights)
        if apart and X.shape[1] < bent.shape[1] <= smaller / FEWEST_FOR_A_COLUMN:
            plans += _slopes(bent, treated, "curves")
        plans += _slopes(X, treated, "slopes")
    columns = _independent(np.column_stack([ones, treated]), X)
    # With so few people for the columns, a slope would follow each of them.
    if columns.size and len(treated) > 2 * (columns.size + 2):
        plans.append(Plan(adjust="ancova", X=X[:, columns], choice="one_slope"))
    return [*plans, Plan(adjust=None, X=X, choice="none")]


def _slopes(X: Floats, treated: Bools, choice: Choice) -> list[Plan]:
    ones = np.ones((len(treated), 1))
    columns = _independent(ones[treated], X[treated])
    columns = columns[_independent(ones[~treated], X[~treated][:, columns])]
    return [Plan(adjust="lin", X=X[:, columns], choice=choice)] if columns.size else []


def with_squares(X: Floats, weights: Floats) -> Floats:
    """Return the columns, then the squares of those with more than two values, from their weighted mean."""
    numbers = [x for x in X.T if np.unique(x).size > 2]
    squares = [(x - weights @ x / weights.sum()) ** 2 for x in numbers]
    return np.column_stack([X, *squares])


def effective_size(weights: Floats) -> float:
    """Return how many people of equal weight tell as much: ``(Σ w)² / Σ w²`` (Kish)."""
    return float(weights.sum() ** 2 / (weights @ weights))


def _independent(first: Floats, X: Floats) -> Codes:
    """Return the columns of X that do not follow from ``first`` and the columns before them."""
    basis = list(np.linalg.qr(first)[0].T)
    found = []
    for k, x in enumerate(X.T):
        size = float(np.linalg.norm(x))
        rest = x / size if size > 0 else x
        for _ in range(2):  # twice, for digits
            for q in basis:
                rest = rest - (q @ rest) * q
        left = float(np.linalg.norm(rest))
        if left > _REDUNDANT:
            basis.append(rest / left)
            found.append(k)
    return np.array(found, dtype=np.intp)
