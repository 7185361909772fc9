"""Imputation: what those exposed would have had, from the person and period effects of those not yet exposed.

References
----------
Borusyak, Jaravel & Spiess (2024), *Rev. Econ. Stud.* 91(6). Gardner (2021), *Two-stage differences in
differences*, arXiv:2207.05943.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.events.twfe import Panel
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Imputed:
    """Mean effects, each over some exposed rows: values (m,) and covariance (m, m)."""

    values: Floats
    covariance: Floats


def impute(
    panel: Panel, groups: Floats, *, columns: Floats | None = None, two_stage: bool = False
) -> Imputed:
    """Estimate the mean effect over each set of exposed rows.

    The effects of persons and periods are fitted by least squares on the rows not yet exposed; the effect of
    an exposed row is its outcome minus their sum. The mean is linear in the outcomes, with weights v: its
    variance is ``sum_g (sum_{i in g} v_i e_i)²`` over clusters, where e is the residual of a row not yet
    exposed and, for one exposed, its effect minus the ``v²``-weighted mean effect of the rows of the same
    entry and period. It is too large when effects differ within these, never too small in large samples.

    Parameters
    ----------
    panel : Panel
        Every person has a row not yet exposed, and every period too.
    groups : (m, n) array of bool
        Among exposed rows.
    columns : (n, q) array, optional
        Further columns of the regression on the rows not yet exposed, as `characteristics.trends`.
    two_stage : bool
        Whether e is instead, for an exposed row, its effect minus the mean effect of the whole set: the
        errors of a second regression that knows the first was estimated (Gardner 2021; R's did2s).

    Raises
    ------
    EstimationError
        When periods are not linked with each other by people who are not yet exposed, or columns are
        redundant among their rows.
    """
    untreated, weights = ~panel.exposed, panel.row_weights
    more = np.empty((len(panel.y), 0)) if columns is None else columns
    effects = _Effects(panel, np.where(untreated, weights, 0.0), more)
    fitted = effects.solve(np.where(untreated, weights * panel.y, 0.0)[:, None])[:, 0]
    residuals = panel.y - fitted
    chosen = groups.T * weights[:, None]
    chosen = chosen / chosen.sum(axis=0)
    values = residuals @ chosen
    v = chosen - np.where(untreated, weights, 0.0)[:, None] * effects.solve(chosen)
    cells = np.unique(np.column_stack([panel.start, panel.periods]), axis=0, return_inverse=True)[1].reshape(
        -1
    )
    clusters = int(panel.clusters.max()) + 1
    scores = np.empty((clusters, len(values)))
    for j, weight in enumerate(v.T):
        square = np.where(untreated, 0.0, weight**2)
        total = np.bincount(cells, square)
        mean = np.bincount(cells, square * residuals) / np.where(total > 0, total, 1.0)
        centre = np.full(len(cells), values[j]) if two_stage else mean[cells]
        centred = np.where(untreated, residuals, residuals - centre)
        scores[:, j] = np.bincount(panel.clusters, weight * centred, minlength=clusters)
    return Imputed(values=values, covariance=scores.T @ scores)


class _Effects:
    """The normal equations of person and period effects and columns on weighted rows, persons eliminated."""

    def __init__(self, panel: Panel, weights: Floats, columns: Floats) -> None:
        self.units: Codes = panel.units
        self.periods: Codes = panel.periods
        self.columns = columns
        self.shape = (int(panel.units.max()) + 1, panel.n_periods)
        table = self._sums(weights)
        self.by_unit = table.sum(axis=1)
        weighted = columns * weights[:, None]
        by_period = _totals(panel.periods, weighted, panel.n_periods)
        crossed = np.block([[np.diag(table.sum(axis=0)), by_period], [by_period.T, columns.T @ weighted]])
        # What periods and columns add up to within each person.
        self.held = np.hstack([table, _totals(panel.units, weighted, self.shape[0])])
        reduced = crossed - self.held.T @ (self.held / self.by_unit[:, None])
        if _rank(reduced[: panel.n_periods, : panel.n_periods]) < panel.n_periods - 1:
            raise EstimationError(Message("estimators.error.periods_not_linked"))
        redundant = panel.n_periods - 1 + columns.shape[1] - _rank(reduced)
        if redundant > 0:
            raise EstimationError(Message("estimators.error.redundant_columns", {"n": redundant}))
        self.inverse = np.linalg.pinv(reduced, rcond=1e-10, hermitian=True)

    def _sums(self, values: Floats) -> Floats:
        cells = self.units * self.shape[1] + self.periods
        sums = np.bincount(cells, values, minlength=self.shape[0] * self.shape[1])
        return sums.reshape(self.shape).astype(np.float64)

    def solve(self, rows: Floats) -> Floats:
        """Return, on every row, the sum of effects that solves ``Z'W Z effects = Z' rows``, (n, m)."""
        found = np.empty_like(rows)
        for j, values in enumerate(rows.T):
            sums = self._sums(values)
            person = sums.sum(axis=1) / self.by_unit
            others = np.concatenate([sums.sum(axis=0), self.columns.T @ values])
            effects = self.inverse @ (others - self.held.T @ person)
            person = person - (self.held @ effects) / self.by_unit
            found[:, j] = person[self.units] + effects[: self.shape[1]][self.periods]
            if self.columns.shape[1]:
                found[:, j] += self.columns @ effects[self.shape[1] :]
        return found


def _totals(codes: Codes, columns: Floats, n: int) -> Floats:
    """Return the sums of columns by code, (n, q)."""
    sums = [np.bincount(codes, column, minlength=n) for column in columns.T]
    return np.column_stack(sums) if sums else np.empty((n, 0))


def _rank(symmetric: Floats) -> int:
    return int(np.linalg.matrix_rank(symmetric, tol=1e-9 * float(np.abs(symmetric).max())))
