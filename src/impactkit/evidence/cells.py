"""The numbers of people that a record publishes, as sets of people: what a release is judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.steps import FlowStep
from impactkit.estimators.analysed import outcome_after
from impactkit.estimators.result import Estimate
from impactkit.evidence.contribution_record import people_by_answer
from impactkit.evidence.record import DurationRecord, FlowRecord, OpinionRecord
from impactkit.files.masks import Hidden

Bools = npt.NDArray[np.bool_]
Arm = Literal["treated", "comparison"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounted:
    """A group: who is in it, who of them is analysed, and what the flow shows of their numbers."""

    arm: Arm
    people: Bools
    analysed: Bools
    shown: tuple[int | None, ...]

    @property
    def at_least(self) -> int:
        """A number that the record shows, and that the people of the group are at least."""
        return least_shown(self.shown)

    @property
    def lost_at_least(self) -> int:
        """A number that the record shows, and that those not analysed are at least."""
        return max(n for n in self.shown if n is not None) - self.at_least if self.at_least else 0


def least_shown(boxes: Sequence[int | None]) -> int:
    """Return the last box of a group's flow as shown: the people of the group are as many, or more.

    Nothing is told of a group whose last box is hidden: those few analysed could be told by those lost.
    """
    return boxes[-1] or 0


def groups_counted(estimate: Estimate, flow: Sequence[FlowRecord]) -> list[GroupCounted]:
    """Return the groups of an estimate, with the boxes of its flow as they are shown."""
    rows = estimate.design.cohort.rows
    members = estimate.design.everyone.members()
    analysed = np.asarray(rows.people.isin(estimate.analysed))
    arms: dict[Arm, list[int | None]] = {}
    for box in flow:
        if box.arm is not None:
            arms.setdefault(box.arm, []).append(box.n)
    groups = []
    for arm, shown in arms.items():
        people = np.zeros(len(rows.people), dtype=bool)
        people[members.people[members.treated == (arm == "treated")]] = True
        if people.any():  # beneficiaries yet to enter are compared, but are no group of their own
            own = people & analysed
            groups.append(GroupCounted(arm=arm, people=people, analysed=own, shown=tuple(shown)))
    return groups


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """A number of people that a record shows or hides.

    Attributes
    ----------
    arm : {"treated", "comparison"}
    step : str
        Which number: ``analysed``, the last box of the group's flow; another box of it by its key
        (``entered``, ``followed``…); ``opinion`` and a rank, an answer to the question on opinions;
        ``at_risk`` and a rank, those still followed at a time of a curve.
    hidden_by : {"treated", "comparison", "opinion", "at_risk", "report"}
        What an action must hide for the number not to be published.
    people : (n,) array
        Identifiers of those counted.
    shown : bool
    """

    arm: Arm
    step: str
    hidden_by: Hidden
    people: npt.NDArray[np.object_]
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """The parts of a record that show exact numbers of people."""

    flow: Sequence[FlowRecord]
    opinion: OpinionRecord | None
    duration: DurationRecord | None


def cells_of(estimate: Estimate, told: Told) -> tuple[Cell, ...]:
    """Return the numbers of people of an estimate; none when it follows territories.

    Parameters
    ----------
    estimate : Estimate
    told : Told
        The numbers as the record has them.

    Raises
    ------
    ValueError
        When an estimator does not say who a number counts: it could not be judged.
    """
    if estimate.follows_territories:
        return ()
    return (
        *_boxes(estimate, told.flow),
        *_answers(estimate, told.opinion),
        *_curves(estimate, told.duration),
    )


def _boxes(estimate: Estimate, flow: Sequence[FlowRecord]) -> Iterator[Cell]:
    shown = {(box.arm, box.step): box.n is not None for box in flow}
    arms: tuple[Arm, ...] = ("treated", "comparison")
    for arm in arms:
        boxes = [step for step in estimate.counts if step.arm == arm]
        for step in boxes:
            # Each box holds the next: one of as many people as the first or the last is the same people.
            same = step not in (boxes[0], boxes[-1]) and step.n in (boxes[0].n, boxes[-1].n)
            if step.n and not same:  # beneficiaries yet to enter are compared, but are no group of their own
                yield Cell(
                    arm=arm,
                    step=step.key,
                    hidden_by="report" if step is boxes[-1] else arm,
                    people=_people(estimate, step),
                    shown=shown[arm, step.key],
                )


def _people(estimate: Estimate, step: FlowStep) -> npt.NDArray[np.object_]:
    if step.who is None:
        raise ValueError(f"{estimate.method} does not say who is left at the step {step.key!r}")
    return estimate.design.cohort.rows.people[step.who].to_numpy(dtype=object)


def _answers(estimate: Estimate, opinion: OpinionRecord | None) -> Iterator[Cell]:
    if opinion is None:
        return
    for i, (answer, people) in enumerate(zip(opinion.answers, people_by_answer(estimate), strict=True)):
        yield Cell(
            arm="treated",
            step=f"opinion_{i}",
            hidden_by="opinion",
            people=people,
            shown=answer.n is not None,
        )


def _curves(estimate: Estimate, duration: DurationRecord | None) -> Iterator[Cell]:
    if duration is None:
        return
    analysed = {step.arm: _people(estimate, step) for step in estimate.counts if step.key == "analysed"}
    for curve in duration.curves:
        people = analysed[curve.group]
        time = outcome_after(estimate.design, pd.Index(people)).to_numpy(dtype=float)
        for i, point in enumerate(curve.points):
            if i and point.counted:  # at first, all are
                left = time >= point.time * (1 - 1e-9)
                yield Cell(
                    arm=curve.group,
                    step=f"at_risk_{i}",
                    hidden_by="at_risk",
                    people=people[left],
                    shown=point.at_risk is not None,
                )
