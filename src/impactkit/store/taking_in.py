"""A file that has passed the door: its people are recognised, and its answers taken in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import Problem
from impactkit.files.model import Study
from impactkit.store import batches, journal, retention, vault
from impactkit.store.batches import Appended, Source, WaveRows
from impactkit.store.connection import Connection
from impactkit.store.door import Entering, EnteringTimeline
from impactkit.store.identify import Prints
from impactkit.store.keys import Key
from impactkit.store.linking import Recognised, identities_of
from impactkit.store.review import Decision, line_of
from impactkit.store.timelines import append_timeline

_MOST_ROWS_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Who the rows of a file would be.

    Attributes
    ----------
    n_rows, n_left_out, n_to_review : int
        Rows read, rows of nobody or of people who object, links that somebody must decide.
    methods : dict of str to int
        Rows by the way in which they were found; ``"new"`` for people seen for the first time.
    sheet : Path or None
        Where the links to decide are.
    """

    n_rows: int
    methods: dict[str, int]
    n_left_out: int
    n_to_review: int
    sheet: Path | None


def take_in(
    record: Connection,
    safe: Connection,
    key: Key,
    study: Study,
    entering: Entering | EnteringTimeline,
    prints: Prints,
    who: Recognised,
    fresh: Sequence[Decision],
    *,
    file: str,
    instrument: str,
    author: str,
    replace: bool,
) -> Appended:
    """Write identities in the vault, answers in the record, and how each person was recognised.

    Parameters
    ----------
    record, safe : Connection
        The record and the vault, each inside a transaction.
    fresh : sequence of Decision
        Decisions not yet in the record: those on rows of this file come in with it.
    file : str
        Id of the file in the study.
    instrument, author, replace
        As `impactkit.store.batches.append` takes them.
    """
    taken = [i for i, person in enumerate(who.persons) if person is not None]
    named = [person for person in who.persons if person is not None]
    kept = {kind: [values[i] for i in taken] for kind, values in prints.items()}
    vault.remember(safe, key, named, kept)
    if study.protection.identities == "vault":
        vault.seal(safe, key, identities_of(entering.identities, who.persons))
    source = Source(
        file=entering.source.file,
        sha256=entering.source.sha256,
        sheet=entering.source.sheet,
        encoding=entering.source.encoding,
        n_rows=entering.source.n_rows,
        n_refused=len(who.persons) - len(taken),
    )
    if isinstance(entering, EnteringTimeline):
        appended = append_timeline(record, source, entering, who.persons, author=author, replace=replace)
    else:
        frame = entering.long(list(who.persons))
        distinct = frame[~_repeats(frame)]
        repeated = frame["_row"].nunique() - distinct["_row"].nunique()
        source = dataclasses.replace(source, n_repeated=repeated)
        rows = WaveRows(instrument=instrument, variables=entering.variables, frame=distinct)
        appended = batches.append(record, source, rows, author=author, replace=replace)
    record.executemany(
        "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?)",
        [
            (appended.batch, int(entering.rows[i]), who.persons[i], who.methods[i], who.scores[i], author)
            for i in taken
        ],
    )
    lines = {line_of(key, row) for _, row in entering.identities.iterrows()} if fresh else set()
    record.executemany(
        "INSERT INTO decision (line, person, choice, initials, note, author, at) VALUES (?,?,?,?,?,?,?)",
        [
            (item.line, item.person, item.choice, item.initials, item.note, author, journal.now())
            for item in fresh
            if item.line in lines
        ],
    )
    retention.follow(record, study, file, appended.batch)
    notes = (*entering.notes, *_left_out(entering, who), *appended.notes)
    return Appended(
        batch=appended.batch,
        n_rows=appended.n_rows,
        n_people=appended.n_people,
        n_new=appended.n_new,
        notes=notes,
    )


def _repeats(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell the rows that another one says word for word, of the same person at the same wave."""
    repeats = np.zeros(len(frame), dtype=bool)
    suspects = np.flatnonzero(frame.duplicated(["_person", "_wave"], keep=False))
    repeats[suspects] = frame.iloc[suspects].drop(columns="_row").duplicated()
    return repeats


def orphans(record: Connection, safe: Connection) -> set[str]:
    """Return the people of the vault whom no batch acknowledged."""
    known = {person for (person,) in record.execute("SELECT person FROM person")}
    return vault.persons_held(safe) - known


def decisions_of(record: Connection) -> tuple[Decision, ...]:
    """Return every decision on links, in the order in which they were made."""
    rows = record.execute("SELECT line, person, choice, initials, note FROM decision ORDER BY decision_id")
    names = ("line", "person", "choice", "initials", "note")
    return tuple(Decision(**dict(zip(names, row, strict=True))) for row in rows)


def _left_out(entering: Entering | EnteringTimeline, who: Recognised) -> Iterator[Problem]:
    """Yield the notes on rows of nobody, of people who asked not to be there, and of people there twice."""
    for code, positions in (
        ("A-LIG-02", who.anonymous),
        ("E-EFF-01", who.opposed),
        ("A-LIE-01", who.doubles),
    ):
        if positions:
            rows = tuple(int(entering.rows[i]) for i in positions[:_MOST_ROWS_NAMED])
            source = entering.source
            yield Problem(code=code, file=source.file, sheet=source.sheet, rows=rows)
