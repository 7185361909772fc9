"""Counts of people as they may be shown: alone, in a chain, in parts of one whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impactkit.disclosure.profile import Profile


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a flow as it may be shown: people left and people lost since the box before."""

    n: int | None
    lost: int | None


def is_small(n: int, profile: Profile) -> bool:
    """Tell whether a count of people is too small to show; nobody at all is not a small group."""
    return 0 < n < profile.minimum


def rounded(n: int, profile: Profile) -> int:
    """Return a count to the multiple of the profile's rounding that is nearest; halves go up."""
    return profile.rounding * ((2 * n + profile.rounding) // (2 * profile.rounding))


def protect_count(n: int, profile: Profile) -> int | None:
    """Return the count as it is shown, or ``None`` when it is too small to show."""
    return None if is_small(n, profile) else rounded(n, profile)


def _is_small_rest(n: int, profile: Profile) -> bool:
    """Tell whether what a shown count leaves is too small to be told by subtraction."""
    return profile.complements and is_small(n, profile)


def protect_chain(counts: Sequence[int], profile: Profile) -> tuple[Box, ...]:
    """Protect successive counts of the same people, each a part of the one before.

    The last count stays as long as it is large enough; an earlier one is masked when its difference with
    the next shown one would reveal a small group. So no two shown counts differ by 1 to ``minimum - 1``,
    before they are rounded, where the profile protects complements.

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
        if anchor is None or not _is_small_rest(counts[i] - anchor, profile):
            anchor = counts[i]
            shown[i] = rounded(anchor, profile)
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
    return not (masked or _is_small_rest(elsewhere, profile) or is_small(total, profile)), boxes


def share_is_safe(share: float, n: int, profile: Profile, *, sensitive: bool = False) -> bool:
    """Tell whether a share of ``n`` people can be shown: neither side of it is a small group.

    A share of 0 or 1 rests on all ``n`` people, and tells something of each: the profile says whether it is
    shown.

    Parameters
    ----------
    share : float
    n : int
        People that the share is of.
    sensitive : bool
        Whether the study marks the variable as sensitive.
    """
    people = round(share * n)
    if n < max(profile.minimum, profile.share_base):
        return False
    if people in (0, n):
        return profile.certainty == "told" or (profile.certainty == "not_of_sensitive" and not sensitive)
    return not is_small(people, profile) and not _is_small_rest(n - people, profile)


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
    return tuple(None if i in masked else rounded(n, profile) for i, n in enumerate(counts))
