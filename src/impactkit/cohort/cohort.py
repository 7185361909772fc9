"""The cohort: one row per person and time, and how the files led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

import pandas as pd

from impactkit.cohort.rows import ARM, CLUSTER, ENTRY, PERIOD, UNIT, WEIGHT, Rows
from impactkit.disclosure import DEFAULT_PROFILE, Box, Profile, profile_of, protect_branches
from impactkit.errors import Problem
from impactkit.files.model import Action, Outcome, Study, Variable
from impactkit.html import table_html
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

BENEFICIARY = "beneficiary"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One step on the way from the files to the people analysed.

    Parameters
    ----------
    key : str
        Name of the step, also its label in the catalogue: ``flow.step.<key>`` for the files,
        ``sentence.step.<key>`` for the analysis.
    n : int
        Rows or people that remain after the step.
    arm : str or None
        The arm counted, or ``None`` before arms are known.
    counts : {"rows", "people", "territories"}
        What ``n`` counts; only people are protected.
    reason : Message or None
        Why those that left since the step before did.
    """

    key: str
    n: int
    arm: str | None = None
    counts: Literal["rows", "people", "territories"] = "people"
    reason: Message | None = None


def protect_flow(
    common: Sequence[FlowStep], arms: Sequence[Sequence[FlowStep]], profile: Profile
) -> list[tuple[FlowStep, Box]]:
    """Return each step with its box as it may be shown, first those of the files, then those of each arm.

    The boxes of the files are shown only when no arm has a masked one: their total would give it back.
    """
    if arms and arms[0][0].counts == "territories":
        return [(step, Box(step.n, None)) for chain in (common, *arms) for step in chain]
    branches = [[step.n for step in chain] for chain in arms]
    safe, boxes = protect_branches(common[-1].n, branches, profile)
    shown = [(common[0], Box(common[0].n if safe else None, None))]
    for before, step in pairwise(common):
        lost = before.n - step.n if before.counts == step.counts else None
        shown.append((step, Box(step.n, lost) if safe else Box(None, None)))
    for chain, protected in zip(arms, boxes, strict=True):
        shown.extend(zip(chain, protected, strict=True))
    return shown


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
    _panel: pd.DataFrame
    rows: Rows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", MappingProxyType(dict(self.variables)))
        rows = Rows.of(self._panel)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "_panel", rows.frame)

    @property
    def panel(self) -> pd.DataFrame:
        """A copy of the rows: one per person and period, with the columns named in this module."""
        return self._panel.copy()

    @property
    def periods(self) -> tuple[float, ...]:
        """The periods, in order: months since entry for a study, the user's own for a frame."""
        return tuple(self.rows.periods.tolist())

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms present, beneficiaries first."""
        arms = sorted(self._panel[ARM].unique())
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

    def flow(self, outcome: str | None = None) -> pd.DataFrame:
        """Return who entered and who was still observed at each period, small losses masked.

        Parameters
        ----------
        outcome : str, optional
            The outcome that must be observed; the first one by default.

        Returns
        -------
        DataFrame
            Columns ``arm`` (``None`` for the rows of the files), ``step``, ``n`` and ``lost``, both
            nullable integers: missing means hidden by the secrecy rules.
        """
        arms = self._observed(outcome or self.outcomes[0].variable)
        rows = [
            {"arm": step.arm, "step": step.key, "n": box.n, "lost": box.lost}
            for step, box in protect_flow(self.steps, arms, self.profile)
        ]
        frame = pd.DataFrame(rows, columns=["arm", "step", "n", "lost"])
        return frame.astype({"n": "Int64", "lost": "Int64"})

    def _observed(self, outcome: str) -> list[list[FlowStep]]:
        """Count, by arm, the people and those whose outcome is known at each period in turn."""
        chains = []
        known = self._panel[self._panel[outcome].notna()]
        for arm in self.arms:
            people = set(self._panel.loc[self._panel[ARM] == arm, UNIT])
            chain = [FlowStep(key="entered", n=len(people), arm=arm, counts=self.steps[-1].counts)]
            for period in self.periods:
                people = people & set(known.loc[known[PERIOD] == period, UNIT])
                chain.append(replace(chain[0], key=f"observed_{period:g}", n=len(people)))
            chains.append(chain)
        return chains

    def __repr__(self) -> str:
        of = f" of {self.action.id!r}" if self.action is not None else ""
        size = f"{len(self.arms)} arm(s), {len(self.periods)} period(s), {len(self.variables)} variables"
        return f"<Cohort{of}: {size}>"

    def _repr_html_(self) -> str:
        return table_html(self.flow())
