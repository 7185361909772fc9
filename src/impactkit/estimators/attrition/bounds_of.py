"""Bounds of an effect when people were lost, with no guess of what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import FlowStep
from impactkit.design.design import Design
from impactkit.disclosure.discreet import DiscreetFrame, discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.attrition.everyone import Everyone, cells_of, everyone_in
from impactkit.estimators.attrition.region import Region
from impactkit.estimators.attrition.trimming import Trimming, lee_bounds
from impactkit.estimators.attrition.worst_case import worst_case
from impactkit.estimators.displayed import may_be_displayed, not_displayed_html, told_effects
from impactkit.estimators.inference.shares import TwoShares, equal_shares_p
from impactkit.html import table_html
from impactkit.text import Message, Quantity
from impactkit.text.numbers import decimals_for

BoundsMethod = Literal["lee", "manski"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bounds:
    """Two bounds between which the effect lies; made by `bounds`.

    Attributes
    ----------
    design : Design
    method : {"lee", "manski"}
    region : Region
        Both bounds with their standard errors.
    counts : tuple of FlowStep
        By arm, those who entered and those followed; full counts.
    settings : mapping
        ``trimming`` and ``by`` (Lee) or ``outcome_range`` (Manski), ``clusters``, ``weights``, and the shares
        followed, ``share_treated`` and ``share_comparison``, with the p-value that they are equal,
        ``differential_p`` (``None`` with clusters or weights); for Lee ``trimmed``, the share trimmed.
    notes : tuple of Message
    """

    design: Design
    method: BoundsMethod
    region: Region
    counts: tuple[FlowStep, ...]
    settings: Mapping[str, object]
    notes: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    @property
    def lower(self) -> float:
        """The smallest effect that the data allow."""
        return self.region.lower

    @property
    def upper(self) -> float:
        """The largest effect that the data allow."""
        return self.region.upper

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval that holds the effect wherever it lies between the bounds (Imbens-Manski)."""
        return self.region.interval(level)

    def tidy(self, level: float = 0.95) -> DiscreetFrame:
        """Return one row: ``method, lower, upper, se_lower, se_upper, conf_low, conf_high``."""
        low, high = self.interval(level)
        region = self.region
        row = {"method": self.method, "lower": region.lower, "upper": region.upper}
        row |= {"se_lower": region.se_lower, "se_upper": region.se_upper}
        frame = pd.DataFrame([row | {"conf_low": low, "conf_high": high}])
        profile = self.design.cohort.profile
        tell = partial(told_effects, frame, hidden=not self.is_displayed, profile=profile)
        return discreet(frame, tell, profile=profile)

    @property
    def is_displayed(self) -> bool:
        """Whether the bounds may be shown as they were computed."""
        return may_be_displayed(self.design, *(step.n for step in self.counts))

    def __repr__(self) -> str:
        if not self.is_displayed:
            return f"<Bounds {self.method} of {self.design.outcome!r}>"
        decimals = decimals_for(self.region.se_lower)
        return f"<Bounds {self.method}: [{self.lower:.{decimals}f}, {self.upper:.{decimals}f}]>"

    def _repr_html_(self) -> str:
        return table_html(self.tidy().shown()) if self.is_displayed else not_displayed_html()


