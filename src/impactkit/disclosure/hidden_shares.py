"""What an effect on a yes/no answer gives away of the small numbers behind it, and how wide to tell it.

Of two groups whose sizes are known, the difference of their shares and its standard error are those of one
or two pairs of numbers of yes only: hiding the shares and telling the effect hides nothing. An effect is
therefore told as the widest of several that the hidden numbers could give, at least as many as the profile
asks for (`Profile.left_possible`): whoever reads it cannot tell which of them is the true one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import special

from impactkit.disclosure.counts import is_small, share_is_safe
from impactkit.disclosure.profile import Profile
from impactkit.disclosure.values import nice_step

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T")

# From so many multiples of a step in a share on, every value of the difference has enough pairs.
_PLENTY = 10
_LEVEL = 0.975


@dataclass(frozen=True, slots=True, kw_only=True)
class Widest:
    """An effect's interval at 95 % as it may be told, beside the true one.

    Attributes
    ----------
    low, high : float
        Of the interval that holds those of every number that could be the true one.
    value, std_error : float
        The true effect and its standard error: what is estimated otherwise of the same people moves and
        widens as much.
    yes : tuple of int
        Of two groups, the numbers of yes whose interval is the widest; empty for changes.
    """

    low: float
    high: float
    value: float
    std_error: float
    yes: tuple[int, ...] = ()

    @property
    def middle(self) -> float:
        """The effect told."""
        return (self.low + self.high) / 2

    @property
    def factor(self) -> float:
        """Half the interval told, in true standard errors; infinite when there is none."""
        return (self.high - self.low) / 2 / self.std_error if self.std_error > 0 else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """People of a group who say yes after and not before (``gained``), the reverse (``lost``), and in all."""

    gained: int
    lost: int
    people: int

    @property
    def change(self) -> int:
        """By how much the number of yes changes."""
        return self.gained - self.lost

    @property
    def mean(self) -> float:
        """By how much the share of yes changes."""
        return self.change / self.people

    @property
    def variance(self) -> float:
        """Sampling variance of the mean."""
        return max((self.gained + self.lost) / self.people - self.mean**2, 0.0) / (self.people - 1)


def widest_difference(
    yes: tuple[int, int], people: tuple[int, int], *, profile: Profile, sensitive: bool, step: float
) -> Widest | None:
    """Return the interval in which to tell the difference of two shares; ``None`` where neither is hidden.

    The pairs that could be the true one are those of which a share is hidden and whose difference is told
    the same: rounded to ``step``, or wider where the groups are of such sizes that a number of yes in one has
    none in the other. A difference that too few pairs have is told with the next ones, away from 0. Of the
    pairs, those of nearly the same standard error are told alike.

    Parameters
    ----------
    yes : (int, int)
        People who say yes in each group.
    people : (int, int)
        People of each group, at least 2.
    profile : Profile
    sensitive : bool
        Whether the study marks the variable as sensitive.
    step : float
        Finest step of the difference.

    Notes
    -----
    The interval of a pair is ``d ± t(0.975, ν) s`` with ``s² = Σ p(1 − p)/(n − 1)``, and ν one less than the
    people of the smaller group: Welch's degrees of freedom, at least as many, would tell the pair.

    Examples
    --------
    >>> from impactkit.disclosure import PROFILES
    >>> secret = PROFILES["pilotactions"]
    >>> told = [widest_difference((a, a + 27), (100, 100), profile=secret, sensitive=False, step=0.01)
    ...         for a in (1, 3, 10)]
    >>> [(round(one.low, 2), round(one.high, 2)) for one in told]
    [(-0.37, -0.17), (-0.37, -0.17), (-0.38, -0.16)]
    """
    hidden = [_hidden_shares(n, profile, sensitive=sensitive) for n in people]
    if not (hidden[0][yes[0]] or hidden[1][yes[1]]):
        return None
    if max(people) % min(people):
        step = max(step, nice_step(1 / max(people)))
    place = int(_places(np.array([yes]), people, step)[0])
    places: tuple[int, ...] = (place,)
    fewest = profile.left_possible
    if step * min(people) < _PLENTY:
        places = _told_together(place, _count_pairs(people, hidden, step), fewest=fewest)
    pairs = np.concatenate([_pairs_at(one, people, hidden, step) for one in places])
    if fewest < profile.minimum - 1:
        pairs = _alike(pairs, yes, people, fewest=fewest)
    differences, errors = _differences(pairs, people)
    true, true_error = _differences(np.array([yes]), people)
    margins = _quantile(people) * errors
    return Widest(
        low=float((differences - margins).min()),
        high=float((differences + margins).max()),
        value=float(true[0]),
        std_error=float(true_error[0]),
        yes=tuple(pairs[int(margins.argmax())].tolist()),
    )


def widest_change(groups: Sequence[Moves], *, profile: Profile) -> Widest | None:
    """Return the interval in which to tell the change of a share, or the first group's less the second's.

    ``None`` where no group has few people who gain the answer, or who lose it. Else the moves that could be
    the true ones are those of the same change of which one is small, and nearly as many; a change that too
    few of them have is told with the next ones, away from 0.

    Parameters
    ----------
    groups : sequence of Moves
        One, or two, of at least 2 people each.
    profile : Profile

    Notes
    -----
    The interval is ``d ± t(0.975, ν) s`` with ``s² = Σ ((g + l)/n - ((g - l)/n)²)/(n - 1)`` and ν one less
    than the people of the smaller group.

    Examples
    --------
    >>> from impactkit.disclosure import PROFILES
    >>> told = [widest_change([Moves(gained=9 + m, lost=m, people=60)], profile=PROFILES["pilotactions"])
    ...         for m in (1, 5, 10)]
    >>> [(round(one.low, 2), round(one.high, 2)) for one in told]
    [(0.02, 0.28), (-0.03, 0.33), (-0.03, 0.33)]
    """
    small = [_by_number(moves.people, lambda n: is_small(n, profile), profile) for moves in groups]
    hidden = [bool(own[moves.gained] or own[moves.lost]) for moves, own in zip(groups, small, strict=True)]
    if not any(hidden):
        return None
    told = [
        _possible_moves(moves, own, profile) if masked else [moves]
        for moves, own, masked in zip(groups, small, hidden, strict=True)
    ]
    lows, highs = ([end(moves.mean for moves in own) for own in told] for end in (min, max))
    margin = _quantile([moves.people for moves in groups]) * math.sqrt(
        sum(max(moves.variance for moves in own) for own in told)
    )
    return Widest(
        low=lows[0] - sum(highs[1:]) - margin,
        high=highs[0] - sum(lows[1:]) + margin,
        value=groups[0].mean - sum(moves.mean for moves in groups[1:]),
        std_error=math.sqrt(sum(moves.variance for moves in groups)),
    )


def _possible_moves(moves: Moves, small: Bools, profile: Profile) -> list[Moves]:
    """Return the moves of a group that are told as the true ones."""
    n, fewest = moves.people, profile.left_possible
    told: tuple[int, ...] = (moves.change,)
    if (n - abs(moves.change)) // 2 < 2 * fewest:
        counts = {c: len(_fewer_of(c, n, small, profile)) for c in range(-n, n + 1)}
        told = _told_together(moves.change, counts, fewest=fewest)
    possible = [
        Moves(gained=fewer + max(c, 0), lost=fewer + max(-c, 0), people=n)
        for c in told
        for fewer in _fewer_of(c, n, small, profile)
    ]
    if fewest >= profile.minimum - 1:
        return possible
    possible.sort(key=lambda one: (one.variance, one.gained))
    parts = _gathered(possible, lambda part: len(part) >= fewest)
    return next(part for part in parts if moves in part)


def _fewer_of(change: int, people: int, small: Bools, profile: Profile) -> list[int]:
    """Return the lesser of gains and losses, for each pair of this change of which one is small."""
    most = min(profile.minimum - 1, (people - abs(change)) // 2)
    return [fewer for fewer in range(most + 1) if small[fewer] or small[fewer + abs(change)]]


def _gathered(items: Iterable[T], is_enough: Callable[[list[T]], bool]) -> list[list[T]]:
    """Cut a sequence in parts that are each enough; what is left at the end joins the last of them."""
    parts: list[list[T]] = [[]]
    for item in items:
        if parts[-1] and is_enough(parts[-1]):
            parts.append([])
        parts[-1].append(item)
    if len(parts) > 1 and not is_enough(parts[-1]):
        last = parts.pop()
        parts[-1] += last
    return parts


def _quantile(people: Sequence[int]) -> float:
    return float(special.stdtrit(min(people) - 1, _LEVEL))


def _hidden_shares(n: int, profile: Profile, *, sensitive: bool) -> Bools:
    """Tell, for each number of yes among ``n`` people, whether the share is hidden."""
    return _by_number(n, lambda yes: not share_is_safe(yes / n, n, profile, sensitive=sensitive), profile)


def _by_number(n: int, rule: Callable[[int], bool], profile: Profile) -> Bools:
    """Ask a rule of each number from 0 to ``n``: once of those far from both ends, which it treats alike."""
    edge = profile.minimum + 1
    if n <= 2 * edge:
        return np.array([rule(i) for i in range(n + 1)])
    answers = np.full(n + 1, rule(n // 2))
    for i in range(edge):
        answers[i], answers[n - i] = rule(i), rule(n - i)
    return answers


def _places(pairs: Ints, people: tuple[int, int], step: float) -> Ints:
    """Return the multiple of the step that each pair's difference is told as; halves go up."""
    difference = pairs[:, 0] / people[0] - pairs[:, 1] / people[1]
    return np.floor(difference / step + 0.5 + 1e-9).astype(np.int64)


