"""Thresholds of the checks that look for other explanations than the action, each with its source.

"Project rule": our own choice, with its reason. See `rules` for the two notes that they can only lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impactkit.estimators.power.detectable import multiplier
from impactkit.evidence import rules

# Level of the tests below; several tests of one question share it (Holm).
FALSE_EFFECT_LEVEL = 0.05

# ------------------------------------------------------------------ outcomes that the action cannot change
# Project rule: whatever makes a false effect makes the true one doubtful, as trends that already diverged do.
# After lots were drawn it shows that something else than lots set the groups apart (losses, ways of
# measuring): the design is then judged as if nobody had drawn lots.
CAP_FALSE_EFFECT = rules.CAP_DIVERGING_TRENDS
CAP_FALSE_EFFECT_RANDOMISED = rules.CAP_RANDOMISED_BEYOND_BOUNDARY

# ------------------------------------------------------------------ times before entry
# Project rule: trends are told parallel only when a divergence that would make the whole effect had 95 % of
# chances to be seen (Roth 2022 takes 80 %): so "attributable" is said at most once in twenty of what trends
# alone made.
POWER_BEFORE = 0.95
# Project rule: a time before at which fewer than half of either group were seen tells of other people.
FEWEST_SEEN_BEFORE = 0.5
# Rambachan & Roth (2023): Mbar = 1 lets trends diverge after entry as fast as they ever did before. Project
# rule: an effect that does not survive it is a reserve. With a lower threshold, a divergence that merely went
# on at the same pace would pass for an effect.
FEWEST_LARGEST_MOVES = 1.0
MOST_LARGEST_MOVES = 5.0  # beyond, "more than 5 times" is said
STEP_LARGEST_MOVES = 0.1

# ------------------------------------------------------------------ people compared who entered the action
# Project rules, with the bands of losses: beyond 10 % those who remain are doubtfully alike, beyond 30 % they
# are other people. Kept as assigned (ITT), they only bring the effect nearer to zero: a reserve, no more.
MOST_SWITCHED = 0.10
MANY_SWITCHED = 0.30
CAP_MANY_SWITCHED = rules.CAP_DIFFERENTIAL_LOSS
# Project rule: beyond a tenth of those compared who attend a site of beneficiaries, the action may have
# reached them.
MOST_SAME_SITE = 0.10

SpilloverKind = Literal[
    "none", "few", "some_left_out", "many_left_out", "some_kept", "many_kept", "same_sites"
]


def divergence_seen(std_error: float, df: float) -> float:
    """Return the divergence before entry that had `POWER_BEFORE` chances to be found by a test at 5 %."""
    return multiplier(df, power=POWER_BEFORE, level=rules.LEVEL) * std_error


@dataclass(frozen=True, slots=True)
class Spilling(rules.Capped):
    """Whether those compared were reached by the action: ``kind`` names what bound the answer."""

    kind: SpilloverKind


def spillover_cap(*, switched: float, same_site: float, kept: bool, randomised: bool) -> Spilling:
    """Judge how many of those compared entered the action, or may have been reached by it.

    Parameters
    ----------
    switched : float
        Share of the group compared who entered by the end of the window.
    same_site : float
        Share of those compared who attend a site of beneficiaries, where they may have been reached.
    kept : bool
        Whether those who entered stay with the group compared (ITT), and are not left out.
    randomised : bool
        Whether lots were drawn: leaving people out then undoes them.
    """
    size = "many" if switched > MANY_SWITCHED else "some" if switched > MOST_SWITCHED else None
    if size is not None and kept:
        return Spilling("caution", 5, "some_kept" if size == "some" else "many_kept")
    if size == "many":
        return Spilling("fail", CAP_MANY_SWITCHED, "many_left_out")
    if size == "some":
        cap = rules.CAP_RANDOMISED_BEYOND_BOUNDARY if randomised else 5
        return Spilling("caution", cap, "some_left_out")
    if same_site > MOST_SAME_SITE:
        return Spilling("caution", 5, "same_sites")
    return Spilling("ok", 5, "few" if switched > 0 else "none")


# ------------------------------------------------------------------ people found again in another file
# Project rules, with the bands of losses: a missed link looks like a loss, and a wrong one makes one person
# of two. Losses already lower the credibility: links that are doubtful are a reserve.
MOST_NOT_SURE = 0.10
MOST_LINKED_APART = rules.MOST_DIFFERENTIAL_LOSS

LinksKind = Literal["sure", "some_missed", "uneven"]


def links_kind(*, not_sure: float, apart: float) -> LinksKind:
    """Judge the share of people not linked without doubt, and how far apart the groups stand in it."""
    if apart > MOST_LINKED_APART:
        return "uneven"
    return "some_missed" if not_sure > MOST_NOT_SURE else "sure"
