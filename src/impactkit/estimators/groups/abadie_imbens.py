"""Effect after matching with replacement: Abadie and Imbens' estimator, correction and error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats, fit
from impactkit.text import Message

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """Who stands for whom: one row per person and match.

    Attributes
    ----------
    of : (m,) array of int
        Whose match it is; every person of interest has at least one.
    by : (m,) array of int
        The match, of the other group.
    share : (m,) array
        Its part in standing for that person; shares of a person add up to 1.
    """

    of: Ints
    by: Ints
    share: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedEffect:
    """An effect and its standard error, to be referred to the normal law."""

    value: float
    std_error: float


def abadie_imbens(*, y: Floats, treated: Bools, matches: Matches, X: Floats | None = None) -> MatchedEffect:
    """Estimate the mean effect on the people who have matches.

    With τᵢ the difference between i and the mean of her matches, the effect is the mean of τ. With K the sum
    of a person's shares and K' that of their squares, over N people of interest::

        V = Σ (τᵢ - τ)² / N² + Σ σ² (K² - K') / N²           (on the treated)
        V = Σ (τᵢ - τ)² / N² + Σ σ² (K² + 2 K - K') / N²     (on everyone)

    where σ², the variance of the outcome given characteristics, is one for all: half the mean square of the
    differences between matched people, less the effect.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
    matches : Matches
        Of the treated, for the effect on them; of everyone, for that on all.
    X : (n, p) array, optional
        Characteristics by which what remains of differences within matches is corrected: the outcome's
        regression on them, in each group that serves, weighted by K.

    Raises
    ------
    EstimationError
        When too few people serve as matches for the columns, or columns are redundant among them.

    References
    ----------
    Abadie & Imbens (2006), *Econometrica* 74(1), theorem 7; (2011), *JBES* 29(1) for the correction. The same
    numbers as R's ``Matching::Match`` (its default ``Var.calc = 0``).

    Examples
    --------
    >>> y, treated = np.array([3.0, 5.0, 1.0, 2.0]), np.array([True, True, False, False])
    >>> matches = Matches(of=np.array([0, 1]), by=np.array([2, 3]), share=np.ones(2))
    >>> abadie_imbens(y=y, treated=treated, matches=matches).value
    2.5
    """
    of, by, share = matches.of, matches.by, matches.share
    n = len(y)
    served: Floats = np.bincount(by, share, n).astype(float)
    squares: Floats = np.bincount(by, share**2, n).astype(float)
    people = np.unique(of)
    on_all = not treated[people].all()
    difference = y[of] - y[by]
    if X is not None:
        difference = difference - _regressed(y, treated, served, X, of, by)
    difference = np.where(treated[of], difference, -difference)
    own = np.bincount(of, share * difference, n)[people]
    value = float(own.mean())
    variance = 0.5 * float(share @ (difference - value) ** 2) / len(people)
    reuse = served**2 - squares + (2 * served if on_all else 0)
    total = float(((own - value) ** 2).sum() + variance * reuse.sum())
    return MatchedEffect(value=value, std_error=total**0.5 / len(people))


def _regressed(y: Floats, treated: Bools, served: Floats, X: Floats, of: Ints, by: Ints) -> Floats:
    """Return the difference that regression in the matches' group expects between a person and hers."""
    expected = np.zeros(len(of))
    for group in (True, False):
        rows = treated[by] == group
        if rows.any():
            serving = (treated == group) & (served > 0)
            columns = np.column_stack([np.ones(int(serving.sum())), X[serving]])
            slopes = fit(X=columns, y=y[serving], weights=served[serving]).coef[1:]
            expected[rows] = (X[of[rows]] - X[by[rows]]) @ slopes
    return expected


def nearest_with_ties(*, Z: Floats, treated: Bools, of: Bools, tolerance: float = 1e-5) -> Matches:
    """Match people with all those of the other group who are equally near, who share the part.

    Parameters
    ----------
    Z : (n, q) array
        Coordinates in which distances are straight lines.
    treated : (n,) array of bool
    of : (n,) array of bool
        Whose matches are wanted.
    tolerance : float
        Squared distances that differ by no more are equal.
    """
    rows, matches = [], []
    for group in (True, False):
        people, others = np.flatnonzero(of & (treated == group)), np.flatnonzero(treated != group)
        if not people.size:
            continue
        if not others.size:
            raise EstimationError(Message("estimators.error.no_comparison"))
        tree = cKDTree(Z[others])
        nearest = tree.query(Z[people])[0]
        within = tree.query_ball_point(Z[people], np.sqrt(nearest**2 + tolerance) * (1 + 1e-12))
        rows.append(np.repeat(people, [len(found) for found in within]))
        matches.append(others[np.concatenate([np.asarray(found, dtype=np.int64) for found in within])])
    of_, by = np.concatenate(rows), np.concatenate(matches)
    return Matches(of=of_, by=by, share=1 / np.bincount(of_)[of_])
