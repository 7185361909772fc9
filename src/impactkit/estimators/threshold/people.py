"""Who stands where around a threshold: from a data frame or a design to arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import PERIOD, UNIT, WEIGHT, FlowStep
from impactkit.cohort.frame import cohort_from_frame
from impactkit.design.covariates import columns_of
from impactkit.design.declare import declare_design
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.threshold.local import Mask, Side
from impactkit.text import Message

TreatedSide = Literal["above", "below"]
AtCutoff = Literal["treated", "comparison"]
# The table made of a frame has these columns of its own.
_ROW, _SIDE = "_row", "_side"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AroundThreshold:
    """The n people of a design, as arrays of one length and in one order; missing values are NaN.

    Attributes
    ----------
    ids : (n,) array
    x : (n,) array
        Distance to the threshold, positive on the treated side (whichever that is).
    treated : (n,) array of bool
        Whether the rule gives right to the action.
    y : (n,) array
    takeup : (n,) array or None
    covariates : (n, k) array
    names : tuple of str
        Of the columns of ``covariates``.
    clusters : (n,) array of int or None
    side : {"above", "below"}
    """

    ids: np.ndarray
    x: Floats
    treated: Mask
    y: Floats
    takeup: Floats | None
    covariates: Floats
    names: tuple[str, ...]
    clusters: Codes | None
    side: TreatedSide

    @property
    def followed(self) -> Mask:
        """Whose outcome, and take-up when it matters, is known."""
        known = ~np.isnan(self.y)
        return known if self.takeup is None else known & ~np.isnan(self.takeup)

    @property
    def described(self) -> Mask:
        """Whose covariates are all known."""
        return np.asarray(~np.isnan(self.covariates).any(axis=1))

    def sides(self, kept: Mask) -> tuple[Side, Side]:
        """Return those kept on the other side, then on the treated one."""
        columns = [self.y] if self.takeup is None else [self.y, self.takeup]
        values = np.column_stack([*columns, self.covariates])
        of = (kept & ~self.treated, kept & self.treated)
        first, second = (
            Side(
                x=self.x[group],
                y=values[group],
                clusters=None if self.clusters is None else self.clusters[group],
            )
            for group in of
        )
        return first, second

    def __repr__(self) -> str:
        return f"<AroundThreshold: people by side, {self.side} is treated>"

    def natural(self, pair: tuple[float, float]) -> tuple[float, float]:
        """Return a pair (other side, treated side) as (below, above), or the other way round."""
        return pair if self.side == "above" else (pair[1], pair[0])


def design_of_frame(
    frame: pd.DataFrame,
    *,
    running: str,
    cutoff: float,
    outcome: str,
    treated: TreatedSide,
    at_cutoff: AtCutoff,
    takeup: str | None,
    covariates: Sequence[str],
    cluster: str | None,
) -> Design:
    """Return the design of people, one a row, whom a threshold sorts; rows without a value are left out.

    Raises
    ------
    ValueError
        When a column is missing, or has two roles.
    EstimationError
        When nobody is on a side.
    """
    known = np.isfinite(numbers_of(frame, running))
    table = pd.DataFrame({name: frame[name] for name in (running, outcome, *covariates) if name in frame})
    for name in (takeup, cluster):
        if name is not None and name in frame:
            table[name] = frame[name]
    table = table[known]
    distance = _distance(numbers_of(table, running), cutoff, treated)
    table[_SIDE] = _on_treated_side(distance, at_cutoff).astype(int)
    table[_ROW] = table.index if table.index.is_unique else np.flatnonzero(known)
    refuse_empty_side(table[_SIDE].to_numpy() == 1)
    cohort = cohort_from_frame(
        table,
        unit=_ROW,
        arm=_SIDE,
        outcomes=[outcome],
        covariates=[running, *([] if takeup is None else [takeup]), *covariates],
        cluster=cluster,
    )
    steps = (replace(cohort.steps[0], n=len(frame)), *cohort.steps[1:])
    return declare_design(replace(cohort, steps=steps), comparison="ineligible", covariates=covariates)


def refuse_empty_side(treated: Mask) -> None:
    """Refuse a threshold that has nobody on one side."""
    if treated.all() or not treated.any():
        raise EstimationError(Message("threshold.error.one_side"))


def around_threshold(
    design: Design,
    *,
    running: str,
    cutoff: float,
    treated: TreatedSide | None,
    at_cutoff: AtCutoff,
    takeup: str | None,
    of_arms: bool,
) -> AroundThreshold:
    """Return the people of a design as arrays.

    Parameters
    ----------
    design : Design
    running, takeup : str
        Covariates of the cohort, not necessarily of the design.
    treated : {"above", "below"}, optional
        By default the side where a larger share are beneficiaries.
    of_arms : bool
        Whether being a beneficiary is the take-up; else every beneficiary must be on the treated side, and
        nobody else.

    Raises
    ------
    ValueError
        When the cohort has no such covariate.
    EstimationError
        When the cohort has weights, the design is matched or weighted, nobody is on a side, or arms do not
        follow the threshold although they should.
    """
    panel = design.cohort.panel
    refuse_comparable(design)
    if WEIGHT in panel:
        raise EstimationError(Message("threshold.error.sampling_weights"))
    absent = [name for name in (running, takeup) if name is not None and name not in design.cohort.variables]
    if absent:
        raise ValueError(f"covariates not in the cohort: {', '.join(map(repr, absent))}")
    units = design.units()
    panel = panel.sort_values(PERIOD, kind="stable")
    at_first = panel[panel[PERIOD] == design.window[0]] if design.has_baseline else panel
    first = at_first.drop_duplicates(UNIT).set_index(UNIT).reindex(units.index)
    after = panel[panel[PERIOD] == design.window[1]].set_index(UNIT).reindex(units.index)
    value = numbers_of(first, running)
    known = np.isfinite(value)
    units, first, after, value = units[known], first[known], after[known], value[known]
    beneficiary = units["treated"].to_numpy(dtype=bool)
    side = treated or _side_of(value - cutoff, beneficiary)
    x = _distance(value, cutoff, side)
    right = _on_treated_side(x, at_cutoff)
    refuse_empty_side(right)
    if not of_arms and (right != beneficiary).any():
        crossing = int((right != beneficiary).sum())
        raise EstimationError(Message("threshold.error.not_sharp", {"n": crossing}))
    columns = columns_of(units, design.covariates, drop_reference=True)
    taken = None
    if of_arms or takeup is not None:
        taken = beneficiary.astype(float) if takeup is None else numbers_of(first, takeup)
    clusters = None
    if design.clustered:
        unknown = int(units["cluster"].isna().sum())
        if unknown:
            raise EstimationError(Message("estimators.error.cluster_unknown", {"n": unknown}))
        clusters = np.asarray(pd.factorize(units["cluster"])[0], dtype=np.intp)
    return AroundThreshold(
        ids=units.index.to_numpy(),
        x=x,
        treated=right,
        y=after[design.outcome].to_numpy(dtype=float),
        takeup=taken,
        covariates=np.column_stack([np.empty((len(units), 0)), *(column.numbers for column in columns)]),
        names=tuple(column.name for column in columns),
        clusters=clusters,
        side=side,
    )


def numbers_of(frame: pd.DataFrame, name: str) -> Floats:
    """Return a column as numbers; what is missing or infinite is NaN.

    Raises
    ------
    ValueError
        When the frame has no such column.
    EstimationError
        When a known value is not a number.
    """
    if name not in frame.columns:
        raise ValueError(f"columns not in the frame: {name!r}")
    values = frame[name]
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = int((np.isnan(found) & values.notna().to_numpy()).sum())
    if wrong or pd.api.types.is_datetime64_any_dtype(values):
        params = {"name": str(name), "n": wrong or len(values)}
        raise EstimationError(Message("threshold.error.not_number", params))
    return np.where(np.isfinite(found), found, np.nan)


def _distance(value: Floats, cutoff: float, side: TreatedSide) -> Floats:
    return np.asarray(value - cutoff if side == "above" else cutoff - value)


def _on_treated_side(x: Floats, at_cutoff: AtCutoff) -> Mask:
    return np.asarray(x >= 0 if at_cutoff == "treated" else x > 0)


def _side_of(distance: Floats, beneficiary: Mask) -> TreatedSide:
    above, below = beneficiary[distance > 0], beneficiary[distance < 0]
    refuse_empty_side(np.repeat([True, False], [above.size, below.size]))
    return "above" if above.mean() >= below.mean() else "below"


def steps_to_analysis(
    people: AroundThreshold, design: Design, *, donut: Mask, near: Mask, analysed: Mask
) -> tuple[FlowStep, ...]:
    """Count, by arm, from everyone with a value of the running variable to those in the window."""
    place = design.cohort.rows.people.get_indexer(pd.Index(people.ids))
    chain: list[tuple[str, Mask]] = [("entered", np.ones(len(people.x), dtype=bool))]
    if not donut.all():
        chain.append(("outside_donut", donut))
    chain += [("near_threshold", donut & near), ("followed", donut & near & people.followed)]
    if people.names:
        chain.append(("covariates_known", analysed))
    chain.append(("analysed", analysed))
    return tuple(
        FlowStep(
            key=key,
            n=int((kept & group).sum()),
            arm=arm,
            reason=_reason(key),
            who=place[kept & group],
        )
        for arm, group in (("treated", people.treated), ("comparison", ~people.treated))
        for key, kept in chain
    )


def _reason(key: str) -> Message | None:
    if key in ("entered", "analysed"):
        return None
    area = "threshold" if key in ("outside_donut", "near_threshold") else "estimators"
    return Message(f"{area}.reason.{key}")
