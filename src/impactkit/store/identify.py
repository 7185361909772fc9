"""Which rows of a file are people of the record: by fingerprints, from the surest to the least sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Prints = Mapping[str, Sequence[bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who the rows are.

    Attributes
    ----------
    person : tuple of str or None
        For each row, the person of the record; ``None`` when none was found.
    method : tuple of str
        The kind of fingerprint that found them; ``""`` when none did.
    group : tuple of int
        Rows of one file that are the same person have the same number.
    """

    person: tuple[str | None, ...]
    method: tuple[str, ...]
    group: tuple[int, ...]


def same_people(prints: Prints, kinds: Sequence[str] = ("unit", "names_date")) -> tuple[int, ...]:
    """Give each person of one file a number: two rows with the same surest fingerprint are one.

    A row is known by its first kind only: two identifiers with the same name and date of birth stay two.
    """
    numbers: dict[object, int] = {}
    n = len(next(iter(prints.values())))
    present = [kind for kind in kinds if kind in prints]
    groups = []
    for i in range(n):
        surest = next(((kind, prints[kind][i]) for kind in present if prints[kind][i] is not None), i)
        groups.append(numbers.setdefault(surest, len(numbers)))
    return tuple(groups)


def identify(prints: Prints, known: Callable[[str], Mapping[bytes, set[str]]]) -> Found:
    """Find the rows of a file among the people of the record.

    Each kind of fingerprint in turn, the surest first, links a person and a group of rows when nobody else on
    either side has that fingerprint and neither is linked yet. Homonyms and twins who agree on one kind are
    left to the next one, and at the end to somebody who looks. An identifier of the file (``unit``) that
    names one person here and another there, as the numbers of two programs do, links nobody: where both sides
    have names, they must agree on something else too.

    Parameters
    ----------
    prints : mapping of str to sequence
        Fingerprints of each row, by kind, the surest first.
    known : callable
        The people of the record who have each fingerprint of a kind.
    """
    groups = same_people(prints)
    people = {kind: known(kind) for kind in prints}
    named = {person for kind in prints if kind != "unit" for held in people[kind].values() for person in held}
    first_row = {group: row for row, group in reversed(list(enumerate(groups)))}
    person_of: dict[int, tuple[str, str]] = {}
    taken: set[str] = set()
    for kind in prints:
        proposed = {
            (group, person)
            for group, person in _alone(prints[kind], groups, people[kind])
            if group not in person_of and person not in taken
        }
        if kind == "unit":
            proposed = {
                (group, person)
                for group, person in proposed
                if person not in named or _agrees(first_row[group], person, prints, people)
            }
        by_group, by_person = Counter(group for group, _ in proposed), Counter(who for _, who in proposed)
        for group, person in proposed:
            if by_group[group] == by_person[person] == 1:
                person_of[group] = (person, kind)
                taken.add(person)
    found = [person_of.get(group, (None, "")) for group in groups]
    return Found(
        person=tuple(person for person, _ in found), method=tuple(kind for _, kind in found), group=groups
    )


def _alone(
    values: Sequence[bytes | None], groups: Sequence[int], people: Mapping[bytes, set[str]]
) -> Iterator[tuple[int, str]]:
    """Yield the group and the person who are alone on their side to have a fingerprint."""
    wanting: dict[bytes, set[int]] = {}
    for group, value in zip(groups, values, strict=True):
        if value is not None and value in people:
            wanting.setdefault(value, set()).add(group)
    for value, rivals in wanting.items():
        if len(rivals) == len(people[value]) == 1:
            yield next(iter(rivals)), next(iter(people[value]))


def _agrees(row: int, person: str, prints: Prints, people: Mapping[str, Mapping[bytes, set[str]]]) -> bool:
    """Tell whether a row has no name, or a fingerprint other than its identifier in common with a person."""
    others = [(kind, values[row]) for kind, values in prints.items() if kind != "unit"]
    known = [(kind, value) for kind, value in others if value is not None]
    return not known or any(person in people[kind].get(value, ()) for kind, value in known)
