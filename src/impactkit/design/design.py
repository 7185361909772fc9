"""The design: who is compared with whom, on what, between which times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import BENEFICIARY, CLUSTER, WEIGHT, Cohort
from impactkit.cohort.frame import COMPARISON
from impactkit.design.balance import Binary, Line, balance_frame, balance_lines
from impactkit.design.comparable import Comparable, Matched
from impactkit.design.covariates import column_of_numbers, columns_at
from impactkit.design.told_balance import told_balance
from impactkit.disclosure.discreet import discreet, discreet_series
from impactkit.errors import DesignError
from impactkit.files.model import Comparison, Direction, Method, Outcome, Variable
from impactkit.html import facts_html, shown_html, written
from impactkit.text import Message

Estimand = Literal["ATT", "ATE", "ITT"]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Members:
    """Who is in a design, as arrays of one length, by identifier.

    Attributes
    ----------
    people : array of int
        Positions in the cohort's ``rows.people``.
    treated : array of bool
    entry : array
        Infinite for those compared.
    balancing : array or None
        The weights that make the groups comparable.
    """

    people: npt.NDArray[np.intp]
    treated: Bools
    entry: npt.NDArray[np.float64]
    balancing: npt.NDArray[np.float64] | None = None

    def keep(self, kept: Bools) -> Members:
        """Return these members only."""
        balancing = None if self.balancing is None else self.balancing[kept]
        return Members(
            people=self.people[kept], treated=self.treated[kept], entry=self.entry[kept], balancing=balancing
        )


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
    window : tuple of float
        The periods compared: (before, after). They are equal when there is no time before. A series uses all
        periods; its window only says who has entered. With several entries, the last period before the first
        entry and the last period used.
    entries : tuple of float
        The dates at which beneficiaries enter, when no window was declared and all periods may be used;
        empty otherwise.
    comparable : Matched, Weighted or None
        How the two groups were made comparable (`match`, `weight`), if they were.
    placebo_outcomes : tuple of str
        Variables that the action cannot change: an effect on one of them is a false one.
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
    entries: tuple[float, ...] = ()
    comparable: Comparable | None = None
    placebo_outcomes: tuple[str, ...] = ()
    # What `units` and `members` made: an estimate and its checks ask for them some ten times.
    _units: list[pd.DataFrame] = field(default_factory=list, init=False, repr=False)
    _members: list[Members] = field(default_factory=list, init=False, repr=False)

    @property
    def variable(self) -> Variable:
        """What the outcome measures."""
        return self.cohort.variables[self.outcome]

    @property
    def pairs(self) -> pd.DataFrame:
        """Who was matched with whom: ``treated, control, subclass``; empty when nobody was."""
        if isinstance(self.comparable, Matched):
            return discreet(self.comparable.pairs.copy(), profile=self.cohort.profile)
        return discreet(pd.DataFrame({"treated": [], "control": [], "subclass": []}))

    @property
    def weights(self) -> pd.Series:
        """Weight by person that makes the groups comparable: 0 for those left out, 1 for all by default."""
        if self.comparable is not None:
            return self.comparable.by_person
        people = self.units().index
        return discreet_series(pd.Series(np.ones(len(people)), index=people, name="weight"))

    @property
    def left_out(self) -> pd.DataFrame:
        """The people that matching or weighting left out, and why: ``person, reason``."""
        if self.comparable is not None:
            return self.comparable.left_out
        return discreet(pd.DataFrame({"person": [], "reason": []}))

    @property
    def everyone(self) -> Design:
        """The same question on everyone, as if groups had not been matched or weighted."""
        return self if self.comparable is None else replace(self, comparable=None)

    @property
    def has_baseline(self) -> bool:
        """Whether the window has a time before entry."""
        return self.window[0] < self.window[1]

    @property
    def staggered(self) -> bool:
        """Whether beneficiaries enter at several dates, all of them used."""
        return len(self.entries) > 1

    @property
    def periods(self) -> tuple[float, ...]:
        """The periods that an estimate by period may use: all up to the last of the window, or its two."""
        if not self.entries:
            return tuple(dict.fromkeys(self.window))
        return tuple(period for period in self.cohort.periods if period <= self.window[1])

    def units(self) -> pd.DataFrame:
        """Return one row per person in the design, with nothing measured after entry.

        Those whom matching or weighting left out are not in it. A person is in the design when she was seen
        at either time of the window and has a role in it. Beneficiaries enter after the time before and,
        unless the estimand is the ITT, by the time after. Those compared are of the arm compared and, unless
        the estimand is the ITT, have not entered by the time after. Everyone else is left out. When
        beneficiaries enter at several dates, to be seen at any period is enough.

        Returns
        -------
        DataFrame
            Indexed by person: ``treated`` (bool), ``baseline`` (the outcome before entry, missing when there
            is no time before or the person was not seen), ``cluster`` when errors are clustered, ``weight``
            when the cohort has them, ``entry`` when there are several dates (infinite for those compared),
            ``balancing`` (the weight that makes the groups comparable) after `match` or `weight`, then the
            covariates at the time before (at the person's first time when the window has none before).
        """
        if not self._units:
            self._units.append(self._made_units())
        return discreet(self._units[0].copy(), profile=self.cohort.profile)

    def _made_units(self) -> pd.DataFrame:
        members, rows = self.members(), self.cohort.rows
        first, before = rows.first[members.people], self.known_from(members.people)
        baseline = rows.numbers(self.outcome, before) if self.has_baseline else np.full(len(first), np.nan)
        table: dict[str, npt.ArrayLike | pd.Series] = {"treated": members.treated, "baseline": baseline}
        if self.clustered:
            table["cluster"] = rows.values(CLUSTER, first)
        if WEIGHT in rows.frame:
            table["weight"] = rows.values(WEIGHT, first)
        if self.staggered:
            table["entry"] = members.entry
        if members.balancing is not None:
            table["balancing"] = members.balancing
        for name in self.covariates:
            table[name] = rows.values(name, before)
        # Every column is an array of its own already.
        return pd.DataFrame(table, copy=False).set_axis(rows.people[members.people])

    def known_from(self, people: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the rows of the cohort that tell what people were like before entry; -1 for none.

        Those of the time before; of each person's first time when the window has none before.

        Parameters
        ----------
        people : array of int
            Positions in the cohort.
        """
        rows = self.cohort.rows
        return rows.at(self.window[0])[people] if self.has_baseline else rows.first[people]

    def members(self) -> Members:
        """Return who is in the design, in the order of `units`, as positions in the cohort."""
        if not self._members:
            self._members.append(self._made_members())
        return self._members[0]

    def _made_members(self) -> Members:
        rows = self.cohort.rows
        treated, compared = self._roles()
        seen = rows.seen(self.periods if self.staggered else self.window)
        people = np.flatnonzero(seen & (treated | compared))
        treated = treated[people]
        members = Members(people=people, treated=treated, entry=np.where(treated, rows.entry[people], np.inf))
        if self.comparable is None:
            return members
        balancing = self.comparable.weights_of(rows.people[people])
        return replace(members, balancing=balancing).keep(balancing > 0)

    def only(self, people: Sequence[object] | np.ndarray | pd.Index) -> Design:
        """Return the same question among these people only, identifiers of the cohort."""
        return replace(self, cohort=self.cohort.only(np.asarray(self.cohort.rows.people.isin(people))))

    def about(self, outcome: Outcome) -> Design:
        """Return the same question on another outcome of the cohort, which is then no characteristic."""
        return replace(
            self,
            outcome=outcome.variable,
            direction=outcome.direction,
            minimum_effect=outcome.minimum_effect,
            covariates=tuple(name for name in self.covariates if name != outcome.variable),
        )

    def _roles(self) -> tuple[Bools, Bools]:
        """Tell the beneficiaries and those compared among the people of the cohort."""
        before, after = self.window
        rows = self.cohort.rows
        entry, beneficiary = rows.entry, rows.in_arms([BENEFICIARY])
        by_offer = self.estimand == "ITT"
        treated = beneficiary & (by_offer | (entry <= after))
        if self.has_baseline:
            treated &= entry > before
        if self.comparison == "none":
            compared = np.zeros_like(treated)
        elif self.comparison == "never_treated":
            compared = ~beneficiary & (entry > rows.periods[-1])
        elif self.comparison == "not_yet_treated":
            compared = entry > after
        else:
            # The arm of a frame that has no name takes the one that the design gives it.
            compared = rows.in_arms([self.comparison, COMPARISON]) & (by_offer | (entry > after))
        return treated, compared & ~treated

    def balance(
        self,
        *,
        people: Sequence[object] | np.ndarray | None = None,
        binary: Binary = "std",
        overlap: bool = False,
    ) -> pd.DataFrame:
        """Compare the two groups before the action: standardised differences, no result read.

        Differences are divided by the standard deviation of beneficiaries for the ATT, else by that of both
        groups; it is that of everyone in the design, before any is weighted or left out.

        Parameters
        ----------
        people : sequence, optional
            Identifiers of the people to compare, for example those analysed; everyone by default.
        binary : {"std", "raw"}
            Whether the difference of a yes/no characteristic is in standard deviations or that of the shares.

        overlap : bool
            Add the column ``overlap``, the share of the two distributions that does not overlap.

        Returns
        -------
        DataFrame
            One row per characteristic (the outcome before entry first): ``covariate``, ``mean_treated``,
            ``mean_comparison``, ``smd_before``, ``smd_after`` (missing when nobody was matched or weighted),
            ``smd`` (the difference as it now is), ``variance_ratio``, ``ks``, ``wwc`` (Hedges' g, or the Cox
            index for a binary one), ``n_treated``, ``n_comparison``, ``effective_treated``,
            ``effective_comparison``, ``missing_treated``, ``missing_comparison``, ``variable``, ``level``.
            `impactkit.design.balance.balance_table` has the definitions. Full values to compute with; the
            table shows of itself what may be shown.

        Raises
        ------
        ValueError
            When ``binary`` is not one of those above.
        DesignError
            When the design compares beneficiaries with nobody.
        """
        if binary not in get_args(Binary):
            raise ValueError(f"unknown binary {binary!r}: expected one of {', '.join(get_args(Binary))}")
        lines = self.balance_lines(people=people, binary=binary, overlap=overlap)
        table, profile = balance_frame(lines, overlap=overlap), self.cohort.profile
        tell = partial(told_balance, table, self.cohort.variables, self.cohort.rows.frame, profile)
        return discreet(table, tell, profile=profile)

    def balance_lines(
        self,
        *,
        people: Sequence[object] | np.ndarray | None = None,
        binary: Binary = "std",
        overlap: bool = False,
    ) -> list[Line]:
        """Return the rows of `balance` to compute with, values by name of its columns."""
        if self.comparison == "none":
            raise DesignError(Message("design.error.no_comparison"))
        rows, members = self.cohort.rows, self.everyone.members()
        before = self.known_from(members.people)
        names, balancing = self.covariates, None
        if self.comparable is not None:
            made_alike = (name for name in self.comparable.on if name not in (*names, self.outcome))
            names = (*names, *made_alike)
            balancing = self.comparable.weights_of(rows.people[members.people])
        columns = columns_at(rows, before, names)
        if self.has_baseline:
            columns = (column_of_numbers(self.outcome, rows.numbers(self.outcome, before)), *columns)
        everyone = np.ones(len(before), dtype=bool)
        return balance_lines(
            columns,
            treated=members.treated,
            sampling=rows.numbers(WEIGHT, rows.first[members.people])
            if WEIGHT in rows.frame
            else np.ones(len(before)),
            by_treated=self.estimand == "ATT" and self._stands_for != "ATO",
            kept=everyone if people is None else np.asarray(rows.people[members.people].isin(list(people))),
            balancing=balancing,
            binary=binary,
            overlap=overlap,
        )

    @property
    def _stands_for(self) -> object:
        """Whom weighted groups stand for, when they are."""
        return None if self.comparable is None else self.comparable.settings.get("estimand")

    def __repr__(self) -> str:
        return f"<Design: {self.outcome!r}, {self.comparison}, {self.estimand}, window {self.window}>"

    def _repr_html_(self) -> str:
        before, after = (self.cohort.period_label(period) for period in self.window)
        facts: list[tuple[str, object]] = [
            ("outcome", self.variable.label),
            ("compared", Message(f"comparison.{self.comparison}")),
            ("window", Message("shown.window", {"before": before, "after": after})),
            ("direction", Message(f"shown.direction.{self.direction}")),
        ]
        if self.minimum_effect is not None:
            facts.append(("minimum", written(self.minimum_effect)))
        if self.covariates:
            labels = [str(self.cohort.variables[name].label) for name in self.covariates]
            facts.append(("covariates", ", ".join(labels)))
        if self.comparable is not None:
            facts.append(("made_comparable", Message("shown.made_comparable")))
        return shown_html(facts_html((Message(f"shown.fact.{name}"), said) for name, said in facts))
