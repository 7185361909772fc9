"""When the date of conservation has passed: identities go first, then what could still name somebody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from impactkit.store.connection import Connection
from impactkit.store.instruments import instruments_of, make_view, quoted, table_of, types_of
from impactkit.store.journal import write_entry
from impactkit.store.persons import passage
from impactkit.store.vault import forget, persons_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge takes out, or would.

    Attributes
    ----------
    retention_until : date or None
        The study's; ``None`` when it gives none: then nothing is due.
    due : bool
        Whether that date has passed.
    n_identities : int
        People who leave the vault: all of them when due, else those whose every batch is cancelled.
    n_texts, n_dates : int
        Free answers emptied, and dates brought to the first day of their month.
    """

    retention_until: dt.date | None
    due: bool
    n_identities: int
    n_texts: int
    n_dates: int


def purge_due(record: Connection, safe: Connection, *, today: dt.date, dry_run: bool, author: str) -> Purged:
    """Do, or only count, what is due today, inside the caller's transactions.

    People whom only cancelled batches brought leave the vault at any date: nothing is to be done with their
    names.
    """
    found = record.execute("SELECT value FROM setting WHERE name = 'retention_until'").fetchone()
    until = dt.date.fromisoformat(found[0]) if found and found[0] else None
    due = until is not None and today > until
    leaving = persons_held(safe)
    if not due:
        active = "SELECT person FROM link JOIN active_batch USING (batch_id)"
        leaving -= {person for (person,) in record.execute(active)}
    texts, dates = (_columns(record, kind) if due else [] for kind in ("text", "date"))
    n_texts = sum(_count(record, table, f"{column} IS NOT NULL") for table, column in texts)
    n_dates = sum(_count(record, table, f"{column} NOT LIKE '%-01'") for table, column in dates)
    done = Purged(retention_until=until, due=due, n_identities=len(leaving), n_texts=n_texts, n_dates=n_dates)
    if dry_run or not (leaving or n_texts or n_dates):
        return done
    forget(safe, leaving)
    with passage(record):
        for table, column in texts:
            record.execute(f"UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL")
        for table, column in dates:
            record.execute(
                f"UPDATE {table} SET {column} = substr({column}, 1, 8) || '01' WHERE {column} NOT LIKE '%-01'"
            )
        if due:
            _forget_traces(record)
    detail = {"identities": len(leaving), "texts": n_texts, "dates": n_dates, "due": due}
    write_entry(record, "purge", author=author, detail=detail)
    return done


def _columns(record: Connection, kind: str) -> list[tuple[str, str]]:
    """Return the columns of answers of a type, with their table; and dates of entry."""
    found = [
        (table_of(instrument), quoted(name))
        for instrument in instruments_of(record)
        for name, other in types_of(record, instrument).items()
        if other == kind
    ]
    return [*found, ("enrolment", "entry")] if kind == "date" else found


def _count(record: Connection, table: str, where: str) -> int:
    return int(record.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])


def _forget_traces(record: Connection) -> None:
    """Take out which row of which file each person was, and corrections of texts and dates."""
    record.execute("DELETE FROM link")
    record.execute("DELETE FROM decision")
    for instrument in instruments_of(record):
        for name, kind in types_of(record, instrument).items():
            if kind in ("text", "date"):
                record.execute(
                    "DELETE FROM correction WHERE instrument = ? AND variable = ?", (instrument, name)
                )
        make_view(record, instrument)
