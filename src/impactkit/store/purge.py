"""When the date of conservation has passed: identities go first, then what could still name somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from dataclasses import dataclass

from impactkit.store.connection import Connection
from impactkit.store.instruments import instruments_of, make_view, quoted, table_of, types_of
from impactkit.store.journal import write_entry
from impactkit.store.persons import passage
from impactkit.store.retention import Due, passed
from impactkit.store.vault import forget, persons_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge takes out, or would.

    Attributes
    ----------
    actions : tuple of Due
        What each action's date says.
    n_identities : int
        People who leave the vault: those whom no action keeps, and those whose every batch is cancelled.
    n_texts, n_dates : int
        Free answers emptied, and dates brought to the first day of their month.
    remaining : tuple of str
        Snapshots and backups that still hold what went: they must be destroyed by hand.
    """

    actions: tuple[Due, ...]
    n_identities: int
    n_texts: int
    n_dates: int
    remaining: tuple[str, ...] = ()

    @property
    def due(self) -> bool:
        """Whether the date of some action has passed."""
        return any(action.due for action in self.actions)


def purge_due(
    record: Connection, safe: Connection, *, today: dt.date, dry_run: bool, author: str
) -> tuple[Purged, Set[str]]:
    """Do, or only count, what is due today, inside the caller's transactions; return who leaves too.

    People whom only cancelled batches brought leave the vault at any date: nothing is to be done with their
    names.
    """
    late = passed(record, persons_held(safe), today=today)
    numbers = ", ".join(map(str, sorted(late.batches)))
    texts, dates = (_columns(record, kind, numbers) if numbers else [] for kind in ("text", "date"))
    n_texts = sum(_count(record, table, where) for table, _, where in texts)
    n_dates = sum(_count(record, table, where) for table, _, where in dates)
    empty = not (late.leaving or n_texts or n_dates)
    copies = () if empty else record.execute("SELECT path FROM archive ORDER BY archive_id").fetchall()
    done = Purged(
        actions=late.actions,
        n_identities=len(late.leaving),
        n_texts=n_texts,
        n_dates=n_dates,
        remaining=tuple(path for (path,) in copies),
    )
    if dry_run or empty:
        return done, frozenset()
    forget(safe, late.leaving)
    with passage(record):
        for table, column, where in texts:
            record.execute(f"UPDATE {table} SET {column} = NULL WHERE {where}")
        for table, column, where in dates:
            record.execute(f"UPDATE {table} SET {column} = substr({column}, 1, 8) || '01' WHERE {where}")
        if numbers:
            _forget_traces(record, numbers)
        record.executemany("DELETE FROM decision WHERE person = ?", [(person,) for person in late.leaving])
    detail = {
        "identities": len(late.leaving),
        "texts": n_texts,
        "dates": n_dates,
        "actions": [action.action for action in late.actions if action.due],
    }
    write_entry(record, "purge", author=author, detail=detail)
    return done, late.leaving


def _columns(record: Connection, kind: str, batches: str) -> list[tuple[str, str, str]]:
    """Return the columns of a type: table, column, and which of their rows are to change."""
    found = []
    for instrument in instruments_of(record):
        names = [name for name, other in types_of(record, instrument).items() if other == kind]
        names += ["_answered"] if kind == "date" else []
        found += [(table_of(instrument), quoted(name), "_batch") for name in names]
    if kind == "date":
        found += [("enrolment", name, "batch_id") for name in ("entry", "exit", "birth")]
        found += [
            ("event", "day", "batch_id"),
            ("spell", "began", "batch_id"),
            ("spell", "ended", "batch_id"),
        ]
    else:
        found += [("enrolment", "household", "batch_id"), ("spell", "reason", "batch_id")]
    still = "{} NOT LIKE '%-01'" if kind == "date" else "{} IS NOT NULL"
    return [
        (table, column, f"{still.format(column)} AND {batch} IN ({batches})")
        for table, column, batch in found
    ]


def _count(record: Connection, table: str, where: str) -> int:
    return int(record.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])


def _forget_traces(record: Connection, batches: str) -> None:
    """Take out which row of which file each person was, and corrections of texts and dates."""
    record.execute(f"DELETE FROM link WHERE batch_id IN ({batches})")
    for instrument in instruments_of(record):
        for name, kind in types_of(record, instrument).items():
            if kind in ("text", "date"):
                record.execute(
                    "DELETE FROM correction WHERE instrument = ? AND variable = ? AND answer_id IN"
                    f" (SELECT _id FROM {table_of(instrument)} WHERE _batch IN ({batches}))",
                    (instrument, name),
                )
        make_view(record, instrument)
