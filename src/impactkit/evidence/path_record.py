"""The outcome of each group at every time it was asked, as it may be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.cohort.rows import WEIGHT
from impactkit.design.design import Design
from impactkit.disclosure import grain_of, is_dominated
from impactkit.estimators.result import Estimate
from impactkit.evidence.digits import mean_told, step_of
from impactkit.evidence.figure import has_figure
from impactkit.evidence.masking import are_of_enough_units, mean_is_safe
from impactkit.evidence.record import GroupRecord, PathLine, PathRecord, PathTime, words

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Arm = Literal["treated", "comparison"]

# Their means are those of the people analysed at the two times of the window; those of other methods are of
# people near a threshold, of rows of several times, of territories.
_METHODS = ("before_after", "compare_groups", "did", "doubly_robust")
# More times than this are months of a register, where each step of a line is a few people.
MOST_TIMES = 12


def path_record(estimate: Estimate, means: Sequence[GroupRecord]) -> PathRecord | None:
    """Return the means of the groups at every time; nothing with two times at most, or too many.

    At the two times that the effect compares, a mean is the record's own, and hidden where that is: there
    are never two means of the same answers. At other times it is of the people analysed whose outcome is
    known then. How many they are is not told, and steps are so wide that the same figure could be of any
    number of people up to ten more (`impactkit.disclosure.mean_step`): those few who miss a time cannot be
    found by taking two times from each other.

    Parameters
    ----------
    estimate : Estimate
    means : sequence of GroupRecord
        As the record has them.
    """
    design = estimate.design
    if estimate.method not in _METHODS or not has_figure(estimate):
        return None
    groups = _groups(estimate)
    known = ~np.isnan(np.concatenate([group.outcomes for group in groups]))
    asked = np.flatnonzero(known.any(axis=0))
    if not 2 < asked.size <= MOST_TIMES:
        return None
    periods = design.cohort.rows.periods[asked].tolist()
    told = {(row.group, _period_of(row, design)): row.mean for row in means}
    lines = []
    for group in groups:
        line: list[float | None] = []
        for t, period in zip(asked.tolist(), periods, strict=True):
            if group.entered_by(period):
                break
            if (group.arm, period) in told:
                line.append(told[group.arm, period])
            else:
                line.append(_mean(group, t, estimate))
        lines.append(PathLine(group=group.arm, means=tuple(line)))
    return PathRecord(
        times=tuple(
            PathTime(
                label=words(design.cohort.period_label(period)),
                time=period,
                entered=period > design.window[0] or not design.has_baseline,
            )
            for period in periods
        ),
        lines=tuple(lines),
        several_entries=design.staggered,
    )


def between_window(path: PathRecord | None, design: Design) -> list[float | None]:
    """Return the means of a path that the record has nowhere else."""
    if path is None:
        return []
    return [
        mean
        for line in path.lines
        for time, mean in zip(path.times, line.means, strict=False)
        if time.time not in design.window
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """The people analysed of a group.

    Attributes
    ----------
    arm : {"treated", "comparison"}
    people : (n,) array of int
        Positions in the cohort's ``rows.people``.
    outcomes : (n, T) array
        NaN where not known.
    weights : (n,) array or None
    entry : float
        Period from which one of them is no longer compared; infinite for beneficiaries.
    """

    arm: Arm
    people: npt.NDArray[np.intp]
    outcomes: Floats
    weights: Floats | None
    entry: float

    def entered_by(self, period: float) -> bool:
        """Tell whether those compared have begun to enter the action."""
        return self.entry <= period


def _groups(estimate: Estimate) -> list[_Group]:
    design = estimate.design
    rows = design.cohort.rows
    members = design.everyone.members()
    members = members.keep(np.asarray(rows.people[members.people].isin(estimate.analysed)))
    groups = []
    arms: tuple[tuple[Arm, Bools], ...] = (("treated", members.treated), ("comparison", ~members.treated))
    for arm, own in arms:
        people = members.people[own]
        if not people.size:
            continue
        # With the offer as the cause, those who enter in turn stay compared.
        stays = arm == "treated" or design.estimand == "ITT"
        groups.append(
            _Group(
                arm=arm,
                people=people,
                outcomes=rows.table(design.outcome, people=people, periods=np.arange(rows.periods.size)),
                weights=rows.numbers(WEIGHT, rows.first[people]) if WEIGHT in rows.frame else None,
                entry=np.inf if stays else float(rows.entry[people].min()),
            )
        )
    return groups


def _period_of(row: GroupRecord, design: Design) -> float:
    return design.window[0 if row.time == "before" else 1]


def _mean(group: _Group, t: int, estimate: Estimate) -> float | None:
    """Return a group's mean at a time as it is told; nothing where secrecy hides it."""
    design = estimate.design
    rows, profile, variable = design.cohort.rows, design.cohort.profile, design.variable
    binary = variable.type == "boolean"
    known = ~np.isnan(group.outcomes[:, t])
    values = group.outcomes[known, t]
    if not values.size or not are_of_enough_units(rows, group.people[known], profile):
        return None
    if not binary and is_dominated(values, profile):
        return None
    # The unweighted share is what counts people; a weighted one is shown only when it is safe too.
    mean = float(np.average(values, weights=None if group.weights is None else group.weights[known]))
    for share in {float(values.mean()), mean}:
        if not mean_is_safe(share, values.size, binary=binary, profile=profile, sensitive=variable.sensitive):
            return None
    grain = 1.0 if binary else grain_of(rows.column(design.outcome))
    least = step_of(design, estimate.effect.std_error)
    return mean_told(mean, values.size, grain=grain, profile=profile, least=least)
