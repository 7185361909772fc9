"""Regressions with an effect of each person and of each period: arrays in, coefficients and errors out.

Person effects are swept out by subtracting each person's mean, which is exact whatever periods are missing;
period effects stay in the regression as columns, since periods are few. No iteration is needed, and the
errors see the same columns as a regression with all its dummies.

References
----------
Bell & McCaffrey (2002), *Survey Methodology* 28(2), and Pustejovsky & Tipton (2018), *JBES* 36(4): CR2, which
absorbing effects nested in clusters does not change. CR1 has the factor that R's fixest gives by default:
``G/(G-1) (n-1)/(n-K)`` where K counts the coefficients and the period effects, not the person effects.
Goodman-Bacon (2021), *J. of Econometrics* 225(2). De Chaisemartin & D'Haultfœuille (2020), *AER* 110(9).
Sun & Abraham (2021), *J. of Econometrics* 225(2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from impactkit.estimators.inference.linear import (
    Codes,
    Fit,
    Floats,
    adjust,
    fit,
    off_diagonal_squares,
)

PanelErrors = Literal["CR1", "CR2"]

# Numbers held at once while clusters are gone through.
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """Rows of people and periods, as arrays of one length n.

    Attributes
    ----------
    y : (n,) array
        The outcome, known.
    units, periods, clusters : (n,) arrays of int
        Codes from 0, without gaps; a person stays in one cluster.
    start : (n,) array of int
        The code of the period in which the row's person enters, which may lie after the last one (or be
        very large) for those who do not.
    weights : (n,) array or None
        Positive, constant for a person.
    """

    y: Floats
    units: Codes
    periods: Codes
    clusters: Codes
    start: Codes
    weights: Floats | None = None

    @property
    def event_time(self) -> Codes:
        """Periods since entry: 0 in the first exposed, -1 in the last before."""
        return self.periods - self.start

    @property
    def exposed(self) -> np.ndarray:
        """Whether the row's person has entered."""
        return self.periods >= self.start

    @property
    def n_periods(self) -> int:
        """How many periods there are."""
        return int(self.periods.max()) + 1

    @property
    def ever(self) -> np.ndarray:
        """Whether the row's person enters by the last period."""
        return self.start < self.n_periods

    @property
    def row_weights(self) -> Floats:
        """The weights, ones when there are none."""
        return np.ones(len(self.y)) if self.weights is None else self.weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combinations:
    """Linear combinations of coefficients: values (m,), covariance (m, m) and degrees of freedom (m,)."""

    values: Floats
    covariance: Floats
    df: Floats


def regress(panel: Panel, X: Floats) -> Fit:
    """Fit the outcome on the columns of X, person effects and period effects.

    Parameters
    ----------
    panel : Panel
    X : (n, p) array

    Returns
    -------
    Fit
        The coefficients of X come first, then those of the periods but one.

    Raises
    ------
    EstimationError
        When columns are redundant given the effects.
    """
    dummies = panel.periods[:, None] == np.arange(1, panel.n_periods)
    columns = _without_person_means(np.column_stack([X, dummies.astype(float)]), panel.units)
    y = _without_person_means(panel.y[:, None], panel.units)[:, 0]
    return fit(X=columns, y=y, weights=panel.weights)


def _without_person_means(columns: Floats, units: Codes) -> Floats:
    seen = np.bincount(units)
    return np.column_stack([x - (np.bincount(units, x) / seen)[units] for x in columns.T])


def combine(fitted: Fit, contrasts: Floats, *, clusters: Codes, errors: PanelErrors) -> Combinations:
    """Combine the first coefficients of `regress`, with errors by cluster.

    Parameters
    ----------
    fitted : Fit
    contrasts : (m, p) array
        One row per combination of the coefficients of X.
    clusters : (n,) array of int
    errors : {"CR1", "CR2"}
        CR1 has G - 1 degrees of freedom, CR2 Bell and McCaffrey's.

    Raises
    ------
    EstimationError
        When CR2 errors do not exist because a combination rests wholly on one cluster.
    """
    values, q = directions(fitted, contrasts)
    groups = int(clusters.max()) + 1
    if errors == "CR2":
        scores, df = _cr2(fitted, q, clusters)
        return Combinations(values=values, covariance=scores.T @ scores, df=df)
    rows = (fitted.Q @ q) * fitted.residuals[:, None]
    scores = np.column_stack([np.bincount(clusters, column, minlength=groups) for column in rows.T])
    n, k = fitted.Q.shape
    factor = cr1_factor(groups=groups, rows=n, columns=k)
    return Combinations(
        values=values, covariance=factor * (scores.T @ scores), df=np.full(len(values), groups - 1.0)
    )


def directions(fitted: Fit, contrasts: Floats) -> tuple[Floats, Floats]:
    """Return the combinations (m,) and ``q = R^-T c`` of each, (k, m)."""
    full = np.zeros((len(contrasts), len(fitted.coef)))
    full[:, : contrasts.shape[1]] = contrasts
    return full @ fitted.coef, np.asarray(np.linalg.solve(fitted.R.T, full.T), dtype=np.float64)


