"""Events and spells in the record: taken in by batches like answers, and given back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.timeline import COLUMNS, timeline_problems
from impactkit.store import batches
from impactkit.store.batches import Appended, Source
from impactkit.store.columns import frame_of
from impactkit.store.connection import Connection
from impactkit.store.door import EnteringTimeline
from impactkit.store.instruments import stored
from impactkit.store.journal import write_entry


def append_timeline(
    connection: Connection,
    source: Source,
    entering: EnteringTimeline,
    persons: Sequence[str | None],
    *,
    author: str,
    replace: bool = False,
) -> Appended:
    """Take in the events or spells of a file, inside the caller's transaction.

    Parameters
    ----------
    persons : sequence of str or None
        Who each row of the file is; rows of nobody are left out.
    replace : bool
        Cancel the earlier version of the file.

    Raises
    ------
    DataError
        E-LOT-01, A-LOT-02; E-COH-02, E-COH-23 and E-COH-24, against what the record holds too.
    """
    timeline = entering.timeline
    batches.refuse_same_file(connection, source)
    notes = list(entering.notes)
    earlier = connection.execute(
        "SELECT batch_id FROM active_batch WHERE file = ? AND instrument = ? AND coalesce(sheet, '') = ?",
        (source.file, timeline.holds, source.sheet or ""),
    ).fetchone()
    if earlier is not None:
        difference = _difference(connection, int(earlier[0]), entering, persons)
        if not replace:
            raise DataError([difference])
        notes.append(difference)
        batches.cancel(connection, int(earlier[0]), author=author)
    problems = timeline_problems(
        persons, entering.frame, timeline, sheet=source.sheet, known=timeline_of(connection, timeline.holds)
    )
    if problems:
        raise DataError(problems)
    batch = batches.open_batch(connection, source, timeline.holds, author=author)
    kept = entering.frame.assign(person=np.array(persons, dtype=object))
    kept = kept[kept["person"].notna()]
    people = list(dict.fromkeys(kept["person"]))
    n_new = batches.add_people(connection, people, batch)
    days = [stored(kept[name].to_numpy(), "date") for name in ("start", "end")]
    texts = [stored(kept[name].to_numpy(), "text") for name in ("action", "kind", "reason")]
    numbers = [int(row) for row in kept["row"]]
    if timeline.holds == "events":
        connection.executemany(
            f"INSERT INTO event (person, batch_id, row, action, kind, day) VALUES (?, {batch}, ?, ?, ?, ?)",
            zip(kept["person"], numbers, texts[0], texts[1], days[0], strict=True),
        )
    else:
        connection.executemany(
            "INSERT INTO spell (person, batch_id, row, action, kind, began, ended, reason)"
            f" VALUES (?, {batch}, ?, ?, ?, ?, ?, ?)",
            zip(kept["person"], numbers, *texts[:2], *days, texts[2], strict=True),
        )
    detail = {"batch": batch, "file_sha256": source.sha256, "rows": len(kept), "people": len(people)}
    write_entry(connection, "append", author=author, detail=detail)
    return Appended(batch=batch, n_rows=len(kept), n_people=len(people), n_new=n_new, notes=tuple(notes))


def _difference(
    connection: Connection, batch: int, entering: EnteringTimeline, persons: Sequence[str | None]
) -> Problem:
    """Count the rows that a corrected file adds and no longer has; a row that changes is one of each."""
    held = timeline_of(connection, entering.timeline.holds, batch=batch)
    new = entering.frame.assign(person=np.array(persons, dtype=object))
    keys = ["person", *COLUMNS[1:]]
    before, after = (
        set(frame[keys].astype(str).itertuples(index=False, name=None))
        for frame in (held, new[new["person"].notna()])
    )
    params = {"batch": str(batch), "added": len(after - before), "removed": len(before - after), "changed": 0}
    return Problem(code="A-LOT-02", params=params, file=entering.source.file)


def timeline_of(connection: Connection, holds: str, *, batch: int | None = None) -> pd.DataFrame:
    """Return the events or the spells that count, of everybody who does not object.

    Returns
    -------
    DataFrame
        ``person`` and `impactkit.files.timeline.COLUMNS`; an event begins and ends on its day.
    """
    table, days = ("event", "day, day, NULL") if holds == "events" else ("spell", "began, ended, reason")
    where = "" if batch is None else f" AND batch_id = {batch:d}"
    cursor = connection.execute(
        f"SELECT person, row, action, kind, {days} FROM {table} t"
        " WHERE batch_id IN (SELECT batch_id FROM active_batch)"
        f" AND person NOT IN (SELECT person FROM opposition){where} ORDER BY {table}_id"
    )
    return frame_of(cursor, ["person", *COLUMNS], {"row": "whole", "start": "date", "end": "date"})
