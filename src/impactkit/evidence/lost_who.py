"""Who was lost, beside those analysed: standardised differences in bands that show no small group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from impactkit.cohort.accounts.attrition import characteristics_lines
from impactkit.cohort.membership import PUBLICS, public_column
from impactkit.cohort.rows import Rows
from impactkit.disclosure import Profile
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.record import Band, LostWhoRecord, words
from impactkit.text import Label, Message

Bools = npt.NDArray[np.bool_]

_DIFFERENCES = (rules.WWC_EQUIVALENT, rules.WWC_ADJUSTABLE)
# Those left out by choice are not lost: who they are says nothing of the losses.
_CHOSEN = ("comparable", "near_threshold", "outside_donut")


def record_lost_who(
    estimate: Estimate, *, people: Bools, analysed: Bools, lost: int
) -> tuple[LostWhoRecord, ...]:
    """Compare those not analysed with those analysed, on what was known at each person's first time.

    Parameters
    ----------
    estimate : Estimate
    people, analysed : (n,) arrays of bool
        Of the people of the cohort: who is in the design, who of them is analysed.
    lost : int
        People not analysed that the flow shows; which differences are told hangs on it.
    """
    design = estimate.design
    cohort = design.cohort
    chosen = design.comparable is not None or any(step.key in _CHOSEN for step in estimate.counts)
    if chosen or lost < cohort.profile.minimum:
        return ()
    rows = cohort.rows
    names = [*([design.outcome] if design.has_baseline else []), *cohort.covariates]
    names += [public_column(public) for public in PUBLICS if public_column(public) in rows.frame]
    levels = {name: own.names for name in names if (own := rows.levels(name)) is not None}
    lines = characteristics_lines(rows, names, people=people, followed=analysed, levels=levels)
    titles: dict[str, Label | Message] = {name: item.label for name, item in cohort.variables.items()}
    titles |= {public_column(public): Message(f"public.{public}") for public in PUBLICS}
    return tuple(
        LostWhoRecord(
            label=words(titles[name]),
            std_diff=_largest(
                [line for line in lines if line["variable"] == name], rows, name, lost, cohort.profile
            ),
        )
        for name in names
    )


def _largest(
    levels: Sequence[Mapping[str, Any]], rows: Rows, name: str, lost: int, profile: Profile
) -> Band | None:
    """Return the band of the largest difference over the levels of a characteristic, when it may be told."""
    sizes = [abs(line["std_diff"]) for line in levels]
    if not sizes or any(map(math.isnan, sizes)) or any(line["n_lost"] < lost for line in levels):
        return None
    size = max(sizes)
    told: tuple[float, ...]
    if not all(line["binary"] for line in levels):
        # A number of two values is a share in disguise; of more, a mean pins none of their counts.
        few = rows.frame[name].nunique() < 3
        told = () if few or lost < 4 * profile.minimum else _DIFFERENCES
    else:
        shares = ((line["mean_followed"], line["n_followed"]) for line in levels)
        told = min((difference_limits(share, n, lost, profile) for share, n in shares), key=len)
    if not told:
        return None
    low = max((limit for limit in told if limit < size), default=0.0)
    return Band(low=low, high=next((limit for limit in told if size <= limit), None))


def difference_limits(share: float, n: int, lost: int, profile: Profile) -> tuple[float, ...]:
    """Return the limits between which the standardised difference of a share may be told.

    For every number of people with the characteristic among those lost, the difference is worked out from
    what a reader may know; a limit is kept when no number on its near side is of a small group, nor what it
    leaves, and when there are at least ``minimum`` of them.

    Parameters
    ----------
    share : float
        Among the ``n`` people analysed.
    n, lost : int
        People analysed; people lost, or fewer.
    """
    if n < 2 or lost < 2:
        return ()
    counts = np.arange(lost + 1)
    own = counts / lost
    spread = (share * (1 - share) * n / (n - 1) + own * (1 - own) * lost / (lost - 1)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.abs(share - own) / np.sqrt(spread)
    kept: list[float] = []
    for limit in _DIFFERENCES:
        near = counts[sizes <= limit]
        inside = near.size > 0 and profile.minimum <= near[0] and near[-1] <= lost - profile.minimum
        since = np.count_nonzero((sizes > kept[-1]) & (sizes <= limit)) if kept else near.size
        if inside and since >= profile.minimum:
            kept.append(limit)
    # The furthest band is told only when the widest limit cuts no small group off.
    return tuple(kept) if kept and kept[-1] == _DIFFERENCES[-1] else ()
