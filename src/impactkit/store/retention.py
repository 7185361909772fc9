"""Until when each action keeps who people are, and whose time has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from dataclasses import dataclass, field

import pandas as pd

from impactkit.files.model import Study
from impactkit.store.connection import Connection

# For files that no action reads, and records made before actions were written: the study's own date.
WHOLE_STUDY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What the date of an action says.

    Attributes
    ----------
    action : str
        Its id; `WHOLE_STUDY` for the files that no action reads.
    until : date or None
        ``None`` when the study gives neither a date nor a duration: nothing is ever due.
    due : bool
        Whether the date has passed.
    n_leaving : int
        People of the action who leave the vault: no other one keeps them.
    """

    action: str
    until: dt.date | None
    due: bool
    n_leaving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What may be kept no longer.

    Attributes
    ----------
    actions : tuple of Due
        Every action, in order of name; `WHOLE_STUDY` where a file is no action's.
    batches : frozenset of int
        The batches that only actions past their date are about.
    leaving : frozenset of str
        The people of the vault whom no batch that counts and may be kept is about.
    """

    actions: tuple[Due, ...]
    batches: frozenset[int]
    leaving: frozenset[str] = field(repr=False)


def follow(record: Connection, study: Study, file: str, batch: int) -> None:
    """Write which actions a batch is about, and until when each action of the study keeps people."""
    record.executemany(
        "INSERT INTO concern VALUES (?, ?)", [(batch, action) for action in study.actions_of(file)]
    )
    write_dates(record, study)


def write_dates(record: Connection, study: Study) -> None:
    """Write what the study says of each action's conservation; an action that left it keeps its own."""
    said = {action.id: action.retention or study.protection.retention for action in study.actions}
    said[WHOLE_STUDY] = study.protection.retention
    for action, until in said.items():
        record.execute("DELETE FROM retention WHERE action = ?", (action,))
        if until is not None:
            record.execute("INSERT INTO retention VALUES (?, ?)", (action, until))


def passed(record: Connection, held: Set[str], *, today: dt.date) -> Passed:
    """Say what is due.

    Parameters
    ----------
    held : set of str
        The people of the vault.
    """
    actions = _actions_by_batch(record)
    dates = dates_of(record)
    late = {action for action, until in dates.items() if today > until}
    batches = frozenset(batch for batch, about in actions.items() if about <= late)
    people: dict[int, set[str]] = {}
    for batch, person in record.execute(
        "SELECT batch_id, person FROM link JOIN active_batch USING (batch_id)"
    ):
        people.setdefault(batch, set()).add(person)
    kept = {person for batch, those in people.items() if batch not in batches for person in those}
    leaving = frozenset(held - kept)
    return Passed(
        actions=tuple(
            Due(
                action=action,
                until=dates.get(action),
                due=action in late,
                n_leaving=len(leaving & _people_of(action, actions, people)),
            )
            for action in sorted((set(dates) - {WHOLE_STUDY}).union(*actions.values()))
        ),
        batches=batches,
        leaving=leaving,
    )


def _people_of(action: str, actions: dict[int, set[str]], people: dict[int, set[str]]) -> set[str]:
    return {person for batch, about in actions.items() if action in about for person in people.get(batch, ())}


def _actions_by_batch(record: Connection) -> dict[int, set[str]]:
    """Return the actions that each batch is about, cancelled ones too: their rows are still there."""
    found: dict[int, set[str]] = {}
    rows = record.execute("SELECT b.batch_id, c.action FROM batch b LEFT JOIN concern c USING (batch_id)")
    for batch, action in rows:
        found.setdefault(batch, set()).add(action or WHOLE_STUDY)
    return found


def dates_of(record: Connection) -> dict[str, dt.date]:
    """Return until when each action keeps people, for those that say so.

    A duration runs from the day on which the last file of the action came in; where a date is given too, the
    first that comes counts.
    """
    rows = record.execute(
        "SELECT r.action, r.until, max(b.at) FROM retention r LEFT JOIN"
        " (SELECT b.at, coalesce(c.action, '') AS action FROM active_batch b LEFT JOIN concern c"
        " USING (batch_id)) b ON b.action = r.action GROUP BY r.action, r.until"
    )
    dates = {}
    for action, until, last in rows.fetchall():
        ends = [_end(part, last) for part in until.split()]
        known = [end for end in ends if end is not None]
        if known:
            dates[action] = min(known)
    return dates


def _end(until: str, last: str | None) -> dt.date | None:
    """Return the day that ``2030-12-31`` or ``P24M`` says; ``None`` for a duration that has not begun."""
    if not until.startswith("P"):
        return dt.date.fromisoformat(until)
    if last is None:
        return None
    start = pd.Timestamp(dt.datetime.fromisoformat(last).date())
    end: dt.date = (start + pd.DateOffset(months=int(until[1:-1]))).date()
    return end


__all__ = ["WHOLE_STUDY", "Due", "Passed", "dates_of", "follow", "passed", "write_dates"]
