"""Group-time effects: the array functions behind difference in differences with several entry dates.

For the group that enters at g, the period t and the base period b, the effect without covariates is::

    ATT(g, t) = (mean of y_t - mean of y_b among the group) - (the same among those compared)

People are rows and periods columns; a period at which a person was not seen is NaN. The influence of a
person of group k is linear in her own centred row, so that the covariance of all effects needs only the
second moments of each group.

References
----------
Callaway & Sant'Anna (2021), *J. of Econometrics* 225(2). R's did (version 2.5.1) computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.influence import Influence
from impactkit.estimators.inference.linear import Codes, Floats

Base = Literal["varying", "universal"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The effects to compute, one per group and period, all as arrays of one length k.

    Attributes
    ----------
    group : (k,) array of int
        Position of the group in ``entries``.
    period, base : (k,) arrays of int
        Positions of the period and of the one it is compared with.
    compared : (k, number of entries) array of bool
        The groups whose people are compared.
    entries : (number of entries,) array
        Dates of entry, ascending; the last is infinite for those who never enter.
    periods : (T,) array
    """

    group: Codes
    period: Codes
    base: Codes
    compared: npt.NDArray[np.bool_]
    entries: Floats
    periods: Floats

    @property
    def event_time(self) -> Floats:
        """Time since entry."""
        return np.asarray(self.periods[self.period] - self.entries[self.group])

    @property
    def is_reference(self) -> npt.NDArray[np.bool_]:
        """Where the period is its own base: the effect is 0 by construction."""
        return np.asarray(self.period == self.base)

    def keep(self, kept: npt.NDArray[np.bool_]) -> Plan:
        """Return the plan with these effects only."""
        return Plan(
            group=self.group[kept],
            period=self.period[kept],
            base=self.base[kept],
            compared=self.compared[kept],
            entries=self.entries,
            periods=self.periods,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupTime:
    """Effects by group and period, with what their uncertainty and that of any average of them needs.

    Attributes
    ----------
    plan : Plan
    att : (k,) array
    shares : (number of entries,) array
        Share of each group among people, by weight.
    n_treated, n_compared : (k,) arrays of int
        People each effect rests on.
    influence : Influence
        Of the k effects, then of the shares.
    """

    plan: Plan
    att: Floats
    shares: Floats
    n_treated: Codes
    n_compared: Codes
    influence: Influence


def plan_cells(*, periods: Floats, entries: Floats, base: Base, anticipation: float, not_yet: bool) -> Plan:
    """List the effects that the dates allow.

    Parameters
    ----------
    periods : (T,) array, ascending
    entries : array, ascending
        Infinite for those who never enter.
    base : {"varying", "universal"}
        What a period before entry is compared with: the period just before it, or the last before entry.
    anticipation : float
        Time before entry during which the action may already act.
    not_yet : bool
        Compare with those who have not entered yet; else only with those who never enter.
    """
    rows = []
    for g in np.flatnonzero(np.isfinite(entries)):
        free = np.flatnonzero(periods + anticipation < entries[g])
        if free.size == 0:
            continue
        for t in range(0 if base == "universal" else 1, periods.size):
            post = periods[t] >= entries[g]
            b = int(free[-1]) if base == "universal" or post else t - 1
            latest = max(periods[t], periods[b]) + anticipation
            others = (entries > latest) if not_yet else np.isinf(entries)
            rows.append((g, t, b, others & (np.arange(entries.size) != g)))
    return Plan(
        group=np.array([row[0] for row in rows], dtype=np.intp),
        period=np.array([row[1] for row in rows], dtype=np.intp),
        base=np.array([row[2] for row in rows], dtype=np.intp),
        compared=np.array([row[3] for row in rows], dtype=bool).reshape(len(rows), entries.size),
        entries=entries,
        periods=periods,
    )


def observed_cells(plan: Plan, *, seen: Codes) -> Plan:
    """Keep the effects for which someone is seen in both groups at both periods.

    Parameters
    ----------
    plan : Plan
    seen : (number of entries, T) array of int
        People seen, by group and period.
    """
    compared = plan.compared @ seen
    cells = np.arange(plan.group.size)
    known = [(seen[plan.group, at] > 0) & (compared[cells, at] > 0) for at in (plan.period, plan.base)]
    return plan.keep(known[0] & known[1])


def plain_group_time(*, Y: Floats, cohort: Codes, weights: Floats, plan: Plan) -> GroupTime:
    """Compute the effects without covariates.

    Parameters
    ----------
    Y : (n, T) array
        NaN where a person was not seen. Each mean is over those seen at its period.
    cohort : (n,) array of int
        Position of each person's entry in ``plan.entries``.
    weights : (n,) array
        Of mean 1.
    plan : Plan
        As `observed_cells` returns it.
    """
    n, n_periods = Y.shape
    n_groups = plan.entries.size
    rows = tuple(np.flatnonzero(cohort == k) for k in range(n_groups))
    mass, mean = np.zeros((n_groups, n_periods)), np.zeros((n_groups, n_periods))
    counts = np.zeros((n_groups, n_periods), dtype=np.intp)
    factors, shares = [], np.zeros(n_groups)
    whole = not bool(np.isnan(Y).any())
    for k, people in enumerate(rows):
        Z, mass[k], mean[k], counts[k] = _moments(Y[people], weights[people], whole=whole)
        factors.append(Z)
        shares[k] = weights[people].sum() / n
    together = plan.compared @ mass
    totals = plan.compared @ (mass * mean)
    cells = np.arange(plan.group.size)
    centre = np.divide(totals, together, out=np.zeros_like(totals), where=together > 0)
    t, b, g = plan.period, plan.base, plan.group
    att = (mean[g, t] - mean[g, b]) - (centre[cells, t] - centre[cells, b])
    att[plan.is_reference] = 0.0
    maps = [
        _map(k, plan=plan, mass=mass, mean=mean, together=together, centre=centre, shares=shares, n=n)
        for k in range(n_groups)
    ]
    if whole:
        maps = [_collapse(L, n_periods) for L in maps]
    compared = plan.compared @ counts
    return GroupTime(
        plan=plan,
        att=att,
        shares=shares,
        n_treated=np.minimum(counts[g, t], counts[g, b]),
        n_compared=np.minimum(compared[cells, t], compared[cells, b]),
        influence=Influence(parts=tuple(zip(factors, maps, strict=True)), n=n, rows=rows),
    )


def _moments(Y: Floats, weights: Floats, *, whole: bool) -> tuple[Floats, Floats, Floats, Codes]:
    """Return the factors (centred outcomes, times seen, weight, 1), mass, mean and people seen by period."""
    w = weights[:, None]
    if whole:
        mass = np.full(Y.shape[1], weights.sum())
        mean = weights @ Y / max(weights.sum(), np.finfo(float).tiny)
        Z = np.empty((len(Y), Y.shape[1] + 2))
        np.subtract(Y, mean, out=Z[:, :-2])
        Z[:, :-2] *= w
        Z[:, -2], Z[:, -1] = weights, 1.0
        return Z, mass, mean, np.full(Y.shape[1], len(Y), dtype=np.intp)
    seen = ~np.isnan(Y)
    mass = weights @ seen
    known = np.where(seen, Y, 0.0)
    mean = np.divide(weights @ known, mass, out=np.zeros_like(mass), where=mass > 0)
    centred = np.where(seen, Y - mean, 0.0) * w
    Z = np.column_stack([centred, seen * w, weights, np.ones(len(Y))])
    return Z, mass, mean, seen.sum(axis=0).astype(np.intp)


def _map(
    k: int,
    *,
    plan: Plan,
    mass: Floats,
    mean: Floats,
    together: Floats,
    centre: Floats,
    shares: Floats,
    n: int,
) -> Floats:
    """Return the map from the factors of group k to the influence of its people."""
    n_periods, n_cells, n_groups = mass.shape[1], plan.group.size, shares.size
    L = np.zeros((2 * n_periods + 2, n_cells + n_groups))
    active = ~plan.is_reference
    for at, sign in ((plan.period, 1.0), (plan.base, -1.0)):
        own = np.flatnonzero((plan.group == k) & active)
        L[at[own], own] += sign * n / mass[k, at[own]]
        others = np.flatnonzero(plan.compared[:, k] & active)
        share = sign * n / together[others, at[others]]
        L[at[others], others] -= share
        L[n_periods + at[others], others] -= share * (mean[k, at[others]] - centre[others, at[others]])
    L[2 * n_periods, n_cells + k] = 1.0
    L[2 * n_periods + 1, n_cells:] = -shares
    return L


def _collapse(L: Floats, n_periods: int) -> Floats:
    """Return the map when everyone is seen at all periods: the times seen are then the weight."""
    out = np.delete(L, np.s_[n_periods : 2 * n_periods], axis=0)
    out[n_periods] += L[n_periods : 2 * n_periods].sum(axis=0)
    return out
