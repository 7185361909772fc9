"""The numbers of people that a record publishes, as sets of people: what a release is judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.estimators.result import Estimate
from impactkit.evidence.record import FlowRecord

Bools = npt.NDArray[np.bool_]
Arm = Literal["treated", "comparison"]
Step = Literal["entered", "analysed"]


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
    members = replace(estimate.design, comparable=None).members()
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
    step : {"entered", "analysed"}
        The first or the last box of the group's flow. Those between are parts of the first that hold the
        last, and the rule of the chain keeps them apart.
    people : (n,) array
        Identifiers of those counted.
    shown : bool
    """

    arm: Arm
    step: Step
    people: npt.NDArray[np.object_]
    shown: bool


def cells_of(estimate: Estimate, flow: Sequence[FlowRecord]) -> tuple[Cell, ...]:
    """Return the numbers of people of an estimate's groups; none when it follows territories.

    Parameters
    ----------
    estimate : Estimate
    flow : sequence of FlowRecord
        The boxes as the record has them.
    """
    if estimate.follows_territories:
        return ()
    people = estimate.design.cohort.rows.people.to_numpy(dtype=object)
    found = []
    for group in groups_counted(estimate, flow):
        entered, analysed = people[group.people], people[group.analysed]
        first, last = group.shown[0] is not None, group.shown[-1] is not None
        found.append(Cell(arm=group.arm, step="entered", people=entered, shown=first))
        found.append(Cell(arm=group.arm, step="analysed", people=analysed, shown=last))
    return tuple(found)
