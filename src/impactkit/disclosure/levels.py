"""Merging the levels of a characteristic that masking would hide, rather than showing blanks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Counts = Sequence[float]
Parts = tuple[tuple[int, ...], ...]


def merge_levels(
    counts: Sequence[Counts], *, is_safe: Callable[[Counts], bool], ordered: bool = False
) -> Parts:
    """Return which levels are shown together so that each part can be shown.

    Levels in order are merged with a neighbour, the smaller of the two; others with the smallest that are
    left, in one part. A level that can be shown alone stays alone unless another needs it. Where no merging
    shows two parts, nothing is merged: every level stays as it is, to be masked.

    Parameters
    ----------
    counts : sequence of sequence of float
        People of each level, in each group.
    is_safe : callable
        Whether a part with these numbers of people, in each group, can be shown.
    ordered : bool
        Whether levels are in an order that means something: bands of age, degrees.

    Returns
    -------
    tuple of tuple of int
        Positions of the levels of each part, every level in one part.

    Examples
    --------
    >>> def eleven(people):
    ...     return all(n >= 11 for n in people)
    >>> merge_levels([(40,), (3,), (30,), (9,)], is_safe=eleven)
    ((0,), (2,), (1, 3))
    >>> merge_levels([(40,), (3,), (30,), (9,)], is_safe=eleven, ordered=True)
    ((0,), (1, 2, 3))
    """
    alone = tuple((i,) for i in range(len(counts)))
    parts = _neighbours(counts, is_safe) if ordered else _others(counts, is_safe)
    return parts if len(parts) > 1 and all(is_safe(_sum(counts, part)) for part in parts) else alone


def _sum(counts: Sequence[Counts], part: Sequence[int]) -> Counts:
    return [sum(own) for own in zip(*(counts[i] for i in part), strict=True)]


def _others(counts: Sequence[Counts], is_safe: Callable[[Counts], bool]) -> Parts:
    """Put the smallest levels in one part, until it and those left can be shown."""
    left = sorted(range(len(counts)), key=lambda i: (is_safe(counts[i]), sum(counts[i]), i))
    others: list[int] = []
    while left and not (
        all(is_safe(counts[i]) for i in left) and (not others or is_safe(_sum(counts, others)))
    ):
        others.append(left.pop(0))
    alone = tuple((i,) for i in sorted(left))
    return (*alone, tuple(sorted(others))) if others else alone


def _neighbours(counts: Sequence[Counts], is_safe: Callable[[Counts], bool]) -> Parts:
    """Merge the smallest part that cannot be shown with the smaller of its neighbours, until none is left."""
    parts = [[i] for i in range(len(counts))]
    while len(parts) > 1:
        sizes = [sum(_sum(counts, part)) for part in parts]
        hidden = [k for k, part in enumerate(parts) if not is_safe(_sum(counts, part))]
        if not hidden:
            break
        k = min(hidden, key=lambda at: sizes[at])
        near = min((at for at in (k - 1, k + 1) if 0 <= at < len(parts)), key=lambda at: sizes[at])
        first = min(k, near)
        parts[first : first + 2] = [parts[first] + parts[first + 1]]
    return tuple(tuple(part) for part in parts)
