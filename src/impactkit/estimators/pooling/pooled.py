"""Effects of several actions, pooled: what `pool` returns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import chi2_sf
from impactkit.estimators.pooling.between import PoolMethod, between_interval, heterogeneity, typical_variance
from impactkit.estimators.pooling.left_out import influence, without_each
from impactkit.estimators.pooling.prediction import predicted
from impactkit.estimators.pooling.random_effects import (
    Average,
    HartungKnapp,
    RandomEffects,
    i_squared,
    quantile,
    shrink,
)
from impactkit.estimators.pooling.small_actions import FEWEST_FOR_ASYMMETRY, egger
from impactkit.estimators.several.by_subgroup import Interaction
from impactkit.html import NOTHING, table_html
from impactkit.text import Message

PredictionMethod = Literal["mixture", "HTS"]
_SHOWN = ("estimate", "std_error", "conf_low", "conf_high", "p_value")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Pooled:
    """Effects of several actions together; made by `pool`.

    Attributes
    ----------
    effect : Average
        The average effect: value, standard error, interval, p-value. With moderators, for an action whose
        moderators are the plain means of those given.
    tau2 : float
        Variance of true effects between actions, in the squared unit of the effects.
    i2 : float
        Share of the variation of estimates that is not chance, 0 to 1.
    method : str
    hartung_knapp : bool or "truncated"
    labels : tuple
        Of the actions: the frame's index.
    terms : tuple of str
        Of the coefficients, the intercept first.
    r2 : float or None
        Share of τ² that the moderators explain, 0 to 1; ``None`` without moderators, or where effects do not
        vary without them.
    subgroups : tuple of (label, Pooled or Message)
        With ``by``: each group pooled on its own, or why not.
    difference : Interaction or None
        The test that the groups have the same average; ``None`` with fewer than two.
    notes : tuple of Message
        What a reader must know.
    """

    effect: Average
    tau2: float
    i2: float
    method: PoolMethod
    hartung_knapp: HartungKnapp
    labels: tuple[Hashable, ...]
    terms: tuple[str, ...]
    r2: float | None = None
    subgroups: tuple[tuple[Hashable, Pooled | Message], ...] = ()
    difference: Interaction | None = None
    notes: tuple[Message, ...] = ()
    _found: RandomEffects = field()

    @property
    def k(self) -> int:
        """How many actions are pooled."""
        return len(self.labels)

    @property
    def tau(self) -> float:
        """Standard deviation of true effects between actions, in the unit of the effects."""
        return float(np.sqrt(self.tau2))

    @property
    def h2(self) -> float:
        """How many times more estimates vary than chance alone would have them vary."""
        if self.method == "FE":
            return self.q / (self.k - len(self.terms))
        return self.tau2 / typical_variance(v=self._found.v, X=self._found.X) + 1

    @property
    def q(self) -> float:
        """Cochran's Q, around the common effect (or what moderators foretell)."""
        return heterogeneity(y=self._found.y, v=self._found.v, X=self._found.X)

    @property
    def q_p_value(self) -> float:
        """Probability of a larger Q if true effects did not vary: chi-squared with k - p degrees."""
        return float(chi2_sf(self.q, self.k - len(self.terms)))

    def tau2_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval of τ² by the Q-profile (Viechtbauer 2007)."""
        return between_interval(y=self._found.y, v=self._found.v, X=self._found.X, level=level)

    def prediction_interval(
        self, level: float = 0.95, *, method: PredictionMethod = "mixture", df: float | None = None
    ) -> tuple[float, float]:
        """Return where the true effect of another action of the kind would be.

        Parameters
        ----------
        level : float
        method : {"mixture", "HTS"}
            ``"mixture"`` goes through all values of τ² that the effects allow (`prediction.predicted`).
            ``"HTS"``, of Higgins, Thompson and Spiegelhalter, takes τ² as it is estimated:
            ``μ ± t √(τ² + se²)``, se with Hartung and Knapp's correction when the effect has it; too narrow
            where actions of unequal sizes vary moderately. One common effect (``"FE"``), whose τ² is 0 by
            choice, always goes with it.
        df : float, optional
            For ``"HTS"``, degrees of freedom of Student's law; by default k - p - 1 (k - 2 without
            moderators), one less than those of the average because τ² is estimated too. ``math.inf`` for the
            normal law.

        Raises
        ------
        ValueError
            When the method is unknown, or ``df`` is given for another than ``"HTS"``.
        EstimationError
            When no degree of freedom is left: with two actions, nothing tells where a third would be.

        References
        ----------
        Higgins, Thompson & Spiegelhalter (2009), *JRSS A* 172(1); Riley, Higgins & Deeks (2011), *BMJ* 342;
        Partlett & Riley (2017), *Statistics in Medicine* 36(2).
        """
        if method not in get_args(PredictionMethod):
            known = ", ".join(get_args(PredictionMethod))
            raise ValueError(f"unknown method {method!r}: expected one of {known}")
        if df is not None and method != "HTS":
            raise ValueError("df is for method='HTS'")
        left = self.k - len(self.terms) - 1.0
        if (left if df is None else df) <= 0:
            raise EstimationError(Message("pooling.error.no_prediction", {"n": self.k}))
        found = self._found
        if method == "mixture" and self.method != "FE":
            return predicted(y=found.y, v=found.v, X=found.X, x=found.X.mean(axis=0), level=level)
        reach = quantile(level, left if df is None else df)
        margin = reach * float(np.sqrt(self.tau2 + self.effect.std_error**2))
        return self.effect.value - margin, self.effect.value + margin

    @property
    def effects(self) -> pd.DataFrame:
        """What is pooled: ``estimate, std_error`` by label."""
        return pd.DataFrame(
            {"estimate": self._found.y, "std_error": np.sqrt(self._found.v)}, index=self._index
        )

    @property
    def coefficients(self) -> pd.DataFrame:
        """The coefficients: by term, ``estimate, std_error, conf_low, conf_high, p_value``."""
        units = np.eye(len(self.terms))
        return _tabled([self._found.at(x) for x in units], pd.Index(self.terms, name="term"), 0.95)

    @property
    def moderators_test(self) -> Interaction | None:
        """The test that no moderator tells of the effect (Wald's, by term); ``None`` without moderators."""
        q = len(self.terms) - 1
        if q == 0:
            return None
        beta, vcov = self._found.fitted.coefficients[1:], self._found.vcov[1:, 1:]
        statistic = float(beta @ np.linalg.solve(vcov, beta)) / q
        return Interaction(statistic=statistic, df1=q, df2=self._found.df)

    @property
    def weights(self) -> pd.Series:
        """What each action counts for in the average, in shares of 1, by label."""
        w = self._found.fitted.weights
        return pd.Series(w / w.sum(), index=self._index, name="weight")

    def leave_one_out(self, level: float = 0.95) -> pd.DataFrame:
        """Return what the average would be without each action.

        Returns
        -------
        DataFrame
            By label: ``estimate, std_error, conf_low, conf_high, p_value, tau2, i2, q``; missing where the
            others cannot tell it.

        Raises
        ------
        EstimationError
            When two actions alone are pooled.
        """
        if self.k <= len(self.terms) + 1:
            raise EstimationError(Message("pooling.error.none_to_leave", {"n": self.k}))
        x = self._found.X.mean(axis=0)
        rows: list[list[float]] = []
        for rest in without_each(self._found, method=self.method, hartung_knapp=self.hartung_knapp):
            if rest is None:
                rows.append([np.nan] * 8)
                continue
            average = rest.at(x)
            numbers = [average.value, average.std_error, *average.interval(level), _p_value(average)]
            spread = [rest.tau2, i_squared(rest, method=self.method)]
            rows.append([*numbers, *spread, heterogeneity(y=rest.y, v=rest.v, X=rest.X)])
        return pd.DataFrame(rows, index=self._index, columns=[*_SHOWN, "tau2", "i2", "q"])

    def influence(self) -> pd.DataFrame:
        """Return how much each action counts: ``rstudent, dffits, cook_distance, tau2_without, hat``.

        Raises
        ------
        EstimationError
            When two actions alone are pooled.
        """
        if self.k <= len(self.terms) + 1:
            raise EstimationError(Message("pooling.error.none_to_leave", {"n": self.k}))
        found = influence(self._found, method=self.method, hartung_knapp=self.hartung_knapp)
        names = ("rstudent", "dffits", "cook_distance", "tau2_without", "hat")
        return pd.DataFrame({name: getattr(found, name) for name in names}, index=self._index)

    def shrunk(self, level: float = 0.95) -> pd.DataFrame:
        """Return each action's effect once it has borrowed from its siblings.

        Returns
        -------
        DataFrame
            By label: ``estimate, std_error, conf_low, conf_high`` and ``own``, the share of its own figure
            in it (the rest is the average's). The error takes τ² as known.

        References
        ----------
        Raudenbush & Bryk (1985), *J. Educational Statistics* 10(2).
        """
        values, errors = shrink(self._found)
        margin = quantile(level, self._found.df) * errors
        own = self.tau2 / (self.tau2 + self._found.v)
        return pd.DataFrame(
            {
                "estimate": values,
                "std_error": errors,
                "conf_low": values - margin,
                "conf_high": values + margin,
                "own": own,
            },
            index=self._index,
        )

    def small_study(self) -> Average:
        """Test whether small actions tell of other effects than large ones (Egger's regression).

        Raises
        ------
        EstimationError
            With fewer than 10 actions, too few for the test to tell anything, or standard errors all equal.
        """
        if self.k < FEWEST_FOR_ASYMMETRY:
            counts = {"n": self.k, "fewest": FEWEST_FOR_ASYMMETRY}
            raise EstimationError(Message("pooling.error.too_few_for_asymmetry", counts))
        if np.ptp(self._found.v) <= 1e-12 * self._found.v.max():
            raise EstimationError(Message("pooling.error.equal_errors"))
        return egger(y=self._found.y, std_error=np.sqrt(self._found.v))

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Return the average, then the groups pooled, one row each.

        Returns
        -------
        DataFrame
            By name: ``estimate, std_error, conf_low, conf_high, p_value, k, tau2, i2``. A group that is not
            pooled has only its name: `subgroups` says why.
        """
        parts = [("", self), *((str(name), item) for name, item in self.subgroups)]
        averages = [item.effect if isinstance(item, Pooled) else None for _, item in parts]
        frame = _tabled(averages, pd.Index([name for name, _ in parts], name="group"), level)
        pooled = [item if isinstance(item, Pooled) else None for _, item in parts]
        frame["k"] = pd.array([item.k if item else None for item in pooled], dtype="Int64")
        frame["tau2"] = [item.tau2 if item else np.nan for item in pooled]
        frame["i2"] = [item.i2 if item else np.nan for item in pooled]
        return frame

    @property
    def _index(self) -> pd.Index:
        return pd.Index(self.labels, name="label")

    def __repr__(self) -> str:
        low, high = self.effect.interval()
        return (
            f"<Pooled {self.method}: {self.effect.value:.6g} [{low:.6g}, {high:.6g}], k={self.k}, "
            f"tau2={self.tau2:.6g}, I2={100 * self.i2:.1f}%>"
        )

    def __str__(self) -> str:
        return "\n".join([repr(self), *(note.text() for note in self.notes)])

    def _repr_html_(self) -> str:
        return table_html(self.tidy().reset_index(), missing=NOTHING)


def _tabled(averages: list[Average | None] | list[Average], index: pd.Index, level: float) -> pd.DataFrame:
    rows = [
        [np.nan] * 5 if item is None else [item.value, item.std_error, *item.interval(level), _p_value(item)]
        for item in averages
    ]
    return pd.DataFrame(rows, index=index, columns=list(_SHOWN))


def _p_value(average: Average) -> float:
    return average.p_value if average.std_error > 0 else np.nan
