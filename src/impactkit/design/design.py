"""The design: who is compared with whom, on what, between which times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ARM, BENEFICIARY, CLUSTER, ENTRY, PERIOD, UNIT, WEIGHT, Cohort
from impactkit.design.balance import balance_table
from impactkit.files.model import Comparison, Direction, Method, Variable

Estimand = Literal["ATT", "ATE", "ITT"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A question that an estimator can answer; made by `declare_design`.

    It never reads an outcome after entry: balance is judged, and the comparison chosen, without results.

    Attributes
    ----------
    cohort : Cohort
    outcome : str
        The outcome variable.
    direction : {"increase", "decrease"}
        Which way is better for people.
    minimum_effect : float or None
        Smallest effect worth having, in the outcome's unit (0.05 for 5 points).
    comparison : str
        Who beneficiaries are compared with; ``"none"`` when with nobody but themselves.
    estimand : {"ATT", "ATE", "ITT"}
    method : str or None
        The estimator that the study file declares.
    adjust : {"lin", "ancova"} or None
        The adjustment that the study file declares.
    covariates : tuple of str
    clustered : bool
        Whether errors allow for people of one cluster resembling each other.
    window : tuple of float or None
        The periods compared (before, after); ``None`` for a series.
    """

    cohort: Cohort
    outcome: str
    direction: Direction
    minimum_effect: float | None
    comparison: Comparison
    estimand: Estimand
    method: Method | None
    adjust: Literal["lin", "ancova"] | None
    covariates: tuple[str, ...]
    clustered: bool
    window: tuple[float, float]

    @property
    def variable(self) -> Variable:
        """What the outcome measures."""
        return self.cohort.variables[self.outcome]

    @property
    def has_baseline(self) -> bool:
        """Whether the window has a time before entry."""
        return self.window[0] < self.window[1]

    def units(self) -> pd.DataFrame:
        """Return one row per person in the design, with nothing measured after entry.

        Returns
        -------
        DataFrame
            Indexed by person: ``treated`` (bool), ``baseline`` (the outcome before entry, missing when
            there is no time before or the person was not seen), ``cluster`` and ``weight`` when the
            cohort has them, then the covariates at the time before.
        """
        panel = self.cohort.panel
        before, after = self.window
        panel = panel[panel[UNIT].isin(panel.loc[panel[PERIOD].isin(self.window), UNIT])]
        role = self._roles(panel)
        first = panel[role.notna()].assign(treated=role[role.notna()].astype(bool)).drop_duplicates(UNIT)
        table = first.set_index(UNIT)[["treated"]]
        at_before = panel[panel[PERIOD] == before].set_index(UNIT).reindex(table.index)
        if self.has_baseline:
            table["baseline"] = at_before[self.outcome].to_numpy(dtype=float)
        else:
            table["baseline"] = np.nan
        first = first.set_index(UNIT)
        if self.clustered:
            table["cluster"] = first[CLUSTER]
        if WEIGHT in panel:
            table["weight"] = first[WEIGHT]
        for name in self.covariates:
            table[name] = at_before[name] if self.has_baseline else first[name]
        return table

    def _roles(self, panel: pd.DataFrame) -> pd.Series:
        """Return True for beneficiaries, False for those they are compared with, missing for others."""
        before, after = self.window
        entry = panel[ENTRY]
        starts = entry > before if self.has_baseline else entry <= after
        treated = (panel[ARM] == BENEFICIARY) & starts & (entry <= after)
        if self.comparison == "none":
            compared = pd.Series(False, index=panel.index)
        elif self.comparison == "never_treated":
            compared = (panel[ARM] != BENEFICIARY) & np.isinf(entry)
        elif self.comparison == "not_yet_treated":
            compared = entry > after
        else:
            compared = panel[ARM] == self.comparison
        role = pd.Series(pd.NA, index=panel.index, dtype="boolean")
        role[treated] = True
        role[compared & ~treated] = False
        return role

    def balance(self) -> pd.DataFrame:
        """Compare the two groups before the action: standardised differences, no result read.

        Returns
        -------
        DataFrame
            One row per characteristic (the outcome before entry first): ``covariate``,
            ``mean_treated``, ``mean_comparison``, ``smd``, ``variance_ratio``, ``wwc`` (Hedges' g, or
            the Cox index for a binary one), ``n_treated``, ``n_comparison``, ``missing_treated``,
            ``missing_comparison``.

        Raises
        ------
        DesignError
            When the design compares beneficiaries with nobody.
        """
        return balance_table(self)

    def __repr__(self) -> str:
        return f"<Design: {self.outcome!r}, {self.comparison}, {self.estimand}, window {self.window}>"
