"""The people analysed after matching: who still has someone to be compared with, and what each weighs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import FlowStep
from impactkit.cohort.steps import kept_of
from impactkit.design.comparable import Matched
from impactkit.design.matching.weights import scaled, weights_of_sets
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import Analysed
from impactkit.estimators.groups.abadie_imbens import Matches
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """The people analysed who still have someone to be compared with.

    ``sets`` is -1 for all when there are none; ``matches`` holds who stands for whom, with replacement.
    """

    people: Analysed
    balancing: Floats
    sets: Codes
    matches: Matches | None

    @property
    def weights(self) -> Floats:
        """The weights of the matching, times the sampling weights."""
        return self.balancing if self.people.weights is None else self.balancing * self.people.weights


def still_together(matched: Matched, people: Analysed, *, on_all: bool) -> Together:
    """Keep the people who still have someone to be compared with, and weight them again.

    Parameters
    ----------
    matched : Matched
    people : Analysed
        Of the design that was matched.
    on_all : bool
        Whether the effect is that on everyone.

    Raises
    ------
    EstimationError
        When fewer than two people are left in a group.
    """
    place = pd.Index(matched.people).get_indexer(pd.Index(people.ids))
    sets = matched.subclass[place]
    matches: Matches | None = None
    if matched.settings.get("replace"):
        index = pd.Index(people.ids)
        of = index.get_indexer(pd.Index(matched.pairs["treated"]))
        by = index.get_indexer(pd.Index(matched.pairs["control"]))
        both = (of >= 0) & (by >= 0)
        of, by = of[both], by[both]
        share = 1 / np.bincount(of, minlength=len(index))[of]
        matches = Matches(of=of, by=by, share=share)
        balancing: Floats = np.bincount(by, share, len(index)).astype(float)
        balancing[of] = 1.0
        balancing = scaled(balancing, people.treated)
    elif (sets >= 0).any():
        sets = _with_both(sets, people.treated)
        balancing = weights_of_sets(sets=sets, treated=people.treated, on_all=on_all)
    else:
        balancing = scaled(np.ones(len(place)), people.treated)
    kept = balancing > 0
    for arm, group in (("treated", people.treated), ("comparison", ~people.treated)):
        if (kept & group).sum() < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    if matches is not None and not kept.all():
        renumbered = np.cumsum(kept) - 1
        matches = replace(matches, of=renumbered[matches.of], by=renumbered[matches.by])
    return Together(people=_some(people, kept), balancing=balancing[kept], sets=sets[kept], matches=matches)


def _with_both(sets: Codes, treated: Bools) -> Codes:
    """Set aside the sets that no longer have people of both groups."""
    size = int(sets.max()) + 1
    both = (np.bincount(sets[treated], minlength=size) > 0) & (
        np.bincount(sets[~treated], minlength=size) > 0
    )
    return np.where(both[sets], sets, -1)


def _some(people: Analysed, kept: Bools) -> Analysed:
    """Return some of the people, and count the others."""
    counts: list[FlowStep] = []
    for step in people.counts:
        if step.key == "analysed" and not kept.all():
            step = kept_of(step, kept[people.treated == (step.arm == "treated")])
            counts.append(replace(step, key="match_known", reason=Message("matching.reason.match_lost")))
        counts.append(step)
    return replace(
        people,
        ids=people.ids[kept],
        treated=people.treated[kept],
        before=people.before[kept],
        after=people.after[kept],
        covariates=people.covariates[kept],
        weights=None if people.weights is None else people.weights[kept],
        clusters=None
        if people.clusters is None
        else np.unique(people.clusters[kept], return_inverse=True)[1],
        balancing=None if people.balancing is None else people.balancing[kept],
        counts=tuple(counts),
    )


def clusters_of(together: Together) -> Codes | None:
    """Return the sites when the design has some, else the pairs or sets, where there are any."""
    if together.people.clusters is not None:
        return together.people.clusters
    if (together.sets >= 0).any():
        return _codes(together.sets)
    return None


def _codes(values: Codes) -> Codes:
    """Return the same groups, numbered from 0."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.intp)