def _pairs_at(place: int, people: tuple[int, int], hidden: list[Bools], step: float) -> Ints:
    """Return the hidden pairs whose difference is told as this one, in order."""
    found = []
    for own, sign in ((0, 1.0), (1, -1.0)):
        other = 1 - own
        for yes in np.flatnonzero(hidden[own]).tolist():
            # Around the share that the other group must have: the exact answer is `_places`'.
            middle = yes / people[own] - sign * place * step
            low = max(0, int(np.floor(people[other] * (middle - step))) - 1)
            high = min(people[other], int(np.ceil(people[other] * (middle + step))) + 1)
            numbers = np.arange(low, high + 1)
            columns = [np.full(numbers.size, yes), numbers]
            found.append(np.column_stack(columns if own == 0 else columns[::-1]))
    pairs = np.unique(np.concatenate(found), axis=0)
    kept: Ints = pairs[_places(pairs, people, step) == place]
    return kept


def _count_pairs(people: tuple[int, int], hidden: list[Bools], step: float) -> dict[int, int]:
    """Count the hidden pairs whose difference is told as each multiple of the step."""
    numbers = [np.arange(n + 1) for n in people]
    first = np.array(np.meshgrid(numbers[0][hidden[0]], numbers[1])).reshape(2, -1).T
    second = np.array(np.meshgrid(numbers[0][~hidden[0]], numbers[1][hidden[1]])).reshape(2, -1).T
    places, counts = np.unique(_places(np.concatenate([first, second]), people, step), return_counts=True)
    return dict(zip(places.tolist(), counts.tolist(), strict=True))


