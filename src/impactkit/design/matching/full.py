"""Full matching: everyone in a set of one and several, at the least total distance.

It is the edge cover of least weight: edges between the two groups such that everyone has at least one. On a
line, no edge needs to pass over people of both groups, so that people are taken by runs of one group. With a₁
… aₛ a run and b₁ … bₜ the next, g = b₁ - aₛ, and C the least cost of covering everyone up to a person::

    C(bᵢ) = min over j of  Σ (aₛ - a) over the last j of the run + Σ (b - b₁) over the first i + max(i, j) g
                           + min(C(a_{s-j}), C(a_{s-j+1}))

The minima over j are running ones: the whole is linear once people are sorted (Colannino et al. 2007).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from impactkit.design.covariates import Floats
from impactkit.design.matching.engine import run
from impactkit.design.matching.on_a_line import sorted_places

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def full_on_line(*, score: Floats, treated: Bools) -> tuple[Ints, float]:
    """Put everyone in sets so that the sum of differences of score within sets is the least.

    Parameters
    ----------
    score : (n,) array
    treated : (n,) array of bool
        Someone in each group.

    Returns
    -------
    sets : (n,) array of int
        Codes 0, 1, …
    total : float
        The sum, over sets, of the distances of the many to the one.

    References
    ----------
    Rosenbaum (1991), *JRSS B* 53(3). Colannino et al. (2007), *Graphs and Combinatorics* 23, for the line.
    """
    n = len(score)
    by_score, line = sorted_places(score)
    group = treated[by_score].astype(np.int64)
    cost = np.full(n + 1, np.inf)
    best, twice = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    near, extra, many = np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    at_near, at_many = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2, dtype=np.int64)
    run(_cover, line, group, cost, best, twice, near, extra, many, at_near, at_many, size=n)
    ends = np.full((2 * n, 2), -1, dtype=np.int64)
    run(_trace, line, group, best, twice, ends, size=n)
    edges = ends[ends[:, 0] >= 0]
    sets, kept = _stars(edges, n)
    total = float(np.abs(line[edges[kept, 0]] - line[edges[kept, 1]]).sum())
    found = np.empty(n, dtype=np.int64)
    found[by_score] = sets
    return found, total


def full_in_space(*, Z: Floats, treated: Bools) -> tuple[Ints, float]:
    """Put everyone in sets so that the sum of distances within sets is the least.

    With d(i) the distance of i to the nearest person of the other group, the best cover is each person's
    nearest, but for a matching that replaces two such edges by one where ``d(i, j) < d(i) + d(j)``.

    Parameters
    ----------
    Z : (n, q) array
        Coordinates; all n1 × n0 distances are computed.
    treated : (n,) array of bool

    Returns
    -------
    sets, total
        As `full_on_line`.
    """
    own, others = np.flatnonzero(treated), np.flatnonzero(~treated)
    distances = cdist(Z[own], Z[others])
    to_other, to_own = distances.argmin(axis=1), distances.argmin(axis=0)
    first, second = distances.min(axis=1), distances.min(axis=0)
    saved = np.minimum(distances - first[:, None] - second[None, :], 0.0)
    rows, columns = linear_sum_assignment(saved)
    gains = saved[rows, columns] < 0
    rows, columns = rows[gains], columns[gains]
    alone, lone = np.ones(own.size, bool), np.ones(others.size, bool)
    alone[rows] = False
    lone[columns] = False
    edges = np.concatenate(
        [
            np.column_stack([rows, columns]),
            np.column_stack([np.flatnonzero(alone), to_other[alone]]),
            np.column_stack([to_own[lone], np.flatnonzero(lone)]),
        ]
    )
    sets, kept = _stars(np.column_stack([own[edges[:, 0]], others[edges[:, 1]]]), len(Z))
    return sets, float(distances[edges[kept, 0], edges[kept, 1]].sum())


def _cover(
    line: Any,
    group: Any,
    cost: Any,
    best: Any,
    twice: Any,
    near: Any,
    extra: Any,
    many: Any,
    at_near: Any,
    at_many: Any,
) -> None:
    """Fill ``cost[k]``, of covering the first k people; j; and whether the j-th last is covered twice."""
    n = len(line)
    cost[0] = 0.0
    first = 0
    while first < n and group[first] == group[0]:
        first += 1
    start = 0
    while first < n:
        stop = first
        while stop < n and group[stop] == group[first]:
            stop += 1
        s = first - start
        gap = line[first] - line[first - 1]
        # near[j]: the least, over up to j, of what does not count the gap; many[j]: over j and more, with it.
        total = 0.0
        near[0], at_near[0] = np.inf, 0
        for j in range(1, s + 1):
            total += line[first - 1] - line[first - j]
            extra[j] = total + min(cost[first - j], cost[first - j + 1])
            near[j], at_near[j] = near[j - 1], at_near[j - 1]
            if extra[j] < near[j]:
                near[j], at_near[j] = extra[j], j
        many[s + 1], at_many[s + 1] = np.inf, 0
        for j in range(s, 0, -1):
            many[j], at_many[j] = many[j + 1], at_many[j + 1]
            if extra[j] + j * gap <= many[j]:
                many[j], at_many[j] = extra[j] + j * gap, j
        total = 0.0
        for i in range(1, stop - first + 1):
            total += line[first + i - 1] - line[first]
            j = min(i, s)
            with_few, with_many = near[j] + i * gap, np.inf
            if i < s:
                with_many = many[i + 1]
            chosen = at_near[j] if with_few <= with_many else at_many[i + 1]
            cost[first + i] = total + min(with_few, with_many)
            best[first + i] = chosen
            twice[first + i] = 1 if cost[first - chosen + 1] < cost[first - chosen] else 0
        start = first
        first = stop


def _trace(line: Any, group: Any, best: Any, twice: Any, ends: Any) -> None:
    """Write the edges of the best cover into ``ends``, going back from the last person."""
    k, edge = len(line), 0
    while k > 0:
        first = k - 1
        while group[first - 1] == group[k - 1]:
            first -= 1
        i, j = k - first, best[k]
        # In order: the first with the first; those in excess all with the person nearest to the gap.
        for m in range(max(i, j)):
            if i >= j:
                left, right = first - j + min(m, j - 1), first + m
            else:
                left, right = first - j + m, first + max(0, m - (j - i))
            ends[edge][0], ends[edge][1] = left, right
            edge += 1
        k = first - j + twice[k]


def _stars(edges: Ints, n: int) -> tuple[Ints, Bools]:
    """Return the sets that edges make, without those edges whose two ends have others: each set is a star."""
    degree = np.bincount(edges.ravel(), minlength=n)
    kept = np.ones(len(edges), dtype=bool)
    for k in np.flatnonzero((degree[edges] > 1).all(axis=1)).tolist():
        i, j = edges[k]
        if degree[i] > 1 and degree[j] > 1:
            degree[i] -= 1
            degree[j] -= 1
            kept[k] = False
    links = edges[kept]
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64), kept
