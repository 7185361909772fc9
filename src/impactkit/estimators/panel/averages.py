"""Averages of group-time effects: simple, by time since entry, by group, by calendar period.

Each average is a linear map of the effects and, because the shares of the groups are estimated too, of the
shares: with S = Σ p the shares of the effects kept and A = Σ p ATT / S, a share p moves A by (ATT - A) / S.

References
----------
Callaway & Sant'Anna (2021), *J. of Econometrics* 225(2), section 3; R's ``did::aggte``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.panel.group_time import GroupTime

Aggregate = Literal["simple", "dynamic", "group", "calendar"]
Kept = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Average:
    """A weighted average of effects.

    Attributes
    ----------
    value : float
    load : (k + number of entries,) array
        What the average is of the effects, then of the shares: its influence is ``influence @ load``.
    """

    value: float
    load: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Averages:
    """The overall average, and the path of averages: by event time, group or calendar period."""

    overall: Average
    at: tuple[float, ...]
    path: tuple[Average, ...]
    cells: tuple[Kept, ...]


def share_average(found: GroupTime, kept: Kept) -> Average:
    """Average the effects ``kept``, each weighted by the share of its group."""
    n_cells = found.att.size
    shares = np.where(kept, found.shares[found.plan.group], 0.0)
    total = shares.sum()
    value = float(shares @ found.att / total)
    load = np.zeros(n_cells + found.shares.size)
    load[:n_cells] = shares / total
    np.add.at(load, n_cells + found.plan.group[kept], (found.att[kept] - value) / total)
    return Average(value=value, load=load)


def averages(found: GroupTime, aggregate: Aggregate) -> Averages:
    """Average the effects as R's ``aggte`` does.

    Parameters
    ----------
    found : GroupTime
        With at least one effect after entry.
    aggregate : {"simple", "dynamic", "group", "calendar"}
        ``simple``: all effects after entry, weighted by shares. ``dynamic``: by time since entry; overall,
        the plain mean of those from entry on. ``group``: by group, the plain mean over its periods; overall,
        weighted by shares. ``calendar``: by period; overall, their plain mean.
    """
    post = found.plan.event_time >= 0
    if aggregate == "simple":
        return Averages(overall=share_average(found, post), at=(), path=(), cells=())
    if aggregate == "group":
        return _by_group(found, post)
    if aggregate == "dynamic":
        place, wanted = found.plan.event_time, np.ones_like(post)
    else:
        place, wanted = found.plan.periods[found.plan.period], post
    at = np.unique(place[wanted])
    cells = tuple(wanted & (place == value) for value in at)
    path = tuple(share_average(found, kept) for kept in cells)
    inside = [a for a, value in zip(path, at, strict=True) if aggregate == "calendar" or value >= 0]
    overall = Average(
        value=float(np.mean([a.value for a in inside])),
        load=np.asarray(np.mean([a.load for a in inside], axis=0)),
    )
    return Averages(overall=overall, at=tuple(map(float, at)), path=path, cells=cells)


def _by_group(found: GroupTime, post: Kept) -> Averages:
    n_cells = found.att.size
    groups = np.unique(found.plan.group[post])
    path, cells = [], []
    for g in groups:
        kept = post & (found.plan.group == g)
        load = np.zeros(n_cells + found.shares.size)
        load[:n_cells] = kept / kept.sum()
        path.append(Average(value=float(found.att[kept].mean()), load=load))
        cells.append(kept)
    shares = found.shares[groups]
    total = shares.sum()
    values = np.array([average.value for average in path])
    value = float(shares @ values / total)
    load = np.asarray(shares / total @ np.array([average.load for average in path]))
    load[n_cells + groups] += (values - value) / total
    return Averages(
        overall=Average(value=value, load=load),
        at=tuple(float(found.plan.entries[g]) for g in groups),
        path=tuple(path),
        cells=tuple(cells),
    )
