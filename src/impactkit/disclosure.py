"""What may be shown: the rules that keep a small group of people from being recognised.

Computation uses full data; everything a person sees goes through here. A masked value is ``None`` in
Python and missing in a frame, never 0 and never a number that looks like one.

The threshold of 11 people is the rule of the French tax administration for data on persons, the
strictest public French one found (INSEE, *Guide du secret statistique*). Protection of a whole batch
against recomputation (secondary suppression over linked tables and editions) is not done here yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Secrecy rules chosen by who receives the file.

    Attributes
    ----------
    name : str
        Name in the study file.
    minimum : int
        Fewest people that a shown count, mean or share may rest on.
    """

    name: str
    minimum: int


PROFILES = {profile.name: profile for profile in (Profile(name="pilotactions", minimum=11),)}
DEFAULT_PROFILE = PROFILES["pilotactions"]


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a flow as it may be shown: people left and people lost since the box before."""

    n: int | None
    lost: int | None


def profile_of(name: str) -> Profile:
    """Return the profile of this name."""
    return PROFILES[name]


def is_small(n: int, profile: Profile) -> bool:
    """Tell whether a count of people is too small to show; nobody at all is not a small group."""
    return 0 < n < profile.minimum


def protect_count(n: int, profile: Profile) -> int | None:
    """Return the count, or ``None`` when it is too small to show."""
    return None if is_small(n, profile) else n


def protect_chain(counts: Sequence[int], profile: Profile) -> tuple[Box, ...]:
    """Protect successive counts of the same people, each a part of the one before.

    The last count stays as long as it is large enough; an earlier one is masked when its difference with
    the next shown one would reveal a small group. So no two shown counts differ by 1 to ``minimum - 1``.

    Parameters
    ----------
    counts : sequence of int
        Never increasing.
    """
    shown: list[int | None] = [None] * len(counts)
    anchor: int | None = None
    for i in reversed(range(len(counts))):
        if is_small(counts[i], profile):
            continue
        if anchor is None or not is_small(counts[i] - anchor, profile):
            shown[i] = anchor = counts[i]
    boxes = []
    for i, n in enumerate(shown):
        before = shown[i - 1] if i else None
        boxes.append(Box(n, before - n if n is not None and before is not None else None))
    return tuple(boxes)


def protect_branches(
    total: int, branches: Sequence[Sequence[int]], profile: Profile
) -> tuple[bool, tuple[tuple[Box, ...], ...]]:
    """Protect chains that start from parts of one total, and say whether the total can stand beside them.

    The total would give a masked part back by subtraction: it is shown only when nothing is masked in any
    branch, and the people in no branch are not a small group.

    Parameters
    ----------
    total : int
        People before they are told apart.
    branches : sequence of sequences of int
        Successive counts of each part, as `protect_chain` takes them.

    Returns
    -------
    total_is_safe : bool
    boxes : tuple of tuple of Box
    """
    boxes = tuple(protect_chain(branch, profile) for branch in branches)
    masked = any(box.n is None for chain in boxes for box in chain)
    elsewhere = total - sum(branch[0] for branch in branches)
    return not (masked or is_small(elsewhere, profile) or is_small(total, profile)), boxes


def share_is_safe(share: float, n: int, profile: Profile) -> bool:
    """Tell whether a share of ``n`` people can be shown: neither side of it is a small group.

    A share of 0 or 1 is shown: it rests on all ``n`` people.
    """
    people = round(share * n)
    return n >= profile.minimum and not is_small(people, profile) and not is_small(n - people, profile)


def protect_parts(counts: Sequence[int], profile: Profile) -> tuple[int | None, ...]:
    """Protect the counts of parts of one whole, whose total may be known.

    Small counts are masked; when what is masked is in all a small group, or one part alone that the total
    would give back, the smallest part left that counts anyone is masked too.

    Parameters
    ----------
    counts : sequence of int
        People in each part; the parts share no one.
    """
    masked = {i for i, n in enumerate(counts) if is_small(n, profile)}
    while masked and (len(masked) == 1 or is_small(sum(counts[i] for i in masked), profile)):
        left = [i for i, n in enumerate(counts) if i not in masked and n > 0]
        if not left:
            break
        masked.add(min(left, key=lambda i: counts[i]))
    if len(masked) == 1:  # nothing could hide it: the total itself would count it
        return (None,) * len(counts)
    return tuple(None if i in masked else n for i, n in enumerate(counts))


def safe_limits(limits: Sequence[float], n: int, profile: Profile) -> tuple[float, ...]:
    """Return the limits between which a share of ``n`` people may be told: bands too wide to show a count.

    Every band left holds at least ``minimum`` people, also the lowest, which counts nobody too, and the
    highest, which counts everyone: no band says that a count, or what it leaves, lies between 1 and
    ``minimum - 1``.

    Parameters
    ----------
    limits : sequence of float
        Upper ends of bands, ascending, below 1.
    n : int
        People, or any number known not to exceed them: what is safe for ``n`` is safe for more.

    Returns
    -------
    tuple of float
        The upper ends kept, then 1; empty when nothing can be told.

    Examples
    --------
    >>> safe_limits((0.1, 0.2, 0.3, 0.5), 60, DEFAULT_PROFILE)
    (0.2, 0.5, 1.0)
    """

    def wide(share: float) -> bool:
        return round(share * n, 9) >= profile.minimum

    kept: list[float] = []
    for limit in limits:
        if wide(limit - (kept[-1] if kept else 0.0)) and wide(1 - limit):
            kept.append(limit)
    return (*kept, 1.0) if kept else ()


def band_holding(share: float, limits: Sequence[float]) -> tuple[float, float] | None:
    """Return the band of a share, above the first number and up to the second; ``None`` without limits."""
    if not limits:
        return None
    high = next(limit for limit in limits if share <= limit)
    return max((limit for limit in limits if limit < high), default=0.0), high
