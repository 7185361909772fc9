"""What the data are made of, before any result: times, groups, losses, structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.accounts.following import Following
from impactkit.cohort.cohort import BENEFICIARY, CLUSTER, Cohort
from impactkit.cohort.frame import COMPARISON
from impactkit.cohort.rows import Rows
from impactkit.evidence import rules
from impactkit.evidence.advice.limits import FEWEST_TERRITORIES
from impactkit.files.model import Arm, Comparison, Outcome, Variable

Bools = npt.NDArray[np.bool_]

# With whom to compare first, when lots were not drawn: those who asked for the action, then those who could
# not have it, then those who would not (project rule, in the order of the verdict's own words on each).
PREFERENCE: tuple[Comparison, ...] = (
    "waiting_list",
    "not_yet_treated",
    "neighbouring_territory",
    "never_treated",
    "external",
    "ineligible",
    "refused",
    "non_takers",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """People that beneficiaries could be compared with, or the beneficiaries.

    Attributes
    ----------
    people : (n,) array of bool
        Who they are among the cohort's people.
    n : int
    followed : int
        Those whose outcome is known at the end; all of them while nobody's is, the files being to come.
    twice : int
        Those whose outcome is also known before the first entry, likewise.
    structures : int or None
        Structures of those followed; ``None`` when the cohort names none.
    """

    people: Bools
    n: int
    followed: int
    twice: int
    structures: int | None

    @property
    def lost(self) -> float:
        """Share of them whose outcome is not known at the end."""
        return 1 - self.followed / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """What the data can carry, as counts: no outcome after entry is read, only whether there is one.

    Attributes
    ----------
    cohort : Cohort
    outcome : Outcome
    territories : bool
        Whether those followed are territories, not people.
    before : tuple of float
        Periods before the first entry at which somebody's outcome is known.
    after : tuple of float
        Periods from the first entry on.
    entries : tuple of float
        Dates at which beneficiaries enter during the follow-up.
    per_entry : tuple of int
        Beneficiaries of each date.
    treated : Group
        Beneficiaries who enter by the end.
    offered : Group
        Everyone of the beneficiaries' arm, whether they enter or not.
    compared : mapping of Comparison to Group
    ended : (n,) array of bool
        Whose outcome is known at the end; everyone's while nobody's is.
    awaited : bool
        Whether nobody's outcome is known at the end yet.
    cluster_size : float
        People per structure; 1 when each person is her own.
    """

    cohort: Cohort
    outcome: Outcome
    territories: bool
    before: tuple[float, ...]
    after: tuple[float, ...]
    entries: tuple[float, ...]
    per_entry: tuple[int, ...]
    treated: Group
    offered: Group
    compared: Mapping[Comparison, Group]
    ended: Bools
    awaited: bool
    cluster_size: float

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        outcome: Outcome,
        *,
        territories: bool = False,
        comparison: Comparison | None = None,
    ) -> Shape:
        """Look at a cohort; ``comparison`` says what a comparison arm without a name is."""
        rows = cohort.rows
        known = Following.of(rows, outcome.variable).known
        beneficiary = rows.in_arms([BENEFICIARY])
        entries = _entries(rows, beneficiary)
        first = entries[0] if entries else rows.periods[0]
        if entries:
            # Those already in at the first period have no time before: no design counts them.
            beneficiary &= rows.entry >= first
        before = tuple(p for p, at in zip(cohort.periods, known.T, strict=True) if p < first and at.any())
        after = tuple(period for period in cohort.periods if period >= first)
        end = _end(cohort, entries, after)
        at_end = known[:, cohort.periods.index(end)]
        at_both = at_end & known[:, cohort.periods.index(before[-1])] if before else at_end

        awaited = not at_end.any()

        def group(people: Bools) -> Group:
            n = int(people.sum())
            return Group(
                people=people,
                n=n,
                followed=n if awaited else int((people & at_end).sum()),
                twice=n if awaited else int((people & at_both).sum()),
                structures=_structures_of(cohort, people & (at_end | awaited)),
            )

        return cls(
            cohort=cohort,
            outcome=outcome,
            territories=territories or cohort.steps[-1].counts == "territories",
            before=before,
            after=after,
            entries=entries,
            per_entry=tuple(int((beneficiary & (rows.entry == entry)).sum()) for entry in entries),
            treated=group(beneficiary & (rows.entry <= end)),
            offered=group(beneficiary),
            compared=_compared(cohort, entries, end, comparison, group),
            ended=at_end | awaited,
            awaited=awaited,
            cluster_size=_cluster_size(cohort),
        )

    @property
    def variable(self) -> Variable:
        """What the outcome measures."""
        return self.cohort.variables[self.outcome.variable]

    @property
    def primary(self) -> Outcome:
        """The outcome that a design is about when none is named."""
        return primary_of(self.cohort)

    @property
    def binary(self) -> bool:
        """Whether the outcome is a share of people."""
        return self.variable.type == "boolean"

    @property
    def end(self) -> float:
        """The period at which the outcome is compared."""
        return _end(self.cohort, self.entries, self.after)

    @property
    def window(self) -> tuple[float, float]:
        """The two times that a change goes between; twice the end when nothing was measured before."""
        if not self.before:
            return self.end, self.end
        action, study = self.cohort.action, self.cohort.study
        declared = None
        if action is not None and action.window is not None and study is not None:
            declared = study.wave_months(action.window[0])
        return (declared if declared in self.before else self.before[-1]), self.end

    @property
    def staggered(self) -> bool:
        """Whether beneficiaries enter at several dates."""
        return len(self.entries) > 1

    @property
    def lots(self) -> Group | None:
        """Those whom a draw by lot left out."""
        return self.compared.get("randomised")

    @property
    def waits(self) -> bool:
        """Whether beneficiaries have not entered yet at the end: they can be compared between two times."""
        waiting = self.compared.get("not_yet_treated")
        rows = self.cohort.rows
        later = rows.in_arms([BENEFICIARY]) & (rows.entry > self.end)
        return waiting is not None and bool((waiting.people & later).any())

    def chosen(self) -> Comparison | None:
        """Return whom to compare with, lots apart: those that the study declares, else the most alike."""
        declared = self.cohort.action.comparison if self.cohort.action is not None else None
        order = PREFERENCE if declared is None else (declared, *PREFERENCE)
        apart = {"randomised"} if self.waits else {"randomised", "not_yet_treated"}
        enough = [name for name in order if name in self.compared and name not in apart]
        large = [name for name in enough if self.compared[name].followed >= self.fewest]
        return next(iter(large or enough), None)

    @property
    def fewest(self) -> int:
        """Fewest units of a group that allow a figure."""
        return FEWEST_TERRITORIES if self.territories else rules.FEWEST_FOR_A_FIGURE


def primary_of(cohort: Cohort) -> Outcome:
    """Return the outcome that a design is about when none is named."""
    return next((item for item in cohort.outcomes if item.primary), cohort.outcomes[0])


def _entries(rows: Rows, beneficiary: Bools) -> tuple[float, ...]:
    """Return the dates of entry after the first period and up to the last."""
    entries = np.unique(rows.entry[beneficiary & np.isfinite(rows.entry)])
    used = entries[(entries > rows.periods[0]) & (entries <= rows.periods[-1])]
    return tuple(float(entry) for entry in used)


def _end(cohort: Cohort, entries: tuple[float, ...], after: tuple[float, ...]) -> float:
    """Return the declared time after, when all enter at one date; else the last period."""
    action = cohort.action
    if action is not None and action.window is not None and cohort.study is not None and len(entries) < 2:
        declared = cohort.study.wave_months(action.window[1])
        if declared in after:
            return declared
    return cohort.periods[-1]


def _compared(
    cohort: Cohort,
    entries: tuple[float, ...],
    end: float,
    comparison: Comparison | None,
    group: Callable[[Bools], Group],
) -> Mapping[Comparison, Group]:
    rows = cohort.rows
    found: dict[Comparison, Group] = {}
    for arm in cohort.arms:
        if arm == BENEFICIARY:
            continue
        name = (comparison or "never_treated") if arm == COMPARISON else cast(Arm, arm)
        if name == "beneficiary":
            raise ValueError("comparison is that of the people compared, not of beneficiaries")
        people = rows.in_arms([arm])
        found[name] = group(people if name == "randomised" else people & (rows.entry > end))
    declared = cohort.action.comparison if cohort.action is not None else None
    if found and (len(entries) > 1 or declared == "never_treated"):
        found["never_treated"] = group(~rows.in_arms([BENEFICIARY]) & (rows.entry > rows.periods[-1]))
    later = rows.in_arms([BENEFICIARY]) & (rows.entry > (entries[0] if entries else np.inf))
    if len(entries) < 2:
        # With a single date, those who never enter did not wait: they were offered the action and left it.
        later &= np.isfinite(rows.entry)
    if later.any():
        # Whoever has not entered at the end; when no beneficiary is left waiting, also those who enter last.
        waiting = rows.entry > end
        left = bool((later & waiting).any())
        found["not_yet_treated"] = group(waiting if left else waiting | (later & (rows.entry == entries[-1])))
    return MappingProxyType({name: people for name, people in found.items() if people.n})


def _structures(cohort: Cohort) -> pd.Series:
    return cohort.rows.values(CLUSTER, cohort.rows.first)


def _structures_of(cohort: Cohort, people: Bools) -> int | None:
    return int(_structures(cohort)[people].nunique()) if cohort.has_clusters else None


def _cluster_size(cohort: Cohort) -> float:
    return cohort.n_units / max(int(_structures(cohort).nunique()), 1) if cohort.has_clusters else 1.0
