"""Who was lost, beside those analysed: standardised differences in bands that show no small group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.accounts.attrition import characteristics_table
from impactkit.cohort.membership import PUBLICS, public_column
from impactkit.cohort.rows import Rows
from impactkit.disclosure import Profile
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.record import Band, LostWhoRecord, words
from impactkit.text import Label, Message

Bools = npt.NDArray[np.bool_]

_DIFFERENCES = (rules.WWC_EQUIVALENT, rules.WWC_ADJUSTABLE)
_COMPARED = ("std_diff", "n_lost", "binary", "mean_followed", "n_followed")
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
    levels = {
        name: sorted(rows.frame[name].dropna().unique(), key=str)
        for name in names
        if not pd.api.types.is_numeric_dtype(rows.frame[name])
    }
    table = characteristics_table(rows, names, people=people, followed=analysed, levels=levels)
    titles: dict[str, Label | Message] = {name: item.label for name, item in cohort.variables.items()}
    titles |= {public_column(public): Message(f"public.{public}") for public in PUBLICS}
    variable = table["variable"].to_numpy()
    columns = {column: table[column].to_numpy() for column in _COMPARED}
    return tuple(
        LostWhoRecord(
            label=words(titles[name]),
            std_diff=_largest(
                {column: values[variable == name] for column, values in columns.items()},
                rows,
                name,
                lost,
                cohort.profile,
            ),
        )
        for name in names
    )


def _largest(
    levels: Mapping[str, npt.NDArray[Any]], rows: Rows, name: str, lost: int, profile: Profile
) -> Band | None:
    """Return the band of the largest difference over the levels of a characteristic, when it may be told."""
    sizes = np.abs(levels["std_diff"].astype(float))
    if not sizes.size or np.isnan(sizes).any() or (levels["n_lost"] < lost).any():
        return None
    size = float(sizes.max())
    told: tuple[float, ...]
    if not levels["binary"].all():
        # A number of two values is a share in disguise; of more, a mean pins none of their counts.
        few = rows.frame[name].nunique() < 3
        told = () if few or lost < 4 * profile.minimum else _DIFFERENCES
    else:
        shares = zip(levels["mean_followed"], levels["n_followed"], strict=True)
        each = [difference_limits(float(share), int(n), lost, profile) for share, n in shares]
        told = min(each, key=len)
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
