"""What the outcome looks like where no effect can be: before entry, or among those who do not enter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import CLUSTER
from impactkit.disclosure import share_is_safe
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.evidence.advice.limits import (
    ASSUMED_CORRELATION,
    FEWEST_FOR_A_SPREAD,
    MOST_CORRELATION,
    SHARE_STEP,
)
from impactkit.evidence.advice.shape import Bools, Group, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of the outcome without the action.

    Attributes
    ----------
    sd : float
        Standard deviation; of a share ``p``, ``sqrt(p (1 - p))``.
    share : float or None
        Of a yes/no outcome: the share whose rise is better (``1 - p`` when a fall is).
    correlation : float
        Of the outcome at two times.
    assumed : bool
        Whether no data tell the correlation.
    icc : float
        How much people of one structure resemble each other.
    """

    sd: float
    share: float | None
    correlation: float
    assumed: bool
    icc: float


def expected(shape: Shape, group: Group | None) -> Expected | None:
    """Read what is expected of the outcome; ``None`` where nothing tells how it varies.

    The spread is that of those compared at the end; failing them, of everyone before the first entry.

    Parameters
    ----------
    shape : Shape
    group : Group or None
        Those compared.
    """
    for period, people in _sources(shape, group):
        values, structures = _read(shape, period, people)
        if values.size < FEWEST_FOR_A_SPREAD or not values.std() > 0:
            continue
        correlation = _correlation(shape, group)
        share = _share(shape, values) if shape.binary else None
        return Expected(
            sd=float(values.std(ddof=1)) if share is None else float(np.sqrt(share * (1 - share))),
            share=share,
            correlation=ASSUMED_CORRELATION if correlation is None else correlation,
            assumed=correlation is None,
            icc=0.0 if structures is None else intracluster(values, structures),
        )
    return None


def _sources(shape: Shape, group: Group | None) -> list[tuple[float, Bools]]:
    """Return where the outcome may be read: at a period, of people whom the action has not reached."""
    rows = shape.cohort.rows
    found = []
    if group is not None:
        found.append((shape.end, group.people & (rows.entry > shape.end)))
    if shape.before:
        found.append((shape.before[-1], rows.entry > shape.before[-1]))
    return found


def _read(shape: Shape, period: float, people: Bools) -> tuple[Floats, Codes | None]:
    """Return the outcomes known of these people at a period, and their structures."""
    rows = shape.cohort.rows
    where = rows.at(period)[people]
    values = rows.numbers(shape.outcome.variable, where)
    known = ~np.isnan(values)
    if not shape.cohort.has_clusters:
        return values[known], None
    structures = rows.values(CLUSTER, rows.first[people])
    return values[known], pd.factorize(structures)[0][known]


def _share(shape: Shape, values: Floats) -> float:
    """Return the share whose rise is better, rounded when its exact value would tell a small count."""
    share = float(values.mean())
    if not share_is_safe(share, values.size, shape.cohort.profile):
        share = float(np.clip(round(share / SHARE_STEP) * SHARE_STEP, SHARE_STEP, 1 - SHARE_STEP))
    return share if shape.outcome.direction == "increase" else 1 - share


def _correlation(shape: Shape, group: Group | None) -> float | None:
    """Return the outcome's correlation at two times: both before entry, else among those compared."""
    rows = shape.cohort.rows
    if len(shape.before) > 1:
        first, second = shape.before[-2:]
        people = rows.entry > second
    elif shape.before and group is not None:
        first, second = shape.before[-1], shape.end
        people = group.people & (rows.entry > second)
    else:
        return None
    pair = [rows.numbers(shape.outcome.variable, rows.at(period)[people]) for period in (first, second)]
    both = ~np.isnan(pair[0]) & ~np.isnan(pair[1])
    if both.sum() < FEWEST_FOR_A_SPREAD or not min(values[both].std() for values in pair) > 0:
        return None
    found = float(np.corrcoef(pair[0][both], pair[1][both])[0, 1])
    return float(np.clip(found, -MOST_CORRELATION, MOST_CORRELATION))


def intracluster(values: Floats, structures: Codes) -> float:
    """Return the intra-cluster correlation by analysis of variance, between 0 and 1.

    ``(MSB - MSW) / (MSB + (m0 - 1) MSW)`` with ``m0 = (n - Σ m_j² / n) / (J - 1)``; 0 when negative, or when
    no structure has two people.

    Parameters
    ----------
    values : (n,) array
    structures : (n,) array of int

    References
    ----------
    Donner & Koval (1980), *Biometrics* 36(1).
    """
    _, own, sizes = np.unique(structures, return_inverse=True, return_counts=True)
    n, J = values.size, sizes.size
    if J < 2 or n <= J:
        return 0.0
    means = np.bincount(own, weights=values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (J - 1)
    within = float(((values - means[own]) ** 2).sum()) / (n - J)
    m0 = (n - float((sizes**2).sum()) / n) / (J - 1)
    total = between + (m0 - 1) * within
    return float(np.clip((between - within) / total, 0.0, 1.0)) if total > 0 else 0.0