def bounds(
    design: Design,
    *,
    method: BoundsMethod = "lee",
    trimming: Trimming = "fractional",
    by: str | None = None,
    outcome_range: tuple[float, float] | None = None,
) -> Bounds:
    """Bound the difference in the outcome after entry, whatever became of the people lost.

    ``"lee"`` supposes that being in the action changes whether a person is followed in one direction only,
    and bounds the effect on the people who would be followed either way. ``"manski"`` supposes nothing but
    the range of the outcome, and bounds the effect on everyone. Both take the groups to be alike at the
    start: bounds say what losses may do, not what a poor comparison does.

    Parameters
    ----------
    design : Design
        With a comparison, one date of entry, and neither matched nor weighted.
    method : {"lee", "manski"}
    trimming : {"fractional", "quantile"}
        Lee: how the group that lost fewer people is trimmed (`trimming.lee_bounds`).
    by : str, optional
        Lee: a category among the design's covariates, in which bounds are computed before being averaged,
        which tightens them. People whose category is not known are a category.
    outcome_range : (float, float), optional
        Manski: smallest and largest value that the outcome can take; 0 and 1 for a yes/no outcome.

    Returns
    -------
    Bounds

    Raises
    ------
    ValueError
        When a name is not one of those above, or ``outcome_range`` is not (smallest, largest).
    EstimationError
        When groups cannot be bounded: nobody compared, fewer than two people followed in a group (or
        category), losses that go in opposite ways between categories, an outcome without a range or out of
        it.

    References
    ----------
    Lee (2009), *Review of Economic Studies* 76(3). Horowitz & Manski (2000), *JASA* 95(449). Imbens & Manski
    (2004), *Econometrica* 72(6).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(10), "helped": [1] * 5 + [0] * 5})
    >>> frame["job"] = [1, 1, 1, 0, None, 1, 0, 0, None, None]
    >>> design = ik.declare_design(ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["job"]))
    >>> found = ik.bounds(design, method="manski")
    >>> round(found.lower, 6), round(found.upper, 6)
    (0.0, 0.6)
    """
    require(design, Design)
    if method not in get_args(BoundsMethod):
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(get_args(BoundsMethod))}")
    if trimming not in get_args(Trimming):
        raise ValueError(f"unknown trimming {trimming!r}: expected one of {', '.join(get_args(Trimming))}")
    if method == "manski" and by is not None:
        raise ValueError("by tightens Lee's bounds: it does not go with method='manski'")
    if method == "lee" and outcome_range is not None:
        raise ValueError("outcome_range is for method='manski'")
    people = everyone_in(design)
    if method == "lee":
        return _lee(design, people, trimming, by)
    return _manski(design, people, outcome_range)


def _settings(people: Everyone) -> dict[str, object]:
    weights = np.ones(len(people.y)) if people.weights is None else people.weights
    groups = (("share_treated", people.treated), ("share_comparison", ~people.treated))
    settings: dict[str, object] = {
        name: float(np.average(people.observed[group], weights=weights[group])) for name, group in groups
    }
    p_value = None
    if people.weights is None and people.clusters is None:
        x1, x0 = (int(people.observed[group].sum()) for _, group in groups)
        n1, n0 = (int(group.sum()) for _, group in groups)
        p_value = equal_shares_p(TwoShares(x1=x1, n1=n1, x0=x0, n0=n0))
    return settings | {
        "differential_p": p_value,
        "clusters": 0 if people.clusters is None else int(people.clusters.max()) + 1,
        "weights": people.weights is not None,
    }


def _lee(design: Design, people: Everyone, trimming: Trimming, by: str | None) -> Bounds:
    found = lee_bounds(
        y=people.y,
        treated=people.treated,
        weights=people.weights,
        clusters=people.clusters,
        cells=None if by is None else cells_of(design, by),
        trimming=trimming,
    )
    note = Message("losses.note.same_share")
    if found.more_followed is not None:
        share = Quantity(found.trimmed, "percent", 1)
        note = Message(f"losses.note.trimmed_{found.more_followed}", {"share": share})
    return Bounds(
        design=design,
        method="lee",
        region=found.region,
        counts=people.counts,
        settings={"trimming": trimming, "by": by, "trimmed": found.trimmed} | _settings(people),
        notes=(note,),
    )


def _manski(design: Design, people: Everyone, outcome_range: tuple[float, float] | None) -> Bounds:
    smallest, largest = _range_of(design, people, outcome_range)
    region = worst_case(
        y=people.y,
        treated=people.treated,
        outcome_range=(smallest, largest),
        weights=people.weights,
        clusters=people.clusters,
    )
    return Bounds(
        design=design,
        method="manski",
        region=region,
        counts=people.counts,
        settings={"outcome_range": (smallest, largest)} | _settings(people),
    )


def _range_of(
    design: Design, people: Everyone, outcome_range: tuple[float, float] | None
) -> tuple[float, float]:
    if outcome_range is None:
        if design.variable.type != "boolean":
            raise EstimationError(Message("losses.error.range_needed"))
        return 0.0, 1.0
    smallest, largest = outcome_range
    if not (np.isfinite([smallest, largest]).all() and smallest < largest):
        raise ValueError("outcome_range is (smallest, largest), two numbers")
    known = people.y[people.observed]
    outside = int(((known < smallest) | (known > largest)).sum())
    if outside:
        raise EstimationError(Message("losses.error.out_of_range", {"n": outside}))
    return float(smallest), float(largest)
