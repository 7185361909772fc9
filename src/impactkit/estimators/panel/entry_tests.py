"""Tests with few clusters by date of entry: the wild bootstrap, and the dates of entry replayed.

Both test one average of effects with its weights as observed: ``θ = Σ_c ℓ_c ATT_c``. The plain average is a
difference of means of people's own rows; the wild bootstrap is then that of a regression, and the same as
between two times when there are two. With covariates it works on the influence of people.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np

from impactkit.estimators.inference.contributions import Contributions
from impactkit.estimators.inference.few_clusters import (
    ENUMERATED_ASSIGNMENTS,
    RandomisationTest,
    WildTest,
    draws_for,
    not_against,
    wild_bootstrap,
)
from impactkit.estimators.inference.influence import Influence
from impactkit.estimators.inference.linear import Codes, Floats, fit
from impactkit.estimators.panel.group_time import Plan

# Numbers held at once for draws.
_BLOCK = 4_000_000


def wild_average(
    *,
    influence: Influence,
    small: Contributions,
    weights: Floats,
    clusters: Codes,
    value: float,
    load: Floats,
    draws: int | None = None,
    seed: int = 0,
) -> WildTest:
    """Draw the restricted wild cluster bootstrap of an average.

    With ``σ_k`` the standard deviation that `Contributions.spread` gives to a person of group k, ``ψ_i`` the
    influence of a person on the average (shares held) and M_k the weight of a group, the average is the
    contrast ``Σ_k σ_k M_k μ_k`` of the regression on one indicator per group of an outcome whose deviations
    are ``ψ_i / (n w_i σ_k)``: one variance for all, as CR2's degrees of freedom suppose.

    Parameters
    ----------
    influence : Influence
        One part per group.
    small : Contributions
    weights : (n,) array
    clusters : (n,) array of int
    value : float
    load : (effects and shares,) array
    draws, seed : int
        As `few_clusters.wild_bootstrap`.
    """
    sigma = np.sqrt(np.clip(small.spread(load[None, :])[:, 0], 0, None))
    scale = sigma * (small.mass if small.sums else small.whole)
    used = np.flatnonzero(scale > 0)
    columns, outcome, kept = [], [], []
    for at, k in enumerate(used):
        (Z, _), rows, L = influence.parts[k], influence.rows[k], small.maps[k]
        own = Z[:, : len(L)] @ (L @ load[: L.shape[1]])
        outcome.append(own / (influence.n * weights[rows] * sigma[k]) + value / scale[used].sum())
        columns.append(np.tile(np.eye(used.size)[at], (rows.size, 1)))
        kept.append(rows)
    rows = np.concatenate(kept)
    fitted = fit(X=np.vstack(columns), y=np.concatenate(outcome), weights=weights[rows])
    codes = np.unique(clusters[rows], return_inverse=True)[1].astype(np.intp)
    return wild_bootstrap(fitted, scale[used], clusters=codes, draws=draws, seed=seed)


def dates_replayed(
    *,
    Y: Floats,
    cohort: Codes,
    weights: Floats,
    clusters: Codes,
    plan: Plan,
    load: Floats,
    draws: int | None = None,
    seed: int = 0,
) -> RandomisationTest:
    """Compare an average of plain effects with those of all other ways to give out the dates of entry.

    As many clusters have each date. The statistic is the absolute average, its weights as observed. Under an
    effect θ, the same for all from entry on, ``y - θ D`` does not depend on who entered when; an assignment π
    speaks against θ no more than the one observed when ``|A_π - θ B_π| ≥ |A - θ B|``, with A and B the
    averages of y and of being in the action, D. An assignment for which an effect has nobody to compare with
    is counted everywhere: the p-value is, if anything, too high.

    All ways are counted when there are at most 100 000; else ``draws`` are drawn and the one observed added.

    Parameters
    ----------
    Y : (n, T) array
        NaN where not seen.
    cohort : (n,) array of int
        The same within a cluster.
    weights : (n,) array
    clusters : (n,) array of int
        Codes 0 … G-1.
    plan : Plan
    load : (k,) array
        Weights of the effects in the average.
    draws, seed : int

    References
    ----------
    Fisher (1935), *The Design of Experiments*. Athey & Imbens (2022), *J. of Econometrics* 226(1), for dates
    of entry drawn by lot.
    """
    used = (load != 0) & ~plan.is_reference
    plan, load = plan.keep(used), load[used]
    known = ~np.isnan(Y)
    exposed = plan.periods >= plan.entries[cohort][:, None]
    groups = int(clusters.max()) + 1
    held = [np.where(known, values, 0.0) * weights[:, None] for values in (known, Y, exposed)]
    columns = [column for values in held for column in values.T]
    table = np.column_stack([np.bincount(clusters, column, groups).astype(float) for column in columns])
    first = np.zeros(groups, dtype=np.intp)
    first[clusters] = cohort
    sizes = np.asarray(np.bincount(first, minlength=plan.entries.size), dtype=np.intp)
    ways = math.factorial(groups) // math.prod(math.factorial(int(size)) for size in sizes)
    enumerated = ways <= ENUMERATED_ASSIGNMENTS
    draws = draws_for(groups) if draws is None else draws
    blocks: Iterable[Codes] = [_all_dates(first, sizes)] if enumerated else _drawn_dates(first, draws, seed)
    step = max(1, _BLOCK // max(1, groups * plan.entries.size))
    found = np.vstack(
        [
            _replayed(dates[start : start + step], table, plan, load)
            for dates in blocks
            for start in range(0, len(dates), step)
        ]
    )
    A, B = found.T
    unknown = np.isnan(A) | np.isnan(B)
    # No less telling than any: as wide as the one observed.
    lows, highs = not_against(np.where(unknown, A[0], A), np.where(unknown, B[0], B))
    return RandomisationTest(value=float(A[0] / B[0]), lows=lows, highs=highs, enumerated=enumerated)


def _replayed(dates: Codes, table: Floats, plan: Plan, load: Floats) -> Floats:
    """Return the averages of the outcome and of being in the action, (draws, 2), by assignment."""
    n_groups, n_periods = plan.entries.size, plan.periods.size
    sums = np.stack([(dates == k) @ table for k in range(n_groups)], axis=1)
    mass, outcome, exposed = np.split(sums, [n_periods, 2 * n_periods], axis=2)
    averages = np.zeros((len(dates), 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        for at, sign in ((plan.period, 1.0), (plan.base, -1.0)):
            together = np.einsum("dkc,ck->dc", mass[:, :, at], plan.compared)
            for i, of in enumerate((outcome, exposed)):
                own = of[:, plan.group, at] / mass[:, plan.group, at]
                others = np.einsum("dkc,ck->dc", of[:, :, at], plan.compared) / together
                averages[:, i] += sign * ((own - others) @ load)
    return averages


def _all_dates(first: Codes, sizes: Codes) -> Codes:
    """Return all ways to give out the dates in rows, the one observed first."""
    groups = first.size
    dates = np.full((1, groups), sizes.size - 1, dtype=np.intp)
    free = np.arange(groups)[None, :]
    for k, size in enumerate(sizes[:-1]):
        left = free.shape[1]
        picked = np.array(list(itertools.combinations(range(left), int(size))), dtype=np.intp)
        picked = picked.reshape(-1, int(size))
        apart = np.ones((len(picked), left), dtype=bool)
        np.put_along_axis(apart, picked, False, axis=1)
        others = np.nonzero(apart)[1].reshape(len(picked), -1)
        chosen = free[:, picked].reshape(-1, int(size))
        dates = np.repeat(dates, len(picked), axis=0)
        np.put_along_axis(dates, chosen, k, axis=1)
        free = free[:, others].reshape(len(dates), -1)
    observed = int(np.flatnonzero((dates == first).all(axis=1))[0])
    dates[[0, observed]] = dates[[observed, 0]]
    return dates


def _drawn_dates(first: Codes, draws: int, seed: int) -> Iterator[Codes]:
    """Yield the one observed, then blocks of those drawn."""
    yield first[None, :]
    rng = np.random.default_rng(seed)
    most = max(1, _BLOCK // first.size)
    for start in range(0, draws, most):
        rows = min(most, draws - start)
        yield first[rng.random((rows, first.size)).argsort(axis=1)]
