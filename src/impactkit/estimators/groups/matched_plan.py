"""How an effect between matched people is adjusted when the caller does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.estimators.arms import Adjust
from impactkit.estimators.inference.linear import Codes, Floats

Choice = Literal["asked", "slopes", "one_slope", "none"]
Bools = npt.NDArray[np.bool_]

# When the smaller group is worth so many people of equal weight, each group has slopes of its own
# (docs/validation/matching.md).
FEWEST_FOR_SLOPES = 30
# Of a column's length, what others must leave of it for it to tell something more.
_REDUNDANT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """How to adjust, on which columns, and which rule chose it."""

    adjust: Adjust | None
    X: Floats
    choice: Choice


def plans_by_size(*, X: Floats, treated: Bools, weights: Floats) -> list[Plan]:
    """Return the adjustments to try, the first that can be computed being the one.

    Slopes by group when each group is worth at least 30 people of equal weight, one slope for both, none.
    Columns that follow from others (in one of the groups, for slopes by group), as matching may make them,
    are set aside.

    Parameters
    ----------
    X : (n, p) array
    treated : (n,) array of bool
    weights : (n,) array
        Positive.
    """
    plans = []
    ones = np.ones((len(treated), 1))
    if min(effective_size(weights[group]) for group in (treated, ~treated)) >= FEWEST_FOR_SLOPES:
        columns = _independent(ones[treated], X[treated])
        columns = columns[_independent(ones[~treated], X[~treated][:, columns])]
        if columns.size:
            plans.append(Plan(adjust="lin", X=X[:, columns], choice="slopes"))
    columns = _independent(np.column_stack([ones, treated]), X)
    # With so few people for the columns, a slope would follow each of them.
    if columns.size and len(treated) > 2 * (columns.size + 2):
        plans.append(Plan(adjust="ancova", X=X[:, columns], choice="one_slope"))
    return [*plans, Plan(adjust=None, X=X, choice="none")]


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
