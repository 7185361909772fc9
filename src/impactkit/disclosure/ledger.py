"""The ledger of what was released: so that the next edition cannot be compared with it to find a small group.

People are there as keyed fingerprints (HMAC-SHA-256), which say nothing without the key; the key is never
in the ledger, nor beside it. Each edition is a line of JSON: the counts that were published or masked, and
who is counted in each.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impactkit.disclosure.linked import Protected, linked_cells, protect_linked
from impactkit.disclosure.linked.cells import Bools
from impactkit.disclosure.linked.programme import Floats
from impactkit.errors import DataError, Problem

_BYTES = 16  # of a fingerprint: two people of a million share one with a chance of 1e-27


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edition:
    """The counts of one release.

    Attributes
    ----------
    name : str
        What was released, as those who release it call it.
    day : date
    people : tuple of str
        Fingerprints of those counted, sorted.
    cells : tuple of str
        Name of each count.
    members : (people, cells) array of bool
        Who is counted in each.
    shown : (cells,) array of bool
        Which counts were published; the others were masked.
    """

    name: str
    day: dt.date
    people: tuple[str, ...]
    cells: tuple[str, ...]
    members: Bools
    shown: Bools


def fingerprint(key: bytes, person: object) -> str:
    """Return a person's fingerprint under a key of the ledger's own."""
    return hmac.digest(key, str(person).encode(), "sha256")[:_BYTES].hex()


def new_edition(
    name: str, *, key: bytes, people: Sequence[object], cells: Sequence[str], members: Bools, shown: Bools
) -> Edition:
    """Return an edition of today, its people as fingerprints, in their order: no order of a file is left.

    Parameters
    ----------
    name : str
    key : bytes
        Secret of the ledger.
    people : sequence
        Identifiers of those counted.
    cells : sequence of str
        Name of each count.
    members : (people, cells) array of bool
    shown : (cells,) array of bool
    """
    marks = np.array([fingerprint(key, person) for person in people], dtype=str)
    order = np.argsort(marks)
    return Edition(
        name=name,
        day=dt.datetime.now(tz=dt.UTC).date(),
        people=tuple(marks[order].tolist()),
        cells=tuple(cells),
        members=members[order],
        shown=shown,
    )


def read_ledger(path: Path) -> tuple[Edition, ...]:
    """Return the editions released so far, oldest first; none when there is no ledger yet.

    Raises
    ------
    DataError
        When a line is damaged (E-REG-01): what was released is then not known, and nothing may be.
    """
    if not path.is_file():
        return ()
    editions = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            editions.append(_parsed(line))
        except (ValueError, KeyError, TypeError):
            raise DataError([Problem(code="E-REG-01", file=path.name, rows=(number,))]) from None
    return tuple(editions)


def add_edition(path: Path, edition: Edition) -> None:
    """Write an edition at the end of the ledger: wholly, or not at all."""
    before = path.read_bytes() if path.is_file() else b""
    partial = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(before + _written(edition).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def protect_edition(
    earlier: Sequence[Edition], edition: Edition, *, minimum: int, weights: Floats | None = None
) -> Protected:
    """Return which counts of a new edition may be shown beside all those released before.

    Parameters
    ----------
    earlier : sequence of Edition
    edition : Edition
        ``shown`` says which counts are wanted; the others stay masked.
    minimum : int
        Fewest people of a group that is not small.
    weights : (cells,) array of float, optional
        What masking each count of the new edition costs, above 0; by default more for larger counts.

    Returns
    -------
    Protected
        Of the new edition's counts alone; ``exposed`` counts the small groups that earlier editions, with
        what is shown now, reveal: then nothing new is shown.

    Examples
    --------
    >>> import numpy as np
    >>> def counted(n):
    ...     return new_edition(
    ...         "bilan", key=b"k", people=range(n), cells=["suivis"], members=np.ones((n, 1), dtype=bool),
    ...         shown=np.array([True]),
    ...     )
    >>> protect_edition([counted(50)], counted(53), minimum=11).shown.tolist()
    [False]
    >>> protect_edition([counted(50)], counted(70), minimum=11).shown.tolist()
    [True]
    """
    editions = [*earlier, edition]
    people = sorted({person for one in editions for person in one.people})
    place = {person: i for i, person in enumerate(people)}
    members = np.zeros((len(people), sum(len(one.cells) for one in editions)), dtype=bool)
    first = 0
    for one in editions:
        rows = [place[person] for person in one.people]
        members[np.ix_(rows, range(first, first + len(one.cells)))] = one.members
        first += len(one.cells)
    own = len(edition.cells)
    shown = np.concatenate([one.shown for one in editions])
    old = np.arange(len(shown)) < len(shown) - own
    costs = None if weights is None else np.concatenate([np.ones(len(shown) - own), weights])
    found = protect_linked(
        linked_cells(members), minimum=minimum, released=old & shown, hidden=~shown, weights=costs
    )
    return Protected(shown=found.shown[~old], exposed=found.exposed, withheld=found.withheld)


def _written(edition: Edition) -> str:
    packed = np.packbits(edition.members, axis=0)
    line = {
        "format": 1,
        "name": edition.name,
        "day": edition.day.isoformat(),
        "people": list(edition.people),
        "cells": [
            {
                "name": name,
                "shown": bool(edition.shown[i]),
                "members": base64.b64encode(packed[:, i].tobytes()).decode(),
            }
            for i, name in enumerate(edition.cells)
        ],
    }
    return json.dumps(line, ensure_ascii=False)


def _parsed(line: bytes) -> Edition:
    said = json.loads(line)
    n, cells = len(said["people"]), said["cells"]
    members = np.zeros((n, len(cells)), dtype=bool)
    for i, cell in enumerate(cells):
        bits = np.frombuffer(base64.b64decode(cell["members"]), dtype=np.uint8)
        members[:, i] = np.unpackbits(bits, count=n)
    return Edition(
        name=said["name"],
        day=dt.date.fromisoformat(said["day"]),
        people=tuple(said["people"]),
        cells=tuple(cell["name"] for cell in cells),
        members=members,
        shown=np.array([cell["shown"] for cell in cells], dtype=bool),
    )
