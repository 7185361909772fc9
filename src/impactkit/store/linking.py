"""Who each row of a file is: fingerprints, then likeness of names, then what somebody decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from impactkit.store.connection import Connection
from impactkit.store.fingerprints import FIELDS
from impactkit.store.identify import Found, Prints, identify
from impactkit.store.keys import Key
from impactkit.store.person_id import new_person_id
from impactkit.store.review import Decision, Linker, Pair, line_of
from impactkit.store.vault import known_prints, opposed_prints, unseal

# By which somebody erased is refused if a file brings them back: never a fingerprint that others may share.
_SURE_KINDS = ("nir", "caf", "names_date")
NEW, SCORE, DECIDED = "new", "score", "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Who the rows of a file are.

    Attributes
    ----------
    persons : tuple of str or None
        ``None`` where the row has no identity, or is somebody who asked not to be there.
    methods : tuple of str
        Kind of fingerprint, `SCORE`, `DECIDED` or `NEW`.
    scores : tuple of float or None
    anonymous, opposed : tuple of int
        Positions of the rows left out.
    doubles : tuple of int
        Positions of rows that look like somebody whom another row of the file is already: they are taken
        as new people.
    pending : tuple of Pair
        What somebody must decide before the file can come in.
    shown : tuple of Pair
        Those and the ones decided already.
    new, known : dict of str to dict
        Identities of the lines and people of ``shown``.
    """

    persons: tuple[str | None, ...] = field(repr=False)
    methods: tuple[str, ...]
    scores: tuple[float | None, ...]
    anonymous: tuple[int, ...]
    opposed: tuple[int, ...]
    doubles: tuple[int, ...]
    pending: tuple[Pair, ...] = field(repr=False)
    shown: tuple[Pair, ...] = field(repr=False)
    new: dict[str, dict[str, str]] = field(repr=False)
    known: dict[str, dict[str, str]] = field(repr=False)


def recognise(
    vault: Connection,
    key: Key,
    identities: pd.DataFrame,
    prints: Prints,
    *,
    rows: Sequence[int],
    linker: Linker | None,
    decisions: Sequence[Decision],
) -> Recognised:
    """Say who each row is; a person seen for the first time gets a random identifier.

    Parameters
    ----------
    identities : DataFrame
        One row per row of the file: `FIELDS`.
    prints : mapping
        Their fingerprints.
    rows : sequence of int
        Row numbers of the file.
    linker : callable, optional
        Finds people by likeness of names among the identities of the vault.
    decisions : sequence of Decision
        The last one on a pair counts.
    """
    n = len(identities)
    anonymous = tuple(i for i in range(n) if all(values[i] is None for values in prints.values()))
    refused = opposed_prints(vault)
    opposed = tuple(i for i in range(n) if _is_opposed(i, prints, refused))
    found = identify(prints, partial(known_prints, vault))
    out = set(anonymous) | set(opposed)
    linked: dict[int, tuple[str, str, float | None]] = {
        group: (person, method, None)
        for group, person, method in zip(found.group, found.person, found.method, strict=True)
        if person is not None
    }
    likeness = _Likeness({}, [], [], {}, {}, set())
    if linker is not None:
        likeness = _by_likeness(vault, key, identities, found, out, rows, linker, decisions)
        linked |= likeness.by_group
    for i, group in enumerate(found.group):
        if group not in linked and i not in out:
            linked[group] = (new_person_id(), NEW, None)
    who = [linked[group] if i not in out else (None, "", None) for i, group in enumerate(found.group)]
    return Recognised(
        persons=tuple(person for person, _, _ in who),
        methods=tuple(method for _, method, _ in who),
        scores=tuple(score for _, _, score in who),
        anonymous=anonymous,
        opposed=opposed,
        doubles=tuple(sorted(likeness.doubles)),
        pending=tuple(likeness.pending),
        shown=tuple(likeness.shown),
        new=likeness.new,
        known=likeness.known,
    )


def _is_opposed(i: int, prints: Prints, refused: set[tuple[str, bytes]]) -> bool:
    known = {kind: values[i] for kind, values in prints.items() if values[i] is not None}
    # A file's own number is another person's in another program: it refuses only where it is all there is.
    kinds = ("unit",) if set(known) == {"unit"} else _SURE_KINDS
    return any((kind, known[kind]) in refused for kind in kinds if kind in known)


@dataclass(frozen=True, slots=True)
class _Likeness:
    by_group: dict[int, tuple[str, str, float | None]]
    pending: list[Pair]
    shown: list[Pair]
    new: dict[str, dict[str, str]]
    known: dict[str, dict[str, str]]
    doubles: set[int]


def _by_likeness(
    vault: Connection,
    key: Key,
    identities: pd.DataFrame,
    found: Found,
    out: set[int],
    rows: Sequence[int],
    linker: Linker,
    decisions: Sequence[Decision],
) -> _Likeness:
    """Link what fingerprints did not.

    All people and rows are compared, since agreements are worth what they are among all of them; only links
    of those still alone are kept.
    """
    result = _Likeness({}, [], [], {}, {}, set())
    known = unseal(vault, key)
    # The first row of each group stands for it.
    first = {group: i for i, group in reversed(list(enumerate(found.group))) if i not in out}
    positions = sorted(first.values())
    alone = {i for i in positions if found.person[i] is None}
    if known.empty or not alone:
        return result
    taken = {person for person in found.person if person is not None}
    new = identities.iloc[positions].reset_index(drop=True)
    links = linker(known.drop(columns="person"), new)
    chosen = {(item.line, item.person): item.choice for item in decisions}
    brand_new = {item.line for item in decisions if item.choice == "new"}
    people = known["person"].tolist()
    for left, right, score, status in links.sort_values("score", ascending=False).itertuples(index=False):
        i, person = positions[int(right)], people[int(left)]
        if i not in alone or found.group[i] in result.by_group:
            continue
        if person in taken:
            result.doubles.add(i)
            continue
        identity = _texts(identities.iloc[i])
        line = line_of(key, identity)
        choice = chosen.get((line, person), "yes" if status == "auto" else None)
        if status != "auto":
            pair = Pair(line=line, row=int(rows[i]), person=person, score=float(score))
            result.shown.append(pair)
            result.new[line] = identity
            result.known[person] = _texts(known.iloc[int(left)])
            if choice is None and line not in brand_new:
                result.pending.append(pair)
        if line in brand_new:
            continue
        if choice == "yes":
            method = DECIDED if (line, person) in chosen else SCORE
            result.by_group[found.group[i]] = (person, method, float(score))
            taken.add(person)
    result.doubles.difference_update(i for i in alone if found.group[i] in result.by_group)
    still = [pair for pair in result.pending if pair.person not in taken]
    result.pending[:] = still
    return result


def _texts(row: pd.Series) -> dict[str, str]:
    return {name: "" if pd.isna(row[name]) else str(row[name]) for name in FIELDS}


def identities_of(identities: pd.DataFrame, persons: Sequence[str | None]) -> Mapping[str, dict[str, str]]:
    """Return the identity of each person, the last row that says something winning."""
    found: dict[str, dict[str, str]] = {}
    for person, row in zip(persons, identities.to_dict("records"), strict=True):
        if person is not None:
            known = {str(name): str(value) for name, value in row.items() if value and not pd.isna(value)}
            found.setdefault(person, {}).update(known)
    return found