def _told_together(value: int, counts: Mapping[int, int], *, fewest: int) -> tuple[int, ...]:
    """Return the values told as one with this one: enough pairs together have them.

    From 0 outwards a value that too few pairs have waits for the next; at the end, what waits joins those
    before.
    """
    side = sorted((other for other in counts if np.sign(other) == np.sign(value)), key=abs)
    parts = _gathered(side, lambda part: sum(counts[other] for other in part) >= fewest)
    return next(tuple(part) for part in parts if value in part)


def _alike(pairs: Ints, yes: tuple[int, int], people: tuple[int, int], *, fewest: int) -> Ints:
    """Return the pairs told as the true one: enough of nearly the same standard error.

    Each number of yes takes enough values among them. Whoever reads it knows whether few said yes or few said
    no: they are of the same side, where both sides have so many.
    """
    _, errors = _differences(pairs, people)
    few_yes = pairs.sum(axis=1) <= sum(people) / 2
    if min(few_yes.sum(), (~few_yes).sum()) >= fewest:
        side = few_yes == (sum(yes) <= sum(people) / 2)
        pairs, errors = pairs[side], errors[side]
    order = np.lexsort((pairs[:, 1], pairs[:, 0], errors.round(12))).tolist()
    parts = _gathered(order, lambda part: _fewest_values(pairs[part]) >= fewest)
    return next(pairs[part] for part in parts if (pairs[part] == yes).all(axis=1).any())


def _fewest_values(pairs: Ints) -> int:
    """Count the values of the number of yes that takes fewest."""
    return min(len(np.unique(numbers)) for numbers in pairs.T)


def _differences(pairs: Ints, people: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return the difference of the shares of each pair, and its standard error."""
    shares = pairs / np.array(people)
    variance = (shares * (1 - shares) / (np.array(people) - 1)).sum(axis=1)
    return shares[:, 0] - shares[:, 1], np.sqrt(variance)
