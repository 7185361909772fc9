"""What a method of matching finds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats
from impactkit.design.matching.distances import mahalanobis_coordinates, rank_coordinates
from impactkit.design.matching.options import Options
from impactkit.design.matching.people_pool import Pool
from impactkit.text import Message

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Who is with whom: pairs, sets, or only who is kept.

    Attributes
    ----------
    chosen : (n1, ratio) array of int or None
        For each treated person, those matched with her; -1 where none.
    sets : (n,) array of int or None
        The set of each person; -1 for those in none.
    kept : (n,) array of bool or None
        For a method that makes neither.
    far : (n,) array of bool
        Those with nobody of the other group within the caliper.
    settings : dict
        What was found on the way, in plain values.
    notes : tuple of Message
    """

    chosen: Ints | None = None
    sets: Ints | None = None
    kept: Bools | None = None
    far: Bools
    settings: dict[str, object] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()


def total_distance(Z: Floats, treated: Bools, chosen: Ints) -> float:
    """Return the sum of distances between those matched."""
    matched = chosen >= 0
    first = np.repeat(np.flatnonzero(treated), matched.sum(axis=1))
    return float(np.linalg.norm(Z[first] - Z[chosen[matched]], axis=1).sum())


def coordinates(pool: Pool, options: Options) -> Floats:
    """Return the coordinates in which straight lines are the Mahalanobis distance asked for."""
    X = pool.for_distances()
    if options.distance == "robust_mahalanobis":
        return rank_coordinates(X=X)
    return mahalanobis_coordinates(X=X, treated=pool.treated, weights=pool.weights)
