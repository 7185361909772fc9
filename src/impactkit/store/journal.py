"""The journal: who did what, when and why, each entry sealed by the one before it.

An entry holds no name and no value: its detail stands in a table of its own, and the entry holds a commitment
to it, SHA-256 of a random salt and the detail. Erasing a person takes the details away, salt and all: the
chain still holds, and the commitments that stay tell nothing.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from impactkit.errors import Problem, StoreError
from impactkit.store.connection import Connection

_FIRST = "0" * 64


def now() -> str:
    """Return the date and time, in Universal Time, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def author_of(author: str | None) -> str:
    """Return who acts: the name given, or the session's."""
    return author or getpass.getuser()


def write_entry(
    connection: Connection,
    act: str,
    *,
    author: str,
    detail: Mapping[str, Any],
    person: str | None = None,
) -> int:
    """Add an entry inside the transaction of what it tells.

    Parameters
    ----------
    connection : Connection
    act : str
        ``"append"``, ``"undo"``, ``"correct"``…
    author : str
    detail : mapping
        Plain values, written as JSON: what was done and why.
    person : str, optional
        Whom it is about: erasing that person takes the detail away.

    Returns
    -------
    int
        Number of the entry, from 1.
    """
    last = connection.execute("SELECT seq, sha256 FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (last[0] + 1, last[1]) if last else (1, _FIRST)
    salt = secrets.token_hex(16)
    text = json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)
    entry = (seq, now(), author, act, _commitment(salt, person, text), previous)
    connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", (*entry, _seal(entry)))
    connection.execute("INSERT INTO journal_detail VALUES (?, ?, ?, ?)", (seq, person, salt, text))
    return seq


def head(connection: Connection) -> str:
    """Return the seal of the last entry: whoever keeps it elsewhere can tell a journal written anew."""
    last = connection.execute("SELECT sha256 FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return str(last[0]) if last else _FIRST


def verify(connection: Connection, *, file: str) -> int:
    """Check every entry against the one before it and against its detail.

    Returns
    -------
    int
        How many entries there are.

    Raises
    ------
    StoreError
        E-JRN-01 with the number of the first entry that is not as it was written.
    """
    rows = connection.execute(
        "SELECT j.seq, j.at, j.author, j.act, j.commitment, j.previous, j.sha256, d.person, d.salt, d.detail"
        " FROM journal j LEFT JOIN journal_detail d USING (seq) ORDER BY j.seq"
    ).fetchall()
    erased: set[int] = set()
    for *_, act, _c, _p, _s, _person, salt, detail in rows:
        if act == "erase" and salt is not None:
            erased |= set(json.loads(detail)["entries"])
    previous = _FIRST
    for position, (*entry, sha256, person, salt, detail) in enumerate(rows, start=1):
        sound = (
            entry[0] == position
            and entry[5] == previous
            and _seal(tuple(entry)) == sha256
            and (position in erased if salt is None else _commitment(salt, person, detail) == entry[4])
        )
        if not sound:
            raise StoreError([Problem(code="E-JRN-01", params={"seq": str(position)}, file=file)])
        previous = sha256
    return len(rows)


def _commitment(salt: str, person: str | None, detail: str) -> str:
    return hashlib.sha256(json.dumps([salt, person, detail]).encode()).hexdigest()


def _seal(entry: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps(entry, ensure_ascii=False).encode()).hexdigest()
