"""An effect at a threshold, with the tables that put it to the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from impactkit.disclosure import significant
from impactkit.disclosure.discreet import discreet
from impactkit.estimators.displayed import told_effects
from impactkit.estimators.result import Estimate
from impactkit.estimators.threshold import tables
from impactkit.estimators.threshold.bandwidths import Bandwidths
from impactkit.estimators.threshold.density import DensityJump
from impactkit.estimators.threshold.people import AroundThreshold


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DiscontinuityEstimate(Estimate):
    """An effect at a threshold, with what it takes to doubt it.

    Attributes
    ----------
    around : AroundThreshold
        Everyone whose running variable is known: to compute with, not to show.
    options : ThresholdOptions
        How the effect was estimated; the tables below use the same.
    widths : Bandwidths
        Of the estimate and of its correction, for the other side and the treated one.
    """

    around: AroundThreshold
    options: tables.ThresholdOptions
    widths: Bandwidths

    def density_test(self) -> DensityJump:
        """Test that people are as many just below as just above: `density.density_jump` has the method.

        Everyone whose running variable is known counts, outcome known or not.

        Raises
        ------
        EstimationError
            When a side has fewer than 23 people.
        """
        return tables.density_test(self.around)

    def covariate_jumps(self) -> pd.DataFrame:
        """Estimate the jump of each covariate of the design at the threshold: there should be none.

        Returns
        -------
        DataFrame
            Columns ``covariate, estimate, std_error, conf_low, conf_high, p_value, p_holm``: corrected for
            bias, robust; missing where a covariate does not vary near the threshold.
        """
        table = tables.covariate_jumps(self.around, self.options)
        variables = self.design.cohort.variables
        yes_no = [name not in variables or variables[name].type != "number" for name in table["covariate"]]
        return self._discreet(table, np.array(yes_no, dtype=bool) | (not self.is_displayed))

    def placebo_cutoffs(self, cutoffs: Sequence[float] | None = None) -> pd.DataFrame:
        """Estimate the jump at thresholds where nothing happens, each from people of one side only.

        Parameters
        ----------
        cutoffs : sequence of float, optional
            In the unit of the running variable; by default the quartiles of each side.

        Returns
        -------
        DataFrame
            Columns ``cutoff, estimate, std_error, conf_low, conf_high, p_value``; missing where too few
            people are near.
        """
        table = tables.placebo_cutoffs(self.around, self.options, cutoffs)
        # A quartile is somebody's value of the running variable: it is shown to three figures.
        shown = table.assign(cutoff=[significant(value, 3) for value in table["cutoff"]])
        tell = partial(told_effects, shown, hidden=not self.is_displayed, profile=None)
        return discreet(table, tell, profile=self.design.cohort.profile)

    def bandwidth_sensitivity(
        self, factors: Sequence[float] = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
    ) -> pd.DataFrame:
        """Estimate again with bandwidths multiplied by each factor.

        Returns
        -------
        DataFrame
            Columns ``factor, bandwidth_below, bandwidth_above, estimate, std_error, conf_low, conf_high,
            p_value, n_treated, n_comparison``; numbers that would tell a small group are missing.
        """
        table = tables.bandwidth_sensitivity(
            self.around, self.options, self.widths, factors, profile=self.design.cohort.profile
        )
        return self._near(table)

    def donut_sensitivity(self, holes: Sequence[float]) -> pd.DataFrame:
        """Estimate again without people closer to the threshold than each distance.

        Returns
        -------
        DataFrame
            Columns ``donut, estimate, std_error, conf_low, conf_high, p_value, n_treated, n_comparison``;
            numbers that would tell a small group are missing.
        """
        table = tables.donut_sensitivity(
            self.around, self.options, self.widths, holes, profile=self.design.cohort.profile
        )
        return self._near(table)

    def _near(self, table: pd.DataFrame) -> pd.DataFrame:
        """Hide, in what the table shows, the effects of few people: those whose numbers are hidden."""
        few = table[["n_treated", "n_comparison"]].isna().any(axis=1).to_numpy(dtype=bool)
        return self._discreet(table, few | (not self.is_displayed))
