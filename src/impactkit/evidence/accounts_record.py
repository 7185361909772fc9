"""What the cohort says of itself, as it may stand beside the flow, the means and the numbers of people.

Everything is told by bands at least as wide as the smallest group that may be shown (`safe_limits`). Which
bands are told hangs on numbers that the record shows already, never on a hidden one: so a band, or its
absence, adds nothing to what a reader can work out of a small group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.accounts.following import Following
from impactkit.cohort.accounts.loss_rules import BANDS
from impactkit.cohort.accounts.publics import belonging
from impactkit.cohort.membership import PUBLICS, definition_of, public_column
from impactkit.cohort.rows import HOUSEHOLD
from impactkit.design.design import Design
from impactkit.disclosure import Profile, band_holding, protect_count, safe_limits
from impactkit.estimators.result import Estimate
from impactkit.evidence.cells import GroupCounted, groups_counted, least_shown
from impactkit.evidence.judgement import Judgement
from impactkit.evidence.lost_who import record_lost_who
from impactkit.evidence.record import (
    AccountsRecord,
    Band,
    FlowRecord,
    HouseholdRecord,
    LinkRecord,
    LossRecord,
    PublicRecord,
    words,
)
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]
Arm = Literal["treated", "comparison"]

_LOSSES = BANDS[:-1]
_TENTHS = tuple(i / 10 for i in range(1, 10))
_HALF = (0.5,)
# More times than this are months of a register: only those of the comparison are told.
_MOST_TIMES = 6
# People a group of links must have, so that which bands are told does not hang on how many it has exactly.
_LINKED = (110, 55)
_ROUND = 5


def record_accounts(evidence: Judgement, flow: Sequence[FlowRecord]) -> AccountsRecord | None:
    """Return who was lost, who the people are and how they were found again; nothing for territories.

    Parameters
    ----------
    evidence : Judgement
    flow : sequence of FlowRecord
        The boxes as shown: which bands are told hangs on them alone.
    """
    estimate = evidence.estimate
    if estimate.follows_territories:
        return None
    groups = groups_counted(estimate, flow)
    found = estimate.design.cohort.found_again
    return AccountsRecord(
        losses=_losses(estimate, groups),
        lost_who=record_lost_who(
            estimate,
            people=np.logical_or.reduce([group.people for group in groups]),
            analysed=np.logical_or.reduce([group.analysed for group in groups]),
            lost=sum(group.lost_at_least for group in groups),
        ),
        publics=_publics(estimate, groups),
        households=_households(estimate, groups),
        links=() if evidence.links is None else _links(evidence.links, estimate.design.cohort.profile),
        found_by=None if found is None else found.by,
    )


def _losses(estimate: Estimate, groups: Sequence[GroupCounted]) -> tuple[LossRecord, ...]:
    design = estimate.design
    cohort = design.cohort
    following = Following.of(cohort.rows, design.outcome)
    asked = [t for t, period in enumerate(cohort.periods) if following.known[:, t].any()]
    if len(asked) > _MOST_TIMES:
        asked = [t for t in asked if cohort.periods[t] in design.window]
    # Those analysed were known at the end, and at the start when the flow says so.
    needed = {design.window[1]}
    if any(step.key == "baseline_known" for step in estimate.counts):
        needed.add(design.window[0])
    return tuple(
        _loss(group, following, t, design=design, implied=cohort.periods[t] in needed)
        for t in asked
        for group in groups
    )


def _loss(group: GroupCounted, following: Following, t: int, *, design: Design, implied: bool) -> LossRecord:
    profile = design.cohort.profile
    lost = group.people & ~following.known[:, t]
    share = np.count_nonzero(lost) / np.count_nonzero(group.people)
    band = loss_band(share, group.shown, profile, implied=implied)
    mostly: Literal["not_seen", "no_answer"] | None = None
    # Those lost are at least what the band says: the reason is told when it is of enough people.
    if band is not None and safe_limits(_HALF, int(band[0] * group.at_least), profile):
        absent = np.count_nonzero(lost & ~following.seen[:, t])
        mostly = "not_seen" if 2 * absent > np.count_nonzero(lost) else "no_answer"
    label = design.cohort.period_label(design.cohort.periods[t])
    return LossRecord(period=words(label), group=group.arm, lost=_band(band), mostly=mostly)


def loss_band(
    share: float, boxes: Sequence[int | None], profile: Profile, *, implied: bool
) -> tuple[float, float] | None:
    """Return the band of the share of a group lost at a time, beside the boxes of its flow.

    Where the flow hides a box, the share could tell it: the band is then the one that the boxes shown imply,
    whatever was lost.

    Parameters
    ----------
    share : float
    boxes : sequence of int or None
        From those who entered to those analysed, as shown.
    profile : Profile
    implied : bool
        Whether all those analysed are known at that time.
    """
    least = least_shown(boxes)
    if None not in boxes:
        return band_holding(share, safe_limits(_LOSSES, least, profile))
    if not (implied and least):
        return None
    # A hidden first box is of fewer than ``minimum`` people more than the next one shown.
    entered = boxes[0] or next(n for n in boxes if n is not None) + profile.minimum - 1
    high = next(limit for limit in BANDS if 1 - least / entered <= limit)
    return (0.0, high) if share <= high < 1 else None


def _band(told: tuple[float, float] | None) -> Band | None:
    return None if told is None else Band(low=told[0], high=told[1])


def _publics(estimate: Estimate, groups: Sequence[GroupCounted]) -> tuple[PublicRecord, ...]:
    cohort = estimate.design.cohort
    treated = next((group.analysed for group in groups if group.arm == "treated"), None)
    if treated is None or not treated.any():
        return ()
    n = int(np.count_nonzero(treated))
    limits = safe_limits(_TENTHS, n, cohort.profile)
    rules = cohort.study.publics if cohort.study is not None else {}
    found = []
    for public in PUBLICS:
        if public_column(public) not in cohort.rows.frame:
            continue
        belongs = belonging(cohort.rows, public)[treated]
        yes, unknown = np.count_nonzero(belongs == 1) / n, np.count_nonzero(np.isnan(belongs)) / n
        found.append(
            PublicRecord(
                label=words(Message(f"public.{public}")),
                definition=words(definition_of(public, rules)),
                share=_band(band_holding(yes, limits)),
                unknown=_band(band_holding(unknown, limits)),
                key=public,
            )
        )
    return tuple(found)


def _households(estimate: Estimate, groups: Sequence[GroupCounted]) -> tuple[HouseholdRecord, ...]:
    rows, profile = estimate.design.cohort.rows, estimate.design.cohort.profile
    if HOUSEHOLD not in rows.frame:
        return ()
    homes = rows.values(HOUSEHOLD, rows.first)
    found = []
    for group in groups:
        own = homes[group.analysed]
        people = len(own)
        # Of whom the household is not known, the household is not counted either.
        told = households_told(people, int(own.nunique()), profile) if own.notna().all() else None
        shown = protect_count(people, profile) if people else None
        found.append(HouseholdRecord(group=group.arm, people=shown, households=told))
    return tuple(found)


def households_told(people: int, households: int, profile: Profile) -> int | None:
    """Return the households to the nearest 5; ``None`` when they, or the people beyond one each, are few."""
    if min(households, people - households) < profile.minimum + _ROUND // 2:
        return None
    return _ROUND * round(households / _ROUND)


def _links(links: pd.DataFrame, profile: Profile) -> tuple[LinkRecord, ...]:
    """Tell the levels of a characteristic together, or not at all: one alone would give the others."""
    found = []
    for by in dict.fromkeys(links["by"]):
        own = links[(links["by"] == by) & (links["n"].isna() | (links["n"] > 0))]
        if by == "all":
            continue
        hidden = own.empty or own[["n", "share"]].isna().to_numpy().any()
        smallest = 0 if hidden else int(own["n"].min())
        limits = safe_limits(_LOSSES, next((n for n in _LINKED if n <= smallest), 0), profile)
        name = Message(f"public.{by}" if by in PUBLICS else f"account.by.{by}")
        area = "account.known" if by in PUBLICS else f"account.{by}"
        for level, share in zip(own["level"], own["share"], strict=True):
            not_sure = None if not limits else band_holding(round(1 - float(share), 9), limits)
            found.append(
                LinkRecord(by=words(name), level=words(Message(f"{area}.{level}")), not_sure=_band(not_sure))
            )
    return tuple(found)
