"""The cohort: one row per person and time, and how the files led to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.accounts.attrition import (
    attrition_table,
    characteristics_table,
    protect_attrition,
    protect_characteristics,
)
from impactkit.cohort.accounts.following import Following
from impactkit.cohort.accounts.links import links_table, protect_links
from impactkit.cohort.accounts.missing import missing_table
from impactkit.cohort.accounts.protect import protect_parts
from impactkit.cohort.accounts.publics import protect_publics, publics_table
from impactkit.cohort.accounts.timing import (
    protect_timing,
    switches_table,
    timing_table,
    waves_by_default,
)
from impactkit.cohort.found_again import FoundAgain
from impactkit.cohort.membership import PUBLICS, public_column
from impactkit.cohort.rows import (
    ARM,
    BENEFICIARY,
    CLUSTER,
    ENTRY,
    HOUSEHOLD,
    PERIOD,
    UNIT,
    WEIGHT,
    Rows,
)
from impactkit.cohort.steps import FlowStep, protect_flow, reason_code, whole_flow
from impactkit.disclosure import DEFAULT_PROFILE, Profile, profile_of, protect_count
from impactkit.disclosure.discreet import discreet
from impactkit.errors import DesignError, Problem
from impactkit.files.model import Action, Outcome, Study, Variable, Wave
from impactkit.html import MASKED, NOTHING, table_html, written
from impactkit.text import Label, Message
from impactkit.text.numbers import month

__all__ = [
    "ARM",
    "BENEFICIARY",
    "CLUSTER",
    "ENTRY",
    "PERIOD",
    "UNIT",
    "WEIGHT",
    "Cohort",
    "FlowStep",
    "InputFile",
    "protect_flow",
]


def _is_numeric(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that was read: its path from the study's folder and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """People followed over time, ready for a design; made by `build_cohort` or `cohort_from_frame`.

    Attributes
    ----------
    study : Study or None
        The contract or pact, when the cohort comes from a study file.
    action : Action or None
        The action, likewise.
    variables : mapping of str to Variable
        What each outcome and covariate measures.
    outcomes : tuple of Outcome
        The outcomes that may be analysed.
    covariates : tuple of str
        Characteristics known before the action.
    steps : tuple of FlowStep
        From the rows of the files to the people, before any analysis.
    inputs : tuple of InputFile
        The files that were read.
    notes : tuple of Problem
        What was noticed in the files without preventing their use (codes ``A-…``).
    found_again : FoundAgain or None
        How the people of later files were found among those of the first ones; ``None`` where there are none.
    rows : Rows
        For estimators: the panel in order, with the positions of people and periods, worked out once.
    """

    study: Study | None
    action: Action | None
    variables: Mapping[str, Variable]
    outcomes: tuple[Outcome, ...]
    covariates: tuple[str, ...]
    steps: tuple[FlowStep, ...]
    inputs: tuple[InputFile, ...]
    notes: tuple[Problem, ...] = ()
    found_again: FoundAgain | None = None
    _panel: pd.DataFrame
    rows: Rows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", MappingProxyType(dict(self.variables)))
        rows = Rows.of(self._panel)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "_panel", rows.frame)

    def only(self, people: npt.NDArray[np.bool_]) -> Cohort:
        """Return the cohort of these people, marked among those of ``rows``; its flow is that of everyone."""
        part = copy(self)
        rows = self.rows.only(people)
        object.__setattr__(part, "rows", rows)
        object.__setattr__(part, "_panel", rows.frame)
        return part

    @property
    def panel(self) -> pd.DataFrame:
        """A copy of the rows: one per person and period, with the columns named in this module.

        It computes as any DataFrame, and shows of itself the names of its columns only.
        """
        return discreet(self._panel.copy(), profile=self.profile)

    @property
    def periods(self) -> tuple[float, ...]:
        """The periods, in order: months since entry for a study, the user's own for a frame."""
        return tuple(self.rows.periods.tolist())

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms present, beneficiaries first."""
        arms = sorted(self.rows.arms)
        return tuple(sorted(arms, key=lambda arm: arm != BENEFICIARY))

    @property
    def n_units(self) -> int:
        """How many people (or territories) are followed."""
        return len(self.rows.people)

    @property
    def has_clusters(self) -> bool:
        """Whether people are grouped in structures or sites."""
        return CLUSTER in self._panel

    @property
    def profile(self) -> Profile:
        """The secrecy rules that everything shown of this cohort obeys."""
        return profile_of(self.study.secrecy) if self.study is not None else DEFAULT_PROFILE

    def period_label(self, period: float) -> Label | Message:
        """Return the name of a period: the wave's or the month when a study has one, else its number."""
        if self.study is not None and self.action is not None:
            for wave in self.study.waves_of(self.action.id):
                if wave.months == period:
                    return wave.label
            if self.steps[-1].counts == "territories":
                return Label(fr=month(period, "fr"), en=month(period, "en"))
        if len(self.periods) == 1:
            return Message("cohort.period.only")
        return Message("cohort.period.numbered", {"period": f"{period:g}"})

    @property
    def n_households(self) -> int | None:
        """How many households people are of; ``None`` when the files do not say."""
        if HOUSEHOLD not in self._panel:
            return None
        return int(self._panel[HOUSEHOLD].take(self.rows.first).nunique())

    def flow(self, outcome: str | None = None, *, masked: bool = True) -> pd.DataFrame:
        """Return who entered and who was still observed at each period, from the rows of the files.

        Boxes add up: what a box loses is the difference with the one before, the people are those of all
        arms.

        Parameters
        ----------
        outcome : str, optional
            The outcome that must be observed; the first one by default.
        masked : bool
            Hide small losses; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            Columns ``arm`` (``None`` for the rows of the files), ``step``, ``n`` and ``lost``, both
            nullable integers: missing means hidden by the secrecy rules, or, for ``lost``, that a box
            counts other things than the one before. ``reason`` is the code of why those lost are:
            ``not_identified``, ``duplicates``, ``several_rows_people``, ``not_observed``; `left_out` tells
            more, person by person.
        """
        arms = self._observed(self._outcome(outcome))
        if masked:
            boxes = protect_flow(self.steps, arms, self.profile)
        else:
            boxes = [item for chain in (self.steps, *arms) for item in whole_flow(chain)]
        rows = [
            {"arm": step.arm, "step": step.key, "n": box.n, "lost": box.lost, "reason": reason_code(step)}
            for step, box in boxes
        ]
        frame = pd.DataFrame(rows, columns=["arm", "step", "n", "lost", "reason"])
        frame = frame.astype({"n": "Int64", "lost": "Int64", "reason": object})
        return frame if masked else self._discreet(frame, partial(self.flow, outcome))

    def _discreet(self, whole: pd.DataFrame, tell: Callable[[], pd.DataFrame] | None = None) -> pd.DataFrame:
        """Return a table with full counts, which shows of itself what its masked twin does."""
        return discreet(whole, tell, profile=self.profile)

    def _observed(self, outcome: str) -> list[list[FlowStep]]:
        """Count, by arm, the people and those whose outcome is known at each period in turn."""
        still = Following.of(self.rows, outcome).still
        chains = []
        for arm in self.arms:
            own = self.rows.in_arms([arm])
            chain = [FlowStep(key="entered", n=int(own.sum()), arm=arm, counts=self.steps[-1].counts)]
            for period, n in zip(self.periods, still[own].sum(axis=0), strict=True):
                chain.append(replace(chain[0], key=f"observed_{period:g}", n=int(n)))
            chains.append(chain)
        return chains

    def left_out(self, outcome: str | None = None) -> pd.DataFrame:
        """Return the people of whom an outcome is missing at some period, the first they miss, and why.

        One row per person, with her identifier: for mending files, never for showing.

        Parameters
        ----------
        outcome : str, optional
            The first one by default.

        Returns
        -------
        DataFrame
            ``person``, ``arm``, ``period`` and ``reason``: ``"not_seen"`` (no row at that period) or
            ``"no_answer"`` (a row without the outcome).
        """
        return self._discreet(Following.of(self.rows, self._outcome(outcome)).left_out(self.rows))

    def attrition(self, outcome: str | None = None, *, masked: bool = True) -> pd.DataFrame:
        """Return who is lost at each period, overall and by arm, and whether it is too much.

        Parameters
        ----------
        outcome : str, optional
            The outcome whose absence is a loss; the first one by default.
        masked : bool
            Hide what would show a small group; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            One row per period and arm, and one over all arms (``"all"``): ``n`` people of the arm,
            ``followed``, ``lost``, ``share`` lost, ``band`` (upper end of its band: 10, 20, 30, 50 or 100 %),
            ``differential`` (largest difference of shares between two arms) and ``boundary``: the strictest
            boundary of the What Works Clearinghouse within which the losses lie (``"cautious"``,
            ``"optimistic"``, else ``"beyond"``). Those followed at a period need not be at those before.
        """
        following = Following.of(self.rows, self._outcome(outcome))
        table = attrition_table(self.rows, following, self.arms)
        tell = partial(protect_attrition, table, self.profile)
        return tell() if masked else self._discreet(table, tell)

    def attrition_by_characteristic(
        self,
        outcome: str | None = None,
        *,
        period: float | None = None,
        arm: str | None = None,
        masked: bool = True,
    ) -> pd.DataFrame:
        """Compare those followed and those lost on what was known of them at their first period.

        Parameters
        ----------
        outcome : str, optional
            The outcome whose absence is a loss; the first one by default.
        period : float, optional
            When people are followed or lost; the last period by default.
        arm : str, optional
            The people compared; everyone by default.
        masked : bool
            Hide what rests on a small group; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            One row per outcome at the first period, characteristic (or level of it) and priority public:
            ``variable``, ``level``, ``n_followed``, ``n_lost``, ``mean_followed``, ``mean_lost``, ``binary``
            and ``std_diff`` (followed less lost, in standard deviations).

        Raises
        ------
        ValueError
            When the cohort has no such period or arm.
        """
        period = self.periods[-1] if period is None else period
        if period not in self.periods:
            raise ValueError(
                f"no period {period:g}: expected one of {', '.join(f'{p:g}' for p in self.periods)}"
            )
        if arm is not None and arm not in self.arms:
            raise ValueError(f"no arm {arm!r}: expected one of {', '.join(self.arms)}")
        followed = Following.of(self.rows, self._outcome(outcome)).known[:, self.periods.index(period)]
        people = self.rows.in_arms(self.arms if arm is None else [arm])
        measured = [item.variable for item in self.outcomes] if period != self.periods[0] else []
        publics = [name for name in map(public_column, PUBLICS) if name in self._panel]
        names = [*measured, *self.covariates, *publics]
        levels = {name: self._levels(name) for name in names if not _is_numeric(self._panel[name])}
        table = characteristics_table(self.rows, names, people=people, followed=followed, levels=levels)
        told = {public_column(public): public for public in PUBLICS}
        table["variable"] = table["variable"].replace(told)
        tell = partial(protect_characteristics, table, self.profile)
        return tell() if masked else self._discreet(table, tell)

    def _levels(self, name: str) -> list[str]:
        return sorted(self._panel[name].dropna().unique(), key=str)

    def waves(self, waves: Sequence[Wave] | None = None, *, masked: bool = True) -> pd.DataFrame:
        """Return when people answered, against the day each wave was due.

        Parameters
        ----------
        waves : sequence of Wave, optional
            One per period, ``months`` being the period; those of the study by default, and without a study
            the calendar of the FSE+: T0 at entry, T1 at exit, T2 six months after exit.
        masked : bool
            Hide small groups; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            One row per wave and arm, and one over all arms: ``wave``, ``period``, ``anchor``, ``arm``, ``n``
            people seen, ``dated`` (day of answer known), ``placed`` (day due known too), ``early``,
            ``in_window``, ``late``, ``before_entry`` and ``median_delay`` (days after the day due).

        Raises
        ------
        ValueError
            When the default calendar has fewer waves than the cohort has periods.
        """
        if waves is None:
            of_study = self.study.waves_of(self.action.id) if self.study and self.action else ()
            waves = [wave for wave in of_study if wave.months in self.periods]
            waves = waves or waves_by_default(self.periods)
        table = timing_table(self.rows, waves, self.arms)
        tell = partial(protect_timing, table, self.profile)
        return tell() if masked else self._discreet(table, tell)

    def switches(self, *, masked: bool = True) -> pd.DataFrame:
        """Return how many people of the groups compared entered the action, and from when they are exposed.

        Each of them counts as exposed from that period: nobody is compared with her as if she still waited.

        Parameters
        ----------
        masked : bool
            Hide small groups; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            ``arm``, ``period``, ``n`` people of the arm and ``entered`` at that period.
        """
        table = switches_table(self.rows, self.arms)
        within = ["arm", "period"]
        tell = partial(protect_parts, table, self.profile, n="n", parts=["entered"], within=within)
        return tell() if masked else self._discreet(table, tell)

    def missing(self, *, masked: bool = True) -> pd.DataFrame:
        """Return what is not known, by variable, period and arm.

        Parameters
        ----------
        masked : bool
            Hide small groups; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            ``variable``, ``period``, ``arm`` (``"all"`` over all arms), ``n`` people seen, ``known``,
            ``missing``, ``share`` missing and ``asked`` (whether anybody's value is known at that period).
        """
        table = missing_table(self.rows, tuple(self.variables), self.arms)
        tell = partial(
            protect_parts,
            table,
            self.profile,
            n="n",
            parts=["known", "missing"],
            told=["share"],
            within=["variable", "period"],
        )
        return tell() if masked else self._discreet(table, tell)

    def publics(self, *, masked: bool = True) -> pd.DataFrame:
        """Return who belongs to each priority public at entry, by its written definition.

        Parameters
        ----------
        masked : bool
            Hide small groups; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            One row per public and arm, and one over all arms: ``public``, ``arm``, ``n``, ``yes``, ``no``,
            ``unknown``, ``share`` (of those of whom it is known), ``share_unknown``, ``age`` (mean age at
            entry of those who belong), ``n_aged`` and ``definition``. A public of which the files tell
            nothing is unknown for everyone.
        """
        table = publics_table(self.rows, self.arms, rules=self.study.publics if self.study else {})
        tell = partial(protect_publics, table, self.profile)
        return tell() if masked else self._discreet(table, tell)

    def link_quality(
        self,
        links: pd.DataFrame | None = None,
        *,
        people: Sequence[object] | None = None,
        masked: bool = True,
    ) -> pd.DataFrame:
        """Return how well people were found again in another file, by group.

        A link that was missed looks like a loss: read it beside `attrition`.

        Parameters
        ----------
        links : DataFrame, optional
            As `link` returns it. By default what the record knows: of each person of a later file, whether
            she was recognised among those of the first ones.
        people : sequence, optional
            For each row of the left file that was linked, the identifier of the person in this cohort.
        masked : bool
            Hide small groups; ``False`` for computing, never for showing.

        Returns
        -------
        DataFrame
            One row for everyone, then per arm, quality of the birth date (full, 1 January, unknown) and
            public: ``by``, ``level``, ``n`` people who are in the left file, ``auto``, ``review``, ``none``
            and ``share`` linked without doubt.

        Raises
        ------
        ValueError
            When ``links`` is not as `link` returns it, or points at a row beyond ``people``.
        DesignError
            Without ``links``, when nobody had to be recognised from one file to the next.
        """
        if links is None or people is None:
            if links is not None or people is not None:
                raise ValueError("links and people go together: give both, or neither")
            if self.found_again is None or self.found_again.by == "identifier":
                raise DesignError(Message("cohort.error.nobody_to_recognise"))
            links, people = self.found_again.links, self.found_again.people
        if not {"left", "status"} <= set(links.columns):
            raise ValueError("links must have the columns of ik.link: left, right, score, status")
        if len(links) and not 0 <= int(links["left"].min()) <= int(links["left"].max()) < len(people):
            raise ValueError("people must have one identifier per row of the left file of the links")
        table = links_table(self.rows, links, people=people, arms=self.arms)
        tell = partial(protect_links, table, self.profile)
        return tell() if masked else self._discreet(table, tell)

    def shared_people(self, other: Cohort, *, masked: bool = True) -> int | None:
        """Return how many people are in another cohort too, for example of another action of the study.

        Parameters
        ----------
        other : Cohort
        masked : bool
            ``None`` when the number is too small to show; ``False`` for computing.
        """
        n = len(self.rows.people.intersection(other.rows.people))
        return protect_count(n, self.profile) if masked else n

    def _outcome(self, outcome: str | None) -> str:
        if outcome is not None and outcome not in self.variables:
            raise ValueError(f"no variable {outcome!r}: expected one of {', '.join(self.variables)}")
        return outcome or self.outcomes[0].variable

    def __repr__(self) -> str:
        of = f" of {self.action.id!r}" if self.action is not None else ""
        size = f"{len(self.arms)} arm(s), {len(self.periods)} period(s), {len(self.variables)} variables"
        return f"<Cohort{of}: {size}>"

    def _repr_html_(self) -> str:
        flow = self.flow()
        # A box that counts other things than the one before loses nobody: nothing is hidden there.
        counts_alike = flow["reason"].notna() & ~flow["reason"].str.startswith("several_rows", na=False)
        lost = [
            NOTHING if not alike else MASKED if n is pd.NA else written(n)
            for n, alike in zip(flow["lost"], counts_alike, strict=True)
        ]
        steps = [self._step_in_words(step) for step in flow["step"]]
        reasons = flow["reason"].replace({"not_observed": str(Message("shown.not_observed"))})
        told = flow.assign(step=steps, lost=lost, reason=reasons)
        return table_html(told, words={"arm": "account.arm", "reason": "flow.reason"})

    def _step_in_words(self, step: str) -> str:
        """Say what a box counts: rows, people, or those observed at a period."""
        _, _, period = step.partition("observed_")
        if period:
            return str(Message("shown.observed", {"period": self.period_label(float(period))}))
        return str(Message("shown.entered" if step == "entered" else f"flow.step.{step}"))