def cr1_factor(*, groups: int, rows: int, columns: int) -> float:
    """Return ``G/(G-1) (n-1)/(n-K)``; K is one more than the columns: the constant, which effects hold."""
    return groups / (groups - 1) * (rows - 1) / (rows - columns - 1)


def satterthwaite(own: Floats, z: Floats, times: Codes | None = None) -> Floats:
    """Return the degrees of freedom (m,); ``times`` counts the clusters that each line stands for."""
    c = np.ones(len(own)) if times is None else times
    off = np.array([off_diagonal_squares(z[:, :, i], times) for i in range(own.shape[1])])
    return np.asarray((c @ own) ** 2 / (c @ own**2 + off))


def _cr2(fitted: Fit, q: Floats, clusters: Codes) -> tuple[Floats, Floats]:
    """Return the adjusted scores (G, m) and the degrees of freedom (m,), clusters a chunk at a time."""
    scores, own, z = [], [], []
    for cross, moments in cluster_products(fitted, clusters):
        adjusted = adjust(cross, q)
        scores.append(np.einsum("gkm,gk->gm", adjusted.inner, moments))
        own.append(adjusted.own)
        z.append(adjusted.z)
    return np.vstack(scores), satterthwaite(np.vstack(own), np.vstack(z))


def cluster_products(fitted: Fit, clusters: Codes) -> Iterator[tuple[Floats, Floats]]:
    """Yield ``Q_g'Q_g`` (g, k, k) and ``Q_g'e_g`` (g, k) for the clusters in order, by chunks."""
    order = np.argsort(clusters, kind="stable")
    Q, e = fitted.Q[order], fitted.residuals[order]
    ends = np.cumsum(np.bincount(clusters))
    rows = max(_CHUNK // Q.shape[1] ** 2, 1)
    first = begin = 0
    while first < len(ends):
        last = max(int(np.searchsorted(ends, begin + rows, side="right")), first + 1)
        part, residuals = Q[begin : ends[last - 1]], e[begin : ends[last - 1]]
        if last == first + 1:
            yield (part.T @ part)[None], (part.T @ residuals)[None]
        else:
            at = np.concatenate([[0], ends[first : last - 1] - begin])
            yield (
                np.add.reduceat(part[:, :, None] * part[:, None, :], at),
                np.add.reduceat(part * residuals[:, None], at),
            )
        first, begin = last, int(ends[last - 1])


# --- What is regressed ----------------------------------------------------------------------------------


def event_columns(panel: Panel) -> tuple[Floats, Codes]:
    """Return a column for each period since entry but -1, among those who enter, and these periods."""
    event, ever = panel.event_time, panel.ever
    times = np.unique(event[ever])
    times = times[times != -1]
    return ((event[:, None] == times) & ever[:, None]).astype(float), times


def cohort_event_columns(panel: Panel) -> tuple[Floats, Codes, Codes, Floats]:
    """Return the columns of Sun and Abraham: one for each entry and period since, but -1.

    Returns
    -------
    X : (n, p) array
    entries, times : (p,) arrays of int
    sizes : (p,) array
        The sum of weights in each.
    """
    event, ever = panel.event_time, panel.ever & (panel.event_time != -1)
    pairs = np.column_stack([panel.start[ever], event[ever]]).astype(np.intp)
    cells, inverse = np.unique(pairs, axis=0, return_inverse=True)
    X = np.zeros((len(event), len(cells)))
    X[np.flatnonzero(ever), inverse.reshape(-1)] = 1.0
    sizes = np.bincount(inverse.reshape(-1), panel.row_weights[ever])
    return X, cells[:, 0], cells[:, 1], sizes.astype(np.float64)


def averages(groups: Codes, sizes: Floats) -> tuple[Codes, Floats]:
    """Return the groups present and, one row each, the weights that average the cells of a group."""
    found = np.unique(groups)
    weights = (groups[None, :] == found[:, None]) * sizes[None, :]
    return found, weights / weights.sum(axis=1, keepdims=True)


def exposure_weights(panel: Panel) -> Floats:
    """Return the weight of each exposed row in the coefficient of exposure; they sum to 1.

    They are the residuals of exposure on person and period effects; a negative one enters with the wrong
    sign (de Chaisemartin & D'Haultfœuille).
    """
    exposed = panel.exposed
    dummies = panel.periods[:, None] == np.arange(1, panel.n_periods)
    columns = _without_person_means(np.column_stack([exposed, dummies]).astype(float), panel.units)
    root = np.sqrt(panel.row_weights)
    weighted = columns * root[:, None]
    coef = np.linalg.lstsq(weighted[:, 1:], weighted[:, 0], rcond=None)[0]
    weights = ((columns[:, 0] - columns[:, 1:] @ coef) * panel.row_weights)[exposed]
    return np.asarray(weights / weights.sum())
