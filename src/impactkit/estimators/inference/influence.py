"""Influence of each person on several estimates at once, kept as factors: no n × k matrix is formed."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from impactkit.estimators.inference.linear import Codes, Floats

# Multiplier draws are made by blocks of this many numbers, about 64 MB.
_BLOCK = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Influence:
    """The influence functions of k estimates on n people, by disjoint sets of people.

    Attributes
    ----------
    parts : tuple of (Z, L)
        The influence of the m people of a set is ``Z @ L``: Z is (m, r), L is (r, k).
    n : int
        People in all; an estimate is its limit plus the mean of its influence over them.
    rows : tuple of (m,) arrays
        Where the people of each set stand among all.
    """

    parts: tuple[tuple[Floats, Floats], ...]
    n: int
    rows: tuple[Codes, ...]

    def covariance(self) -> Floats:
        """Return the (k, k) covariance ``Σ ψ ψ' / n²``."""
        return np.asarray(sum(L.T @ (Z.T @ Z) @ L for Z, L in self.parts) / self.n**2)

    def by_cluster(self, clusters: Codes) -> Influence:
        """Return the influence of clusters, the sum of that of their people (``clusters``: (n,) codes)."""
        n_clusters = int(clusters.max()) + 1
        total = np.zeros((n_clusters, self.parts[0][1].shape[1]))
        for (Z, L), rows in zip(self.parts, self.rows, strict=True):
            codes = clusters[rows]
            sums = [np.bincount(codes, weights=column, minlength=n_clusters) for column in Z.T]
            total += np.column_stack(sums) @ L
        identity = np.eye(total.shape[1])
        return Influence(parts=((total, identity),), n=self.n, rows=(np.arange(n_clusters),))

    def by_group(self, groups: Codes, n_groups: int) -> Influence:
        """Return the same with one part per group; ``groups`` are the (n,) codes of people."""
        if len(self.parts) == n_groups:
            return self
        (Z, L), (rows,) = self.parts[0], self.rows
        of = [np.flatnonzero(groups[rows] == k) for k in range(n_groups)]
        return Influence(parts=tuple((Z[at], L) for at in of), n=self.n, rows=tuple(rows[at] for at in of))

    def draws(self, number: int, rng: np.random.Generator) -> Floats:
        """Return (number, k) draws of the mean influence with random signs (Rademacher multipliers)."""
        drawn = np.zeros((number, self.parts[0][1].shape[1]))
        for Z, L in self.parts:
            step = max(1, _BLOCK // max(1, number))
            for start in range(0, len(Z), step):
                block = Z[start : start + step]
                signs = rng.integers(0, 2, size=(number, len(block)), dtype=np.int8) * 2.0 - 1.0
                drawn += (signs @ block) @ L
        return drawn / self.n


def spread(draws: Floats) -> Floats:
    """Return the standard errors of (B, k) draws: their interquartile range over that of the normal law."""
    low, high = np.quantile(draws, [0.25, 0.75], axis=0)
    return np.asarray((high - low) / (2 * NormalDist().inv_cdf(0.75)))


def band_critical(draws: Floats, std_error: Floats, level: float) -> float:
    """Return the critical value that covers the k estimates together: a quantile of ``max |draw / se|``."""
    return float(np.quantile(np.abs(draws / std_error).max(axis=1), level))


def normal_draws(covariance: Floats, number: int, rng: np.random.Generator) -> Floats:
    """Return (number, k) draws of the centred normal law with this covariance, of any rank."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return np.asarray(rng.standard_normal((number, len(values))) @ root.T)
