"""Weights of a matching: those that make each set, or each pair, count for its beneficiaries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def weights_of_sets(*, sets: Ints, treated: Bools, on_all: bool) -> Floats:
    """Return the weights of people in sets.

    In a set of n1 treated and n0 others, the treated weigh 1 and each other n1 / n0; for the effect on all,
    (n1 + n0) / n1 and (n1 + n0) / n0. Weights are then scaled to a mean of 1 among those kept of each group.

    Parameters
    ----------
    sets : (n,) array of int
        -1 for those in none; every other set has people of both groups.
    treated : (n,) array of bool
    on_all : bool

    Returns
    -------
    (n,) array
        0 for those in no set.
    """
    inside = sets >= 0
    weights = np.zeros(len(sets))
    if not inside.any():
        return weights
    size = int(sets.max()) + 1
    n1 = np.bincount(sets[inside & treated], minlength=size).astype(float)
    n0 = np.bincount(sets[inside & ~treated], minlength=size).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):  # numbers of sets that nobody has
        of_treated, of_others = (1 + n0 / n1, 1 + n1 / n0) if on_all else (np.ones(size), n1 / n0)
    weights[inside] = np.where(treated[inside], of_treated[sets[inside]], of_others[sets[inside]])
    return scaled(weights, treated)


def weights_of_pairs(*, chosen: Ints, treated: Bools) -> Floats:
    """Return the weights when the same person may be matched with several: the sum of her shares.

    Parameters
    ----------
    chosen : (n1, ratio) array of int
        For each treated person, the places of those matched with her; -1 where none.
    treated : (n,) array of bool

    Returns
    -------
    (n,) array
        1 for the treated who are matched; for each other, the sum over the treated she is matched with of
        1 / (number matched with that one), scaled to a mean of 1 among those matched.
    """
    matched = chosen >= 0
    counts = matched.sum(axis=1)
    weights = np.zeros(len(treated))
    weights[treated] = counts > 0
    shares = np.repeat(1 / np.maximum(counts, 1), counts)
    np.add.at(weights, chosen[matched], shares)
    return scaled(weights, treated)


def scaled(weights: Floats, treated: Bools) -> Floats:
    """Scale weights to a mean of 1 among those of each group who have one."""
    weights = weights.copy()
    for group in (treated, ~treated):
        kept = group & (weights > 0)
        if kept.any():
            weights[kept] /= weights[kept].mean()
    return weights
