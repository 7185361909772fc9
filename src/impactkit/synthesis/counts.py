"""Counts of measures, never of people: verdicts, solidity and duties, by axis, public or territory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from impactkit.evidence.record import Words
from impactkit.synthesis.measure import Measure
from impactkit.synthesis.territories import region_of

Dimension = Literal["axis", "public", "region", "design", "rural"]
UNKNOWN = ""  # where a measure does not say

# Maryland scale: from 3, people are compared with others before and after, or better (What Works Growth).
COMPARED_WELL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many measures of a group came to each verdict and each solidity.

    Attributes
    ----------
    group : str
        Key of the group in its dimension; `UNKNOWN` where measures do not say.
    n : int
        Measures.
    verdicts : dict of str to int
    strengths : tuple of int
        Measures of solidity 0 to 5.
    """

    group: str
    n: int
    verdicts: dict[str, int]
    strengths: tuple[int, ...]


def groups_of(measure: Measure, dimension: Dimension) -> tuple[str, ...]:
    """Return the groups of a measure: one, or several publics; `UNKNOWN` where it does not say."""
    return _GROUPS[dimension](measure) or (UNKNOWN,)


def tally(measures: Sequence[Measure], dimension: Dimension) -> tuple[Tally, ...]:
    """Count measures by group, in alphabetical order, the unknown last.

    A measure for several publics is counted once in each: those counts add up to more than the measures.
    """
    found: dict[str, list[Measure]] = defaultdict(list)
    for measure in measures:
        for group in groups_of(measure, dimension):
            found[group].append(measure)
    return tuple(_tallied(group, found[group]) for group in sorted(found, key=lambda key: (not key, key)))


def tally_all(measures: Sequence[Measure]) -> Tally:
    """Count all measures."""
    return _tallied(UNKNOWN, measures)


def _tallied(group: str, measures: Sequence[Measure]) -> Tally:
    strengths = Counter(measure.strength for measure in measures)
    return Tally(
        group=group,
        n=len(measures),
        verdicts=dict(Counter(measure.attribution for measure in measures)),
        strengths=tuple(strengths[i] for i in range(6)),
    )


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _design(measure: Measure) -> tuple[str, ...]:
    return ("stronger",) if measure.credibility >= COMPARED_WELL else ("weaker",)


def _rural(measure: Measure) -> tuple[str, ...]:
    return () if measure.rural is None else ("rural",) if measure.rural else ("urban",)


_GROUPS: dict[Dimension, Callable[[Measure], tuple[str, ...]]] = {
    "axis": lambda measure: _one(measure.axis),
    "public": lambda measure: measure.publics,
    "region": lambda measure: _one(region_of(measure.department, measure.region)),
    "design": _design,
    "rural": _rural,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What a contract or pact had to measure, and did: a contract one action, a pact all of its actions.

    ``expected`` is ``None`` where a pact does not say how many actions it has; ``met`` then is too.
    """

    study: str
    title: Words
    kind: Literal["cls", "pacte"]
    territory: str
    measured: int
    expected: int | None

    @property
    def met(self) -> bool | None:
        """Whether the duty is met; an inconclusive measure meets it, an action without measure does not."""
        return None if self.expected is None else self.measured >= self.expected


def duties(measures: Sequence[Measure]) -> tuple[Duty, ...]:
    """Return the duty of each contract and pact among measures that say which they are of."""
    by_study: dict[str, list[Measure]] = defaultdict(list)
    for measure in measures:
        if measure.kind is not None:
            by_study[measure.study].append(measure)
    found = []
    for study, parts in sorted(by_study.items()):
        first = parts[0]
        assert first.kind is not None
        counts = [part.actions_count for part in parts if part.actions_count is not None]
        expected = 1 if first.kind == "cls" else max(counts, default=None)
        found.append(
            Duty(
                study=study,
                title=first.study_title,
                kind=first.kind,
                territory=first.territory,
                measured=len(parts),
                expected=expected,
            )
        )
    return tuple(found)
